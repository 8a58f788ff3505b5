package central

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"

	"hallway/app/central/departments"
	"hallway/app/central/depsim"
	"hallway/app/hall"
)

// second opens another centre over the same database, listening elsewhere.
func (b *bed) second() *Centre {
	b.t.Helper()
	cfg := b.cfg
	cfg.Listen = "127.0.0.1:1"
	c, err := Open(context.Background(), Options{Config: cfg, Real: b.clock.now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		if err := c.Close(); err != nil {
			b.t.Error(err)
		}
	})
	return c
}

// twoCentresAskOnce: with two centres over one database each message to a
// department goes out once, and the case goes on.
func twoCentresAskOnce(t *testing.T) {
	o := newOutside(t, police("yes", depsim.Never))
	o.second()
	for range 6 {
		id := o.open("card-lost")
		o.choose(id, "M02", hall.MethodEShare)
		o.becomes(id, "M02", hall.MaterialEWait)
		o.receive(id, "20")
		o.must(hall.AcceptCase, id, hall.AcceptCaseBody{Edit: o.edit(id)})
		request := hall.RequestID(id, "M02", 1)
		o.asked(request, known)
		if err := o.sim.Deliver(t.Context(), depsim.DeliverRequest{ID: request, How: depsim.AtOnce}); err != nil {
			t.Fatal(err)
		}
		if r := o.asked(request, answered(departments.CodeTaken)); r.State != depsim.Delivered {
			t.Errorf("%+v", r)
		}
		if s := o.kase(id).State; s != hall.CaseAccepted {
			t.Errorf("the case is %s", s)
		}
	}
	eventually(t, "nothing waits", func() bool {
		due, err := o.c.writer.DueEffects(t.Context(), o.c.now(), 10)
		return err == nil && len(due) == 0
	})
	o.mu.Lock()
	defer o.mu.Unlock()
	sent := map[string]int{}
	for _, raw := range o.bodies {
		var m struct {
			Request string `json:"request"`
		}
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatal(err)
		}
		sent[m.Request]++
	}
	for request, n := range sent {
		if n != 1 {
			t.Errorf("a department was told %d times of %s", n, request)
		}
	}
	if len(sent) != 12 { // six questions, six requests
		t.Errorf("departments were told of %d", len(sent))
	}
}
