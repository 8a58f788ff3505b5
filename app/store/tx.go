package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"hallway/app/hall"
	"hallway/sync"
)

type entityKey struct {
	kind hall.EntityKind
	id   string
}

type feedKey struct {
	lane string
	feed hall.Feed
}

// cursor is a follower's place with the sum of the feed's state there.
type cursor struct {
	sync.Cursor
	sum sync.StateSum
}

// shadow is an operation that is part of the overlay. row is 0 before its
// verdict, and then the lane row at which the replica has it.
type shadow struct {
	pos int64
	row int64
	op  hall.Op
}

// state is what the store keeps in memory; it is replaced, never changed, so
// that readers need no lock. The maps are small.
type state struct {
	incarnation string
	blocked     bool // spends nothing before the next sync
	meta        map[string]string
	terminal    hall.Terminal
	lanes       []sync.LaneFeeds
	cat         *hall.Catalogue
	cursors     map[feedKey]cursor
	confirmed   map[string]*hall.Queue // by day
	shown       map[string]*hall.Queue // under the overlay
	leases      []Lease                // with numbers left
	work        []Rejection
	lookupDay   string
	lookupKey   []byte
	ownerKey    []byte
	live        *live
}

// live is what may be large; it is changed after a commit, under its lock.
type live struct {
	over    map[entityKey]json.RawMessage // nil value: gone
	layers  *layers                       // only the writer looks at it
	pending map[hall.OpID]string          // op without a verdict → entity
	byName  map[string]int                // entity → how many
	heads   map[chainKey]chainHead        // of the outbox's chains, as far as known
}

type chainKey struct{ incarnation, lane string }

type chainHead struct {
	seq  int64
	hash string
}

func newLive() *live {
	return &live{over: map[entityKey]json.RawMessage{}, layers: newLayers(), pending: map[hall.OpID]string{}, byName: map[string]int{}, heads: map[chainKey]chainHead{}}
}

func (l *live) put(id hall.OpID, entity string) {
	if _, ok := l.pending[id]; !ok {
		l.pending[id] = entity
		l.byName[entity]++
	}
}

func (l *live) drop(id hall.OpID) {
	entity, ok := l.pending[id]
	if !ok {
		return
	}
	delete(l.pending, id)
	if l.byName[entity]--; l.byName[entity] == 0 {
		delete(l.byName, entity)
	}
}

// tx is one transaction with what it makes of the memory.
type tx struct {
	s       *Store
	w       *dbconn
	next    state
	delta   map[entityKey]json.RawMessage // overlay values set
	bare    map[entityKey]bool            // overlay values taken away
	layers  *layers                       // what the overlay is made of, after this transaction
	todo    recast
	after   []func(*live) // applied to the memory after the commit
	ops     []hall.OpID   // written down, to be looked for if the commit is in doubt
	heads   map[chainKey]chainHead
	spent   bool // a new generation
	dirty   bool
	loading bool        // everything is being read
	reWork  bool        // the work list changed
	touched []entityKey // of the replica
	bulk    bool        // much of the replica changed, or all
}

// write runs f in a transaction, alone. What f returned as an error has
// changed nothing, on disk or in memory. The context is only for waiting: a
// transaction that has begun is never cut short by it.
func (s *Store) write(ctx context.Context, f func(*tx) error) error {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	dirty, err := s.writeAlone(f)
	<-s.turn
	if dirty {
		s.changed()
	}
	return err
}

func (s *Store) writeAlone(f func(*tx) error) (bool, error) {
	if s.closed.Load() {
		return false, fail(CodeClosed, "the store is closed", "restart the terminal", nil)
	}
	if s.w.dead {
		if err := s.revive(); err != nil {
			return false, err
		}
	}
	t := &tx{s: s, w: s.w, next: *s.state.Load(), delta: map[entityKey]json.RawMessage{}, bare: map[entityKey]bool{}, heads: map[chainKey]chainHead{}}
	t.layers = t.next.live.layers
	if err := t.exec("BEGIN IMMEDIATE"); err != nil {
		s.w.dead = isDead(err)
		return false, disk("begin a transaction", err)
	}
	if err := t.finish(f); err != nil {
		_ = t.exec("ROLLBACK") // SQLite may have rolled back already
		t.takeBack()
		if !isDead(err) {
			return false, disk("write down", err)
		}
		return s.inDoubt(t, err)
	}
	t.publish()
	return t.dirty, nil
}

func (t *tx) finish(f func(*tx) error) error {
	if err := f(t); err != nil {
		return err
	}
	if t.reWork {
		if err := t.loadWork(); err != nil {
			return err
		}
	}
	if t.spent {
		gen, err := t.metaInt("generation")
		if err != nil {
			return err
		}
		gen = max(gen, t.s.ident.generation) + 1
		if err := t.setMeta("generation", strconv.FormatInt(gen, 10)); err != nil {
			return err
		}
	}
	return t.exec("COMMIT")
}

// takeBack undoes what the transaction did to the layers.
func (t *tx) takeBack() {
	for _, undo := range slices.Backward(t.todo.undo) {
		undo()
	}
}

// publish puts what was committed into memory and marks the generation.
func (t *tx) publish() {
	s := t.s
	s.mu.Lock()
	l := t.next.live
	for k := range t.bare {
		delete(l.over, k)
		t.touched = append(t.touched, k)
	}
	for k, v := range t.delta {
		l.over[k] = v
		t.touched = append(t.touched, k)
	}
	maps.Copy(l.heads, t.heads)
	l.layers = t.layers
	for _, f := range t.after {
		f(l)
	}
	next := t.next
	s.state.Store(&next)
	s.mu.Unlock()
	if t.bulk || t.loading {
		s.lists.reset()
	}
	for _, k := range t.touched {
		s.lists.mark(k)
	}
	if t.spent {
		s.markGeneration()
	}
}

// markGeneration brings the generation file up to the database. Without it the
// operation stands all the same: only a later restore would not be noticed.
func (s *Store) markGeneration() {
	st := s.state.Load()
	gen, err := strconv.ParseInt(st.meta["generation"], 10, 64)
	if err == nil {
		err = s.ident.write(gen, st.incarnation)
	}
	if err != nil {
		s.opt.Logger.Warn("the generation file cannot be written: a restored database would not be noticed", "err", err)
	}
}

// inDoubt follows an I/O error: the handle is dead, and the transaction may be
// durable or not. The database is opened again and looked at.
func (s *Store) inDoubt(t *tx, cause error) (bool, error) {
	s.opt.Logger.Error("the database is closed and opened again after an I/O error", "err", cause)
	s.w.dead = true
	if err := s.revive(); err != nil {
		return false, disk("write down", cause)
	}
	if !s.written(t.ops) {
		s.overwrite()
		return true, disk("write down", cause)
	}
	if t.spent {
		s.markGeneration()
	}
	return true, nil // every operation of it is there, so all of it is
}

// written says whether operations are there; without any it is not known.
func (s *Store) written(ops []hall.OpID) bool {
	l := s.state.Load().live
	for _, id := range ops {
		if _, ok := l.pending[id]; !ok {
			return false
		}
	}
	return len(ops) > 0
}

// overwrite replaces what a commit whose sync failed left in SQLite's log: a crash
// would bring it back after somebody was told that it was not done.
func (s *Store) overwrite() {
	_, err := s.w.conn.ExecContext(context.Background(), "INSERT INTO meta (key, value) VALUES ('settled', '1') ON CONFLICT (key) DO UPDATE SET value = value + 1")
	if err != nil {
		s.w.dead = true
		s.opt.Logger.Error("the disk still does not take anything: what was refused may be there after a restart", "err", err)
	}
}

// revive opens the database again after an I/O error.
func (s *Store) revive() error {
	ctx := context.Background()
	_ = s.w.close() // dead already
	if err := s.openDB(ctx); err != nil {
		s.w.dead = true
		return err
	}
	if err := s.load(ctx); err != nil {
		s.w.dead = true
		return err
	}
	return nil
}

func (w *dbconn) stmt(query string) (*sql.Stmt, error) {
	if st, ok := w.stmts[query]; ok {
		return st, nil
	}
	st, err := w.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	w.stmts[query] = st
	return st, nil
}

// exec runs a statement, prepared once for the life of the connection.
func (t *tx) exec(query string, args ...any) error {
	st, err := t.w.stmt(query)
	if err != nil {
		return err
	}
	_, err = st.ExecContext(context.Background(), args...)
	return err
}

// one reads one row; ok is false when there is none.
func (t *tx) one(query string, args []any, into ...any) (ok bool, err error) {
	st, err := t.w.stmt(query)
	if err != nil {
		return false, err
	}
	err = st.QueryRowContext(context.Background(), args...).Scan(into...)
	if err == sql.ErrNoRows {
		return false, nil
	}
	return err == nil, err
}

// each reads all rows. scan must not use the transaction.
func (t *tx) each(query string, args []any, scan func(*sql.Rows) error) error {
	st, err := t.w.stmt(query)
	if err != nil {
		return err
	}
	return collect(st.QueryContext(context.Background(), args...))(scan)
}

// collect walks the rows of a query and closes it.
func collect(rows *sql.Rows, err error) func(func(*sql.Rows) error) error {
	return func(scan func(*sql.Rows) error) error {
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := scan(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	}
}

// setMeta sets names and values by turns.
func (t *tx) setMeta(pairs ...string) error {
	t.next.meta = maps.Clone(t.next.meta)
	for i := 0; i+1 < len(pairs); i += 2 {
		if err := t.exec("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
			pairs[i], pairs[i+1]); err != nil {
			return err
		}
		t.next.meta[pairs[i]] = pairs[i+1]
	}
	return nil
}

func (t *tx) metaInt(key string) (int64, error) {
	v := t.next.meta[key]
	if v == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return 0, fail(CodeDamaged, "meta "+key+" is no number", "start with an empty data folder", err)
	}
	return n, nil
}
