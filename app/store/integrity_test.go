package store

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A damaged page is found while the terminal works, and is somebody's to deal
// with; the terminal goes on.
func TestDamageIsFoundInTheBackground(t *testing.T) {
	d, p := newDesk(t, 50), newPlace(t)
	d.meet(p.s)
	for range 40 {
		issue(t, p.s)
		d.push(p.s, 256, false)
		d.pull(p.s)
	}
	ctx := t.Context()
	if err := p.s.check(ctx); err != nil {
		t.Fatal(err)
	}
	if h, ok := p.s.Health(); !ok || !h.Sound || len(p.s.WorkList()) != 0 {
		t.Fatalf("%+v %v %v", h, ok, p.s.WorkList())
	}
	p.close()
	file := filepath.Join(p.opt.Dir, "terminal.db")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	// An index that does not say what its table says.
	if !bytes.Contains(b, []byte("ticket2026-03-02")) {
		t.Fatal("there is no index to damage")
	}
	b = bytes.ReplaceAll(b, []byte("ticket2026-03-02"), []byte("ticket2026-03-01"))
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	s := p.open() // closed in order: opened at once
	if err := s.check(ctx); err != nil {
		t.Fatal(err)
	}
	if h, ok := s.Health(); !ok || h.Sound || h.Said == "" {
		t.Errorf("%+v %v", h, ok)
	}
	w := s.WorkList()
	if len(w) != 1 || w[0].Reason.Code != CodeDamaged {
		t.Errorf("work list %+v", w)
	}
	if err := s.check(ctx); err != nil || len(s.WorkList()) != 1 {
		t.Errorf("checked again: %v %+v", err, s.WorkList())
	}
	issue(t, s)
}

// After a crash the database is checked before it is used.
func TestCheckedBeforeUseAfterACrash(t *testing.T) {
	d, p := newDesk(t, 50), newPlace(t)
	d.meet(p.s)
	if p.s.closedInOrder(t.Context()) {
		t.Error("it is open and says that it was closed")
	}
	p.close()
	p.open()
	if p.s.meta("closed") != "" {
		t.Error("a database in use says that it was closed")
	}
	p.close()
	file := filepath.Join(p.opt.Dir, "terminal.db")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b = bytes.Replace(b, []byte("closedin order"), []byte("closedbyacrash"), 1)
	copy(b[2048:3072], bytes.Repeat([]byte{7}, 1024)) // a page of nonsense
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := Open(context.Background(), p.opt); CodeOf(err) != CodeDamaged {
		t.Errorf("opened: %v", err)
		if err == nil {
			_ = s.Close() // the test has failed
		}
	}
}

func (s *Store) meta(key string) string { return s.state.Load().meta[key] }

// What a list reads by SQL it finds in an index alone, or through one.
func TestListsReadIndexes(t *testing.T) {
	p := newPlace(t)
	for query, want := range map[string]string{
		"SELECT id FROM replica WHERE kind = 'appointment' AND day = '2026-03-02' ORDER BY id":                                             "USING COVERING INDEX replica_day",
		"SELECT COUNT(*) FROM uploads WHERE done = 0 AND problem = ''":                                                                     "USING COVERING INDEX uploads_open",
		"SELECT id, ticket, reprint FROM jobs WHERE kind = 'ticket' AND state = 'unknown' AND created >= 1 ORDER BY created DESC, id DESC": "USING COVERING INDEX jobs_lost",
		"SELECT id, ticket, state, reprint FROM jobs WHERE kind = 'ticket' AND state IN ('queued', 'begun') ORDER BY created, id":          "INDEX jobs_",
		"SELECT lane, incarnation, seq FROM outbox WHERE live = 1 AND acked = 0 ORDER BY pos LIMIT 1":                                      "USING INDEX outbox_live",
		"SELECT kind, id, feed, value FROM replica WHERE kind = 'window' OR (kind = 'ticket' AND day = '2026-03-02')":                      "USING INDEX replica_day",
		"SELECT at, id FROM places WHERE list = 'x' AND (at, id) > (1, 'a') AND at < 9 ORDER BY at, id LIMIT 64":                           "SEARCH places USING PRIMARY KEY",
		"SELECT at, id FROM places WHERE list = 'x' AND (at, id) < (1, 'a') AND at >= 0 ORDER BY at DESC, id DESC LIMIT 64":                "SEARCH places USING PRIMARY KEY",
		"SELECT id FROM places WHERE (list, at, id) > ('x', 1, 'a') AND list < 'y' ORDER BY list, at, id LIMIT 64":                         "SEARCH places USING PRIMARY KEY",
		"SELECT COUNT(*) FROM places WHERE list = 'x' AND at >= 0 AND at < 9":                                                              "SEARCH places USING PRIMARY KEY",
		"SELECT min(list) FROM places WHERE list >= 'x:' AND list < 'y'":                                                                   "SEARCH places USING PRIMARY KEY",
		"SELECT SUM(n) FROM tallies WHERE name = 'x' AND day < 9":                                                                          "SEARCH tallies USING PRIMARY KEY",
	} {
		rows, err := p.s.readers.Load().Query("EXPLAIN QUERY PLAN " + query)
		if err != nil {
			t.Fatal(err)
		}
		var plan []string
		for rows.Next() {
			var a, b, c int
			var detail string
			if err := rows.Scan(&a, &b, &c, &detail); err != nil {
				t.Fatal(err)
			}
			plan = append(plan, detail)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		all := strings.Join(plan, "; ")
		if !strings.Contains(all, want) || strings.Contains(all, "SCAN replica") || strings.Contains(all, "SCAN jobs") || strings.Contains(all, "TEMP B-TREE FOR ORDER BY") && (strings.Contains(want, "COVERING") || strings.Contains(want, "PRIMARY")) {
			t.Errorf("%s\nreads %s", query, all)
		}
	}
}

// The background check ends with the store.
func TestCheckEndsWithTheStore(t *testing.T) {
	p := newPlace(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	done := make(chan struct{})
	go func() { p.close(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		t.Error("the store does not close")
	}
	if err := p.open().check(t.Context()); err != nil {
		t.Error(err)
	}
}
