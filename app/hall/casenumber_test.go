package hall

import (
	"encoding/json"
	"testing"
	"time"
)

// No serial is given twice, and each is of the terminal that leased it.
func TestApplicationNumbersAreOwned(t *testing.T) {
	m := newCases()
	series := ApplicationSeries(m.cat)
	if series != "application/0101" {
		t.Fatal(series)
	}
	lease := func(terminal string, count int) Op {
		return m.op(LeaseApplicationNumbers, series, device, terminal, LeaseApplicationNumbersBody{count})
	}
	next := 1
	for i, terminal := range []string{"counter-1", "counter-2", "counter-1"} {
		out := m.must(t, lease(terminal, 200))
		var r LeaseResult
		if err := json.Unmarshal(out.Result, &r); err != nil || r.Lease.From != next || r.Lease.To != next+199 || r.Lease.Terminal != terminal {
			t.Errorf("lease %d: %+v %v", i, r.Lease, err)
		}
		next += 200
	}
	m.refuse(t, "lease_size", lease("counter-1", 0))
	m.refuse(t, "lease_size", lease("counter-1", 501))
	m.refuse(t, "malformed", m.op(LeaseApplicationNumbers, "application/9999", device, "counter-1", LeaseApplicationNumbersBody{1}))
	m.write(t, EntitySeries, series, Series{ID: series, Next: maxSerial})
	m.refuse(t, "series_used_up", lease("counter-1", 2))
	m.must(t, lease("counter-1", 1))
	m.refuse(t, "series_used_up", lease("counter-1", 1))
}

func TestNumbersOfCases(t *testing.T) {
	m := newCases()
	receive := func(id string, body NumberBody) Op {
		return m.op(ReceiveCase, id, clerk("S1"), "counter-1", body)
	}
	for _, id := range []string{"C", "D", "E"} {
		m.begin(t, id)
	}
	mine, foreign := m.serial(t, "counter-1"), m.serial(t, "counter-2")
	m.refuse(t, "number_not_owned", receive("C", foreign))
	m.refuse(t, "malformed", receive("C", NumberBody{Number: "010120000001", Lease: mine.Lease})) // another kind of item
	m.refuse(t, "malformed", receive("C", NumberBody{Number: "020101000001", Lease: mine.Lease})) // another city
	m.refuse(t, "malformed", receive("C", NumberBody{}))
	m.refuse(t, "malformed", receive("C", NumberBody{Number: "T37010001-counter-9-20261123-001"}))
	m.must(t, receive("C", mine))
	m.idle(t, receive("C", mine))
	// A copied terminal printed the number again: nothing is lost.
	m.must(t, receive("D", mine))
	if c := m.kase(t, "D"); c.Number != "" || c.TempNumber != mine.Number || c.Note.Code != noteCaseNumberConflict || c.State != CaseReceived {
		t.Errorf("%+v", c)
	}
	if c := m.kase(t, "C"); c.Number != mine.Number {
		t.Errorf("the first keeps its number, has %q", c.Number)
	}
	// None left without the line: a temporary number is replaced later.
	temporary := TemporaryNumber{"37010001", "counter-1", today, 1}.String()
	m.must(t, receive("E", NumberBody{Number: temporary}))
	m.must(t, m.original("E", "FORM"))
	m.must(t, m.original("E", "MARRIAGE"))
	m.refuse(t, "number_missing", m.accepting(t, "E"))
	number := func(id string, body NumberBody) Op { return m.op(NumberCase, id, device, "counter-1", body) }
	m.refuse(t, "number_taken", number("E", mine))
	fresh := m.serial(t, "counter-1")
	m.must(t, number("E", fresh))
	m.idle(t, number("E", m.serial(t, "counter-1")))
	if c := m.kase(t, "E"); c.Number != fresh.Number || c.TempNumber != temporary {
		t.Errorf("%q and %q", c.Number, c.TempNumber)
	}
	m.must(t, m.accepting(t, "E"))
	m.must(t, number("D", m.serial(t, "counter-1")))
	if c := m.kase(t, "D"); c.Note.Code != "" || c.Number == "" {
		t.Errorf("%+v", c.Note)
	}
	m.begin(t, "F")
	m.refuse(t, "case_state", number("F", m.serial(t, "counter-1")))
}

// An application at the kiosk without the line is never lost, whatever the
// centre knows better.
func TestApplyingWithoutTheLine(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(m *memory)
		want CaseState
	}{
		{"all in", func(m *memory) { m.must(t, m.original("C", "MARRIAGE")) }, CaseApplied},
		{"one missing", func(*memory) {}, CasePending},
		{"one asked for", func(m *memory) { m.share(t, "C", "MARRIAGE", MethodEShare, AnswerYes) }, CasePending},
	} {
		m := newCases()
		m.begin(t, "C")
		m.must(t, m.original("C", "FORM"))
		c.do(m)
		m.must(t, m.op(ApplyCase, "C", citizen, "kiosk-1", m.serial(t, "kiosk-1")))
		got := m.kase(t, "C")
		if got.State != c.want || got.Resubmit != (c.want == CasePending) || m.effectsOf(EffectPaperNotice) != 0 {
			t.Errorf("%s: %s, resubmit %v", c.name, got.State, got.Resubmit)
		}
		m.idle(t, m.op(ApplyCase, "C", citizen, "kiosk-1", m.serial(t, "kiosk-1")))
	}
}

// Pages that were handed in without the line come after the application: it waits
// for them, and goes on by itself when they are there.
func TestApplyingBeforeTheFilesCome(t *testing.T) {
	for name, early := range map[string]bool{"the application first": false, "the files first": true} {
		m := newCases()
		op := m.op(OpenCase, "C", citizen, "kiosk-1", OpenCaseBody{Item: "licence", ItemVersion: 2, Owner: "o"})
		op.Sealed = []byte("sealed")
		m.must(t, op)
		stored := func() {
			for i := range 2 {
				m.must(t, m.op(FileStored, "C", system, AtCentre, FileStoredBody{file(i + 1)}))
			}
		}
		if early {
			stored()
		}
		m.must(t, m.op(HandIn, "C", citizen, "kiosk-1", HandInBody{"FORM", MethodUpload, file(1)}))
		m.must(t, m.op(HandIn, "C", citizen, "kiosk-1", HandInBody{"MARRIAGE", MethodUpload, file(2)}))
		apply := m.op(ApplyCase, "C", citizen, "kiosk-1", m.serial(t, "kiosk-1"))
		out, err := Step(m, apply, Context{Now: m.now, Row: OverlayRow})
		if err != nil || out.Status != Applied {
			t.Errorf("%s: the kiosk does not show it: %+v %v", name, out, err)
		}
		m.must(t, apply)
		if c := m.kase(t, "C"); c.Resubmit || c.Number == "" || !early && c.State != CasePending {
			t.Errorf("%s: %s, resubmit %v", name, c.State, c.Resubmit)
		}
		if !early {
			stored()
		}
		if c := m.kase(t, "C"); c.State != CaseApplied && c.State != CasePreReview || c.Resubmit {
			t.Errorf("%s: in the end %s", name, c.State)
		}
	}
}

// An acceptance that a scan led to tells its number with the scan, so that it is
// given again as it was when the writer comes back from a backup.
func TestAcceptanceByAScanKeepsItsNumber(t *testing.T) {
	arrive := func(m *memory, held json.RawMessage) (Case, Outcome) {
		m.wait(t, "C", map[string]Method{"MARRIAGE": MethodPaper})
		paper := m.paper(t, "C", "MARRIAGE", 1)
		m.must(t, m.scanning(SignOut, paper, "O1", "station-1"))
		ctx := Context{Now: m.now, Row: m.row + 1, Held: held}
		if held != nil {
			ctx.Term, ctx.Restored = 1, today
		}
		out, err := Step(m, m.scanning(SignIn, paper, "I1", "station-9"), ctx)
		if err != nil || out.Status != Applied {
			t.Fatalf("%+v %v", out, err)
		}
		m.take(t, out)
		return m.kase(t, "C"), out
	}
	before, out := arrive(newCases(), nil)
	var told ScanResult
	if err := json.Unmarshal(out.Result, &told); err != nil || told.Serial != 1 || told.NoticeNo != before.NoticeNo || told.NoticeNo == "" {
		t.Fatalf("told %s of %q: %v", out.Result, before.NoticeNo, err)
	}
	if after, again := arrive(newCases(), out.Result); after.NoticeNo != before.NoticeNo || !SameResult(out.Result, again.Result) {
		t.Errorf("after the restore %q, before %q", after.NoticeNo, before.NoticeNo)
	}
}

// An application of before that could not be submitted waits like any other
// submission: after 24 hours it is an anomaly.
func TestUnfitApplicationBecomesOverdue(t *testing.T) {
	m := newCases()
	op := m.op(OpenCase, "C", citizen, "kiosk-1", OpenCaseBody{Item: "licence", ItemVersion: 2, Owner: "o"})
	op.Sealed = []byte("sealed")
	m.must(t, op)
	m.must(t, m.op(ApplyCase, "C", citizen, "kiosk-1", m.serial(t, "kiosk-1")))
	c := m.kase(t, "C")
	if c.State != CasePending || !c.Resubmit || c.Submissions != 1 || c.FirstSentAt.IsZero() {
		t.Fatalf("%+v", c)
	}
	m.later(anomalyAfter + time.Millisecond)
	m.fire(t)
	if c := m.kase(t, "C"); !c.Overdue || len(c.Anomaly(m.now)) != 1 {
		t.Errorf("overdue %v, %v", c.Overdue, c.Anomaly(m.now))
	}
}
