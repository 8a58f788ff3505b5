package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"hallway/app/hall"
)

// PaperJob is what is to be printed of a case, a batch or a trip: the kind of
// paper (the caller's own names, never "ticket") and what it is of.
type PaperJob struct {
	Kind    string
	Key     string // case, batch, paper or consignment
	Reprint bool   // 补打; set by the store when one may have come out before
}

// PaperJobState is a paper job with what became of it.
type PaperJobState struct {
	ID      string
	Kind    string
	Key     string
	Reprint bool
	State   string    // one of the Job… states
	At      time.Time // of the state
}

// QueuePaper records that a paper is to be printed. When one of the same kind
// and key may have come out before, the job is a reprint (补打), whether the
// caller knew or not. JobBegun and JobEnded follow as for a ticket; a job that
// was begun and not ended by a dead process is unknown and never printed again
// by itself.
func (s *Store) QueuePaper(ctx context.Context, p PaperJob) (Job, error) {
	var out Job
	err := s.write(ctx, func(t *tx) (err error) {
		out, err = t.queuePaper(p, "", "")
		return err
	})
	if err != nil {
		return Job{}, err
	}
	return out, nil
}

func (t *tx) queuePaper(p PaperJob, op hall.OpID, lane string) (Job, error) {
	if p.Kind == "" || p.Kind == ticketJob || p.Key == "" {
		return Job{}, fail(CodeJobState, "a paper needs a kind and what it is of", "report this", nil)
	}
	at, _ := t.s.Now()
	var before string
	again, err := t.one("SELECT id FROM jobs WHERE ticket = ? AND kind = ? AND state NOT IN ('queued', 'failed') LIMIT 1", []any{p.Key, p.Kind}, &before)
	if err != nil {
		return Job{}, err
	}
	j := Job{ID: t.s.fresh.next(at), Kind: p.Kind, Ticket: p.Key, Reprint: p.Reprint || again}
	return j, t.putJob(j.ID, p.Kind, op, p.Key, lane, j.Reprint, at)
}

// PaperJobs lists the latest job of each paper since a time, newest first.
func (s *Store) PaperJobs(ctx context.Context, since time.Time) ([]PaperJobState, error) {
	all, err := s.paperJobs(ctx, 1<<30, "kind <> 'ticket' AND created >= ?", since.UnixMilli())
	if err != nil {
		return nil, err
	}
	seen := map[[2]string]bool{}
	return slices.DeleteFunc(all, func(p PaperJobState) bool {
		k := [2]string{p.Kind, p.Key}
		older := seen[k]
		seen[k] = true
		return older
	}), nil
}

// PapersOf lists the jobs of one case, batch or trip, newest first.
func (s *Store) PapersOf(ctx context.Context, key string) ([]PaperJobState, error) {
	return s.paperJobs(ctx, 1000, "ticket = ? AND kind <> 'ticket'", key)
}

// OpenPapers lists the papers without an outcome, newest first. After a start
// they are those that are still wanted: queued a moment ago, not one byte sent.
func (s *Store) OpenPapers(ctx context.Context) ([]PaperJobState, error) {
	return s.paperJobs(ctx, 1000, "kind <> 'ticket' AND state IN ('queued', 'begun')")
}

func (s *Store) paperJobs(ctx context.Context, limit int, where string, args ...any) ([]PaperJobState, error) {
	var out []PaperJobState
	rows, err := s.readers.Load().QueryContext(ctx, "SELECT id, kind, ticket, reprint, state, changed FROM jobs WHERE "+where+
		" ORDER BY created DESC, id DESC LIMIT ?", append(args, limit)...)
	err = collect(rows, err)(func(r *sql.Rows) error {
		var p PaperJobState
		var changed int64
		if err := r.Scan(&p.ID, &p.Kind, &p.Key, &p.Reprint, &p.State, &changed); err != nil {
			return err
		}
		p.At = time.UnixMilli(changed).In(hall.Zone)
		out = append(out, p)
		return nil
	})
	return out, disk("read the print jobs", err)
}
