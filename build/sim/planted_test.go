//go:build linux

package sim

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/sync"
	"hallway/sync/client"
	"hallway/sync/writer"
)

// faults are those that the simulation must find; see plant.
var faults = []string{"no fsync", "identity-column cursor", "verdict outside the transaction", "lost dependency",
	"resend under a new number", "snapshot drops the outbox", "clock used for order", "lease given twice"}

// planted is a fault that systems like this have had, put in from outside: by
// what stands between the parts, not in them. The zero value is no fault.
type planted struct {
	w      *world
	name   string            // "" when only the world is to be as bad
	ends   map[feedOf]string // of chains with rows left out
	chains map[string]string // their ends → the writer's
}

func plant(w *world, name string) *planted {
	if w.dry {
		name = ""
	}
	return &planted{w, name, map[feedOf]string{}, map[string]string{}}
}

// worse makes the world one in which the fault can show.
func worse(w *world) {
	switch w.plan.fault {
	case "no fsync":
		w.kill, w.power = 0.05, 1
		w.lying = !w.dry
	case "verdict outside the transaction":
		w.kill = 0.06
	case "lost dependency":
		w.lose = max(w.lose, 0.1)
	case "resend under a new number":
		w.lose = max(w.lose, 0.2)
	case "snapshot drops the outbox":
		w.snapshot = 0.05
	}
}

// rules are the writer's.
func (p *planted) rules() writer.StepFunc {
	switch p.name {
	case "clock used for order":
		return func(w hall.World, op hall.Op, c hall.Context) (hall.Outcome, error) {
			if op.Kind == hall.TakeTicket {
				c.Order = op.Stamp.At.UnixMilli()
			}
			return hall.Step(w, op, c)
		}
	case "lease given twice":
		n := 0
		return func(w hall.World, op hall.Op, c hall.Context) (hall.Outcome, error) {
			out, err := hall.Step(w, op, c)
			if op.Kind != hall.LeaseNumbers || out.Status != hall.Applied {
				return out, err
			}
			if n++; n%5 == 0 { // the counter was read, and not written
				kept := out.Changes[:0]
				for _, ch := range out.Changes {
					if ch.Kind != hall.EntitySeries {
						kept = append(kept, ch)
					}
				}
				out.Changes = kept
			}
			return out, err
		}
	}
	return nil
}

// draft is what a terminal writes down of what was meant.
func (p *planted) draft(d store.Draft) store.Draft {
	if p.name == "lost dependency" {
		d.DependsOn = nil
	}
	return d
}

// store is what the client gets of a terminal's store.
func (p *planted) store(x *terminal, s *heard) client.Store {
	if p.name == "snapshot drops the outbox" {
		return &dropping{s}
	}
	return s
}

// dropping makes a terminal's database anew for a snapshot, and thinks that all
// there was in it was the replica.
type dropping struct{ *heard }

// ApplyFetched replaces a feed.
func (d *dropping) ApplyFetched(c context.Context, lane string, feed hall.Feed) error {
	if err := d.heard.ApplyFetched(c, lane, feed); err != nil {
		return err
	}
	_, err := d.x.database().Exec("DELETE FROM outbox WHERE acked = 0")
	d.x.w.must("outbox", err)
	return nil
}

// pushed comes after a push of a terminal. A kiosk that did not hear of its
// ticket asks for it again, under a new number.
func (p *planted) pushed(x *terminal, ok bool) {
	if p.name != "resend under a new number" || ok || !x.running() || x.store.Outbox() == 0 {
		return
	}
	push, err := x.store.Pending(ctx, 256, 1<<20)
	p.w.must("outbox", err)
	for _, e := range push.Ops {
		op := decode[hall.Op](p.w, e.Body)
		if op.Kind != hall.TakeTicket {
			continue
		}
		body := decode[hall.TakeTicketBody](p.w, op.Body)
		out, err := x.store.Issue(ctx, store.TicketDraft{Actor: op.Actor, Group: body.Group, Class: body.Class})
		if err == nil {
			p.w.witness.same(op.ID, out.Op.ID)
			p.w.note("%s sends %s again as %s", x.id, op.ID, out.Op.ID)
		}
		return
	}
}

// feedOf is one terminal's chain of one feed.
type feedOf struct{ terminal, feed string }

// asked is what a terminal asks. One that follows a writer with an identity
// column has a chain that leaves rows out; the real writer is asked with its own.
func (p *planted) asked(x *terminal, r *http.Request) {
	q := r.URL.Query()
	if real, ok := p.chains[q.Get("hash")]; ok {
		q.Set("hash", real)
		r.URL.RawQuery = q.Encode()
	}
}

// answered is what a terminal gets of an answer. Rows that get their numbers
// outside of the transaction's order become visible out of order: who asks for
// «more than the last» while one is on its way never sees it.
func (p *planted) answered(x *terminal, r *http.Request, answer *http.Response) *http.Response {
	if p.name != "identity-column cursor" || !strings.HasSuffix(r.URL.Path, "/rows") || answer.StatusCode != http.StatusOK {
		return answer
	}
	raw, err := io.ReadAll(answer.Body)
	p.w.must("answer", err)
	page := decode[sync.Page](p.w, raw)
	at := feedOf{x.id, page.Lane + "/" + string(page.Feed)}
	if n := len(page.Rows); n > 0 {
		last := page.Rows[n-1].Hash
		if k := p.w.rnd.IntN(20); k < n-1 && page.StateRow == 0 {
			page.Rows = slices.Delete(page.Rows, k, k+1)
		}
		prev := p.ends[at]
		for i := range page.Rows {
			page.Rows[i].PrevHash = prev
			prev = sync.RowHash(page.Rows[i])
			page.Rows[i].Hash = prev
		}
		p.ends[at], p.chains[prev] = prev, last
	}
	page.StateRow, page.StateHash = 0, ""
	raw, err = json.Marshal(page)
	p.w.must("answer", err)
	answer.Body = io.NopCloser(bytes.NewReader(raw))
	return answer
}

// died comes after the centre died over a request. A writer that stores its
// verdict by itself, and the state in another transaction, leaves the first
// without the second.
func (p *planted) died(r *http.Request, body []byte) {
	if p.name != "verdict outside the transaction" || !strings.HasSuffix(r.URL.Path, "/ops") {
		return
	}
	w := p.w
	push := decode[sync.Push](w, body)
	proc, err := w.centre.disk.Process()
	w.must("process", err)
	db, err := sql.Open("sqlite3", "file:"+w.path("centre", "centre.db")+"?_journal_mode=WAL&_busy_timeout=10000&vfs="+proc.VFS())
	w.must("database", err)
	for _, e := range push.Ops {
		op := decode[hall.Op](w, e.Body)
		var last, row int64
		_ = db.QueryRow("SELECT last_seq FROM sender WHERE terminal = ? AND incarnation = ? AND lane = ?", e.Terminal, e.Incarnation, e.Lane).Scan(&last) // 0: it is new
		w.must("lane", db.QueryRow("SELECT last_row FROM lane WHERE lane = ?", e.Lane).Scan(&row))
		if e.Seq != last+1 {
			continue
		}
		now := w.now.UnixMicro()
		sum := sha256.Sum256(e.Body)
		for _, q := range []struct {
			text string
			args []any
		}{
			{"INSERT INTO op (op_id, lane, kind, entity, terminal, actor, body, body_hash, status, reason, row_no, at_us, arrival) VALUES (?, ?, ?, ?, ?, '', ?, ?, 'applied', '', ?, ?, ?)",
				[]any{op.ID, e.Lane, op.Kind, op.Entity, e.Terminal, []byte(e.Body), hex.EncodeToString(sum[:]), row + 1, now, row + 1}},
			{"INSERT INTO envelope (terminal, incarnation, lane, seq, hash, op_id, conflict, at_us) VALUES (?, ?, ?, ?, ?, ?, 0, ?)",
				[]any{e.Terminal, e.Incarnation, e.Lane, e.Seq, e.Hash, op.ID, now}},
			{"INSERT INTO sender (terminal, incarnation, lane, last_seq, last_hash, at_us) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (terminal, incarnation, lane) DO UPDATE SET last_seq = excluded.last_seq, last_hash = excluded.last_hash",
				[]any{e.Terminal, e.Incarnation, e.Lane, e.Seq, e.Hash, now}},
		} {
			_, err := db.Exec(q.text, q.args...)
			w.must("verdict", err)
		}
	}
	w.must("close", db.Close())
	w.must("close", proc.Close())
}
