package hall

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// checkPlaces: where a case stands tells at any moment whether it is an anomaly, and
// nobody for whom it waits looks for it in vain.
func checkPlaces(r *rapid.T, cat *Catalogue, c Case) {
	places := c.Places()
	if list := StateList(c.State); !strings.HasPrefix(places[0].List, list.Part("")) {
		r.Fatalf("%s stands in %v", c.State, places)
	}
	for _, after := range []time.Duration{0, time.Hour, anomalyAfter, anomalyAfter + time.Millisecond, 100 * time.Hour} {
		now := c.SubmittedAt.Add(after)
		odd := strings.HasSuffix(places[0].List, "/"+AnomalyAlways) ||
			strings.HasSuffix(places[0].List, "/"+AnomalyLater) && places[0].At < PlaceBefore(AnomalyBefore(now))
		if odd != (len(c.Anomaly(now)) > 0) {
			r.Fatalf("%s of %s after %s: %v in %v", c.ID, c.State, after, c.Anomaly(now), places)
		}
	}
	for _, s := range cat.Staff {
		turns := cat.Turns(s.ID)
		listed := slices.ContainsFunc(places, func(p Place) bool {
			return slices.ContainsFunc(turns, func(l CaseList) bool { return strings.HasPrefix(p.List, l.Part("")) })
		})
		if cat.WaitsFor(c, s.ID) && !listed {
			r.Fatalf("%s of %s waits for %s, who looks at %v; it stands in %v", c.ID, c.State, s.ID, turns, places)
		}
	}
}

func TestPlaces(t *testing.T) {
	at := time.Date(2026, 3, 2, 10, 0, 0, 0, Zone)
	lists := func(places []Place) (names []string) {
		for _, p := range places {
			names = append(names, p.List+" "+p.Count)
			if p.At != at.UnixMicro() {
				t.Errorf("%+v", p)
			}
		}
		return names
	}
	for name, tc := range map[string]struct {
		got  []Place
		want []string
	}{
		"waits": {Case{ID: "1", Number: "010101000003", Clerk: "S1", Window: "2", State: CasePending, SubmittedAt: at}.Places(),
			[]string{"case/pending/2 case/pending/2", "case/clerk/S1/2 ", "case/waiting/S1/2 ", "case/window/2/2 ",
				"case/number/12/010101000003/2 ", "case/ending/0003/2 "}},
		"temporary": {Case{ID: "1", TempNumber: "T37010001-c1-20260302-001", Terminal: "c1", State: CaseReceived, CreatedAt: at}.Places(),
			[]string{"case/begun/0 ", "case/temporary/c1/0 ", "case/number/t/T37010001-C1-20260302-001/0 "}},
		"lacks a material": {Case{ID: "1", State: CasePending, SubmittedAt: at, Materials: []Material{{Key: "M1", State: MaterialMissing}}}.Places(),
			[]string{"case/pending/1 case/pending/1"}},
		"for review": {Case{ID: "1", State: CaseInApproval, SubmittedAt: at, Approval: &Approval{At: StepReview}, Voiding: &Voiding{By: "A1"}}.Places(),
			[]string{"case/done/0 ", "case/turn/void/0 ", "case/turn/approval/0 ", "case/turn/step/2/0 "}},
		"to sign out": {Paper{ID: "p", Number: "n", Item: "i", Department: "civil", Custody: AtDepartment, Due: at}.Places(),
			[]string{"custody/civil/paper/todo/i custody/civil/paper/todo", "custody/civil/paper/due custody/civil/paper/due"}},
		"not wanted, on the road": {Paper{ID: "p", Number: "n", Item: "i", Department: "civil", Custody: InTransit, Due: at, Only: true}.Places(),
			[]string{"custody/civil/paper/out/i custody/civil/paper/out", "custody/civil/paper/back/i custody/civil/paper/back"}},
		"disputed": {Paper{ID: "p", Item: "i", Department: "civil", Custody: Disputed, Due: at, Attention: true}.Places(),
			[]string{"custody/civil/paper/disputed/i custody/civil/paper/disputed", " custody/civil/paper/attention"}},
		"dropped": {Batch{ID: "b", Department: "civil", State: BatchOut, OpenedAt: at, Papers: []BatchPaper{{ID: "p", Dropped: true}}}.Places(),
			[]string{"custody/civil/batch/dropped "}},
		"sent": {Consignment{ID: "t", Department: "civil", State: ConsignmentSent, OpenedAt: at}.Places(), []string{"custody/civil/trip/sent "}},
		"open": {Consignment{ID: "t", Department: "civil", State: ConsignmentOpen, OpenedAt: at}.Places(), nil},
	} {
		if got := lists(tc.got); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	if places, err := PlacesOf(EntityCase, nil); err != nil || places != nil {
		t.Errorf("gone: %v %v", places, err)
	}
	if _, err := PlacesOf(EntityPaper, []byte(`{"id":`)); err == nil {
		t.Error("half a value has places")
	}
}
