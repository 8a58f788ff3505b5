package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	gosync "sync"

	"hallway/app/hall"
)

// lists is what reading the places of the replica needs beside them: what the
// overlay makes of them, and values that were looked at lately. It follows the
// state: publish says which values changed, and a reader brings it up to date
// before it reads.
type lists struct {
	mu   gosync.Mutex // held while somebody reads
	over map[entityKey]laid
	in   map[string]map[string]hall.Place // of the overlay: list → id
	seen map[entityKey]any                // *hall.Case and so on

	dirtyMu gosync.Mutex // nobody holds it for long, because the writer takes it
	stale   bool
	dirty   map[entityKey]struct{}
	base    int64    // how many changes of cases were forgotten
	cases   []string // that changed since
}

// laid is a value of the overlay: what it hides, and where it stands.
type laid struct {
	was, is []hall.Place
	value   json.RawMessage // nil: gone
}

// Bounds of what is remembered.
const (
	seenAtMost    = 8192
	changesAtMost = 4096
)

func newLists() *lists {
	return &lists{stale: true, dirty: map[entityKey]struct{}{}, base: 1}
}

// mark notes that a value is not what it was.
func (l *lists) mark(k entityKey) {
	if !slices.Contains(hall.Listed(), k.kind) {
		return
	}
	l.dirtyMu.Lock()
	defer l.dirtyMu.Unlock()
	if !l.stale {
		l.dirty[k] = struct{}{}
	}
	if k.kind != hall.EntityCase {
		return
	}
	if len(l.cases) == changesAtMost {
		l.base += changesAtMost / 2
		l.cases = append(l.cases[:0], l.cases[changesAtMost/2:]...)
	}
	l.cases = append(l.cases, k.id)
}

// reset notes that anything may have changed.
func (l *lists) reset() {
	l.dirtyMu.Lock()
	defer l.dirtyMu.Unlock()
	l.stale = true
	clear(l.dirty)
	l.base += int64(len(l.cases)) + 1
	l.cases = l.cases[:0]
}

func (l *lists) changes(since int64) (ids []string, mark int64, known bool) {
	l.dirtyMu.Lock()
	defer l.dirtyMu.Unlock()
	mark = l.base + int64(len(l.cases))
	if since < l.base || since > mark {
		return nil, mark, false
	}
	ids = slices.Clone(l.cases[since-l.base:])
	slices.Sort(ids)
	return slices.Compact(ids), mark, true
}

// take empties the notes before the state is read, so that what changes
// meanwhile is noted again.
func (l *lists) take() (stale bool, keys []entityKey) {
	l.dirtyMu.Lock()
	defer l.dirtyMu.Unlock()
	stale, l.stale = l.stale, false
	for k := range l.dirty {
		keys = append(keys, k)
	}
	clear(l.dirty)
	return stale, keys
}

// listing reads lists at one moment.
type listing struct {
	*lists
	ctx context.Context
	s   *Store
	tx  *sql.Tx
	err error // of counting
}

// begin brings the lists up to date; lists.mu is held.
func (l *lists) begin(ctx context.Context, s *Store) (*listing, error) {
	stale, keys := l.take()
	values := map[entityKey]json.RawMessage{}
	s.mu.RLock()
	over := s.state.Load().live.over
	if stale {
		l.over, l.in, l.seen = map[entityKey]laid{}, map[string]map[string]hall.Place{}, map[entityKey]any{}
		keys = keys[:0]
		for k, v := range over {
			if slices.Contains(hall.Listed(), k.kind) {
				keys = append(keys, k)
				values[k] = v
			}
		}
	}
	for _, k := range keys {
		if v, ok := over[k]; ok {
			values[k] = v
		}
	}
	s.mu.RUnlock()
	tx, err := s.readers.Load().BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	x := &listing{lists: l, ctx: ctx, s: s, tx: tx}
	for _, k := range keys {
		value, laid := values[k]
		if err := x.lay(k, value, laid); err != nil {
			return nil, x.close(err)
		}
	}
	return x, nil
}

// close is end, for a reason.
func (l *listing) close(err error) error {
	_ = l.end() // it only read
	return err
}

func (l *listing) end() error { return l.tx.Rollback() }

// lay takes over what a value of the overlay is now, if it is one.
func (l *listing) lay(k entityKey, value json.RawMessage, now bool) error {
	delete(l.seen, k)
	if old, ok := l.over[k]; ok {
		for _, p := range old.is {
			if delete(l.in[p.List], k.id); len(l.in[p.List]) == 0 {
				delete(l.in, p.List)
			}
		}
		delete(l.over, k)
	}
	if !now {
		return nil
	}
	below, err := l.below(k)
	if err != nil {
		return err
	}
	one := laid{value: value, was: l.s.placesOf(k.kind, k.id, below), is: l.s.placesOf(k.kind, k.id, value)}
	l.over[k] = one
	for _, p := range one.is {
		if l.in[p.List] == nil {
			l.in[p.List] = map[string]hall.Place{}
		}
		l.in[p.List][k.id] = p
	}
	return nil
}

// below is a value of the replica; nil when there is none.
func (l *listing) below(k entityKey) (value []byte, err error) {
	err = l.tx.QueryRowContext(l.ctx, "SELECT value FROM replica WHERE kind = ? AND id = ?", k.kind, k.id).Scan(&value)
	if isNoRows(err) {
		return nil, nil
	}
	return value, err
}

// get is a value under the overlay.
func get[T any](l *listing, kind hall.EntityKind, id string) (*T, bool, error) {
	k := entityKey{kind, id}
	if v, ok := l.seen[k].(*T); ok {
		return v, true, nil
	}
	raw := []byte(l.over[k].value)
	if _, over := l.over[k]; !over {
		var err error
		if raw, err = l.below(k); err != nil {
			return nil, false, err
		}
	}
	if raw == nil {
		return nil, false, nil
	}
	v := new(T)
	if err := hall.Decode(raw, v); err != nil {
		return nil, false, err
	}
	if len(l.seen) >= seenAtMost {
		clear(l.seen)
	}
	l.seen[k] = v
	return v, true, nil
}

// count is how many there are of a name before a place, as far as whole days go.
func (l *listing) count(name string, before int64) (n int) {
	if l.err != nil {
		return 0
	}
	l.err = l.tx.QueryRowContext(l.ctx, "SELECT COALESCE(SUM(n), 0) FROM tallies WHERE name = ? AND day < ?", name, dayAt(before)).Scan(&n)
	for _, one := range l.over {
		for _, p := range one.was {
			if p.Count == name && p.At < before {
				n--
			}
		}
		for _, p := range one.is {
			if p.Count == name && p.At < before {
				n++
			}
		}
	}
	return n
}

// countRows is count, of what is a list too: the rows of the last day are counted
// one by one.
func (l *listing) countRows(name string, before int64) int {
	n, rows := l.count(name, before), 0
	if l.err == nil {
		l.err = l.tx.QueryRowContext(l.ctx, "SELECT COUNT(*) FROM places WHERE list = ? AND at >= ? AND at < ?",
			name, dayAt(before)*perDay, before).Scan(&rows)
	}
	return n + rows
}

// walk goes through spans, merged in their order, until f returns false; more: it
// never did.
func (l *listing) walk(spans []span, f func(spot) (bool, error)) (more bool, err error) {
	all := make([]*stream, 0, len(spans))
	for _, one := range spans {
		s := &stream{l: l, span: one}
		s.over = s.laid()
		all = append(all, s)
	}
	for {
		var next *stream
		for _, s := range all {
			if err := s.fill(); err != nil {
				return false, err
			}
			if s.head() != nil && (next == nil || compareTails(s.span, *s.head(), next.span, *next.head()) < 0) {
				next = s
			}
		}
		if next == nil {
			return true, nil
		}
		if more, err := f(*next.pop()); !more || err != nil {
			return false, err
		}
	}
}

// compareTails compares spots of two spans that are ordered alike: of lists under
// a name, what is behind the name counts.
func compareTails(x span, a spot, y span, b spot) int {
	if x.under {
		a.list, b.list = a.list[len(x.list):], b.list[len(y.list):]
	}
	return x.order(a, b)
}

// stream is a span that is being read.
type stream struct {
	span
	l    *listing
	rows []spot // read and not given
	over []spot // of the overlay, not given
	last *spot  // read last; nil: none yet
	done bool   // nothing is left to read
}

// laid are the spots of the overlay.
func (s *stream) laid() (out []spot) {
	add := func(list string) {
		for id, p := range s.l.in[list] {
			if at := (spot{list, p.At, id, p.Note}); s.holds(at) {
				out = append(out, at)
			}
		}
	}
	if !s.under {
		add(s.list)
	} else {
		for list := range s.l.in {
			if strings.HasPrefix(list, s.list) {
				add(list)
			}
		}
	}
	slices.SortFunc(out, s.order)
	return out
}

// head is what comes next.
func (s *stream) head() *spot {
	switch {
	case len(s.rows) == 0 && len(s.over) == 0:
		return nil
	case len(s.over) == 0 || len(s.rows) > 0 && s.order(s.rows[0], s.over[0]) < 0:
		return &s.rows[0]
	}
	return &s.over[0]
}

func (s *stream) pop() *spot {
	at := s.head()
	if len(s.rows) > 0 && at == &s.rows[0] {
		s.rows = s.rows[1:]
	} else {
		s.over = s.over[1:]
	}
	return at
}

// How many rows of a list are read first, and then at a time.
const (
	readFirst  = 16
	readAtOnce = 64
)

// fill reads on when nothing read is left. What the overlay hides is passed over.
func (s *stream) fill() error {
	kind := kindOfList(s.list)
	for len(s.rows) == 0 && !s.done {
		n, most := 0, readAtOnce
		if s.last == nil {
			most = readFirst
		}
		query, args := s.query(most)
		rows, err := s.l.tx.QueryContext(s.l.ctx, query, args...)
		err = collect(rows, err)(func(r *sql.Rows) error {
			var at spot
			if err := r.Scan(&at.list, &at.at, &at.id, &at.note); err != nil {
				return err
			}
			n++
			s.last = &at
			if _, hidden := s.l.over[entityKey{kind, at.id}]; !hidden && s.holds(at) {
				s.rows = append(s.rows, at)
			}
			return nil
		})
		if err != nil {
			return err
		}
		s.done = n < most
	}
	return nil
}

// query asks for the next rows, at most so many.
func (s *stream) query(most int) (string, []any) {
	const what = "SELECT list, at, id, note FROM places WHERE "
	if s.under {
		if s.last == nil {
			return what + "list >= ? AND list < ? ORDER BY list, at, id LIMIT ?", []any{s.list, behind(s.list), most}
		}
		return what + "(list, at, id) > (?, ?, ?) AND list < ? ORDER BY list, at, id LIMIT ?", []any{s.last.list, s.last.at, s.last.id, behind(s.list), most}
	}
	query, args := what+"list = ?", []any{s.list}
	switch {
	case s.last == nil:
		query, args = query+" AND at >= ? AND at < ?", append(args, s.from, s.to)
	case s.desc:
		query, args = query+" AND (at, id) < (?, ?) AND at >= ?", append(args, s.last.at, s.last.id, s.from)
	default:
		query, args = query+" AND (at, id) > (?, ?) AND at < ?", append(args, s.last.at, s.last.id, s.to)
	}
	if s.text != "" {
		query, args = query+" AND instr(note, ?) > 0", append(args, s.text)
	}
	if s.desc {
		return query + " ORDER BY at DESC, id DESC LIMIT ?", append(args, most)
	}
	return query + " ORDER BY at, id LIMIT ?", append(args, most)
}

// kindOfList is what stands in a list.
func kindOfList(list string) hall.EntityKind {
	if strings.HasPrefix(list, hall.PlacesFrom(hall.FeedCase)) {
		return hall.EntityCase
	}
	_, rest, _ := strings.Cut(strings.TrimPrefix(list, string(hall.CustodyFeed(""))), "/")
	switch kind, _, _ := strings.Cut(rest, "/"); kind {
	case "paper":
		return hall.EntityPaper
	case "batch":
		return hall.EntityBatch
	}
	return hall.EntityConsignment
}
