package hall

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestWays(t *testing.T) {
	m := newCases()
	m.begin(t, "C")
	c := m.kase(t, "C")
	hand := []Method{MethodUpload, MethodOriginal}
	for key, want := range map[string][]Method{
		"FORM":     hand,
		"MARRIAGE": append(slices.Clone(hand), MethodEShare, MethodPaper),
		"NOTHING":  hand,
	} {
		if got := m.cat.Ways(c, key); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", key, got, want)
		}
	}
	c.ItemVersion = 1 // the pinned version counts, not the published one
	if got := m.cat.Ways(c, "MARRIAGE"); !slices.Equal(got, hand) {
		t.Errorf("under version 1: %v", got)
	}
}

// What is told beforehand is what happens to what is handed in all the same.
func TestHandInBlocked(t *testing.T) {
	for _, tc := range []struct {
		name string
		make func(*memory)
		key  string
		want string
	}{
		{"fine", func(*memory) {}, "FORM", ""},
		{"in already", func(m *memory) { m.must(t, m.original("C", "FORM")) }, "FORM", "material_done"},
		{"no such material", func(*memory) {}, "NOTHING", "unknown_material"},
		{"cancelled", func(m *memory) {
			m.must(t, m.op(CancelCase, "C", clerk("S1"), "counter-1", CancelCaseBody{Edit: m.edit(t, "C")}))
		}, "FORM", "case_state"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := newCases()
			m.begin(t, "C")
			tc.make(m)
			c := m.kase(t, "C")
			if got := c.HandInBlocked(tc.key).Code; got != tc.want {
				t.Errorf("told %q, want %q", got, tc.want)
			}
			m.must(t, m.original("C", tc.key))
			asides := m.kase(t, "C").Asides
			if tc.want == "" && len(asides) != 0 || tc.want != "" && (len(asides) != 1 || asides[0].Why != tc.want) {
				t.Errorf("put aside: %+v", asides)
			}
		})
	}
}

// The sample is of the form that the rules take, and it is no number that a
// lease can hold.
func TestSampleNumber(t *testing.T) {
	m := newCases()
	m.begin(t, "C")
	number := m.cat.SampleNumber(m.kase(t, "C"))
	if _, err := ParseApplicationNumber(number); err != nil {
		t.Fatal(err)
	}
	op := m.op(ReceiveCase, "C", clerk("S1"), "counter-1", NumberBody{Number: number, Lease: "try"})
	out, err := Step(m, op, Context{Now: m.now, Row: OverlayRow})
	if err != nil || out.Status != Applied {
		t.Errorf("asked: %v %v", out.Reason, err)
	}
	m.refuse(t, "number_not_owned", op)
}

// Numbers of acceptance notices have no gaps and begin again each year,
// whoever or whatever accepts.
func TestNoticeNumbers(t *testing.T) {
	m := newCases()
	m.now = time.Date(2026, 12, 31, 10, 0, 0, 0, Zone)
	accept := func(id string) string {
		m.begin(t, id)
		m.must(t, m.original(id, "FORM"))
		m.must(t, m.original(id, "MARRIAGE"))
		m.receive(t, id)
		m.must(t, m.accepting(t, id))
		return m.kase(t, id).NoticeNo
	}
	if got := accept("C1"); got != "37010001-2026-000001" {
		t.Errorf("the first: %q", got)
	}
	m.wait(t, "C2", map[string]Method{"MARRIAGE": MethodEShare})
	if c := m.kase(t, "C2"); c.NoticeNo != "" {
		t.Errorf("a case that waits has the notice %q", c.NoticeNo)
	}
	// A refused acceptance takes no number.
	m.begin(t, "C3")
	m.receive(t, "C3")
	m.refuse(t, "materials_open", m.accepting(t, "C3"))
	m.must(t, m.callback(MaterialArrived, "C2", "MARRIAGE", 1))
	if got := m.kase(t, "C2").NoticeNo; got != "37010001-2026-000002" {
		t.Errorf("by itself: %q", got)
	}
	m.now = time.Date(2027, 1, 4, 10, 0, 0, 0, Zone)
	if got := accept("C4"); got != "37010001-2027-000001" {
		t.Errorf("of the next year: %q", got)
	}
	if s := load[Series](t, m, EntitySeries, NoticeSeries("37010001", "2026")); s.Next != 3 {
		t.Errorf("series of the old year: %+v", s)
	}
}

// A terminal that guesses gives no number: two would give the same.
func TestAnOverlayGivesNoNoticeNumber(t *testing.T) {
	m := newCases()
	m.wait(t, "C", map[string]Method{"MARRIAGE": MethodEShare})
	out, err := Step(m, m.callback(MaterialArrived, "C", "MARRIAGE", 1), Context{Now: m.now, Row: OverlayRow})
	if err != nil || out.Status != Applied {
		t.Fatalf("%v %v", out.Reason, err)
	}
	for _, c := range out.Changes {
		if c.Kind == EntitySeries {
			t.Errorf("an overlay counts notices: %s", c.Value)
		}
	}
}

func TestNoticeNumbersHaveNoGaps(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := newCases()
		given := map[string]bool{}
		n := rapid.IntRange(1, 6).Draw(r, "cases")
		for i := range n {
			id := fmt.Sprintf("C%d", i)
			m.begin(t, id)
			m.must(t, m.original(id, "FORM"))
			if rapid.Bool().Draw(r, "shared") {
				m.share(t, id, "MARRIAGE", MethodEShare, AnswerYes)
				m.receive(t, id)
				m.must(t, m.accepting(t, id))
				m.must(t, m.callback(MaterialArrived, id, "MARRIAGE", 1))
				m.idle(t, m.callback(MaterialArrived, id, "MARRIAGE", 1)) // twice is one
			} else {
				m.must(t, m.original(id, "MARRIAGE"))
				m.receive(t, id)
				m.must(t, m.accepting(t, id))
			}
			given[m.kase(t, id).NoticeNo] = true
		}
		for i := 1; i <= n; i++ {
			if !given[fmt.Sprintf("37010001-2026-%06d", i)] {
				r.Fatalf("no notice %d of %d: %v", i, n, given)
			}
		}
	})
}
