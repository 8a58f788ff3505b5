//go:build linux

package disk

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
)

// machine is a disk, a process on it, and a database.
type machine struct {
	t    *testing.T
	disk *Disk
	proc *Process
	path string
	db   *sql.DB
}

func start(t *testing.T) *machine {
	t.Helper()
	d := New(false)
	p, err := d.Process()
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{t: t, disk: d, proc: p, path: filepath.Join(t.TempDir(), "a.db")}
	t.Cleanup(func() {
		_ = m.db.Close()
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		d.Close()
	})
	m.open()
	m.must("CREATE TABLE n (i INTEGER PRIMARY KEY, v BLOB)")
	return m
}

func (m *machine) open() {
	m.t.Helper()
	var err error
	m.db, err = sql.Open("sqlite3", "file:"+m.path+"?_journal_mode=WAL&_synchronous=FULL&vfs="+m.proc.VFS())
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) must(q string, args ...any) {
	m.t.Helper()
	if _, err := m.db.Exec(q, args...); err != nil {
		m.t.Fatal(q, err)
	}
}

// crash closes everything as a death would leave it.
func (m *machine) crash() {
	m.proc.Kill()
	_ = m.db.Close() // it cannot put anything in order any more
}

func (m *machine) again() {
	m.proc.Revive()
	m.open()
}

func (m *machine) count() (n int) {
	m.t.Helper()
	var check string
	if err := m.db.QueryRow("PRAGMA integrity_check(1)").Scan(&check); err != nil || check != "ok" {
		m.t.Fatal(check, err)
	}
	if err := m.db.QueryRow("SELECT COUNT(*) FROM n").Scan(&n); err != nil {
		m.t.Fatal(err)
	}
	return n
}

// What was committed with a sync outlives any power cut; what was begun does
// not show.
func TestCommittedOutlivesPowerCuts(t *testing.T) {
	m := start(t)
	want, lost := 0, 0
	for round := range 60 {
		for range 1 + round%7 {
			m.must("INSERT INTO n (v) VALUES (?)", make([]byte, 100*round))
			want++
		}
		m.proc.KillAfter(1 + round%5)
		if _, err := m.db.Exec("INSERT INTO n (v) VALUES (?)", make([]byte, 5000)); err == nil {
			want++
		}
		m.crash()
		n, err := m.disk.Cut(uint64(round))
		if err != nil {
			t.Fatal(err)
		}
		lost += n
		m.again()
		if got := m.count(); got != want && got != want+1 { // +1: all of it came to the disk, and nobody was told
			t.Fatalf("round %d: %d rows, %d were acknowledged", round, got, want)
		} else {
			want = got
		}
	}
	if lost == 0 {
		t.Fatal("no cut lost anything: the test proves nothing")
	}
}

// A disk that lies about syncs loses what was committed.
func TestLyingDiskLoses(t *testing.T) {
	m := start(t)
	m.disk.Lie(true)
	for seed := range uint64(20) {
		before := m.count()
		for range 20 {
			m.must("INSERT INTO n (v) VALUES (?)", make([]byte, 700))
		}
		m.crash()
		if _, err := m.disk.Cut(seed); err != nil {
			t.Fatal(err)
		}
		m.again()
		var n int
		if err := m.db.QueryRow("SELECT COUNT(*) FROM n").Scan(&n); err != nil || n < before+20 {
			return // lost, or damaged beyond reading
		}
	}
	t.Fatal("twenty power cuts lost nothing")
}

// A killed process changes nothing, though its connections are still closed.
func TestKilledWritesNothing(t *testing.T) {
	m := start(t)
	m.must("INSERT INTO n (v) VALUES ('a')")
	m.proc.Kill()
	if _, err := m.db.Exec("INSERT INTO n (v) VALUES ('b')"); err == nil {
		t.Fatal("a dead process wrote")
	}
	m.crash()
	m.again()
	if n := m.count(); n != 1 {
		t.Fatalf("%d rows", n)
	}
}

// A write or sync that fails once is told, and what went before stays.
func TestFailsOnce(t *testing.T) {
	m := start(t)
	m.must("INSERT INTO n (v) VALUES ('a')")
	m.proc.FailAfter(1)
	if _, err := m.db.Exec("INSERT INTO n (v) VALUES ('b')"); err == nil {
		t.Fatal("nobody was told")
	}
	m.must("INSERT INTO n (v) VALUES ('c')")
	if n := m.count(); n != 2 {
		t.Fatalf("%d rows", n)
	}
}

// Several connections and processes share a database through the shim.
func TestSeveralConnections(t *testing.T) {
	m := start(t)
	p, err := m.disk.Process()
	if err != nil {
		t.Fatal(err)
	}
	other, err := sql.Open("sqlite3", fmt.Sprintf("file:%s?_journal_mode=WAL&_synchronous=FULL&vfs=%s", m.path, p.VFS()))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		db := m.db
		if i%2 == 1 {
			db = other
		}
		if _, err := db.Exec("INSERT INTO n (v) VALUES ('x')"); err != nil {
			t.Fatal(err)
		}
	}
	p.Kill() // one of two dies, the other goes on
	_ = other.Close()
	m.must("INSERT INTO n (v) VALUES ('y')")
	if n := m.count(); n != 51 {
		t.Fatalf("%d rows", n)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
}
