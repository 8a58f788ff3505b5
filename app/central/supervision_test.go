package central

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
)

// A case comes under supervision, turns yellow and red, is reminded of by itself
// and by a supervisor, and nobody else may.
func TestSupervision(t *testing.T) {
	b := newBed(t)
	clerk, manager, supervisor := b.signIn("1001", "counter-1"), b.signIn("9001", ""), b.signIn("9003", "")
	desk := &term{b: b, id: "counter-1"}
	look := func(who Session, query ...string) Supervision {
		t.Helper()
		q := url.Values{}
		for i := 0; i < len(query); i += 2 {
			q.Set(query[i], query[i+1])
		}
		var v Supervision
		b.want(200, "GET", "/central/v1/manager/supervision?"+q.Encode(), nil, &v, bearer(who.Token)...)
		return v
	}
	desk.takenIn("case-1", clerk)
	b.openCase("case-2", "id-card", personB, clerk) // a draft is nobody's delay
	v := look(manager)
	if v.Cases != (SupervisedLights{Green: 1}) || v.Steps != v.Cases || v.MayRemind || len(v.Lines) != 1 || v.After != "" {
		t.Fatalf("%+v", v)
	}
	line := v.Lines[0]
	if line.ID != "case-1" || line.Stage != hall.StageAccept || line.Unit != hall.UnitWindow || line.Role != hall.RoleClerk || line.Staff == "" || line.Window != "1" ||
		line.Whole == nil || line.Whole.Of != hall.NoticeDays || line.Whole.Left != hall.NoticeDays || line.Number == "" || line.Department["en"] == "" {
		t.Errorf("%+v", line)
	}
	b.clock.forward(3 * 24 * time.Hour) // Thursday, and everybody signs in again
	clerk, manager, supervisor = b.signIn("1001", "counter-1"), b.signIn("9001", ""), b.signIn("9003", "")
	for filter, n := range map[[2]string]int{{"light", "yellow"}: 1, {"light", "green"}: 0, {"stage", "accept"}: 1, {"stage", "handle"}: 0,
		{"department", "nobody"}: 0, {"department", line.Department["zh-Hans"]}: 1} {
		if v := look(manager, filter[0], filter[1]); len(v.Lines) != n || v.Cases != (SupervisedLights{Yellow: 1}) {
			t.Errorf("%v: %d lines, %+v", filter, len(v.Lines), v.Cases)
		}
	}

	path := "/central/v1/manager/supervision/case-1/remind"
	b.refused(403, "forbidden", "POST", path, RemindRequest{Words: "请尽快"}, bearer(manager.Token)...)
	b.refused(403, "forbidden", "POST", path, RemindRequest{Words: "请尽快"}, "Authorization", "Bearer token-counter-1", "X-Staff-Session", clerk.Token)
	b.refused(409, "words_needed", "POST", path, RemindRequest{Words: " "}, bearer(supervisor.Token)...)
	b.refused(409, "words_long", "POST", path, RemindRequest{Words: strings.Repeat("长", hall.RemindLongest+1)}, bearer(supervisor.Token)...)
	b.refused(409, "unknown_case", "POST", "/central/v1/manager/supervision/none/remind", RemindRequest{Words: "请尽快"}, bearer(supervisor.Token)...)
	b.refused(409, "case_state", "POST", "/central/v1/manager/supervision/case-2/remind", RemindRequest{Words: "请尽快"}, bearer(supervisor.Token)...)
	b.want(204, "POST", path, RemindRequest{Words: "请今天受理"}, nil, bearer(supervisor.Token)...)
	b.refused(409, "urged_today", "POST", path, RemindRequest{Words: "请今天受理"}, bearer(supervisor.Token)...)
	one := b.caseOf("case-1")
	if r := one.Urging(); len(r) != 1 || r[0].By != "9003" || r[0].Words != "请今天受理" || r[0].Kind != hall.ReminderUrged {
		t.Errorf("%+v", r)
	}
	if v := look(supervisor); !v.MayRemind || v.Lines[0].Why == nil || v.Lines[0].Why.Code != "urged_today" || v.Departments[0].Reminded != 1 {
		t.Errorf("%+v", v)
	}
}

// What is decided is in the figures of its authority and its item.
func TestFiguresOfSupervision(t *testing.T) {
	b := newBed(t)
	(&term{b: b, id: "counter-1"}).approved("case-1", b.signIn("1001", "counter-1"))
	b.clock.forward(24 * time.Hour)
	b.officeAct("decided", "4003", hall.RoleApprover, hall.DecideCase, "case-1", hall.DecideCaseBody{Edit: b.version("case-1"), Result: hall.DecisionGranted}, nil)
	manager := b.signIn("9001", "")
	var v Supervision
	b.want(200, "GET", "/central/v1/manager/supervision?period=month", nil, &v, bearer(manager.Token)...)
	if v.Period != "2026-05" || len(v.Items) != 1 || len(v.Departments) != 1 {
		t.Fatalf("%+v", v)
	}
	for _, u := range []SupervisedUnit{v.Items[0], v.Departments[0]} {
		if u.Done != 1 || u.OnTime != 1 || u.Days != 1 || u.Promised <= 1 || u.Open != 1 || u.Name["en"] == "" {
			t.Errorf("%+v", u)
		}
	}
	if len(v.Lines) != 1 || v.Lines[0].Stage != hall.StageComplete || v.Lines[0].Whole.Kind != hall.ClockDelivery || v.Lines[0].Step.Kind != hall.ClockStep {
		t.Errorf("%+v", v.Lines)
	}
}

// twoCentresRemindOnce: with two centres over one database each reminder comes
// once, whatever is done again.
func twoCentresRemindOnce(t *testing.T) {
	o := newOutside(t)
	o.second()
	id := o.open("open-shop")
	o.receive(id, "01")
	o.clock.forward(4 * 24 * time.Hour)
	eventually(t, "the reminder", func() bool { k := o.kase(id); return k.Reminded() == 1 })
	o.again(t, hall.EffectDeadline)
	eventually(t, "the deadlines are done once more", func() bool {
		due, err := o.c.writer.DueEffects(t.Context(), o.c.now(), 10)
		return err == nil && len(due) == 0
	})
	if k := o.kase(id); k.Reminded() != 1 || k.Reminders[0].Kind != hall.ReminderStepWarn || k.Reminders[0].By != hall.BySystem {
		t.Errorf("%+v", k.Reminders)
	}
}
