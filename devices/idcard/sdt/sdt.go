// Package sdt drives identity-card readers (身份证阅读器) with a secure module
// SAM_V/SAM_A over a serial line: the «SDT» protocol of GA/T 467.
//
// Guarantees: find, select and read always come in this order, and each read
// is of a card found just before; one placing of a card is one Event, also on
// readers that answer «no card» while a card that was read stays on the plate,
// and when the contact bounces; nothing is taken from a frame whose check byte
// is wrong; all four layouts are told apart by the type mark, an unknown mark
// is refused; nothing of a card is logged, and buffers are cleared after use.
// An Event that nobody takes is replaced by the next: a card is for whoever
// stands there now.
// Expectations: the serial line's settings are in the port's address (115200
// 8N1 unless the module was set otherwise).
// Source: GA/T 467-2019, GA 490-2013; protocol sheet §A, standards §1.
package sdt

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"sync"
	"time"

	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/idcard"
	"hallway/devices/port"
)

// Options of a reader. Zero values are the defaults.
type Options struct {
	ID       string
	Poll     time.Duration // between two looks at the plate; 40 ms
	Misses   int           // «no card» answers until a card counts as taken away; 3
	Hold     time.Duration // and at least this long since it was last seen; 400 ms
	SameCard time.Duration // the same number again within this time is the same placing; 1 s
	Attempts int           // to read one placing; 3
	Address  bool          // also read the additional address (30 03)
	Clock    func() time.Time
}

// Reader is one card reader.
type Reader struct {
	*driver.Base
	opener port.Opener
	o      Options
	events chan idcard.Event
	seed   maphash.Seed

	mu  sync.Mutex
	sam string
}

// New makes a reader; nothing is opened before Run.
func New(opener port.Opener, o Options) *Reader {
	defaults(&o.Poll, 40*time.Millisecond)
	defaults(&o.Hold, 400*time.Millisecond)
	defaults(&o.SameCard, time.Second)
	if o.Misses <= 0 {
		o.Misses = 3
	}
	if o.Attempts <= 0 {
		o.Attempts = 3
	}
	return &Reader{
		Base:   driver.NewBase(o.ID, devices.KindIDCard, "sdt", opener.Address(), o.Clock),
		opener: opener, o: o, events: make(chan idcard.Event, 1), seed: maphash.MakeSeed(),
	}
}

// FromConfig makes the driver of one configured device. Options: address = yes
// (also read the additional address) or no.
func FromConfig(c devices.Config) (devices.Device, error) {
	opener, err := driver.Opener(c, "address")
	if err != nil {
		return nil, err
	}
	switch a := c.Options["address"]; a {
	case "yes", "no", "":
		return New(opener, Options{ID: c.ID, Address: a == "yes"}), nil
	default:
		return nil, fmt.Errorf("option address = %q: write yes or no", a)
	}
}

func defaults(d *time.Duration, v time.Duration) {
	if *d <= 0 {
		*d = v
	}
}

// Events delivers one Event a placing.
func (r *Reader) Events() <-chan idcard.Event { return r.events }

// SAM is the identity of the secure module, "" until known.
func (r *Reader) SAM() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sam
}

// Run keeps the line to the reader open until ctx ends.
func (r *Reader) Run(ctx context.Context) error { return r.Loop(ctx, r.opener, r.session) }

// session works with one open port until it fails or ctx ends.
func (r *Reader) session(ctx context.Context, p port.Port) error {
	defer context.AfterFunc(ctx, func() { p.Close() })() // ends a pending read; Loop closes again
	if err := p.SetWriteTimeout(time.Second); err != nil {
		return err
	}
	s := &session{r: r, p: p, born: time.Now()}
	defer s.dec.reset()
	if err := s.setUp(ctx); err != nil {
		return err
	}
	for {
		if err := s.look(ctx); err != nil {
			return err
		}
		if err := port.Sleep(ctx, r.o.Poll); err != nil {
			return err
		}
	}
}

// deliver hands an Event over; one that was not taken is replaced.
func (r *Reader) deliver(e idcard.Event) {
	counter := "cards"
	if e.Card == nil {
		counter = "unread"
	}
	r.Apply(driver.Change{Counters: map[string]int64{counter: 1}})
	for {
		select {
		case r.events <- e:
			return
		default:
		}
		select {
		case old := <-r.events:
			if old.Card != nil {
				clear(old.Card.NameAsRead)
				clear(old.Card.Photo)
			}
		default:
		}
	}
}

// fatal says whether an error ends the session: the port is lost or ctx is over.
func fatal(err error) bool {
	return err != nil && !errors.Is(err, errSilent) && !errors.Is(err, errCut)
}
