package store

import (
	"os"
	"path/filepath"
	"testing"

	"hallway/build/fuzz"
	"hallway/sync"
)

// keep copies the data folder, not the generation file beside it.
func keep(t *testing.T, from, to string) {
	t.Helper()
	if err := os.RemoveAll(to); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// TestCopiedOrPutBack: whatever happened to the disk, nothing is spent twice.
func TestCopiedOrPutBack(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(t *testing.T, p *place)
		noticed bool
	}{
		{"only a restart", func(*testing.T, *place) {}, false},
		{"the database was put back", func(t *testing.T, p *place) {
			backup := filepath.Join(t.TempDir(), "backup")
			keep(t, p.opt.Dir, backup)
			s := p.open()
			issue(t, s) // this number is on paper
			p.close()
			keep(t, backup, p.opt.Dir)
		}, true},
		{"put back while the program had run on, without another start", func(t *testing.T, p *place) {
			s := p.open()
			if err := s.write(t.Context(), func(*tx) error { return nil }); err != nil {
				t.Fatal(err)
			}
			if _, err := s.w.conn.ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
				t.Fatal(err)
			}
			backup := filepath.Join(t.TempDir(), "backup")
			keep(t, p.opt.Dir, backup)
			issue(t, s)
			p.close()
			keep(t, backup, p.opt.Dir)
		}, true},
		{"another machine", func(_ *testing.T, p *place) { p.opt.Machine = "machine-2" }, true},
		{"the generation file is gone", func(t *testing.T, p *place) {
			if err := os.Remove(p.opt.Dir + ".identity"); err != nil {
				t.Fatal(err)
			}
		}, true},
		{"the generation file is torn", func(t *testing.T, p *place) {
			if err := os.WriteFile(p.opt.Dir+".identity", []byte("hallway-generation 1\n0000"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, p := newDesk(t, 10), newPlace(t)
			d.meet(p.s)
			p.s.SetLine(false)
			before := issue(t, p.s)
			was := p.s.Incarnation()
			p.close()
			c.change(t, p)
			s := p.open()
			if noticed := s.Incarnation() != was; noticed != c.noticed {
				t.Fatalf("noticed: %v", noticed)
			}
			if !c.noticed {
				if got := issue(t, s); got.Number == before.Number {
					t.Errorf("%s twice", got.Number)
				}
				return
			}
			if _, err := s.Issue(t.Context(), ticket()); CodeOf(err) != CodeNoNumbers {
				t.Errorf("spent before a sync: %v", err)
			}
			push, err := s.Pending(t.Context(), 256, 1<<20)
			if err != nil || len(push.Ops) == 0 || push.Incarnation != s.Incarnation() {
				t.Fatalf("what waited is gone: %+v %v", push, err)
			}
			checkChain(t, push)
			s = p.reopen() // it stays so
			if _, err := s.Issue(t.Context(), ticket()); CodeOf(err) != CodeNoNumbers {
				t.Errorf("spent before a sync, after a restart: %v", err)
			}
			d.meet(s)
			s.SetLine(false)
			// AK001 is on paper, and perhaps AK002 in the other life: the new block is beyond.
			if got := issue(t, s); got.Number != "AK011" {
				t.Errorf("after the sync %s", got.Number)
			}
		})
	}
}

func checkChain(t *testing.T, p sync.Push) {
	t.Helper()
	prev := ""
	for i, e := range p.Ops {
		if e.Seq != int64(i+1) || e.PrevHash != prev || e.Incarnation != p.Incarnation ||
			e.Hash != sync.EnvelopeHash(e.Terminal, e.Incarnation, e.Lane, e.Seq, e.PrevHash, e.Body) {
			t.Fatalf("envelope %d: %+v", i, e)
		}
		prev = e.Hash
	}
}

// identityFiles are files that a terminal may find.
var identityFiles = []string{"", "hallway-generation 1\n00000000000000000042\n01J0000000000000000000000A\n",
	"hallway-generation 1\n-0000000000000000042\nx\n", "hallway-generation 2\n00000000000000000042\nx\n", "\x00\x00"}

// Whatever is in the file, it is read and written over.
func TestIdentityFile(t *testing.T) {
	for _, raw := range identityFiles {
		path := filepath.Join(t.TempDir(), "identity")
		if err := os.WriteFile(path, []byte(raw), 0o600); err != nil {
			t.Fatal(err)
		}
		id, err := openIdentity(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := id.write(id.generation/2+7, "incarnation"); err != nil {
			t.Fatal(err)
		}
		want := id.generation
		if err := id.close(); err != nil {
			t.Fatal(err)
		}
		again, err := openIdentity(path)
		if err != nil || !again.known || again.generation != want || again.incarnation != "incarnation" {
			t.Fatalf("%q: %+v %v", raw, again, err)
		}
		if err := again.close(); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzIdentity(f *testing.F) {
	for _, seed := range identityFiles {
		f.Add([]byte(seed))
	}
	fuzz.Run(f, func(t *testing.T, raw []byte) {
		var id, again identity
		id.parse(raw)
		if id.generation < 0 || !id.known && (id.generation != 0 || id.incarnation != "") {
			t.Fatalf("%+v", id)
		}
		// Written over what was there, as the file is.
		line := identityLines(id.generation/2+7, "incarnation")
		again.parse(append([]byte(line), raw[min(len(raw), len(line)):]...))
		if !again.known || again.generation != id.generation/2+7 || again.incarnation != "incarnation" {
			t.Fatalf("%+v after %+v", again, id)
		}
	})
}
