package halfday

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"hallway/app/hall"
	"hallway/build/demo/stage"
	"hallway/sync/files"
	"hallway/sync/writer"
)

// checkFiles: every file that the counter showed as taken, and every one of a
// department, is whole at the centre.
func (d *caseDay) checkFiles(cases map[string]hall.Case) {
	dir := filepath.Join(d.stage.Dir(), "central")
	key, err := writer.LoadKey(filepath.Join(dir, "keys"), files.KeyFile)
	if err != nil {
		d.t.Fatal(err)
	}
	kept, err := files.Open(d.ctx, files.Options{DSN: "sqlite:" + filepath.Join(dir, "hallway.db"), Key: key})
	if err != nil {
		d.t.Fatal(err)
	}
	defer kept.Close()
	n := 0
	for _, e := range d.all {
		k := cases[e.id]
		for _, m := range k.Materials {
			a, _ := m.Newest()
			if sha := e.taken[m.Key]; sha != "" && (a.File.SHA256 != sha || sha != digest(e.files[m.Key])) {
				d.t.Errorf("case %s: the file of %s was shown as %s and is %s", e.id, m.Key, sha, a.File.SHA256)
			}
			if a.File.SHA256 == "" {
				continue
			}
			if n++; d.contentOf(kept, a.File) != nil {
				d.t.Errorf("case %s: the file of %s: %v", e.id, m.Key, d.contentOf(kept, a.File))
			}
		}
	}
	if want := 4 * len(victims); n != want {
		d.t.Errorf("%d files are in, want %d", n, want)
	}
}

func (d *caseDay) contentOf(kept *files.Store, f hall.File) error {
	r, err := kept.Open(d.ctx, f.SHA256)
	if err != nil {
		return err
	}
	defer r.Close()
	sum := sha256.New()
	if n, err := io.Copy(sum, r); err != nil || n != f.Size {
		return fmt.Errorf("%d bytes of %d: %w", n, f.Size, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != f.SHA256 {
		return fmt.Errorf("digest %s, not %s", got, f.SHA256)
	}
	return nil
}

// checkPieces: every paper that came out is of what it says; none came twice
// without saying so, none more often than it was asked for, and what a terminal
// said to be out is there.
func (d *caseDay) checkPieces(cases map[string]hall.Case) {
	numbers := map[string]hall.Case{}
	for _, k := range cases {
		numbers[k.Number] = k
	}
	firsts, all := map[string]int{}, map[string]int{}
	for _, p := range d.pieces {
		for _, kind := range p.kinds {
			for _, of := range p.of {
				number, _, _ := strings.Cut(of, "/")
				k, known := numbers[number]
				if !known && kind != "trip" && kind != "trip_closed" {
					d.t.Errorf("a paper (%s) of %s, which no case has", kind, of)
				}
				if kind == "acceptance" && (k.NoticeNo == "" || !strings.Contains(p.slip.Text, k.NoticeNo)) {
					d.t.Errorf("a notice of %s without its number %q", of, k.NoticeNo)
				}
				if all[kind+" "+of]++; !p.again {
					firsts[kind+" "+of]++
				}
			}
		}
	}
	for what, n := range firsts {
		if n > 1 && !strings.HasPrefix(what, "progress ") {
			d.t.Errorf("%s came out %d times without the mark of a reprint", what, n)
		}
	}
	d.checkAsked(all)
	for what := range d.said {
		if all[what] == 0 && !strings.HasPrefix(what, "sheet ") {
			d.t.Errorf("%s was said to be printed and is not there", what)
		}
	}
}

// checkAsked: nothing prints itself again. By themselves come the temporary
// receipt with each submission, and the slip of a trip that is sent or closed.
func (d *caseDay) checkAsked(all map[string]int) {
	byItself := map[string]int{"temporary": 1, "trip": 1, "trip_closed": 1}
	submitted := map[string]int{}
	for _, e := range d.all {
		if e.item == "newborn" {
			submitted[e.number] = 1 // a second time
		}
	}
	for what, n := range all {
		kind, of, _ := strings.Cut(what, " ")
		number, _, _ := strings.Cut(of, "/")
		most := d.pressed[what] + byItself[kind]
		if kind == "temporary" {
			most += submitted[number]
		}
		if kind == "cover" {
			most = d.pressed["cover "+number+"/civil"]
		}
		if n > most {
			d.t.Errorf("%s came out %d times, and was asked for %d times", what, n, most)
		}
	}
}

// replicasEqual compares what each terminal follows with the centre.
func (d *caseDay) replicasEqual(tell bool) bool {
	centre := open(filepath.Join(d.stage.Dir(), "central", "hallway.db"))
	defer centre.Close()
	equal := true
	for _, t := range stage.Terminals {
		own := open(filepath.Join(d.stage.Dir(), t.ID, "terminal.db"))
		diff, err := different(centre, own)
		own.Close()
		if err != nil || len(diff) > 0 {
			equal = false
			if tell {
				d.t.Errorf("replica of %s: %v %v", t.ID, diff, err)
			}
		}
	}
	return equal
}

func open(file string) *sql.DB {
	db, err := sql.Open("sqlite3", "file:"+file+"?_query_only=true&_busy_timeout=10000")
	if err != nil {
		panic(err) // only of a driver that does not exist
	}
	return db
}

// different lists the entities of the feeds that a terminal follows which are
// not the same on both sides.
func different(centre, own *sql.DB) ([]string, error) {
	feeds, err := texts(own, "SELECT lane || ' ' || feed, '' FROM cursors")
	if err != nil {
		return nil, err
	}
	if len(feeds) < 2 {
		return []string{"it follows nothing"}, nil
	}
	var diff []string
	for feed := range feeds {
		lane, name, _ := strings.Cut(feed, " ")
		theirs, err := texts(centre, "SELECT kind || ' ' || id, value FROM entity WHERE lane = ? AND feed = ?", lane, name)
		if err != nil {
			return nil, err
		}
		ours, err := texts(own, "SELECT kind || ' ' || id, value FROM replica WHERE lane = ? AND feed = ?", lane, name)
		if err != nil {
			return nil, err
		}
		for id, value := range theirs {
			if ours[id] != value {
				diff = append(diff, feed+" "+id)
			}
		}
		for id := range ours {
			if _, ok := theirs[id]; !ok {
				diff = append(diff, feed+" "+id+" is only there")
			}
		}
	}
	slices.Sort(diff)
	return diff[:min(len(diff), 5)], nil
}

func texts(db *sql.DB, query string, args ...any) (map[string]string, error) {
	rows, err := db.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var id string
		var value []byte
		if err := rows.Scan(&id, &value); err != nil {
			return nil, err
		}
		out[id] = string(value)
	}
	return out, rows.Err()
}
