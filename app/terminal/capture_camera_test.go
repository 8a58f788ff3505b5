package terminal

import (
	"bytes"
	"context"
	"io"
	"testing"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"hallway/devices"
	"hallway/devices/capture/doccam"
	"hallway/devices/capture/doccam/doccamsim"
	"hallway/devices/devicetest"
	"hallway/devices/scanner/camera"
	"hallway/devices/scanner/camera/camerasim"
)

// The whole way from a sheet under a document camera, through its driver, to the
// document on the material; the cable is pulled in between.
func TestFromTheCameraToTheMaterial(t *testing.T) {
	sim := doccamsim.New(camerasim.Options{W: 640, H: 480, Every: 20 * time.Millisecond})
	line := devicetest.NewLine(t, "tcp", "", sim)
	source := doccam.New(camera.MJPEG(line.Opener), doccam.Options{ID: "capture"})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- source.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })

	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", func(r *deskRig) { r.capture = []devices.Device{source} })
	r.begun("simple")
	r.must(r.CaptureBegin(r.ctx, MaterialRequest{Material: "M01"}))
	session := r.desk1().Capture.Session
	usable := func(want bool) {
		t.Helper()
		r.until("the camera is there or not", func(v DeskView) bool { return v.Capture.Sources[0].Preview == want })
	}
	take := func(sheet string, n int) CapturePage {
		t.Helper()
		if err := sim.Lay(sheet); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the sheet is seen", func() bool {
			f, err := r.CaptureFrame(r.ctx, session, "capture")
			return err == nil && len(f.Sheet) == 4
		})
		r.must(r.CaptureTake(r.ctx, CaptureTakeRequest{Session: session, Device: "capture"}))
		r.until("the page", func(v DeskView) bool { return v.Capture.Taking == nil && len(v.Capture.Pages) == n })
		return r.desk1().Capture.Pages[n-1]
	}
	usable(true)
	if p := take("lease-1", 1); !p.Straight || p.Width >= p.Height {
		t.Errorf("%+v", p)
	}
	r.must(line.Cable.Unplug())
	usable(false)
	if v := r.desk1().Capture; len(v.Pages) != 1 || v.Sources[0].Fault == "" {
		t.Errorf("without the camera: %+v", v)
	}
	if code := codeOf(t, r.CaptureTake(r.ctx, CaptureTakeRequest{Session: session, Device: "capture"})); code == "" {
		t.Error("a page was taken without the camera")
	}
	r.must(line.Cable.Plug())
	usable(true)
	take("lease-2", 2)
	r.must(r.CaptureFinish(r.ctx, CaptureRequest{session}))
	m := r.material("M01")
	if m.File == nil {
		t.Fatal("no file")
	}
	f, _, err := r.OpenFile(r.ctx, m.File.SHA256)
	r.must(err)
	pdf, err := io.ReadAll(f)
	r.must(err)
	doc, err := api.ReadAndValidate(bytes.NewReader(pdf), model.NewDefaultConfiguration())
	if err != nil || doc.PageCount != 2 {
		t.Errorf("%v", err)
	}
}
