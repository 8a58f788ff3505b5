package hall

import (
	"math/rand/v2"
	"testing"
	"time"
)

const seriesDay = "2026-05-18"

func seriesAt(t *testing.T, clock string) time.Time {
	t.Helper()
	at, err := At(seriesDay, clock)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestDaySeries(t *testing.T) {
	at := func(clock string) time.Time { return seriesAt(t, clock) }
	hours := []OpenHours{{From: "09:00", To: "11:30"}, {From: "13:00", To: "16:10"}}
	tickets := []Ticket{
		{State: TicketDone, IssuedAt: at("09:00"), FirstCalledAt: at("09:10"), CalledAt: at("09:40"), DoneAt: at("09:59")},
		{State: TicketDone, IssuedAt: at("09:29"), CalledAt: at("09:31"), DoneAt: at("10:00")},
		{State: TicketServing, IssuedAt: at("09:30"), FirstCalledAt: at("09:50"), CalledAt: at("09:50"), DoneAt: at("09:50")},
		{State: TicketMissed, IssuedAt: at("09:30"), FirstCalledAt: at("09:33"), CalledAt: at("09:33")},
		{State: TicketIssued, IssuedAt: at("09:30")},
		{State: TicketVoid, IssuedAt: at("03:00")},
	}
	got, err := DaySeries(seriesDay, hours, tickets, at("10:00"))
	if err != nil || len(got) != 15 {
		t.Fatalf("%d spans, %v", len(got), err)
	}
	if !got[0].From.Equal(at("09:00")) || !got[14].From.Equal(at("16:00")) {
		t.Errorf("from %v to %v", got[0].From, got[14].From)
	}
	want := []DaySpan{
		{From: at("09:00"), Arrived: 2, Called: 1, WaitP50: 600, WaitP90: 600, Begun: true},
		{From: at("09:30"), Arrived: 3, Called: 3, Finished: 1, WaitP50: 180, WaitP90: 1200, Begun: true},
		{From: at("10:00"), Finished: 1, Begun: true},
		{From: at("10:30")},
	}
	for i, w := range want {
		if w.From = got[i].From; got[i] != w {
			t.Errorf("span %d: %+v\nwant %+v", i, got[i], w)
		}
	}
}

func TestDaySeriesReachesBeyondTheHours(t *testing.T) {
	hours := []OpenHours{{From: "09:00", To: "10:00"}}
	early, late := seriesAt(t, "08:31"), seriesAt(t, "23:59")
	after := late.Add(2 * time.Minute) // the next day
	got, err := DaySeries(seriesDay, hours, []Ticket{{State: TicketDone, IssuedAt: early, CalledAt: late, DoneAt: after}}, after)
	if err != nil || len(got) != 31 || got[0].Arrived != 1 || got[30].Called != 1 {
		t.Fatalf("%d spans, %v", len(got), err)
	}
	for _, s := range got {
		if s.Finished != 0 {
			t.Error("a moment of the next day counts for this one")
		}
	}
	none, err := DaySeries(seriesDay, nil, nil, early)
	if err != nil || none == nil || len(none) != 0 {
		t.Errorf("a hall without hours or visitors: %v, %v", none, err)
	}
	if _, err := DaySeries("yesterday", hours, nil, early); err == nil {
		t.Error("that is no day")
	}
}

// The sums of a day are those of its tickets, however the day went.
func TestDaySeriesSums(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	start := seriesAt(t, "00:00")
	for range 200 {
		var tickets []Ticket
		arrived, called, finished := 0, 0, 0
		for range r.IntN(200) {
			x := Ticket{State: TicketIssued, IssuedAt: start.Add(time.Duration(r.IntN(24*3600)) * time.Second)}
			arrived++
			if r.IntN(3) > 0 {
				x.CalledAt, x.State = x.IssuedAt.Add(time.Duration(r.IntN(7200))*time.Second), TicketCalled
				if DayOf(x.CalledAt) == seriesDay {
					called++
				}
				if r.IntN(2) > 0 {
					x.DoneAt, x.State = x.CalledAt.Add(time.Minute), TicketDone
					if DayOf(x.DoneAt) == seriesDay {
						finished++
					}
				}
			}
			tickets = append(tickets, x)
		}
		spans, err := DaySeries(seriesDay, []OpenHours{{From: "08:30", To: "17:30"}}, tickets, start)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range spans {
			arrived, called, finished = arrived-s.Arrived, called-s.Called, finished-s.Finished
			if s.WaitP50 > s.WaitP90 || s.Called == 0 && s.WaitP90 != 0 || i > 0 && s.From.Sub(spans[i-1].From) != SeriesStep {
				t.Fatalf("span %+v", s)
			}
		}
		if arrived != 0 || called != 0 || finished != 0 {
			t.Fatalf("left over: %d, %d, %d", arrived, called, finished)
		}
	}
}
