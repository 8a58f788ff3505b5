package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// perDay is a day of places.
const perDay = int64(24 * time.Hour / time.Microsecond)

// dayAt is the day of a place.
func dayAt(at int64) int64 {
	day := at / perDay
	if at%perDay < 0 {
		day--
	}
	return day
}

// placesOf are the places of a value. What cannot be read stands nowhere: it is
// told of, and sync goes on.
func (s *Store) placesOf(kind hall.EntityKind, id string, value json.RawMessage) []hall.Place {
	places, err := hall.PlacesOf(kind, value)
	if err != nil {
		s.opt.Logger.Warn("a value cannot be read and stands in no list", "kind", kind, "id", id, "err", err)
	}
	return places
}

// place moves a value of the replica from where it stood to where it stands.
func (t *tx) place(kind hall.EntityKind, id string, old, value json.RawMessage) error {
	if !slices.Contains(hall.Listed(), kind) {
		return nil
	}
	was, is := t.s.placesOf(kind, id, old), t.s.placesOf(kind, id, value)
	for _, p := range was {
		if slices.Contains(is, p) {
			continue
		}
		if p.List != "" {
			if err := t.exec("DELETE FROM places WHERE list = ? AND at = ? AND id = ?", p.List, p.At, id); err != nil {
				return err
			}
		}
		if p.Count != "" {
			if err := t.tally(p.Count, dayAt(p.At), -1); err != nil {
				return err
			}
		}
	}
	for _, p := range is {
		if slices.Contains(was, p) {
			continue
		}
		if err := t.putPlace(id, p); err != nil {
			return err
		}
		if p.Count != "" {
			if err := t.tally(p.Count, dayAt(p.At), 1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *tx) putPlace(id string, p hall.Place) error {
	if p.List == "" {
		return nil
	}
	return t.exec("INSERT INTO places (list, at, id, note) VALUES (?, ?, ?, ?) ON CONFLICT (list, at, id) DO UPDATE SET note = excluded.note",
		p.List, p.At, id, p.Note)
}

func (t *tx) tally(name string, day int64, n int) error {
	err := t.exec("INSERT INTO tallies (name, day, n) VALUES (?, ?, ?) ON CONFLICT (name, day) DO UPDATE SET n = n + excluded.n", name, day, n)
	if err != nil || n > 0 {
		return err
	}
	return t.exec("DELETE FROM tallies WHERE name = ? AND day = ? AND n = 0", name, day)
}

// unplace takes away all places of a feed.
func (t *tx) unplace(feed hall.Feed) error {
	from := hall.PlacesFrom(feed)
	err := t.exec("DELETE FROM places WHERE list >= ? AND list < ?", from, behind(from))
	if err != nil {
		return err
	}
	return t.exec("DELETE FROM tallies WHERE name >= ? AND name < ?", from, behind(from))
}

// behind is behind all names that begin so.
func behind(prefix string) string { return prefix + "\U0010FFFF" }

// placing gathers the places of many new values, to write them in their order.
type placing struct {
	t      *tx
	rows   []placedAt
	counts map[tallied]int
}

type placedAt struct {
	id string
	hall.Place
}

type tallied struct {
	name string
	day  int64
}

// placesAtOnce bounds what is gathered.
const placesAtOnce = 100_000

func (t *tx) placing() *placing { return &placing{t: t, counts: map[tallied]int{}} }

func (p *placing) add(kind hall.EntityKind, id string, value json.RawMessage) error {
	return p.take(p.t.s.placedAt(kind, id, value))
}

// placedAt are the places of a value with its id.
func (s *Store) placedAt(kind hall.EntityKind, id string, value json.RawMessage) (rows []placedAt) {
	for _, one := range s.placesOf(kind, id, value) {
		rows = append(rows, placedAt{id, one})
	}
	return rows
}

// take gathers places.
func (p *placing) take(rows []placedAt) error {
	for _, one := range rows {
		if one.Count != "" {
			p.counts[tallied{one.Count, dayAt(one.At)}]++
		}
		if one.List != "" {
			p.rows = append(p.rows, one)
		}
	}
	if len(p.rows) < placesAtOnce {
		return nil
	}
	return p.write()
}

// beside gathers the places of values, which it reads beside the writing of them:
// that waits for the disk.
func (p *placing) beside(entities []sync.EntityValue, write func() error) error {
	found := make(chan []placedAt)
	go func() {
		var rows []placedAt
		for _, e := range entities {
			rows = append(rows, p.t.s.placedAt(e.Kind, e.ID, e.Value)...)
		}
		found <- rows
	}()
	err := write()
	rows := <-found
	if err != nil {
		return err
	}
	return p.take(rows)
}

// rowsAtOnce is how many places one statement writes.
const rowsAtOnce = 32

var putRows = "INSERT INTO places (list, at, id, note) VALUES (?, ?, ?, ?)" + strings.Repeat(", (?, ?, ?, ?)", rowsAtOnce-1)

func (p *placing) write() error {
	slices.SortFunc(p.rows, func(a, b placedAt) int {
		return cmp.Or(strings.Compare(a.List, b.List), cmp.Compare(a.At, b.At), strings.Compare(a.id, b.id))
	})
	for some := range slices.Chunk(p.rows, rowsAtOnce) {
		if len(some) < rowsAtOnce {
			for _, r := range some {
				if err := p.t.putPlace(r.id, r.Place); err != nil {
					return err
				}
			}
			break
		}
		args := make([]any, 0, 4*rowsAtOnce)
		for _, r := range some {
			args = append(args, r.List, r.At, r.id, r.Note)
		}
		if err := p.t.exec(putRows, args...); err != nil {
			return err
		}
	}
	for c, n := range p.counts {
		if err := p.t.tally(c.name, c.day, n); err != nil {
			return err
		}
	}
	p.rows = p.rows[:0]
	clear(p.counts)
	return nil
}

// What meta says of the places: "VERSION", or "VERSION KIND ID" while they are made
// and have come so far.
const placesMeta = "places"

// fillAtOnce is how many values get their places in one transaction.
const fillAtOnce = 2000

// fillPlaces makes the places of everything in the replica, if they are those of
// another program, or of none. A process that dies goes on where it was.
func (s *Store) fillPlaces(ctx context.Context) error {
	version := strconv.Itoa(hall.PlacesVersion)
	for s.state.Load().meta[placesMeta] != version {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.write(ctx, func(t *tx) error { return t.fillPlaces(version, fillAtOnce) }); err != nil {
			return err
		}
	}
	return nil
}

// fillPlaces makes the places of the next values, at most so many.
func (t *tx) fillPlaces(version string, most int) error {
	at := strings.SplitN(t.next.meta[placesMeta], " ", 3)
	if len(at) != 3 || at[0] != version {
		if err := t.exec("DELETE FROM places"); err != nil {
			return err
		}
		if err := t.exec("DELETE FROM tallies"); err != nil {
			return err
		}
		at = []string{version, "", ""}
	}
	made, n := t.placing(), 0
	for _, kind := range hall.Listed() {
		if string(kind) < at[1] || n == most {
			continue
		}
		if string(kind) > at[1] {
			at[2] = ""
		}
		err := t.each("SELECT id, value FROM replica WHERE kind = ? AND id > ? ORDER BY id LIMIT ?", []any{kind, at[2], most - n}, func(r *sql.Rows) error {
			var value []byte
			if err := r.Scan(&at[2], &value); err != nil {
				return err
			}
			n++
			return made.add(kind, at[2], value)
		})
		if err != nil {
			return err
		}
		at[1] = string(kind)
	}
	if err := made.write(); err != nil {
		return err
	}
	if n < most {
		return t.setMeta(placesMeta, version)
	}
	return t.setMeta(placesMeta, strings.Join(at, " "))
}
