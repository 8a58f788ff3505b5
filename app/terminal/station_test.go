package terminal

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/devices/scanner"
)

// department is a started station of civil with cases at the centre, and O1
// signed in.
func department(t *testing.T, items ...string) (*place, [][]string) {
	t.Helper()
	c := &clock{t: at("10:00")}
	o := newOffice(t, c.now)
	var labels [][]string
	for i, item := range items {
		labels = append(labels, o.wanted(fmt.Sprintf("C%d", i), item))
	}
	p := newPlace(t, o, "station-civil-1", "civil", c).start()
	p.signIn("O1")
	p.view("the lists are there", func(v StationView) bool { return v.Staff != nil })
	return p, labels
}

// inHall is a started station of the hall at the same centre, with I1 signed in.
func inHall(t *testing.T, o *office, c *clock) *place {
	t.Helper()
	p := newPlace(t, o, "station-hall-1", "", c).start()
	p.signIn("I1")
	return p
}

func TestPaperTravels(t *testing.T) {
	civil, labels := department(t, "adopt")
	one, two := labels[0][0], labels[0][1]
	civil.view("two papers wait", func(v StationView) bool {
		return v.Counts.Waiting == 2 && len(v.Batches) == 1 && v.Batches[0].State == hall.BatchOpen && v.Batches[0].Labels == "none"
	})
	civil.scan(one)
	if s := civil.last("ok", "done.out"); !s.Pending || s.Custody != hall.InTransit || !s.Undo.Allowed || s.Code != "M01" {
		t.Errorf("shown before its verdict: %+v", s)
	}
	civil.sync()
	civil.view("confirmed", func(v StationView) bool { return !v.Last.Pending && v.Counts.Pending == 0 && v.Counts.Waiting == 1 })
	civil.scan(one)
	if s := civil.last("again", "again"); s.ID != "" {
		t.Errorf("a repetition was written down: %+v", s)
	}
	civil.scan(two)
	civil.sync()
	if n := civil.o.count(hall.SignOut); n != 2 {
		t.Errorf("%d sign-outs", n)
	}
	desk := inHall(t, civil.o, civil.clock)
	desk.view("two on the road", func(v StationView) bool { return v.Counts.Waiting == 2 })
	desk.line.cut()
	desk.scan(one, two)
	desk.view("pending without the line", func(v StationView) bool { return v.Counts.Pending == 2 && v.Last.Pending && v.Last.Result == "ok" })
	if s := civil.o.kase("C0").State; s != hall.CasePending {
		t.Fatalf("case %s", s)
	}
	desk.sync()
	desk.view("confirmed", func(v StationView) bool { return v.Counts.Pending == 0 && !v.Last.Pending && v.Counts.Today == 2 })
	if s := civil.o.kase("C0").State; s != hall.CaseAccepted {
		t.Errorf("case %s", s)
	}
}

// What is no label that somebody may scan here moves nothing, and says why.
func TestWrongScans(t *testing.T) {
	p, labels := department(t, "adopt", "house")
	l, _ := hall.DecodeLabel(labels[0][0])
	damaged := []byte(labels[0][0])
	damaged[7] = 'X'
	for _, c := range []struct {
		what, text, code string
		written          bool
	}{
		{"damaged", string(damaged), "damaged", false},
		{"empty", " ", "damaged", false},
		{"foreign", "6901234", "foreign", false},
		{"a ticket", hall.EncodeCode(hall.Code{Type: hall.CodeTicket, Hall: "37010001", Day: testDay, Value: "T1"}), "other", false},
		{"a number of nobody", "010101000999", "unknown_number", false},
		{"a number with a wrong digit", "010101000001-" + wrongDigit("010101000001"), "number_check", false},
		{"a label of another department", labels[1][0], "unknown_here", true},
		{"a label of nobody", hall.EncodeLabel(hall.Label{Number: "010101000777", Material: "M01", Attempt: 1}), "unknown_here", true},
		{"another attempt", hall.EncodeLabel(hall.Label{Number: l.Number, Material: "M01", Attempt: 2}), "unknown_here", true},
	} {
		p.scan(c.text)
		if s := p.last("wrong", c.code); (s.ID != "") != c.written {
			t.Errorf("%s: written down %v", c.what, s.ID != "")
		}
	}
	p.sync()
	v := p.view("the verdicts are there", func(v StationView) bool { return v.Counts.Pending == 0 })
	got := map[string]int{}
	for _, s := range v.Scans {
		got[s.Text.Code]++
	}
	if got["fault.wrong_department"] != 1 || got["fault.unknown_label"] != 2 {
		t.Errorf("after the verdicts: %v", got)
	}
	if paper := p.o.paper(paperOf(t, labels[1][0])); paper.Custody != hall.AtDepartment || len(paper.Seen) != 1 {
		t.Errorf("the other department's paper: %s, seen %d times", paper.Custody, len(paper.Seen))
	}
	p.scan(l.Number)
	p.last("ok", "selected")
	p.view("its batch stands in front", func(v StationView) bool { return len(v.Batches) > 0 && v.Batches[0].ID == v.Selected })
}

func wrongDigit(number string) string {
	check, _ := hall.Mod11_10(number)
	return string('0' + (check-'0'+1)%10)
}

func TestWhoMayScan(t *testing.T) {
	civil, labels := department(t, "adopt")
	if err := civil.s.SignOut(context.Background()); err != nil {
		t.Fatal(err)
	}
	civil.scan(labels[0][0])
	civil.s.mu.Lock()
	nobody := civil.s.log.all[0].text.Code
	civil.s.mu.Unlock()
	if nobody != "not_signed_in" || civil.st.Outbox() != 0 {
		t.Errorf("nobody is signed in: %s, %d written down", nobody, civil.st.Outbox())
	}
	if code := why(t, civil.s.SignIn(context.Background(), SignInRequest{Staff: "S1", Password: "right"})); code != "no_station_role" {
		t.Errorf("a clerk: %s", code)
	}
	civil.signIn("C1")
	civil.scan(labels[0][0])
	civil.last("wrong", "no_mode")
	if v := civil.s.View(); v.Acts.Scan.Allowed || v.Modes[0].Act.Allowed {
		t.Error("a courier may sign out")
	}
	if code := why(t, civil.s.SignIn(context.Background(), SignInRequest{Staff: "O1", Password: "right"})); code != "someone_signed_in" {
		t.Errorf("a second person: %s", code)
	}
	if code := why(t, civil.s.SetMode(context.Background(), ModeRequest{Mode: ModeIn})); code != "mode_elsewhere" {
		t.Errorf("a mode of the hall: %s", code)
	}
	// No right for this material: kept, moves nothing.
	desk := inHall(t, civil.o, civil.clock)
	if err := desk.s.SignOut(context.Background()); err != nil {
		t.Fatal(err)
	}
	desk.signIn("I9")
	desk.scan(labels[0][0])
	desk.last("wrong", "fault.no_right")
	desk.sync()
	desk.view("still so", func(v StationView) bool { return !v.Last.Pending && v.Last.Text.Code == "fault.no_right" })
}

// 未签出,不可签入: kept as seen, and settled by the sign-out whenever it comes.
func TestSignInBeforeSignOut(t *testing.T) {
	civil, labels := department(t, "adopt")
	one := labels[0][0]
	desk := inHall(t, civil.o, civil.clock)
	civil.scan(one) // and its line is slow
	desk.scan(one)
	if s := desk.last("wrong", "not_signed_out"); s.ID == "" || s.Custody != hall.Unverified {
		t.Fatalf("not kept: %+v", s)
	}
	desk.sync()
	desk.view("unverified", func(v StationView) bool {
		return v.Counts.Unverified == 1 && !v.Last.Pending && v.Last.Result == "wrong"
	})
	civil.sync()
	desk.sync()
	if s := desk.last("ok", "done.in"); s.Custody != hall.AtHall {
		t.Errorf("%+v", s)
	}
	desk.view("settled", func(v StationView) bool { return v.Counts.Unverified == 0 })
}

func TestCancelledCase(t *testing.T) {
	civil, labels := department(t, "adopt")
	civil.scan(labels[0][0])
	civil.sync()
	civil.o.cancel("C0")
	civil.sync()
	civil.view("withdrawn", func(v StationView) bool {
		return len(v.Batches) == 1 && v.Batches[0].Withdrawn && v.Counts.Waiting == 0
	})
	civil.scan(labels[0][1])
	if s := civil.last("wrong", "withdrawn"); s.ID != "" || civil.st.Outbox() != 0 {
		t.Errorf("a paper that is not wanted left: %+v", s)
	}
	desk := inHall(t, civil.o, civil.clock)
	desk.scan(labels[0][0])
	desk.last("return", "return")
	desk.sync()
	desk.view("for custody only", func(v StationView) bool {
		return !v.Last.Pending && v.Last.Result == "return" && len(v.Batches) == 1 && v.Batches[0].Papers[0].Back
	})
	if err := desk.s.SetMode(context.Background(), ModeRequest{Mode: ModeReturnOut}); err != nil {
		t.Fatal(err)
	}
	desk.scan(labels[0][0])
	desk.last("ok", "done.return_out")
	desk.sync()
	civil.sync()
	if err := civil.s.SetMode(context.Background(), ModeRequest{Mode: ModeReturnIn}); err != nil {
		t.Fatal(err)
	}
	civil.scan(labels[0][0])
	civil.last("ok", "done.return_in")
	civil.sync()
	if p := civil.o.paper(paperOf(t, labels[0][0])); p.Custody != hall.Returned {
		t.Errorf("%s", p.Custody)
	}
}

// Paper of a cancelled case stays on the list after its trip was counted and
// its batch closed, until it is back in its department.
func TestCountedTripHoldsWhatGoesBack(t *testing.T) {
	civil, labels := department(t, "adopt")
	ctx := context.Background()
	if err := civil.s.OpenTrip(ctx); err != nil {
		t.Fatal(err)
	}
	civil.scan(labels[0]...)
	if err := civil.s.SendTrip(ctx, CourierRequest{Courier: "C1"}); err != nil {
		t.Fatal(err)
	}
	civil.sync()
	civil.o.cancel("C0")
	desk := inHall(t, civil.o, civil.clock)
	desk.scan(labels[0]...)
	trip := desk.view("arriving", func(v StationView) bool { return len(v.Trips) == 1 && v.Trips[0].Missing == 0 }).Trips[0].ID
	if err := desk.s.CloseTrip(ctx, TripRequest{Trip: trip}); err != nil {
		t.Fatal(err)
	}
	desk.sync()
	desk.view("still to be sent back", func(v StationView) bool {
		return len(v.Batches) == 1 && v.Batches[0].State == hall.BatchClosed && v.Batches[0].Papers[0].Back && v.Batches[0].Papers[1].Back
	})
	if err := desk.s.SetMode(ctx, ModeRequest{Mode: ModeReturnOut}); err != nil {
		t.Fatal(err)
	}
	desk.scan(labels[0]...)
	desk.view("sent back", func(v StationView) bool { return len(v.Batches) == 0 })
	desk.sync()
	civil.sync()
	civil.view("on its way back", func(v StationView) bool {
		return len(v.Batches) == 1 && v.Batches[0].Papers[0].Custody == hall.InTransitBack
	})
	if err := civil.s.SetMode(ctx, ModeRequest{Mode: ModeReturnIn}); err != nil {
		t.Fatal(err)
	}
	civil.scan(labels[0]...)
	civil.view("back", func(v StationView) bool { return len(v.Batches) == 0 })
}

// A mode is that of the moment of the scan, also for what still waits.
func TestModeOfTheMoment(t *testing.T) {
	civil, labels := department(t, "adopt")
	pieces := civil.s.piece(scanner.Scan{Text: labels[0][0]}, nil)
	if err := civil.s.SetMode(context.Background(), ModeRequest{Mode: ModeReturnIn}); err != nil {
		t.Fatal(err)
	}
	civil.s.belt.put(pieces)
	civil.last("ok", "done.out")
}

func TestDisputed(t *testing.T) {
	civil, labels := department(t, "adopt")
	desk, other := inHall(t, civil.o, civil.clock), newPlace(t, civil.o, "station-hall-2", "", civil.clock).start()
	other.signIn("I2")
	civil.scan(labels[0][0])
	civil.sync()
	desk.sync()
	other.sync()
	desk.scan(labels[0][0])
	other.scan(labels[0][0])
	desk.sync()
	other.sync()
	other.last("wrong", "disputed")
	desk.sync()
	desk.view("both see it", func(v StationView) bool { return v.Last.Text.Code == "disputed" && v.Counts.Attention == 1 })
}

// What comes off the scanner is taken at once, also while a list is being made of
// what was scanned before: a scanner cannot be told to wait.
func TestScansWhileTheListsAreMade(t *testing.T) {
	items := make([]string, 80)
	for i := range items {
		items[i] = "adopt"
	}
	p, labels := department(t, items...)
	before := p.handled()
	late := time.After(time.Minute)
	p.s.mu.Lock() // as a list or a view has it
	for _, l := range labels {
		select {
		case p.scanner.scans <- scanner.Scan{At: time.Now(), Text: l[0]}:
		case <-late:
			p.s.mu.Unlock()
			t.Fatal("a scan waited for the lists")
		}
	}
	p.s.mu.Unlock()
	eventually(t, "all are written down", func() bool { return p.handled() == before+len(labels) })
}

// A view never waits: a burst is written down in order, and every scan of it
// is shown.
func TestBurst(t *testing.T) {
	items := make([]string, 250)
	for i := range items {
		items[i] = "adopt"
	}
	p, labels := department(t, items...)
	p.line.cut()
	seen, order := map[string]bool{}, []string{}
	p.s.board.mu.Lock()
	stamp := p.s.board.stamp
	p.s.board.stamp = func(v *StationView, rev int64, now time.Time) { // of every view that is published
		stamp(v, rev, now)
		for _, s := range v.Scans {
			seen[s.Number+s.Code] = true
		}
	}
	p.s.board.mu.Unlock()
	var all []string
	for _, l := range labels {
		all = append(all, l...)
	}
	p.scan(all...)
	p.s.mu.Lock()
	for _, e := range p.s.log.all {
		if e.result != "ok" || !e.pending {
			t.Errorf("%s: %s", e.paper, e.result)
		}
		order = append(order, hall.EncodeLabel(e.label))
	}
	p.s.mu.Unlock()
	for i := range all {
		if order[i] != all[i] {
			t.Fatalf("scan %d is %s, want %s", i, order[i], all[i])
		}
	}
	p.s.board.mu.Lock()
	shown := len(seen)
	p.s.board.mu.Unlock()
	if shown != len(all) {
		t.Errorf("%d of %d scans were shown", shown, len(all))
	}
	p.sync()
	p.view("all confirmed", func(v StationView) bool { return v.Counts.Pending == 0 && v.Counts.Today == len(all) })
	if n := p.o.count(hall.SignOut); n != len(all) {
		t.Errorf("%d sign-outs", n)
	}
}
