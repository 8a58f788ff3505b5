package hall

import (
	"testing"
	"time"
)

func TestCitizenNext(t *testing.T) {
	with := func(states ...MaterialState) []Material {
		var list []Material
		for _, s := range states {
			list = append(list, Material{Key: string(s), State: s})
		}
		return list
	}
	for _, tc := range []struct {
		name string
		c    Case
		want string
	}{
		{"received", Case{State: CaseReceived}, "received"},
		{"waits", Case{State: CasePending, Materials: with(MaterialEWait, MaterialDone)}, "fetching"},
		{"waits, begun at a kiosk", Case{State: CasePending, Origin: OriginOnline, Materials: with(MaterialEWait)}, "fetching_online"},
		{"waits, begun there and received", Case{State: CasePending, Origin: OriginOnline, ReceivedAt: time.Unix(1, 0), Materials: with(MaterialEWait)}, "fetching"},
		{"a department said no", Case{State: CasePending, Materials: with(MaterialTimeout, MaterialMissing)}, "missing"},
		{"nobody answered", Case{State: CasePending, Materials: with(MaterialTimeout, MaterialEWait)}, "timeout"},
		{"to be submitted again", Case{State: CasePending, Resubmit: true, Materials: with(MaterialDone)}, "resubmit"},
		{"accepted", Case{State: CaseAccepted, DueDay: "2026-03-09"}, "deciding"},
		{"accepted without a day", Case{State: CaseAccepted}, "deciding_undated"},
		{"in approval", Case{State: CaseInApproval, DueDay: "2026-03-09"}, "deciding"},
		{"returned", Case{State: CasePreReturned}, "supplement"},
		{"returned, until a day", Case{State: CasePreReturned, Clocks: []Clock{{Kind: ClockSupplement, Due: "2026-04-13"}}}, "supplement_by"},
		{"told at the counter", Case{State: CaseSupplementDue}, "supplement"},
		{"passed, with originals to bring", Case{State: CaseReceived, Bring: []string{"M01"}}, "bring"},
		{"cancelled", Case{State: CaseWithdrawn}, "withdrawn"},
		{"done", Case{State: CaseCompleted}, "completed"},
		{"lapsed", Case{State: CaseCompleted, Result: ResultLapsed}, "lapsed"},
	} {
		if got := CitizenNext(tc.c); got.Code != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got.Code, tc.want)
		}
	}
	if got := CitizenNext(Case{State: CaseAccepted, DueDay: "2026-03-09"}); got.Params["day"] != "2026-03-09" {
		t.Errorf("no day in %+v", got)
	}
	for _, s := range CaseStates() {
		if CitizenNext(Case{State: s}).Code == "" {
			t.Errorf("state %s says nothing to its owner", s)
		}
	}
}

// No inner step of an office is in what the owner of a case reads.
func TestCitizenMaterialLabels(t *testing.T) {
	for _, s := range []MaterialState{MaterialEWait, MaterialWaitOut, MaterialWaitIn} {
		if got := CitizenMaterialLabel(s); got != "material.citizen.WAIT" {
			t.Errorf("%s is shown as %q", s, got)
		}
	}
	for _, row := range MaterialStates() {
		if CitizenMaterialLabel(row.State) == "" {
			t.Errorf("%s has no label", row.State)
		}
	}
}

// What is wrong with a material is said until it was brought, and what to bring
// until it was accepted.
func TestCitizenFault(t *testing.T) {
	c := Case{State: CaseSupplementDue, Materials: []Material{{Key: "M01", State: MaterialPrepare}, {Key: "M02", State: MaterialDone}, {Key: "M03"}},
		Supplement: &Supplement{At: time.Unix(9, 0), Items: []SupplementItem{{"M01", "expired"}, {"M02", "missing"}}}}
	for key, want := range map[string]string{"M01": "expired", "M02": "", "M03": "", "NONE": ""} {
		if got := CitizenFault(c, key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if since := CitizenSince(c); !since.Equal(c.Supplement.At) {
		t.Errorf("told since %v", since)
	}
	c.State = CaseAccepted
	if CitizenFault(c, "M01") != "" {
		t.Error("still wrong after the acceptance")
	}
	c = Case{State: CaseReceived, Bring: []string{"M01"}}
	if !CitizenBring(c, "M01") || CitizenBring(c, "M02") {
		t.Error("other originals are to be brought")
	}
	if c.State = CaseAccepted; CitizenBring(c, "M01") {
		t.Error("still to be brought after the acceptance")
	}
}

func TestCitizenSince(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2026, 3, d, 9, 0, 0, 0, Zone) }
	c := Case{CreatedAt: day(1), ReceivedAt: day(2), SubmittedAt: day(3)}
	if got := CitizenSince(c); !got.Equal(day(3)) {
		t.Errorf("waiting since %v", got)
	}
	c.AcceptedAt = day(4)
	if got := CitizenSince(c); !got.Equal(day(4)) {
		t.Errorf("accepted since %v", got)
	}
	if got := CitizenSince(Case{CreatedAt: day(1)}); !got.Equal(day(1)) {
		t.Errorf("begun since %v", got)
	}
}
