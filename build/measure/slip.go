package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"time"

	"hallway/app/terminal"
	"hallway/devices"
	"hallway/devices/port"
	"hallway/devices/printer"
	"hallway/devices/printer/escpos/escpossim"
)

// paper is a printer that knows when each byte had come through its line.
type paper struct {
	*escpossim.Sim
	slips chan escpossim.Slip

	mu   sync.Mutex
	came []byte
	at   []time.Time // of each byte
}

func newPaper() *paper {
	p := &paper{slips: make(chan escpossim.Slip, 100)}
	p.Sim = escpossim.New(escpossim.Options{Confirms: true, Clears: true, NativeQR: true, Shape: lineSpeed,
		OnSlip: func(s escpossim.Slip) { p.slips <- s }})
	return p
}

// Serve hears every byte before the printer does.
func (p *paper) Serve(ctx context.Context, rw io.ReadWriteCloser) error {
	return p.Talk.Serve(ctx, rw, func(b []byte) {
		now := time.Now()
		p.mu.Lock()
		p.came = append(p.came, b...)
		for range b {
			p.at = append(p.at, now)
		}
		p.mu.Unlock()
		p.Receive(b)
	})
}

func (p *paper) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.came, p.at = nil, nil
}

// knife is the command that cuts (GS V, protocol sheet §C.1); it has two bytes more.
var knife = []byte{0x1D, 0x56}

// cut is when the knife's command had come whole, and which bytes had come by then.
func (p *paper) cut() (time.Time, []byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	end := bytes.LastIndex(p.came, knife) + len(knife) + 2
	if end < len(knife)+2 || end > len(p.came) {
		return time.Time{}, nil, errors.New("a slip was cut without a knife")
	}
	return p.at[end-1], bytes.Clone(p.came[:end]), nil
}

// aloneLine is a printer on a line of its own, to which a slip's bytes are written by
// nobody but this program.
type aloneLine struct {
	*paper
	port port.Port
}

// newAloneLine opens it; paper runs until ctx ends.
func newAloneLine(ctx context.Context, path string) (*aloneLine, func(), error) {
	a := &aloneLine{paper: newPaper()}
	opener, line, err := plug(path, a.paper)
	if err != nil {
		return nil, nil, err
	}
	if a.port, err = opener.Open(ctx); err != nil {
		return nil, nil, errors.Join(err, line.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	var run sync.WaitGroup
	run.Go(func() { _ = a.Run(ctx) }) // ends with ctx
	return a, func() { a.port.Close(); line.Close(); cancel(); run.Wait() }, nil
}

// write sends the bytes of a slip and tells when its last one had come.
func (a *aloneLine) write(b []byte) (time.Duration, error) {
	a.forget()
	began := time.Now()
	if _, err := a.port.Write(b); err != nil {
		return 0, err
	}
	if err := a.slip(nil); err != nil {
		return 0, fmt.Errorf("the same bytes at once: %w", err)
	}
	last, _, err := a.cut()
	return last.Sub(began), err
}

// slip waits for one; said tells what is said of it meanwhile, nil where nobody says
// anything.
func (p *paper) slip(said func() (slipSaid, error)) error {
	end, tick := time.NewTimer(20*time.Second), time.NewTicker(time.Second) // seldom: what is measured is not to be disturbed
	defer end.Stop()
	defer tick.Stop()
	for {
		late := false
		select {
		case <-p.slips:
			return nil
		case <-tick.C:
		case <-end.C:
			late = true
		}
		if said == nil {
			if late {
				return errors.New("the slip: not in 20 s")
			}
			continue
		}
		v, err := said()
		switch over := v.state == string(printer.NotPrinted) || v.state == string(printer.Unknown); {
		case err != nil:
			return err
		case len(p.slips) > 0: // it came meanwhile
		case over:
			return fmt.Errorf("the slip did not come: %v", v)
		case late:
			return fmt.Errorf("the slip: not in 20 s; %v", v)
		}
	}
}

// slipSaid is what the kiosk says of a slip: its state, and what the printer has.
type slipSaid struct {
	state  string // terminal.KioskTicket.Slip
	faults []string
}

func (s slipSaid) String() string {
	return fmt.Sprintf("the kiosk says that it is %q, its printer has the faults %q", s.state, s.faults)
}

// slipOf asks the kiosk.
func slipOf(kiosk *page) (s slipSaid, err error) {
	var v terminal.KioskView
	if err = kiosk.call("GET", "/api/v1/kiosk/view", nil, &v); err != nil {
		return s, err
	}
	if v.Session != nil && v.Session.Ticket != nil {
		s.state = v.Session.Ticket.Slip
	}
	for _, d := range v.Devices {
		if d.Kind != devices.KindPrinter {
			continue
		}
		for _, f := range d.Faults {
			s.faults = append(s.faults, f.Code)
		}
	}
	return s, nil
}

// slipsPressed is the time from the press for a number to the slip's last byte, and
// that of the same bytes on a line like it right after: as many of them are late
// because this machine is busy.
func slipsPressed(ctx context.Context, dir string, kiosk *page, paper *paper) ([]Figure, error) {
	bareLine, done, err := newAloneLine(ctx, filepath.Join(dir, "bare"))
	if err != nil {
		return nil, err
	}
	defer done()
	var took, bare, once []time.Duration
	var v terminal.KioskView
	err = wait("the kiosk can issue", func() (bool, error) {
		err := kiosk.call("GET", "/api/v1/kiosk/view", nil, &v)
		return v.Issue.Allowed && len(v.Groups) > 0, err
	})
	if err != nil {
		return nil, err
	}
	take := terminal.TakeRequest{Group: v.Groups[0].ID, Item: v.Groups[0].Items[0].ID}
	for range readings {
		if err := kiosk.call("POST", "/api/v1/kiosk/begin", struct{}{}, nil); err != nil {
			return nil, err
		}
		time.Sleep(300 * time.Millisecond) // the person reads
		paper.forget()
		pressed := time.Now()
		if err := kiosk.call("POST", "/api/v1/kiosk/take", take, nil); err != nil {
			return nil, err
		}
		if err := paper.slip(func() (slipSaid, error) { return slipOf(kiosk) }); err != nil {
			return nil, err
		}
		last, all, err := paper.cut()
		if err != nil {
			return nil, err
		}
		alone, err := bareLine.write(all)
		if err != nil {
			return nil, err
		}
		took, bare, once = append(took, last.Sub(pressed)), append(bare, wire(len(all))), append(once, alone)
		err = wait("the slip is confirmed", func() (bool, error) {
			v = terminal.KioskView{}
			err := kiosk.call("GET", "/api/v1/kiosk/view", nil, &v)
			return v.Session == nil || v.Session.Phase == "ticket", err
		})
		if err == nil {
			err = kiosk.call("POST", "/api/v1/kiosk/end", struct{}{}, nil)
		}
		if err != nil {
			return nil, err
		}
	}
	return append(both("press to last byte at the printer (aim 1.1)", "time of its bytes on the wire", took, bare),
		figure("press to last byte at the printer", "the same bytes written at once to such a line", took, once)), nil
}
