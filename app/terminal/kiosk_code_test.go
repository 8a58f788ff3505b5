package terminal

import (
	"context"
	"strings"
	"testing"

	"hallway/app/hall"
	"hallway/devices/scanner"
)

func TestCodes(t *testing.T) {
	cat := testCatalogue()
	appointment := hall.Code{Type: hall.CodeAppointment, Hall: cat.Code, Day: testDay, Value: "SECRET"}
	change := func(f func(*hall.Code)) string { c := appointment; f(&c); return hall.EncodeCode(c) }
	good := hall.EncodeCode(appointment)
	for name, tc := range map[string]struct{ text, notice string }{
		"not ours":      {"https://example.com/x", "code_foreign"},
		"damaged":       {good[:len(good)-3] + good[len(good)-2:], "code_damaged"},
		"other hall":    {change(func(c *hall.Code) { c.Hall = "44010001" }), "code_other_hall"},
		"tomorrow":      {change(func(c *hall.Code) { c.Day = "2026-03-03" }), "appointment_wrong_day"},
		"yesterday":     {change(func(c *hall.Code) { c.Day = "2026-03-01" }), "appointment_past"},
		"unknown":       {change(func(c *hall.Code) { c.Value = "OTHER" }), "appointment_unknown"},
		"unknown slip":  {hall.EncodeCode(hall.Code{Type: hall.CodeTicket, Hall: cat.Code, Day: testDay, Value: "NOBODY"}), "ticket_unknown"},
		"slip of old":   {hall.EncodeCode(hall.Code{Type: hall.CodeTicket, Hall: cat.Code, Day: "2026-03-01", Value: "X"}), "ticket_other_day"},
		"unknown type":  {change(func(c *hall.Code) { c.Type = "Z" }), "code_foreign"},
		"late":          {hall.EncodeCode(hall.Code{Type: hall.CodeAppointment, Hall: cat.Code, Day: testDay, Value: "LATE"}), "appointment_late"},
		"early":         {hall.EncodeCode(hall.Code{Type: hall.CodeAppointment, Hall: cat.Code, Day: testDay, Value: "EARLY"}), "appointment_early"},
		"lowered":       {strings.ToLower(change(func(c *hall.Code) { c.Value = "LATE" })), "appointment_late"},
		"empty reading": {"", "code_foreign"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newKioskRig(t, nil)
			r.w.book(t, "AP-L", "09:00", docLi, "13900000000", "1", "LATE")
			r.w.book(t, "AP-E", "16:00", docLi, "13900000000", "1", "EARLY")
			r.scan(tc.text)
			r.notice(tc.notice)
		})
	}
	t.Run("broken", func(t *testing.T) {
		r := newKioskRig(t, nil)
		r.scanner.scans <- scanner.Scan{Raw: []byte("HW1.A"), Broken: true}
		r.notice("code_damaged")
	})
	t.Run("right", func(t *testing.T) {
		r := newKioskRig(t, nil)
		r.w.book(t, "AP1", "10:00", docLi, "13900000000", "1", "SECRET")
		r.scan(good)
		s := r.phase(phaseChoose)
		if len(s.Appointments) != 1 || !s.Appointments[0].CheckIn.Allowed {
			t.Fatalf("%+v", s.Appointments)
		}
		if err := r.CheckIn(context.Background(), CheckInRequest{Appointment: "AP1"}); err != nil {
			t.Fatal(err)
		}
		r.phase(phaseTicket)
		if err := r.End(context.Background()); err != nil {
			t.Fatal(err)
		}
		r.scan(good)
		s = r.notice("appointment_used")
		if s.Notice.Params["number"] != "A001" || s.Appointments[0].CheckIn.Allowed {
			t.Errorf("used: %+v", s)
		}
	})
}

func TestWhereAmI(t *testing.T) {
	r := newKioskRig(t, nil)
	if err := r.Take(context.Background(), TakeRequest{Group: "social"}); err != nil {
		t.Fatal(err)
	}
	id := r.phase(phaseTicket).Ticket.ID
	code := hall.EncodeCode(hall.Code{Type: hall.CodeTicket, Hall: testCatalogue().Code, Day: testDay, Value: id})
	r.scan(code)
	eventually(t, "its place", func() bool {
		s := r.View().Session
		return s != nil && s.Ticket != nil && s.Ticket.State == hall.TicketIssued && s.Requeue == nil
	})
	clerk := hall.Actor{Kind: hall.ActorStaff, ID: "1001", Role: hall.RoleClerk, Session: "s"}
	for _, d := range []Draft{
		{Kind: hall.OpenWindow, Entity: "1", Actor: clerk, Body: hall.OpenWindowBody{}},
		{Kind: hall.CallNext, Entity: "1", Actor: clerk, Body: hall.CallNextBody{}},
		{Kind: hall.MissTicket, Entity: id, Actor: clerk, Body: hall.TicketActBody{Window: "1"}},
	} {
		if _, err := r.store.Propose(context.Background(), d); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "missed, and may queue again", func() bool {
		s := r.View().Session
		return s != nil && s.Ticket != nil && s.Ticket.State == hall.TicketMissed && s.Requeue != nil && s.Requeue.Allowed
	})
	if err := r.Requeue(context.Background()); err != nil {
		t.Fatal(codeOf(t, err))
	}
	eventually(t, "waiting again", func() bool { return r.View().Session.Ticket.State == hall.TicketIssued })
}
