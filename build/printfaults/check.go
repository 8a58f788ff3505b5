package printfaults

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	_ "github.com/mattn/go-sqlite3" // reads what the store wrote, not with its code

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/devices/printer/escpos/escpossim"
)

// paper is what is on paper with one number.
type paper struct{ whole, pieces int }

// check holds the paper against the store.
func (g *game) check(ctx context.Context) error {
	r, err := read(ctx, g.dir)
	if err != nil {
		return err
	}
	numbers := r.numbers
	papers, errs := sortSlips(g.press.all(), numbers)
	g.rep.Slips += len(g.press.all())
	for number := range papers {
		if _, ok := numbers[number]; !ok {
			errs = append(errs, fmt.Errorf("%s is on paper, but not in the store", number))
		}
	}
	for number, ticket := range numbers {
		states := r.jobs[ticket]
		if len(states) != 1 {
			errs = append(errs, fmt.Errorf("%s has %d jobs %v, want one", number, len(states), states))
			continue
		}
		p, state := papers[number], states[0]
		g.rep.Outcomes[state]++
		wrong := func(why string) {
			errs = append(errs, fmt.Errorf("%s is %s, with %d pieces of paper, %d of them whole slips: %s", number, state, p.pieces, p.whole, why))
		}
		if p.pieces > 1 {
			wrong("one unmarked slip at most")
		}
		if r.record[ticket] != state {
			wrong(fmt.Sprintf("the record that goes to the centre says %q", r.record[ticket]))
		}
		unsure := state == store.JobFailed || state == store.JobUnknown
		if told := g.told["slip_unknown "+number] || g.told["slip_failed "+number]; unsure && !told {
			g.rep.Untold++
		}
		switch state {
		case store.JobConfirmed:
			if p.whole != 1 {
				wrong("the printer had confirmed it")
			}
		case store.JobParsed:
			if p.whole == 0 {
				wrong("it was lost, and nobody was told")
			}
		case store.JobFailed:
			if p.pieces > 0 {
				wrong("nothing of it should be on paper")
			}
		case store.JobUnknown:
			if !slices.Contains(r.lost, ticket) {
				wrong("the store does not list it")
			}
		default:
			wrong("a job without an outcome")
		}
	}
	return errors.Join(errs...)
}

// sortSlips finds the number on every piece of paper.
func sortSlips(slips []escpossim.Slip, numbers map[string]string) (map[string]paper, []error) {
	papers := map[string]paper{}
	var errs []error
	for _, s := range slips {
		var found []string
		marked := false
		for _, line := range s.Text {
			line = strings.TrimSpace(line)
			marked = marked || strings.Contains(line, "补打")
			if _, ok := numbers[line]; ok || isNumber(line) {
				found = append(found, line)
			}
		}
		switch {
		case len(s.Unclean) > 0 && len(found) > 0 && whole(s):
			errs = append(errs, fmt.Errorf("the printer did not understand a part of %s: %q", found[0], s.Unclean))
		case len(found) > 1:
			errs = append(errs, fmt.Errorf("one piece of paper with %d numbers: %v", len(found), found))
		}
		if marked {
			continue
		}
		for _, number := range found {
			p := papers[number]
			p.pieces++
			if whole(s) {
				p.whole++
			}
			papers[number] = p
		}
	}
	return papers, errs
}

// isNumber tells whether a line is a ticket's number: letters and digits alone.
func isNumber(line string) bool {
	digits := strings.TrimLeft(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	return len(digits) >= 3 && len(digits) < len(line) && strings.Trim(digits, "0123456789") == ""
}

// whole tells whether a slip has its beginning, its code and its end.
func whole(s escpossim.Slip) bool {
	text := strings.Join(s.Text, "")
	return strings.HasPrefix(text, "示例市政务服务中心") && len(s.QR) == 1 && strings.HasSuffix(strings.TrimSpace(text), "。")
}

// records is what the kiosk's store says in the end.
type records struct {
	numbers map[string]string   // of tickets
	jobs    map[string][]string // outcomes of each ticket's jobs
	record  map[string]string   // what its slip_printed says, by ticket
	lost    []string            // tickets of which the store says that nobody knows
}

func read(ctx context.Context, dir string) (records, error) {
	r := records{numbers: map[string]string{}, jobs: map[string][]string{}, record: map[string]string{}}
	st, err := store.Open(ctx, storeOptions(dir))
	if err != nil {
		return r, err
	}
	if err := errors.Join(r.fromStore(ctx, st), st.Close()); err != nil {
		return r, err
	}
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "kiosk", "terminal.db")+"?mode=ro")
	if err != nil {
		return r, err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, "SELECT ticket, state FROM jobs WHERE kind = 'ticket'")
	if err != nil {
		return r, err
	}
	defer rows.Close()
	for rows.Next() {
		var ticket, state string
		if err := rows.Scan(&ticket, &state); err != nil {
			return r, err
		}
		r.jobs[ticket] = append(r.jobs[ticket], state)
	}
	return r, rows.Err()
}

func (r *records) fromStore(ctx context.Context, st *store.Store) error {
	all, err := st.LostJobs(ctx, 24*time.Hour)
	if err != nil {
		return err
	}
	for _, j := range all {
		r.lost = append(r.lost, j.Ticket)
	}
	q, err := st.World().Queue(today)
	if err != nil {
		return err
	}
	for _, t := range q.Tickets() {
		if was, twice := r.numbers[t.Number]; twice {
			err = errors.Join(err, fmt.Errorf("%s is the number of %s and of %s", t.Number, was, t.ID))
		}
		r.numbers[t.Number] = t.ID
		slip, _, err := hall.Load[hall.Slip](st.World(), hall.EntitySlip, t.ID)
		if err != nil {
			return err
		}
		r.record[t.ID] = slip.Outcome
	}
	return err
}
