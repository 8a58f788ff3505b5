package hall

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// line is a queue with one window "2" that serves both groups.
func line(policy string, change ...func(*Catalogue)) (*Queue, *Catalogue) {
	cat := testCatalogue()
	cat.Queue.Policy = policy
	for _, c := range change {
		c(cat)
	}
	return NewQueue(today), cat
}

func TestQmaticRatioSequence(t *testing.T) {
	q, cat := line(PolicyRatio, func(c *Catalogue) { c.Queue.Ratio = []int{2, 1, 1} })
	for i := range 8 {
		put(t, q, Ticket{ID: "P" + pad(i), Class: ClassPriority, Order: int64(i)})
		put(t, q, Ticket{ID: "G" + pad(i), Class: ClassAppointment, Order: int64(i), SlotAt: at("09:30")})
		put(t, q, Ticket{ID: "S" + pad(i), Class: ClassOrdinary, Order: int64(i)})
	}
	letters := func(list []Candidate) string {
		var b strings.Builder
		for _, c := range list {
			b.WriteString(c.Ticket.ID[:1])
		}
		return b.String()
	}
	if got := letters(q.OrderFirst("2", cat, at("09:00"), 8)); got != "PPGSPPGS" {
		t.Errorf("list is %s, want PPGSPPGS", got)
	}
	if all := letters(q.Order("2", cat, at("09:00"))); all[:24] != "PPGSPPGSPPGSPPGSGSGSGSGS" {
		t.Errorf("when priority runs out: %s", all)
	}
}

// The same sequence, called one by one through the rules.
func TestQmaticRatioSequenceByCalls(t *testing.T) {
	m := newMemory()
	m.cat.Queue.Policy, m.cat.Queue.Ratio = PolicyRatio, []int{2, 1, 1}
	q, _ := m.Queue(today)
	for i := range 4 {
		for n, class := range map[string]Class{"P": ClassPriority, "G": ClassAppointment, "S": ClassOrdinary} {
			id := n + pad(i)
			raw, _ := json.Marshal(Ticket{ID: id, Number: id, Day: today, Group: "social", Class: class, State: TicketIssued,
				Order: int64(i), SlotAt: at("09:30")})
			m.take(t, Outcome{Changes: []Change{{Kind: EntityTicket, ID: id, Value: raw}}})
		}
	}
	m.open(t, "1", "S1")
	got := ""
	for range 8 {
		listed := q.OrderFirst("1", m.cat, m.now, 1)[0]
		called := m.serve(t, "1", "S1")
		if listed.Ticket.ID != called.ID || listed.Why.Code != called.Why.Code {
			t.Errorf("listed %s %v, called %s %v", listed.Ticket.ID, listed.Why, called.ID, called.Why)
		}
		got += called.ID[:1]
	}
	if got != "PPGSPPGS" {
		t.Errorf("called %s, want PPGSPPGS", got)
	}
}

func TestPolicies(t *testing.T) {
	waiting := []Ticket{
		{ID: "O1", Class: ClassOrdinary, Order: 1, IssuedAt: at("09:00")},
		{ID: "L2", Class: ClassAppointment, Order: 2, SlotAt: at("10:00"), IssuedAt: at("09:32")},
		{ID: "O3", Class: ClassOrdinary, Order: 3, Group: "house", IssuedAt: at("09:33")},
		{ID: "E4", Class: ClassAppointment, Order: 4, SlotAt: at("09:30"), IssuedAt: at("09:34")},
		{ID: "P5", Class: ClassPriority, Order: 5, IssuedAt: at("09:35")},
		{ID: "P6", Class: ClassPriority, Order: 6, Group: "house", IssuedAt: at("09:36")},
	}
	why := func(code string, params ...string) Text { return text(code, params...) }
	for _, c := range []struct {
		name, policy string
		now          string
		change       func(*Catalogue)
		order        string
		first        Text
	}{
		{"by arrival", PolicyFirstCome, "09:40", nil, "O1 L2 O3 E4 P5 P6", why(WhyArrival)},
		{"strict", PolicyStrict, "09:40", nil, "P5 P6 L2 E4 O1 O3", why(WhyPriorityFirst, "before", "O1")},
		{"strict never ages", PolicyStrict, "16:00", nil, "P5 P6 L2 E4 O1 O3", why(WhyPriorityFirst, "before", "O1")},
		{"ratio 2:1", PolicyRatio, "09:40", nil, "P5 P6 O1 L2 E4 O3", why(WhyPriorityFirst, "before", "O1")},
		{"ratio 1:1", PolicyRatio, "09:40", func(c *Catalogue) { c.Queue.Ratio = []int{1, 1} }, "P5 O1 P6 O3 L2 E4", why(WhyPriorityFirst, "before", "O1")},
		{"ratio 1:1:1", PolicyRatio, "09:40", func(c *Catalogue) { c.Queue.Ratio = []int{1, 1, 1} }, "P5 L2 O1 P6 E4 O3", why(WhyPriorityFirst, "before", "O1")},
		{"nobody is old yet", PolicyAgeing, "09:29", nil, "P5 P6 L2 E4 O1 O3", why(WhyPriorityFirst, "before", "O1")},
		{"one is old", PolicyAgeing, "09:30", nil, "O1 P5 P6 L2 E4 O3", why(WhyAged, "minutes", "30", "before", "P5")},
		{"all are old", PolicyAgeing, "11:00", nil, "O1 L2 O3 E4 P5 P6", why(WhyAged, "minutes", "120", "before", "P5")},
		{"appointments by slot", PolicyAppointmentTime, "09:29", nil, "P5 P6 E4 L2 O1 O3", why(WhyPriorityFirst, "before", "O1")},
		{"appointments by slot, one is old", PolicyAppointmentTime, "09:40", nil, "O1 P5 P6 E4 L2 O3", why(WhyAged, "minutes", "40", "before", "P5")},
		{"no policy is a ratio", "", "09:40", nil, "P5 P6 O1 L2 E4 O3", why(WhyPriorityFirst, "before", "O1")},
		{"the window's own policy", PolicyStrict, "09:40", func(c *Catalogue) { c.Windows[1].Policy = PolicyFirstCome }, "O1 L2 O3 E4 P5 P6", why(WhyArrival)},
	} {
		q, cat := line(c.policy)
		if c.change != nil {
			c.change(cat)
		}
		for _, k := range waiting {
			put(t, q, k)
		}
		list := q.Order("2", cat, at(c.now))
		if got := strings.Join(idsOf(list), " "); got != c.order {
			t.Errorf("%s: %s, want %s", c.name, got, c.order)
		}
		if got := list[0].Why; fmt.Sprint(got) != fmt.Sprint(c.first) {
			t.Errorf("%s: first because of %v, want %v", c.name, got, c.first)
		}
	}
}

func TestReasons(t *testing.T) {
	for _, c := range []struct {
		name   string
		policy string
		queue  []Ticket
		at     int
		why    Text
	}{
		{"appointment before an ordinary one", PolicyStrict, []Ticket{
			{ID: "A012", Class: ClassOrdinary, Order: 1}, {ID: "A013", Class: ClassAppointment, Order: 2, SlotAt: at("09:30")}},
			0, text(WhyAppointmentFirst, "slot", "09:30", "before", "A012")},
		{"appointment that is first anyhow", PolicyStrict, []Ticket{
			{ID: "A013", Class: ClassAppointment, Order: 2, SlotAt: at("09:30")}}, 0, text(WhyAppointment, "slot", "09:30")},
		{"priority that is first anyhow", PolicyStrict, []Ticket{{ID: "A013", Class: ClassPriority, Order: 2}}, 0, text(WhyArrival)},
		{"ordinary one in its turn", PolicyRatio, []Ticket{
			{ID: "P1", Class: ClassPriority, Order: 1}, {ID: "P2", Class: ClassPriority, Order: 2}, {ID: "P3", Class: ClassPriority, Order: 3},
			{ID: "O4", Class: ClassOrdinary, Order: 4}}, 2, text(WhyRatio, "ratio", "2:1", "before", "P3")},
		{"came back", PolicyStrict, []Ticket{{ID: "A1", Order: 1, Class: ClassOrdinary, Requeues: 1}}, 0, text(WhyRequeued)},
		{"sent to the front", PolicyStrict, []Ticket{
			{ID: "P1", Class: ClassPriority, Order: 1}, {ID: "A2", Order: 2, Class: ClassOrdinary, Behind: -1, State: TicketTransferred}},
			0, text(WhyTransferredFirst)},
	} {
		q, cat := line(c.policy)
		for _, k := range c.queue {
			put(t, q, k)
		}
		if got := q.Order("2", cat, at("09:40"))[c.at].Why; fmt.Sprint(got) != fmt.Sprint(c.why) {
			t.Errorf("%s: %v, want %v", c.name, got, c.why)
		}
	}
}

func TestWindowServesItsGroupsOnly(t *testing.T) {
	q, cat := line(PolicyFirstCome)
	put(t, q, Ticket{ID: "A1", Order: 1})
	put(t, q, Ticket{ID: "B2", Order: 2, Group: "house"})
	put(t, q, Ticket{ID: "A3", Order: 3, State: TicketServing})
	put(t, q, Ticket{ID: "A4", Order: 4, State: TicketMissed})
	for window, want := range map[string]string{"1": "A1", "2": "A1 B2", "10": "B2", "99": ""} {
		if got := strings.Join(idsOf(q.Order(window, cat, at("09:00"))), " "); got != want {
			t.Errorf("window %s: %q, want %q", window, got, want)
		}
	}
	raw, _ := json.Marshal(Window{ID: "1", Open: true, Groups: []string{"house", "house"}})
	if err := q.Apply(Change{Kind: EntityWindow, ID: "1", Value: raw}); err != nil {
		t.Fatal(err)
	}
	if got := idsOf(q.Order("1", cat, at("09:00"))); !slices.Equal(got, []string{"B2"}) {
		t.Errorf("window 1 opened for house alone: %v", got)
	}
}

// genTicket draws a waiting ticket.
func genTicket(t *rapid.T, i int) Ticket {
	k := Ticket{
		ID: pad(i), Number: "A" + pad(i), Day: today, Order: int64(rapid.IntRange(1, 40).Draw(t, "order")),
		Group: rapid.SampledFrom([]string{"social", "house"}).Draw(t, "group"),
		Class: rapid.SampledFrom([]Class{ClassPriority, ClassAppointment, ClassOrdinary}).Draw(t, "class"),
		State: rapid.SampledFrom([]TicketState{TicketIssued, TicketIssued, TicketTransferred, TicketMissed, TicketServing, TicketDone}).Draw(t, "state"),
	}
	k.IssuedAt = at("09:00").Add(time.Duration(k.Order) * time.Minute)
	if k.Class == ClassAppointment {
		k.SlotAt = at("09:30").Add(time.Duration(rapid.IntRange(0, 4).Draw(t, "slot")) * 15 * time.Minute)
	}
	if rapid.IntRange(0, 4).Draw(t, "again") == 0 {
		k.Behind, k.Requeues = rapid.IntRange(-1, 5).Draw(t, "behind"), 1
	}
	return k
}

// However a queue came to its state, its order is the same, holds everyone who
// waits for the window once, and is what calling one by one gives.
func TestOrderIsOneAndTotal(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		policy := rapid.SampledFrom(Policies()).Draw(rt, "policy")
		q, cat := line(policy, func(c *Catalogue) {
			c.Queue.Ratio = rapid.SampledFrom([][]int{{2, 1}, {1, 1}, {3, 1, 1}}).Draw(rt, "ratio")
		})
		var all []Ticket
		waiting := 0
		for i := range rapid.IntRange(0, 40).Draw(rt, "n") {
			k := genTicket(rt, i)
			all = append(all, k)
			if k.Waiting() {
				waiting++
			}
			put(t, q, k)
		}
		now := at("09:50")
		first := idsOf(q.Order("2", cat, now))
		seen := slices.Clone(first)
		slices.Sort(seen)
		if len(slices.Compact(seen)) != waiting || len(first) != waiting {
			rt.Fatalf("%d in order, %d wait", len(first), waiting)
		}
		other := NewQueue(today)
		for _, i := range rapid.Permutation(all).Draw(rt, "another way") {
			early := i
			early.State, early.Behind, early.Group = TicketHeld, 0, "social"
			put(t, other, early)
			put(t, other, i)
		}
		if got := idsOf(other.Order("2", cat, now)); !slices.Equal(got, first) {
			rt.Fatalf("reached another way: %v, want %v", got, first)
		}
		if n := rapid.IntRange(0, 50).Draw(rt, "limit"); !slices.Equal(idsOf(q.OrderFirst("2", cat, now, n)), first[:min(n, waiting)]) {
			rt.Fatalf("the first %d are not the beginning of all", n)
		}
	})
}

// The list that people see is what the calls then do.
func TestOrderForetellsTheCalls(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := newMemory()
		m.cat.Queue.Policy = rapid.SampledFrom(Policies()).Draw(rt, "policy")
		m.now = at("09:50")
		q, _ := m.Queue(today)
		for i := range rapid.IntRange(1, 25).Draw(rt, "n") {
			k := genTicket(rt, i)
			raw, _ := json.Marshal(k)
			m.take(t, Outcome{Changes: []Change{{Kind: EntityTicket, ID: k.ID, Value: raw}}})
		}
		m.open(t, "2", "S1")
		list := q.Order("2", m.cat, m.now)
		for i, c := range list {
			called := m.serve(t, "2", "S1")
			if called.ID != c.Ticket.ID || fmt.Sprint(called.Why) != fmt.Sprint(c.Why) {
				rt.Fatalf("call %d is %s because %v; the list said %s because %v", i, called.ID, called.Why, c.Ticket.ID, c.Why)
			}
		}
		m.refuse(t, "nobody_waiting", m.op(CallNext, "2", clerk("S1"), "counter-2", CallNextBody{}))
	})
}

// Under endless arrivals of the classes above, an ordinary ticket at the head
// of its class waits no longer than the policy's stated bound.
func TestOrdinaryIsNeverStarved(t *testing.T) {
	for _, c := range []struct {
		name, policy string
		ratio        []int
		most         int // calls before it
		mostMinutes  int // or minutes, with a call a minute
	}{
		{"ratio 2:1", PolicyRatio, []int{2, 1}, 2, 0},
		{"ratio 3:1:1", PolicyRatio, []int{3, 1, 1}, 4, 0},
		{"ageing", PolicyAgeing, nil, 0, 30},
		{"appointment time", PolicyAppointmentTime, nil, 0, 30},
		{"first come", PolicyFirstCome, nil, 0, 0},
	} {
		rapid.Check(t, func(rt *rapid.T) {
			q, cat := line(c.policy, func(cat *Catalogue) { cat.Queue.Ratio = c.ratio })
			now, row := at("09:00"), int64(0)
			crowd := func(n int) {
				for range n {
					row++
					put(t, q, Ticket{ID: "H" + pad(int(row)), Order: row, IssuedAt: now,
						Class: rapid.SampledFrom([]Class{ClassPriority, ClassAppointment}).Draw(rt, "class"), SlotAt: at("09:00")})
				}
			}
			before := 0
			if c.policy != PolicyFirstCome {
				before = rapid.IntRange(0, 20).Draw(rt, "crowd")
			}
			crowd(before)
			row++
			put(t, q, Ticket{ID: "poor", Order: row, Class: ClassOrdinary, IssuedAt: now})
			v := q.view("2", cat)
			v.run = rapid.IntRange(0, 4).Draw(rt, "run")
			for calls := 0; ; calls++ {
				crowd(rapid.IntRange(1, 3).Draw(rt, "arrive"))
				step := q.caller(v, cat, now)
				next, _ := step.next()
				v.run = step.run
				if next.Ticket.ID == "poor" {
					return
				}
				// Those who arrived before it may still go first once it is old.
				if limit := max(c.most, c.mostMinutes); calls >= limit+before && c.mostMinutes > 0 || calls >= limit && c.mostMinutes == 0 {
					rt.Fatalf("%s: still waiting after %d calls", c.name, calls)
				}
				done := next.Ticket
				done.State = TicketDone
				put(t, q, done)
				now = now.Add(time.Minute)
			}
		})
	}
}

func TestCloneIsApart(t *testing.T) {
	q, cat := line(PolicyFirstCome)
	put(t, q, Ticket{ID: "A1", Order: 1})
	c := q.Clone()
	put(t, c, Ticket{ID: "A2", Order: 2})
	put(t, q, Ticket{ID: "A1", Order: 1, State: TicketDone})
	if got := idsOf(c.Order("1", cat, at("09:00"))); !slices.Equal(got, []string{"A1", "A2"}) {
		t.Errorf("the clone has %v", got)
	}
	if got := q.Order("1", cat, at("09:00")); len(got) != 0 || q.WaitingIn("social") != 0 || c.WaitingIn("social") != 2 {
		t.Errorf("the original has %v", got)
	}
	if c.Served("") != 0 || q.Served("") != 1 || len(c.Unrated()) != 0 || c.Count(TicketIssued) != 2 || q.Count(TicketIssued) != 0 || q.Count(TicketDone) != 1 {
		t.Error("counts by state are shared")
	}
}

// TestDoneIsCounted: what windows have done, and what nobody has rated, is what a
// look at every ticket says, whatever was changed how often, also after a clone.
func TestDoneIsCounted(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		q := NewQueue(today)
		for range rapid.IntRange(1, 60).Draw(rt, "changes") {
			id := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(rt, "ticket")
			if rapid.IntRange(0, 5).Draw(rt, "gone") == 0 {
				if err := q.Apply(Change{Kind: EntityTicket, ID: id}); err != nil {
					rt.Fatal(err)
				}
				continue
			}
			put(t, q, Ticket{ID: id, Order: 1, State: rapid.SampledFrom([]TicketState{TicketServing, TicketDone}).Draw(rt, "state"),
				Window: rapid.SampledFrom([]string{"1", "2", ""}).Draw(rt, "window"), Rated: rapid.IntRange(0, 1).Draw(rt, "rated")})
			if rapid.Bool().Draw(rt, "clone") {
				q = q.Clone()
			}
			served, unrated := map[string]int{}, 0
			for _, k := range q.Tickets() {
				if k.State != TicketDone {
					continue
				}
				served[k.Window]++
				if k.Rated == 0 {
					unrated++
				}
			}
			for _, w := range []string{"1", "2", ""} {
				if q.Served(w) != served[w] {
					rt.Fatalf("window %q: %d, there are %d", w, q.Served(w), served[w])
				}
			}
			if len(q.Unrated()) != unrated {
				rt.Fatalf("%d not rated, there are %d", len(q.Unrated()), unrated)
			}
		}
	})
}

func TestApply(t *testing.T) {
	q := NewQueue(today)
	for _, c := range []struct {
		name string
		c    Change
		ok   bool
	}{
		{"another entity", Change{Kind: EntityRating, ID: "x", Value: json.RawMessage(`{`)}, true},
		{"another day", Change{Kind: EntityTicket, ID: "x", Value: json.RawMessage(`{"id":"x","day":"2026-11-22"}`)}, true},
		{"broken ticket", Change{Kind: EntityTicket, ID: "x", Value: json.RawMessage(`{`)}, false},
		{"another ticket's row", Change{Kind: EntityTicket, ID: "x", Value: json.RawMessage(`{"id":"y","day":"2026-11-23"}`)}, false},
		{"broken window", Change{Kind: EntityWindow, ID: "1", Value: json.RawMessage(`[]`)}, false},
		{"gone ticket that never was", Change{Kind: EntityTicket, ID: "x"}, true},
	} {
		if err := q.Apply(c.c); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if len(q.Tickets()) != 0 || len(q.Windows()) != 0 {
		t.Error("something was taken in")
	}
	put(t, q, Ticket{ID: "b", Number: "A001", Order: 2})
	put(t, q, Ticket{ID: "a", Number: "A001", Order: 3})
	put(t, q, Ticket{ID: "c", Number: "A002", Order: 1})
	if k, ok := q.ByNumber("A001"); !ok || k.ID != "b" || len(q.AllByNumber("A001")) != 2 || len(q.AllByNumber("A003")) != 0 {
		t.Errorf("by number: %v %v", k.ID, q.AllByNumber("A001"))
	}
	var order []string
	for _, k := range q.Tickets() {
		order = append(order, k.ID)
	}
	if !slices.Equal(order, []string{"c", "b", "a"}) {
		t.Errorf("tickets by arrival: %v", order)
	}
	if err := q.Apply(Change{Kind: EntityTicket, ID: "b", Value: json.RawMessage("null")}); err != nil {
		t.Fatal(err)
	}
	if k, _ := q.ByNumber("A001"); k.ID != "a" || q.WaitingIn("social") != 2 {
		t.Errorf("after b is gone: %s, %d wait", k.ID, q.WaitingIn("social"))
	}
	for _, id := range []string{"10", "2", "x", "1"} {
		if err := q.Apply(Change{Kind: EntityWindow, ID: id, Value: json.RawMessage(`{"open":true}`)}); err != nil {
			t.Fatal(err)
		}
	}
	var windows []string
	for _, w := range q.Windows() {
		windows = append(windows, w.ID)
	}
	if !slices.Equal(windows, []string{"1", "2", "10", "x"}) {
		t.Errorf("windows: %v", windows)
	}
	if err := q.Apply(Change{Kind: EntityWindow, ID: "x"}); err != nil || len(q.Windows()) != 3 {
		t.Errorf("window x stays: %v", err)
	}
}
