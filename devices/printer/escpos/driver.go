package escpos

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/port"
	"hallway/devices/printer"
	"hallway/devices/printer/glyphs"
)

// Options of a printer.
type Options struct {
	ID      string
	Profile Profile
	Clock   func() time.Time
	Fonts   *glyphs.Set   // nil: the machine's
	OneWay  bool          // it takes bytes and never answers
	Timeout time.Duration // for the whole of a job's confirmation; 0 = 15 s
	Grace   time.Duration // how long trouble within a job may last; 0 = 3 s
	Answer  time.Duration // for an answer to a question; 0 = 1 s
	Poll    time.Duration // between questions while nothing is printed; 0 = 300 ms
	Alive   time.Duration // for an answer to these; 0 = 300 ms: with Poll a dead line is noticed within 1 s
}

// Printer is the driver. It implements printer.Printer.
type Printer struct {
	*driver.Base
	opener port.Opener
	o      Options
	slot   chan struct{} // holds the one token: whoever prints or asks
	jobs   atomic.Int32  // that print, or wait for the slot: nobody asks before them

	telling sync.Mutex // held while a link's state is told, so that none is told after its end

	mu       sync.Mutex
	link     *link
	confirms bool
	learnt   bool
	doubted  *link // the line on which a question was left unanswered for a job's sake
	busy     bool  // a job is on its way
	broken   int   // what an earlier job may have left: see the constants
	resetOn  *link // the line on which the printer was told to forget it
	owed     int   // answers that may still come to questions of before
	id       int
}

// What an earlier job may have left behind.
const (
	leftNothing = iota
	leftBytes   // an unfinished command or line in the printer
	leftPaper   // a broken slip in the paper's way
)

var _ printer.Printer = (*Printer)(nil)

// New makes a driver; Run opens the port.
func New(opener port.Opener, o Options) *Printer {
	defaults := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	defaults(&o.Timeout, 15*time.Second)
	defaults(&o.Grace, 3*time.Second)
	defaults(&o.Answer, time.Second)
	defaults(&o.Poll, 300*time.Millisecond)
	defaults(&o.Alive, min(o.Answer, 300*time.Millisecond))
	p := &Printer{
		Base:   driver.NewBase(o.ID, devices.KindPrinter, "escpos", opener.Address(), o.Clock),
		opener: opener, o: o, slot: make(chan struct{}, 1),
		broken: leftPaper, owed: owedAtStart, // nobody knows what an earlier run of the program left
	}
	p.id = int(p.Now().UnixMilli() % 9999)
	return p
}

// Run keeps the line to the printer open until ctx ends.
func (p *Printer) Run(ctx context.Context) error {
	return p.Loop(ctx, p.opener, p.session)
}

func (p *Printer) leave(what int) {
	p.mu.Lock()
	p.broken, p.resetOn = max(p.broken, what), nil
	p.mu.Unlock()
}

// session works with one open port until it fails or ctx ends.
func (p *Printer) session(ctx context.Context, line port.Port) error {
	if err := line.SetReadTimeout(readTimeout); err != nil {
		return err
	}
	if err := line.SetWriteTimeout(p.o.Answer); err != nil {
		return err
	}
	l := p.hears(line)
	l.onChange = func() { p.publish(l) }
	go l.read() // ends when the port is closed, below
	defer func() {
		p.letGo()
		_ = line.Close() // again by the loop; wakes the reader
		<-l.ended
	}()
	if err := p.begin(ctx, l); err != nil {
		return err
	}
	return p.watch(ctx, l)
}

// begin makes the link the printer's when it is set up. A job that waited for that
// finds it ready.
func (p *Printer) begin(ctx context.Context, l *link) error {
	p.take()
	defer p.give()
	if err := p.setUp(ctx, l); err != nil {
		return err
	}
	p.mu.Lock()
	p.link = l
	p.mu.Unlock()
	p.publish(l)
	return nil
}

// letGo ends the link that is the printer's: nothing is printed on it any more.
func (p *Printer) letGo() {
	p.telling.Lock()
	defer p.telling.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.link = nil
}

func (p *Printer) take() { p.slot <- struct{}{} }
func (p *Printer) give() { <-p.slot }

// silent is the error of a printer that does not answer.
func (p *Printer) silent(op string) error {
	return &port.Error{Code: port.Timeout, Port: p.opener.Address(), Op: op, Err: errNoAnswer}
}

// watch asks now and then whether the printer is still there, as long as
// nothing is printed.
func (p *Printer) watch(ctx context.Context, l *link) error {
	tick := time.NewTicker(p.o.Poll)
	defer tick.Stop()
	for {
		l.mu.Lock()
		dead, changed := l.dead, l.changed
		l.mu.Unlock()
		if dead != nil {
			return dead
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
			continue
		case <-tick.C:
		}
		if !p.free() {
			continue // a job is on its way: its waiting asks by itself
		}
		err := p.poll(ctx, l)
		if err != nil {
			p.letGo() // before anybody gets the slot
		}
		p.give()
		if err != nil {
			return err
		}
	}
}

// free takes the slot when no job has it or waits for it.
func (p *Printer) free() bool {
	select {
	case p.slot <- struct{}{}:
	default:
		return false
	}
	if p.jobs.Load() > 0 {
		p.give()
		return false
	}
	return true
}

// poll asks for everything, and sees to what the answers allow. A printer that does
// not answer is given up, but not while a job waits: on a machine that is short of
// time the answer may only be late, and the job asks with more patience.
func (p *Printer) poll(ctx context.Context, l *link) error {
	err := l.askAll(ctx, p.o.Alive, 2) // one answer may be lost
	switch {
	case err == nil:
		return p.prepare(ctx, l)
	case !errors.Is(err, errNoAnswer):
		return err
	case p.jobs.Load() > 0:
		p.mu.Lock()
		p.doubted = l
		p.mu.Unlock()
		return nil
	}
	return p.silent("ask for the status")
}

// inquire asks whether a printer that did not answer is there, with a job's patience.
// When it is not, the line is given up.
func (p *Printer) inquire(ctx context.Context, l *link) error {
	err := l.askAll(ctx, p.o.Answer, 3)
	if errors.Is(err, errNoAnswer) {
		err = p.silent("ask for the status")
		l.fail(err)
	}
	return err
}
