//go:build linux

package sim

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/writer"
)

// decided is an operation as the centre has it.
type decided struct {
	id       hall.OpID
	kind     hall.Kind
	terminal string
	status   hall.VerdictStatus
	reason   hall.Text
	result   []byte
	row      int64
	order    int64
	op       hall.Op
}

// check holds the hall to what was promised.
func (w *world) check() {
	n := w.centre.any()
	for _, l := range []string{lane, sync.SharedLane} {
		w.must("the log of "+l, n.wr.Verify(ctx, l))
	}
	all := w.decisions(n)
	w.checkFacts(n, all)
	w.checkTwins(all)
	w.checkRows(n, all)
	w.checkTickets(n, all)
	w.checkNumbers(n)
	w.checkPapers(n, all)
	w.checkFiles(n, all)
	for _, x := range w.terminals {
		w.checkReplica(n, x)
	}
	w.history.check(w)
	w.note("checked %d operations, %d decided", len(w.witness.order), len(all))
}

func (w *world) rows(n *node, query string, scan func(*sql.Rows) error) {
	rows, err := n.wr.Reader().QueryContext(ctx, query)
	w.must(query, err)
	defer rows.Close()
	for rows.Next() {
		w.must(query, scan(rows))
	}
	w.must(query, rows.Err())
}

func (w *world) decisions(n *node) map[hall.OpID]*decided {
	all := map[hall.OpID]*decided{}
	w.rows(n, "SELECT op_id, kind, terminal, status, reason, result, row_no, arrival, body FROM op", func(r *sql.Rows) error {
		d := &decided{}
		var reason string
		var body []byte
		if err := r.Scan(&d.id, &d.kind, &d.terminal, &d.status, &reason, &d.result, &d.row, &d.order, &body); err != nil {
			return err
		}
		all[d.id] = d
		if reason != "" {
			d.reason = decode[hall.Text](w, []byte(reason))
		}
		d.op = decode[hall.Op](w, body)
		return nil
	})
	return all
}

// neverRefused are witnesses that no state of the hall may refuse; but a case may
// be accepted already when another counter's receipt of it is heard of, which then
// goes to that counter's work list.
var neverRefused = []hall.Kind{hall.TakeTicket, hall.OpenCase, hall.ReceiveCase, hall.SignOut, hall.SignIn, hall.ReturnOut, hall.ReturnIn}

// checkFacts: what was acknowledged was decided, once and for ever.
func (w *world) checkFacts(n *node, all map[hall.OpID]*decided) {
	proved := w.inHeldRows(n)
	for _, id := range w.witness.order {
		f, d := w.witness.facts[id], all[id]
		if v, ok, err := f.at.store.Verdict(ctx, id); ok && f.verdict == nil { // it died before it could tell
			f.verdict = &v
			v.Order = d.order // is not told
		} else if !ok && f.verdict != nil && !f.gone || err != nil {
			w.wrong("%s had its verdict and has none: %v", id, err)
		}
		what := fmt.Sprintf("%s %s of %s", f.op.Kind, id, f.at.name)
		switch {
		case d == nil && f.gone:
			continue
		case d == nil:
			w.wrong("%s was acknowledged and is lost", what)
		case f.verdict == nil && !f.gone:
			w.wrong("%s was decided (%s), and its terminal never heard of it", what, d.status)
		case f.verdict != nil:
			v := sync.Verdict{Status: d.status, Reason: d.reason, Result: d.result, Order: d.order}
			if why := w.differs(*f.verdict, v); why != "" {
				w.wrong("%s was told %s (%s), and the centre has %s (%s): another %s", what, f.verdict.Status, f.verdict.Reason.Code, d.status, d.reason.Code, why)
			}
		}
		refused := d.status == hall.Rejected || d.status == hall.RejectedDependency
		if refused && slices.Contains(neverRefused, d.kind) && !(d.kind == hall.ReceiveCase && d.reason.Code == "case_state") {
			w.wrong("%s was witnessed and is refused: %s", what, d.reason.Code)
		}
		for _, need := range f.needs {
			if n := all[need]; n != nil && (n.status == hall.Rejected || n.status == hall.RejectedDependency) && d.status != hall.RejectedDependency && !proved[id] {
				w.wrong("%s depended on %s, which was refused, and is %s", what, need, d.status)
			}
		}
	}
}

// inHeldRows are the operations of which followers brought rows after a restore:
// those were applied, whatever became of what they name when it came again.
func (w *world) inHeldRows(n *node) map[hall.OpID]bool {
	ops := map[hall.OpID]bool{}
	w.rows(n, "SELECT DISTINCT op_id FROM held", func(r *sql.Rows) error {
		var id hall.OpID
		err := r.Scan(&id)
		ops[id] = true
		return err
	})
	return ops
}

// checkTwins: what was meant once was done once.
func (w *world) checkTwins(all map[hall.OpID]*decided) {
	for _, pair := range w.witness.twins {
		if a, b := all[pair[0]], all[pair[1]]; a != nil && b != nil && a.status == hall.Applied && b.status == hall.Applied {
			w.wrong("one act was done twice: as %s and as %s", pair[0], pair[1])
		}
	}
}

// checkRows: every verdict's rows are in the log, every row is of a verdict. After
// a restore rows come back that only followers held: of what the centre itself had
// done, and of operations, before or behind what their terminal brings of them.
func (w *world) checkRows(n *node, all map[hall.OpID]*decided) {
	last := map[hall.OpID]int64{}
	w.rows(n, "SELECT op_id, MAX(row_no) FROM log GROUP BY op_id", func(r *sql.Rows) error {
		var id hall.OpID
		var row int64
		err := r.Scan(&id, &row)
		last[id] = row
		return err
	})
	for id := range last {
		if all[id] == nil && w.done.restores == 0 {
			w.wrong("the log has rows of %s, which has no verdict", id)
		}
	}
	for _, id := range sortedKeys(all) {
		if d := all[id]; d.row != last[id] && w.done.restores == 0 {
			w.wrong("%s %s was answered with row %d; the log has its last at %d", d.kind, id, d.row, last[id])
		}
	}
}

// checkTickets: a number is one person's, a printed one stands, and the queue is
// in the order of arrival.
func (w *world) checkTickets(n *node, all map[hall.OpID]*decided) {
	byNumber, order := map[string]string{}, map[string]int64{}
	for _, e := range w.entities(n, hall.EntityTicket) {
		t := decode[hall.Ticket](w, e.Value)
		key := t.Day + " " + t.Number
		if other := byNumber[key]; other != "" || t.Note.Code == hall.NoteNumberConflict {
			w.wrong("number %s was given twice: %s and %s", key, other, t.ID)
		}
		byNumber[key], order[t.ID] = t.ID, t.Order
	}
	for _, id := range sortedKeys(all) {
		d := all[id]
		if d.kind != hall.TakeTicket || d.status != hall.Applied {
			continue
		}
		if got, ok := order[d.op.Entity]; !ok || got != d.order {
			w.wrong("ticket %s arrived as %d and stands at %d", d.op.Entity, d.order, got)
		}
	}
	printed := map[string]hall.OpID{}
	for _, id := range w.witness.order {
		f := w.witness.facts[id]
		if f.number == "" {
			continue
		}
		key := f.number
		if f.op.Kind == hall.TakeTicket {
			key = decode[hall.TakeTicketBody](w, f.op.Body).Day + " " + key
			if byNumber[key] != f.op.Entity && !f.gone {
				w.wrong("number %s was printed for %s, and is %q's", key, f.op.Entity, byNumber[key])
			}
		}
		if other := printed[key]; other != "" {
			w.wrong("number %s was printed twice: for %s and %s", key, other, id)
		}
		printed[key] = id
	}
}

// checkNumbers: no block overlaps another, no application and no notice has the
// number of another.
func (w *world) checkNumbers(n *node) {
	type span struct {
		hall.Lease
	}
	bySeries := map[string][]span{}
	for _, e := range w.entities(n, hall.EntityLease) {
		l := decode[hall.Lease](w, e.Value)
		bySeries[l.Series] = append(bySeries[l.Series], span{l})
	}
	for _, series := range sortedKeys(bySeries) {
		all := bySeries[series]
		sort.Slice(all, func(i, j int) bool { return all[i].From < all[j].From })
		for i := 1; i < len(all); i++ {
			if all[i].From <= all[i-1].To {
				w.wrong("series %s: %d–%d of %s and %d–%d of %s overlap", series, all[i-1].From, all[i-1].To, all[i-1].Terminal, all[i].From, all[i].To, all[i].Terminal)
			}
		}
	}
	seen := map[string]string{}
	for _, e := range w.entities(n, hall.EntityCase) {
		c := decode[hall.Case](w, e.Value)
		for _, number := range []string{c.Number, c.TempNumber, c.NoticeNo} {
			if other := seen[number]; number != "" && other != "" {
				w.wrong("number %s is on %s and %s", number, other, c.ID)
			}
			seen[number] = c.ID
		}
	}
}

// checkPapers: who holds a paper is what was seen of it, and every scan is kept. One
// that comes back after a restore adds nothing when its terminal has scanned the
// paper again since.
func (w *world) checkPapers(n *node, all map[hall.OpID]*decided) {
	type step struct {
		paper, terminal string
		kind            hall.Kind
	}
	kept, steps := map[hall.OpID]bool{}, map[step]bool{}
	for _, e := range w.entities(n, hall.EntityPaper) {
		p := decode[hall.Paper](w, e.Value)
		if got := hall.DeriveCustody(p.Seen); got != p.Custody {
			w.wrong("paper %s is %s; what was seen says %s", p.ID, p.Custody, got)
		}
		once := map[hall.OpID]bool{}
		for _, o := range p.Seen {
			if once[o.Op] {
				w.wrong("paper %s has the scan %s twice", p.ID, o.Op)
			}
			once[o.Op], kept[o.Op], steps[step{p.ID, o.Terminal, o.Kind}] = true, true, true
		}
	}
	for _, e := range w.entities(n, hall.EntityStray) {
		kept[hall.OpID(e.ID)] = true
	}
	for _, id := range sortedKeys(all) {
		d := all[id]
		if info, _ := hall.KindOf(d.kind); info.Aggregate == hall.EntityPaper && info.Nature == hall.Witness && d.status == hall.Applied && !kept[id] &&
			(w.done.restores == 0 || !steps[step{d.op.Entity, d.op.Terminal, d.op.Kind}]) {
			w.wrong("the scan %s of %s is gone", id, d.op.Entity)
		}
	}
}

// checkFiles: what was scanned is at the centre, whole, and the case knows.
func (w *world) checkFiles(n *node, all map[hall.OpID]*decided) {
	gone := map[string]bool{} // with the only disk that had them
	for _, id := range w.witness.order {
		f, d := w.witness.facts[id], all[id]
		if f.op.Kind != hall.HandIn {
			continue
		}
		body := decode[hall.HandInBody](w, f.op.Body)
		gone[body.File.SHA256] = f.gone
		if body.File.SHA256 == "" || f.gone || d == nil || d.status != hall.Applied {
			continue
		}
		r, err := n.file.Open(ctx, body.File.SHA256)
		if err != nil {
			w.wrong("the file that %s handed in as %s is not at the centre: %v", f.at.name, id, err)
		}
		h := sha256.New()
		_, err = io.Copy(h, r)
		w.must("file", errors.Join(err, r.Close()))
		if hex.EncodeToString(h.Sum(nil)) != body.File.SHA256 {
			w.wrong("the file %s is another at the centre", body.File.SHA256)
		}
	}
	for _, e := range w.entities(n, hall.EntityCase) {
		c := decode[hall.Case](w, e.Value)
		for _, m := range c.Materials {
			if a, ok := m.Newest(); ok && a.Coming && !gone[a.File.SHA256] && c.State.BeforeAcceptance() {
				w.wrong("%s of %s waits for a file for ever: %s", m.Key, c.ID, a.File.SHA256)
			}
		}
	}
}

// checkReplica: a terminal has what the writer has, in every feed that it
// follows, and shows nothing else.
func (w *world) checkReplica(n *node, x *terminal) {
	if k := x.store.Outbox(); k > 0 {
		w.wrong("%s waits with %d operations", x.name, k)
	}
	shown := x.store.World()
	known := 0
	for _, lf := range x.store.Follows() {
		for _, feed := range lf.Feeds {
			snap, err := n.wr.Snapshot(ctx, lf.Lane, feed)
			w.must("snapshot", err)
			for _, e := range snap.Entities {
				known++
				got, ok, err := x.store.Confirmed().Entity(e.Kind, e.ID)
				w.must("replica", err)
				if !ok || string(got) != string(e.Value) {
					w.wrong("%s has another %s %s than the writer", x.name, e.Kind, e.ID)
				}
				if over, ok, err := shown.Entity(e.Kind, e.ID); err != nil || !ok || string(over) != string(got) {
					w.wrong("%s shows another %s %s than it has: %v", x.name, e.Kind, e.ID, err)
				}
			}
		}
	}
	db, err := sql.Open("sqlite3", "file:"+x.dir+"/terminal.db?vfs="+x.proc.VFS())
	w.must("database", err)
	defer db.Close()
	var has int
	w.must("replica", db.QueryRow("SELECT COUNT(*) FROM replica").Scan(&has))
	if has != known {
		w.wrong("%s has %d entities, the writer gives it %d", x.name, has, known)
	}
}

// value is an entity of the centre.
type value struct {
	ID    string
	Value json.RawMessage
}

func (w *world) entities(n *node, kind hall.EntityKind) []value {
	all, err := n.wr.Entities(ctx, lane, kind, writer.Filter{})
	w.must(string(kind), err)
	out := make([]value, len(all))
	for i, e := range all {
		out[i] = value{e.ID, e.Value}
	}
	return out
}

func (w *world) ids(n *node, kind hall.EntityKind) []string {
	var out []string
	for _, e := range w.entities(n, kind) {
		out = append(out, e.ID)
	}
	return out
}

func sortedKeys[K ~string, V any](m map[K]V) []K {
	out := make([]K, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
