package central

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	gosync "sync"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/writer"
)

// caseBook follows the hall's cases and papers for the manager's page, as a
// terminal would: a snapshot once, then row after row, so that one scan costs
// one row however many papers there are. Of what is over only the count is
// kept.
type caseBook struct {
	mu     gosync.Mutex
	at     map[hall.Feed]sync.Cursor
	states map[string]hall.CaseState
	counts map[hall.CaseState]int
	open   map[string]hall.Case        // before acceptance
	papers map[string]hall.Paper       // neither filed nor returned
	trips  map[string]hall.Consignment // sent
	temps  map[string]string           // temporary number → case
}

func newCaseBook() *caseBook {
	b := &caseBook{}
	b.forget()
	return b
}

// forget begins anew; b.mu is held, or nobody knows b yet.
func (b *caseBook) forget() {
	b.at, b.states, b.open = map[hall.Feed]sync.Cursor{}, map[string]hall.CaseState{}, map[string]hall.Case{}
	b.counts = map[hall.CaseState]int{}
	b.papers, b.trips, b.temps = map[string]hall.Paper{}, map[string]hall.Consignment{}, map[string]string{}
}

// read catches up with the feeds and gives what f makes of it.
func (b *caseBook) read(ctx context.Context, w *writer.Writer, lane string, feeds []hall.Feed, f func(*caseBook)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := 0; i < len(feeds); i++ {
		err := b.follow(ctx, w, lane, feeds[i])
		var p *sync.Problem
		if errors.As(err, &p) && (p.Code == sync.ProblemRewind || p.Code == sync.ProblemEpoch) {
			b.forget() // the log is another than it was: all feeds from their beginning
			i = -1
			continue
		}
		if err != nil {
			return err
		}
	}
	f(b)
	return nil
}

// follow catches up with one feed.
func (b *caseBook) follow(ctx context.Context, w *writer.Writer, lane string, feed hall.Feed) error {
	c, known := b.at[feed]
	if !known {
		return b.snapshot(ctx, w, lane, feed)
	}
	for {
		page, err := w.Rows(ctx, c, 0)
		if err != nil {
			return err
		}
		for _, r := range page.Rows {
			if err := b.put(r.Kind, r.ID, r.Value); err != nil {
				return err
			}
			c.Hash = r.Hash
		}
		c.Row, c.Epoch = page.To, page.Epoch
		b.at[feed] = c
		if !page.More {
			return nil
		}
	}
}

func (b *caseBook) snapshot(ctx context.Context, w *writer.Writer, lane string, feed hall.Feed) error {
	s, err := w.Snapshot(ctx, lane, feed)
	if err != nil {
		return err
	}
	for _, e := range s.Entities {
		if err := b.put(e.Kind, e.ID, e.Value); err != nil {
			return err
		}
	}
	b.at[feed] = sync.Cursor{Lane: lane, Feed: feed, Epoch: s.Epoch, Row: s.Row, Hash: s.Hash}
	return nil
}

// put takes over one value.
func (b *caseBook) put(kind hall.EntityKind, id string, value json.RawMessage) error {
	if len(value) == 0 || string(value) == "null" {
		return nil // cases and papers are never gone
	}
	switch kind {
	case hall.EntityCase:
		c, err := read[hall.Case](kind, value)
		if err != nil {
			return err
		}
		if was, known := b.states[id]; known {
			b.counts[was]--
		}
		b.states[id] = c.State
		b.counts[c.State]++
		if c.TempNumber != "" {
			b.temps[c.TempNumber] = id
		}
		keep(b.open, id, c, c.State.BeforeAcceptance())
	case hall.EntityPaper:
		p, err := read[hall.Paper](kind, value)
		if err != nil {
			return err
		}
		keep(b.papers, id, p, p.Custody != hall.Filed && p.Custody != hall.Returned)
	case hall.EntityConsignment:
		t, err := read[hall.Consignment](kind, value)
		if err != nil {
			return err
		}
		keep(b.trips, id, t, t.State == hall.ConsignmentSent)
	}
	return nil
}

// keep holds a value, or lets it go.
func keep[T any](m map[string]T, id string, v T, wanted bool) {
	if wanted {
		m[id] = v
	} else {
		delete(m, id)
	}
}

func read[T any](kind hall.EntityKind, value json.RawMessage) (T, error) {
	var v T
	if err := json.Unmarshal(value, &v); err != nil {
		return v, fmt.Errorf("stored %s cannot be read: %w", kind, err)
	}
	return v, nil
}
