package table

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/evaluator"
	"hallway/devices/port"
)

// Options of an evaluator.
type Options struct {
	ID      string
	Table   Table
	Address byte // 0: the table's
	Clock   func() time.Time
}

// Evaluator is the driver. It implements evaluator.Evaluator.
type Evaluator struct {
	*driver.Base
	opener port.Opener
	table  Table
	addr   byte
	slot   chan struct{} // one asking at a time

	telling sync.Mutex // held while the line's state is told, so that none is told after its end

	mu    sync.Mutex
	line  port.Port
	gone  chan struct{} // closed when the line is lost
	open  chan int      // of the asking that is open, nil without one
	write sync.Mutex
}

var _ evaluator.Evaluator = (*Evaluator)(nil)

// New makes a driver; Run opens the port.
func New(opener port.Opener, o Options) *Evaluator {
	addr := o.Table.Address
	if o.Address != 0 {
		addr = o.Address
	}
	return &Evaluator{
		Base:   driver.NewBase(o.ID, devices.KindEvaluator, o.Table.Name, opener.Address(), o.Clock),
		opener: opener, table: o.Table, addr: addr, slot: make(chan struct{}, 1),
	}
}

// FromConfig makes the driver of one configured device: the model is the name
// of a table or the option «table» its path; the option «address» overrides the
// table's.
func FromConfig(c devices.Config) (devices.Device, error) {
	opener, err := driver.Opener(c, "address", "table")
	if err != nil {
		return nil, err
	}
	o := Options{ID: c.ID}
	if o.Table, err = Load(cmp.Or(c.Options["table"], c.Model)); err != nil {
		return nil, err
	}
	if o.Address, err = driver.BusAddress(c); err != nil {
		return nil, err
	}
	return New(opener, o), nil
}

// Run keeps the line open until ctx ends.
func (e *Evaluator) Run(ctx context.Context) error { return e.Loop(ctx, e.opener, e.session) }

// idleGap is how long a frame may pause before it is unfinished.
const idleGap = 100 * time.Millisecond

// session reads until the port fails or ctx ends.
func (e *Evaluator) session(ctx context.Context, line port.Port) error {
	if err := line.SetReadTimeout(idleGap); err != nil {
		return err
	}
	gone := make(chan struct{})
	e.mu.Lock()
	e.line, e.gone = line, gone
	e.mu.Unlock()
	defer func() {
		e.telling.Lock()
		e.mu.Lock()
		e.line = nil
		e.mu.Unlock()
		e.telling.Unlock()
		close(gone)
	}()
	stop := context.AfterFunc(ctx, func() { _ = line.Close() }) // wakes the read
	defer stop()
	e.Apply(driver.Change{State: devices.Ready, Caps: map[string]string{"table": e.table.Name, "address": strconv.Itoa(int(e.addr))}})
	if err := e.send(e.table.Welcome); err != nil {
		return err
	}
	s := scanner{t: &e.table, addr: e.addr}
	buf := make([]byte, 256)
	for {
		n, err := line.Read(buf)
		frames := s.feed(buf[:n])
		if errors.Is(err, &port.Error{Code: port.Timeout}) {
			frames, err = append(frames, s.idle()...), nil
		}
		if s.lost > 0 {
			e.Apply(driver.Change{Counters: map[string]int64{"noise_bytes": int64(s.lost)}})
			s.lost = 0
		}
		for _, f := range frames {
			if err := e.take(line, f); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
	}
}

// take acknowledges a frame and gives its level to the asking that was open
// when it came.
func (e *Evaluator) take(line port.Port, f found) error {
	var open chan int
	e.mu.Lock()
	if f.level != 0 {
		open, e.open = e.open, nil
	}
	e.mu.Unlock()
	if open != nil {
		open <- f.level // has room for one, and gets only one
	}
	e.Apply(driver.Change{Counters: map[string]int64{"keys": 1}})
	if !e.table.Echo {
		return nil
	}
	e.write.Lock()
	defer e.write.Unlock()
	_, err := line.Write(f.frame)
	return err
}

// send writes some filled patterns.
func (e *Evaluator) send(ps []Pattern) error {
	e.mu.Lock()
	line := e.line
	e.mu.Unlock()
	if line == nil {
		return &port.Error{Code: port.Gone, Port: e.opener.Address(), Op: "write"}
	}
	e.write.Lock()
	defer e.write.Unlock()
	for _, p := range ps {
		if _, err := line.Write(p.Fill(e.addr, 0, nil)); err != nil {
			return err
		}
	}
	return nil
}

// Welcome shows the idle picture.
func (e *Evaluator) Welcome(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return e.send(e.table.Welcome)
}

// Ask prompts and waits for a key until the time-out, then returns level 0.
// When the line is lost while it waits, the answer is level 0 with an error.
func (e *Evaluator) Ask(ctx context.Context, ref string, timeout time.Duration) (evaluator.Answer, error) {
	none := func() evaluator.Answer { return evaluator.Answer{Ref: ref, At: e.Now()} }
	select {
	case e.slot <- struct{}{}:
		defer func() { <-e.slot }()
	case <-ctx.Done():
		return none(), fmt.Errorf("wait for the evaluator: %w", ctx.Err())
	}
	open := make(chan int, 1)
	e.mu.Lock()
	gone := e.gone
	e.open = open
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		if e.open == open {
			e.open = nil
		}
		e.mu.Unlock()
		e.tell(devices.Ready)
	}()
	if err := e.send(e.table.Ask); err != nil {
		return none(), fmt.Errorf("ask for a rating: %w", err)
	}
	e.tell(devices.Busy)
	t := time.NewTimer(timeout)
	defer t.Stop()
	select {
	case level := <-open:
		if err := e.send(e.table.Thanks); err != nil {
			e.Apply(driver.Change{Counters: map[string]int64{"thanks_lost": 1}})
		}
		return evaluator.Answer{Ref: ref, Level: level, At: e.Now()}, nil
	case <-t.C:
		if err := e.send(e.table.Welcome); err != nil {
			return none(), fmt.Errorf("end of asking: %w", err)
		}
		return none(), nil
	case <-gone:
		return none(), fmt.Errorf("asking for a rating: %w", &port.Error{Code: port.HangUp, Port: e.opener.Address(), Op: "read"})
	case <-ctx.Done():
		return none(), fmt.Errorf("asking for a rating: %w", errors.Join(ctx.Err(), e.send(e.table.Welcome)))
	}
}

// tell changes the state as long as there is a line.
func (e *Evaluator) tell(state devices.State) {
	e.telling.Lock()
	defer e.telling.Unlock()
	e.mu.Lock()
	open := e.line != nil
	e.mu.Unlock()
	if open {
		e.Apply(driver.Change{State: state})
	}
}
