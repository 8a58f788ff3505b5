package writer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	gosync "sync"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// querier is a transaction or a pool.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// maxQueues is how many days of one lane are kept in memory.
const maxQueues = 8

// hotState is what the writer keeps in memory between transactions. It is
// thrown away after any failure.
type hotState struct {
	lanes      map[string]*laneState
	known      *known
	mu         gosync.Mutex
	catalogues map[string]cachedCatalogue
}

type cachedCatalogue struct {
	row int64
	cat *hall.Catalogue
}

func newHotState() *hotState {
	return &hotState{lanes: map[string]*laneState{}, known: newKnown(), catalogues: map[string]cachedCatalogue{}}
}

// catalogue returns a hall's catalogue, parsed once per version; nil when none
// was published.
func (h *hotState) catalogue(ctx context.Context, q querier, code string) (*hall.Catalogue, error) {
	var row int64
	err := q.QueryRowContext(ctx, `SELECT row_no FROM entity WHERE lane = $1 AND kind = $2 AND id = $3`, sync.SharedLane, string(hall.EntityCatalogue), code).Scan(&row)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	c := h.catalogues[code]
	h.mu.Unlock()
	if c.cat != nil && c.row == row {
		return c.cat, nil
	}
	var value []byte
	if err := q.QueryRowContext(ctx, `SELECT value, row_no FROM entity WHERE lane = $1 AND kind = $2 AND id = $3`,
		sync.SharedLane, string(hall.EntityCatalogue), code).Scan(&value, &row); err != nil {
		return nil, err
	}
	return h.parsed(code, row, value)
}

// parsed keeps a catalogue with the row that it was published at.
func (h *hotState) parsed(code string, row int64, value []byte) (*hall.Catalogue, error) {
	h.mu.Lock()
	c := h.catalogues[code]
	h.mu.Unlock()
	if c.cat != nil && c.row == row {
		return c.cat, nil
	}
	cat := &hall.Catalogue{}
	if err := hall.Decode(value, cat); err != nil {
		return nil, fmt.Errorf("catalogue %s: %w", code, err)
	}
	h.mu.Lock()
	h.catalogues[code] = cachedCatalogue{row, cat}
	h.mu.Unlock()
	return cat, nil
}

// laneState is the head of one lane with its queues at that row.
type laneState struct {
	lane  string
	row   int64
	epoch int64
	dirty bool
	fresh fresh
	recovery
	feeds map[hall.Feed]*feedHead
	days  map[string]*hall.Queue
	order []string // days, oldest use first
}

// fresh is what the transaction under way has appended, while it is little enough
// to be told to who listens.
type fresh struct {
	from, bytes int64
	rows        []sync.Row
	many        bool
}

func (f *fresh) add(r sync.Row) {
	f.bytes += int64(len(r.Value))
	if f.many = f.many || len(f.rows) == sync.MaxRide || f.bytes > sync.MaxRideBytes; f.many {
		f.rows = nil
		return
	}
	f.rows = append(f.rows, r)
}

func (f *fresh) commit(ls *laneState) sync.Commit {
	return sync.Commit{Lane: ls.lane, Epoch: ls.epoch, From: f.from, To: ls.row, Rows: f.rows}
}

// feedHead is the end of one feed's chain.
type feedHead struct {
	row   int64
	hash  string
	sum   sync.StateSum
	dirty bool
}

func newLaneState(lane string, row, epoch int64) *laneState {
	return &laneState{lane: lane, row: row, epoch: epoch, feeds: map[hall.Feed]*feedHead{}, days: map[string]*hall.Queue{}}
}

// loadFeeds reads the heads of all feeds of the lane.
func (ls *laneState) loadFeeds(ctx context.Context, q querier) error {
	clear(ls.feeds)
	rows, err := q.QueryContext(ctx, `SELECT feed, last_row, last_hash, state_sum FROM feed WHERE lane = $1`, ls.lane)
	if err != nil {
		return err
	}
	_, err = collect(rows, func(r *sql.Rows) (struct{}, error) {
		f := &feedHead{}
		var name, sum string
		err := r.Scan(&name, &f.row, &f.hash, &sum)
		ok := false
		if f.sum, ok = sync.ParseStateSum(sum); err == nil && !ok {
			err = fmt.Errorf("the stored state sum of feed %s is damaged", name)
		}
		ls.feeds[hall.Feed(name)] = f
		return struct{}{}, err
	})
	return err
}

// feed is the head of a feed.
func (ls *laneState) feed(name hall.Feed) *feedHead {
	f := ls.feeds[name]
	if f == nil {
		f = &feedHead{}
		ls.feeds[name] = f
	}
	return f
}

// queue returns the queue of a day, built from the entities when it is not in
// memory.
func (ls *laneState) queue(ctx context.Context, q querier, day string) (*hall.Queue, error) {
	if i := slices.Index(ls.order, day); i >= 0 {
		ls.order = append(slices.Delete(ls.order, i, i+1), day)
		return ls.days[day], nil
	}
	qu := hall.NewQueue(day)
	for _, part := range []struct {
		kind hall.EntityKind
		sql  string
		args []any
	}{
		{hall.EntityWindow, `SELECT id, value, feed FROM entity WHERE lane = $1 AND kind = $2`, []any{ls.lane, string(hall.EntityWindow)}},
		{hall.EntityTicket, `SELECT id, value, feed FROM entity WHERE lane = $1 AND kind = $2 AND part = $3 ORDER BY row_no`, []any{ls.lane, string(hall.EntityTicket), day}},
	} {
		rows, err := q.QueryContext(ctx, part.sql, part.args...)
		if err != nil {
			return nil, err
		}
		changes, err := collect(rows, func(r *sql.Rows) (hall.Change, error) {
			c := hall.Change{Kind: part.kind}
			var value []byte
			var feed string
			err := r.Scan(&c.ID, &value, &feed)
			c.Value, c.Feed = value, hall.Feed(feed)
			return c, err
		})
		if err != nil {
			return nil, err
		}
		for _, c := range changes {
			if err := qu.Apply(c); err != nil {
				return nil, fmt.Errorf("queue of %s: %w", day, err)
			}
		}
	}
	ls.days[day] = qu
	ls.order = append(ls.order, day)
	if len(ls.order) > maxQueues {
		delete(ls.days, ls.order[0])
		ls.order = ls.order[1:]
	}
	return qu, nil
}

// apply brings the queues in memory up to a change.
func (ls *laneState) apply(c hall.Change) error {
	for day, q := range ls.days {
		if err := applyTo(q, day, c); err != nil {
			return err
		}
	}
	return nil
}

// applyTo brings the queue of a day up to a change.
func applyTo(q *hall.Queue, day string, c hall.Change) error {
	ofDay := c.Kind == hall.EntityTicket && (sync.Gone(c.Value) || partOf(c.Value) == day)
	if c.Kind != hall.EntityWindow && !ofDay {
		return nil
	}
	if err := q.Apply(c); err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	return nil
}

// catchUp applies what the log holds beyond ls.row, up to row; what it changed is
// not known any more.
func (ls *laneState) catchUp(ctx context.Context, q querier, row int64, k *known) error {
	if len(ls.days)+len(k.all) > 0 {
		rows, err := q.QueryContext(ctx, `SELECT kind, id, value FROM log WHERE lane = $1 AND row_no > $2 AND row_no <= $3 ORDER BY row_no`, ls.lane, ls.row, row)
		if err != nil {
			return err
		}
		changes, err := collect(rows, func(r *sql.Rows) (c hall.Change, err error) {
			var kind string
			var value []byte
			err = r.Scan(&kind, &c.ID, &value)
			c.Kind, c.Value = hall.EntityKind(kind), value
			return c, err
		})
		if err != nil {
			return err
		}
		if int64(len(changes)) != row-ls.row { // asleep so long that rows went: from the entities again
			clear(ls.days)
			ls.order, changes = nil, nil
			k.dropLane(ls.lane)
		}
		for _, c := range changes {
			k.drop(entityKey{ls.lane, string(c.Kind), c.ID})
			if err := ls.apply(c); err != nil {
				return err
			}
		}
	}
	ls.row = row
	return nil
}

// collect reads all rows of a result and closes it.
func collect[T any](rows *sql.Rows, scan func(*sql.Rows) (T, error)) ([]T, error) {
	defer rows.Close() // the error that counts is Err's
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// microTime is the time that a column *_us holds.
func microTime(us int64) time.Time { return time.UnixMicro(us).UTC() }
