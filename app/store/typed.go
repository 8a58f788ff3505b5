package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"time"
)

// Typed is what a member of staff has typed in one place of the page and has
// not sent (草稿). It may hold personal data: it is encrypted at rest, bound to
// staff, ticket and place, so that it can never be read as another's.
type Typed struct {
	Staff  string
	Ticket string // the ticket in hand when it was typed; "" without one
	Place  string // of the page
	Fields map[string]string
	At     time.Time // of the last change; set by the store
}

func (d Typed) context() string {
	return strings.Join([]string{"typed", d.Staff, d.Ticket, d.Place}, "\x00")
}

// KeepTyped keeps it, durably, in place of what was kept there; without a text
// in it, what was kept is erased.
func (s *Store) KeepTyped(ctx context.Context, d Typed) error {
	said := false
	for _, text := range d.Fields {
		said = said || text != ""
	}
	return s.write(ctx, func(t *tx) error {
		if !said {
			return t.exec("DELETE FROM typed WHERE staff = ? AND ticket = ? AND place = ?", d.Staff, d.Ticket, d.Place)
		}
		return t.keepTyped(d)
	})
}

func (t *tx) keepTyped(d Typed) error {
	plain, err := json.Marshal(d.Fields)
	if err != nil {
		return fail(CodeFailed, "what was typed cannot be written", "report this", err)
	}
	at, _ := t.s.Now()
	return t.exec(`INSERT INTO typed (staff, ticket, place, sealed, changed) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (staff, ticket, place) DO UPDATE SET sealed = excluded.sealed, changed = excluded.changed`,
		d.Staff, d.Ticket, d.Place, t.s.box.seal(plain, d.context()), at.UnixMilli())
}

// AllTyped lists everything that is kept. What cannot be read, after the key
// file was lost or on another machine, is left out.
func (s *Store) AllTyped(ctx context.Context) ([]Typed, error) {
	var out []Typed
	rows, err := s.readers.Load().QueryContext(ctx, "SELECT staff, ticket, place, sealed, changed FROM typed ORDER BY staff, ticket, place")
	err = collect(rows, err)(func(r *sql.Rows) error {
		var d Typed
		var sealed string
		var changed int64
		if err := r.Scan(&d.Staff, &d.Ticket, &d.Place, &sealed, &changed); err != nil {
			return err
		}
		plain, ok := s.box.open(sealed, d.context())
		if !ok || json.Unmarshal(plain, &d.Fields) != nil {
			return nil
		}
		d.At = time.UnixMilli(changed)
		out = append(out, d)
		return nil
	})
	return out, disk("read what was typed", err)
}

// GiveTyped gives what was typed before there was a ticket to the ticket that
// has come. What the ticket has already in a place is newer, and stays.
func (s *Store) GiveTyped(ctx context.Context, staff, ticket string) error {
	all, err := s.AllTyped(ctx)
	if err != nil {
		return err
	}
	taken := map[string]bool{}
	var free []Typed
	for _, d := range all {
		switch {
		case d.Staff != staff:
		case d.Ticket == ticket:
			taken[d.Place] = true
		case d.Ticket == "":
			free = append(free, d)
		}
	}
	if len(free) == 0 {
		return nil
	}
	return s.write(ctx, func(t *tx) error {
		for _, d := range free {
			if d.Ticket = ticket; taken[d.Place] {
				continue
			}
			if err := t.keepTyped(d); err != nil {
				return err
			}
		}
		return t.exec("DELETE FROM typed WHERE staff = ? AND ticket = ''", staff)
	})
}

// EraseTyped erases what was typed and is wanted no more.
func (s *Store) EraseTyped(ctx context.Context, over func(staff, ticket string, at time.Time) bool) error {
	type mark struct{ staff, ticket string }
	var gone []mark
	rows, err := s.readers.Load().QueryContext(ctx, "SELECT staff, ticket, MAX(changed) FROM typed GROUP BY staff, ticket")
	err = collect(rows, err)(func(r *sql.Rows) error {
		var m mark
		var changed int64
		if err := r.Scan(&m.staff, &m.ticket, &changed); err != nil {
			return err
		}
		if over(m.staff, m.ticket, time.UnixMilli(changed)) {
			gone = append(gone, m)
		}
		return nil
	})
	if err != nil {
		return disk("read what was typed", err)
	}
	if len(gone) == 0 {
		return nil
	}
	return s.write(ctx, func(t *tx) error {
		for _, m := range gone {
			if err := t.exec("DELETE FROM typed WHERE staff = ? AND ticket = ?", m.staff, m.ticket); err != nil {
				return err
			}
		}
		return nil
	})
}
