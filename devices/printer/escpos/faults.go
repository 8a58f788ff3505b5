package escpos

import (
	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/port"
	"hallway/devices/printer"
)

// Fault codes of a printer; each has its remedy in the catalogues.
const (
	FaultPaperEnd = "paper_end"
	FaultNearEnd  = "paper_near_end"
	FaultCover    = "cover_open"
	FaultCutter   = "cutter"
	FaultError    = "printer_error"
	FaultHot      = "printer_hot"
	FaultOffline  = "offline"
)

// faults are the faults of a condition. Off-line is only a fault of its own
// when nothing else explains it.
func (c condition) faults() (on map[string]devices.Severity, off []string) {
	on = map[string]devices.Severity{}
	set := func(is bool, code string, s devices.Severity) {
		if is {
			on[code] = s
		} else {
			off = append(off, code)
		}
	}
	set(c.CoverOpen, FaultCover, devices.Error)
	set(c.PaperEnd, FaultPaperEnd, devices.Error)
	set(c.NearEnd && !c.PaperEnd, FaultNearEnd, devices.Warn)
	set(c.Cutter, FaultCutter, devices.Error)
	set(c.Error, FaultError, devices.Error)
	set(c.Hot, FaultHot, devices.Error)
	other := c.CoverOpen || c.PaperEnd || c.Cutter || c.Error || c.Hot
	set(c.Offline && !other, FaultOffline, devices.Error)
	return on, off
}

// publish turns what the printer said into the device's status.
func (p *Printer) publish(l *link) { p.tell(l, driver.Change{}) }

// tell changes the status as long as the link is the printer's.
func (p *Printer) tell(l *link, c driver.Change) {
	p.telling.Lock()
	defer p.telling.Unlock()
	p.mu.Lock()
	current, busy := p.link == l, p.busy
	p.mu.Unlock()
	if !current || l == nil {
		c.State = ""
		p.Apply(c)
		return
	}
	c.State = devices.Ready
	if busy {
		c.State = devices.Busy
	}
	if cond, known := l.condition(); known {
		c.Faults, c.Cleared = cond.faults()
	}
	p.Apply(c)
}

// printing notes that a job is on its way, or no longer. The line may be
// another one by now than when the job began.
func (p *Printer) printing(on bool, c driver.Change) {
	p.mu.Lock()
	p.busy = on
	l := p.link
	p.mu.Unlock()
	p.tell(l, c)
}

// NotReady says why a job begun now would not print.
type NotReady = printer.NotReady

// Ready says whether a job begun now would print.
func (p *Printer) Ready() error {
	s := p.Status()
	for _, f := range s.Faults {
		if f.Severity == devices.Error {
			return &NotReady{Code: f.Code}
		}
	}
	if s.State == devices.Absent || s.State == devices.Starting || p.usable() == nil {
		return &NotReady{Code: "port_" + string(port.Gone)}
	}
	return nil
}

// usable is the line to the printer, nil when there is none or it is dead: the status
// may be told a moment later.
func (p *Printer) usable() *link {
	p.mu.Lock()
	l := p.link
	p.mu.Unlock()
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead != nil {
		return nil
	}
	return l
}
