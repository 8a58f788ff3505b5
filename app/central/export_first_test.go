package central

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hallway/app/central/records"
)

// Stopped in the middle of taking over the cases as they are, the centre begins again:
// what was queued is there once, and nothing is left out, also of what happened since.
func TestTheFirstRunIsStoppedHalfway(t *testing.T) {
	b, dir, desk, s := filesBed(t, records.JSON)
	var want []string
	for i := range 5 {
		id := fmt.Sprintf("case-%d", i)
		desk.takenIn(id, s)
		want = append(want, id+"/0/1 v1")
	}
	exec := func(query string) {
		t.Helper()
		if _, err := b.c.store.db.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	exec(`UPDATE central_export SET row_no = -1, epoch = 0, hash = ''`)
	exec(`CREATE TRIGGER stopped BEFORE INSERT ON central_record WHEN NEW.kase = 'case-3' BEGIN SELECT RAISE(ABORT, 'stopped'); END`)
	b.c.export.casesAtOnce = 2
	if err := b.c.export.turn(t.Context()); err == nil || !strings.Contains(err.Error(), "stopped") {
		t.Fatalf("it was not stopped: %v", err)
	}
	at, err := b.c.export.cursor(t.Context())
	f, failed := b.c.export.figures(t.Context())
	if err := errors.Join(err, failed); f != (ManagerExport{Waiting: 2}) || at.Row != -1 || err != nil {
		t.Errorf("after one of three: %+v, row %d, %v", f, at.Row, err)
	}
	exec(`DROP TRIGGER stopped`)
	desk.approved("case-5", s) // anew
	b.restart()
	b.quiet()
	b.c.export.casesAtOnce = 2
	for range 2 {
		b.turn()
	}
	want = append(want, "case-5/0/1 v1", "case-5/2/1 v1", "case-5/3/1 v1", "case-5/3/2 v1")
	if got := inFiles(t, dir); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if at, err = b.c.export.cursor(t.Context()); at.Row < 0 || err != nil {
		t.Errorf("row %d, %v", at.Row, err)
	}
}

// inFiles are the records of the files of a folder, in order of their names.
func inFiles(t *testing.T, dir string) (all []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		var batch records.Batch
		raw, err := os.ReadFile(name)
		if err == nil {
			err = json.Unmarshal(raw, &batch)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range batch.Records {
			all = append(all, fmt.Sprintf("%s v%d", r.ID, r.Version))
		}
	}
	slices.Sort(all)
	return all
}
