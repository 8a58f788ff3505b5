package store

import (
	"context"
	"testing"
	"time"

	"hallway/app/hall"
)

// opens begins a case at a kiosk and hands one material in.
func (a *at) opens(id string) string {
	a.t.Helper()
	_, err := a.s.Propose(context.Background(), Draft{Kind: hall.OpenCase, Entity: id, Actor: citizen, Sealed: hall.PersonSealed{Name: "测试甲"},
		Body: hall.OpenCaseBody{Item: "licence", ItemVersion: 1, Owner: "owner-" + id}})
	if err != nil {
		a.t.Fatal(err)
	}
	return id
}

func (a *at) applies(kind hall.Kind, id string, edit hall.Edit) (Numbered, error) {
	a.t.Helper()
	return a.s.ProposeNumbered(context.Background(), NumberedDraft{Kind: kind, Case: id, Nature: "01", Actor: citizen, Edit: edit})
}

// A kiosk owns application numbers and the key of people's cases, and follows no
// case: what it began is in its overlay until the centre has it, and no longer.
func TestKioskOwnsApplicationNumbers(t *testing.T) {
	h := newCaseHall(t, 4)
	k := h.kiosk(t)
	k.meet()
	if n := k.s.ApplicationNumbers(); n != 4 {
		t.Fatalf("%d application numbers, want 4", n)
	}
	if _, ok := k.s.OwnerKey(); !ok {
		t.Error("no owner key")
	}
	id := k.opens("one")
	if _, ok, err := hall.Load[hall.Case](k.s.World(), hall.EntityCase, id); !ok || err != nil {
		t.Errorf("what was begun is not there: %v", err)
	}
	k.drain()
	k.pull()
	if _, ok, _ := hall.Load[hall.Case](k.s.World(), hall.EntityCase, id); ok {
		t.Error("a kiosk holds a case that the centre has")
	}
	c := h.kase(t, id)
	n, err := k.applies(hall.SubmitCase, id, hall.Edit{Version: c.Version + 1, Owner: "owner-one"})
	if err != nil || n.Number != "010101000001" {
		t.Fatalf("%+v %v", n, err)
	}
	k.drain() // refused: it was submitted as somebody saw it before
	if c := h.kase(t, id); c.State != hall.CaseDraft || c.Number != "" {
		t.Errorf("%s %q", c.State, c.Number)
	}
}

// Nothing owned: with the line a kiosk submits nothing, without it the slip bears a
// temporary number, which the kiosk replaces, over a restart.
func TestKioskNumbersItsTemporaries(t *testing.T) {
	h := newCaseHall(t, 2)
	k := h.kiosk(t)
	k.hello()
	k.pull()
	id := k.opens("one")
	if _, err := k.applies(hall.SubmitCase, id, hall.Edit{Version: 1}); CodeOf(err) != CodeNoNumbers {
		t.Errorf("submitted without a number: %v", err)
	}
	n, err := k.applies(hall.ApplyCase, id, hall.Edit{})
	if err != nil || n.Number != "" || n.Temporary == "" {
		t.Fatalf("%+v %v", n, err)
	}
	k.reopen()
	k.meet() // the operations go over, numbers come
	k.meet()
	if c := h.kase(t, id); c.TempNumber != n.Temporary || c.Number == "" {
		t.Errorf("number %q, temporary %q", c.Number, c.TempNumber)
	}
	if again, err := k.s.NumberTemporaries(context.Background()); again != 0 || err != nil {
		t.Errorf("numbered %d more: %v", again, err)
	}
	if len(k.s.WorkList()) != 0 {
		t.Errorf("%+v", k.s.WorkList())
	}
}

// A kiosk that does not come back: a counter numbers what it printed, not at once.
func TestCounterNumbersForAKiosk(t *testing.T) {
	h := newCaseHall(t, 4)
	c := h.counter(t)
	c.meet()
	now, _ := c.s.Now()
	for name, tc := range map[string]struct {
		c    hall.Case
		want bool
	}{
		"its own":                 {hall.Case{TempNumber: "T", Terminal: "C1", Origin: hall.OriginCounter}, true},
		"another counter's":       {hall.Case{TempNumber: "T", Terminal: "C2", Origin: hall.OriginCounter}, false},
		"a kiosk's, just now":     {hall.Case{TempNumber: "T", Terminal: "K2", Origin: hall.OriginOnline, AppliedAt: now.Add(-time.Minute)}, false},
		"a kiosk's, long ago":     {hall.Case{TempNumber: "T", Terminal: "K2", Origin: hall.OriginOnline, AppliedAt: now.Add(-time.Hour)}, true},
		"numbered":                {hall.Case{TempNumber: "T", Number: "1", Terminal: "C1"}, false},
		"without any number, yet": {hall.Case{Terminal: "C1"}, false},
	} {
		if got := c.s.numbersFor(&tc.c); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
