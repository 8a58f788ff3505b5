package store

import (
	"cmp"
	"database/sql"
	"math"
	"slices"
	"strings"
	"time"

	"hallway/app/hall"
)

// Bounds of a search by number. What more cases have than searchAtMost is found
// quickly by going through the list itself.
const (
	searchAtMost = 256
	spansAtMost  = 64
)

var caseParts = []string{hall.AnomalyNever, hall.AnomalyAlways, hall.AnomalyLater}

// search finds the cases with a text in their numbers, wherever they stand; a whole
// number finds its case alone. Not all: there are many, or the text is too short to
// look for.
func (l *listing) search(text string) (found []spot, all bool, err error) {
	add := func(at spot) (bool, error) {
		if !slices.ContainsFunc(found, func(s spot) bool { return s.id == at.id }) {
			found = append(found, at)
		}
		return len(found) <= searchAtMost, nil
	}
	if _, err := l.walk(listSpans(hall.CasesNumbered(text)), add); err != nil || len(found) > 0 {
		return found, true, err
	}
	if len(text) < hall.LastDigits {
		return nil, false, nil
	}
	spans := []span{{list: partless(hall.NumberedAs("T")), under: true, name: text}}
	if digits(text) {
		more, err := l.numberSpans(text)
		if err != nil || len(more) > spansAtMost {
			return nil, false, err
		}
		if len(text) == hall.LastDigits {
			more = append(more, listSpans(hall.CasesEnding(text))...)
		}
		spans = append(spans, more...)
	}
	for _, one := range spans {
		if more, err := l.walk([]span{one}, add); !more || err != nil {
			return nil, false, err
		}
	}
	return found, true, nil
}

// inOrder gives what a search found of some lists, in the order of a query.
func inOrder(found []spot, lists []hall.CaseList, now time.Time, f func(spot) (bool, error)) error {
	late := hall.PlaceBefore(hall.AnomalyBefore(now))
	odd := func(at spot) int {
		part := at.list[strings.LastIndexByte(at.list, '/')+1:]
		if part == hall.AnomalyAlways || part == hall.AnomalyLater && at.at < late {
			return 1
		}
		return 0
	}
	slices.SortFunc(found, func(a, b spot) int {
		if now.IsZero() {
			return cmp.Or(cmp.Compare(b.at, a.at), strings.Compare(b.id, a.id))
		}
		return cmp.Or(odd(b)-odd(a), cmp.Compare(a.at, b.at), strings.Compare(a.id, b.id))
	})
	for _, at := range found {
		in := strings.Split(at.note, "\n")
		if !slices.ContainsFunc(lists, func(list hall.CaseList) bool { return slices.Contains(in, string(list)) }) {
			continue
		}
		if more, err := f(at); !more || err != nil {
			return err
		}
	}
	return nil
}

// listSpans are a list of cases whole.
func listSpans(list hall.CaseList) (spans []span) {
	for _, part := range caseParts {
		spans = append(spans, span{list: list.Part(part), from: math.MinInt64, to: math.MaxInt64})
	}
	return spans
}

// partless is a beginning of names of lists of cases.
func partless(list hall.CaseList) string { return strings.TrimSuffix(list.Part(""), "/") }

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// numberSpans are the application numbers that hold a text of digits otherwise than
// in their last ones: numbers that are alike but for these are one head, of which
// there are few.
func (l *listing) numberSpans(text string) (spans []span, err error) {
	for length := 12; length <= 15; length++ {
		from := partless(hall.NumberedAs(strings.Repeat("1", length)))
		heads, err := l.heads(from, length-hall.LastDigits)
		if err != nil {
			return nil, err
		}
		for _, head := range heads {
			if strings.Contains(head, text) {
				spans = append(spans, span{list: from + head, under: true})
				continue
			}
			for n := max(1, len(text)-hall.LastDigits); n < len(text); n++ {
				if strings.HasSuffix(head, text[:n]) {
					spans = append(spans, span{list: from + head + text[n:], under: true})
				}
			}
		}
	}
	return spans, nil
}

// heads lists how the lists begin whose names begin so, to a length behind that: one
// look at the index for each.
func (l *listing) heads(from string, length int) (heads []string, err error) {
	n := len(from) + length
	rows, err := l.tx.QueryContext(l.ctx, `WITH RECURSIVE head (list) AS (
			SELECT min(list) FROM places WHERE list >= ?1 AND list < ?2
			UNION ALL
			SELECT (SELECT min(list) FROM places WHERE list >= substr(head.list, 1, ?3) || ':' AND list < ?2) FROM head WHERE head.list IS NOT NULL)
		SELECT substr(list, ?4, ?5) FROM head WHERE list IS NOT NULL`, from, behind(from), n, len(from)+1, length)
	seen := map[string]bool{}
	err = collect(rows, err)(func(r *sql.Rows) error {
		var head string
		err := r.Scan(&head)
		seen[head] = true
		heads = append(heads, head)
		return err
	})
	for list := range l.in { // of the overlay
		if strings.HasPrefix(list, from) && len(list) >= n && !seen[list[len(from):n]] {
			seen[list[len(from):n]] = true
			heads = append(heads, list[len(from):n])
		}
	}
	return heads, err
}

// named reports whether the name of a list holds a text.
func (x span) named(list string) bool {
	return x.name == "" || strings.Contains(list[len(x.list):], x.name)
}
