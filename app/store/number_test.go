package store

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hallway/app/hall"
	"hallway/sync/seal"
)

func TestCounterOwnsApplicationNumbers(t *testing.T) {
	h := newCaseHall(t, 4)
	c := h.counter(t)
	if key, ok := c.s.OwnerKey(); ok {
		t.Errorf("owner key %x before the first hello", key)
	}
	c.meet()
	if n := c.s.ApplicationNumbers(); n != 4 {
		t.Fatalf("%d application numbers, want 4", n)
	}
	var got []string
	for i := range 3 {
		n := c.receive(c.begin(fmt.Sprint("case", i)))
		if n.Temporary != "" {
			t.Fatalf("a temporary number while numbers are owned: %+v", n)
		}
		got = append(got, n.Number)
	}
	if want := "010101000001 010101000002 010101000003"; strings.Join(got, " ") != want {
		t.Errorf("numbers %v, want %s", got, want)
	}
	c.meet() // below half: topped up
	if n := c.s.ApplicationNumbers(); n != 5 {
		t.Errorf("%d application numbers after topping up, want 5", n)
	}
	for i := range 3 {
		id := fmt.Sprint("case", i)
		if k := h.kase(t, id); k.Number != got[i] || k.State != hall.CaseReceived {
			t.Errorf("%s has %q in %s", id, k.Number, k.State)
		}
	}
	key, ok := c.s.OwnerKey()
	if !ok || string(key) != string(h.key) {
		t.Error("the counter has no owner key")
	}
	if key, ok := c.reopen().OwnerKey(); !ok || string(key) != string(h.key) {
		t.Error("the owner key does not survive a start")
	}
	if p := seal.QueryPassword(key, "case0"); len(p) != 6 || strings.Trim(p, "0123456789") != "" || p == seal.QueryPassword(key, "case1") {
		t.Errorf("query password %q", p)
	}
}

func TestOtherRolesHaveNoOwnerKeyAndNoApplicationNumbers(t *testing.T) {
	h := newCaseHall(t, 4)
	st := h.station(t)
	st.meet()
	if _, ok := st.s.OwnerKey(); ok || st.s.ApplicationNumbers() != 0 {
		t.Error("a station has what only counters have")
	}
}

// Nothing owned and no line: a temporary number, replaced when the line is
// back, and both stay with the case.
func TestTemporaryNumber(t *testing.T) {
	h := newCaseHall(t, 2)
	c := h.counter(t)
	c.meet()
	c.s.SetLine(false)
	for i := range 2 {
		c.receive(c.begin(fmt.Sprint("own", i)))
	}
	n := c.receive(c.begin("late"))
	m := c.receive(c.begin("later"))
	if n.Number != "" || n.Temporary != "T37010001-C1-20260302-001" || m.Temporary != "T37010001-C1-20260302-002" {
		t.Fatalf("numbers %+v, %+v", n, m)
	}
	if again := c.receive("late"); again.Temporary != n.Temporary || again.Number != "" {
		t.Errorf("received twice: %+v", again)
	}
	c.reopen()
	if got := c.receive(c.begin("third")); got.Temporary != "T37010001-C1-20260302-003" {
		t.Errorf("after a start: %+v", got)
	}
	c.meet()
	c.meet() // what two new numbers did not cover
	for id, temp := range map[string]string{"late": n.Temporary, "later": m.Temporary} {
		k := h.kase(t, id)
		if _, err := hall.ParseApplicationNumber(k.Number); err != nil || k.TempNumber != temp {
			t.Errorf("%s: number %q, temporary %q", id, k.Number, k.TempNumber)
		}
	}
	if got := c.receive("late"); got.Number != h.kase(t, "late").Number {
		t.Errorf("a numbered case was given another: %+v", got)
	}
	if n := len(c.s.WorkList()); n != 0 {
		t.Errorf("%d on the work list", n)
	}
}

func TestNoNumberIsSpentInVain(t *testing.T) {
	h := newCaseHall(t, 4)
	c := h.counter(t)
	ctx := context.Background()
	c.meet()
	c.receive(c.begin("a"))
	c.drain()
	c.pull()
	left := c.s.ApplicationNumbers()
	for name, d := range map[string]NumberedDraft{
		"received already": {Kind: hall.ReceiveCase, Case: "a", Actor: clerkS1},
		"numbered already": {Kind: hall.NumberCase, Case: "a", Actor: device},
	} {
		if n, err := c.s.ProposeNumbered(ctx, d); err != nil || n.Number != "010101000001" {
			t.Errorf("%s: %+v %v", name, n, err)
		}
	}
	for name, d := range map[string]struct {
		d    NumberedDraft
		code string
	}{
		"unknown case": {NumberedDraft{Kind: hall.ReceiveCase, Case: "nobody", Actor: clerkS1}, CodeUnknownCase},
		"no nature":    {NumberedDraft{Kind: hall.ReceiveCase, Case: "b", Nature: "02", Actor: clerkS1}, CodeNature},
		"other kind":   {NumberedDraft{Kind: hall.AcceptCase, Case: "a", Actor: clerkS1}, CodeUnknownKind},
	} {
		if _, err := c.s.ProposeNumbered(ctx, d.d); CodeOf(err) != d.code {
			t.Errorf("%s: %v, want %s", name, err, d.code)
		}
	}
	if now := c.s.ApplicationNumbers(); now != left {
		t.Errorf("%d numbers left, were %d", now, left)
	}
}

// A database that was copied to another machine or put back spends nothing that
// it owned, and its temporary numbers begin far away.
func TestPutBackCounterSpendsNothing(t *testing.T) {
	for name, spoil := range map[string]func(*at, string){
		"other machine": func(c *at, _ string) { c.opt.Machine = "machine-2" },
		"put back": func(c *at, backup string) {
			if err := os.RemoveAll(c.opt.Dir); err != nil {
				t.Fatal(err)
			}
			if err := os.CopyFS(c.opt.Dir, os.DirFS(backup)); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newCaseHall(t, 4)
			c := h.counter(t)
			c.meet()
			c.receive(c.begin("before"))
			c.close()
			backup := t.TempDir()
			if err := os.CopyFS(backup, os.DirFS(c.opt.Dir)); err != nil {
				t.Fatal(err)
			}
			c.open()
			spent := c.receive(c.begin("after"))
			c.drain()
			c.close()
			spoil(c, backup)
			c.open()
			if n := c.s.ApplicationNumbers(); n != 0 {
				t.Fatalf("%d numbers are still owned", n)
			}
			again := c.receive(c.begin("again"))
			if again.Number != "" || again.Temporary == "" || strings.HasSuffix(again.Temporary, "-001") {
				t.Errorf("spent %+v", again)
			}
			c.meet()
			c.meet()
			if k := h.kase(t, "again"); k.Number == "" || k.Number == spent.Number {
				t.Errorf("number %q, the copy had spent %q", k.Number, spent.Number)
			}
		})
	}
}

// TestTemporaryNumbersGoOn: a database that is given one new life after the other on
// a day never comes back to numbers that it was at.
func TestTemporaryNumbersGoOn(t *testing.T) {
	h := newCaseHall(t, 4)
	c := h.counter(t)
	c.meet()
	defer c.close()
	last := int64(0)
	for life := range 6 {
		if err := c.s.Fork(context.Background()); err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(c.receive(c.begin(fmt.Sprint("case", life))).Temporary, "-")
		n, err := strconv.ParseInt(parts[len(parts)-1], 10, 64)
		if err != nil || n <= last && last < tempPlaces*1000 {
			t.Fatalf("life %d: %v after %d (%v)", life, parts, last, err)
		}
		last = n
	}
}

// Whatever happens in whatever order, no two cases ever have one number, no
// temporary number is printed twice, and each serial is spent with its
// operation or not at all.
func TestNumbersProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := newCaseHall(t, rapid.IntRange(1, 5).Draw(rt, "block"))
		c := h.counter(t)
		c.meet()
		defer c.close()
		printed := map[string]string{}
		note := func(id string, n Numbered) {
			for _, number := range []string{n.Number, n.Temporary} {
				if was, twice := printed[number]; number != "" && twice && was != id {
					rt.Fatalf("%s was printed for %s and %s", number, was, id)
				}
				printed[number] = id
			}
		}
		count := 0
		someSteps(rt, map[string]func(*rapid.T){
			"receive": func(*rapid.T) {
				count++
				id := fmt.Sprint("case", count)
				note(id, c.receive(c.begin(id)))
			},
			"cut":      func(*rapid.T) { c.s.SetLine(false) },
			"meet":     func(*rapid.T) { c.meet() },
			"restart":  func(*rapid.T) { c.reopen() },
			"new life": func(*rapid.T) { c.close(); c.opt.Machine += "x"; c.open() },
			"fork": func(*rapid.T) {
				if err := c.s.Fork(context.Background()); err != nil {
					rt.Fatal(err)
				}
			},
		})
		c.meet()
		for range count {
			if len(temporaries(rt, c)) == 0 {
				break
			}
			c.meet()
		}
		at := map[string]string{}
		for i := 1; i <= count; i++ {
			id := fmt.Sprint("case", i)
			k := h.kase(t, id)
			if _, err := hall.ParseApplicationNumber(k.Number); err != nil || k.Note.Code != "" {
				rt.Fatalf("%s has number %q, note %v", id, k.Number, k.Note)
			}
			if was, twice := at[k.Number]; twice {
				rt.Fatalf("%s is the number of %s and %s", k.Number, was, id)
			}
			at[k.Number] = id
			if was, ok := printed[k.Number]; ok && was != id {
				rt.Fatalf("%s was printed for %s and belongs to %s", k.Number, was, id)
			}
		}
	})
}

func temporaries(rt *rapid.T, c *at) (out []string) {
	all, err := c.s.Cases(context.Background(), CaseQuery{})
	if err != nil {
		rt.Fatal(err)
	}
	for _, k := range all {
		if k.Number == "" {
			out = append(out, k.ID)
		}
	}
	return out
}
