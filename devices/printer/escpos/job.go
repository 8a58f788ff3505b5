package escpos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/port"
	"hallway/devices/printer"
)

// chunk is how much goes out before the printer's state is looked at again.
const chunk = 512

// Print prints one job and waits for its outcome. It waits for a question that the
// printer is being asked as long as that takes; none is asked before it.
func (p *Printer) Print(ctx context.Context, job printer.Job) (printer.Outcome, error) {
	p.jobs.Add(1)
	defer p.jobs.Add(-1)
	select {
	case p.slot <- struct{}{}:
		defer p.give()
	case <-ctx.Done():
		return printer.NotPrinted, fmt.Errorf("job %s waited for the printer: %w", job.ID, ctx.Err())
	}
	l, err := p.answering(ctx)
	if err != nil {
		return printer.NotPrinted, err
	}
	data, ink, err := Encode(p.o.Profile, p.o.Fonts, job.Doc)
	if err != nil {
		return printer.NotPrinted, err
	}
	if err := p.tidy(ctx, l); err != nil {
		return printer.NotPrinted, err
	}
	if job.Begin != nil {
		if err := job.Begin(); err != nil {
			return printer.NotPrinted, fmt.Errorf("job %s could not be recorded: %w", job.ID, err)
		}
	}
	p.printing(true, driver.Change{})
	outcome, err := p.deliver(ctx, l, data, ink)
	p.printing(false, driver.Change{Counters: map[string]int64{"jobs_" + string(outcome): 1}})
	if err != nil {
		err = fmt.Errorf("job %s: %w", job.ID, err)
	}
	return outcome, err
}

// answering is the line to a printer that would print now.
func (p *Printer) answering(ctx context.Context) (*link, error) {
	l := p.usable()
	p.mu.Lock()
	doubted := l != nil && p.doubted == l
	p.doubted = nil
	p.mu.Unlock()
	if doubted {
		if err := p.inquire(ctx, l); err != nil {
			return nil, err
		}
	}
	if err := p.Ready(); err != nil {
		return nil, err
	}
	if l == nil {
		return nil, &NotReady{Code: "port_" + string(port.Gone)}
	}
	return l, nil
}

// tidy removes what a broken job left: bytes in the printer, and the piece of
// paper that hangs out. It is done when the printer has answered behind it: what
// was only sent may be lost with the line, and would be missed then.
func (p *Printer) tidy(ctx context.Context, l *link) error {
	p.mu.Lock()
	left, reset := p.broken, p.resetOn == l
	p.mu.Unlock()
	if left == leftNothing {
		return nil
	}
	if !reset {
		if err := p.reset(ctx, l); err != nil {
			return err
		}
	}
	e := &encoder{p: &p.o.Profile}
	if left == leftPaper {
		if p.o.Profile.Cutter == NoCutter {
			e.write(0x0A)
		}
		e.finish(true)
	}
	r, questions := p.row(l)
	e.write(questions...)
	if _, err := l.send(e.b); err != nil {
		return err
	}
	if !l.oneWay {
		err := p.await(ctx, l, func() bool { return r.answered(l) })
		if err == nil {
			err = p.square(ctx, l, r)
		}
		if err != nil {
			return fmt.Errorf("tidy up after an earlier job: %w", err)
		}
	}
	p.mu.Lock()
	p.broken = leftNothing
	p.mu.Unlock()
	return nil
}

// deliver sends the bytes of a job and finds out what became of them.
func (p *Printer) deliver(ctx context.Context, l *link, data []byte, ink int) (printer.Outcome, error) {
	if l.oneWay {
		return p.deliverOneWay(ctx, l, data, ink)
	}
	p.mu.Lock()
	confirms := p.confirms
	p.mu.Unlock()
	body := len(data)
	r, said, question := p.question(l, confirms)
	data = append(data, question...)
	sent, err := p.push(ctx, l, data)
	if err != nil {
		if sent <= ink {
			if sent > 0 {
				p.leave(leftBytes)
			}
			return printer.NotPrinted, err
		}
		return printer.Unknown, p.abandon(ctx, l, fmt.Errorf("after %d of %d bytes: %w", min(sent, body), body, err))
	}
	if err := p.await(ctx, l, said); err != nil {
		return printer.Unknown, p.abandon(ctx, l, fmt.Errorf("all sent, not answered: %w", err))
	}
	if err := p.square(ctx, l, r); err != nil && !confirms {
		return printer.Unknown, p.abandon(ctx, l, err)
	}
	if confirms {
		return printer.Confirmed, nil
	}
	if err := p.inOrder(ctx, l); err != nil {
		return printer.Unknown, p.abandon(ctx, l, fmt.Errorf("taken, then trouble: %w", err))
	}
	return printer.Parsed, nil
}

// question stands at the end of a job; said tells whether it was answered. Where
// the printer confirms, it is no row.
func (p *Printer) question(l *link, confirms bool) (r row, said func() bool, question []byte) {
	if confirms {
		id := p.nextID()
		return row{}, func() bool { return l.lastID == id }, processID(id)
	}
	r, question = p.row(l)
	return r, func() bool { return r.answered(l) }, question
}

// push sends all bytes as long as the printer is in order. It tells how many
// the port took.
func (p *Printer) push(ctx context.Context, l *link, data []byte) (int, error) {
	sent := 0
	deadline := p.o.Timeout
	stuck := time.Duration(0)
	for sent < len(data) {
		if err := ctx.Err(); err != nil {
			return sent, err
		}
		if err := p.settle(ctx, l); err != nil {
			return sent, err
		}
		n, err := l.send(data[sent:min(len(data), sent+chunk)])
		sent += n
		if errors.Is(err, &port.Error{Code: port.Timeout}) {
			if stuck += p.o.Answer; stuck < deadline {
				if l.oneWay { // it cannot say why it stopped
					if err := l.look(); err != nil {
						return sent, err
					}
				}
				continue
			}
		}
		if err != nil {
			return sent, err
		}
		stuck = 0
	}
	return sent, nil
}

// settle waits, for the time of grace, until the printer has no trouble.
func (p *Printer) settle(ctx context.Context, l *link) error {
	err := l.wait(ctx, p.o.Grace, func() bool { return !l.cond.trouble() })
	if errors.Is(err, errNoAnswer) {
		return &NotReady{Code: l.worst()}
	}
	return err
}

// worst is the fault that stops the printer.
func (l *link) worst() string {
	c, _ := l.condition()
	on, _ := c.faults()
	for _, code := range []string{FaultCover, FaultPaperEnd, FaultCutter, FaultError, FaultHot, FaultOffline} {
		if on[code] == devices.Error {
			return code
		}
	}
	return FaultError
}

// await waits until the printer has said what is expected. Without automatic
// status it asks, because all bytes of the job have gone out.
func (p *Printer) await(ctx context.Context, l *link, said func() bool) error {
	end := time.Now().Add(p.o.Timeout)
	for {
		err := l.wait(ctx, p.o.Poll, func() bool { return said() || l.cond.trouble() })
		l.mu.Lock()
		done := said()
		l.mu.Unlock()
		switch {
		case done:
			return nil
		case err == nil:
			if err := p.settle(ctx, l); err != nil {
				return err
			}
			continue
		case !errors.Is(err, errNoAnswer):
			return err
		case time.Now().After(end):
			return p.silent("wait for the end of printing")
		}
		if err := l.askAll(ctx, p.o.Answer, 1); err != nil && !errors.Is(err, errNoAnswer) {
			return err
		}
	}
}

// inOrder asks until the printer is on-line without an error.
func (p *Printer) inOrder(ctx context.Context, l *link) error {
	err := l.askAll(ctx, p.o.Answer, 1)
	if errors.Is(err, errNoAnswer) {
		return p.silent("ask for the status")
	}
	if err != nil {
		return err
	}
	return p.settle(ctx, l)
}

// abandon makes the printer drop what it has not printed of a job that is
// given up, and remembers that a broken slip may hang out. It returns why.
func (p *Printer) abandon(ctx context.Context, l *link, why error) error {
	p.leave(leftPaper)
	p.mu.Lock()
	l.mu.Lock()
	dead := l.dead
	l.mu.Unlock()
	p.mu.Unlock()
	if dead == nil && p.o.Profile.Clearing != ClearNone {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*p.o.Answer)
		defer cancel()
		if err := p.clear(ctx, l); err != nil {
			return errors.Join(why, err)
		}
	}
	return why
}
