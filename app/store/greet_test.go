package store

import (
	"testing"

	"hallway/app/hall"
	"hallway/sync"
)

// TestFeedsThatAreNoLongerFollowed: what hello no longer names leaves the disk, and
// nothing else does; followed again, it comes again.
func TestFeedsThatAreNoLongerFollowed(t *testing.T) {
	d, p := newDesk(t, 10), newPlace(t)
	d.meet(p.s)
	d.book("a1")
	issue(t, p.s)
	d.push(p.s, 256, false)
	d.pull(p.s)
	waiting := issue(t, p.s)
	tickets := func() int {
		q, err := p.s.World().Queue(today)
		if err != nil {
			t.Fatal(err)
		}
		return len(q.Tickets())
	}
	booked := func() (n int) {
		list, err := p.s.Appointments(t.Context(), today)
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"replica", "cursors", "tail"} {
			var rows int
			if err := p.s.readers.Load().QueryRow("SELECT COUNT(*) FROM " + table + " WHERE feed = 'checkin'").Scan(&rows); err != nil {
				t.Fatal(err)
			}
			if (rows > 0) != (len(list) > 0) {
				t.Errorf("%d rows of %s for %d appointments", rows, table, len(list))
			}
		}
		return len(list)
	}
	hello := func(feeds ...hall.Feed) {
		t.Helper()
		pub, id, err := d.keys.Public()
		if err != nil {
			t.Fatal(err)
		}
		boot := p.s.BootTime()
		lanes := []sync.LaneFeeds{follows[0], {Lane: lane, Feeds: feeds}}
		if err := p.s.Greeted(t.Context(), sync.HelloReply{ServerTime: noon, Epoch: 1, Hall: hallCode, Terminal: hall.Terminal{ID: "K1", Role: "kiosk", Letter: "K"},
			Lanes: lanes, SealKey: pub, SealKeyID: id}, boot, boot); err != nil {
			t.Fatal(err)
		}
	}
	hello(hall.FeedQueue, hall.FeedCheckIn)
	if booked() != 1 || tickets() != 2 {
		t.Fatalf("%d appointments, %d tickets", booked(), tickets())
	}
	hello(hall.FeedQueue)
	for range 2 {
		if booked() != 0 || tickets() != 2 || p.s.Outbox() == 0 {
			t.Errorf("%d appointments, %d tickets, %d operations", booked(), tickets(), p.s.Outbox())
		}
		if cat, err := p.s.World().Catalogue(); err != nil || cat == nil {
			t.Errorf("the catalogue went too: %v", err)
		}
		p.reopen()
		hello(hall.FeedQueue)
	}
	if c := p.s.Cursor(lane, hall.FeedCheckIn); c.Row != 0 || c.Hash != "" {
		t.Errorf("its cursor is %+v", c)
	}
	hello(hall.FeedQueue, hall.FeedCheckIn)
	d.push(p.s, 256, false)
	d.pull(p.s)
	if _, ok, err := p.s.Verdict(t.Context(), waiting.Op.ID); booked() != 1 || tickets() != 2 || !ok || err != nil {
		t.Errorf("%d appointments, %d tickets, %v %v", booked(), tickets(), ok, err)
	}
}

// TestCentreKnowsMore: a hello that names more operations of this incarnation than
// there are here shows that the disk was put back; one of another incarnation, or of
// as many, shows nothing.
func TestCentreKnowsMore(t *testing.T) {
	d, p := newDesk(t, 10), newPlace(t)
	d.meet(p.s)
	issue(t, p.s)
	pub, id, err := d.keys.Public()
	if err != nil {
		t.Fatal(err)
	}
	var own int64
	if err := p.s.readers.Load().QueryRow("SELECT MAX(seq) FROM outbox WHERE lane = ?", lane).Scan(&own); err != nil {
		t.Fatal(err)
	}
	was := p.s.Incarnation()
	hello := func(incarnation string, sent int64) {
		t.Helper()
		boot := p.s.BootTime()
		if err := p.s.Greeted(t.Context(), sync.HelloReply{ServerTime: noon, Epoch: 1, Hall: hallCode, Terminal: hall.Terminal{ID: "K1", Role: "kiosk", Letter: "K"},
			Lanes: follows, SealKey: pub, SealKeyID: id, Incarnation: incarnation, Sent: map[string]int64{lane: sent}}, boot, boot); err != nil {
			t.Fatal(err)
		}
	}
	hello(was, own)
	hello("another", own+1)
	if p.s.Incarnation() != was || len(p.s.WorkList()) != 0 || len(p.s.Leases()) == 0 {
		t.Fatalf("a new incarnation for nothing: %+v", p.s.WorkList())
	}
	hello(was, own+1)
	work := p.s.WorkList()
	if p.s.Incarnation() == was || len(p.s.Leases()) != 0 || len(work) != 1 || work[0].Reason.Code != "copied" {
		t.Errorf("incarnation %s, numbers %v, work %+v", p.s.Incarnation(), p.s.Leases(), work)
	}
	if _, err := p.s.Issue(t.Context(), ticket()); err == nil {
		t.Error("a number was given before the new incarnation has met the centre")
	}
	hello(p.s.Incarnation(), 0)
	if p.s.Outbox() == 0 || len(p.s.WorkList()) != 1 {
		t.Errorf("outbox %d, work %+v", p.s.Outbox(), p.s.WorkList())
	}
}
