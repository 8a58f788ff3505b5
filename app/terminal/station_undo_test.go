package terminal

import (
	"context"
	"testing"
	"time"

	"hallway/app/hall"
)

// A restart in the middle of a batch: what was scanned is shown again, with and
// without verdict; who was signed in is gone; nothing is lost or doubled.
func TestRestartInTheMiddle(t *testing.T) {
	p, labels := department(t, "adopt", "adopt")
	if err := p.s.OpenTrip(context.Background()); err != nil {
		t.Fatal(err)
	}
	p.scan(labels[0]...)
	p.push(2) // the trip and the first; the rest has no verdict
	p.scan(labels[1][0])
	undone := p.s.View().Last.ID
	if err := p.s.Undo(context.Background(), UndoRequest{Scan: undone}); err != nil {
		t.Fatal(err)
	}
	p.stop()
	p.line.cut()
	p.start()
	v := p.view("it is up", func(v StationView) bool { return v.Rev > 0 })
	if v.Staff != nil || len(v.Scans) != 0 || v.Acts.Scan.Allowed {
		t.Error("somebody is signed in")
	}
	p.signIn("O1")
	v = p.view("shown again", func(v StationView) bool { return len(v.Scans) == 3 && v.Trip != nil })
	if v.Scans[2].Pending || !v.Scans[1].Pending || !v.Scans[0].Undone || v.Trip.Papers != 2 || v.Counts.Today != 3 {
		t.Errorf("scans %+v, trip %+v", v.Scans, v.Trip)
	}
	p.scan(labels[0][0], labels[1][1])
	p.meet()
	p.view("confirmed", func(v StationView) bool {
		return v.Counts.Pending == 0 && v.Scans[1].Result == "again" && v.Trip.Papers == 3
	})
	if n := p.o.count(hall.SignOut); n != 4 {
		t.Errorf("%d sign-outs", n)
	}
	if c := p.o.paper(paperOf(t, labels[1][0])).Custody; c != hall.AtDepartment {
		t.Errorf("the undone one: %s", c)
	}
}

func TestUndo(t *testing.T) {
	p, labels := department(t, "adopt")
	ctx := context.Background()
	undo := func(id string) error { return p.s.Undo(ctx, UndoRequest{Scan: id}) }
	p.scan(labels[0][0])
	id := p.s.View().Last.ID
	p.sync()
	if err := p.s.SignOut(ctx); err != nil {
		t.Fatal(err)
	}
	p.signIn("O2")
	if code := why(t, undo(id)); code != hall.FaultUndoOther {
		t.Errorf("by another person: %s", code)
	}
	if err := p.s.SignOut(ctx); err != nil {
		t.Fatal(err)
	}
	p.signIn("O1")
	if err := undo(id); err != nil {
		t.Fatal(err)
	}
	if code := why(t, undo(id)); code != "undone" {
		t.Errorf("twice: %s", code)
	}
	p.sync()
	p.view("taken back", func(v StationView) bool { return v.Last.Undone && !v.Last.Pending && v.Counts.Waiting == 2 })
	p.scan(labels[0][0]) // and scanned again
	p.last("ok", "done.out")
	if why(t, undo("no-such")) != "scan_unknown" {
		t.Error("an unknown scan")
	}
	// Sent: too late, here and at the writer.
	if err := p.s.OpenTrip(ctx); err != nil {
		t.Fatal(err)
	}
	p.scan(labels[0][1])
	id = p.s.View().Last.ID
	if err := p.s.SendTrip(ctx, CourierRequest{Courier: "C1"}); err != nil {
		t.Fatal(err)
	}
	if code := why(t, undo(id)); code != hall.FaultUndoTooLate {
		t.Errorf("after the trip left: %s", code)
	}
	p.sync()
	if c := p.o.paper(paperOf(t, labels[0][1])).Custody; c != hall.InTransit {
		t.Errorf("%s", c)
	}
}

// The writer knows that it was too late: the station learns it, and says so.
func TestUndoTooLateAtTheWriter(t *testing.T) {
	civil, labels := department(t, "adopt")
	civil.scan(labels[0]...)
	civil.sync()
	desk := inHall(t, civil.o, civil.clock)
	desk.scan(labels[0]...)
	id := desk.s.View().Last.ID
	desk.sync() // the case is accepted, the batch closed
	civil.line.cut()
	first := civil.s.View().Scans[1].ID
	if err := civil.s.Undo(context.Background(), UndoRequest{Scan: first}); err != nil {
		t.Fatal(err) // the station cannot know
	}
	civil.push(10)
	v := civil.view("refused", func(v StationView) bool { return !v.Scans[1].Pending && v.Scans[1].Text.Code == "undo_refused" })
	if v.Scans[1].Undone || v.Scans[1].Text.Params["why"] != hall.FaultUndoTooLate {
		t.Errorf("%+v", v.Scans[1])
	}
	desk.view("the batch is closed", func(v StationView) bool { return !v.Last.Pending })
	if code := why(t, desk.s.Undo(context.Background(), UndoRequest{Scan: id})); code != hall.FaultUndoTooLate {
		t.Errorf("after the batch was closed: %s", code)
	}
}

func TestRefuse(t *testing.T) {
	p, labels := department(t, "adopt")
	paper := paperOf(t, labels[0][0])
	p.view("listed", func(v StationView) bool { return len(v.Batches) == 1 && v.Batches[0].Papers[0].Refuse.Allowed })
	done := make(chan error, 1)
	go func() { done <- p.s.Refuse(context.Background(), RefuseRequest{Paper: paper, Reason: "lent"}) }()
	eventually(t, "written down", func() bool { return p.st.Outbox() == 1 })
	p.sync()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	v := p.view("shown", func(v StationView) bool { return v.Batches[0].Papers[0].Refused == "lent" && v.Counts.Waiting == 1 })
	if v.Batches[0].Papers[0].Refuse.Allowed || why(t, p.s.Refuse(context.Background(), RefuseRequest{Paper: paper, Reason: "lent"})) != "refused_already" {
		t.Error("refused twice")
	}
	p.scan(labels[0][1])
	if why(t, p.s.Refuse(context.Background(), RefuseRequest{Paper: paperOf(t, labels[0][1]), Reason: "lent"})) == "" {
		t.Error("refused on the road")
	}
	if s := p.o.kase("C0").Materials[0].State; s != hall.MaterialMissing {
		t.Errorf("material %s", s)
	}
}

func TestWorkListOrder(t *testing.T) {
	c := &clock{t: at("10:00")}
	o := newOffice(t, c.now)
	o.wanted("C1", "house")
	o.wanted("C2", "adopt")
	c.add(24 * time.Hour)
	o.wanted("C0", "adopt")
	p := newPlace(t, o, "station-civil-1", "civil", c).start()
	p.signIn("O1")
	v := p.view("listed", func(v StationView) bool { return len(v.Batches) == 2 })
	if !v.Batches[0].Due.Before(v.Batches[1].Due) || v.Batches[0].Overdue || v.Batches[0].Item["zh-Hans"] == "" {
		t.Errorf("due %v, then %v", v.Batches[0].Due, v.Batches[1].Due)
	}
	c.add(8 * 24 * time.Hour)
	p.s.listsChanged()
	p.view("overdue", func(v StationView) bool { return v.Counts.Overdue == 4 && len(v.Batches) == 2 && v.Batches[0].Overdue })
}

// A session whose time is over ends with the line up, and goes on without it:
// nobody could sign in again.
func TestSessionOverWithoutTheLine(t *testing.T) {
	p, labels := department(t, "adopt")
	p.line.cut()
	p.clock.add(40 * 24 * time.Hour)
	p.scan(labels[0][0])
	p.last("ok", "done.out")
	p.line.mu.Lock()
	p.line.down = false
	p.line.mu.Unlock()
	p.view("signed out", func(v StationView) bool { return v.Staff == nil })
}
