package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"hallway/app/terminal"
	"hallway/build/demo/stage"
	"hallway/devices/idcard"
	"hallway/devices/idcard/sdt"
	"hallway/devices/idcard/sdt/sdtsim"
	"hallway/devices/port"
	"hallway/devices/port/cable"
)

// readings of cards, at the reader and at the desk, and slips of a kiosk.
const readings = 40

// lineSpeed is that of every line here (protocol sheet §A.1, §C.1).
var lineSpeed = cable.Shape{Baud: 115200}

// deviceFigures measures devices on lines of 115,200 baud: a card to its event,
// to the desk's form, a slip from the press to its last byte; and plugging.
func deviceFigures(ctx context.Context, bin string) ([]Figure, error) {
	read, err := cardReads(ctx)
	if err != nil {
		return nil, err
	}
	hall, err := deskAndSlip(ctx, bin)
	if err != nil {
		return nil, err
	}
	plugged, err := plugging(ctx)
	return slices.Concat(read, hall, plugged), err
}

// samplesInTurn are two cards that a desk takes.
var samplesInTurn = [2]string{"resident", "J"}

// cardReads is the time from the question that finds a card to the event with its
// data. The module works no time of its own: what is left is the wire and ours.
func cardReads(ctx context.Context) ([]Figure, error) {
	dir, err := os.MkdirTemp("", "hallway-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	sim := sdtsim.New(sdtsim.Options{Shape: lineSpeed})
	opener, line, err := plug(filepath.Join(dir, "reader"), sim)
	if err != nil {
		return nil, err
	}
	defer line.Close()
	asked := &finding{Opener: opener}
	r := sdt.New(asked, sdt.Options{ID: "reader", SameCard: time.Millisecond, Clock: time.Now})
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	var run sync.WaitGroup
	run.Go(func() { _ = r.Run(ctx) }) // ends with ctx
	defer func() { cancel(); run.Wait() }()
	var took, bare []time.Duration
	for i := range readings {
		if err := sim.PlaceSample(samplesInTurn[i%2]); err != nil {
			return nil, err
		}
		var ev idcard.Event
		select {
		case ev = <-r.Events():
		case <-ctx.Done():
			return nil, fmt.Errorf("a card was not read: %w", ctx.Err())
		}
		if ev.Card != nil { // else the machine slept in the middle of the line
			ev.Card.Wipe()
			took, bare = append(took, ev.At.Sub(asked.before(ev.At))), append(bare, wire(cardBytes))
		}
		sim.Remove()
		time.Sleep(time.Second) // hands are no faster
	}
	if len(took) < readings/2 {
		return nil, fmt.Errorf("%d of %d cards were read", len(took), readings)
	}
	return both("card read at 115,200 baud (aim 1.05)", "time of its bytes on the wire", took, bare), nil
}

// plug puts a simulator on a pseudo-terminal behind a path, and opens nothing.
func plug(path string, sim cable.Simulator) (port.Opener, *cable.Cable, error) {
	line, err := cable.New("serial:"+path+"?baud=115200", sim)
	if err != nil {
		return nil, nil, err
	}
	if err := line.Plug(); err != nil {
		return nil, nil, err
	}
	opener, err := port.Parse(line.Address())
	if err != nil {
		return nil, nil, errors.Join(err, line.Close())
	}
	return opener, line, nil
}

// finding notes when the driver asks for a card (20 01, protocol sheet §A.3).
type finding struct {
	port.Opener
	mu sync.Mutex
	at []time.Time
}

// Open opens the line and listens on it.
func (f *finding) Open(ctx context.Context) (port.Port, error) {
	p, err := f.Opener.Open(ctx)
	if err != nil {
		return nil, err
	}
	return heard{p, f}, nil
}

// before is when a card was last asked for before a moment.
func (f *finding) before(t time.Time) (last time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, at := range f.at {
		if at.Before(t) {
			last = at
		}
	}
	return last
}

type heard struct {
	port.Port
	f *finding
}

func (h heard) Write(b []byte) (int, error) {
	if len(b) > 8 && b[7] == 0x20 && b[8] == 0x01 {
		h.f.mu.Lock()
		h.f.at = append(h.f.at, time.Now())
		h.f.mu.Unlock()
	}
	return h.Port.Write(b)
}

// deskAndSlip measures, in a whole hall whose kiosk's printer and whose counter's
// card reader are on lines of this program, a card placed to the form filled, and
// the press to the slip's last byte.
func deskAndSlip(ctx context.Context, bin string) ([]Figure, error) {
	dir, err := os.MkdirTemp("", "hallway-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	s, err := stage.New(stage.Options{Dir: dir, Bin: bin, HallFiles: "build/demo/hall", Clock: "2026-11-23T09:40:00+08:00",
		Staff: []string{"1001"}, Seed: 1, SerialPrinter: true, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		return nil, err
	}
	reader := sdtsim.New(sdtsim.Options{Shape: lineSpeed})
	paper := newPaper()
	ctx, cancel := context.WithCancel(ctx)
	var run sync.WaitGroup
	run.Go(func() { _ = paper.Run(ctx) }) // ends with ctx
	defer func() { cancel(); run.Wait() }()
	for _, d := range []struct {
		terminal, device, path string
		sim                    cable.Simulator
	}{{"counter-1", "idcard?baud=115200", "card", reader}, {"kiosk-1", "printer?baud=115200", "paper", paper}} {
		_, line, err := plug(filepath.Join(dir, d.path), d.sim)
		if err != nil {
			return nil, err
		}
		defer line.Close()
		if err := useLine(s, d.terminal, d.device, line.Address()); err != nil {
			return nil, err
		}
	}
	if err := s.Start(ctx); err != nil {
		return nil, err
	}
	defer s.Stop()
	kiosk, err := openKiosk(s)
	if err != nil {
		return nil, err
	}
	slip, err := slipsPressed(ctx, dir, kiosk, paper)
	if err != nil {
		return nil, err
	}
	form, err := formsFilled(ctx, s, reader)
	return slices.Concat(form, slip), err
}

// form is what the desk's page was last told of the applicant.
type form struct {
	mu   sync.Mutex
	n    int
	code string
	at   time.Time
}

func (f *form) take(at time.Time, data []byte) {
	var v struct {
		Desk struct {
			Notice *terminal.DeskNotice `json:"notice"`
		} `json:"desk"`
	}
	if json.Unmarshal(data, &v) != nil || v.Desk.Notice == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if v.Desk.Notice.N > f.n {
		f.n, f.code, f.at = v.Desk.Notice.N, v.Desk.Notice.Code, at
	}
}

// told is when it was said what came of the n-th card, and what.
func (f *form) told(n int) (at time.Time, code string, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at, f.code, f.n >= n
}

// formsFilled is the time from a card on the reader of counter 1 to the event that
// shows its person to the clerk: the driver looks at the plate now and then, reads,
// the rules are asked, the page is told.
func formsFilled(ctx context.Context, s *stage.Stage, reader *sdtsim.Sim) ([]Figure, error) {
	p, err := openPage(s, "counter-1")
	if err != nil {
		return nil, err
	}
	if err := serving(s, p); err != nil {
		return nil, err
	}
	f := &form{}
	stop, err := follow(ctx, p, f.take)
	if err != nil {
		return nil, err
	}
	defer stop()
	var took, bare []time.Duration
	for i := range readings {
		// a card comes at any time between two looks at the plate
		time.Sleep(time.Second + time.Duration(i*7%40)*time.Millisecond)
		placed := time.Now()
		if err := reader.PlaceSample(samplesInTurn[i%2]); err != nil {
			return nil, err
		}
		var at time.Time
		var code string
		err := wait("the form", func() (ok bool, err error) { at, code, ok = f.told(i + 1); return })
		if err != nil {
			return nil, err
		}
		reader.Remove()
		if code == "card_taken" { // else the machine slept in the middle of the line
			took, bare = append(took, at.Sub(placed)), append(bare, wire(cardBytes)+formTime)
		}
	}
	if len(took) < readings/2 {
		return nil, fmt.Errorf("%d of %d cards were taken", len(took), readings)
	}
	return both("card on the reader to the desk's form (aim 1)", "time of its bytes on the wire and 60 ms", took, bare), nil
}

// formTime is what a form may take beside the wire.
const formTime = 60 * time.Millisecond

// serving has a clerk serve the first of those who wait.
func serving(s *stage.Stage, p *page) error {
	var v terminal.CounterView
	view := func() error { v = terminal.CounterView{}; return p.call("GET", "/api/v1/counter/view", nil, &v) }
	post := func(act string, in any) error { return p.call("POST", "/api/v1/counter/"+act, in, nil) }
	if err := post("signin", terminal.SignInRequest{Staff: "1001", Password: s.Passwords["1001"]}); err != nil {
		return err
	}
	for _, step := range []struct {
		act string
		in  any
		may func() bool
	}{
		{"open", struct{}{}, func() bool { return v.Acts.Open.Allowed }},
		{"next", terminal.NextRequest{}, func() bool { return v.Acts.Next.Allowed }},
		{"start", struct{}{}, func() bool { return v.Acts.Start.Allowed && v.Current != nil && !v.Current.Pending }},
	} {
		if err := wait("the counter may "+step.act, func() (bool, error) { err := view(); return step.may(), err }); err != nil {
			return err
		}
		if err := post(step.act, step.in); err != nil {
			return err
		}
	}
	return wait("the desk is ready for a card", func() (bool, error) { err := view(); return v.Desk.Enabled && v.Acts.Finish.Allowed, err })
}
