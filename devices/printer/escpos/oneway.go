package escpos

import (
	"context"
	"errors"

	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/port"
	"hallway/devices/printer"
)

// FaultOneWay says that people must look for the paper.
const FaultOneWay = "one_way"

// errUnheard is why a job at a printer that cannot answer is unknown.
var errUnheard = errors.New("the printer cannot answer: look whether the slip came out whole")

// hears makes the link of an open port. A printer is taken for one that cannot
// answer only when the configuration says so (answers = "no"), or its USB
// interface does: one that is merely silent stays a fault.
func (p *Printer) hears(line port.Port) *link {
	l := newLink(line, nil)
	l.paper, _ = line.(port.PaperPort)
	l.oneWay = p.o.OneWay || l.paper != nil && l.paper.OneWay()
	return l
}

// look asks a printer that cannot answer for the one byte that its USB interface
// tells by another way; without such an interface nothing is known of it.
func (l *link) look() error {
	if l.paper == nil {
		return nil
	}
	b, err := l.paper.PaperStatus()
	if err != nil {
		return err
	}
	l.update(func() {
		l.known = true
		l.cond = condition{PaperEnd: b&0x20 != 0, Offline: b&0x10 == 0, Error: b&0x08 == 0 && b&0x30 == 0x10}
	})
	return nil
}

// learnOneWay tells what there is to be known of such a printer.
func (p *Printer) learnOneWay(caps map[string]string) {
	caps["confirms"], caps["answers"] = "false", "no"
	p.mu.Lock()
	p.confirms, p.learnt = false, true
	p.mu.Unlock()
	p.Apply(driver.Change{Caps: caps, Faults: map[string]devices.Severity{FaultOneWay: devices.Warn}})
}

// deliverOneWay sends a job to a printer that cannot answer: at best its
// interface says afterwards that it is in order.
func (p *Printer) deliverOneWay(ctx context.Context, l *link, data []byte, ink int) (printer.Outcome, error) {
	sent, err := p.push(ctx, l, data)
	switch {
	case err != nil && sent <= ink:
		if sent > 0 {
			p.leave(leftBytes)
		}
		return printer.NotPrinted, err
	case err != nil:
		return printer.Unknown, p.abandon(ctx, l, err)
	case l.paper == nil:
		return printer.Unknown, errUnheard
	}
	if err := p.inOrder(ctx, l); err != nil {
		return printer.Unknown, p.abandon(ctx, l, err)
	}
	return printer.Parsed, nil
}
