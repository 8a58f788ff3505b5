package printfaults

import (
	"context"
	"io"
	"sync"

	"hallway/devices/port/cable"
	"hallway/devices/printer/escpos/escpossim"
)

// press is the printer on its cable, and everything that can happen to it after
// a byte. It keeps every slip.
type press struct {
	sim   *escpossim.Sim
	cable *cable.Cable

	mu    sync.Mutex
	left  int    // bytes until the trap; -1 none
	trap  func() // runs on a goroutine of its own
	drop  bool   // the bytes behind the trap do not arrive
	slips []escpossim.Slip
	tasks sync.WaitGroup
}

func newPress(o escpossim.Options) (*press, error) {
	p := &press{left: -1}
	o.OnSlip = func(s escpossim.Slip) {
		p.mu.Lock()
		p.slips = append(p.slips, s)
		p.mu.Unlock()
	}
	p.sim = escpossim.New(o)
	var err error
	if p.cable, err = cable.New("tcp:127.0.0.1:0", p); err != nil {
		return nil, err
	}
	return p, p.cable.Plug()
}

// arm sets the trap: do happens when the printer has got so many bytes more.
func (p *press) arm(after int, drop bool, do func()) {
	p.mu.Lock()
	p.left, p.drop, p.trap = after, drop, do
	p.mu.Unlock()
}

// disarm takes away a trap that nothing stepped into, and says whether there was
// one; it waits for one that has snapped.
func (p *press) disarm() (unused bool) {
	p.mu.Lock()
	unused = p.left >= 0
	p.left = -1
	p.mu.Unlock()
	p.tasks.Wait()
	return unused
}

// repair makes everything well again.
func (p *press) repair() error {
	p.sim.SetBody(func(b *escpossim.Body) { *b = escpossim.Body{} })
	return p.cable.Plug()
}

// all is every slip that came out so far.
func (p *press) all() []escpossim.Slip {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]escpossim.Slip(nil), p.slips...)
}

// Serve puts the press between the cable and the printer.
func (p *press) Serve(ctx context.Context, rw io.ReadWriteCloser) error {
	return p.sim.Serve(ctx, &tap{ReadWriteCloser: rw, p: p})
}

type tap struct {
	io.ReadWriteCloser
	p *press
}

func (t *tap) Read(b []byte) (int, error) {
	n, err := t.ReadWriteCloser.Read(b)
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	if t.p.left < 0 || n == 0 {
		return n, err
	}
	if n < t.p.left {
		t.p.left -= n
		return n, err
	}
	if t.p.drop {
		n, err = t.p.left, io.EOF
	}
	t.p.left = -1
	t.p.tasks.Go(t.p.trap)
	return n, err
}
