package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	gosync "sync"

	"hallway/app/hall"
)

// CaseQuery picks cases (办件). The zero value is all of them.
type CaseQuery struct {
	States []hall.CaseState // any of them; none: every state
	Text   string           // part of the application number or the temporary one
	Limit  int              // 0: all
}

// Cases lists the cases that this terminal knows, under the overlay, newest
// first, and says how many there are beyond the limit. What is inside a case
// must not be changed.
func (s *Store) Cases(ctx context.Context, q CaseQuery) ([]hall.Case, int, error) {
	all, err := s.lists.cases.get(ctx, s, "")
	if err != nil {
		return nil, 0, err
	}
	text := strings.ToUpper(strings.TrimSpace(q.Text))
	var out []hall.Case
	total := 0
	for i := range all {
		c := &all[i]
		if len(q.States) > 0 && !slices.Contains(q.States, c.State) ||
			text != "" && !strings.Contains(c.Number, text) && !strings.Contains(strings.ToUpper(c.TempNumber), text) {
			continue
		}
		total++
		if q.Limit <= 0 || len(out) < q.Limit {
			out = append(out, *c)
		}
	}
	return out, total, nil
}

// Papers lists the papers of a department, or of all that are followed when it
// is "", under the overlay, by label. The slice is shared: it must not be
// changed. After one change it costs one copy, and nothing without.
func (s *Store) Papers(ctx context.Context, department string) ([]hall.Paper, error) {
	return s.lists.papers.get(ctx, s, department)
}

// Batches lists the batches (批次) of a department, or all of them, oldest
// first. As Papers otherwise.
func (s *Store) Batches(ctx context.Context, department string) ([]hall.Batch, error) {
	return s.lists.batches.get(ctx, s, department)
}

// Consignments lists the trips (交接单) of a department, or all of them, oldest
// first. As Papers otherwise.
func (s *Store) Consignments(ctx context.Context, department string) ([]hall.Consignment, error) {
	return s.lists.consignments.get(ctx, s, department)
}

// lists are the entities that are shown as lists, decoded and in order. They
// follow the state: publish says which entities changed, and a reader brings
// its table up to date before it answers.
type lists struct {
	cases        *table[hall.Case]
	papers       *table[hall.Paper]
	batches      *table[hall.Batch]
	consignments *table[hall.Consignment]
}

func newLists() *lists {
	return &lists{
		cases: newTable(hall.EntityCase, func(c *hall.Case) string { return "" },
			func(a, b *hall.Case) int {
				return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), strings.Compare(a.ID, b.ID))
			}),
		papers: newTable(hall.EntityPaper, func(p *hall.Paper) string { return p.Department },
			func(a, b *hall.Paper) int { return strings.Compare(a.ID, b.ID) }),
		batches: newTable(hall.EntityBatch, func(b *hall.Batch) string { return b.Department },
			func(a, b *hall.Batch) int {
				return cmp.Or(a.OpenedAt.Compare(b.OpenedAt), strings.Compare(a.ID, b.ID))
			}),
		consignments: newTable(hall.EntityConsignment, func(c *hall.Consignment) string { return c.Department },
			func(a, b *hall.Consignment) int {
				return cmp.Or(a.OpenedAt.Compare(b.OpenedAt), strings.Compare(a.ID, b.ID))
			}),
	}
}

// mark notes that an entity is not what it was.
func (l *lists) mark(k entityKey) {
	switch k.kind {
	case hall.EntityCase:
		l.cases.mark(k.id)
	case hall.EntityPaper:
		l.papers.mark(k.id)
	case hall.EntityBatch:
		l.batches.mark(k.id)
	case hall.EntityConsignment:
		l.consignments.mark(k.id)
	}
}

// reset notes that anything may have changed.
func (l *lists) reset() {
	l.cases.reset()
	l.papers.reset()
	l.batches.reset()
	l.consignments.reset()
}

// many is how many changes make it quicker to sort again.
const many = 256

// table is one list. rows and groups are guarded by mu, which a reader holds
// while it reads; stale and dirty by their own lock, which nobody holds for
// long, because the writer takes it.
type table[T any] struct {
	kind  hall.EntityKind
	group func(*T) string
	order func(a, b *T) int // total

	mu      gosync.Mutex
	rows    map[string]*T
	groups  map[string][]T // in order; given out, so replaced and never changed
	version int            // counts the changes that were taken in

	dirtyMu gosync.Mutex
	stale   bool
	dirty   map[string]struct{}
}

func newTable[T any](kind hall.EntityKind, group func(*T) string, order func(a, b *T) int) *table[T] {
	return &table[T]{kind: kind, group: group, order: order, stale: true, dirty: map[string]struct{}{}}
}

func (x *table[T]) mark(id string) {
	x.dirtyMu.Lock()
	defer x.dirtyMu.Unlock()
	if !x.stale {
		x.dirty[id] = struct{}{}
	}
}

func (x *table[T]) reset() {
	x.dirtyMu.Lock()
	defer x.dirtyMu.Unlock()
	x.stale = true
	clear(x.dirty)
}

// take empties the notes before the state is read, so that what changes
// meanwhile is noted again.
func (x *table[T]) take() (stale bool, ids []string) {
	x.dirtyMu.Lock()
	defer x.dirtyMu.Unlock()
	stale, x.stale = x.stale, false
	for id := range x.dirty {
		ids = append(ids, id)
	}
	clear(x.dirty)
	return stale, ids
}

// get is the list of one group, "" for all.
func (x *table[T]) get(ctx context.Context, s *Store, group string) ([]T, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.refresh(ctx, s); err != nil {
		return nil, err
	}
	list, ok := x.groups[group]
	if !ok {
		list = []T{}
		for _, v := range x.rows {
			if group == "" || x.group(v) == group {
				list = append(list, *v)
			}
		}
		slices.SortFunc(list, func(a, b T) int { return x.order(&a, &b) })
		x.groups[group] = list
	}
	return list, nil
}

// each calls f for every row, in no order, when something changed since the
// version given; it returns the version now.
func (x *table[T]) each(ctx context.Context, s *Store, since int, f func(*T)) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.refresh(ctx, s); err != nil || x.version == since {
		return x.version, err
	}
	for _, v := range x.rows {
		f(v)
	}
	return x.version, nil
}

func (x *table[T]) refresh(ctx context.Context, s *Store) error {
	stale, ids := x.take()
	if !stale && len(ids) == 0 {
		return nil
	}
	x.version++
	var err error
	if stale {
		err = x.load(ctx, s)
	} else {
		err = x.follow(s, ids)
	}
	if err != nil {
		x.reset()
		return disk("read the list of "+string(x.kind), err)
	}
	return nil
}

// load reads the whole table.
func (x *table[T]) load(ctx context.Context, s *Store) error {
	x.rows, x.groups = map[string]*T{}, map[string][]T{}
	rows, err := s.readers.Load().QueryContext(ctx, "SELECT id, value FROM replica WHERE kind = ?", x.kind)
	err = collect(rows, err)(func(r *sql.Rows) error {
		var id string
		var value sql.RawBytes
		if err := r.Scan(&id, &value); err != nil {
			return err
		}
		v := new(T)
		x.rows[id] = v
		return hall.Decode(value, v)
	})
	if err != nil {
		return err
	}
	over := map[string]json.RawMessage{}
	s.mu.RLock()
	for k, v := range s.state.Load().live.over {
		if k.kind == x.kind {
			over[k.id] = v
		}
	}
	s.mu.RUnlock()
	for id, raw := range over {
		delete(x.rows, id)
		if raw != nil {
			v := new(T)
			if err := hall.Decode(raw, v); err != nil {
				return err
			}
			x.rows[id] = v
		}
	}
	return nil
}

// follow reads what was noted.
func (x *table[T]) follow(s *Store, ids []string) error {
	w := s.World()
	if len(ids) > many {
		x.groups = map[string][]T{} // sorted again when they are asked for
	} else {
		for g, list := range x.groups {
			x.groups[g] = append(make([]T, 0, len(list)+len(ids)), list...)
		}
	}
	for _, id := range ids {
		was := x.rows[id]
		v, ok, err := hall.Load[T](w, x.kind, id)
		if err != nil {
			return err
		}
		delete(x.rows, id)
		var now *T
		if ok {
			now = &v
			x.rows[id] = now
		}
		for g, list := range x.groups {
			x.groups[g] = x.place(list, x.of(g, was), x.of(g, now))
		}
	}
	return nil
}

// of is a row if it belongs to a group.
func (x *table[T]) of(group string, v *T) *T {
	if v != nil && group != "" && x.group(v) != group {
		return nil
	}
	return v
}

// place takes a row out of a list and puts another in.
func (x *table[T]) place(list []T, was, now *T) []T {
	find := func(v *T) (int, bool) {
		return slices.BinarySearchFunc(list, v, func(e T, v *T) int { return x.order(&e, v) })
	}
	if was != nil && now != nil && x.order(was, now) == 0 {
		if i, ok := find(was); ok {
			list[i] = *now
			return list
		}
	}
	if was != nil {
		if i, ok := find(was); ok {
			list = slices.Delete(list, i, i+1)
		}
	}
	if now != nil {
		i, _ := find(now)
		list = slices.Insert(list, i, *now)
	}
	return list
}
