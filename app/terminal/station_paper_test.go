package terminal

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/build/fuzz"
	"hallway/devices"
	"hallway/devices/printer"
)

// printed are the titles of what came out, in order, and their texts.
func (p *place) printed() (titles []string, text string) {
	p.printer.mu.Lock()
	defer p.printer.mu.Unlock()
	for _, job := range p.printer.printed {
		titles = append(titles, job.Doc.Title)
		for _, b := range job.Doc.Blocks {
			switch {
			case b.Text != nil:
				text += b.Text.S + "\n"
			case b.Columns != nil:
				text += b.Columns.Left + " " + b.Columns.Right + "\n"
			case b.QR != nil:
				text += b.QR.Data + "\n"
			}
		}
	}
	return titles, text
}

func TestLabels(t *testing.T) {
	p, labels := department(t, "adopt")
	ctx := context.Background()
	batch := hall.BatchID(p.o.kase("C0").Number, "civil")
	if err := p.s.PrintBatch(ctx, BatchRequest{Batch: batch}); err != nil {
		t.Fatal(err)
	}
	p.view("printed", func(v StationView) bool { return v.Batches[0].Labels == "printed" && len(v.Prints) == 3 })
	titles, text := p.printed()
	if len(titles) != 3 || titles[1] != "label" || titles[2] != "label" {
		t.Errorf("came out: %v", titles)
	}
	for _, l := range labels[0] {
		if !strings.Contains(text, l) {
			t.Errorf("no label says %s", l)
		}
	}
	if strings.Contains(text, "补打") {
		t.Error("marked as a reprint")
	}
	p.clock.add(time.Minute)
	if err := p.s.PrintLabel(ctx, PaperRequest{Paper: paperOf(t, labels[0][1])}); err != nil {
		t.Fatal(err)
	}
	p.view("again", func(v StationView) bool { return len(v.Prints) == 4 && v.Prints[0].Outcome == "confirmed" })
	if _, text := p.printed(); !strings.Contains(text, "补打") {
		t.Error("the second label is not marked as a reprint")
	}
	p.printer.fault(devices.Failed, "paper_end")
	if code := why(t, p.s.PrintLabel(ctx, PaperRequest{Paper: paperOf(t, labels[0][1])})); code != "paper_end" {
		t.Errorf("without paper: %s", code)
	}
	p.printer.fault(devices.Ready, "")
	p.printer.mu.Lock()
	p.printer.outcome = printer.Unknown
	p.printer.mu.Unlock()
	if err := p.s.PrintLabel(ctx, PaperRequest{Paper: paperOf(t, labels[0][0])}); err != nil {
		t.Fatal(err)
	}
	p.view("nobody knows", func(v StationView) bool { return v.Batches[0].Labels == "unknown" && v.Prints[0].Why != nil })
	p.stop()
	p.start()
	p.signIn("O1")
	p.view("known after a restart, and not printed by itself", func(v StationView) bool {
		return len(v.Batches) == 1 && v.Batches[0].Labels == "unknown" && len(v.Prints) == 3
	})
	if n := p.printer.jobs(); n != 5 {
		t.Errorf("%d papers came out", n)
	}
	if why(t, p.s.PrintBatch(ctx, BatchRequest{Batch: "no/such"})) != "batch_unknown" {
		t.Error("an unknown batch")
	}
}

// A job that was still in the queue when the program died is not printed by
// itself.
func TestQueuedLabelOfADeadProcess(t *testing.T) {
	p, labels := department(t, "adopt")
	job, err := p.st.QueuePaper(context.Background(), store.PaperJob{Kind: paperLabel, Key: paperOf(t, labels[0][0])})
	if err != nil {
		t.Fatal(err)
	}
	p.stop()
	p.start()
	p.signIn("O1")
	p.view("failed", func(v StationView) bool {
		return len(v.Prints) == 1 && v.Prints[0].ID == job.ID && v.Prints[0].Outcome == "failed" && v.Batches[0].Labels == "failed"
	})
	if p.printer.jobs() != 0 {
		t.Error("printed")
	}
}

func TestTrip(t *testing.T) {
	civil, labels := department(t, "adopt", "adopt")
	ctx := context.Background()
	send := func(courier string) error { return civil.s.SendTrip(ctx, CourierRequest{Courier: courier}) }
	if code := why(t, send("C1")); code != "no_trip" {
		t.Errorf("without a trip: %s", code)
	}
	if err := civil.s.OpenTrip(ctx); err != nil {
		t.Fatal(err)
	}
	if code := why(t, civil.s.OpenTrip(ctx)); code != "trip_open" {
		t.Errorf("a second trip: %s", code)
	}
	if code := why(t, send("C1")); code != "trip_empty" {
		t.Errorf("with nothing aboard: %s", code)
	}
	civil.scan(slices.Concat(labels...)[:3]...)
	v := civil.view("loaded", func(v StationView) bool { return v.Trip != nil && v.Trip.Papers == 3 && v.Acts.Send.Allowed })
	if id := v.Trip.ID; !strings.HasPrefix(id, "CIVIL-20260302-1000-") || !slices.Contains(v.Couriers, StaffName{"C1", "丁"}) {
		t.Errorf("trip %s, couriers %v", id, v.Couriers)
	}
	if why(t, send("S1")) != "courier_unknown" {
		t.Error("a clerk carries")
	}
	// The courier signs in and takes it.
	if err := civil.s.SignOut(ctx); err != nil {
		t.Fatal(err)
	}
	civil.signIn("C1")
	if err := send("C1"); err != nil {
		t.Fatal(err)
	}
	v = civil.view("sent, and its slip printed", func(v StationView) bool {
		return v.Trip == nil && len(v.Trips) == 1 && len(v.Prints) == 1 && v.Prints[0].Outcome == "confirmed"
	})
	trip := v.Trips[0].ID
	if _, text := civil.printed(); !strings.Contains(text, trip) || !strings.Contains(text, "丁") || strings.Count(text, "M0") != 3 {
		t.Errorf("the slip: %s", text)
	}
	civil.sync()
	desk := inHall(t, civil.o, civil.clock)
	if why(t, civil.s.CloseTrip(ctx, TripRequest{Trip: trip})) != "at_hall_only" || why(t, desk.s.OpenTrip(ctx)) != "at_department_only" {
		t.Error("closed at the department, or opened in the hall")
	}
	desk.view("arriving", func(v StationView) bool {
		return len(v.Trips) == 1 && v.Trips[0].Missing == 3 && v.Trips[0].Close.Allowed
	})
	desk.line.cut()
	desk.scan(labels[0]...)
	desk.view("two came", func(v StationView) bool {
		return len(v.Trips) == 1 && v.Trips[0].Arrived == 2 && v.Trips[0].Missing == 1
	})
	if err := desk.s.CloseTrip(ctx, TripRequest{Trip: trip}); err != nil {
		t.Fatal(err)
	}
	desk.view("closed, and counted on paper", func(v StationView) bool {
		return len(v.Trips) == 0 && len(v.Prints) == 1 && v.Prints[0].Paper == "trip_closed" && v.Prints[0].Outcome == "confirmed"
	})
	l, _ := hall.DecodeLabel(labels[1][0])
	if _, text := desk.printed(); !strings.Contains(text, l.Number) || !strings.Contains(text, "未到") {
		t.Errorf("the slip tells no difference: %s", text)
	}
	desk.sync()
	if c := civil.o.trip(trip); c.State != hall.ConsignmentClosed || len(c.Missing) != 1 || c.ClosedBy != "I1" {
		t.Errorf("%+v", c)
	}
	// What was missing comes later, and is still taken in.
	desk.scan(labels[1][0])
	desk.last("ok", "done.in")
	if why(t, desk.s.CloseTrip(ctx, TripRequest{Trip: trip})) != "trip_closed" || why(t, desk.s.CloseTrip(ctx, TripRequest{Trip: "x"})) != "trip_unknown" {
		t.Error("closed twice, or without being known")
	}
	if err := desk.s.PrintTrip(ctx, TripRequest{Trip: trip}); err != nil {
		t.Fatal(err)
	}
}

// The disk is full: nothing is shown as written down that is not.
func TestScanNotWritten(t *testing.T) {
	c := &clock{t: at("10:00")}
	o := newOffice(t, c.now)
	labels := o.wanted("C0", "adopt")
	full := &fullStore{}
	p := newPlace(t, o, "station-civil-1", "civil", c)
	p.wrap = func(s PaperStore) PaperStore { full.PaperStore = s; return full }
	p.start()
	p.signIn("O1")
	full.full.Store(true)
	p.scan(labels[0])
	if s := p.last("wrong", "not_written"); s.ID != "" || s.Pending || s.Text.Params["why"] != store.CodeDiskFull {
		t.Errorf("%+v", s)
	}
	full.full.Store(false)
	p.scan(labels[0])
	p.last("ok", "done.out")
}

// fullStore is a store whose disk can be full.
type fullStore struct {
	PaperStore
	full atomic.Bool
}

func (f *fullStore) Witness(ctx context.Context, drafts []Draft, keep func(int, hall.Outcome) bool) ([]store.Seen, error) {
	if f.full.Load() {
		return nil, &store.Error{Code: store.CodeDiskFull}
	}
	return f.PaperStore.Witness(ctx, drafts, keep)
}

// Whatever order stations are heard in, the papers end at the same place: where
// somebody holds them. Every order of two scans here and two there.
func TestOrderOfStationsDoesNotMatter(t *testing.T) {
	for order := range 16 {
		t.Run(fmt.Sprintf("%04b", order), func(t *testing.T) {
			civil, labels := department(t, "adopt")
			desk := inHall(t, civil.o, civil.clock)
			civil.line.cut()
			desk.line.cut()
			civil.scan(labels[0]...)
			desk.scan(labels[0]...)
			for i := range 4 {
				if order>>i&1 == 0 {
					civil.push(1)
				} else {
					desk.push(1)
				}
			}
			civil.sync()
			desk.sync()
			civil.pull()
			for _, l := range labels[0] {
				if c := civil.o.paper(paperOf(t, l)).Custody; c != hall.AtHall {
					t.Errorf("%s", c)
				}
			}
			if s := civil.o.kase("C0").State; s != hall.CaseAccepted {
				t.Errorf("case %s", s)
			}
			desk.view("both are well", func(v StationView) bool {
				return v.Counts.Pending == 0 && v.Counts.Unverified == 0 && v.Scans[0].Result == "ok" && v.Scans[1].Result == "ok"
			})
		})
	}
}

func TestReadCode(t *testing.T) {
	label := hall.Label{Number: "010101000001", Material: "M01", Attempt: 1}
	check, _ := hall.Mod11_10("010101000001")
	for _, c := range []struct{ text, what string }{
		{hall.EncodeLabel(label), readLabel},
		{" " + strings.ToLower(hall.EncodeLabel(label)) + "\r", readLabel},
		{hall.EncodeLabel(label) + "A", readBroken},
		{"HL1.", readBroken},
		{"010101000001", readNumber},
		{"０１０１０１０００００１", readNumber},
		{"0101 0100 0001-" + string(check), readNumber},
		{"0101021000000", readNumber},
		{"010101000001-x", readTyped},
		{"00010100001", readAlien}, // eleven digits
		{"000101000000", readAlien},
		{hall.EncodeCode(hall.Code{Type: hall.CodeAppointment, Hall: "37010001", Day: testDay, Value: "A"}), readOther},
		{"HW1.T.3", readBroken},
		{"", readBroken},
		{"https://example.invalid/", readAlien},
	} {
		r := readCode(c.text)
		if r.what != c.what {
			t.Errorf("%q is %s, want %s", c.text, r.what, c.what)
		}
		if c.what == readLabel && r.label != label {
			t.Errorf("%q is of %v", c.text, r.label)
		}
	}
}

// FuzzReadCode: whatever is scanned is one of the known things, and only what
// is whole says more.
// mendLabel puts right the check character of a code.
func mendLabel(b []byte) []byte {
	end := bytes.LastIndexByte(b, '.')
	if end < 0 {
		return b
	}
	check, ok := hall.Mod37_36(strings.ReplaceAll(string(bytes.ToUpper(b[:end])), ".", ""))
	if !ok {
		return b
	}
	return append(b[:end+1], check)
}

func FuzzReadCode(f *testing.F) {
	for _, s := range []string{"", "HL1.010101000001.M01.1.X", "010101000001", "010101000001-5", "HW1.T.37010001.260302.A.B", "ＨＬ１．",
		hall.EncodeLabel(hall.Label{Number: "010101000001", Material: "M01", Attempt: 1}), fmt.Sprintf("%200d", 7)} {
		f.Add(s)
	}
	fuzz.Run(f, func(t *testing.T, s string) {
		r := readCode(s)
		switch r.what {
		case readLabel:
			if again, err := hall.DecodeLabel(hall.EncodeLabel(r.label)); err != nil || again != r.label {
				t.Errorf("%q reads as %v, which is no label: %v", s, r.label, err)
			}
		case readNumber:
			if n, err := hall.ParseApplicationNumber(r.number); err != nil || n.String() != r.number {
				t.Errorf("%q reads as the number %q: %v", s, r.number, err)
			}
		case readOther, readBroken, readAlien, readTyped:
			if r.number != "" || r.label != (hall.Label{}) {
				t.Errorf("%q is %s and says %+v", s, r.what, r)
			}
		default:
			t.Errorf("%q is %q", s, r.what)
		}
	}, mendLabel)
}
