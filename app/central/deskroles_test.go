package central

import (
	"fmt"
	"slices"
	gosync "sync"
	"testing"

	"hallway/app/hall"
	"hallway/frontend"
	"hallway/sync"
)

// A counter program is for clerks and for who decides the cases; whom a case is
// for is shown to them there, and to nobody else.
func TestWhoWorksOnCasesAtACounter(t *testing.T) {
	counter := &TerminalConfig{ID: "counter-1", Role: "counter"}
	for role, may := range map[hall.Role]bool{hall.RoleClerk: true, hall.RoleApprover: true, hall.RoleSpecialApprover: true,
		hall.RoleHallManager: false, hall.RoleCourier: false, hall.RoleSignIn: false, hall.RoleSysAdmin: false} {
		staff := hall.Staff{ID: "1", Roles: []hall.Role{role}}
		if got := mayUse(staff, counter) == nil; got != may {
			t.Errorf("%s signs in: %t", role, got)
		}
		p := principal{terminal: counter, session: &liveSession{terminal: counter.ID, staff: staff}}
		for _, route := range []string{"caseApplicant", "caseWords", "caseOpinions"} {
			if got := permissions[route].decide(p) == nil; got != may {
				t.Errorf("%s at %s: %t", role, route, got)
			}
		}
		if got := permissions["ticketPerson"].decide(p) == nil; got != (role == hall.RoleClerk) {
			t.Errorf("%s sees who has a ticket: %t", role, got)
		}
	}
}

// The answer to who is signed in allows an act exactly where the centre does it for
// them: nobody is offered what is refused.
func TestActsAreThoseThatAreAllowed(t *testing.T) {
	b := newBed(t)
	may := map[string][]string{
		"9001": {"postNotice", "readmitTerminal", "revokeTerminal", "withdrawNotice"},
		"9002": {"readmitTerminal", "revokeTerminal"},
		"9003": {"remindCase"},
		"1001": nil,
	}
	paths := map[string]string{"postNotice": "/notices", "withdrawNotice": "/notices/none/withdraw", "revokeTerminal": "/terminals/none/revoke",
		"readmitTerminal": "/terminals/none/readmit", "remindCase": "/supervision/none/remind"}
	for staff, want := range may {
		s := b.signIn(staff, "")
		var me Me
		b.want(200, "GET", "/central/v1/me", nil, &me, bearer(s.Token)...)
		var got []string
		for _, act := range me.Acts {
			if act.Why == nil {
				got = append(got, act.Act)
			} else if act.Why.Code != "forbidden" {
				t.Errorf("%s: %s because of %s", staff, act.Act, act.Why.Code)
			}
			status, _ := b.call("POST", "/central/v1/manager"+paths[act.Act], "{}", bearer(s.Token)...)
			if refused := status == 403; refused != (act.Why != nil) {
				t.Errorf("%s is offered %s: %t, and the centre answers %d", staff, act.Act, act.Why == nil, status)
			}
		}
		if slices.Sort(got); len(me.Acts) != len(paths) || !slices.Equal(got, want) {
			t.Errorf("%s may %v, want %v", staff, got, want)
		}
	}
}

// Two desks decide one case at the same moment: one decision counts, and the other
// desk is told that the case is another by now, in words of every language.
func TestTwoDesksOnOneCaseAtOnce(t *testing.T) {
	b := newBed(t)
	desks := map[string]*term{"4003": {b: b, id: "counter-1"}, "4004": {b: b, id: "counter-2"}}
	clerks := &term{b: b, id: "counter-3"}
	s := b.signIn("1001", "counter-3")
	actors := map[string]hall.Actor{}
	for staff, desk := range desks {
		if _, err := b.c.store.db.ExecContext(t.Context(), `INSERT INTO central_credential (staff, hash, failures, locked_until, changed_at) VALUES ($1, $2, 0, 0, 0)`, staff, testHash()); err != nil {
			t.Fatal(err)
		}
		actors[staff] = hall.Actor{Kind: hall.ActorStaff, ID: staff, Role: hall.RoleApprover, Session: b.signIn(staff, desk.id).ID}
	}
	for n := range 6 {
		id := fmt.Sprint("case-", n)
		clerks.approved(id, s)
		edit := b.version(id)
		verdicts, start := map[string]*sync.Verdict{}, make(chan struct{})
		var acting gosync.WaitGroup
		for staff, body := range map[string]hall.DecideCaseBody{
			"4003": {Edit: edit, Result: hall.DecisionGranted},
			"4004": {Edit: edit, Result: hall.DecisionDenied, Reason: "conditions_not_met"},
		} {
			desk, v := desks[staff], &sync.Verdict{}
			push := desk.batch(hall.DecideCase, id, actors[staff], body, b.sealer(hall.DecideCase, inWords("reasons")))
			verdicts[staff] = v
			acting.Go(func() {
				<-start
				*v = desk.push(push)
			})
		}
		close(start)
		acting.Wait()
		c := b.caseOf(id)
		winner := c.Decision.By
		for staff, v := range verdicts {
			want := sync.Verdict{Status: hall.Applied}
			if staff != winner {
				want = sync.Verdict{Status: hall.Rejected, Reason: hall.Text{Code: "case_updated"}}
			}
			if v.Status != want.Status || v.Reason.Code != want.Reason.Code {
				t.Errorf("%s: %s decided, %s has %s %s", id, winner, staff, v.Status, v.Reason.Code)
			}
		}
		if len(c.Approval.Steps) != 3 || c.Version != edit.Version+1 || c.State != hall.CaseDecided {
			t.Errorf("%s: %+v", id, c.Approval)
		}
	}
	for _, locale := range frontend.Locales() {
		if !frontend.Has(locale, "reason.case_updated") {
			t.Errorf("%s has no words for it", locale)
		}
	}
}
