package crash

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"hallway/app/central"
	"hallway/app/hall"
	"hallway/app/terminal"
	"hallway/build/demo/stage"
)

// between is how long somebody looks at a screen before doing more.
const between = 40 * time.Millisecond

// atKiosk takes numbers by touch, as people do one after the other: with what the
// screen says, and again after a fault.
func (h *house) atKiosk(ctx context.Context, rnd *rand.Rand) error {
	d := h.stage.Program("kiosk-1").TerminalDoor()
	for ctx.Err() == nil {
		pause(ctx, between)
		var v terminal.KioskView
		if d.Get(ctx, "/api/v1/kiosk/view", &v) != nil {
			continue
		}
		switch s := v.Session; {
		case s != nil && s.Ticket != nil:
			if err := h.witness.saw(Fact{What: told, ID: s.Ticket.ID, Number: s.Ticket.Number}); err != nil {
				return err
			}
			if !v.Line.Online {
				h.toldOffline(s.Ticket.Number)
			}
			if s.Ticket.Slip != "printing" {
				_ = h.ask(ctx, d, "/api/v1/kiosk/end", nil) // or it ends by itself
			}
		case s == nil:
			_ = h.ask(ctx, d, "/api/v1/kiosk/begin", nil) // tried again
		case len(v.Groups) > 1:
			g := v.Groups[rnd.IntN(2)] // the groups of windows 1 and 2
			_ = h.ask(ctx, d, "/api/v1/kiosk/take", terminal.TakeRequest{Group: g.ID, Item: g.Items[0].ID})
		}
	}
	return nil
}

func (h *house) toldOffline(number string) {
	h.mu.Lock()
	h.offline[number] = true
	h.mu.Unlock()
}

// ask presses something on a page and notes the code of a refusal.
func (h *house) ask(ctx context.Context, d *stage.Door, path string, in any) error {
	err := d.Post(ctx, path, in)
	var no *stage.Refused
	if errors.As(err, &no) {
		h.mu.Lock()
		h.heard[no.Code]++
		h.mu.Unlock()
	}
	return err
}

// atCounter signs in, opens, calls, serves and finishes.
func (h *house) atCounter(ctx context.Context, id, staff string) error {
	d := h.stage.Program(id).TerminalDoor()
	for ctx.Err() == nil {
		pause(ctx, between)
		var v terminal.CounterView
		if d.Get(ctx, "/api/v1/counter/view", &v) != nil {
			continue
		}
		var err error
		switch c := v.Current; {
		case v.Staff == nil:
			err = h.ask(ctx, d, "/api/v1/counter/signin", terminal.SignInRequest{Staff: staff, Password: h.stage.Passwords[staff]})
		case v.Window == nil || !v.Window.Open:
			err = h.ask(ctx, d, "/api/v1/counter/open", nil)
		case c == nil:
			err = h.ask(ctx, d, "/api/v1/counter/next", terminal.NextRequest{})
		case c.Pending:
		case c.State == hall.TicketServing:
			if err = h.ask(ctx, d, "/api/v1/counter/finish", nil); err == nil {
				if err := h.witness.saw(Fact{What: finished, ID: c.ID, Window: v.Window.ID}); err != nil {
					return err
				}
			}
		default:
			if err := h.witness.saw(Fact{What: called, ID: c.ID, Number: c.Number, Window: v.Window.ID}); err != nil {
				return err
			}
			err = h.ask(ctx, d, "/api/v1/counter/start", nil)
		}
		if err != nil {
			pause(ctx, 2*between)
		}
	}
	return nil
}

// onTheWeb books, asks again with the same key until it has an answer, and
// cancels one in two.
func (h *house) onTheWeb(ctx context.Context, rnd *rand.Rand) error {
	d := stage.NewDoor(h.stage.Front, nil)
	for n := 0; ctx.Err() == nil; n++ {
		pause(ctx, 300*time.Millisecond)
		var info central.BookingInfo
		var slots []central.BookingSlot
		if d.Get(ctx, "/central/v1/booking/info", &info) != nil {
			continue
		}
		item := info.Items[rnd.IntN(len(info.Items))]
		day := info.Days[rnd.IntN(len(info.Days))].Day
		if d.Get(ctx, "/central/v1/booking/slots?"+url.Values{"item": {item.ID}, "day": {day}}.Encode(), &slots) != nil {
			continue
		}
		for _, s := range slots {
			if !s.Open || s.Left == 0 {
				continue
			}
			req := central.BookingRequest{Item: item.ID, Day: day, Slot: s.Start, Name: "测试甲", DocKind: "111", DocNo: idNumber(h.people + n),
				Phone: fmt.Sprintf("139%08d", n), Key: fmt.Sprintf("crash-%d-key-000000", n)}
			if err := h.bookOne(ctx, d, req, rnd.IntN(2) == 0); err != nil {
				return err
			}
			break
		}
	}
	return nil
}

// bookOne asks until there is an answer; an appointment that is cancelled is
// asked to be until there is one too.
func (h *house) bookOne(ctx context.Context, d *stage.Door, req central.BookingRequest, cancel bool) error {
	h.tried(req.Key)
	var reply central.BookingReply
	if answered := h.insist(ctx, d, "/central/v1/booking", req, &reply); !answered || reply.ID == "" {
		return nil
	}
	if err := h.witness.saw(Fact{What: booked, ID: reply.ID}); err != nil || !cancel {
		return err
	}
	if h.insist(ctx, d, "/central/v1/booking/"+reply.ID+"/cancel", central.CancelRequest{Phone: req.Phone, Code: reply.Code}, nil) {
		return h.witness.saw(Fact{What: cancelled, ID: reply.ID})
	}
	return nil
}

// insist sends the same request until it is done or refused for good.
func (h *house) insist(ctx context.Context, d *stage.Door, path string, in, out any) (done bool) {
	for ctx.Err() == nil {
		err := d.Call(ctx, http.MethodPost, path, in, out)
		if err == nil {
			return true
		}
		var no *stage.Refused
		if errors.As(err, &no) && no.Status < 500 {
			if no.Status == http.StatusTooManyRequests {
				pause(ctx, 2*time.Second)
			}
			return false
		}
		pause(ctx, 2*between)
	}
	return false
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// idNumber is a synthetic number with a right check character (ISO 7064 MOD
// 11-2), in the address code of the standard's own example.
func idNumber(n int) string {
	day := time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n%15000)
	body := "110101" + day.Format("20060102") + fmt.Sprintf("%03d", n/15000%1000)
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(body[i]-'0') * w
	}
	return body + string("10X98765432"[sum%11])
}
