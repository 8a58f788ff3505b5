package bench

import (
	"net/http"

	"hallway/devices/capture/doccam/doccamsim"
	"hallway/devices/port/cable"
	"hallway/devices/scanner/camera/camerasim"
)

// overDesk is a simulated document camera.
type overDesk struct{ *doccamsim.Sim }

func newDocumentCamera(b *Bench, _ DeviceConfig, shape cable.Shape) (model, error) {
	return overDesk{doccamsim.New(camerasim.Options{Seed: shape.Seed, OnChange: b.changed})}, nil
}

func (o overDesk) report(s *DeviceState) {
	s.Capture = &CaptureState{Lies: o.Lies(), Sheets: doccamsim.Sheets()}
}

// Lay lays a sheet under a document camera; "" takes it away, "covered" covers the
// lens. A hand does so while the cable is out, too.
func (b *Bench) Lay(id, sheet string) error {
	o, err := anyway[overDesk](b, id, "capture")
	if err != nil {
		return err
	}
	defer b.changed()
	if err := o.Sim.Lay(sheet); err != nil {
		return problem(http.StatusUnprocessableEntity, "bench_request", "detail", err.Error())
	}
	return nil
}
