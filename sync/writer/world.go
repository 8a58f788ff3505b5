package writer

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	gosync "sync"

	"hallway/app/hall"
	"hallway/sync"
)

// world is the confirmed state of one lane as the rules read it: inside the
// writer's transaction, or from the reading side.
type world struct {
	lane, hall string
	entity     func(k entityKey) (json.RawMessage, bool, error)
	queue      func(day string) (*hall.Queue, error)
	catalogue  func(code string) (*hall.Catalogue, error)
	err        error // the first I/O error: the transaction must fail, not the operation
}

// Entity implements hall.World. What all halls share is read from the shared
// lane.
func (w *world) Entity(kind hall.EntityKind, id string) (json.RawMessage, bool, error) {
	value, found, err := w.entity(entityKey{laneOf(w.lane, kind), string(kind), id})
	return value, found, w.fail(err)
}

// Queue implements hall.World.
func (w *world) Queue(day string) (*hall.Queue, error) {
	q, err := w.queue(day)
	return q, w.fail(err)
}

// Catalogue implements hall.World; it is nil when nothing was published.
func (w *world) Catalogue() (*hall.Catalogue, error) {
	c, err := w.catalogue(w.hall)
	return c, w.fail(err)
}

func (w *world) fail(err error) error {
	if err != nil && w.err == nil {
		w.err = err
	}
	return err
}

// viewCache keeps the reading side's own queues at a known row. It follows the
// log and never sees the writer's memory.
type viewCache struct {
	mu    gosync.Mutex
	lanes map[string]*laneState
	hot   *hotState
}

// World is the committed state of a lane, for pages and statistics. A queue
// that it gives is the caller's own copy and does not change.
func (w *Writer) World(ctx context.Context, lane string) hall.World {
	return &world{
		lane: lane, hall: hallOf(lane, ""),
		entity: func(k entityKey) (json.RawMessage, bool, error) {
			var value []byte
			err := reader{w}.QueryRowContext(ctx, `SELECT value FROM entity WHERE lane = $1 AND kind = $2 AND id = $3`, k.lane, k.kind, k.id).Scan(&value)
			if errors.Is(err, sql.ErrNoRows) {
				return nil, false, nil
			}
			return value, err == nil, err
		},
		queue: func(day string) (*hall.Queue, error) { return w.views.queue(ctx, reader{w}, lane, day) },
		catalogue: func(code string) (*hall.Catalogue, error) {
			return w.views.state().catalogue(ctx, reader{w}, code)
		},
	}
}

// HallWorld is World for a hall's code; for the shared lane it also knows
// whose catalogue is meant.
func (w *Writer) HallWorld(ctx context.Context, code string) hall.World {
	return w.World(ctx, sync.HallLane(code))
}

func (v *viewCache) state() *hotState {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.hot == nil {
		v.hot, v.lanes = newHotState(), map[string]*laneState{}
	}
	return v.hot
}

func (v *viewCache) queue(ctx context.Context, q querier, lane, day string) (*hall.Queue, error) {
	v.state()
	v.mu.Lock()
	defer v.mu.Unlock()
	row, epoch, err := headOf(ctx, q, lane)
	if err != nil {
		return nil, err
	}
	ls := v.lanes[lane]
	if ls == nil || ls.epoch != epoch || ls.row > row {
		ls = newLaneState(lane, row, epoch)
		v.lanes[lane] = ls
	}
	qu, err := ls.atHead(ctx, q, row, day)
	if err != nil {
		delete(v.lanes, lane)
		return nil, err
	}
	return qu.Clone(), nil
}

// atHead returns the queue of a day at row or later. One that is built now may
// hold rows beyond row already; applying them again, in order, ends at the same
// state, because values are whole.
func (ls *laneState) atHead(ctx context.Context, q querier, row int64, day string) (*hall.Queue, error) {
	if err := ls.catchUp(ctx, q, row, newKnown()); err != nil {
		return nil, err
	}
	built := ls.days[day] == nil
	qu, err := ls.queue(ctx, q, day)
	if err != nil || !built {
		return qu, err
	}
	if row, _, err = headOf(ctx, q, ls.lane); err != nil {
		return nil, err
	}
	return qu, ls.catchUp(ctx, q, row, newKnown())
}
