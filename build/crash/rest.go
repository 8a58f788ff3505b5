package crash

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // database/sql driver "pgx"
	_ "github.com/mattn/go-sqlite3"    // and "sqlite3"

	"hallway/app/hall"
	"hallway/sync"
)

// patience is how long a hall may take to come to rest.
const patience = 3 * time.Minute

// stillFor is how long nothing may happen before a hall is at rest: longer than
// the evaluators wait for a key.
const stillFor = 3 * time.Second

// rest waits until no terminal has anything to send, all have seen everything, and
// nothing happens any more.
func (h *house) rest(ctx context.Context) error {
	db, err := h.centreDB()
	if err != nil {
		return err
	}
	defer db.Close() // only read
	var last error
	told := ""
	row, since := int64(-1), time.Now()
	for end := time.Now().Add(patience); time.Now().Before(end); pause(ctx, 200*time.Millisecond) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		last = nil
		for _, folder := range h.folders() {
			if err := h.inStep(ctx, db, folder); err != nil {
				last = err
				break
			}
		}
		if last != nil && last.Error() != told {
			told = last.Error()
			h.Log.Info("not at rest", "why", told)
		}
		var now int64
		if err := db.QueryRowContext(ctx, "SELECT last_row FROM lane WHERE lane = $1", hallLane).Scan(&now); err != nil {
			return err
		}
		if last != nil || now != row {
			row, since = now, time.Now()
		}
		if time.Since(since) >= stillFor {
			return nil
		}
	}
	return fmt.Errorf("the hall does not come to rest in %v: %w", patience, last)
}

// inStep says what a terminal still has to send or to see.
func (h *house) inStep(ctx context.Context, centre *sql.DB, terminal string) error {
	db, err := h.terminalDB(terminal)
	if err != nil {
		return err
	}
	defer db.Close() // only read
	var waiting int
	if err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM outbox WHERE live = 1").Scan(&waiting); err != nil {
		return fmt.Errorf("%s: %w", terminal, err)
	}
	if waiting > 0 {
		return fmt.Errorf("%s has %d operations that are not in its replica yet", terminal, waiting)
	}
	follows, err := followed(ctx, db)
	if err != nil || len(follows) == 0 {
		return errors.Join(err, fmt.Errorf("%s follows nothing", terminal))
	}
	for _, f := range follows {
		var want, have string
		err := centre.QueryRowContext(ctx, "SELECT last_hash FROM feed WHERE lane = $1 AND feed = $2", f.lane, string(f.feed)).Scan(&want)
		if errors.Is(err, sql.ErrNoRows) {
			continue // nothing in it yet
		}
		if err == nil {
			err = db.QueryRowContext(ctx, "SELECT hash FROM cursors WHERE lane = ? AND feed = ?", f.lane, string(f.feed)).Scan(&have)
		}
		if err != nil {
			return fmt.Errorf("%s, %s: %w", terminal, f.feed, err)
		}
		if have != want {
			return fmt.Errorf("%s has not seen all of %s", terminal, f.feed)
		}
	}
	return nil
}

type laneFeed struct {
	lane string
	feed hall.Feed
}

// followed lists what a terminal follows.
func followed(ctx context.Context, db *sql.DB) (all []laneFeed, err error) {
	var text string
	if err := db.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'lanes'").Scan(&text); err != nil {
		return nil, err
	}
	var lanes []sync.LaneFeeds
	if err := json.Unmarshal([]byte(text), &lanes); err != nil {
		return nil, err
	}
	for _, l := range lanes {
		for _, f := range l.Feeds {
			all = append(all, laneFeed{l.Lane, f})
		}
	}
	return all, nil
}

// centreDB opens the centre's database to look into it.
func (h *house) centreDB() (*sql.DB, error) {
	if path, ok := strings.CutPrefix(h.stage.DSN(), "sqlite:"); ok {
		return readOnly(path)
	}
	return sql.Open("pgx", h.stage.DSN())
}

func (h *house) terminalDB(id string) (*sql.DB, error) {
	return readOnly(filepath.Join(h.stage.Dir(), id, "terminal.db"))
}

func readOnly(path string) (*sql.DB, error) {
	return sql.Open("sqlite3", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=ro&_busy_timeout=10000")
}
