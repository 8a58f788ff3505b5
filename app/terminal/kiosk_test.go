package terminal

import (
	"context"
	"encoding/json"
	"runtime"
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/app/print"
	"hallway/app/store"
	"hallway/devices"
	"hallway/devices/idcard"
	"hallway/devices/printer"
	"hallway/devices/scanner"
)

// the synthetic people of the tests (standards §1.1).
const (
	docZhang  = "11010519491231002X"
	docLi     = "440524188001010014"
	nameZhang = "张三丰"
)

type kioskRig struct {
	*Kiosk
	t       *testing.T
	w       *world
	store   *fakeStore
	line    *fakeLine
	clock   *clock
	reader  fakeReader
	scanner fakeScanner
	printer *fakePrinter
	voice   *fakeVoice // nil: none
	texts   Texts
	slips   []print.Slip
	cases   *fakeProgress
}

func newKioskRig(t *testing.T, adjust func(*kioskRig)) *kioskRig {
	t.Helper()
	r := &kioskRig{t: t, w: newWorld(), line: &fakeLine{}, clock: &clock{t: at("10:00")}, cases: &fakeProgress{}}
	r.store = newFakeStore(r.w, "kiosk-1", r.clock.now)
	r.reader = fakeReader{fakeDevice: newFake("idcard", devices.KindIDCard), events: make(chan idcard.Event)}
	r.scanner = fakeScanner{newFake("scanner", devices.KindScanner), make(chan scanner.Scan)}
	r.printer = &fakePrinter{fakeDevice: newFake("printer", devices.KindPrinter), outcome: printer.Confirmed}
	if adjust != nil {
		adjust(r)
	}
	devs := devicesOf(r.reader, r.scanner, r.printer)
	if r.voice != nil {
		devs = devicesOf(r.reader, r.scanner, r.printer, r.voice)
	}
	config := Config{Role: RoleKiosk, Terminal: "kiosk-1", Locale: "zh-Hans", Kiosk: KioskConfig{IdleSeconds: 90, WarnSeconds: 30}}
	var slips = make(chan print.Slip, 100)
	r.Kiosk = NewKiosk(Deps{Config: config, Store: r.store, Uplink: r.line, Devices: devs, Clock: r.clock.now, Tick: 10 * time.Millisecond, Progress: r.cases, Texts: r.texts},
		func(s print.Slip) printer.Document { slips <- s; return printer.Document{Title: s.Number} })
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Kiosk.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		close(slips)
		for s := range slips {
			r.slips = append(r.slips, s)
		}
		if v := r.View(); v.Session != nil && r.s != nil {
			t.Error("a session is left after the end")
		}
	})
	eventually(t, "the first view", func() bool { return len(r.View().Groups) == 2 })
	return r
}

func (r *kioskRig) place(number string) {
	r.reader.events <- idcard.Event{At: r.clock.now(), Card: &idcard.Card{Kind: idcard.Resident, Name: nameZhang, Number: number,
		NumberOK: true, ValidFrom: "20200101", ValidUntil: "20400101", Photo: make([]byte, 8)}}
}

func (r *kioskRig) scan(text string) {
	r.scanner.scans <- scanner.Scan{At: r.clock.now(), Raw: []byte(text), Text: text}
}

func (r *kioskRig) phase(want string) *KioskSession {
	r.t.Helper()
	eventually(r.t, "phase "+want, func() bool { s := r.View().Session; return s != nil && s.Phase == want })
	return r.View().Session
}

func (r *kioskRig) notice(code string) *KioskSession {
	r.t.Helper()
	eventually(r.t, "notice "+code, func() bool {
		s := r.View().Session
		return s != nil && s.Notice != nil && s.Notice.Code == code
	})
	return r.View().Session
}

func codeOf(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	p := AsProblem(err)
	if p.Why != nil {
		return p.Code + "/" + p.Why.Code
	}
	return p.Code
}

func TestCardToSlip(t *testing.T) {
	r := newKioskRig(t, nil)
	a := r.w.book(t, "AP1", "10:00", docZhang, "13800000000", "123456", "SECRET")
	r.place(docZhang)
	s := r.phase(phaseChoose)
	if len(s.Appointments) != 1 || s.Appointments[0].Outcome != "on_time" || !s.Appointments[0].CheckIn.Allowed {
		t.Fatalf("appointments: %+v", s.Appointments)
	}
	if s.Person != "张*丰" {
		t.Errorf("person on the screen: %q, want it masked", s.Person)
	}
	for range 2 { // pressed twice: one number
		if err := r.CheckIn(context.Background(), CheckInRequest{Appointment: a.ID}); err != nil {
			t.Fatal(err)
		}
	}
	s = r.phase(phaseTicket)
	if s.Ticket.Number != "A001" || s.Ticket.Slip != "confirmed" || s.Ticket.Class != hall.ClassAppointment {
		t.Errorf("ticket: %+v", s.Ticket)
	}
	if got := len(r.w.kinds(hall.CheckIn)); got != 1 {
		t.Errorf("%d check-ins, want 1", got)
	}
	eventually(t, "slip_printed", func() bool { return len(r.w.kinds(hall.SlipPrinted)) == 1 })
	if len(r.store.sealed) != 1 || r.store.sealed[0].DocNo != docZhang {
		t.Error("the person is not in the sealed part of the operation")
	}
	for _, op := range r.w.ops {
		if raw, _ := json.Marshal(op); strings.Contains(string(raw), docZhang) || strings.Contains(string(raw), nameZhang) {
			t.Errorf("personal data in the clear part of %s", op.Kind)
		}
	}
	if err := r.End(context.Background()); err != nil {
		t.Fatal(err)
	}
	v, _ := json.Marshal(r.View())
	for _, word := range []string{docZhang, nameZhang, "张*丰", "AP1"} {
		if strings.Contains(string(v), word) {
			t.Errorf("%q is still in the view after the end", word)
		}
	}
}

func TestCardsThatDoNotWork(t *testing.T) {
	card := func(change func(*idcard.Card)) idcard.Event {
		c := &idcard.Card{Kind: idcard.Resident, Name: nameZhang, Number: docZhang, NumberOK: true, ValidFrom: "20200101", ValidUntil: "20400101"}
		change(c)
		return idcard.Event{Card: c}
	}
	for name, tc := range map[string]struct {
		ev     idcard.Event
		notice string
	}{
		"unreadable":     {idcard.Event{Err: idcard.ErrUnreadable}, "card_unreadable"},
		"unknown error":  {idcard.Event{Err: "whatever"}, "card_unreadable"},
		"other kind":     {idcard.Event{Err: idcard.ErrOtherKind}, "card_other_kind"},
		"suspect":        {idcard.Event{Err: idcard.ErrSuspect}, "card_suspect"},
		"bad number":     {card(func(c *idcard.Card) { c.NumberOK = false }), "card_bad_number"},
		"expired":        {card(func(c *idcard.Card) { c.ValidUntil = "20260301" }), "card_expired"},
		"unknown layout": {card(func(c *idcard.Card) { c.Kind = "library" }), "card_other_kind"},
		"no appointment": {card(func(*idcard.Card) {}), "no_appointment"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newKioskRig(t, nil)
			r.reader.events <- tc.ev
			r.notice(tc.notice)
			// and the person still gets a number
			if err := r.Take(context.Background(), TakeRequest{Group: "social", Item: "pension"}); err != nil {
				t.Fatal(err)
			}
			r.phase(phaseTicket)
		})
	}
}

func TestNoLineNoLookup(t *testing.T) {
	r := newKioskRig(t, nil)
	r.line.cut()
	r.store.mu.Lock()
	r.store.noKey = true
	r.store.mu.Unlock()
	r.place(docZhang)
	r.notice("lookup_offline")
	if code := codeOf(t, r.Phone(context.Background(), PhoneRequest{Phone: "13800000000", Code: "123456"})); code != "lookup_offline" {
		t.Errorf("phone without a key: %q", code)
	}
}

// What was booked since the line was cut is not here: nobody is told that there
// is no appointment.
func TestCutLineDeniesNoAppointment(t *testing.T) {
	ctx := context.Background()
	r := newKioskRig(t, nil)
	r.line.cut()
	r.place(docZhang)
	r.notice("lookup_offline")
	if err := r.End(ctx); err != nil {
		t.Fatal(err)
	}
	r.scan(hall.EncodeCode(hall.Code{Type: hall.CodeAppointment, Hall: testCatalogue().Code, Day: testDay, Value: "NEW"}))
	r.notice("lookup_offline")
	for range phoneTries - 1 {
		if code := codeOf(t, r.Phone(ctx, PhoneRequest{Phone: "13800000000", Code: "123456"})); code != "lookup_offline" {
			t.Fatalf("phone: %q", code)
		}
	}
	if code := codeOf(t, r.Phone(ctx, PhoneRequest{Phone: "13800000000", Code: "123456"})); code != "phone_locked" {
		t.Errorf("without a line codes may be guessed for ever: %q", code)
	}
}

// A kiosk that never met the centre knows no hall, so no code is another's.
func TestCodeBeforeTheFirstSync(t *testing.T) {
	r := newKioskRig(t, nil)
	r.line.cut()
	r.w.mu.Lock()
	r.w.cat = nil
	r.w.mu.Unlock()
	r.scan(hall.EncodeCode(hall.Code{Type: hall.CodeAppointment, Hall: "37010001", Day: testDay, Value: "X"}))
	r.notice("lookup_offline")
}

func TestTwoPeopleAreNeverMixed(t *testing.T) {
	r := newKioskRig(t, nil)
	r.w.book(t, "AP1", "10:00", docZhang, "13800000000", "123456", "S1")
	r.w.book(t, "AP2", "10:00", docLi, "13900000000", "654321", "S2")
	r.place(docZhang)
	first := r.phase(phaseChoose)
	r.place(docLi)
	eventually(t, "the question", func() bool { return r.View().Session.Other })
	s := r.View().Session
	if s.ID != first.ID || len(s.Appointments) != 1 || s.Appointments[0].ID != "AP1" {
		t.Fatalf("the first person's session changed: %+v", s)
	}
	if code := codeOf(t, r.CheckIn(context.Background(), CheckInRequest{Appointment: "AP2"})); code != "appointment_not_open" {
		t.Errorf("the first person could use the second's appointment: %q", code)
	}
	if err := r.Replace(context.Background(), ReplaceRequest{Accept: false}); err != nil {
		t.Fatal(err)
	}
	if s := r.View().Session; s.Other || s.ID != first.ID {
		t.Fatalf("after «go on»: %+v", s)
	}
	r.place(docLi)
	eventually(t, "the question again", func() bool { return r.View().Session.Other })
	if err := r.Replace(context.Background(), ReplaceRequest{Accept: true}); err != nil {
		t.Fatal(err)
	}
	s = r.phase(phaseChoose)
	if s.ID == first.ID || len(s.Appointments) != 1 || s.Appointments[0].ID != "AP2" {
		t.Fatalf("the second person's session: %+v", s)
	}
}

func TestNoNumberWhileThePaperIsOut(t *testing.T) {
	r := newKioskRig(t, nil)
	r.printer.fault(devices.Failed, "paper_end")
	eventually(t, "the fault in the view", func() bool {
		v := r.View()
		return !v.Issue.Allowed && v.Issue.Why.Code == "paper_end" && !v.Groups[0].Take.Allowed
	})
	if code := codeOf(t, r.Take(context.Background(), TakeRequest{Group: "social"})); code != "refused_now/paper_end" {
		t.Errorf("take without paper: %q", code)
	}
	if n := len(r.w.kinds(hall.TakeTicket)); n != 0 {
		t.Errorf("%d numbers were spent", n)
	}
	r.printer.fault(devices.Ready, "")
	eventually(t, "paper again", func() bool { return r.View().Issue.Allowed })
}

func TestWhatBecomesOfASlip(t *testing.T) {
	for outcome, notice := range map[printer.Outcome]string{printer.Confirmed: "", printer.Parsed: "",
		printer.NotPrinted: "slip_failed", printer.Unknown: "slip_unknown"} {
		t.Run(string(outcome), func(t *testing.T) {
			began := make(chan string, 2)
			r := newKioskRig(t, func(r *kioskRig) {
				r.printer.outcome = outcome
				r.printer.first = func(job string) {
					r.store.mu.Lock()
					defer r.store.mu.Unlock()
					began <- r.store.jobs[job]
				}
			})
			if err := r.Take(context.Background(), TakeRequest{Group: "tax"}); err != nil {
				t.Fatal(err)
			}
			if state := <-began; state != store.JobBegun {
				t.Errorf("the first byte goes out while the job is %s", state)
			}
			s := r.phase(phaseTicket)
			if s.Ticket.Slip != string(outcome) {
				t.Errorf("slip %q", s.Ticket.Slip)
			}
			if got := s.Notice; notice == "" && got != nil || notice != "" && (got == nil || got.Code != notice) {
				t.Errorf("notice %+v, want %q", got, notice)
			}
			eventually(t, "the outcome's operation", func() bool { return len(r.w.kinds(hall.SlipPrinted)) == 1 })
			tries := 1
			if outcome == printer.NotPrinted {
				tries = 2 // see TestSecondTry
			}
			if n := r.printer.jobs(); n != tries {
				t.Errorf("printed %d times", n)
			}
		})
	}
}

// A slow disk: the page says that the number is on its way, and pressing again
// takes no second one.
func TestANumberThatTakesLongIsShownToBeOnItsWay(t *testing.T) {
	hold := make(chan struct{})
	r := newKioskRig(t, func(r *kioskRig) { r.store.slow = hold })
	taken := make(chan error, 1)
	go func() { taken <- r.Take(context.Background(), TakeRequest{Group: "tax"}) }()
	r.phase(phasePrinting)
	if err := r.Take(context.Background(), TakeRequest{Group: "tax"}); err != nil {
		t.Error(err)
	}
	close(hold)
	if err := <-taken; err != nil {
		t.Fatal(err)
	}
	r.phase(phaseTicket)
	if n := r.printer.jobs(); n != 1 {
		t.Errorf("printed %d times", n)
	}
}

func TestSlipsOfBeforeARestart(t *testing.T) {
	r := newKioskRig(t, func(r *kioskRig) {
		issued, err := r.store.Issue(context.Background(), TicketDraft{Actor: citizenActor(), Group: "tax", Class: hall.ClassOrdinary})
		if err != nil {
			t.Fatal(err)
		}
		r.store.open = []Job{{ID: issued.Job, Ticket: issued.Ticket}}
	})
	eventually(t, "the outcome", func() bool { return len(r.w.kinds(hall.SlipPrinted)) == 1 })
	var body hall.SlipPrintedBody
	if err := json.Unmarshal(r.w.kinds(hall.SlipPrinted)[0].Body, &body); err != nil || body.Outcome != "confirmed" {
		t.Errorf("outcome %q, %v", body.Outcome, err)
	}
	if n := r.printer.jobs(); n != 1 {
		t.Errorf("printed %d times", n)
	}
	if s := r.phase(phaseTicket); s.Ticket.Number != "B001" {
		t.Errorf("shown: %+v", s.Ticket)
	}
}

// A job that has begun is somebody's who is printing it now: it is left alone.
func TestBegunJobIsNotPrintedAgain(t *testing.T) {
	r := newKioskRig(t, func(r *kioskRig) {
		for _, begun := range []bool{true, false} {
			issued, err := r.store.Issue(context.Background(), TicketDraft{Actor: citizenActor(), Group: "tax", Class: hall.ClassOrdinary})
			if err != nil {
				t.Fatal(err)
			}
			r.store.open = append(r.store.open, Job{ID: issued.Job, Ticket: issued.Ticket, Begun: begun})
		}
	})
	eventually(t, "the outcome", func() bool { return len(r.w.kinds(hall.SlipPrinted)) == 1 })
	if s := r.phase(phaseTicket); s.Ticket.Number != "B002" || r.printer.jobs() != 1 {
		t.Errorf("%d slips, shown: %+v", r.printer.jobs(), s.Ticket)
	}
}

func TestPhoneCodesAreLimited(t *testing.T) {
	r := newKioskRig(t, nil)
	r.w.book(t, "AP1", "10:00", docZhang, "13800000000", "123456", "S1")
	ctx := context.Background()
	if code := codeOf(t, r.Phone(ctx, PhoneRequest{Phone: "12", Code: "123456"})); code != "phone_form" {
		t.Errorf("not a phone: %q", code)
	}
	for range phoneTries - 1 {
		if code := codeOf(t, r.Phone(ctx, PhoneRequest{Phone: "13800000000", Code: "000000"})); code != "phone_unknown" {
			t.Fatalf("wrong code: %q", code)
		}
	}
	for range 2 {
		if code := codeOf(t, r.Phone(ctx, PhoneRequest{Phone: "13800000000", Code: "000000"})); code != "phone_locked" {
			t.Fatalf("after too many: %q", code)
		}
	}
	if code := codeOf(t, r.Phone(ctx, PhoneRequest{Phone: "13800000000", Code: "123456"})); code != "phone_locked" {
		t.Errorf("the right code passes a locked door: %q", code)
	}
	if err := r.End(ctx); err != nil {
		t.Fatal(err)
	}
	if err := r.Phone(ctx, PhoneRequest{Phone: "138 0000 0000", Code: "１２３456"}); err != nil {
		t.Fatalf("the next person: %v", err)
	}
	if s := r.View().Session; len(s.Appointments) != 1 {
		t.Errorf("found %+v", s.Appointments)
	}
}

func TestTheSessionEndsByItself(t *testing.T) {
	r := newKioskRig(t, nil)
	r.place(docZhang)
	s := r.notice("no_appointment")
	if got := s.EndsAt.Sub(s.WarnAt); got != 30*time.Second {
		t.Errorf("warning %v before the end", got)
	}
	r.clock.add(89 * time.Second)
	if err := r.Extend(context.Background()); err != nil {
		t.Fatal(err)
	}
	r.clock.add(89 * time.Second)
	time.Sleep(50 * time.Millisecond)
	if r.View().Session == nil {
		t.Fatal("ended too early")
	}
	r.clock.add(2 * time.Second)
	eventually(t, "the end", func() bool { return r.View().Session == nil })
	if code := codeOf(t, r.Extend(context.Background())); code != "session_over" {
		t.Errorf("extend after the end: %q", code)
	}
}

// After a session nothing of the card is held, and the garbage of it is given
// back at once.
func TestWhatIsForgottenIsCollected(t *testing.T) {
	r := newKioskRig(t, nil)
	r.place(docZhang)
	r.notice("no_appointment")
	r.mu.Lock()
	who := r.s.who
	r.mu.Unlock()
	if who == "" || strings.Contains(who, docZhang) {
		t.Errorf("the session knows its person by %q", who)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := r.End(context.Background()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a collection", func() bool {
		runtime.ReadMemStats(&after)
		return after.NumForcedGC > before.NumForcedGC
	})
}

func TestAFullDiskSpendsNothing(t *testing.T) {
	r := newKioskRig(t, nil)
	r.store.failing = &store.Error{Code: store.CodeDiskFull}
	if code := codeOf(t, r.Take(context.Background(), TakeRequest{Group: "social"})); code != "disk_full" {
		t.Errorf("full disk: %q", code)
	}
	if r.printer.jobs() != 0 {
		t.Error("a slip was printed without a durable number")
	}
	if s := r.phase(phaseChoose); s.Ticket != nil {
		t.Error("a ticket is shown")
	}
}

func TestOwnNumbersAreUsedUp(t *testing.T) {
	r := newKioskRig(t, nil)
	r.store.mu.Lock()
	r.store.numbers["tax"] = 0
	r.store.mu.Unlock()
	if code := codeOf(t, r.Take(context.Background(), TakeRequest{Group: "tax"})); code != "refused_now/no_numbers" {
		t.Errorf("without numbers: %q", code)
	}
	if code := codeOf(t, r.Take(context.Background(), TakeRequest{Group: "nowhere"})); code != "group_unknown" {
		t.Errorf("unknown group: %q", code)
	}
	if code := codeOf(t, r.Take(context.Background(), TakeRequest{Group: "social", Item: "invoice"})); code != "item_unknown" {
		t.Errorf("item of another group: %q", code)
	}
}

func TestClosedHall(t *testing.T) {
	r := newKioskRig(t, nil)
	r.clock.add(10 * time.Hour)
	eventually(t, "closed", func() bool { v := r.View(); return !v.Open && v.Closed != nil && !v.Issue.Allowed })
	if code := codeOf(t, r.Take(context.Background(), TakeRequest{Group: "social"})); !strings.HasPrefix(code, "refused_now/") {
		t.Errorf("take after hours: %q", code)
	}
}

func TestHelpStandsForAWhile(t *testing.T) {
	r := newKioskRig(t, nil)
	if err := r.Help(context.Background()); err != nil {
		t.Fatal(err)
	}
	if r.HelpAt().IsZero() {
		t.Fatal("nobody was called")
	}
	r.clock.add(helpFor + time.Second)
	if !r.HelpAt().IsZero() {
		t.Error("help stands for ever")
	}
	r.line.cut()
	if code := codeOf(t, r.Help(context.Background())); code != "help_offline" || !r.HelpAt().IsZero() {
		t.Errorf("help over a cut line is promised: %q", code)
	}
}

func TestKilledWhilePrinting(t *testing.T) {
	r := newKioskRig(t, func(r *kioskRig) {
		issued, err := r.store.Issue(context.Background(), TicketDraft{Actor: citizenActor(), Group: "tax", Class: hall.ClassOrdinary})
		if err != nil {
			t.Fatal(err)
		}
		r.store.lost = []Job{{ID: issued.Job, Ticket: issued.Ticket, Begun: true}}
	})
	s := r.notice("slip_unknown")
	if s.Ticket == nil || s.Ticket.Number != "B001" || s.Notice.Params["number"] != "B001" {
		t.Errorf("shown: %+v", s)
	}
	if r.printer.jobs() != 0 {
		t.Error("an unknown slip was printed again by itself")
	}
	if err := r.Take(context.Background(), TakeRequest{Group: "tax"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the next person's number", func() bool { s := r.View().Session; return s.Ticket != nil && s.Ticket.Number == "B002" })
}

// A slip of before the restart is printed while somebody else is at the page, and
// goes wrong: they are not disturbed, and it is told as soon as they have gone.
func TestResumedSlipGoesWrongBesideAnotherPerson(t *testing.T) {
	r := newKioskRig(t, func(r *kioskRig) {
		issued, err := r.store.Issue(context.Background(), TicketDraft{Actor: citizenActor(), Group: "tax", Class: hall.ClassOrdinary})
		if err != nil {
			t.Fatal(err)
		}
		r.store.open = []Job{{ID: issued.Job, Ticket: issued.Ticket}}
		r.printer.outcome = printer.Unknown
		r.printer.fault(devices.Absent, "")
	})
	if err := r.Begin(context.Background()); err != nil {
		t.Fatal(err)
	}
	r.printer.fault(devices.Ready, "")
	eventually(t, "the slip is printed", func() bool { return r.printer.jobs() == 1 })
	eventually(t, "its end is written down", func() bool { return len(r.w.kinds(hall.SlipPrinted)) == 1 })
	if s := r.View().Session; s == nil || s.Phase != phaseChoose || s.Notice != nil {
		t.Errorf("the other person sees %+v", s)
	}
	eventually(t, "what is to be told is kept", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.owes) == 1 })
	if err := r.End(context.Background()); err != nil {
		t.Fatal(err)
	}
	if s := r.notice("slip_unknown"); s.Ticket == nil || s.Ticket.Number != "B001" {
		t.Errorf("told: %+v", s)
	}
}
