package writer

import (
	"context"
	"database/sql"
	"encoding/json"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// followed are the feeds that a counter follows here.
var followed = []hall.Feed{hall.FeedQueue, hall.FeedCheckIn}

// tail is what a follower keeps of a lane.
func tail(t testing.TB, n *node) (out []sync.Row) {
	for _, feed := range followed {
		out = append(out, all(t, n, hallLane, feed, 0)...)
	}
	return out
}

// bring answers what the writer wants, in pages of some rows.
func bring(t testing.TB, n *node, terminal string, kept []sync.Row, page int) (sent int) {
	t.Helper()
	h := sync.Held{Terminal: terminal, Lane: hallLane}
	for _, feed := range followed {
		for i := range kept {
			if kept[i].Feed == feed && (i+1 == len(kept) || kept[i+1].Feed != feed) {
				h.Newest = append(h.Newest, kept[i])
			}
		}
	}
	told := map[hall.Feed]int64{}
	for range 10_000 {
		reply, err := n.Held(t.Context(), h, followed)
		if isBusy(err) { // it has just learnt that it was put back
			time.Sleep(time.Millisecond)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		h = sync.Held{Terminal: terminal, Lane: hallLane}
		for _, want := range reply.Wants {
			for _, r := range kept {
				if o := r.Order(); r.Feed == want.Feed && o > max(want.After, told[r.Feed]) && o < want.Before && len(h.Rows) < page {
					h.Feed, h.Rows = r.Feed, append(h.Rows, r)
				}
			}
			if len(h.Rows) > 0 {
				break
			}
		}
		if len(h.Rows) == 0 {
			return sent
		}
		sent += len(h.Rows)
		told[h.Feed] = h.Rows[len(h.Rows)-1].Order()
	}
	t.Fatal("it wants more for ever")
	return 0
}

// bookToday makes an appointment for 11:00.
func bookToday(t testing.TB, n *node, id, person string) sync.Verdict {
	t.Helper()
	op := centreOp(t, hall.Book, "book-"+id, id, hall.BookBody{Item: "i", Day: today, Slot: "11:00", IDLookup: "l" + id, PhoneLook: "p" + id, CodeLook: "c" + id, PersonLook: person})
	op.Sealed = sealPerson(t, n, op.ID, hall.Book, hall.PersonSealed{Name: "测试甲"})
	v, err := n.Propose(t.Context(), op)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// post puts a notice on the board, as the hall's manager does.
func post(t testing.TB, n *node, id, text string) {
	t.Helper()
	op := centreOp(t, hall.PostNotice, id, hallCode, hall.PostNoticeBody{Notice: hall.Notice{ID: id, Text: hall.Names{"zh-Hans": text}, Priority: hall.NoticeNormal, On: []string{hall.NoticeOnDisplay}}})
	op.Actor = hall.Actor{Kind: hall.ActorStaff, ID: "m1", Role: hall.RoleHallManager}
	if v, err := n.Propose(t.Context(), op); err != nil || v.Status != hall.Applied {
		t.Fatalf("%+v %v", v, err)
	}
}

func entityIn(t testing.TB, n *node, kind hall.EntityKind, id string) string {
	t.Helper()
	v, _, err := n.World(t.Context(), hallLane).Entity(kind, id)
	if err != nil {
		t.Fatal(err)
	}
	return string(v)
}

// TestRowsThatOnlyFollowersHold: between the backup and the restore somebody
// booked on the web, the hall posted a notice, and a kiosk that is gone since
// printed tickets that were called. A counter that only looked on brings it all
// back; the slot of the booking is taken, its deadline runs, and what was only the
// centre's is listed.
func TestRowsThatOnlyFollowersHold(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		first := start(t, "sqlite:"+filepath.Join(t.TempDir(), "first.db"), fixedKeys)
		furnished(first)
		gone, c := keep(kiosk(t)), keep(counter(t, 1))
		gone.id = "K2"
		c.act(first, c.op(hall.OpenWindow, "1", hall.OpenWindowBody{}))
		lease := gone.act(first, gone.op(hall.LeaseNumbers, "A/"+today, hall.LeaseNumbersBody{Series: "A/" + today, Group: "g", Day: today, Count: 5}))
		var l hall.LeaseResult
		if err := json.Unmarshal(lease.Result, &l); err != nil {
			t.Fatal(err)
		}
		keepers, before := []*keeper{gone, c}, [3]int{len(gone.sent), len(c.sent)}
		head := first.head()

		if v := bookToday(t, first, "a1", "somebody"); v.Status != hall.Applied {
			t.Fatalf("%+v", v)
		}
		post(t, first, "notice-1", "今日延时")
		for i := 1; i <= 3; i++ {
			gone.act(first, oneTicket(t, gone, l.Lease, i))
		}
		called := c.act(first, c.op(hall.CallNext, "1", hall.CallNextBody{}))
		kept := tail(t, first)
		wantQueue, _ := queueOf(t, first)
		want := map[hall.EntityKind]string{hall.EntityAppointment: "a1", hall.EntityNoticeBoard: hallCode, hall.EntityWindow: "1"}
		values := map[hall.EntityKind]string{}
		for kind, id := range want {
			values[kind] = entityIn(t, first, kind, id)
		}

		n := start(t, dsn, fixedKeys)
		again(t, n, keepers, before)
		if sent := bring(t, n, "C1", kept, 3); sent != 1+1+3+2 {
			t.Errorf("%d rows were sent", sent)
		}
		if sent := bring(t, n, "C2", kept, 3); sent != 0 {
			t.Errorf("%d rows were sent twice", sent)
		}
		if c.offer(n, 0) {
			t.Fatal("a call was decided before its ticket was back")
		}
		n.over(t)
		if !c.offer(n, 0) {
			t.Fatal("the call is not taken")
		}
		if v := c.verdicts[called.Seq]; v.Status != called.Status || !hall.SameResult(v.Result, called.Result) {
			t.Errorf("the call was %+v, is %+v", called, v)
		}
		if got, _ := queueOf(t, n); got != wantQueue {
			t.Errorf("the queue was\n%s\nis\n%s", wantQueue, got)
		}
		for kind, id := range want {
			if got := entityIn(t, n, kind, id); got != values[kind] {
				t.Errorf("%s was %s, is %s", kind, values[kind], got)
			}
		}
		if v := bookToday(t, n, "a2", "another"); v.Status != hall.Applied {
			t.Errorf("the second place of the slot: %+v", v)
		}
		if v := bookToday(t, n, "a3", "third"); v.Status != hall.Rejected || v.Reason.Code != "slot_full" {
			t.Errorf("the slot is booked twice over: %+v", v)
		}
		deadline := hall.DeadlineOpID("a1", 1, hall.AppointmentNoShow)
		due, err := n.DueEffects(t.Context(), noon.Add(24*time.Hour), 100)
		if err != nil || !slices.ContainsFunc(due, func(e StoredEffect) bool { return e.ID == string(deadline) }) {
			t.Errorf("its deadline does not run: %v", err)
		}
		n.verify()
		rs, err := n.Restores(t.Context())
		// The booking wrote its slot, its person and who booked, for the centre only.
		if err != nil || len(rs) != 1 || !slices.Equal(rs[0].Lost, []Range{{head + 2, head + 4}}) || len(rs[0].Aside) != 0 || rs[0].Rows != 7 {
			t.Errorf("%+v %v", rs, err)
		}
	})
}

// over ends the recovery of the lane without those that have not come.
func (n *node) over(t testing.TB) {
	t.Helper()
	if err := n.Private(context.Background(), n.endRecovery); err != nil {
		t.Fatal(err)
	}
	if err := n.settle(context.Background(), hallLane); err != nil {
		t.Fatal(err)
	}
}

func oneTicket(t testing.TB, k *keeper, l hall.Lease, i int) hall.Op {
	op := k.ticket(l, i)
	op.Body = raw(t, hall.TakeTicketBody{Number: hall.FormatNumber(l.Prefix, i), Lease: l.ID, Seq: i, Day: today, Group: "g", Item: "i", Class: hall.ClassOrdinary})
	return op
}

// TestNothingNewIsOverwritten: rows that come after the recovery is over do not
// undo what somebody has done since; they are listed. Rows that prove nothing are
// refused whole.
func TestNothingNewIsOverwritten(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		first := start(t, "sqlite:"+filepath.Join(t.TempDir(), "first.db"), fixedKeys)
		furnished(first)
		c := keep(counter(t, 1))
		c.act(first, c.op(hall.OpenWindow, "1", hall.OpenWindowBody{}))
		before := [3]int{1}
		post(t, first, "notice-1", "今日延时")
		if v := bookToday(t, first, "a1", "somebody"); v.Status != hall.Applied {
			t.Fatalf("%+v", v)
		}
		kept := tail(t, first)

		n := start(t, dsn, fixedKeys)
		again(t, n, []*keeper{c}, before)
		if err := n.Recover(t.Context(), hallLane, 1); err != nil {
			t.Fatal(err)
		}
		n.over(t)
		post(t, n, "notice-2", "设备检修")
		now := entityIn(t, n, hall.EntityNoticeBoard, hallCode)
		forged := slices.Clone(kept)
		last := &forged[len(forged)-1]
		last.Value = json.RawMessage(`{}`)
		if _, err := n.Held(t.Context(), sync.Held{Terminal: "C1", Lane: hallLane, Feed: last.Feed, Rows: forged[len(forged)-1:]}, followed); err == nil || isBusy(err) {
			t.Errorf("a changed row: %v", err)
		}
		last.Hash = sync.RowHash(*last)
		if _, err := n.Held(t.Context(), sync.Held{Terminal: "C1", Lane: hallLane, Feed: last.Feed, Rows: forged[len(forged)-1:]}, followed); err == nil || isBusy(err) {
			t.Errorf("a row with a hash of its own: %v", err)
		}
		bring(t, n, "C1", kept, 100)
		if err := n.Offered(t.Context(), hallLane, "C1"); err != nil {
			t.Fatal(err)
		}
		if got := entityIn(t, n, hall.EntityNoticeBoard, hallCode); got != now {
			t.Errorf("the board was %s, is %s", now, got)
		}
		if entityIn(t, n, hall.EntityAppointment, "a1") == "" {
			t.Error("the booking did not come back")
		}
		if sent := bring(t, n, "C1", kept, 100); sent != 0 {
			t.Errorf("%d rows are asked for again", sent)
		}
		n.verify()
		rs, err := n.Restores(t.Context())
		if err != nil || len(rs) != 1 || !slices.Equal(rs[0].Aside, []hall.OpID{"notice-1"}) || rs[0].Rows != 1 {
			t.Errorf("%+v %v", rs, err)
		}
	})
}

// TestAPushOfBeforeTheRestore: a push that was on its way when the centre was put
// back comes late and without its verdict, when others have brought back what it
// became. Its terminal was told «applied», and is told so again, with verdict or
// without.
func TestAPushOfBeforeTheRestore(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		first := start(t, "sqlite:"+filepath.Join(t.TempDir(), "first.db"), fixedKeys)
		furnished(first)
		k := keep(kiosk(t))
		lease := k.act(first, k.op(hall.LeaseNumbers, "A/"+today, hall.LeaseNumbersBody{Series: "A/" + today, Group: "g", Day: today, Count: 5}))
		var l hall.LeaseResult
		if err := json.Unmarshal(lease.Result, &l); err != nil {
			t.Fatal(err)
		}
		before := [3]int{len(k.sent)}
		if v := k.act(first, oneTicket(t, k, l.Lease, 1)); v.Status != hall.Applied {
			t.Fatalf("%+v", v)
		}
		kept := tail(t, first)
		want, _ := queueOf(t, first)

		n := start(t, dsn, fixedKeys)
		again(t, n, []*keeper{k}, before)
		if err := n.Recover(t.Context(), hallLane, 1); err != nil {
			t.Fatal(err)
		}
		bring(t, n, "C1", kept, 100)
		n.over(t)
		late := k.sent[len(k.sent)-1]
		if v := k.submit(n, late)[0]; v.Status != hall.Applied {
			t.Errorf("without its verdict it is %s %s", v.Status, v.Reason.Code)
		} else if was := k.verdicts[late.Seq]; v.Order != was.Order || !v.At.Equal(was.At) {
			t.Errorf("it arrived as %d at %s, and is told %d, %s", was.Order, was.At, v.Order, v.At)
		}
		told := k.verdicts[late.Seq]
		late.Held = &told
		if v := k.submit(n, late)[0]; v.Status != hall.Applied {
			t.Errorf("with its verdict it is %s %s", v.Status, v.Reason.Code)
		}
		if got, _ := queueOf(t, n); got != want {
			t.Errorf("the queue was\n%s\nis\n%s", want, got)
		}
		n.verify()
	})
}

// TestAnyOfThemHolds: put back to any moment of a morning, with any of the
// terminals gone for good and any of the others having followed up to any moment,
// the queue is what it was as far as anybody followed or acted, the lane verifies,
// and no ticket has two numbers' owners.
func TestAnyOfThemHolds(t *testing.T) {
	for seed := range uint64(8) {
		rnd := rand.New(rand.NewPCG(seed, 9))
		first := start(t, "sqlite:"+filepath.Join(t.TempDir(), "first.db"), fixedKeys)
		const steps = 60
		keepers, before := live(t, first, rnd, steps, rnd.IntN(steps-5))
		want, _ := queueOf(t, first)
		kept := tail(t, first)
		n := start(t, "sqlite:"+filepath.Join(t.TempDir(), "put-back.db"), fixedKeys)
		again(t, n, keepers, before)
		if err := n.Recover(t.Context(), hallLane, 1); err != nil {
			t.Fatal(err)
		}
		gone := rnd.IntN(3)
		part := kept[:0:0] // the other one followed a part only
		for _, r := range kept {
			if rnd.IntN(10) > 0 {
				part = append(part, r)
			}
		}
		bring(t, n, "K9", part, 1+rnd.IntN(20))
		bring(t, n, "K8", kept, 1+rnd.IntN(20))
		for i, k := range keepers {
			if i != gone {
				k.offer(n, 0)
			}
		}
		n.over(t)
		for i, k := range keepers {
			if i != gone && !k.offer(n, 0) {
				t.Fatalf("seed %d: %s is still waiting", seed, k.id)
			}
		}
		if got, _ := queueOf(t, n); got != want {
			t.Fatalf("seed %d: the queue was\n%s\nis\n%s", seed, want, got)
		}
		if !keepers[gone].offer(n, 0) { // not gone for good, after all
			t.Fatalf("seed %d: it is not taken", seed)
		}
		if got, _ := queueOf(t, n); got != want {
			t.Fatalf("seed %d: the queue was\n%s\nthen\n%s", seed, want, got)
		}
		n.verify()
		rs, err := n.Restores(t.Context())
		if err != nil || len(rs) != 1 || len(rs[0].Aside) > 0 {
			t.Fatalf("seed %d: %+v %v", seed, rs, err)
		}
	}
}

// endRecovery lets the time of every recovery be over.
func (n *node) endRecovery(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `UPDATE recovery SET until_us = $1 WHERE done_us = 0`, n.now().UnixMicro())
	return err
}
