package printfaults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/sync"
	"hallway/sync/seal"
	"hallway/sync/writer"
)

const (
	terminalID = "K1"
	hallCode   = "37010001"
	lane       = "hall/" + hallCode
	today      = "2026-03-02"
	group      = "g"
)

// morning is when a round begins on the centre's clock: a Monday.
var morning = time.Date(2026, 3, 2, 10, 0, 0, 0, hall.Zone)

func storeOptions(dir string) store.Options {
	return store.Options{Dir: filepath.Join(dir, "kiosk"), Terminal: terminalID, Machine: "machine-1"}
}

// furnish gives a kiosk's disk a hall and as many numbers of its own, from a
// real writer that is gone afterwards: the kiosk is alone from then on.
func furnish(ctx context.Context, dir string, numbers int) (err error) {
	keys, err := writer.NewKeys()
	if err != nil {
		return err
	}
	w, err := writer.Open(ctx, writer.Options{DSN: "sqlite:" + filepath.Join(dir, "centre.db"), Keys: keys,
		Clock: func() time.Time { return morning }, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	names := func(s string) hall.Names { return hall.Names{"zh-Hans": s} }
	cat := hall.Catalogue{Version: "1", Code: hallCode, Area: "370100", Name: names("示例市政务服务中心"),
		Groups:  []hall.Group{{ID: group, Prefix: "A", Name: names("综合"), ServiceMinutes: 5}},
		Windows: []hall.WindowDef{{ID: "1", Name: names("1号窗口"), Groups: []string{group}}},
		Hours:   []hall.OpenHours{{From: "00:00", To: "23:59"}},
		Booking: hall.BookingRules{MaxDaysAhead: 5, PerPersonDay: 1, EarlyMinutes: 30, LateMinutes: 15, Slots: []string{"10:20"}, SlotMinutes: 60},
		Queue:   hall.QueueRules{Policy: "first_come", MaxCalls: 3, RecallSeconds: 1, RequeueBehind: 3, MaxRequeues: 2, OfflineBlock: numbers}}
	for _, own := range []struct {
		kind   hall.Kind
		entity string
		lane   string
		body   any
	}{
		{hall.PublishCatalogue, hallCode, lane, hall.PublishCatalogueBody{Catalogue: cat}},
		{hall.EnrolTerminal, terminalID, lane, hall.EnrolTerminalBody{Role: "kiosk", Letter: "K"}},
	} {
		raw, err := json.Marshal(own.body)
		if err != nil {
			return err
		}
		op := hall.Op{ID: hall.OpID("own-" + string(own.kind)), Kind: own.kind, Schema: 1, Lane: own.lane, Hall: hallCode, Entity: own.entity,
			Actor: hall.Actor{Kind: hall.ActorSystem, Role: hall.RoleSystem}, Terminal: writer.Centre,
			Stamp: hall.Stamp{At: morning, Trust: hall.TrustSynced}, Body: raw}
		if info, _ := hall.KindOf(own.kind); info.Lane == "shared" {
			op.Lane = sync.SharedLane
		}
		if v, err := w.Propose(ctx, op); err != nil || v.Status != hall.Applied {
			return fmt.Errorf("%s: %s %v %w", own.kind, v.Status, v.Reason, err)
		}
	}
	st, err := store.Open(ctx, storeOptions(dir))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return meet(ctx, w, keys, st)
}

// meet is one whole sync.
func meet(ctx context.Context, w *writer.Writer, keys writer.Keys, st *store.Store) error {
	pub, id, err := keys.Public()
	if err != nil {
		return err
	}
	follows := []sync.LaneFeeds{{Lane: sync.SharedLane, Feeds: []hall.Feed{hall.FeedCatalogue}},
		{Lane: lane, Feeds: []hall.Feed{hall.FeedQueue, hall.FeedCheckIn}}}
	boot := st.BootTime()
	err = st.Greeted(ctx, sync.HelloReply{ServerTime: morning, Epoch: 1, Hall: hallCode,
		Terminal: hall.Terminal{ID: terminalID, Role: "kiosk", Letter: "K"}, Lanes: follows, SealKey: pub, SealKeyID: id,
		LookupDay: today, LookupKey: seal.DayKey(keys.Lookup, hallCode, today)}, boot, boot)
	if err != nil {
		return err
	}
	st.SetLine(true)
	pull := func() error {
		for _, lf := range follows {
			for _, feed := range lf.Feeds {
				for more := true; more; {
					p, err := w.Rows(ctx, st.Cursor(lf.Lane, feed), 0)
					if err == nil {
						err = st.Apply(ctx, p)
					}
					if err != nil {
						return err
					}
					more = p.More
				}
			}
		}
		return nil
	}
	if err := pull(); err != nil {
		return err
	}
	if _, err := st.EnsureLeases(ctx); err != nil {
		return err
	}
	for st.Outbox() > 0 {
		p, err := st.Pending(ctx, 256, 1<<20)
		if err != nil {
			return err
		}
		reply, err := w.Submit(ctx, p, writer.Origin{Terminal: terminalID, Role: "kiosk", Lanes: []string{lane}})
		if err != nil || reply.Problem != nil {
			return fmt.Errorf("push: %v %w", reply.Problem, err)
		}
		if err := st.Record(ctx, reply.Verdicts); err != nil {
			return err
		}
	}
	return pull()
}
