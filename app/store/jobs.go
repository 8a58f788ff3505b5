package store

import (
	"context"
	"database/sql"
	"time"

	"hallway/app/hall"
)

// queueJob records a slip that is to be printed.
func (t *tx) queueJob(op hall.OpID, ticket, lane string, reprint bool, at time.Time) (string, error) {
	id := t.s.fresh.next(at)
	return id, t.putJob(id, ticketJob, op, ticket, lane, reprint, at)
}

// beginJob records that the first byte of a queued job is about to go out.
func (t *tx) beginJob(job string, at time.Time) error {
	var id string
	ok, err := t.one("UPDATE jobs SET state = ?, changed = ? WHERE id = ? AND state = ? RETURNING id",
		[]any{JobBegun, at.UnixMilli(), job, JobQueued}, &id)
	if err == nil && !ok {
		return fail(CodeJobState, "the slip is not waiting to be printed", "print it again as a reprint", nil)
	}
	t.dirty = true
	return err
}

// ticketJob is the kind of the jobs of tickets.
const ticketJob = "ticket"

func (t *tx) putJob(id, kind string, op hall.OpID, key, lane string, reprint bool, at time.Time) error {
	t.dirty = true
	return t.exec("INSERT INTO jobs (id, kind, op_id, ticket, lane, reprint, state, created, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		id, kind, op, key, lane, reprint, JobQueued, at.UnixMilli(), at.UnixMilli())
}

// NewJob queues another slip of a ticket; a reprint (补打) is marked as such on
// the paper and in the record.
func (s *Store) NewJob(ctx context.Context, ticket string, reprint bool) (Job, error) {
	j := Job{Ticket: ticket, Reprint: reprint}
	err := s.write(ctx, func(t *tx) (err error) {
		at, _ := s.Now()
		j.ID, err = t.queueJob("", ticket, "", reprint, at)
		return err
	})
	if err != nil {
		return Job{}, err
	}
	return j, nil
}

// JobBegun records that the first byte of a job is about to go out. From here
// on a crash makes it unknown.
func (s *Store) JobBegun(ctx context.Context, job string) error {
	return s.write(ctx, func(t *tx) error {
		at, _ := s.Now()
		return t.beginJob(job, at)
	})
}

// JobEnded records what became of a job (JobConfirmed, JobParsed, JobFailed,
// JobUnknown) and, for a ticket, writes slip_printed down, in one transaction. A
// job ends once: a second call with the same outcome does nothing.
func (s *Store) JobEnded(ctx context.Context, job, outcome string) error {
	switch outcome {
	case JobConfirmed, JobParsed, JobFailed, JobUnknown:
	default:
		return fail(CodeJobState, "there is no outcome "+outcome, "report this", nil)
	}
	return s.write(ctx, func(t *tx) error { return t.endJob(job, outcome) })
}

func (t *tx) endJob(job, outcome string) error {
	at, _ := t.s.Now()
	var kind, op, ticket string
	var reprint bool
	ok, err := t.one("UPDATE jobs SET state = ?, changed = ? WHERE id = ? AND state IN ('queued', 'begun') RETURNING kind, op_id, ticket, reprint",
		[]any{outcome, at.UnixMilli(), job}, &kind, &op, &ticket, &reprint)
	if err != nil {
		return err
	}
	if !ok {
		var was string
		if _, err := t.one("SELECT state FROM jobs WHERE id = ?", []any{job}, &was); err != nil || was == outcome {
			return err
		}
		return fail(CodeJobState, "the slip has another outcome already", "report this", nil)
	}
	t.dirty = true
	if kind != ticketJob {
		return nil // of cases and trips the outcome is this terminal's alone
	}
	d := Draft{Kind: hall.SlipPrinted, Entity: ticket, Actor: hall.Actor{Kind: hall.ActorDevice, Role: hall.RoleDevice},
		Body: hall.SlipPrintedBody{Job: job, Outcome: outcome, Reprint: reprint}}
	if op != "" {
		d.DependsOn = []hall.OpID{hall.OpID(op)}
	}
	_, err = t.propose(d)
	return err
}

// OpenJobs lists the jobs of tickets without an outcome, oldest first.
func (s *Store) OpenJobs(ctx context.Context) ([]Job, error) {
	var out []Job
	rows, err := s.readers.Load().QueryContext(ctx, "SELECT id, ticket, state, reprint FROM jobs WHERE kind = 'ticket' AND state IN ('queued', 'begun') ORDER BY created, id")
	err = collect(rows, err)(func(r *sql.Rows) error {
		var j Job
		var state string
		err := r.Scan(&j.ID, &j.Ticket, &state, &j.Reprint)
		j.Begun = state == JobBegun
		out = append(out, j)
		return err
	})
	return out, disk("read the print jobs", err)
}

// LostJobs lists the tickets' slips of the last while of which nobody can say whether
// they came out, newest first: the person may still stand there.
func (s *Store) LostJobs(ctx context.Context, within time.Duration) ([]Job, error) {
	now, _ := s.Now()
	var out []Job
	rows, err := s.readers.Load().QueryContext(ctx,
		"SELECT id, ticket, reprint FROM jobs WHERE kind = 'ticket' AND state = ? AND created >= ? ORDER BY created DESC, id DESC",
		JobUnknown, now.Add(-within).UnixMilli())
	err = collect(rows, err)(func(r *sql.Rows) error {
		j := Job{Begun: true}
		err := r.Scan(&j.ID, &j.Ticket, &j.Reprint)
		out = append(out, j)
		return err
	})
	return out, disk("read the print jobs", err)
}

// JobState is the state of a job, "" when there is none.
func (s *Store) JobState(ctx context.Context, job string) (string, error) {
	var state string
	err := s.readers.Load().QueryRowContext(ctx, "SELECT state FROM jobs WHERE id = ?", job).Scan(&state)
	if err == sql.ErrNoRows {
		return "", nil
	}
	return state, disk("read the print job", err)
}

// recoverJobs settles what a dead process left: nobody can say whether a begun
// job came out, and nobody waits any more for an old queued one.
func (s *Store) recoverJobs(ctx context.Context) error {
	return s.write(ctx, func(t *tx) error {
		now, _ := s.Now()
		type left struct{ id, outcome string }
		var all []left
		err := t.each("SELECT id, state, created FROM jobs WHERE state IN ('queued', 'begun') ORDER BY created, id", nil, func(r *sql.Rows) error {
			var id, state string
			var created int64
			if err := r.Scan(&id, &state, &created); err != nil {
				return err
			}
			age := now.Sub(time.UnixMilli(created))
			switch {
			case state == JobBegun:
				all = append(all, left{id, JobUnknown})
			case t.next.blocked || age >= jobFresh || age < -jobFresh:
				all = append(all, left{id, JobFailed})
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, l := range all {
			if err := t.endJob(l.id, l.outcome); err != nil {
				return err
			}
		}
		return nil
	})
}
