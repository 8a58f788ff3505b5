package central

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"hallway/app/central/records"
	"hallway/app/hall"
	"hallway/sync"
)

// States of a record that goes up: central_record.state.
const (
	recordWaiting  = "waiting"
	recordSent     = "sent"
	recordRefused  = "refused"
	recordReplaced = "replaced" // a later version goes instead
)

// batchOf is how many records go up at once.
const batchOf = 100

// queueOf is how many cases of the state are queued at once: other writers of the
// database come between.
const queueOf = 500

// queued is a record of the queue.
type queued struct {
	id      string
	version int
	n       int64
	kase    string
	place   int
	batch   int64
	digest  string
}

// follow takes what the log tells of cases into the queue, page after page, each
// with its cursor in one transaction: nothing is lost and nothing queued twice. What
// the log has let go of, or a log that is another than it was, is read from the
// state of the cases; what is queued already stays.
func (x *exporter) follow(ctx context.Context) error {
	for {
		at, err := x.cursor(ctx)
		if err != nil {
			return err
		}
		page, err := x.c.writer.Rows(ctx, at, 0)
		var p *sync.Problem
		if at.Row < 0 || errors.As(err, &p) {
			return x.fromTheState(ctx)
		}
		if err != nil {
			return err
		}
		if page.To == at.Row && page.Epoch == at.Epoch {
			return nil
		}
		var values []json.RawMessage
		for _, r := range page.Rows {
			at.Hash = r.Hash
			if r.Kind == hall.EntityCase {
				values = append(values, r.Value)
			}
		}
		at.Row, at.Epoch = page.To, page.Epoch
		if err := x.queue(ctx, &at, values); err != nil {
			return err
		}
		if !page.More {
			return nil
		}
	}
}

// fromTheState takes over the cases as they are, some at once. The cursor moves with
// the last of them: stopped before, it begins again, and what is queued already stays.
func (x *exporter) fromTheState(ctx context.Context) error {
	s, err := x.c.writer.Snapshot(ctx, x.c.hallLane(), hall.FeedCase)
	if err != nil {
		return err
	}
	var values []json.RawMessage
	for _, e := range s.Entities {
		if e.Kind == hall.EntityCase {
			values = append(values, e.Value)
		}
	}
	for ; len(values) > x.casesAtOnce; values = values[x.casesAtOnce:] {
		if err := x.queue(ctx, nil, values[:x.casesAtOnce]); err != nil {
			return err
		}
	}
	return x.queue(ctx, &sync.Cursor{Epoch: s.Epoch, Row: s.Row, Hash: s.Hash}, values)
}

func (x *exporter) cursor(ctx context.Context) (sync.Cursor, error) {
	at := sync.Cursor{Lane: x.c.hallLane(), Feed: hall.FeedCase}
	err := x.c.store.db.QueryRowContext(ctx, `SELECT epoch, row_no, hash FROM central_export WHERE id = 'records'`).Scan(&at.Epoch, &at.Row, &at.Hash)
	if err != nil {
		return at, fmt.Errorf("database: records: %w", err)
	}
	return at, nil
}

// numbered are the cases that have their number: from then on a case goes up.
func numbered(values []json.RawMessage) (list []hall.Case, err error) {
	for _, value := range values {
		if len(value) == 0 || string(value) == "null" {
			continue
		}
		one, err := read[hall.Case](hall.EntityCase, value)
		if err != nil {
			return nil, err
		}
		if one.Number != "" {
			list = append(list, one)
		}
	}
	return list, nil
}

// queue adds the records of cases that are not queued yet, and moves the cursor when
// it is given one.
func (x *exporter) queue(ctx context.Context, at *sync.Cursor, values []json.RawMessage) error {
	cases, err := numbered(values)
	if err != nil {
		return err
	}
	return x.asHolder(ctx, func(tx *sql.Tx) error {
		for _, one := range cases {
			if err := queueCase(ctx, tx, one, x.c.now()); err != nil {
				return err
			}
		}
		if at == nil {
			return nil
		}
		_, err := tx.ExecContext(ctx, `UPDATE central_export SET epoch = $1, row_no = $2, hash = $3 WHERE id = 'records'`, at.Epoch, at.Row, at.Hash)
		if err != nil {
			return fmt.Errorf("database: records: %w", err)
		}
		return nil
	})
}

// queueCase adds what is new of one case: its records only grow.
func queueCase(ctx context.Context, tx *sql.Tx, one hall.Case, now time.Time) error {
	var known int
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(place), -1) + 1 FROM central_record WHERE kase = $1`, one.ID).Scan(&known); err != nil {
		return fmt.Errorf("database: records: %w", err)
	}
	for place := known; place < len(one.Records); place++ {
		q := queued{id: records.IdentityOf(one, place), kase: one.ID, place: place}
		if err := enqueue(ctx, tx, q, now); err != nil {
			return err
		}
	}
	return nil
}

// enqueue puts the next data version of a record at the end of the queue. One that
// was refused before it is not sent any more; one that waits goes up before it, maybe
// in the same batch.
func enqueue(ctx context.Context, tx *sql.Tx, q queued, now time.Time) error {
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) + 1 FROM central_record WHERE id = $1`, q.id).Scan(&q.version); err != nil {
		return fmt.Errorf("database: records: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE central_record SET state = $1 WHERE id = $2 AND state = $3`, recordReplaced, q.id, recordRefused); err != nil {
		return fmt.Errorf("database: records: %w", err)
	}
	if err := tx.QueryRowContext(ctx, `UPDATE central_export SET last_n = last_n + 1 WHERE id = 'records' RETURNING last_n`).Scan(&q.n); err != nil {
		return fmt.Errorf("database: records: %w", err)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO central_record (id, version, n, kase, place, state, batch, digest, reason, at_ms)
		VALUES ($1, $2, $3, $4, $5, $6, 0, '', '', $7)`, q.id, q.version, q.n, q.kase, q.place, recordWaiting, now.UnixMilli())
	if err != nil {
		return fmt.Errorf("database: records: %w", err)
	}
	return nil
}

// openBatch is the batch that is to be acknowledged, or the next one made of what
// waits; 0 without any. The number is given with what is in it, so that there is no
// gap, and a batch that was sent and not acknowledged is that batch again.
func (x *exporter) openBatch(ctx context.Context) (number int64, list []queued, err error) {
	err = x.asHolder(ctx, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MIN(batch), 0) FROM central_record WHERE state = $1 AND batch > 0`, recordWaiting).Scan(&number); err != nil {
			return err
		}
		if number == 0 {
			var waiting int64
			if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM central_record WHERE state = $1`, recordWaiting).Scan(&waiting); err != nil || waiting == 0 {
				return err
			}
			if err := tx.QueryRowContext(ctx, `UPDATE central_export SET batch = batch + 1 WHERE id = 'records' RETURNING batch`).Scan(&number); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, `UPDATE central_record SET batch = $1 WHERE n IN
				(SELECT n FROM central_record WHERE state = $2 ORDER BY n LIMIT $3)`, number, recordWaiting, x.atOnce)
			if err != nil {
				return err
			}
		}
		list, err = listRecords(ctx, tx, `batch = $1 AND state = $2`, number, recordWaiting)
		return err
	})
	if err != nil {
		return 0, nil, fmt.Errorf("database: records: %w", err)
	}
	return number, list, nil
}

// querier is what reads: a transaction or the database.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func listRecords(ctx context.Context, q querier, where string, args ...any) (list []queued, err error) {
	rows, err := q.QueryContext(ctx, `SELECT id, version, n, kase, place, batch, digest FROM central_record WHERE `+where+` ORDER BY n`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var one queued
		if err := rows.Scan(&one.id, &one.version, &one.n, &one.kase, &one.place, &one.batch, &one.digest); err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, rows.Err()
}

// stamp notes what a record is about to say. One that said something else when it
// was sent goes with the next data version: nobody knows whether the former came.
func (x *exporter) stamp(ctx context.Context, q *queued, digest string) error {
	if q.digest == digest {
		return nil
	}
	version := q.version
	if q.digest != "" {
		var last int
		if err := x.c.store.db.QueryRowContext(ctx, `SELECT MAX(version) FROM central_record WHERE id = $1`, q.id).Scan(&last); err != nil {
			return fmt.Errorf("database: records: %w", err)
		}
		if last == version { // else the next version waits already
			version++
		}
	}
	_, err := x.c.store.db.ExecContext(ctx, `UPDATE central_record SET digest = $1, version = $2 WHERE id = $3 AND version = $4`, digest, version, q.id, q.version)
	if err != nil {
		return fmt.Errorf("database: records: %w", err)
	}
	q.digest, q.version = digest, version
	return nil
}

// acknowledged notes what became of a batch, whole. A refused version that a later one
// follows is not corrected: it would come after that one and undo it.
func (x *exporter) acknowledged(ctx context.Context, results []records.Result) error {
	return x.c.store.inTx(ctx, func(tx *sql.Tx) error {
		for _, r := range results {
			state, reason := recordSent, ""
			if r.Result == records.Refused {
				var last int
				if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM central_record WHERE id = $1`, r.ID).Scan(&last); err != nil {
					return fmt.Errorf("database: records: %w", err)
				}
				if state, reason = recordRefused, r.Reason(); last > r.Version {
					state = recordReplaced
				}
			}
			if _, err := tx.ExecContext(ctx, `UPDATE central_record SET state = $1, reason = $2, at_ms = $3 WHERE id = $4 AND version = $5`,
				state, reason, x.c.now().UnixMilli(), r.ID, r.Version); err != nil {
				return fmt.Errorf("database: records: %w", err)
			}
		}
		_, err := tx.ExecContext(ctx, `UPDATE central_export SET tries = 0, next_ms = 0, trouble = '' WHERE id = 'records'`)
		if err != nil {
			return fmt.Errorf("database: records: %w", err)
		}
		return nil
	})
}

// resend puts a record that was corrected into the queue, with its next version.
func (x *exporter) resend(ctx context.Context, q queued) error {
	return x.asHolder(ctx, func(tx *sql.Tx) error { return enqueue(ctx, tx, q, x.c.now()) })
}

// figures are how many records went up, wait, and were refused, with the latest
// reason and what is wrong with the way.
func (x *exporter) figures(ctx context.Context) (v ManagerExport, err error) {
	rows, err := x.c.store.read.QueryContext(ctx, `SELECT state, COUNT(*) FROM central_record GROUP BY state`)
	if err != nil {
		return v, fmt.Errorf("database: records: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var state string
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return v, fmt.Errorf("database: records: %w", err)
		}
		switch state {
		case recordSent:
			v.Sent = n
		case recordWaiting:
			v.Waiting = n
		case recordRefused:
			v.Refused = n
		}
	}
	if err := rows.Err(); err != nil {
		return v, fmt.Errorf("database: records: %w", err)
	}
	var id string
	err = x.c.store.read.QueryRowContext(ctx, `SELECT id, reason FROM central_record WHERE state = $1 ORDER BY n DESC LIMIT 1`, recordRefused).Scan(&id, &v.Reason)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return v, fmt.Errorf("database: records: %w", err)
	}
	if part := strings.Split(id, "/"); len(part) == 3 {
		v.Record = part[1]
	}
	if err := x.c.store.read.QueryRowContext(ctx, `SELECT trouble FROM central_export WHERE id = 'records'`).Scan(&v.Trouble); err != nil {
		return v, fmt.Errorf("database: records: %w", err)
	}
	return v, nil
}
