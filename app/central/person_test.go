package central

import (
	"bytes"
	"testing"
	"time"

	"hallway/app/hall"
)

func TestPersonOfATicket(t *testing.T) {
	b := newBed(t)
	var r BookingReply
	b.want(200, "POST", "/central/v1/booking", request(personA, "card-lost", today, "09:30", key(1)), &r)
	kiosk, desk := &term{b: b, id: "kiosk-1"}, &term{b: b, id: "counter-1"}
	one, two := b.signIn("1001", "counter-1"), b.signIn("1002", "counter-2")
	kiosk.checkIn("t1", r.ID, "insurance", "B")
	kiosk.ticket("t2", "insurance", "B")
	path := "/central/v1/tickets/t1/person"
	mine := append(bearer("token-counter-1"), "X-Staff-Session", one.Token)
	other := append(bearer("token-counter-2"), "X-Staff-Session", two.Token)

	b.refused(403, "not_at_your_window", "GET", path, nil, mine...) // still waiting
	desk.do(hall.OpenWindow, "1", clerk(one), hall.OpenWindowBody{})
	desk.do(hall.CallNext, "1", clerk(one), hall.CallNextBody{})
	var p TicketPerson
	b.want(200, "GET", path, nil, &p, mine...)
	if p != (TicketPerson{Name: personA.name, DocKind: "111", DocNo: personA.number, Phone: personA.phone}) {
		t.Errorf("not the person who booked")
	}
	b.refused(403, "not_at_your_window", "GET", path, nil, other...)
	b.refused(403, "not_at_your_window", "GET", "/central/v1/tickets/t9/person", nil, mine...)
	b.refused(401, "signed_out", "GET", path, nil, bearer("token-counter-1")...)
	desk.do(hall.StartService, "t1", clerk(one), hall.TicketActBody{Window: "1"})
	b.want(200, "GET", path, nil, nil, mine...)
	desk.do(hall.FinishService, "t1", clerk(one), hall.TicketActBody{Window: "1"})
	b.refused(403, "not_at_your_window", "GET", path, nil, mine...) // done: no more need to know
	desk.do(hall.CallNext, "1", clerk(one), hall.CallNextBody{})
	b.refused(404, "no_person", "GET", "/central/v1/tickets/t2/person", nil, mine...)

	rows, err := b.c.store.db.QueryContext(t.Context(), `SELECT staff, terminal, subject, allowed, reason FROM central_audit WHERE act = 'read_person' ORDER BY n`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []string
	for rows.Next() {
		var staff, terminal, subject, reason string
		var allowed int
		if err := rows.Scan(&staff, &terminal, &subject, &allowed, &reason); err != nil {
			t.Fatal(err)
		}
		got = append(got, staff+" "+terminal+" "+subject+" "+reason+string(rune('0'+allowed)))
	}
	want := []string{
		"1001 counter-1 t1 not_at_your_window0", "1001 counter-1 t1 1", "1002 counter-2 t1 not_at_your_window0", "1001 counter-1 t9 not_at_your_window0",
		"1001 counter-1 t1 1", "1001 counter-1 t1 not_at_your_window0", "1001 counter-1 t2 no_person0",
	}
	if len(got) != len(want) {
		t.Fatalf("%d audit rows, want %d: %v", len(got), len(want), got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("audit row %d: %s, want %s", i, got[i], want[i])
		}
	}
	for _, secret := range []string{personA.name, personA.number, personA.phone} {
		if bytes.Contains(b.logs.Bytes(), []byte(secret)) || bytes.Contains(bytesOf(t, b.cfg), []byte(secret)) {
			t.Error("reading a person left them in the log or the database")
		}
	}
}

func TestNoShowFiresOnce(t *testing.T) {
	b := newBed(t)
	var came, missed, gone BookingReply
	b.want(200, "POST", "/central/v1/booking", request(personA, "card-lost", today, "09:30", key(1)), &came)
	b.want(200, "POST", "/central/v1/booking", request(personB, "card-lost", today, "09:30", key(2)), &missed)
	b.want(200, "POST", "/central/v1/booking", request(personB, "invoice", today, "12:00", key(3)), &gone)
	b.want(204, "POST", "/central/v1/booking/"+gone.ID+"/cancel", CancelRequest{Phone: personB.phone, Code: gone.Code}, nil)
	(&term{b: b, id: "kiosk-1"}).checkIn("t1", came.ID, "insurance", "B")
	b.clock.forward(39 * time.Minute) // 09:44: the window is still open
	if err := b.c.dueEffects(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := b.appointment(missed.ID); a.State != hall.Booked {
		t.Fatalf("too early: %s", a.State)
	}
	b.clock.forward(2 * time.Minute)
	eventually(t, "the deadline", func() bool { return b.appointment(missed.ID).State == hall.NoShow })
	if a := b.appointment(came.ID); a.State != hall.CheckedIn {
		t.Errorf("who came is %s", a.State)
	}
	row, _, err := b.c.writer.Head(t.Context(), b.c.hallLane())
	if err != nil {
		t.Fatal(err)
	}
	b.restart()
	for range 3 {
		if err := b.c.dueEffects(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	b.clock.forward(4 * time.Hour)
	eventually(t, "the deadline of the cancelled one is done", func() bool {
		due, err := b.c.writer.DueEffects(t.Context(), b.c.now(), 10)
		return err == nil && len(due) == 0
	})
	if a := b.appointment(gone.ID); a.State != hall.Cancelled {
		t.Errorf("the cancelled one is %s", a.State)
	}
	if after, _, err := b.c.writer.Head(t.Context(), b.c.hallLane()); err != nil || after != row {
		t.Errorf("deadlines were written again: row %d, then %d (%v)", row, after, err)
	}
}

func TestDayIsClosedOnce(t *testing.T) {
	b := newBed(t)
	kiosk, desk := &term{b: b, id: "kiosk-1"}, &term{b: b, id: "counter-1"}
	s := b.signIn("1001", "counter-1")
	kiosk.ticket("t1", "insurance", "B")
	late := kiosk.lease("insurance", "B")
	desk.do(hall.OpenWindow, "1", clerk(s), hall.OpenWindowBody{})
	if err := b.c.closeDays(t.Context(), today); err != nil {
		t.Fatal(err)
	}
	state := func(id string) hall.TicketState {
		x, _, err := hall.Load[hall.Ticket](b.c.writer.HallWorld(t.Context(), "37010001"), hall.EntityTicket, id)
		if err != nil {
			t.Fatal(err)
		}
		return x.State
	}
	if state("t1") != hall.TicketIssued {
		t.Fatal("the day was closed before it ended")
	}
	b.clock.forward(15 * time.Hour)
	eventually(t, "the day closes", func() bool { return state("t1") == hall.TicketAbandoned })
	w, _, err := hall.Load[hall.Window](b.c.writer.HallWorld(t.Context(), "37010001"), hall.EntityWindow, "1")
	if err != nil || w.Open {
		t.Errorf("the window is still open: %v", err)
	}
	row, _, err := b.c.writer.Head(t.Context(), b.c.hallLane())
	if err != nil {
		t.Fatal(err)
	}
	b.restart()
	for range 3 {
		if err := b.c.closeDays(t.Context(), "2026-05-19"); err != nil {
			t.Fatal(err)
		}
	}
	if after, _, err := b.c.writer.Head(t.Context(), b.c.hallLane()); err != nil || after != row {
		t.Errorf("the day was closed again: row %d, then %d (%v)", row, after, err)
	}
	// Yesterday's ticket that a terminal brings today is not left open either.
	kiosk.do(hall.TakeTicket, "t2", citizenActor, ticketBody(late))
	if err := b.c.closeDays(t.Context(), "2026-05-19"); err != nil {
		t.Fatal(err)
	}
	if state("t2") != hall.TicketAbandoned {
		t.Errorf("yesterday's ticket is %s", state("t2"))
	}
}

func TestRestartKeepsEverything(t *testing.T) {
	b := newBed(t)
	manager := b.signIn("9001", "")
	var r BookingReply
	b.want(200, "POST", "/central/v1/booking", request(personA, "card-lost", today, "09:30", key(1)), &r)
	kiosk := &term{b: b, id: "kiosk-1"}
	kiosk.checkIn("t1", r.ID, "insurance", "B")
	kiosk.ticket("t2", "business", "A")
	var before, after ManagerView
	b.want(200, "GET", "/central/v1/manager/view", nil, &before, bearer(manager.Token)...)
	version := b.c.cat.Load().Version
	b.restart()
	b.want(200, "GET", "/central/v1/manager/view", nil, &after, bearer(manager.Token)...)
	if after.Totals != before.Totals || before.Totals.Waiting != 2 || before.Totals.CheckedIn != 1 {
		t.Errorf("before %+v\nafter  %+v", before.Totals, after.Totals)
	}
	if after.Rev <= before.Rev {
		t.Errorf("revisions went back: %d, then %d", before.Rev, after.Rev)
	}
	kiosk.ticket("t3", "business", "A") // the terminal goes on in its sequence
	if row, _, err := b.c.writer.Head(t.Context(), "shared"); err != nil || version != b.c.cat.Load().Version || row == 0 {
		t.Errorf("%d %v", row, err)
	}
}
