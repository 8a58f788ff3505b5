package terminal

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/devices/idcard"
	"hallway/devices/printer"
)

// kioskCentre is a counter's centre that also tells whose card asks for cases.
type kioskCentre struct {
	deskCentre
	*applicationDesk
}

// desk is a counter of the same hall, with its own disk and line.
func (s *stall) desk() *booth {
	s.t.Helper()
	b := newBooth(s.t)
	served, window := b.o.entities["ticket TICKET"], b.o.entities["window 1"]
	b.o = s.o
	b.o.mu.Lock()
	b.o.entities["ticket TICKET"], b.o.entities["window 1"] = served, window
	b.o.row++
	b.o.mu.Unlock()
	b.openDisk()
	centre := &kioskCentre{applicationDesk: s.asks}
	centre.roles = []hall.Role{hall.RoleClerk, hall.RolePreReviewer}
	b.c = NewCounter(Deps{Config: Config{Role: RoleCounter, Terminal: "counter-1", Window: "1", Locale: "zh-Hans"}, Store: b.st, Uplink: b.line,
		Centre: centre, Devices: devicesOf(b.reader, b.printer), Logger: slog.New(slog.DiscardHandler), Clock: time.Now, Tick: 5 * time.Millisecond})
	b.live(b.c.Run)
	b.must(b.c.SignIn(context.Background(), SignInRequest{Staff: "1001", Password: "right"}))
	return b
}

// The whole life of an application: begun at a kiosk with a material from a
// department and one that is photographed, reviewed beforehand, and accepted at a
// counter, where the card and the number find it.
func TestApplicationFromKioskToAcceptance(t *testing.T) {
	s := newStall(t)
	b := s.desk()
	ctx := t.Context()
	s.opens("permit")
	id := s.theCase().ID
	s.must(s.ApplyMethod(ctx, ApplyMethodRequest{Material: "M02", Method: hall.MethodEShare}))
	s.answered(id, "M02", hall.AnswerYes)
	s.photograph("M01")
	s.stored(id)
	s.shows("all there is to do", func(v KioskApply) bool { return v.Submit.Allowed })

	// Before it is submitted the clerk finds it by the card that is on the reader.
	b.until("the desk", func(v DeskView) bool { return v.Enabled && v.Open.Why != nil && v.Open.Why.Code == "no_applicant" })
	b.reader.events <- idcard.Event{Card: zhang()}
	v := b.until("the applicant's cases", func(v DeskView) bool { return len(v.Theirs) == 1 })
	if v.Theirs[0].ID != id || v.Theirs[0].State != hall.CaseDraft || v.Reviews != 0 {
		t.Errorf("%+v", v.Theirs)
	}

	s.must(s.ApplySubmit(ctx, ApplySubmitRequest{}))
	number := s.shows("submitted", func(v KioskApply) bool {
		return v.Step == applyDone && v.Number != "" && v.Slip == string(printer.Confirmed)
	}).Number
	b.until("it waits for the department", func(v DeskView) bool { return v.Count == 1 && v.Pending[0].Number == number })
	s.arrived(id, "M02")
	s.must(s.End(ctx))

	// Complete: in the list of those that are reviewed, found by its number.
	b.until("to be reviewed", func(v DeskView) bool { return v.Reviews == 1 && v.Count == 0 })
	rows, err := b.c.Cases(ctx, CaseListRequest{List: "review"})
	if err != nil || len(rows) != 1 || rows[0].Number != number || rows[0].State != hall.CasePreReview {
		t.Fatalf("%+v %v", rows, err)
	}
	b.must(b.c.ShowCase(ctx, CaseRequest{Case: number}))
	b.must(b.c.BeginPreReview(ctx))
	b.until("begun", func(v DeskView) bool { return v.Case != nil && v.Case.Acts.Pass.Allowed })
	b.must(b.c.PassPreReview(ctx, PassRequest{Bring: []string{"M01"}}))
	b.until("passed", func(v DeskView) bool { return v.Case.State == hall.CaseReceived && v.Case.Acts.Accept.Allowed })
	b.must(b.c.AcceptCase(ctx))
	b.until("accepted", func(v DeskView) bool {
		return v.Case.State == hall.CaseAccepted && v.Case.Number == number && len(v.Theirs) == 0
	})
	if c := s.theCase(); c.NoticeNo == "" || c.DueDay == "" || c.Origin != hall.OriginOnline {
		t.Errorf("%+v", c)
	}
}

// A draft with something to bring goes on at the counter: it is one case, and the
// person at the kiosk sees what became of it.
func TestDraftOfAKioskGoesOnAtACounter(t *testing.T) {
	s := newStall(t)
	b := s.desk()
	ctx := t.Context()
	s.opens("photo")
	id := s.theCase().ID
	s.must(s.ApplyMethod(ctx, ApplyMethodRequest{Material: "M01", Method: hall.MethodOriginal}))
	s.must(s.End(ctx))
	b.until("the desk", func(v DeskView) bool { return v.Open.Why != nil && v.Open.Why.Code == "no_applicant" })
	b.reader.events <- idcard.Event{Card: zhang()}
	b.until("the applicant's cases", func(v DeskView) bool { return len(v.Theirs) == 1 })
	b.must(b.c.ShowCase(ctx, CaseRequest{Case: id}))
	b.must(b.c.TakeOriginal(ctx, MaterialRequest{Material: "M01"}))
	b.until("taken", func(v DeskView) bool { return v.Case.Acts.Accept.Allowed })
	b.must(b.c.AcceptCase(ctx))
	b.until("accepted", func(v DeskView) bool { return v.Case.State == hall.CaseAccepted })
	if s.o.count(hall.OpenCase) != 1 {
		t.Errorf("%d cases", s.o.count(hall.OpenCase))
	}
	s.must(s.Begin(ctx))
	s.place(docZhang)
	eventually(t, "known", func() bool { v := s.View().Session; return v != nil && v.Person != "" && v.Phase != phaseReading })
	s.must(s.ApplyContinue(ctx, ApplyContinueRequest{Case: id}))
	if v := s.step(applyDone); v.State != hall.CaseAccepted || v.Number == "" || v.Submit.Allowed {
		t.Errorf("%+v", v)
	}
}
