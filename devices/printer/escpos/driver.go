package escpos

import (
	"context"
	"errors"
	"sync"
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

	telling sync.Mutex // held while a link's state is told, so that none is told after its end

	mu       sync.Mutex
	link     *link
	confirms bool
	learnt   bool
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
		p.telling.Lock()
		p.mu.Lock()
		p.link = nil
		p.mu.Unlock()
		p.telling.Unlock()
		_ = line.Close() // again by the loop; wakes the reader
		<-l.ended
	}()
	p.take()
	err := p.setUp(ctx, l)
	p.give()
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.link = l
	p.mu.Unlock()
	p.publish(l)
	return p.watch(ctx, l)
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
		select {
		case p.slot <- struct{}{}:
		default:
			continue // a job is on its way: its waiting asks by itself
		}
		err := l.askAll(ctx, p.o.Alive)
		if errors.Is(err, errNoAnswer) { // one answer may be lost
			err = l.askAll(ctx, p.o.Alive)
		}
		if errors.Is(err, errNoAnswer) {
			err = p.silent("ask for the status")
		}
		if err == nil {
			err = p.prepare(ctx, l)
		}
		p.give()
		if err != nil {
			return err
		}
	}
}
