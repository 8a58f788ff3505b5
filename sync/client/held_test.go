package client

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"hallway/app/hall"
)

// TestOnlookersBringRowsBack: a kiosk printed tickets and the manager posted a
// notice; then the kiosk burnt down and the centre was put back to before. A
// counter that had only looked on brings all of it back, and follows on from it.
func TestOnlookersBringRowsBack(t *testing.T) {
	c := startCentre(t)
	var later atomic.Int64
	clock := c.opts.Clock
	c.opts.Clock = func() time.Time { return clock().Add(time.Duration(later.Load())) }
	k := c.terminal("K1", filepath.Join(t.TempDir(), "k1"))
	x := c.terminal("C1", filepath.Join(t.TempDir(), "c1"))
	k.ready()
	k.issue()
	idle := func() bool { return k.Outbox() == 0 }
	eventually(t, "all at the centre", idle)
	follows := func() bool {
		row, _, err := c.w.Load().Head(context.Background(), hallLane)
		return err == nil && x.Cursor(hallLane, hall.FeedQueue).Row == row
	}
	backup := c.backup()
	for range 5 {
		eventually(t, "a number", func() bool { return k.Numbers("g") })
		k.issue()
	}
	eventually(t, "all at the centre again", idle)
	board := c.post("今日延时")
	order := queueOrder(t, c)
	eventually(t, "the counter has seen it", follows)
	k.end()
	c.restore(backup)

	restores := func() []string {
		all, err := c.w.Load().Restores(context.Background())
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		return all[0].Missing
	}
	eventually(t, "the counter noticed it", func() bool {
		all, err := c.w.Load().Restores(context.Background())
		return err == nil && len(all) == 1
	})
	if got := restores(); !slices.Equal(got, []string{"K1"}) {
		t.Errorf("it waits for %v", got)
	}
	if got := queueOrder(t, c); len(got) != 1 {
		t.Errorf("rows are written before the recovery is over: %v", got)
	}
	later.Store(int64(time.Hour))
	x.end()
	x.start() // a new session asks how things are
	eventually(t, "everything is back", func() bool { return slices.Equal(queueOrder(t, c), order) })
	value, _, err := c.w.Load().World(context.Background(), hallLane).Entity(hall.EntityNoticeBoard, hallCode)
	if err != nil || string(value) != board {
		t.Errorf("the board is %s: %v", value, err)
	}
	eventually(t, "the counter follows", follows)
	if q, err := x.World().Queue("2026-03-02"); err != nil || len(q.Tickets()) != len(order) {
		t.Errorf("the counter has another queue: %v", err)
	}
}

// post puts a notice on the board, and gives the board.
func (c *centre) post(text string) string {
	c.t.Helper()
	body, err := json.Marshal(hall.PostNoticeBody{Notice: hall.Notice{ID: "n1", Text: hall.Names{"zh-Hans": text}, Priority: hall.NoticeNormal, On: []string{hall.NoticeOnDisplay}}})
	if err != nil {
		c.t.Fatal(err)
	}
	v, err := c.w.Load().Propose(context.Background(), hall.Op{ID: "post-n1", Kind: hall.PostNotice, Hall: hallCode, Entity: hallCode,
		Actor: hall.Actor{Kind: hall.ActorStaff, ID: "m1", Role: hall.RoleHallManager}, Body: body})
	if err != nil || v.Status != hall.Applied {
		c.t.Fatalf("%+v %v", v, err)
	}
	value, _, err := c.w.Load().World(context.Background(), hallLane).Entity(hall.EntityNoticeBoard, hallCode)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(value)
}
