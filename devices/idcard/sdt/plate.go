package sdt

import (
	"bytes"
	"context"
	"errors"
	"hash/maphash"
	"time"

	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/idcard"
	"hallway/devices/port"
)

// moduleFaults are the faults that the secure module itself reports.
var moduleFaults = []string{"sam_self_test", "sam_not_authorised", "sam_error"}

// plate is what lies on the reader.
type plate struct {
	told   bool      // the card that lies there was reported
	seen   time.Time // when a card was last found
	failed bool      // what was reported is that it could not be read
	retry  time.Time // when such a card that stays is tried again; zero: it is not
	misses int       // «no card» answers since
	again  int       // readings that failed after a bounce
	same   uint64    // of the last number, salted; 0 = none
	sameAt time.Time // when that card was last seen
	due    time.Time // when that card, back too soon, counts as laid down anew; zero: it does not
}

// lies tells whether the card that lies there was delivered and stays without being
// read again.
func (p *plate) lies() bool { return p.told && !p.failed && p.misses == 0 && p.due.IsZero() }

// setUp asks the secure module how it is and who it is, until it answers.
func (s *session) setUp(ctx context.Context) error {
	for {
		a, err := s.ask(ctx, cmdStatus)
		if fatal(err) {
			return err
		}
		if err == nil && !s.moduleFault(a.status) && a.status == 0x90 {
			break
		}
		if err := port.Sleep(ctx, 4*s.r.o.Poll); err != nil {
			return err
		}
	}
	if a, err := s.ask(ctx, cmdSAM); fatal(err) {
		return err
	} else if err == nil && a.status == 0x90 {
		if id := samID(a.data); id != "" {
			s.r.mu.Lock()
			s.r.sam = id
			s.r.mu.Unlock()
			s.r.Apply(driver.Change{Caps: map[string]string{"sam": id}})
		}
	}
	s.r.Apply(driver.Change{State: devices.Ready})
	return nil
}

// moduleFault raises the fault that a status byte stands for, and clears the
// others. It says whether there is one.
func (s *session) moduleFault(status byte) bool {
	code := ""
	switch classOf(status) {
	case classSelf:
		code = "sam_self_test"
	case classRights:
		code = "sam_not_authorised"
	case classDevice:
		code = "sam_error"
	case classBug, classOther:
		code = "port_protocol"
	case classLink:
		s.junk, s.junkAt = s.junk+noisy, time.Now()
		s.r.Apply(driver.Change{Faults: faults("noisy_line")})
	}
	if code != "" {
		s.r.Apply(driver.Change{State: devices.Ready, Faults: faults(code)}) // the fault makes it Failed
		return true
	}
	for _, f := range s.r.Status().Faults {
		for _, m := range moduleFaults {
			if f.Code == m {
				s.r.Apply(driver.Change{State: devices.Ready, Cleared: moduleFaults})
				return false
			}
		}
	}
	return false
}

// look looks once at the plate.
func (s *session) look(ctx context.Context) error {
	a, err := s.ask(ctx, cmdFind)
	if err != nil {
		if fatal(err) {
			return err
		}
		return nil
	}
	switch classOf(a.status) {
	case classOK:
		s.moduleFault(a.status)
		return s.found(ctx)
	case classNoCard:
		s.moduleFault(a.status)
		s.missed()
	default:
		s.moduleFault(a.status)
	}
	return nil
}

// missed counts «no card» until the card counts as taken away. Readers say it
// also of a card that was read and stays, so it alone ends no placing.
func (s *session) missed() {
	s.plate.misses++
	if s.plate.told && s.plate.misses >= s.r.o.Misses && time.Since(s.plate.seen) >= s.r.o.Hold {
		s.plate.told, s.plate.due = false, time.Time{}
	}
}

// found handles a card on the plate: a new one, or one that is known. One that
// was away and came back within SameCard is read again, and delivered, when it
// has lain there until that time was over: it was laid down anew, for a screen
// that has begun to ask for it perhaps. Only readers that go on finding a card
// that was read can tell that it stays.
func (s *session) found(ctx context.Context) error {
	lay := s.plate.told && s.plate.misses == 0
	if lay && s.plate.failed {
		return s.tryAgain(ctx)
	}
	if now := time.Now(); lay && (s.plate.due.IsZero() || now.Before(s.plate.due)) {
		s.plate.seen, s.plate.sameAt = now, now
		return nil
	}
	bounced := s.plate.told && !lay // it was away, but too shortly to say so
	if lay {
		s.plate.due = time.Time{}
	}
	s.plate.misses = 0
	s.r.Apply(driver.Change{State: devices.Busy})
	card, code, err := s.readCard(ctx)
	if err != nil {
		return err
	}
	s.r.Apply(driver.Change{State: devices.Ready})
	s.plate.told, s.plate.seen, s.plate.misses = true, time.Now(), 0
	if card == nil {
		s.unread(bounced, code)
		return nil
	}
	s.known(card, lay, bounced)
	return nil
}

// tryAgain reads a card that could not be read and stays, now and then and
// silently: somebody may have put it right without lifting it.
func (s *session) tryAgain(ctx context.Context) error {
	now := time.Now()
	s.plate.seen = now
	if s.plate.retry.IsZero() || now.Before(s.plate.retry) {
		return nil
	}
	card, code, err := s.readCard(ctx)
	if err != nil {
		return err
	}
	s.plate.seen, s.plate.misses = time.Now(), 0
	if card == nil {
		s.tryLater(code)
		return nil
	}
	s.known(card, false, false)
	return nil
}

// tryLater says when a card that could not be read is tried again: never when it
// was read, and is none for us.
func (s *session) tryLater(code string) {
	s.plate.retry = time.Time{}
	if code == idcard.ErrUnreadable {
		s.plate.retry = time.Now().Add(s.r.o.Retry)
	}
}

// known handles a card that was read: told, unless it is the one that was told.
func (s *session) known(card *idcard.Card, lay, bounced bool) {
	now := time.Now()
	s.plate.failed, s.plate.again = false, 0
	same := maphash.String(s.r.seed, card.Number)
	over := s.plate.sameAt.Add(s.r.o.SameCard) // from then on the same number is a new placing
	again := same == s.plate.same && !lay && (bounced || now.Before(over))
	s.plate.same, s.plate.sameAt = same, now
	if again {
		card.Wipe()
		if !bounced {
			s.plate.due = over
		}
		return
	}
	s.plate.due = time.Time{}
	s.r.deliver(idcard.Event{At: s.r.Now(), Card: card})
}

// unread handles a card that could not be read. After a bounce it is most
// likely the card that was reported before, so it is tried again before
// anything is said; a card that was reported as unreadable is not said twice.
func (s *session) unread(bounced bool, code string) {
	if bounced && !s.plate.failed && s.plate.again < s.r.o.Attempts {
		s.plate.again++
		s.plate.misses = 1 // the next find reads again
		return
	}
	if !bounced || !s.plate.failed {
		s.r.deliver(idcard.Event{At: s.r.Now(), Err: code})
	}
	s.plate.failed, s.plate.again = true, 0
	s.tryLater(code)
}

// readCard reads the card that was just found: select, read, and again from
// find when it moved. The code says why it could not be read; the error is fatal.
func (s *session) readCard(ctx context.Context) (card *idcard.Card, code string, err error) {
	c := cmdRead
	if s.r.o.Finger && !s.plain {
		c = cmdFinger
	}
	free := 3 // answers to other questions that cost no attempt
	for try, find := 0, false; try < s.r.o.Attempts; find = true {
		card, code, err = s.readOnce(ctx, &c, find)
		switch {
		case card != nil:
			return s.withAddress(ctx, card)
		case fatal(err):
			return nil, "", err
		case err == nil && code != idcard.ErrUnreadable && code != idcard.ErrSuspect:
			return nil, code, nil
		case errors.Is(err, errStray) && free > 0:
			free--
		default:
			try++
		}
	}
	return nil, code, nil
}

// readOnce reads the card, from find on when it is not found yet. A card without
// fingerprints is asked for without them, as if an answer had been to another
// question. The error is the line's.
func (s *session) readOnce(ctx context.Context, c *command, find bool) (*idcard.Card, string, error) {
	if find {
		if found, err := s.findAgain(ctx); err != nil || !found {
			return nil, idcard.ErrUnreadable, err
		}
	}
	a, err := s.ask(ctx, cmdSelect)
	if err == nil && classOf(a.status) == classOK {
		a, err = s.ask(ctx, *c)
		if err == nil && *c == cmdFinger && s.noFinger(a.status) {
			*c, err = cmdRead, errStray
		}
	}
	if err != nil {
		return nil, idcard.ErrUnreadable, err
	}
	switch classOf(a.status) {
	case classOK:
		card, code := s.take(*c, a.data)
		return card, code, nil
	case classForeign:
		return nil, idcard.ErrOtherKind, nil
	case classSuspect:
		return nil, idcard.ErrSuspect, nil
	}
	s.moduleFault(a.status)
	return nil, idcard.ErrUnreadable, nil
}

// findAgain looks for the card a little later.
func (s *session) findAgain(ctx context.Context) (bool, error) {
	if err := port.Sleep(ctx, s.r.o.Poll); err != nil {
		return false, err
	}
	a, err := s.ask(ctx, cmdFind)
	return err == nil && classOf(a.status) == classOK, err
}

// noFinger says whether a status to «read with the fingerprints» means that
// there are none to be had: of this card, or of any by this module.
func (s *session) noFinger(status byte) bool {
	switch classOf(status) {
	case classBug:
		s.plain = true
		s.r.Apply(driver.Change{Caps: map[string]string{"finger": "no"}})
		return true
	case classEmpty:
		return true
	}
	return false
}

// take turns the data of an answer into a card, and clears the data.
func (s *session) take(c command, data []byte) (*idcard.Card, string) {
	defer clear(data)
	read := parseRead
	if c == cmdFinger {
		read = parseFinger
	}
	parts, err := read(data)
	if err != nil {
		return nil, idcard.ErrUnreadable
	}
	card, err := ParseText(parts.text)
	switch err {
	case nil:
	case errMarker:
		return nil, idcard.ErrOtherKind
	case errNumber:
		return nil, idcard.ErrBadNumber
	default:
		return nil, idcard.ErrUnreadable
	}
	card.Photo = bytes.Clone(parts.photo)
	card.Finger = templates(parts.finger)
	s.picture(card)
	return card, ""
}

// picture reads the photo where a decoder is configured. A card whose photo
// cannot be read is still a card.
func (s *session) picture(card *idcard.Card) {
	if s.r.o.Photo == nil || len(card.Photo) == 0 {
		return
	}
	m, err := s.r.o.Photo.Decode(card.Photo)
	if err != nil {
		s.r.Apply(driver.Change{Counters: map[string]int64{"photo_unread": 1}})
		return
	}
	card.Picture = m
}

// withAddress reads the additional address where that is wanted. A card whose
// additional address cannot be read is still a card.
func (s *session) withAddress(ctx context.Context, card *idcard.Card) (*idcard.Card, string, error) {
	if !s.r.o.Address {
		return card, "", nil
	}
	for _, c := range []command{cmdFind, cmdSelect, cmdAddress} {
		a, err := s.ask(ctx, c)
		if fatal(err) {
			return nil, "", err
		}
		if err != nil || classOf(a.status) != classOK {
			break
		}
		if c == cmdAddress {
			if addr, err := parseAddress(a.data); err == nil && addr != "" {
				card.Address = addr
			}
			clear(a.data)
		}
	}
	return card, "", nil
}
