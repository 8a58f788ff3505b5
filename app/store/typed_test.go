package store

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// typedSecret stands for what a clerk typed about a person.
const typedSecret = "欧阳娜娜·11010519491231002X"

func keepTyped(t *testing.T, s *Store, staff, ticket, place, text string) {
	t.Helper()
	if err := s.KeepTyped(t.Context(), Typed{Staff: staff, Ticket: ticket, Place: place, Fields: map[string]string{"name": text}}); err != nil {
		t.Fatal(err)
	}
}

func allTyped(t *testing.T, s *Store) map[string]string {
	t.Helper()
	all, err := s.AllTyped(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, d := range all {
		out[d.Staff+"/"+d.Ticket+"/"+d.Place] = d.Fields["name"]
	}
	return out
}

func TestTypedTextSurvivesTheProgramSealed(t *testing.T) {
	p := newPlace(t)
	keepTyped(t, p.s, "1001", "T1", "applicant", "older")
	keepTyped(t, p.s, "1001", "T1", "applicant", typedSecret)
	keepTyped(t, p.s, "1001", "T1", "items", "开店")
	s := p.reopen()
	if got := allTyped(t, s); len(got) != 2 || got["1001/T1/applicant"] != typedSecret || got["1001/T1/items"] != "开店" {
		t.Fatalf("after the restart: %v", got)
	}
	files, err := filepath.Glob(filepath.Join(p.opt.Dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err == nil && (bytes.Contains(raw, []byte("11010519491231002X")) || bytes.Contains(raw, []byte("娜娜"))) {
			t.Errorf("%s holds it in clear", filepath.Base(name))
		}
	}
	keepTyped(t, s, "1001", "T1", "applicant", "")
	if got := allTyped(t, s); len(got) != 1 {
		t.Errorf("what was sent is still there: %v", got)
	}
}

func TestTypedTextIsNobodyElses(t *testing.T) {
	p := newPlace(t)
	keepTyped(t, p.s, "1001", "T1", "applicant", typedSecret)
	err := p.s.write(t.Context(), func(tx *tx) error { return tx.exec("UPDATE typed SET ticket = 'T2'") })
	if err != nil {
		t.Fatal(err)
	}
	if got := allTyped(t, p.s); len(got) != 0 {
		t.Errorf("read for another ticket: %v", got)
	}
}

func TestTypedTextGoesWithTheTicketThatCame(t *testing.T) {
	p := newPlace(t)
	keepTyped(t, p.s, "1001", "", "applicant", "before")
	keepTyped(t, p.s, "1001", "", "items", "before")
	keepTyped(t, p.s, "1001", "T1", "items", "newer")
	keepTyped(t, p.s, "1002", "", "items", "another's")
	if err := p.s.GiveTyped(t.Context(), "1001", "T1"); err != nil {
		t.Fatal(err)
	}
	got := allTyped(t, p.s)
	if len(got) != 3 || got["1001/T1/applicant"] != "before" || got["1001/T1/items"] != "newer" || got["1002//items"] != "another's" {
		t.Errorf("%v", got)
	}
	err := p.s.EraseTyped(t.Context(), func(staff, ticket string, at time.Time) bool {
		if at.IsZero() {
			t.Error("no time of the last change")
		}
		return staff == "1001" && ticket == "T1"
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := allTyped(t, p.s); len(got) != 1 || got["1002//items"] == "" {
		t.Errorf("after erasing: %v", got)
	}
}

// A process that dies in the middle of many saves leaves one whole text: the
// last that was answered, or the one after it.
func TestTypedTextAfterACrash(t *testing.T) {
	p := newPlace(t)
	for i := range 50 {
		keepTyped(t, p.s, "1001", "T1", "applicant", string(bytes.Repeat([]byte{'a' + byte(i%26)}, i+1)))
	}
	// What lies on the disk now is what a killed process leaves.
	left := t.TempDir()
	if err := os.CopyFS(left, os.DirFS(filepath.Dir(p.opt.Dir))); err != nil {
		t.Fatal(err)
	}
	opt := p.opt
	opt.Dir, opt.Identity = filepath.Join(left, "k1"), ""
	s, err := Open(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // only read
	if got := allTyped(t, s)["1001/T1/applicant"]; len(got) != 50 {
		t.Errorf("%q", got)
	}
}
