package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"hallway/devices"
	"hallway/devices/devicetest"
	"hallway/devices/idcard/sdt"
	"hallway/devices/idcard/sdt/sdtsim"
	"hallway/devices/port"
	"hallway/devices/port/cable"
	"hallway/devices/printer"
	"hallway/devices/printer/escpos"
	"hallway/devices/printer/escpos/escpossim"
	"hallway/devices/scanner/serialscan"
	"hallway/devices/scanner/serialscan/serialscansim"
)

// pulls of each cable.
const pulls = 16

// away is how long a cable is out: from so short that the driver has hardly looked
// again, to where it looks seldom.
func away(i int) time.Duration {
	return 100*time.Millisecond + time.Duration(i)*390*time.Millisecond
}

// pulled is a device on a cable of this program. use does its work once.
type pulled struct {
	name   string
	device devices.Device
	opener port.Opener
	line   *cable.Cable
	use    func(context.Context) error

	mu    sync.Mutex
	state devices.State
	at    time.Time // since when
}

// plugging measures, for a printer, a scanner and a card reader on serial lines,
// how soon a pulled cable is noticed, and how soon the device can be used when it
// is plugged in again: lines of which the system tells nothing, so that the
// driver has to look. Each time the device is then used.
func plugging(ctx context.Context) ([]Figure, error) {
	dir, err := os.MkdirTemp("", "hallway-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	var run sync.WaitGroup
	defer func() { cancel(); run.Wait() }()
	var all []*pulled
	defer func() {
		for _, p := range all {
			_ = p.line.Close() // nothing of it is used any more
		}
	}()
	for _, make := range []func(string) (*pulled, func(context.Context) error, error){aPrinter, aScanner, aReader} {
		p, work, err := make(filepath.Join(dir, fmt.Sprint("line", len(all))))
		if err != nil {
			return nil, err
		}
		all = append(all, p)
		run.Go(func() { _ = work(ctx) }) // ends with ctx
		run.Go(func() { _ = p.device.Run(ctx) })
	}
	var figures []Figure
	for _, p := range all {
		f, err := p.figures(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		figures = append(figures, f...)
	}
	return figures, nil
}

func nothing(context.Context) error { return nil }

func aPrinter(path string) (*pulled, func(context.Context) error, error) {
	sim := escpossim.New(escpossim.Options{Confirms: true, Clears: true, NativeQR: true, Shape: lineSpeed})
	opener, line, err := plug(path, sim)
	if err != nil {
		return nil, nil, err
	}
	profile, err := escpos.ProfileNamed("epson80")
	if err != nil {
		return nil, nil, errors.Join(err, line.Close())
	}
	d := escpos.New(opener, escpos.Options{ID: "printer", Profile: profile})
	return &pulled{name: "printer", device: d, opener: opener, line: line, use: func(ctx context.Context) error {
		before := sim.Count()
		got, err := d.Print(ctx, printer.Job{ID: "1", Doc: sampleTicket()})
		if err == nil && (got != printer.Confirmed || sim.Count() != before+1) {
			err = fmt.Errorf("%d slips, outcome %s", sim.Count()-before, got)
		}
		return err
	}}, sim.Run, nil
}

func aScanner(path string) (*pulled, func(context.Context) error, error) {
	sim := serialscansim.New(serialscansim.Options{Shape: lineSpeed})
	opener, line, err := plug(path, sim)
	if err != nil {
		return nil, nil, err
	}
	d := serialscan.New(opener, serialscan.Options{ID: "scanner"})
	n := 0
	return &pulled{name: "scanner", device: d, opener: opener, line: line, use: func(ctx context.Context) error {
		n++
		code := fmt.Sprintf("CODE-%d", n)
		return devicetest.Scan(ctx, d, code, func() { sim.Scan(code) })
	}}, nothing, nil
}

func aReader(path string) (*pulled, func(context.Context) error, error) {
	sim := sdtsim.New(sdtsim.Options{Shape: lineSpeed})
	opener, line, err := plug(path, sim)
	if err != nil {
		return nil, nil, err
	}
	d := sdt.New(opener, sdt.Options{ID: "reader", SameCard: time.Millisecond})
	n := 0
	return &pulled{name: "card reader", device: d, opener: opener, line: line, use: func(ctx context.Context) error {
		n++
		if err := sim.PlaceSample(samplesInTurn[n%2]); err != nil {
			return err
		}
		defer sim.Remove()
		select {
		case e := <-d.Events():
			if e.Card == nil {
				return fmt.Errorf("a card was not read: %s", e.Err)
			}
			e.Card.Wipe()
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}}, nothing, nil
}

// saw notes when the device changed to another state.
func (p *pulled) saw(s devices.Status) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.State != p.state {
		p.state, p.at = s.State, time.Now()
	}
}

// since waits until the device is in one of some states, and says since when.
func (p *pulled) since(what string, states ...devices.State) (time.Time, error) {
	var at time.Time
	err := wait("the "+p.name+" is "+what, func() (bool, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		at = p.at
		return slices.Contains(states, p.state), nil
	})
	return at, err
}

func (p *pulled) ready() (time.Time, error) {
	return p.since("ready", devices.Ready, devices.Degraded)
}

func (p *pulled) figures(ctx context.Context) ([]Figure, error) {
	defer p.device.Watch(p.saw)()
	if _, err := p.ready(); err != nil {
		return nil, err
	}
	var gone, back []time.Duration
	for i := range pulls {
		g, b, err := p.pull(ctx, away(i))
		if err != nil {
			return nil, fmt.Errorf("pull %d: %w", i+1, err)
		}
		gone, back = append(gone, g), append(back, b)
	}
	bareGone, bareBack, err := barePulls(ctx)
	if err != nil {
		return nil, err
	}
	return []Figure{
		worst("unplugging noticed, "+p.name+", the worst (aim 1 s)", "a bare read on such a line ends", gone, bareGone),
		worst("usable after replugging, "+p.name+", the worst (aim 3 s)", "such a line opened at once", back, bareBack),
	}, nil
}

// pull pulls the cable, plugs it in again after a while, and uses the device.
func (p *pulled) pull(ctx context.Context, away time.Duration) (gone, back time.Duration, err error) {
	out := time.Now()
	if err := p.line.Unplug(); err != nil {
		return 0, 0, err
	}
	saw, err := p.since("gone", devices.Absent)
	if err != nil {
		return 0, 0, err
	}
	gone = max(0, saw.Sub(out))
	if err := port.Sleep(ctx, time.Until(out.Add(away))); err != nil {
		return 0, 0, err
	}
	in := time.Now()
	if err := p.line.Plug(); err != nil {
		return 0, 0, err
	}
	if saw, err = p.ready(); err != nil {
		return 0, 0, err
	}
	back = saw.Sub(in)
	using, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return gone, back, p.use(using)
}

// silence is a device that says nothing.
func silence() cable.Simulator { return serialscansim.New(serialscansim.Options{Shape: lineSpeed}) }

// barePulls are the same without a driver: how soon a read ends, and how soon a
// line can be opened by whoever knows that it is there.
func barePulls(ctx context.Context) (gone, back []time.Duration, err error) {
	dir, err := os.MkdirTemp("", "hallway-bench")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(dir)
	opener, line, err := plug(filepath.Join(dir, "bare"), silence())
	if err != nil {
		return nil, nil, err
	}
	defer line.Close()
	for range pulls {
		if err := line.Plug(); err != nil {
			return nil, nil, err
		}
		in := time.Now()
		p, err := opener.Open(ctx)
		if err != nil {
			return nil, nil, err
		}
		back = append(back, time.Since(in))
		ended := make(chan time.Time, 1)
		go func() {
			_, _ = p.Read(make([]byte, 1)) // ends with the line
			ended <- time.Now()
		}()
		time.Sleep(50 * time.Millisecond)
		out := time.Now()
		err = line.Unplug()
		gone = append(gone, max(0, (<-ended).Sub(out)))
		if err := errors.Join(err, p.Close()); err != nil {
			return nil, nil, err
		}
	}
	return gone, back, nil
}

// both makes a Figure of a series, and one of its shortest: what the machine's
// other work did not slow.
func both(name, against string, value, baseline []time.Duration) []Figure {
	f := figure(name+", the fastest", against, []time.Duration{slices.Min(value)}, baseline)
	f.Runs = len(value)
	return []Figure{figure(name, against, value, baseline), f}
}

// worst makes a Figure of the longest of a series, against a median.
func worst(name, against string, value, baseline []time.Duration) Figure {
	f := figure(name, against, []time.Duration{slices.Max(value)}, baseline)
	f.Runs = len(value)
	return f
}
