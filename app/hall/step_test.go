package hall

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestKindTable(t *testing.T) {
	seen := map[Kind]bool{}
	for _, k := range Kinds() {
		if seen[k.Kind] || rules[k.Kind] == nil || k.Schema < 1 || len(k.Roles) == 0 || len(k.Terminals) == 0 || k.Aggregate == "" {
			t.Errorf("row of %s is not whole", k.Kind)
		}
		if k.Lane != "hall" && k.Lane != "shared" {
			t.Errorf("%s: lane %q", k.Kind, k.Lane)
		}
		if k.Offline != (k.Nature == Witness) {
			t.Errorf("%s: only what has happened can be done without the writer", k.Kind)
		}
		seen[k.Kind] = true
	}
	if len(seen) != len(rules) {
		t.Errorf("%d kinds, %d rules", len(seen), len(rules))
	}
	witnesses := []Kind{TakeTicket, CheckIn, SlipPrinted, Rate, OpenCase, ReceiveCase, ApplyCase, HandIn,
		SignOut, SignIn, SignOutUndone, SignInUndone, ReturnOut, ReturnIn, FilePaper, OpenConsignment, SendConsignment, CloseConsignment, CollectCase}
	for _, k := range Kinds() {
		if (k.Nature == Witness) != slices.Contains(witnesses, k.Kind) {
			t.Errorf("%s is a %s", k.Kind, k.Nature)
		}
	}
	for _, c := range []struct {
		kind     Kind
		role     Role
		terminal string
		may      bool
	}{
		{TakeTicket, RoleCitizen, AtKiosk, true},
		{TakeTicket, RoleCitizen, "display", false},
		{CallNext, RoleClerk, AtCounter, true},
		{CallNext, RoleClerk, AtKiosk, false},
		{CallNext, RoleCitizen, AtCounter, false},
		{Rate, RoleCitizen, AtEvaluator, true},
		{Rate, RoleClerk, AtCounter, false}, // never by the clerk's side
		{CloseDay, RoleSystem, AtCentre, true},
		{CloseDay, RoleHallManager, AtCentre, false},
		{PublishCatalogue, RoleClerk, AtCentre, false},
		{SignOut, RoleSignOut, AtStation, true},
		{SignOut, RoleSignIn, AtStation, false},
		{SignOut, RoleSignOut, AtKiosk, false},
		{SignIn, RoleSignIn, AtCounter, true},
		{SignIn, RoleCourier, AtStation, false},
		{SendConsignment, RoleCourier, AtStation, true},
		{AcceptCase, RoleClerk, AtCounter, true},
		{AcceptCase, RoleCitizen, AtKiosk, false},
		{SubmitCase, RoleCitizen, AtKiosk, true},
		{CancelCase, RoleCitizen, "display", false},
		{ShareAnswered, RoleClerk, AtCounter, false},
		{MaterialArrived, RoleSystem, AtCentre, true},
		{ApproveStep, RoleApprover, AtCentre, true},
		{ApproveStep, RoleClerk, AtKiosk, false},
		{ApproveStep, RoleClerk, AtCounter, true}, // what the item lets the window handle
		{BeginSpecial, RoleApprover, AtCentre, false},
		{BeginSpecial, RoleSpecialApprover, AtCentre, true},
		{DecideCase, RoleApprover, AtCentre, true},
		{DecideCase, RoleApprover, AtCounter, true}, // at a desk of the office
		{DecideCase, RoleClerk, AtCounter, false},   // a window does no more than handle
		{BeginSpecial, RoleSpecialApprover, AtCounter, true},
		{BeginSpecial, RoleClerk, AtCounter, false},
		{EndSpecial, RoleClerk, AtCounter, false},
		{ExtendCase, RoleClerk, AtCounter, false},
		{TransferCase, RoleClerk, AtCounter, false},
		{DecideCase, RoleApprover, AtStation, false},
		{DecideCase, RoleApprover, AtKiosk, false},
		{DecideVoid, RoleClerk, AtCounter, false}, // never by the counter alone
		{DecideInstant, RoleClerk, AtCounter, true},
		{CollectCase, RoleCourier, AtStation, true},
		{CollectCase, RoleCitizen, AtKiosk, false},
		{"demolish", RoleSysAdmin, AtCentre, false},
	} {
		if May(c.kind, c.role, c.terminal) != c.may {
			t.Errorf("%s by %s at %s: may %v", c.kind, c.role, c.terminal, !c.may)
		}
	}
}

// The half-day of one person with and one without an appointment.
func TestHalfDay(t *testing.T) {
	m := newMemory()
	m.book(t, "AP1", "09:30")
	ordinary := m.issue(t, "social", ClassOrdinary)
	m.now = at("09:10")
	body := CheckInBody{TakeTicketBody: m.slip(t, "social", ClassAppointment), Appointment: "AP1", Way: "card"}
	m.must(t, m.op(CheckIn, body.Number, citizen, "kiosk-1", body))
	if a := load[Appointment](t, m, EntityAppointment, "AP1"); a.State != CheckedIn || a.Ticket != body.Number {
		t.Errorf("appointment %s with ticket %s", a.State, a.Ticket)
	}
	m.open(t, "1", "S1")
	first := m.next(t, "1", "S1")
	if first.ID != body.Number || fmt.Sprint(first.Why) != fmt.Sprint(text(WhyAppointmentFirst, "slot", "09:30", "before", ordinary)) {
		t.Fatalf("called %s because %v", first.ID, first.Why)
	}
	m.now = at("09:11")
	m.must(t, m.act(Recall, first.ID, "1", "S1"))
	m.must(t, m.act(StartService, first.ID, "1", "S1"))
	m.idle(t, m.act(StartService, first.ID, "1", "S1"))
	m.now = at("09:20")
	m.must(t, m.act(FinishService, first.ID, "1", "S1"))
	m.idle(t, m.act(FinishService, first.ID, "1", "S1"))
	done := m.ticket(t, first.ID)
	if done.State != TicketDone || done.Calls != 2 || !done.FirstCalledAt.Equal(at("09:10")) || !done.CalledAt.Equal(at("09:11")) || done.Staff != "S1" {
		t.Errorf("done ticket %+v", done)
	}
	if a := load[Appointment](t, m, EntityAppointment, "AP1"); a.State != Completed {
		t.Errorf("appointment %s", a.State)
	}
	m.must(t, m.op(Rate, first.ID, citizen, "counter-1", RateBody{Level: 2, Channel: "evaluator"}))
	m.idle(t, m.op(Rate, first.ID, citizen, "counter-1", RateBody{Level: 5, Channel: "evaluator"}))
	r := load[Rating](t, m, EntityRating, first.ID)
	if r.Level != 2 || r.Staff != "S1" || r.Window != "1" || r.Number != body.Number {
		t.Errorf("rating %+v", r)
	}
	if next := m.serve(t, "1", "S1"); next.ID != ordinary {
		t.Errorf("then %s", next.ID)
	}
	m.must(t, m.op(Rate, ordinary, device, "counter-1", RateBody{Channel: "evaluator"}))
	if r := load[Rating](t, m, EntityRating, ordinary); r.Level != NotRated {
		t.Errorf("no key gives level %d", r.Level)
	}
}

func TestMalformedAndForeign(t *testing.T) {
	m := newMemory()
	op := m.op(CallNext, "1", clerk("S1"), "counter-1", CallNextBody{})
	for _, c := range []struct {
		name, code string
		change     func(*Op)
	}{
		{"broken body", "malformed", func(o *Op) { o.Body = json.RawMessage(`{`) }},
		{"no body", "malformed", func(o *Op) { o.Body = nil }},
		{"body of another shape", "malformed", func(o *Op) { o.Body = json.RawMessage(`{"ticket":7}`) }},
		{"no entity", "malformed", func(o *Op) { o.Entity = "" }},
		{"endless entity", "malformed", func(o *Op) { o.Entity = strings.Repeat("x", 129) }},
		{"unknown kind", "unknown_kind", func(o *Op) { o.Kind = "demolish" }},
		{"newer schema", "newer_schema", func(o *Op) { o.Schema = 2 }},
		{"another hall", "other_hall", func(o *Op) { o.Hall = "37020001" }},
		{"another lane", "other_hall", func(o *Op) { o.Lane = "hall/37020001" }},
		{"shared kind in a hall's lane", "malformed", func(o *Op) { o.Kind = EnrolTerminal }},
	} {
		bad := op
		c.change(&bad)
		out := m.do(t, bad)
		if out.Status != Rejected || out.Reason.Code != c.code {
			t.Errorf("%s: %s %v, want %s", c.name, out.Status, out.Reason, c.code)
		}
	}
	m.cat = nil
	m2 := *m
	if out, err := Step(&m2, op, Context{Now: m.now}); err != nil || out.Reason.Code != "no_catalogue" {
		t.Errorf("without a catalogue: %v %v", out.Reason, err)
	}
}

// broken is a World that cannot be read.
type broken struct{ *memory }

var errDisk = errors.New("disk")

func (broken) Entity(EntityKind, string) (json.RawMessage, bool, error) { return nil, false, errDisk }

func TestUnreadableWorldIsAnErrorNotAVerdict(t *testing.T) {
	m := newMemory()
	for _, k := range Kinds() {
		body := map[string]any{}
		entity := "1"
		switch k.Kind {
		case PublishCatalogue:
			body["catalogue"], entity = m.cat, m.cat.Code
		case EnrolTerminal:
			body["role"] = AtKiosk
		case Book:
			for _, f := range []string{"id_lookup", "phone_look", "code_look", "person_look"} {
				body[f] = "x"
			}
		case LeaseNumbers:
			entity = SeriesID("A", today)
			body["series"], body["group"], body["day"], body["count"] = entity, "social", today, 1
		case TakeTicket, CheckIn:
			body = map[string]any{"number": "A001", "seq": 1, "day": today, "group": "social", "lease": "l", "class": "ordinary"}
		case SlipPrinted:
			body["outcome"] = "failed"
		case Rate:
			body["channel"] = "qr"
		case PostNotice:
			body["notice"], entity = aNotice("n1"), m.cat.Code
		case WithdrawNotice:
			body["id"], entity = "n1", m.cat.Code
		case CloseDay:
			continue // reads the queue alone
		}
		op := m.op(k.Kind, entity, clerk("S1"), "counter-1", body)
		op.Sealed = []byte("sealed")
		out, err := Step(broken{m}, op, Context{Now: m.now, Row: 1})
		if !errors.Is(err, errDisk) || len(out.Changes) != 0 {
			t.Errorf("%s: %s %v %v", k.Kind, out.Status, out.Reason, err)
		}
	}
}

// Step gives the same outcome every time, and writes nothing by itself.
func TestStepIsPure(t *testing.T) {
	m := newMemory()
	for range 5 {
		m.issue(t, "social", ClassOrdinary)
	}
	m.open(t, "1", "S1")
	op := m.op(CallNext, "1", clerk("S1"), "counter-1", CallNextBody{})
	ctx := Context{Now: m.now, Row: m.row + 1}
	before := fmt.Sprint(m.entities, m.row)
	one, err := Step(m, op, ctx)
	if err != nil {
		t.Fatal(err)
	}
	two, err := Step(m, op, ctx)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(one)
	b, _ := json.Marshal(two)
	if string(a) != string(b) || fmt.Sprint(m.entities, m.row) != before {
		t.Error("the same operation was decided in two ways, or changed the world")
	}
}
