package halfday

import (
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"hallway/app/central"
	"hallway/app/hall"
	"hallway/app/terminal"
	"hallway/devices/bench"
)

// person is a synthetic citizen of one round.
type person struct {
	round                    int
	name, number, phone, key string
	booking                  central.BookingReply
	asked                    bool // for the number of the appointment
}

// newPerson makes a synthetic number with a right check character
// (ISO 7064 MOD 11-2) in the address code of the standard's own example.
func newPerson(round int) person {
	body := fmt.Sprintf("110101199003%02d%03d", 1+round%28, 500+round)
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(body[i]-'0') * w
	}
	return person{
		round: round,
		name:  "测试" + string(rune('甲'+round%4)), number: body + string("10X98765432"[sum%11]),
		phone: fmt.Sprintf("139000%05d", round), key: fmt.Sprintf("round-%d-key-000000", round),
	}
}

// book makes an appointment for the slot that begins next.
func (w *world) book(p *person) {
	w.until("book an appointment", func() (bool, error) {
		var info central.BookingInfo
		if err := w.central.Get(w.ctx, "/central/v1/booking/info", &info); err != nil {
			return false, err
		}
		day := hall.DayOf(info.Now)
		for i := range info.Items {
			item := info.Items[(i+p.round)%len(info.Items)] // a slot has a quota
			var slots []central.BookingSlot
			q := url.Values{"item": {item.ID}, "day": {day}}
			if err := w.central.Get(w.ctx, "/central/v1/booking/slots?"+q.Encode(), &slots); err != nil {
				return false, err
			}
			for _, s := range slots {
				if !s.Open || s.Left == 0 {
					continue
				}
				req := central.BookingRequest{Item: item.ID, Day: day, Slot: s.Start, Name: p.name,
					DocKind: "111", DocNo: p.number, Phone: p.phone, Key: p.key}
				if err := w.central.Call(w.ctx, "POST", "/central/v1/booking", req, &p.booking); err != nil {
					return false, err
				}
				return p.booking.ID != "", errNotYet
			}
		}
		return false, errors.New("no open slot today")
	})
}

// checkIn puts the card on the reader and takes the number of the appointment.
// Done when a slip of it is on the paper or the kiosk says that it is used.
func (w *world) checkIn(p *person) {
	placed := false
	w.until("check in by card", func() (bool, error) {
		v, err := w.kioskView()
		if err != nil {
			return false, err
		}
		if v.Session == nil {
			// Lift the card and put it down again, as a person would.
			if placed {
				if err := w.bench.Post(w.ctx, "/bench/v1/idcard/remove", map[string]any{"id": "kiosk-1/idcard"}); err != nil {
					return false, err
				}
				time.Sleep(700 * time.Millisecond)
			}
			placed = true
			err := w.bench.Post(w.ctx, "/bench/v1/idcard/place", map[string]any{"id": "kiosk-1/idcard",
				"custom": bench.CustomCard{Name: p.name, Number: p.number, ValidFrom: "20200101", ValidUntil: "长期"}})
			if err != nil {
				return false, err
			}
			w.waitSession()
			return false, errNotYet
		}
		return w.goOnCheckIn(p, v)
	})
	w.until("lift the card", func() (bool, error) {
		err := w.bench.Post(w.ctx, "/bench/v1/idcard/remove", map[string]any{"id": "kiosk-1/idcard"})
		return err == nil, err
	})
	w.endSession()
}

func (w *world) goOnCheckIn(p *person, v terminal.KioskView) (bool, error) {
	s := v.Session
	switch {
	case s.Phase == "ticket" && s.Ticket != nil:
		return w.takeSlip(s.Ticket, p.asked), errNotYet
	case len(s.Appointments) > 0:
		a := s.Appointments[0]
		if a.Outcome == "used" {
			return true, nil // the kiosk tells the number that the person has
		}
		if !a.CheckIn.Allowed {
			return false, fmt.Errorf("appointment %s at %s: %+v", a.Outcome, a.Slot, a.CheckIn.Why)
		}
		p.asked = true
		return false, w.kiosk.Post(w.ctx, "/api/v1/kiosk/checkin", terminal.CheckInRequest{Appointment: a.ID})
	case s.Phase == "reading" || s.Phase == "printing":
		return false, errNotYet
	default:
		err := fmt.Errorf("session %+v notice %+v", s.Phase, s.Notice)
		w.endSession()
		return false, err
	}
}

// waitSession waits a little for the kiosk to see the card.
func (w *world) waitSession() {
	for range 30 {
		if v, err := w.kioskView(); err == nil && v.Session != nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (w *world) endSession() {
	w.until("end the session", func() (bool, error) {
		v, err := w.kioskView()
		if err != nil {
			return false, err
		}
		if v.Session == nil {
			return true, nil
		}
		return false, w.kiosk.Post(w.ctx, "/api/v1/kiosk/end", nil)
	})
}

// walkIn takes a number by touch and waits for the paper.
func (w *world) walkIn() (number string) {
	if err := w.readSlips(); err != nil && w.ctx.Err() != nil {
		w.t.Fatal(err)
	}
	asked := false
	w.until("take a number by touch", func() (bool, error) {
		v, err := w.kioskView()
		if err != nil {
			return false, err
		}
		s := v.Session
		switch {
		case s != nil && s.Phase == "ticket" && s.Ticket != nil:
			number = s.Ticket.Number
			return w.takeSlip(s.Ticket, asked), errNotYet
		case s != nil && s.Phase == "printing":
			return false, errNotYet
		case !v.Issue.Allowed:
			return false, fmt.Errorf("no number now: %+v", v.Issue.Why)
		case s == nil:
			return false, w.kiosk.Post(w.ctx, "/api/v1/kiosk/begin", nil)
		}
		g := v.Groups[w.rng.IntN(2)] // the groups of windows 1 and 2
		asked = true
		return false, w.kiosk.Post(w.ctx, "/api/v1/kiosk/take", terminal.TakeRequest{Group: g.ID, Item: g.Items[0].ID})
	})
	w.endSession()
	return number
}

// takeSlip tells whether the number on the screen is that of the person who
// asked, printed or not. After a restart the kiosk shows the number whose slip
// was lost: a person who did not ask for it lets it go.
func (w *world) takeSlip(t *terminal.KioskTicket, asked bool) bool {
	if t.Slip == "printing" {
		return false
	}
	if !asked || w.told[t.ID] {
		w.endSession()
		return false
	}
	w.told[t.ID] = true
	return true
}

// atWork signs a clerk in and opens the window.
func (w *world) atWork(counter, staff string) {
	w.until(counter+" at work", func() (bool, error) {
		v, err := w.counterView(counter)
		if err != nil {
			return false, err
		}
		d := w.counter[counter]
		switch {
		case v.Staff == nil:
			return false, d.Post(w.ctx, "/api/v1/counter/signin", terminal.SignInRequest{Staff: staff, Password: w.stage.Passwords[staff]})
		case v.Window == nil || !v.Window.Open:
			return false, d.Post(w.ctx, "/api/v1/counter/open", nil)
		}
		return true, nil
	})
}

// call presses «next» until somebody is at the window.
func (w *world) call(counter, staff string) terminal.CounterTicket {
	var got terminal.CounterTicket
	w.until(counter+" calls", func() (bool, error) {
		v, err := w.counterView(counter)
		if err != nil {
			return false, err
		}
		if v.Staff == nil {
			w.atWork(counter, staff)
			return false, errNotYet
		}
		if v.Current != nil && !v.Current.Pending {
			got = *v.Current
			return true, nil
		}
		if !v.Acts.Next.Allowed {
			return false, fmt.Errorf("next: %+v", v.Acts.Next.Why)
		}
		return false, w.counter[counter].Post(w.ctx, "/api/v1/counter/next", terminal.NextRequest{})
	})
	return got
}

// callBoth presses «next» at both counters at once.
func (w *world) callBoth() (a, b terminal.CounterTicket) {
	var wg sync.WaitGroup
	wg.Go(func() { a = w.call("counter-1", "1001") })
	wg.Go(func() { b = w.call("counter-2", "1002") })
	wg.Wait()
	return a, b
}

// serve starts and finishes the person at the window; with a level, the key is
// pressed.
func (w *world) serve(counter, staff, ticket string, level int) {
	started := false
	w.until(counter+" serves", func() (bool, error) {
		v, err := w.counterView(counter)
		if err != nil {
			return false, err
		}
		d := w.counter[counter]
		switch {
		case v.Staff == nil:
			w.atWork(counter, staff)
			return false, errNotYet
		case v.Current == nil || v.Current.ID != ticket:
			return started, fmt.Errorf("ticket %s is not at the window", ticket)
		case v.Current.State == hall.TicketServing:
			started = true
			return false, d.Post(w.ctx, "/api/v1/counter/finish", nil)
		default:
			started = true
			return false, d.Post(w.ctx, "/api/v1/counter/start", nil)
		}
	})
	if level == 0 {
		return
	}
	for range 20 { // the evaluator asks in the background; press while it does
		v, err := w.counterView(counter)
		if err == nil && v.Rating.State == "asking" {
			if w.bench.Post(w.ctx, "/bench/v1/evaluator/press", map[string]any{"id": counter + "/evaluator", "level": level}) == nil {
				return
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// line cuts or restores the kiosk's network.
func (w *world) line(up bool) {
	w.until(fmt.Sprintf("line up=%v", up), func() (bool, error) {
		if err := w.bench.Post(w.ctx, "/bench/v1/lines", map[string]any{"id": "kiosk-1", "up": up}); err != nil {
			return false, err
		}
		v, err := w.kioskView()
		return err == nil && v.Line.Online == up, err
	})
}

// paper sets the printer's paper and waits until kiosk and manager know.
func (w *world) paper(state string) {
	ok := state == "ok"
	w.until("paper "+state, func() (bool, error) {
		if err := w.bench.Post(w.ctx, "/bench/v1/printer/set", map[string]any{"id": "kiosk-1/printer", "paper": state}); err != nil {
			return false, err
		}
		v, err := w.kioskView()
		if err != nil {
			return false, err
		}
		m, err := w.managerView()
		if err != nil {
			return false, err
		}
		return v.Issue.Allowed == ok && faulty(m, "kiosk-1", "printer") == !ok, fmt.Errorf("kiosk %+v", v.Issue)
	})
}

// faulty tells whether the manager's page shows an error fault of a device.
func faulty(m central.ManagerView, terminalID, device string) bool {
	for _, t := range m.Terminals {
		if t.ID != terminalID {
			continue
		}
		for _, d := range t.Devices {
			for _, f := range d.Faults {
				if d.ID == device && f.Severity == "error" {
					return true
				}
			}
		}
	}
	return false
}
