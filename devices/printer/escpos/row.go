package escpos

import (
	"bytes"
	"context"
	"errors"
)

// row is a row of questions behind which everything before them is done. GS r has no
// mark that tells one answer from another, and a printer that was stopped answers an
// earlier question when it goes on. So one more is asked than answers may still be
// owed: when as many have come, one of them was to this row.
type row struct{ asks, before int }

// owedAtStart is how many answers an earlier run of the program may be owed: its
// job's, and those of tidying up before it.
const owedAtStart = 3

// row counts a row of questions as asked, and gives its bytes.
func (p *Printer) row(l *link) (row, []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	p.paid(l)
	r := row{asks: min(p.owed+1, 255), before: l.queued}
	p.owed += r.asks
	return r, bytes.Repeat(cmdPaperAnswer, r.asks)
}

// paid takes what was answered off what is owed; both locks are held.
func (p *Printer) paid(l *link) {
	p.owed = max(0, p.owed-(l.queued-l.paid))
	l.paid = l.queued
}

// answered tells whether what went before a row is done; the link is locked.
func (r row) answered(l *link) bool { return l.queued-r.before >= r.asks }

// square waits for the rest of an answered row, which comes without any paper being
// moved in between. Then nothing is owed.
func (p *Printer) square(ctx context.Context, l *link, r row) error {
	if r.asks > 1 {
		err := l.wait(ctx, p.o.Alive, func() bool { return l.queued-r.before >= 2*r.asks-1 })
		if err != nil && !errors.Is(err, errNoAnswer) {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	p.owed, l.paid = 0, l.queued
	return nil
}

// cleared: questions that the printer had not come to are dropped with the rest;
// one may be on its way.
func (p *Printer) cleared() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.owed = min(p.owed, 1)
}
