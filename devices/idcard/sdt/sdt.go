// Package sdt drives identity-card readers (身份证阅读器) with a secure module
// SAM_V/SAM_A: the «SDT» protocol of GA/T 467, over a serial line, over USB bulk
// pipes and over HID reports.
//
// Guarantees: find, select and read always come in this order, and each read
// is of a card found just before; one placing of a card is one Event, also on
// readers that answer «no card» while a card that was read stays on the plate,
// and when the contact bounces; a card that is taken away and laid down again at
// once is a new placing when it stays; a card that could not be read is said once,
// tried again as long as it stays, and delivered when that succeeds; an answer that
// comes late is never taken for the next question's; nothing is taken from a frame whose check byte
// is wrong, and no frame is put together from halves of two; all four layouts
// are told apart by the type mark, an unknown mark is refused; nothing of a card
// is logged, and buffers are cleared after use. An Event that nobody takes is
// replaced by the next: a card is for whoever stands there now.
//
// How to connect. RS-232, or USB that shows itself as a serial line:
// «serial:usb-10c4:8a1b?baud=115200» (the module's speed; 8N1). USB bulk pipes,
// such as the classic 0400:C35A: «usb:0400:c35a». HID reports, such as 2B8B:2721:
// «hid:2b8b:2721». Through a network box: «tcp:HOST:PORT». What the device's
// pipes and reports are decides how frames go (transport.go), not its numbers:
// readers with the same numbers differ in it.
// Rights: group dialout for serial lines; for usb: and hid: the files under
// /dev/bus/usb and the hidraw nodes belong to root until a udev rule gives them
// to a group (package port).
//
// Options: address = yes also reads the additional address (30 03); finger = yes
// also reads the fingerprint templates (30 10), which are carried unopened, and
// does without them where the card or the module has none (91, 21); photo = NAME
// reads the photo by a decoder that this program was built with (package idcard).
//
// Quirks that are known and allowed for: «found» in its short form; readers that
// say «no card» of a card that was read and stays; an answer with a wrong length,
// of which the status is still read; an extra zero behind an answer; reports
// whose frame begins a few bytes late or without its first AA; modules set to a
// slow speed, which are given the time that their bytes take. Not seen with a
// device: modules at 230400, a type mark of zeros (it is refused), how long real
// fingerprint files are (the lengths in the answer are taken).
// Source: GA/T 467-2019, GA 490-2013; protocol sheet §A, standards §1.
package sdt

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/idcard"
	"hallway/devices/port"
)

// Options of a reader. Zero values are the defaults.
type Options struct {
	ID       string
	Poll     time.Duration       // between two looks at the plate; 40 ms
	Misses   int                 // «no card» answers until a card counts as taken away; 3
	Hold     time.Duration       // and at least this long since it was last seen; 400 ms
	SameCard time.Duration       // the same number again within this time is the same placing, unless it then stays; 1 s
	Attempts int                 // to read one placing; 3
	Retry    time.Duration       // between two silent tries of a card that could not be read and stays; 1 s
	Address  bool                // also read the additional address (30 03)
	Finger   bool                // also read the fingerprints (30 10)
	Photo    idcard.PhotoDecoder // reads the photos; nil: they stay as they are
	Clock    func() time.Time
}

// Reader is one card reader.
type Reader struct {
	*driver.Base
	opener port.Opener
	o      Options
	events chan idcard.Event
	seed   maphash.Seed

	lies atomic.Bool // see Lies

	mu  sync.Mutex
	sam string
}

// New makes a reader; nothing is opened before Run.
func New(opener port.Opener, o Options) *Reader {
	defaults(&o.Poll, 40*time.Millisecond)
	defaults(&o.Hold, 400*time.Millisecond)
	defaults(&o.SameCard, time.Second)
	defaults(&o.Retry, time.Second)
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

// FromConfig makes the driver of one configured device. Options: address and
// finger, yes or no; photo, the name of a decoder.
func FromConfig(c devices.Config) (devices.Device, error) {
	opener, err := driver.Opener(c, "address", "finger", "photo")
	if err != nil {
		return nil, err
	}
	o := Options{ID: c.ID}
	for name, to := range map[string]*bool{"address": &o.Address, "finger": &o.Finger} {
		switch v := c.Options[name]; v {
		case "yes", "no", "":
			*to = v == "yes"
		default:
			return nil, fmt.Errorf("option %s = %q: write yes or no", name, v)
		}
	}
	if name := c.Options["photo"]; name != "" {
		if o.Photo, err = idcard.PhotoDecoderNamed(name); err != nil {
			return nil, err
		}
	}
	return New(opener, o), nil
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

// Lies says that a card lies there that was delivered. Of a reader that does not find
// a card again that was read, nothing is known.
func (r *Reader) Lies() bool { return r.lies.Load() }

// Run keeps the line to the reader open until ctx ends.
func (r *Reader) Run(ctx context.Context) error { return r.Loop(ctx, r.opener, r.session) }

// session works with one open port until it fails or ctx ends.
func (r *Reader) session(ctx context.Context, p port.Port) error {
	defer context.AfterFunc(ctx, func() { p.Close() })() // ends a pending read; Loop closes again
	if err := p.SetWriteTimeout(time.Second); err != nil {
		return err
	}
	// An answer that an earlier program did not take may still wait in the device.
	s := &session{r: r, p: lineOf(p), baud: port.Baud(r.opener), born: time.Now(), dirty: true}
	r.Apply(driver.Change{Caps: map[string]string{"frames": nameOf(s.p)}})
	defer s.dec.reset()
	if err := s.setUp(ctx); err != nil {
		return err
	}
	defer r.lies.Store(false)
	for {
		if err := s.look(ctx); err != nil {
			return err
		}
		r.lies.Store(s.plate.lies())
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
			old.Card.Wipe()
		default:
		}
	}
}

// fatal says whether an error ends the session: the port is lost or ctx is over.
func fatal(err error) bool {
	return err != nil && !errors.Is(err, errSilent) && !errors.Is(err, errCut) && !errors.Is(err, errStray)
}
