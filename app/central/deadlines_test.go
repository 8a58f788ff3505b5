package central

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"

	"hallway/app/central/departments"
	"hallway/app/central/depsim"
	"hallway/app/hall"
)

// The three clocks of a case and that of a paper whose sign-out never came:
// each fires, each once, whatever is started again in between.
func TestClocksOfCasesFireOnce(t *testing.T) {
	o := newOutside(t, police("yes", depsim.Never))
	if _, err := o.c.store.db.ExecContext(t.Context(), `INSERT INTO central_credential (staff, hash, failures, locked_until, changed_at) VALUES ('3001', $1, 0, 0, 0)`, testHash()); err != nil {
		t.Fatal(err)
	}
	id := o.open("house-transfer")
	o.must(hall.HandIn, id, hall.HandInBody{Material: "M07", Way: hall.MethodOriginal})
	o.choose(id, "M02", hall.MethodEShare)
	o.becomes(id, "M02", hall.MaterialEWait)
	o.choose(id, "M04", hall.MethodPaper)
	o.becomes(id, "M04", hall.MaterialWaitOut)
	o.receive(id, "07")
	o.must(hall.AcceptCase, id, hall.AcceptCaseBody{Edit: o.edit(id)})
	number := o.kase(id).Number
	label := hall.Label{Number: number, Material: "M04", Attempt: 1}
	notice := o.noticeOf(t, label.ID())
	if notice.Department != "housing" || notice.State != depsim.Told || notice.Material != "M04" {
		t.Errorf("%+v", notice)
	}

	in := o.signIn("3001", "station-hall-1")
	receiver := hall.Actor{Kind: hall.ActorStaff, ID: "3001", Role: hall.RoleSignIn, Session: in.ID}
	(&term{b: o.bed, id: "station-hall-1"}).do(hall.SignIn, label.ID(), receiver, hall.ScanBody{Label: hall.EncodeLabel(label), Copies: 1})
	paper := func() hall.Paper {
		p, _, err := hall.Load[hall.Paper](o.c.writer.HallWorld(t.Context(), hallOfTests), hall.EntityPaper, label.ID())
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, step := range []struct {
		after time.Duration
		what  string
		fired func() bool
	}{
		{31 * time.Minute, "paper_unmatched", func() bool { return paper().Attention }},
		{4 * time.Hour, "material_due", func() bool { return o.material(id, "M02").State == hall.MaterialTimeout }},
		{20 * time.Hour, "case_overdue", func() bool { return o.kase(id).Overdue }},
		{10 * 24 * time.Hour, "paper_due", func() bool { return o.material(id, "M04").State == hall.MaterialTimeout }},
	} {
		if step.fired() {
			t.Fatalf("%s came too early", step.what)
		}
		o.clock.forward(step.after)
		eventually(t, step.what, step.fired)
	}
	eventually(t, "every effect is done", func() bool {
		due, err := o.c.writer.DueEffects(t.Context(), o.c.now(), 10)
		return err == nil && len(due) == 0
	})
	row, _, err := o.c.writer.Head(t.Context(), o.c.hallLane())
	if err != nil {
		t.Fatal(err)
	}
	o.again(t, hall.EffectDeadline) // as if the centre had stopped before noting any of them
	o.restart()
	eventually(t, "the deadlines are done once more", func() bool {
		due, err := o.c.writer.DueEffects(t.Context(), o.c.now(), 10)
		return err == nil && len(due) == 0
	})
	if after, _, err := o.c.writer.Head(t.Context(), o.c.hallLane()); err != nil || after != row {
		t.Errorf("deadlines were written again: row %d, then %d (%v)", row, after, err)
	}
	for act, want := range map[string]int{"material_timeout": 2, "case_overdue": 1} {
		var n int
		if err := o.c.store.db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM central_audit WHERE act = $1`, act).Scan(&n); err != nil || n != want {
			t.Errorf("%s is %d times in the trail, want %d: %v", act, n, want, err)
		}
	}
	// Late, and still welcome: the attempt is the newest, and it is marked.
	o.delivered(t, hall.RequestID(id, "M02", 1), depsim.AtOnce, departments.CodeLate)
	if m := o.material(id, "M02"); m.State != hall.MaterialDone || !m.Attempts[0].Late {
		t.Errorf("%+v", m)
	}
}

// noticeOf waits for the notice of a paper.
func (o *outside) noticeOf(t *testing.T, paper string) depsim.Request {
	t.Helper()
	var found depsim.Request
	eventually(t, "the department is told of "+paper, func() bool {
		st, err := o.sim.State(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(st.Requests, func(r depsim.Request) bool { return r.Kind == depsim.KindNotice && slices.Contains(r.Papers, paper) })
		if i >= 0 {
			found = st.Requests[i]
		}
		return i >= 0
	})
	return found
}

// A paper that is not wanted any more is withdrawn from its department.
func TestNoticeIsWithdrawn(t *testing.T) {
	o := newOutside(t)
	id := o.open("house-transfer")
	o.must(hall.HandIn, id, hall.HandInBody{Material: "M07", Way: hall.MethodOriginal})
	o.must(hall.HandIn, id, hall.HandInBody{Material: "M02", Way: hall.MethodOriginal})
	o.choose(id, "M04", hall.MethodPaper)
	o.becomes(id, "M04", hall.MaterialWaitOut)
	o.receive(id, "07")
	o.must(hall.AcceptCase, id, hall.AcceptCaseBody{Edit: o.edit(id)})
	notice := o.noticeOf(t, hall.Label{Number: o.kase(id).Number, Material: "M04", Attempt: 1}.ID())
	o.must(hall.CancelCase, id, hall.CancelCaseBody{Edit: o.edit(id)})
	o.asked(notice.ID, func(r depsim.Request) bool { return r.State == depsim.Withdrawn })
	o.leanMessages(t, []string{"request", "subject", "item", "material", "method", "papers", "requests"})
}

// The contract that departments are given is the one that is served.
func TestContractIsCurrent(t *testing.T) {
	const file = "departments/openapi.json"
	doc, err := departments.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, doc, "", " "); err != nil {
		t.Fatal(err)
	}
	pretty.WriteByte('\n')
	if os.Getenv("HALLWAY_WRITE") != "" {
		if err := os.WriteFile(file, pretty.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(have, pretty.Bytes()) {
		t.Errorf("%s is not what is served (%v): HALLWAY_WRITE=1 go test ./app/central -run TestContractIsCurrent", file, err)
	}
}
