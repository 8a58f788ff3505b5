package escpos

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"hallway/devices/driver"
)

// setUp brings the printer into a known state and learns what it can.
func (p *Printer) setUp(ctx context.Context, l *link) error {
	if err := p.reset(ctx, l); err != nil {
		return err
	}
	if err := p.inquire(ctx, l); err != nil {
		return err
	}
	p.mu.Lock()
	p.learnt = false
	p.mu.Unlock()
	return p.prepare(ctx, l)
}

// prepare cuts off what hangs out and learns what the printer can, as soon as
// it is in order. Trouble that comes meanwhile is no error: it is begun again.
func (p *Printer) prepare(ctx context.Context, l *link) error {
	if c, _ := l.condition(); c.trouble() {
		return nil
	}
	err := p.tidy(ctx, l)
	if err == nil {
		err = p.learn(ctx, l)
	}
	if errors.As(err, new(*NotReady)) {
		return nil
	}
	return err
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
	p.resetOn = l
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
		p.cleared()
		if l.oneWay {
			return nil
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
		p.cleared()
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
	if l.oneWay {
		p.learnOneWay(caps)
		return nil
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
