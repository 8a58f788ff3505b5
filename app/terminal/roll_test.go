package terminal

import (
	"context"
	"errors"
	"testing"
	"time"

	"hallway/app/store"
	"hallway/devices"
	"hallway/devices/printer"
)

// What certainly did not come out is printed once more when the printer is ready soon,
// and nothing else ever is.
func TestSecondTry(t *testing.T) {
	const no, yes, unsure = printer.NotPrinted, printer.Confirmed, printer.Unknown
	for name, c := range map[string]struct {
		script []printer.Outcome
		fault  bool          // comes with the first try
		paper  bool          // so does the end of the paper
		mended time.Duration // after the first try; 0 never
		slip   printer.Outcome
		notice string
		tries  int
	}{
		"ready all the time":   {script: []printer.Outcome{no, yes}, slip: yes, tries: 2},
		"ready a moment later": {script: []printer.Outcome{no, yes}, fault: true, mended: 2 * time.Second, slip: yes, tries: 2},
		"not ready":            {script: []printer.Outcome{no, yes}, fault: true, slip: no, notice: "slip_failed", tries: 1},
		"no paper":             {script: []printer.Outcome{no, yes}, paper: true, slip: no, notice: "slip_failed", tries: 1},
		"not the second time":  {script: []printer.Outcome{no, no, yes}, slip: no, notice: "slip_failed", tries: 2},
		"unsure then":          {script: []printer.Outcome{no, unsure, yes}, slip: unsure, notice: "slip_unknown", tries: 2},
		"unsure":               {script: []printer.Outcome{unsure, yes}, slip: unsure, notice: "slip_unknown", tries: 1},
		"unsure, with a fault": {script: []printer.Outcome{unsure, yes}, fault: true, slip: unsure, notice: "slip_unknown", tries: 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := newKioskRig(t, func(r *kioskRig) {
				r.printer.script = c.script
				if c.paper { // and the clock stands
					r.printer.first = func(string) { r.printer.fault(devices.Failed, "paper_end") }
				}
				if c.fault {
					r.printer.first = func(string) { r.printer.fault(devices.Absent, "port_timeout") }
				}
			})
			if err := r.Take(context.Background(), TakeRequest{Group: "tax"}); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the first try", func() bool { return r.printer.jobs() > 0 })
			if c.mended > 0 {
				r.clock.add(c.mended)
				if s := r.View().Session; s.Phase != phasePrinting || r.printer.jobs() != 1 {
					t.Errorf("before the printer is ready: %s, %d tries", s.Phase, r.printer.jobs())
				}
				r.printer.fault(devices.Ready, "")
			}
			eventually(t, "the slip's end", func() bool {
				if c.fault && c.mended == 0 {
					r.clock.add(100 * time.Millisecond)
				}
				s := r.View().Session
				return s != nil && s.Phase == phaseTicket
			})
			s := r.View().Session
			if s.Ticket.Slip != string(c.slip) || s.Notice == nil != (c.notice == "") || s.Notice != nil && s.Notice.Code != c.notice {
				t.Errorf("%q, notice %+v; want %q, %q", s.Ticket.Slip, s.Notice, c.slip, c.notice)
			}
			r.printer.mu.Lock()
			defer r.printer.mu.Unlock()
			if len(r.printer.printed) != c.tries {
				t.Errorf("%d tries, want %d", len(r.printer.printed), c.tries)
			}
			for _, job := range r.printer.printed {
				if job.ID != r.printer.printed[0].ID || job.Doc.Title != s.Ticket.Number {
					t.Errorf("job %s of %q, want the same as before, of %s", job.ID, job.Doc.Title, s.Ticket.Number)
				}
			}
		})
	}
}

// A job is written down as begun once for both tries; one that cannot be written down
// is not tried again.
func TestASecondTryIsWrittenDownOnce(t *testing.T) {
	for _, fails := range []error{nil, &store.Error{Code: store.CodeJobState}} {
		p := &fakePrinter{fakeDevice: newFake("printer", devices.KindPrinter), outcome: printer.NotPrinted}
		c := newCore(Deps{Devices: devicesOf(p)})
		begun := 0
		outcome, err := c.roll(t.Context(), printer.Job{ID: "1", Begin: func() error { begun++; return fails }})
		if outcome != printer.NotPrinted || begun != 1 {
			t.Errorf("outcome %s, %v, begun %d times", outcome, err, begun)
		}
		if want := map[bool]int{true: 2, false: 0}[fails == nil]; p.jobs() != want || fails != nil && !errors.Is(err, fails) {
			t.Errorf("%d tries, want %d: %v", p.jobs(), want, err)
		}
		c.end()
	}
}
