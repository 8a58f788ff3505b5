// Package escpossim simulates an ESC/POS thermal printer: it reads the very
// bytes that a driver sends, answers status questions, obeys its paper, cover,
// cutter and off-line state, and draws what it prints dot by dot.
//
// Guarantees: it shares no code with the driver but the drawing of single
// characters; a command that it does not know is reported, never guessed; a
// real-time command is obeyed wherever it stands, even inside picture data, as
// real printers do; what is not printed for want of paper is printed when
// paper is there again, unless the buffer was cleared. After Run nothing is
// left running.
//
// Expects: Run runs as long as the printer is switched on; Serve speaks with
// one driver after another (devices/port/cable).
//
// Source: protocol sheet §C.1 and §C.2; GS b and ESC * from the public Epson
// command reference.
package escpossim

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"hallway/devices/port"
	"hallway/devices/port/cable"
	"hallway/devices/printer/glyphs"
)

// Options of a simulated printer.
type Options struct {
	Dots      int  // per line; 0 = 576
	Speed     int  // mm/s; 0 = as fast as it can
	Confirms  bool // answers GS ( H fn 48
	NativeQR  bool
	NoCutter  bool        // paper is torn off when it is fed by four lines or more
	Clears    bool        // obeys DLE DC4 8 and DLE ENQ 2
	GB2312    bool        // the font lacks the rest of GBK
	NoChinese bool        // no two-byte font
	SizeBits  byte        // FS ! bits for double width and height; 0 = 0C
	Shape     cable.Shape // of its line
	Fonts     *glyphs.Set
	Clock     func() time.Time
	OnChange  func()     // something that can be seen has changed
	OnSlip    func(Slip) // a slip was cut
	KeepSlips int        // at most; 0 = 500
}

// Body is the state of the hardware.
type Body struct {
	PaperEnd    bool
	NearEnd     bool
	CoverOpen   bool
	CutterError bool
	Offline     bool // by its panel
}

func (b Body) stopped() bool { return b.PaperEnd || b.CoverOpen || b.CutterError || b.Offline }

// Slip is one cut piece of paper.
type Slip struct {
	N       int
	At      time.Time
	W, H    int      // of its picture, in dots
	Raw     []byte   // the very bytes that printed it
	Text    []string // line by line
	QR      []string
	Bars    []string
	Unclean []string // commands that were not understood
	Torn    bool     // by hand, not by the knife

	ink []byte // eight dots to a byte, row by row: hundreds of slips are kept
}

// Sim is a printer. Run must run for it to print.
type Sim struct {
	*cable.Talk
	o Options

	mu       sync.Mutex
	queue    []byte
	real     []byte // a real-time command that has not come whole
	wake     chan struct{}
	cleared  int // counts clearings
	body     Body
	statusOn byte // GS a
	printing bool
	resting  bool          // the mechanism waits for bytes
	rested   chan struct{} // closed when it comes to that
	slips    []Slip
	count    int
	unclean  int64
}

// New makes a printer with paper in it.
func New(o Options) *Sim {
	if o.Dots == 0 {
		o.Dots = 576
	}
	if o.SizeBits == 0 {
		o.SizeBits = 0x0C
	}
	if o.Fonts == nil {
		o.Fonts = glyphs.System()
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.KeepSlips == 0 {
		o.KeepSlips = 500
	}
	return &Sim{Talk: cable.NewTalk(o.Shape), o: o, wake: make(chan struct{}, 1), rested: make(chan struct{})}
}

// Receive takes bytes from the line. Real-time commands are obeyed here.
func (s *Sim) Receive(b []byte) {
	s.mu.Lock()
	var answers []byte
	for _, c := range b {
		answers = append(answers, s.receive(c)...)
	}
	s.mu.Unlock()
	s.poke()
	s.send(answers)
}

func (s *Sim) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// send answers the driver that is there; without one the answer is lost.
func (s *Sim) send(b []byte) { s.Talk.Send(b) }

// Serve speaks with one driver until it leaves.
func (s *Sim) Serve(ctx context.Context, rw io.ReadWriteCloser) error {
	s.mu.Lock()
	s.real = nil
	s.mu.Unlock()
	return s.Talk.Serve(ctx, rw, s.Receive)
}

// receive sorts one byte into the queue or a real-time command.
func (s *Sim) receive(c byte) []byte {
	if len(s.real) == 0 && c != 0x10 {
		s.queue = append(s.queue, c)
		return nil
	}
	s.real = append(s.real, c)
	r := s.real
	switch {
	case r[0] != 0x10:
	case len(r) == 1:
		return nil
	case r[1] == 0x04 && len(r) == 2, r[1] == 0x05 && len(r) == 2, r[1] == 0x14 && len(r) < 3:
		return nil
	case r[1] == 0x04 && r[2] >= 1 && r[2] <= 4:
		s.real = nil
		return []byte{s.realTime(int(r[2]))}
	case r[1] == 0x05 && r[2] <= 2:
		s.real = nil
		if r[2] == 2 && s.o.Clears {
			s.clear()
		}
		return nil
	case r[1] == 0x14 && r[2] == 8:
		if len(r) < 10 {
			return nil
		}
		if string(r[3:10]) == "\x01\x03\x14\x01\x06\x02\x08" && s.o.Clears {
			s.real = nil
			s.clear()
			return []byte{0x37, 0x25, 0x00}
		}
	}
	// Not a real-time command: its first byte is data, the rest is looked at again.
	rest := append([]byte(nil), r[1:]...)
	s.queue = append(s.queue, r[0])
	s.real = nil
	var out []byte
	for _, again := range rest {
		out = append(out, s.receive(again)...)
	}
	return out
}

// PowerCycle switches the printer off and on: what it had not printed is gone,
// and every mode is as after the start. The paper hangs where it hung.
func (s *Sim) PowerCycle() {
	s.mu.Lock()
	s.clear()
	s.real, s.statusOn = nil, 0
	s.mu.Unlock()
	s.poke()
}

func (s *Sim) clear() {
	s.queue = nil
	s.cleared++
}

// realTime is the answer to DLE EOT n.
func (s *Sim) realTime(n int) byte {
	b := byte(0x12)
	set := func(on bool, bits byte) {
		if on {
			b |= bits
		}
	}
	switch n {
	case 1:
		set(s.body.stopped(), 0x08)
	case 2:
		set(s.body.CoverOpen, 0x04)
		set(s.body.PaperEnd, 0x20)
		set(s.body.CutterError, 0x40)
	case 3:
		set(s.body.CutterError, 0x08)
	case 4:
		set(s.body.NearEnd || s.body.PaperEnd, 0x0C)
		set(s.body.PaperEnd, 0x60)
	}
	return b
}

// statusBack is the automatic status.
func (s *Sim) statusBack() []byte {
	b := []byte{0x10, 0x00, 0x00, 0x0F}
	if s.body.stopped() {
		b[0] |= 0x08
	}
	if s.body.CoverOpen {
		b[0] |= 0x20
	}
	if s.body.CutterError {
		b[1] |= 0x08
	}
	if s.body.NearEnd || s.body.PaperEnd {
		b[2] |= 0x03
	}
	if s.body.PaperEnd {
		b[2] |= 0x0C
	}
	return b
}

// Body is the state of the hardware.
func (s *Sim) Body() Body {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.body
}

// SetBody changes the state of the hardware; a status goes out when the driver
// asked for it.
func (s *Sim) SetBody(change func(*Body)) {
	s.mu.Lock()
	before := s.body
	change(&s.body)
	var answer []byte
	if s.body != before && s.statusOn != 0 {
		answer = s.statusBack()
	}
	s.mu.Unlock()
	s.poke()
	s.send(answer)
	s.changed()
}

func (s *Sim) changed() {
	if s.o.OnChange != nil {
		s.o.OnChange()
	}
}

// Printing tells whether the mechanism is busy.
func (s *Sim) Printing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.printing
}

// Slips are the cut slips that are kept, oldest first.
func (s *Sim) Slips() []Slip {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Slip(nil), s.slips...)
}

// Slip finds slip n, counted from 1.
func (s *Sim) Slip(n int) (Slip, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, slip := range s.slips {
		if slip.N == n {
			return slip, true
		}
	}
	return Slip{}, false
}

// Count is how many slips were cut since the start.
func (s *Sim) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// Unclean is how many commands were not understood since the start.
func (s *Sim) Unclean() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unclean
}

// Idle tells whether everything received has been obeyed.
func (s *Sim) Idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue) == 0 && !s.printing
}

// Rest waits until everything received has been obeyed, or is the beginning of a
// command that has not come whole.
func (s *Sim) Rest(ctx context.Context) error {
	for {
		s.mu.Lock()
		done, rested := s.resting && len(s.queue) == 0, s.rested
		s.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-rested:
		}
	}
}

// Run is the mechanism: it obeys the commands until ctx ends.
func (s *Sim) Run(ctx context.Context) error {
	p := newPress(s)
	for {
		err := p.command(ctx)
		switch {
		case errors.Is(err, errCleared):
			p.forget()
		case err != nil:
			return err
		}
	}
}

var errCleared = errors.New("buffer cleared")

// next takes n bytes from the queue at most, one at least.
func (s *Sim) next(ctx context.Context, seen *int, to []byte, n int) ([]byte, error) {
	for {
		s.mu.Lock()
		if s.cleared != *seen {
			*seen = s.cleared
			s.mu.Unlock()
			return to, errCleared
		}
		if len(s.queue) > 0 {
			n = min(n, len(s.queue))
			to = append(to, s.queue[:n]...)
			s.queue = s.queue[n:]
			s.resting = false
			s.mu.Unlock()
			return to, nil
		}
		was := s.printing
		s.printing = false
		if !s.resting {
			s.resting = true
			close(s.rested)
			s.rested = make(chan struct{})
		}
		s.mu.Unlock()
		if was {
			s.changed()
		}
		select {
		case <-ctx.Done():
			return to, ctx.Err()
		case <-s.wake:
		}
	}
}

// move waits until the mechanism may move, and then for as long as it moves.
func (s *Sim) move(ctx context.Context, seen *int, dots int) error {
	for {
		s.mu.Lock()
		if s.cleared != *seen {
			*seen = s.cleared
			s.mu.Unlock()
			return errCleared
		}
		stopped := s.body.stopped()
		was := s.printing
		s.printing = true
		s.mu.Unlock()
		if !was {
			s.changed()
		}
		if !stopped {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.wake:
		}
	}
	if s.o.Speed <= 0 || dots <= 0 {
		return nil
	}
	return port.Sleep(ctx, time.Duration(dots)*time.Second/time.Duration(8*s.o.Speed)) // 8 dots a millimetre
}
