package terminal

import (
	"time"

	"hallway/app/store"
	"hallway/devices"
	"hallway/sync"
)

// KindHelp is the kind of the entry in the status that says that a person at a
// kiosk calls for staff. It travels as a device with a fault, so that the
// manager's page shows it with what to do.
const KindHelp devices.Kind = "help"

// HelpCalled is its fault.
const HelpCalled = "help_called"

// Reporter makes the status that the centre is told (telemetry).
type Reporter struct {
	Config  Config
	Version string
	Store   interface {
		Store
		Leases() []store.Lease
	}
	Devices *Devices
	Kiosk   *Kiosk   // nil at another role
	Counter *Counter // nil at another role
	Station *Station // nil at another role
}

// Status is the terminal's state now.
func (r *Reporter) Status() sync.TerminalStatus {
	now, _ := r.Store.Now()
	s := sync.TerminalStatus{Terminal: r.Config.Terminal, Role: r.Config.Role, Version: r.Version,
		Outbox: r.Store.Outbox(), Work: len(r.Store.WorkList()), Window: r.Config.Window,
		Devices: []sync.DeviceStatus{}, At: now}
	for _, l := range r.Store.Leases() {
		if l.Offline {
			if s.Leased == nil {
				s.Leased = map[string]int{}
			}
			s.Leased[l.Series] += l.Left()
		}
	}
	// Drivers know this machine's clock only; people read the hall's.
	told := func(t time.Time) time.Time {
		if t.IsZero() {
			return t
		}
		return now.Add(time.Until(t)).Round(time.Second)
	}
	for _, d := range r.Devices.Statuses() {
		ds := sync.DeviceStatus{ID: d.ID, Kind: string(d.Kind), Model: d.Model, State: string(d.State), Since: told(d.Since)}
		for _, f := range d.Faults {
			ds.Faults = append(ds.Faults, sync.DeviceFault{Code: f.Code, Severity: string(f.Severity), Since: told(f.Since)})
		}
		s.Devices = append(s.Devices, ds)
	}
	if r.Kiosk != nil {
		if at := r.Kiosk.HelpAt(); !at.IsZero() {
			s.Devices = append(s.Devices, sync.DeviceStatus{ID: "help", Kind: string(KindHelp), State: string(devices.Degraded), Since: at,
				Faults: []sync.DeviceFault{{Code: HelpCalled, Severity: string(devices.Warn), Since: at}}})
		}
	}
	if r.Counter != nil {
		s.Staff = r.Counter.Staff()
	}
	if r.Station != nil {
		s.Staff = r.Station.Staff()
	}
	return s
}
