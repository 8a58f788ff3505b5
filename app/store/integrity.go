package store

import (
	"context"
	"encoding/json"
	"time"

	"hallway/app/hall"
)

// A database that was closed in order is opened at once and checked while the
// terminal works; after a crash or a fault of the disk it is checked before it is
// used. Either way it is checked once a day, indexes against tables too.
const (
	checkAfter = 30 * time.Second
	checkEvery = 24 * time.Hour
)

// Health is the latest check of the whole database.
type Health struct {
	At    time.Time `json:"at"`
	Sound bool      `json:"sound"`
	Said  string    `json:"said,omitempty"` // by SQLite, when it is not
}

// Health is the result of the latest check; not ok when there was none.
func (s *Store) Health() (h Health, ok bool) {
	v := s.state.Load().meta["checked"]
	return h, v != "" && json.Unmarshal([]byte(v), &h) == nil
}

// closedInOrder says whether the database was closed by Close.
func (s *Store) closedInOrder(ctx context.Context) bool {
	var v string
	err := s.w.conn.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'closed'").Scan(&v)
	return err == nil && v == "in order" // an error: there is no table yet, or the check will say
}

// noteClosed notes that the database is closed in order.
func (s *Store) noteClosed() error {
	_, err := s.w.conn.ExecContext(context.Background(), "INSERT INTO meta (key, value) VALUES ('closed', 'in order') ON CONFLICT (key) DO UPDATE SET value = excluded.value")
	return err
}

// keepChecked checks the database now and then until ctx ends.
func (s *Store) keepChecked(ctx context.Context) {
	wait := time.NewTimer(checkAfter)
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wait.C:
		}
		if err := s.check(ctx); err != nil && ctx.Err() == nil {
			s.opt.Logger.Error("the check of the database could not be made; it is made again tomorrow", "err", err)
		}
		wait.Reset(checkEvery)
	}
}

// check reads the whole database beside the writer. What does not check out goes
// to the work list (需处理): the terminal goes on, as far as it can.
func (s *Store) check(ctx context.Context) error {
	var said string
	err := s.readers.Load().QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&said)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if isDead(err) {
		said, err = err.Error(), nil
	}
	if err != nil {
		return disk("check the database", err)
	}
	at, _ := s.Now()
	h := Health{At: at, Sound: said == "ok"}
	if !h.Sound {
		h.Said = said
		s.opt.Logger.Error("the database does not check out: keep the file for the administrator, look at the disk, and start with an empty data folder", "said", said)
	}
	raw, err := marshal(h)
	if err != nil {
		return err
	}
	return s.write(ctx, func(t *tx) error {
		if err := t.setMeta("checked", raw); err != nil || h.Sound {
			return err
		}
		t.dirty = true
		return t.addWork("integrity/"+hall.DayOf(at), "", s.opt.Terminal, hall.Text{Code: CodeDamaged}, at)
	})
}
