package central

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// caseOf reads a case.
func (b *bed) caseOf(id string) hall.Case {
	b.t.Helper()
	c, ok, err := hall.Load[hall.Case](b.c.writer.HallWorld(b.t.Context(), b.c.hallCode), hall.EntityCase, id)
	if err != nil || !ok {
		b.t.Fatalf("case %s: %t %v", id, ok, err)
	}
	return c
}

// propose does an operation of the system.
func (b *bed) propose(kind hall.Kind, entity, id string, body any) {
	b.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		b.t.Fatal(err)
	}
	v, err := b.c.writer.Propose(b.t.Context(), hall.Op{ID: hall.OpID(id), Kind: kind, Schema: 1, Hall: b.c.hallCode, Entity: entity,
		Actor: hall.Actor{Kind: hall.ActorSystem, Role: hall.RoleSystem}, Body: raw})
	if err != nil || v.Status != hall.Applied {
		b.t.Fatalf("%s of %s: %+v %v", kind, entity, v, err)
	}
}

// share asks a department for a material and lets it answer yes.
func (d *term) share(id, material string, method hall.Method, s Session) {
	d.b.t.Helper()
	d.do(hall.ChooseSharing, id, clerk(s), hall.ChooseSharingBody{Edit: hall.Edit{Version: d.b.caseOf(id).Version}, Material: material, Method: method})
	c := d.b.caseOf(id)
	m, _ := c.Material(material)
	d.b.propose(hall.ShareAnswered, id, "answer-"+id+material, hall.ShareAnsweredBody{Material: material, Ask: m.Ask.Op, Answer: "yes"})
}

// pend brings a case of open-shop into 受理中, and gives its number.
func (d *term) pend(id string, s Session) string {
	d.b.t.Helper()
	d.b.openCase(id, "open-shop", personA, s)
	number := d.receive(id, "01", s)
	d.do(hall.HandIn, id, clerk(s), hall.HandInBody{Material: "M01", Way: hall.MethodOriginal})
	d.share(id, "M02", hall.MethodEShare, s)
	d.share(id, "M03", hall.MethodPaper, s)
	d.do(hall.AcceptCase, id, clerk(s), hall.AcceptCaseBody{Edit: hall.Edit{Version: d.b.caseOf(id).Version}})
	return number
}

// quiet stops what the centre does by itself, so that a test alone acts.
func (b *bed) quiet() {
	b.c.stop()
	b.c.work.Wait()
}

func TestManagerSeesCases(t *testing.T) {
	b := newBed(t, func(cfg *Config) {
		cfg.Terminals = append(cfg.Terminals,
			TerminalConfig{ID: "station-civil-1", Role: "station", Department: "civil", TokenSHA256: tokenHash("token-station-civil-1")},
			TerminalConfig{ID: "station-hall-1", Role: "station", TokenSHA256: tokenHash("token-station-hall-1")})
	})
	b.quiet()
	for _, id := range []string{"2001", "2101", "3001"} {
		if _, err := b.c.store.db.ExecContext(t.Context(), `INSERT INTO central_credential (staff, hash, failures, locked_until, changed_at) VALUES ($1, $2, 0, 0, 0)`, id, testHash()); err != nil {
			t.Fatal(err)
		}
	}
	s := b.signIn("1001", "counter-1")
	desk := &term{b: b, id: "counter-1"}
	view := func() ManagerCases {
		t.Helper()
		v, err := b.c.computeView(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		// Row after row gives what a fresh look gives.
		followed := v.Cases
		b.c.cases = &caseBooks{}
		fresh, err := b.c.managerCases(t.Context(), b.c.cat.Load(), v.Now)
		if err != nil || !reflect.DeepEqual(followed, fresh) {
			t.Fatalf("followed: %+v\nfresh:    %+v %v", followed, fresh, err)
		}
		return followed
	}
	if v := view(); len(v.Counts) != 0 || len(v.Departments) != 4 {
		t.Errorf("before anything: %+v", v)
	}
	number := desk.pend("case-1", s)
	desk.pend("case-2", s)
	b.openCase("case-3", "open-shop", personB, s)
	v := view()
	if !reflect.DeepEqual(v.Counts, []ManagerCaseCount{{hall.CaseDraft, 1}, {hall.CasePending, 2}}) || v.Papers.Waiting != 2 || len(v.Pending) != 0 {
		t.Errorf("two wait: %+v", v)
	}
	for _, d := range v.Departments {
		want := map[string]int{"civil": 2, "police": 2}[d.ID]
		if d.Open != want || d.Overdue != 0 || d.Name["en"] == "" {
			t.Errorf("%+v, want %d open", d, want)
		}
	}

	// Out at the department on a trip; who never signed in there moves nothing.
	out := b.signIn("2001", "station-civil-1")
	officer := hall.Actor{Kind: hall.ActorStaff, ID: "2001", Role: hall.RoleSignOut, Session: out.ID}
	station := &term{b: b, id: "station-civil-1"}
	station.do(hall.OpenConsignment, "trip-1", officer, hall.OpenConsignmentBody{Department: "civil"})
	papers := []hall.Label{{Number: number, Material: "M03", Attempt: 1}, {Number: b.caseOf("case-2").Number, Material: "M03", Attempt: 1}}
	scan := func(d *term, kind hall.Kind, l hall.Label, a hall.Actor) sync.Verdict {
		return d.do(kind, l.ID(), a, hall.ScanBody{Label: hall.EncodeLabel(l), Consignment: map[hall.Kind]string{hall.SignOut: "trip-1"}[kind]})
	}
	ghost := officer
	ghost.Session = "never-given"
	if r := scan(station, hall.SignOut, papers[0], ghost); !strings.Contains(string(r.Result), hall.FaultNoSession) {
		t.Errorf("a session that was never given moves paper: %s", r.Result)
	}
	scan(station, hall.SignOut, papers[0], officer)
	scan(station, hall.SignOut, papers[1], officer)
	b.want(204, "DELETE", "/central/v1/sessions", nil, nil, bearer(out.Token)...)
	// Offline scans come after the session has ended; they count.
	station.do(hall.SendConsignment, "trip-1", officer, hall.SendConsignmentBody{Courier: "2002"})
	v = view()
	if v.Papers.InTransit != 2 || v.Papers.Waiting != 0 || len(v.Trips) != 1 || v.Trips[0].Papers != 2 || v.Trips[0].Missing != 2 || v.Trips[0].Name["en"] == "" {
		t.Errorf("on the road: %+v", v)
	}
	in := b.signIn("3001", "station-hall-1")
	receiver := hall.Actor{Kind: hall.ActorStaff, ID: "3001", Role: hall.RoleSignIn, Session: in.ID}
	scan(&term{b: b, id: "station-hall-1"}, hall.SignIn, papers[0], receiver)
	if v = view(); v.Papers.AtCounter != 1 || v.Trips[0].Missing != 1 {
		t.Errorf("one is in: %+v", v)
	}

	// Nobody answers: the deadline, the anomaly, the department that is late.
	b.clock.forward(5 * time.Hour)
	c := b.caseOf("case-2")
	m, _ := c.Material("M02")
	a, _ := m.Newest()
	b.propose(hall.MaterialDue, "case-2", "due-1", hall.AttemptBody{Material: "M02", Attempt: a.No})
	v = view()
	if len(v.Pending) != 1 || v.Pending[0].Number != c.Number || v.Pending[0].Summary != hall.MaterialTimeout || len(v.Pending[0].Anomaly) != 1 {
		t.Errorf("pending with an anomaly: %+v", v.Pending)
	}
	for _, d := range v.Departments {
		if d.ID == "police" && (d.Open != 2 || d.Overdue != 1) {
			t.Errorf("police: %+v", d)
		}
	}
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{personA.name, personA.number, "owner", "林小满", "1001"} {
		if strings.Contains(string(raw), secret) {
			t.Errorf("%q is on the manager's page", secret)
		}
	}
}

// Who may work at a station.
func TestStationSignIn(t *testing.T) {
	member := func(department string, roles ...hall.Role) hall.Staff {
		return hall.Staff{ID: "1", Department: department, Roles: roles}
	}
	civil, ours := &TerminalConfig{Role: "station", Department: "civil"}, &TerminalConfig{Role: "station"}
	for _, tc := range []struct {
		name string
		who  hall.Staff
		at   *TerminalConfig
		code string
	}{
		{"sign-out officer", member("civil", hall.RoleSignOut), civil, ""},
		{"courier", member("civil", hall.RoleCourier), civil, ""},
		{"officer of another department", member("police", hall.RoleSignOut), civil, "wrong_department"},
		{"clerk", member("", hall.RoleClerk), civil, "not_an_officer"},
		{"sign-in officer at a department", member("", hall.RoleSignIn), civil, "not_an_officer"},
		{"sign-in officer", member("", hall.RoleSignIn), ours, ""},
		{"courier in the hall", member("civil", hall.RoleCourier), ours, ""},
		{"manager in the hall", member("", hall.RoleHallManager), ours, ""},
		{"sign-out officer in the hall", member("civil", hall.RoleSignOut), ours, "not_an_officer"},
		{"clerk in the hall", member("", hall.RoleClerk), ours, "not_an_officer"},
	} {
		err := mayUse(tc.who, tc.at)
		code := ""
		if p, ok := err.(*Problem); ok {
			code = p.Code
		}
		if code != tc.code {
			t.Errorf("%s: %q, want %q", tc.name, code, tc.code)
		}
	}
}
