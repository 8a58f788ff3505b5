package escpos

import (
	"context"
	"errors"
	"fmt"
	"strconv"
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
	Timeout time.Duration // for the whole of a job's confirmation; 0 = 15 s
	Grace   time.Duration // how long trouble within a job may last; 0 = 3 s
	Answer  time.Duration // for an answer to a question; 0 = 1 s
	Poll    time.Duration // between questions while nothing is printed; 0 = 1 s
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
	busy     bool // a job is on its way
	broken   int  // what an earlier job may have left: see the constants
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
	defaults(&o.Poll, time.Second)
	if o.Fonts == nil {
		o.Fonts = glyphs.System()
	}
	p := &Printer{
		Base:   driver.NewBase(o.ID, devices.KindPrinter, "escpos", opener.Address(), o.Clock),
		opener: opener, o: o, slot: make(chan struct{}, 1),
		broken: leftPaper, // nobody knows what an earlier run of the program left
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
	p.broken = max(p.broken, what)
	p.mu.Unlock()
}

// session works with one open port until it fails or ctx ends.
func (p *Printer) session(ctx context.Context, line port.Port) error {
	if err := line.SetReadTimeout(readTimeout); err != nil {
		return err
	}
	if w, ok := line.(interface{ SetWriteTimeout(time.Duration) error }); ok {
		if err := w.SetWriteTimeout(p.o.Answer); err != nil {
			return err
		}
	}
	l := newLink(line, nil)
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

// setUp brings the printer into a known state and learns what it can.
func (p *Printer) setUp(ctx context.Context, l *link) error {
	if err := p.reset(ctx, l); err != nil {
		return err
	}
	var err error
	for range 3 {
		if err = l.askAll(ctx, p.o.Answer); !errors.Is(err, errNoAnswer) {
			break
		}
	}
	if errors.Is(err, errNoAnswer) {
		return p.silent("ask for the status")
	}
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.learnt = false
	p.mu.Unlock()
	return p.prepare(ctx, l)
}

// prepare cuts off what hangs out and learns what the printer can, as soon as
// it is in order.
func (p *Printer) prepare(ctx context.Context, l *link) error {
	if c, _ := l.condition(); c.trouble() {
		return nil
	}
	if err := p.tidy(ctx, l); err != nil {
		return err
	}
	return p.learn(ctx, l)
}

// longest is the longest command that a broken job may have left unfinished: a
// band of picture data.
const longest = bandRows*72 + 16

// reset makes the printer forget what an earlier job left, and turns the
// automatic status on.
func (p *Printer) reset(ctx context.Context, l *link) error {
	p.mu.Lock()
	left := p.broken
	p.mu.Unlock()
	if left != leftNothing {
		if err := p.clear(ctx, l); err != nil {
			return err
		}
	}
	begin := append(append([]byte(nil), cmdInit...), cmdStatusBack...)
	if _, err := l.send(begin); err != nil {
		return err
	}
	p.mu.Lock()
	if p.broken == leftBytes {
		p.broken = leftNothing
	}
	p.mu.Unlock()
	return nil
}

// clear makes the printer drop what it has not printed. Models that cannot get
// as many NULs as the longest unfinished command may still want.
func (p *Printer) clear(ctx context.Context, l *link) error {
	switch p.o.Profile.Clearing {
	case ClearDC4:
		l.mu.Lock()
		before := l.cleared
		l.mu.Unlock()
		if _, err := l.send([]byte{0x10, 0x14, 0x08, 0x01, 0x03, 0x14, 0x01, 0x06, 0x02, 0x08}); err != nil {
			return err
		}
		err := l.wait(ctx, p.o.Answer, func() bool { return l.cleared != before })
		if errors.Is(err, errNoAnswer) {
			return nil // it will be asked for its status next
		}
		return err
	case ClearENQ:
		if _, err := l.send([]byte{0x10, 0x05, 0x02}); err != nil {
			return err
		}
	}
	_, err := l.send(make([]byte, longest))
	return err
}

// learn asks what the printer can, once, while it is in order.
func (p *Printer) learn(ctx context.Context, l *link) error {
	p.mu.Lock()
	done := p.learnt
	p.mu.Unlock()
	if done {
		return nil
	}
	caps := map[string]string{
		"profile": p.o.Profile.Name, "dots": strconv.Itoa(p.o.Profile.Dots),
		"cutter": string(p.o.Profile.Cutter), "qr": strconv.FormatBool(p.o.Profile.QR),
	}
	confirms := false
	if p.o.Profile.Confirmation == ConfirmAsk {
		for _, q := range []struct {
			n    byte
			name string
		}{{0x43, "model"}, {0x45, "characters"}} {
			text, err := p.identify(ctx, l, q.n)
			if err != nil {
				return err
			}
			if text != "" {
				caps[q.name] = text
			}
		}
		id := p.nextID()
		if _, err := l.send(processID(id)); err != nil {
			return err
		}
		err := l.wait(ctx, p.o.Answer, func() bool { return l.lastID == id })
		if err != nil && !errors.Is(err, errNoAnswer) {
			return err
		}
		confirms = err == nil
	}
	caps["confirms"] = strconv.FormatBool(confirms)
	p.mu.Lock()
	p.confirms, p.learnt = confirms, true
	p.mu.Unlock()
	p.Apply(driver.Change{Caps: caps})
	return nil
}

// identify asks GS I n; a printer that does not answer has no such text.
func (p *Printer) identify(ctx context.Context, l *link, n byte) (string, error) {
	l.mu.Lock()
	before := len(l.texts)
	l.mu.Unlock()
	if _, err := l.send([]byte{0x1D, 0x49, n}); err != nil {
		return "", err
	}
	err := l.wait(ctx, p.o.Answer, func() bool { return len(l.texts) > before })
	if errors.Is(err, errNoAnswer) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.texts[len(l.texts)-1], nil
}

// processID is GS ( H fn 48.
func processID(id string) []byte {
	return append([]byte{0x1D, 0x28, 0x48, 0x06, 0x00, 0x30, 0x30}, id...)
}

// nextID counts 0001 … 9999.
func (p *Printer) nextID() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.id = p.id%9999 + 1
	return fmt.Sprintf("%04d", p.id)
}

// watch asks now and then whether the printer is still there, as long as
// nothing is printed.
func (p *Printer) watch(ctx context.Context, l *link) error {
	tick := time.NewTicker(p.o.Poll)
	defer tick.Stop()
	missed := 0
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
		err := l.askAll(ctx, p.o.Answer)
		if err == nil {
			err = p.prepare(ctx, l)
		}
		p.give()
		switch {
		case errors.Is(err, errNoAnswer):
			if missed++; missed >= 2 {
				return p.silent("ask for the status")
			}
		case err != nil:
			return err
		default:
			missed = 0
		}
	}
}

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
type NotReady struct {
	Code string // of the fault
}

// Error names the fault; the catalogues hold the sentence.
func (e *NotReady) Error() string {
	return "the printer cannot print: " + e.Code + ": see to the fault, then print again"
}

// Ready says whether a job begun now would print.
func (p *Printer) Ready() error {
	s := p.Status()
	for _, f := range s.Faults {
		if f.Severity == devices.Error {
			return &NotReady{Code: f.Code}
		}
	}
	if s.State == devices.Absent || s.State == devices.Starting {
		return &NotReady{Code: "port_" + string(port.Gone)}
	}
	return nil
}
