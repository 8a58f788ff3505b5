package central

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"hallway/sync"
)

// How several centres tell each other what they hear of terminals.
const (
	shareEvery = time.Second
	heardAgain = 5 * time.Second // a terminal that only goes on being there
	heardKept  = time.Hour
)

// heardRow is what one centre last heard of one terminal.
type heardRow struct {
	terminal, node string
	status         sync.TerminalStatus
	reported       time.Time // of the status; zero: none yet
	heard          time.Time // machine's clock
	seen           time.Time // hall's clock
	broken         bool
}

// shareTelemetry tells the other centres over this database what is heard here,
// and learns what they hear, until the centre stops.
func (c *Centre) shareTelemetry() {
	tick := time.NewTicker(shareEvery)
	defer tick.Stop()
	failed := false
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-tick.C:
		}
		err := c.exchange(c.ctx)
		if err != nil && !failed && c.ctx.Err() == nil {
			c.log.Warn("the centres cannot tell each other what terminals say", "error", err)
		}
		failed = err != nil
	}
}

// exchange writes what is new here and reads what is new elsewhere.
func (c *Centre) exchange(ctx context.Context) error {
	node := c.cfg.node()
	if err := c.store.tellHeard(ctx, node, c.tele.news()); err != nil {
		return err
	}
	rows, err := c.store.heardElsewhere(ctx, node, c.tele.real().Add(-heardKept))
	if err == nil {
		c.tele.elsewhere(rows)
	}
	return err
}

// news are the terminals that others should know something new of.
func (t *telemetry) news() (rows []heardRow) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, s := range t.terminals {
		row := heardRow{terminal: id, status: s.status, reported: s.reportedAt, heard: s.heard, seen: s.seenAt, broken: s.broken}
		if s.heard.IsZero() || s.told.broken == row.broken && s.told.reported.Equal(row.reported) && row.heard.Sub(s.told.heard) < heardAgain {
			continue
		}
		s.told = row
		rows = append(rows, row)
	}
	return rows
}

// elsewhere takes in what other centres heard.
func (t *telemetry) elsewhere(rows []heardRow) {
	t.mu.Lock()
	newest := map[string]heardRow{}
	for _, r := range rows {
		if was, ok := newest[r.terminal]; !ok || r.heard.After(was.heard) {
			newest[r.terminal] = r
		}
	}
	news := false
	for id, r := range newest {
		s := t.of(id)
		if r.reported.After(s.other.reported) && r.reported.After(s.reportedAt) {
			news = true
		}
		s.other = r
		news = t.settle(id, s) || news
	}
	t.mu.Unlock()
	if news {
		t.changed()
	}
}

// latest is what is known of a terminal, from here or elsewhere.
func (s *terminalState) latest() (heard, seen time.Time, broken bool, status sync.TerminalStatus) {
	heard, seen, broken, status = s.heard, s.seenAt, s.broken, s.status
	if s.other.heard.After(heard) {
		heard, seen, broken = s.other.heard, s.other.seen, s.other.broken
	}
	if s.other.reported.After(s.reportedAt) {
		status = s.other.status
	}
	return heard, seen, broken, status
}

// tellHeard writes rows of this centre.
func (s *ownStore) tellHeard(ctx context.Context, node string, rows []heardRow) error {
	if len(rows) == 0 {
		return nil
	}
	return s.inTx(ctx, func(tx *sql.Tx) error {
		for _, r := range rows {
			status, err := json.Marshal(r.status)
			if err != nil {
				return err
			}
			broken := int64(0)
			if r.broken {
				broken = 1
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO central_terminal (terminal, node, status, reported, heard, seen, broken) VALUES ($1, $2, $3, $4, $5, $6, $7)
				ON CONFLICT (terminal, node) DO UPDATE SET status = excluded.status, reported = excluded.reported, heard = excluded.heard, seen = excluded.seen, broken = excluded.broken`,
				r.terminal, node, string(status), microOf(r.reported), microOf(r.heard), microOf(r.seen), broken); err != nil {
				return fmt.Errorf("database: terminals: %w", err)
			}
		}
		return nil
	})
}

// heardElsewhere reads the rows of other centres since a moment.
func (s *ownStore) heardElsewhere(ctx context.Context, node string, since time.Time) (out []heardRow, err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT terminal, node, status, reported, heard, seen, broken FROM central_terminal WHERE node <> $1 AND heard > $2`, node, since.UnixMicro())
	if err != nil {
		return nil, fmt.Errorf("database: terminals: %w", err)
	}
	defer rows.Close() // the error that counts is Err's
	for rows.Next() {
		var r heardRow
		var status string
		var reported, heard, seen, broken int64
		if err := rows.Scan(&r.terminal, &r.node, &status, &reported, &heard, &seen, &broken); err != nil {
			return nil, fmt.Errorf("database: terminals: %w", err)
		}
		if err := json.Unmarshal([]byte(status), &r.status); err != nil {
			return nil, fmt.Errorf("database: status of %s: %w", r.terminal, err)
		}
		r.reported, r.heard, r.seen, r.broken = ofMicro(reported), ofMicro(heard), ofMicro(seen), broken != 0
		out = append(out, r)
	}
	return out, rows.Err()
}

// microOf keeps a time that may be zero.
func microOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func ofMicro(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us)
}
