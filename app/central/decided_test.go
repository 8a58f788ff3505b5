package central

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// office is an act of the people who decide, at the centre.
func (o *outside) office(staff string, role hall.Role, kind hall.Kind, id string, body any) sync.Verdict {
	o.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		o.t.Fatal(err)
	}
	o.desk.n++
	v, err := o.c.writer.Propose(o.t.Context(), hall.Op{ID: hall.OpID(fmt.Sprintf("office-%d", o.desk.n)), Kind: kind, Hall: hallOfTests, Entity: id,
		Actor: hall.Actor{Kind: hall.ActorStaff, ID: staff, Role: role}, Body: raw, Sealed: []byte("sealed")})
	if err != nil {
		o.t.Fatal(err)
	}
	return v
}

// The demo's people take a case from its acceptance to its collection, through the
// writer: the window handles it, others review and decide it, and what is late
// somebody is told of.
func TestACaseIsDecided(t *testing.T) {
	o := newOutside(t)
	const id = "decided"
	if v := o.push(hall.OpenCase, id, clerk(o.clerk), hall.OpenCaseBody{Item: "open-company", ItemVersion: 2, Owner: "owner", Window: "1"}, &personA); v.Status != hall.Applied {
		t.Fatalf("open: %+v", v)
	}
	for _, key := range []string{"M05", "M15", "M01", "M02"} {
		o.must(hall.HandIn, id, hall.HandInBody{Material: key, Way: hall.MethodOriginal})
	}
	o.receive(id, "01")
	o.must(hall.AcceptCase, id, hall.AcceptCaseBody{Edit: o.edit(id)})
	pass := func() hall.ApproveStepBody { return hall.ApproveStepBody{Edit: o.edit(id), Status: hall.StepPassed} }
	applied := func(v sync.Verdict) {
		t.Helper()
		if v.Status != hall.Applied {
			t.Fatalf("%s: %s %v", v.OpID, v.Status, v.Reason)
		}
	}
	applied(o.push(hall.ApproveStep, id, clerk(o.clerk), pass(), &personA))
	for _, forbidden := range []sync.Verdict{
		o.push(hall.DecideCase, id, clerk(o.clerk), hall.DecideCaseBody{Edit: o.edit(id), Result: hall.DecisionGranted}, &personA),
		o.office("4003", hall.RoleApprover, hall.BeginSpecial, id, hall.BeginSpecialBody{Edit: o.edit(id), Name: "site_visit"}),
		o.office("4003", hall.RoleApprover, hall.CollectCase, id, hall.CollectBody{Way: hall.CollectMail}),
	} {
		if forbidden.Status != hall.Rejected || forbidden.Reason.Code != "forbidden" {
			t.Errorf("%s: %s %v", forbidden.OpID, forbidden.Status, forbidden.Reason)
		}
	}
	applied(o.office("4005", hall.RoleSpecialApprover, hall.BeginSpecial, id, hall.BeginSpecialBody{Edit: o.edit(id), Name: "site_visit",
		Reason: "place_to_be_seen", Expect: hall.Limit{N: 2, Unit: hall.UnitWorkingDay}}))
	applied(o.office("4005", hall.RoleSpecialApprover, hall.EndSpecial, id, hall.EndSpecialBody{Edit: o.edit(id), Serial: 1, Result: "passed"}))
	applied(o.office("4004", hall.RoleApprover, hall.ExtendCase, id, hall.ExtendCaseBody{Edit: o.edit(id), Days: 5, Reason: "complex"}))
	if v := o.office("4001", hall.RoleApprover, hall.ApproveStep, id, pass()); v.Reason.Code != "right_missing" {
		t.Errorf("who handles reviews: %s %v", v.Status, v.Reason)
	}
	applied(o.office("4002", hall.RoleApprover, hall.ApproveStep, id, pass()))
	applied(o.office("4003", hall.RoleApprover, hall.DecideCase, id, hall.DecideCaseBody{Edit: o.edit(id), Result: hall.DecisionGranted}))
	applied(o.push(hall.CompleteCase, id, clerk(o.clerk), hall.CompleteCaseBody{Edit: o.edit(id), Result: hall.ResultCertificate}, &personA))

	o.clock.forward(30 * 24 * time.Hour)
	eventually(t, "the delivery is late", func() bool {
		c := o.kase(id)
		return c.Clock(hall.ClockDelivery).Late
	})
	o.clerk = o.signIn("1001", "counter-1")
	applied(o.push(hall.CollectCase, id, clerk(o.clerk), hall.CollectBody{Way: hall.CollectCounter, DocKind: hall.DocResident, Checked: hall.CheckedCard}, &personA))
	c := o.kase(id)
	var numbers []string
	for _, d := range c.Documents {
		numbers = append(numbers, string(d.Kind))
	}
	if c.State != hall.CaseCollected || c.NoticeNo == "" || !slices.Equal(numbers, []string{"special", "extension", "grant"}) {
		t.Errorf("%s, notice %q, documents %v", c.State, c.NoticeNo, numbers)
	}
}
