package central

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// stream opens the manager's event stream.
func (b *bed) stream(ctx context.Context, headers ...string) (int, <-chan ManagerView, func()) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.srv.URL+"/central/v1/manager/events", nil)
	if err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := b.srv.Client().Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	out, done := make(chan ManagerView, 100), make(chan struct{})
	go func() {
		defer close(done)
		defer close(out)
		defer resp.Body.Close()
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 1<<20)
		name := ""
		for lines.Scan() {
			if n, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				name = n
			}
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && name == "view" {
				var v ManagerView
				if json.Unmarshal([]byte(data), &v) == nil {
					out <- v
				}
			}
		}
	}()
	return resp.StatusCode, out, func() { cancel(); <-done }
}

// until reads views until one is as wanted.
func until(t *testing.T, views <-chan ManagerView, what string, ok func(ManagerView) bool) {
	t.Helper()
	end := time.After(time.Minute)
	for {
		select {
		case v, open := <-views:
			if !open {
				t.Fatalf("the stream ended before: %s", what)
			}
			if ok(v) {
				return
			}
		case <-end:
			t.Fatalf("never: %s", what)
		}
	}
}

func terminalOf(v ManagerView, id string) ManagerTerminal {
	for _, x := range v.Terminals {
		if x.ID == id {
			return x
		}
	}
	return ManagerTerminal{}
}

func status(devices ...sync.DeviceStatus) sync.TerminalStatus {
	return sync.TerminalStatus{Terminal: "kiosk-1", Role: "kiosk", Version: "1", Devices: devices, Leased: map[string]int{"AK": 20}}
}

func TestManagerSeesDevicesAndLines(t *testing.T) {
	b := newBed(t)
	s := b.signIn("9001", "")
	_, views, stop := b.stream(t.Context(), bearer(s.Token)...)
	defer stop()
	printer := sync.DeviceStatus{ID: "printer", Kind: "printer", Model: "escpos", State: "ready"}
	report := func(d sync.DeviceStatus) {
		b.want(204, "POST", "/sync/v1/status", status(d), nil, bearer("token-kiosk-1")...)
	}
	report(printer)
	until(t, views, "the terminal is there", func(v ManagerView) bool {
		x := terminalOf(v, "kiosk-1")
		return x.Online && len(x.Devices) == 1 && x.Leased["AK"] == 20
	})
	printer.State, printer.Faults = "failed", []sync.DeviceFault{{Code: "paper_end", Severity: "error"}}
	report(printer)
	until(t, views, "the paper is out", func(v ManagerView) bool {
		x := terminalOf(v, "kiosk-1")
		return len(x.Devices) == 1 && len(x.Devices[0].Faults) == 1 && v.Recent[0].Text.Code == "device_fault"
	})
	help := status(printer)
	help.Devices = append(help.Devices, sync.DeviceStatus{ID: "help", Kind: "help", State: "degraded", Faults: []sync.DeviceFault{{Code: "help_called", Severity: "warn"}}})
	b.want(204, "POST", "/sync/v1/status", help, nil, bearer("token-kiosk-1")...)
	until(t, views, "the call for help as an event", func(v ManagerView) bool {
		return v.Recent[0].Text.Code == "device_fault" && v.Recent[0].Text.Params["fault"] == "help_called"
	})

	// The wake stream breaks: gone at once. Heard again: there at once.
	ctx, cut := context.WithCancel(t.Context())
	defer cut()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.srv.URL+"/sync/v1/wake?lane=shared", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer token-kiosk-1")
	resp, err := b.srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("wake: %d", resp.StatusCode)
	}
	cut()
	until(t, views, "the broken line shows", func(v ManagerView) bool { return !terminalOf(v, "kiosk-1").Online })
	report(printer)
	until(t, views, "the terminal is back", func(v ManagerView) bool { return terminalOf(v, "kiosk-1").Online })
	b.clock.forward(16 * time.Second)
	until(t, views, "the silent terminal shows", func(v ManagerView) bool {
		return !terminalOf(v, "kiosk-1").Online && v.Recent[0].Text.Code == "terminal_offline"
	})
}

func TestStreamEndsWithTheSession(t *testing.T) {
	b := newBed(t)
	s := b.signIn("9001", "")
	_, views, stop := b.stream(t.Context(), bearer(s.Token)...)
	defer stop()
	<-views
	b.want(204, "DELETE", "/central/v1/sessions", nil, nil, bearer(s.Token)...)
	select {
	case _, open := <-views:
		for open {
			_, open = <-views
		}
	case <-time.After(time.Minute):
		t.Error("the stream goes on after signing out")
	}
}

func TestManagerFollowsTheHall(t *testing.T) {
	b := newBed(t)
	manager := b.signIn("9001", "")
	_, views, stop := b.stream(t.Context(), bearer(manager.Token)...)
	defer stop()
	kiosk, desk := &term{b: b, id: "kiosk-1"}, &term{b: b, id: "counter-1"}
	clerkSession := b.signIn("1001", "counter-1")
	actor := clerk(clerkSession)
	kiosk.ticket("t1", "insurance", "B")
	until(t, views, "one waits", func(v ManagerView) bool { return v.Totals.Waiting == 1 && v.Totals.Issued == 1 })
	desk.do(hall.OpenWindow, "1", actor, hall.OpenWindowBody{})
	until(t, views, "idle with somebody waiting", func(v ManagerView) bool {
		return v.Totals.IdleWithWaiting == 1 && v.Windows[0].State == "open" && v.Windows[0].Staff == "林小满"
	})
	b.clock.forward(3 * time.Minute)
	desk.do(hall.CallNext, "1", actor, hall.CallNextBody{})
	until(t, views, "called", func(v ManagerView) bool { return v.Windows[0].State == "called" && v.Totals.WaitMean >= 180 })
	desk.do(hall.StartService, "t1", actor, hall.TicketActBody{Window: "1"})
	until(t, views, "serving", func(v ManagerView) bool { return v.Windows[0].State == "serving" && v.Totals.Serving == 1 })
	b.clock.forward(2 * time.Minute)
	desk.do(hall.FinishService, "t1", actor, hall.TicketActBody{Window: "1"})
	desk.do(hall.Rate, "t1", citizenActor, hall.RateBody{Level: 5, Channel: "evaluator"})
	var last ManagerView
	until(t, views, "done and rated", func(v ManagerView) bool {
		last = v
		return v.Totals.Done == 1 && v.Ratings.Levels[4] == 1
	})
	if last.Totals.ServeMean < 120 || last.Windows[0].Done != 1 || last.Groups[1].Done != 1 {
		t.Errorf("%+v", last)
	}
	for _, e := range last.Recent {
		if e.Text.Code == "ticket_rated" && len(e.Text.Params) != 1 {
			t.Errorf("the event tells the rating: %+v", e)
		}
	}
	raw, err := json.Marshal(last)
	if err != nil {
		t.Fatal(err)
	}
	for _, never := range []string{"doc", "phone", "look", "sealed"} {
		if strings.Contains(string(raw), never) {
			t.Errorf("the view holds %q", never)
		}
	}
}

func TestManagerView(t *testing.T) {
	at := func(minute int) time.Time { return monday.Add(time.Duration(minute) * time.Minute) }
	cat, err := LoadHall(demoHall)
	if err != nil {
		t.Fatal(err)
	}
	q := hall.NewQueue(today)
	put := func(kind hall.EntityKind, id string, v any) {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Apply(hall.Change{Feed: hall.FeedQueue, Kind: kind, ID: id, Value: raw}); err != nil {
			t.Fatal(err)
		}
	}
	ticket := func(id string, state hall.TicketState, change func(*hall.Ticket)) {
		x := hall.Ticket{ID: id, Number: id, Day: today, Group: "business", Home: "business", Class: hall.ClassOrdinary, State: state, IssuedAt: at(0), Order: int64(len(id))}
		change(&x)
		put(hall.EntityTicket, id, x)
	}
	ticket("A001", hall.TicketDone, func(x *hall.Ticket) {
		x.CalledAt, x.FirstCalledAt, x.ServedAt, x.DoneAt, x.Window = at(4), at(2), at(5), at(15), "3"
	})
	ticket("A002", hall.TicketServing, func(x *hall.Ticket) {
		x.CalledAt, x.FirstCalledAt, x.ServedAt, x.Window = at(6), at(6), at(7), "1"
	})
	ticket("A003", hall.TicketIssued, func(x *hall.Ticket) { x.IssuedAt = at(10) })
	ticket("A004", hall.TicketMissed, func(x *hall.Ticket) { x.CalledAt, x.FirstCalledAt, x.Window = at(10), at(10), "2" })
	put(hall.EntityWindow, "1", hall.Window{ID: "1", Open: true, Staff: "1001", Ticket: "A002", Number: "A002", Day: today})
	put(hall.EntityWindow, "2", hall.Window{ID: "2", Open: true, Paused: true, Staff: "1002"})
	put(hall.EntityWindow, "3", hall.Window{ID: "3", Open: true, Staff: "1003"})
	v := daySnapshot{
		now: at(20), cat: cat, queue: q,
		appointments: []hall.Appointment{{State: hall.Booked}, {State: hall.CheckedIn}, {State: hall.Cancelled}, {State: hall.NoShow}},
		ratings:      []hall.Rating{{Level: 1}, {Level: 1}, {Level: 0}, {Level: 5, At: at(16), Number: "A001"}},
	}.managerView()
	want := ManagerTotals{
		Issued: 4, Waiting: 1, Serving: 1, Done: 1, Missed: 1, Booked: 3, CheckedIn: 1,
		WaitMean: 6 * 60, WaitP90: 10 * 60, ServeMean: 10 * 60, IdleWithWaiting: 1,
	}
	if v.Totals != want {
		t.Errorf("totals %+v\nwant   %+v", v.Totals, want)
	}
	if v.Ratings != (ManagerRatings{Levels: [5]int{2, 0, 0, 0, 1}, NotRated: 1}) {
		t.Errorf("ratings %+v", v.Ratings)
	}
	if g := v.Groups[0]; g.Waiting != 1 || g.Longest != 600 || g.Serving != 1 || g.Done != 1 || g.WaitMean != 360 {
		t.Errorf("group %+v", g)
	}
	var states []string
	for _, w := range v.Windows {
		states = append(states, w.State)
	}
	if got := strings.Join(states, " "); got != "serving paused open closed closed closed" {
		t.Errorf("windows %s", got)
	}
	if v.Recent[0].Text.Code != "ticket_rated" || v.Recent[1].Text.Code != "ticket_done" {
		t.Errorf("recent %+v", v.Recent[:2])
	}
	for i := 1; i < len(v.Recent); i++ {
		if v.Recent[i].At.After(v.Recent[i-1].At) {
			t.Error("recent is not newest first")
		}
	}
}
