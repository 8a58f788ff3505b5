package sync

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hallway/app/hall"
)

// rowsOf makes rows of some feeds with their chains, behind given ends.
func rowsOf(r *rapid.T, ends map[hall.Feed]string) (rows []Row) {
	feeds := []hall.Feed{"queue", "case", "checkin"}
	at := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for i := range rapid.IntRange(1, 12).Draw(r, "rows") {
		row := Row{Lane: "hall/1", Row: int64(11 + i), Feed: rapid.SampledFrom(feeds).Draw(r, "feed"), Event: "e", Kind: "ticket", ID: "t",
			Value: json.RawMessage(`{"a":1}`), OpID: "op", At: at, Epoch: rapid.Int64Range(1, 2).Draw(r, "epoch"), MAC: "mac"}
		row.PrevHash = ends[row.Feed]
		row.Hash = RowHash(row)
		ends[row.Feed] = row.Hash
		rows = append(rows, row)
	}
	return rows
}

// TestBrief: what a commit leaves out its follower puts back; on another chain, or
// with a row missing or another in its place, the last hash is not right.
func TestBrief(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		rows := rowsOf(r, map[hall.Feed]string{"queue": "q", "case": "c"})
		cursors := []Cursor{{Feed: "queue", Hash: "q"}, {Feed: "case", Hash: "c"}}
		c := Commit{Lane: "hall/1", Epoch: 2, From: 10, To: 30, Rows: rows}
		raw, err := json.Marshal(c.Of([]hall.Feed{"queue", "case"}))
		if err != nil {
			r.Fatal(err)
		}
		read := func() (c Commit) {
			if err := json.Unmarshal(raw, &c); err != nil {
				r.Fatal(err)
			}
			return c
		}
		for i, p := range read().Pages(cursors) {
			var want []Row
			for _, row := range rows {
				if row.Feed == cursors[i].Feed {
					want = append(want, row)
				}
			}
			if p.From != 10 || p.To != 30 || p.Epoch != 2 || len(p.Rows)+len(want) > 0 && !reflect.DeepEqual(p.Rows, want) {
				r.Fatalf("%+v\nis not %+v", p, want)
			}
		}
		right := func(rows []Row) bool {
			for _, row := range rows {
				if RowHash(row) != row.Hash {
					return false
				}
			}
			return true
		}
		for _, p := range read().Pages([]Cursor{{Feed: "queue", Hash: "x"}, {Feed: "case", Hash: "y"}}) {
			if len(p.Rows) > 0 && right(p.Rows) {
				r.Fatal("another chain is not noticed")
			}
		}
		damaged := read()
		if len(damaged.Rows) > 0 {
			i := rapid.IntRange(0, len(damaged.Rows)-1).Draw(r, "damaged")
			damaged.Rows[i].ID += "x"
			for _, p := range damaged.Pages(cursors) {
				if len(p.Rows) > 0 && p.Feed == damaged.Rows[i].Feed && right(p.Rows) {
					r.Fatal("another row is not noticed")
				}
			}
		}
	})
}

func TestRides(t *testing.T) {
	many := make([]Row, MaxRide+1)
	for name, x := range map[string]struct {
		c    Commit
		want bool
	}{
		"small":        {Commit{From: 1, To: 2, Rows: many[:1]}, true},
		"of others":    {Commit{From: 1, To: 2}, true},
		"many":         {Commit{From: 1, To: 99, Rows: many}, false},
		"large":        {Commit{From: 1, To: 2, Rows: []Row{{Value: make([]byte, MaxRideBytes+1)}}}, false},
		"to a state":   {Commit{From: 998, To: 1000}, false},
		"over a state": {Commit{From: 998, To: 1001}, false},
		"behind it":    {Commit{From: 1000, To: 1001}, true},
		"backwards":    {Commit{From: 2, To: 1}, false},
		"nothing":      {Commit{From: 2, To: 2}, false},
	} {
		if x.c.Rides() != x.want {
			t.Errorf("%s: %v", name, !x.want)
		}
	}
}
