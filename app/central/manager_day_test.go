package central

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// aDay is a snapshot with tickets of every kind.
func aDay(t *testing.T) daySnapshot {
	t.Helper()
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
	order := int64(0)
	ticket := func(number, group string, state hall.TicketState, change func(*hall.Ticket)) {
		order++
		x := hall.Ticket{ID: "t-" + number, Number: number, Day: today, Group: group, Home: group, Class: hall.ClassOrdinary,
			State: state, IssuedAt: at(0), Order: order, Terminal: "kiosk-1"}
		if change != nil {
			change(&x)
		}
		put(hall.EntityTicket, x.ID, x)
	}
	served := func(window, staff string, call, start, done int) func(*hall.Ticket) {
		return func(x *hall.Ticket) {
			x.Window, x.Staff, x.Calls = window, staff, 1
			x.CalledAt, x.FirstCalledAt, x.ServedAt = at(call), at(call), at(start)
			if done > 0 {
				x.DoneAt = at(done)
			}
		}
	}
	ticket("A001", "business", hall.TicketDone, served("1", "1001", 2, 3, 13))
	ticket("A002", "business", hall.TicketDone, served("1", "1002", 20, 21, 25))
	ticket("A003", "business", hall.TicketServing, served("1", "1002", 30, 31, 0))
	ticket("A004", "business", hall.TicketMissed, served("2", "1001", 30, 31, 0))
	ticket("A005", "business", hall.TicketIssued, func(x *hall.Ticket) { x.IssuedAt = at(10) })
	ticket("A006", "business", hall.TicketIssued, func(x *hall.Ticket) { x.IssuedAt, x.Class = at(40), hall.ClassPriority })
	ticket("B001", "insurance", hall.TicketIssued, nil)
	put(hall.EntityWindow, "1", hall.Window{ID: "1", Open: true, Staff: "1002", Ticket: "t-A003", Number: "A003", Day: today, Groups: []string{"business"}, Since: at(31)})
	put(hall.EntityWindow, "3", hall.Window{ID: "3", Open: true, Staff: "1003", Day: today, Since: at(80)})
	return daySnapshot{
		now: at(82), cat: cat, queue: q,
		appointments: []hall.Appointment{
			{State: hall.Booked, Slot: "10:00", Item: "card-lost", IDLookup: "secret-look", PhoneLook: "secret-look"},
			{State: hall.CheckedIn, Slot: "09:00", Item: "card-lost", Ticket: "t-A005"},
		},
		ratings: []hall.Rating{{Level: 1, Window: "1"}, {Level: 4, Window: "2"}, {Level: 0, Window: "1"}},
		terminals: []ManagerTerminal{
			{ID: "kiosk-1", Role: "kiosk", Online: true, Devices: []sync.DeviceStatus{
				{ID: "printer", Kind: "printer", State: "failed", Faults: []sync.DeviceFault{{Code: "paper_end", Severity: "error", Since: at(70)}}},
				{ID: "scanner", Kind: "scanner", State: "ready", Faults: []sync.DeviceFault{{Code: "slow", Severity: "info"}}},
			}},
			{ID: "kiosk-2", Role: "kiosk", Online: true, Work: 2, Devices: []sync.DeviceStatus{{ID: "p", Kind: "printer", State: "degraded", Faults: []sync.DeviceFault{{Code: "paper_near_end", Severity: "warn"}}}}},
			{ID: "counter-1", Role: "counter", Window: "1", Online: true},
			{ID: "station-civil-1", Role: "station", Department: "civil", SeenAt: at(60)},
		},
	}
}

func TestWindowDay(t *testing.T) {
	v, ok := aDay(t).windowDay("1")
	if !ok || len(v.Tickets) != 3 || v.Tickets[0].Number != "A003" || v.Tickets[0].Serve != 51*60 {
		t.Fatalf("%+v", v)
	}
	if len(v.Staff) != 2 || v.Staff[0].Done != 1 || v.Staff[0].ServeMean != 240 || v.Staff[1].ServeMean != 600 {
		t.Errorf("staff %+v", v.Staff)
	}
	if v.ServeMean != 420 || v.Ratings != (ManagerRatings{Levels: [5]int{1}, NotRated: 1}) {
		t.Errorf("means %d, ratings %+v", v.ServeMean, v.Ratings)
	}
	if v.Window.Alert != "long" || v.Window.Terminal != "counter-1" || v.Window.Waiting != 2 {
		t.Errorf("window %+v", v.Window)
	}
	if _, ok := aDay(t).windowDay("99"); ok {
		t.Error("there is no window 99")
	}
}

func TestGroupDayIsInTheOrderOfCalling(t *testing.T) {
	v, ok := aDay(t).groupDay("business")
	if !ok || len(v.Waiting) != 2 || v.Group.Open != 2 || strings.Join(v.Windows, " ") != "1 2 3" {
		t.Fatalf("%+v", v)
	}
	for _, one := range v.Waiting {
		if one.Why == nil || one.Why.Code == "" {
			t.Errorf("%s waits without a reason", one.Number)
		}
	}
	if v.Waiting[0].Number != "A006" || v.Waiting[0].Why.Code != hall.WhyPriorityFirst || v.Waiting[1].Wait != 72*60 {
		t.Errorf("%+v", v.Waiting)
	}
}

func TestTicketsBehindAFigure(t *testing.T) {
	s := aDay(t)
	totals := s.managerView().Totals
	for figure, want := range map[string]int{
		"waiting": totals.Waiting, "serving": totals.Serving, "done": totals.Done, "missed": totals.Missed,
		"issued": totals.Issued, "wait_mean": 4, "wait_p90": 4, "serve_mean": totals.Done,
	} {
		v, ok := s.tickets(figure)
		if !ok || v.Total != want || len(v.Tickets) != want {
			t.Errorf("%s: %d of %d, want %d", figure, len(v.Tickets), v.Total, want)
		}
	}
	if v, _ := s.tickets("waiting"); v.Tickets[0].Number != "B001" {
		t.Errorf("the longest wait is not first: %+v", v.Tickets[0])
	}
	if _, ok := s.tickets("everything"); ok {
		t.Error("that is no figure")
	}
	booked := s.booked()
	raw, err := json.Marshal(booked)
	if err != nil || len(booked) != 2 || booked[0].Number != "A005" || strings.Contains(string(raw), "look") {
		t.Errorf("%s, %v", raw, err)
	}
}

func TestAlarms(t *testing.T) {
	v := aDay(t).managerView()
	var got []string
	for _, a := range v.Alarms {
		got = append(got, a.Severity+" "+a.Code+" "+a.ID)
	}
	want := []string{
		"bad no_window insurance", "bad device_fault kiosk-1", "bad terminal_offline station-civil-1",
		"warn idle_window 3", "warn wait_long business", "warn long_service 1", "warn device_fault kiosk-2", "warn work kiosk-2",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	states := map[string]string{}
	for _, x := range v.Terminals {
		states[x.ID] = x.State
		if x.ID == "kiosk-2" && (x.Nth != 2 || x.Issued != 0) || x.ID == "kiosk-1" && x.Issued != 7 {
			t.Errorf("%+v", x)
		}
	}
	if states["kiosk-1"] != "fault" || states["kiosk-2"] != "warn" || states["counter-1"] != "ok" || states["station-civil-1"] != "offline" {
		t.Errorf("%v", states)
	}
	if !v.Open || v.Closed != nil || len(v.Series) != 18 || v.Plan == "" {
		t.Errorf("open %v, %d spans", v.Open, len(v.Series))
	}
	s := aDay(t)
	s.now = time.Date(2026, 5, 18, 7, 0, 0, 0, hall.Zone)
	s.queue = hall.NewQueue(today)
	if v := s.managerView(); v.Open || v.Closed == nil || v.Closed.Code != hall.ClosedBefore || v.Alarms[1].Severity != "warn" {
		t.Errorf("before hours: %+v %+v", v.Closed, v.Alarms)
	}
}

func TestFloorOfTheDemoHall(t *testing.T) {
	f := aDay(t).floor()
	seen := map[string]bool{}
	for _, p := range f.Places {
		seen[p.Window+p.Terminal] = true
	}
	// The counter is its window's; the station stands in its department.
	if len(f.Places) != 8 || !seen["6"] || !seen["kiosk-2"] || seen["counter-1"] || seen["station-civil-1"] || seen["display-1"] {
		t.Errorf("%+v", f.Places)
	}
}

func TestManagerPagesAnswer(t *testing.T) {
	b := newBed(t)
	s := b.signIn("9001", "")
	(&term{b: b, id: "kiosk-1"}).ticket("t1", "insurance", "B")
	var window ManagerWindowDay
	b.want(200, "GET", "/central/v1/manager/windows/1", nil, &window, bearer(s.Token)...)
	var group ManagerGroupDay
	b.want(200, "GET", "/central/v1/manager/groups/insurance", nil, &group, bearer(s.Token)...)
	var list ManagerTickets
	b.want(200, "GET", "/central/v1/manager/tickets/waiting", nil, &list, bearer(s.Token)...)
	var booked []ManagerAppointment
	b.want(200, "GET", "/central/v1/manager/appointments", nil, &booked, bearer(s.Token)...)
	var floor ManagerFloor
	b.want(200, "GET", "/central/v1/manager/floor", nil, &floor, bearer(s.Token)...)
	if window.Window.ID != "1" || len(group.Waiting) != 1 || list.Total != 1 || booked == nil || len(floor.Floor.Places) < 6 {
		t.Errorf("%+v %+v %+v %+v", window, group, list, floor)
	}
	for _, path := range []string{"windows/99", "groups/none", "tickets/all"} {
		if status, _ := b.call("GET", "/central/v1/manager/"+path, nil, bearer(s.Token)...); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestMapMessages(t *testing.T) {
	for _, c := range []struct{ name, old, fresh, want string }{
		{"width", "width = 27", "width = 1", "map.toml:16: width = 1; metres, from 4 to 400"},
		{"kind", `kind = "waiting"`, `kind = "sofa"`, `kind "sofa"; one of wall, room, waiting, entrance`},
		{"outside", "x = 18.65", "x = 25.65", "it must lie in the plan of 27 by 12.4 m"},
		{"on another", "x = 4.05", "x = 3.05", "window 2 stands on window 1; move one of them"},
		{"unknown window", `window = "6"`, `window = "7"`, `window "7" is not defined; see [[window]]`},
		{"twice", `window = "6"`, `window = "5"`, "place of window 5 is defined twice; the first is at map.toml:"},
		{"neither", `terminal = "kiosk-1"`, "", "names a window and a terminal, or neither"},
		{"too small", "h = 1.5\n\n[[map.place]]\nterminal = \"station", "h = 0.3\n\n[[map.place]]\nterminal = \"station", "at least 0.8 m each way"},
		{"unknown key", "height = 12.4", "heigth = 12.4", `map.toml:18: unknown key "map.heigth"; known here: area, height, place, width`},
		{"language", `name.pt = "Entrada"`, `name.fr = "Entrée"`, "name.fr; languages are"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := LoadHall(hallWith(t, "map.toml", c.old, c.fresh))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got:  %v\nwant: %s", err, c.want)
			}
		})
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(demoHall)); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "map.toml")); err != nil {
		t.Fatal(err)
	}
	if cat, err := LoadHall(dir); err != nil || cat.Floor != nil {
		t.Errorf("a hall without a plan: %v", err)
	}
}
