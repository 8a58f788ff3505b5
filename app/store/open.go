package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	gosync "sync"
	"sync/atomic"
	"time"

	"github.com/mattn/go-sqlite3"

	"hallway/app/hall"
)

// layouts are the steps of the tables' layout: NNNN_name.sql leads to layout
// NNNN, which is PRAGMA user_version.
//
//go:embed sql/*.sql
var layouts embed.FS

// Options of Open. Dir and Terminal are required.
type Options struct {
	Dir      string // data folder of this terminal; made when absent
	Terminal string // id, as the centre knows it
	// Identity is the path of the generation file, outside Dir; "" is Dir with
	// ".identity" behind. The key file lies beside it, with ".key" behind.
	Identity string
	Machine  string // identity of the machine; "" asks the system
	// Clock is this machine's wall clock; nil is time.Now.
	Clock func() time.Time
	// Boot is the time since boot, sleep included, and the identity of the
	// boot; nil asks the system.
	Boot   func() (time.Duration, string)
	Logger *slog.Logger
	VFS    string // of SQLite, as registered; "" is the system's
}

// Store is the terminal's store. Its methods may be called from any goroutine.
type Store struct {
	opt      Options
	lock     *os.File
	ident    *identity
	box      *box
	turn     chan struct{} // one writer at a time
	w        *dbconn       // held by the turn
	readers  atomic.Pointer[sql.DB]
	mu       gosync.RWMutex // guards state.live
	state    atomic.Pointer[state]
	anchor   atomic.Pointer[anchor]
	online   atomic.Bool
	closed   atomic.Bool
	bell     bell
	watchMu  gosync.Mutex
	watchers map[int]func()
	watchN   int
	refused  map[string]time.Time // series and cases that were refused, until when; under mu
	lists    *lists
	fresh    *ids
	filesMu  gosync.RWMutex // written: files are being forgotten
	sending  atomic.Bool    // the upload queue may hold something
	temps    atomic.Bool    // a kiosk's operation may bear a temporary number
	stop     context.CancelFunc
	beside   gosync.WaitGroup // work that ends with the store
}

// dbconn is the one connection that writes, with its prepared statements.
type dbconn struct {
	db    *sql.DB
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	dead  bool // an I/O error was seen: reopen before the next use
}

// Open opens the store of one terminal, makes it when absent, and settles what
// a dead process left: jobs begun become unknown, an old queued job failed.
func Open(ctx context.Context, opt Options) (*Store, error) {
	if opt.Dir == "" || opt.Terminal == "" {
		return nil, fail(CodeFailed, "no data folder or no terminal id given", "set data and terminal in the configuration", nil)
	}
	fillIn(&opt)
	s := &Store{opt: opt, turn: make(chan struct{}, 1), watchers: map[int]func(){}, refused: map[string]time.Time{}, lists: newLists(), fresh: newIDs()}
	if err := os.MkdirAll(opt.Dir, 0o700); err != nil {
		return nil, disk("make the data folder", err)
	}
	if err := s.takeLock(); err != nil {
		return nil, err
	}
	if err := s.openAll(ctx); err != nil {
		return nil, errors.Join(err, s.shut())
	}
	s.temps.Store(true)
	var besides context.Context
	besides, s.stop = context.WithCancel(context.Background())
	s.beside.Go(func() { s.keepChecked(besides) })
	return s, nil
}

func fillIn(opt *Options) {
	if opt.Identity == "" {
		opt.Identity = filepath.Clean(opt.Dir) + ".identity"
	}
	if opt.Machine == "" {
		opt.Machine = machineID()
	}
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	if opt.Boot == nil {
		opt.Boot = bootTime
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
}

func (s *Store) takeLock() error {
	f, err := os.OpenFile(filepath.Join(s.opt.Dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return disk("open the lock file", err)
	}
	if busy, err := lockFile(f); err != nil {
		_ = f.Close() // nothing was written through it
		if busy {
			return fail(CodeLocked, "another program uses this data folder", "close the other window of this terminal", nil)
		}
		return disk("lock the data folder", err)
	}
	s.lock = f
	return nil
}

func (s *Store) openAll(ctx context.Context) error {
	var err error
	if s.ident, err = openIdentity(s.opt.Identity); err != nil {
		return disk("open the generation file", err)
	}
	if s.box, err = openBox(s.opt.Identity+".key", s.opt.Machine); err != nil {
		return disk("open the key file", err)
	}
	if err := s.openDB(ctx); err != nil {
		return err
	}
	if err := s.load(ctx); err != nil {
		return err
	}
	if err := s.fillPlaces(ctx); err != nil {
		return err
	}
	if err := s.recognise(ctx); err != nil {
		return err
	}
	if err := s.recoverJobs(ctx); err != nil {
		return err
	}
	if err := s.tidyFiles(ctx); err != nil {
		return err
	}
	s.sending.Store(true)
	return s.Prune(ctx)
}

func (s *Store) path() string { return filepath.Join(s.opt.Dir, "terminal.db") }

func dsn(path, vfs string, readOnly bool) string {
	q := url.Values{"_busy_timeout": {"5000"}, "_foreign_keys": {"on"}, "_secure_delete": {"on"},
		"_synchronous": {"FULL"}, "_journal_mode": {"WAL"}}
	if readOnly {
		q.Set("_query_only", "true")
	}
	if vfs != "" {
		q.Set("vfs", vfs)
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
}

// openDB opens the writer and the readers and makes sure that SQLite does what
// was asked for.
func (s *Store) openDB(ctx context.Context) error {
	if _, n, _ := sqlite3.Version(); n < 3051003 {
		return fail(CodeDamaged, "this SQLite has a known fault in its log", "build with the bundled SQLite", nil)
	}
	// Made here so that nobody else can read it; SQLite's other files take over
	// its mode.
	f, err := os.OpenFile(s.path(), os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return disk("open the database file", err)
	}
	db, err := sql.Open("sqlite3", dsn(s.path(), s.opt.VFS, false))
	if err != nil {
		return disk("open the database", err)
	}
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err != nil {
		return errors.Join(disk("open the database", err), db.Close())
	}
	s.w = &dbconn{db: db, conn: conn, stmts: map[string]*sql.Stmt{}}
	if err := s.prepareDB(ctx); err != nil {
		return err
	}
	r, err := sql.Open("sqlite3", dsn(s.path(), s.opt.VFS, true))
	if err != nil {
		return disk("open the database for reading", err)
	}
	r.SetMaxOpenConns(4)
	r.SetMaxIdleConns(4)
	if old := s.readers.Swap(r); old != nil {
		return old.Close()
	}
	return nil
}

func (s *Store) prepareDB(ctx context.Context) error {
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "secure_delete": "1"} {
		var got string
		if err := s.w.conn.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&got); err != nil {
			return disk("read pragma "+pragma, err)
		}
		if got != want {
			return fail(CodeDamaged, fmt.Sprintf("pragma %s is %s, not %s", pragma, got, want), "put the data folder on a local disk", nil)
		}
	}
	if s.closedInOrder(ctx) {
		return s.migrate(ctx)
	}
	var check string
	err := s.w.conn.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&check)
	if isTrouble(err) {
		return disk("check the database", err)
	}
	if err != nil || check != "ok" {
		return fail(CodeDamaged, "the database does not check out: "+check, "keep the file for the administrator and start with an empty data folder", err)
	}
	return s.migrate(ctx)
}

// recognise compares the database with the machine and the generation file.
func (s *Store) recognise(ctx context.Context) error {
	return s.write(ctx, func(t *tx) error {
		machine := machineHash(s.opt.Machine)
		gen, err := t.metaInt("generation")
		if err != nil {
			return err
		}
		switch {
		case t.next.incarnation == "":
			if err := t.setMeta("machine", machine, "terminal", s.opt.Terminal, "blocked", ""); err != nil {
				return err
			}
			if err := t.newIncarnation(""); err != nil {
				return err
			}
			if s.ident.known { // not the first database of this terminal
				err = t.setTemps()
			}
		case t.next.meta["terminal"] != s.opt.Terminal:
			return fail(CodeDamaged, "this data folder belongs to another terminal", "give each terminal a data folder of its own", nil)
		case t.next.meta["machine"] != machine:
			err = t.newIncarnation("other_machine")
		case !s.ident.known, s.ident.generation > gen:
			err = t.newIncarnation("rolled_back")
		}
		if err != nil {
			return err
		}
		t.spent = true // every start is a generation
		return t.setMeta("machine", machine, "closed", "")
	})
}

// Close ends the store; what is under way is finished first.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	s.stop()
	s.beside.Wait()
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	s.bell.ring()
	var err error
	if !s.w.dead {
		err = disk("close the database", s.noteClosed())
	}
	return errors.Join(err, s.shut())
}

func (s *Store) shut() error {
	var errs []error
	if s.w != nil {
		if !s.w.dead {
			_, err := s.w.conn.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)")
			errs = append(errs, disk("close the database", err))
		}
		errs = append(errs, disk("close the database", s.w.close()))
	}
	if r := s.readers.Load(); r != nil {
		errs = append(errs, r.Close())
	}
	if s.ident != nil {
		errs = append(errs, s.ident.close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

func (w *dbconn) close() error {
	for _, st := range w.stmts {
		_ = st.Close() // goes with the connection
	}
	return errors.Join(w.conn.Close(), w.db.Close())
}

// Terminal is the id of this terminal.
func (s *Store) Terminal() string { return s.opt.Terminal }

// Incarnation (化身) is the life of this terminal's database: another one after
// it was cloned or put back.
func (s *Store) Incarnation() string { return s.state.Load().incarnation }

// Hall is the code of the hall, "" before the first sync.
func (s *Store) Hall() string { return s.state.Load().meta["hall"] }

// Enrolled is this terminal as the centre knows it; zero before the first sync.
func (s *Store) Enrolled() hall.Terminal { return s.state.Load().terminal }
