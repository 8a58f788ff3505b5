package terminal

import (
	"context"
	"time"

	"hallway/devices"
	"hallway/devices/printer"
)

// secondTry is how long a job that certainly did not come out waits for the printer to
// be ready, to be printed a second time.
const secondTry = 3 * time.Second

// roll prints one job on the roll of this terminal. When the driver says for certain
// that nothing of it came out, it is printed once more, as soon as the printer is ready
// and within secondTry: it is the same job, so that there is one slip at most, and
// nobody is told of a printer that was only not ready for a moment. A job that is
// unknown is never printed again (design §4).
func (c *core) roll(ctx context.Context, job printer.Job) (printer.Outcome, error) {
	p, begin, written := c.Devices.Printer, job.Begin, true
	begun := false
	job.Begin = func() error { // of both tries, written down once
		if begun {
			return nil
		}
		err := begin()
		begun, written = err == nil, err == nil
		return err
	}
	outcome, err := p.Print(ctx, job)
	if outcome != printer.NotPrinted || !written || !c.rollReady(ctx) {
		return outcome, err
	}
	c.Logger.Info("not printed, and printed once more", "job", job.ID, "why", err)
	return p.Print(ctx, job)
}

// printerAct: would a job begun now be printed?
func (c *core) printerAct() Act {
	act := c.Devices.usable(devices.KindPrinter, "no_printer")
	if act.Allowed && c.Devices.Printer.Ready() != nil {
		return deny("printer_not_ready")
	}
	return act
}

// rollReady waits until the printer is ready, for secondTry at most.
func (c *core) rollReady(ctx context.Context) bool {
	tick := time.NewTicker(min(c.Tick, 50*time.Millisecond))
	defer tick.Stop()
	for end := c.Clock().Add(secondTry); ctx.Err() == nil; {
		act := c.printerAct()
		if act.Allowed {
			return true
		}
		if d, _ := devices.DeclarationOf(act.Why.Code); d.Hand || !c.Clock().Before(end) {
			return false
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	return false
}
