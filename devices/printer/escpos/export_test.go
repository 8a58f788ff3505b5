package escpos

import "context"

// Jobs is how many print or wait.
func (p *Printer) Jobs() int { return int(p.jobs.Load()) }

// PollNow asks as the driver does by itself, while a job waits or none does.
func (p *Printer) PollNow(ctx context.Context, waits bool) error {
	p.take()
	defer p.give()
	if waits {
		p.jobs.Add(1)
		defer p.jobs.Add(-1)
	}
	return p.poll(ctx, p.usable())
}
