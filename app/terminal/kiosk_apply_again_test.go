package terminal

import (
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/devices/printer"
)

// submittedWithoutLine is an application that was submitted here without the line.
func (s *stall) submittedWithoutLine() string {
	s.t.Helper()
	s.cut(true)
	s.opens("photo")
	s.photograph("M01")
	s.shows("may be submitted", func(v KioskApply) bool { return v.Submit.Allowed })
	s.must(s.ApplySubmit(s.t.Context(), ApplySubmitRequest{}))
	number := s.View().Session.Apply.Number
	if number == "" {
		s.t.Fatal("no number")
	}
	return number
}

// Whoever comes back for the slip presses the same item: still without the line
// they find what they submitted, and apply for nothing a second time.
func TestNotAppliedForTwiceWithoutTheLine(t *testing.T) {
	s := newStall(t)
	number := s.submittedWithoutLine()
	s.kill()
	s.must(s.Apply(t.Context(), ApplyRequest{Item: "photo"}))
	s.must(s.ApplyStart(t.Context()))
	s.place(docZhang)
	s.shows("what was submitted", func(v KioskApply) bool { return v.Number == number })
	s.cut(false)
	eventually(t, "sent", func() bool { return s.st.Outbox() == 0 })
	if s.o.count(hall.ApplyCase) != 1 || s.o.count(hall.OpenCase) != 1 {
		t.Errorf("%d applications, %d cases", s.o.count(hall.ApplyCase), s.o.count(hall.OpenCase))
	}
}

// Somebody who waits for the verdict, and with it for the slip, is not forgotten
// for standing still; after three times the usual time they are.
func TestNotForgottenWhileItIsSent(t *testing.T) {
	for _, comes := range []bool{true, false} {
		s := newStall(t)
		s.opens("photo")
		s.photograph("M01")
		s.stored(s.theCase().ID)
		s.shows("all in", func(v KioskApply) bool { return v.Submit.Allowed })
		s.still.Store(true)
		s.must(s.ApplySubmit(t.Context(), ApplySubmitRequest{}))
		s.shows("being sent", func(v KioskApply) bool { return v.Step == applySending })
		s.clock.add(2 * time.Minute)
		s.expire()
		if s.View().Session == nil {
			t.Fatal("forgotten while they wait")
		}
		if comes {
			s.still.Store(false)
			s.shows("the slip", func(v KioskApply) bool { return v.Step == applyDone && v.Slip == string(printer.Confirmed) })
			continue
		}
		s.clock.add(3 * time.Minute)
		eventually(t, "forgotten", func() bool { return s.View().Session == nil })
		s.nothingLeft()
	}
}

// What a cancellation was asked for is cancelled, whatever is open by then.
func TestCancelsWhatWasNamed(t *testing.T) {
	s := newStall(t)
	s.opens("photo")
	first := s.theCase().ID
	hold := make(chan struct{})
	s.must(s.ApplyBack(t.Context()))
	s.asks.mu.Lock()
	s.asks.hold = hold
	s.asks.mu.Unlock()
	done := make(chan error, 1)
	go func() { done <- s.ApplyCancel(t.Context(), ApplyCancelRequest{Case: first, Confirmed: true}) }()
	s.step(applyReading)
	s.must(s.End(t.Context())) // somebody else, meanwhile
	s.asks.mu.Lock()
	s.asks.hold = nil
	s.asks.mu.Unlock()
	s.must(s.Apply(t.Context(), ApplyRequest{Item: "photo"}))
	s.must(s.ApplyStart(t.Context()))
	s.place(docLi)
	s.step(applyMaterials)
	close(hold)
	if code := codeOf(t, <-done); code != "session_over" {
		t.Errorf("%q", code)
	}
	if n := s.o.count(hall.CancelCase); n != 0 {
		t.Errorf("%d cancelled", n)
	}
}

// What was photographed is taken back until it is handed in, and photographed anew.
func TestPhotographTakenBack(t *testing.T) {
	s := newStall(t)
	ctx := t.Context()
	s.opens("photo")
	id := s.theCase().ID
	if v := s.step(applyMaterials); s.material(v, "M01").Drop.Allowed {
		t.Error("nothing is there to be taken back")
	}
	s.photograph("M01")
	s.stored(id)
	v := s.shows("all in", func(v KioskApply) bool { return v.Submit.Allowed })
	if m := s.material(v, "M01"); !m.Drop.Allowed || m.Pages != 1 {
		t.Fatalf("%+v", m)
	}
	s.must(s.ApplyDrop(ctx, MaterialRequest{Material: "M01"}))
	v = s.shows("taken back", func(v KioskApply) bool { return s.material(v, "M01").State == hall.MaterialPrepare && !v.Waiting })
	if m := s.material(v, "M01"); m.Pages != 0 || m.Drop.Allowed || v.Message == nil || v.Message.Code != "taken_back" || v.Submit.Allowed {
		t.Errorf("%+v %+v", m, v.Message)
	}
	if c := s.o.kase(id); c.Materials[0].Attempts[0].State != hall.AttemptSuperseded {
		t.Errorf("%+v", c.Materials[0])
	}
	s.photograph("M01")
	eventually(t, "another at the centre", func() bool { return s.o.count(hall.HandIn) == 2 })
	s.stored(id)
	s.shows("all in again", func(v KioskApply) bool { return v.Submit.Allowed })
	s.must(s.ApplySubmit(ctx, ApplySubmitRequest{}))
	v = s.shows("handed in", func(v KioskApply) bool { return v.Step == applyDone && v.Slip == string(printer.Confirmed) })
	if s.material(v, "M01").Drop.Allowed {
		t.Error("what is handed in can be taken back")
	}
	if code := codeOf(t, s.ApplyDrop(ctx, MaterialRequest{Material: "M01"})); !strings.HasPrefix(code, "refused_now/") {
		t.Errorf("handed in, and taken back: %q", code)
	}
}
