package central

import (
	"cmp"
	"slices"
	"strings"
)

// rank is a place in a list that is kept in order: by At, then by id.
type rank struct {
	at int64
	id string
}

func compareRanks(a, b rank) int { return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.id, b.id)) }

// ranked is a list that is kept in order, in pieces: putting one in, taking one
// out and the first of them cost the same however many there are.
type ranked struct{ pieces [][]rank }

// pieceAtMost is the length from which a piece is cut in two.
const pieceAtMost = 512

// piece is where a rank belongs; not ok in an empty list.
func (r *ranked) piece(x rank) (int, bool) {
	i, found := slices.BinarySearchFunc(r.pieces, x, func(p []rank, x rank) int { return compareRanks(p[0], x) })
	if !found {
		i = max(i-1, 0)
	}
	return i, len(r.pieces) > 0
}

// put puts a rank in; one that is there stays once.
func (r *ranked) put(x rank) {
	i, ok := r.piece(x)
	if !ok {
		r.pieces = [][]rank{{x}}
		return
	}
	p := r.pieces[i]
	j, there := slices.BinarySearchFunc(p, x, compareRanks)
	if there {
		return
	}
	if p = slices.Insert(p, j, x); len(p) <= pieceAtMost {
		r.pieces[i] = p
		return
	}
	half := len(p) / 2
	r.pieces[i] = slices.Clone(p[:half])
	r.pieces = slices.Insert(r.pieces, i+1, slices.Clone(p[half:]))
}

// drop takes a rank out.
func (r *ranked) drop(x rank) {
	i, ok := r.piece(x)
	if !ok {
		return
	}
	j, there := slices.BinarySearchFunc(r.pieces[i], x, compareRanks)
	if !there {
		return
	}
	if r.pieces[i] = slices.Delete(r.pieces[i], j, j+1); len(r.pieces[i]) == 0 {
		r.pieces = slices.Delete(r.pieces, i, i+1)
	}
}

// count puts a rank in, or takes it out when n is negative.
func (r *ranked) count(x rank, n int) {
	if n > 0 {
		r.put(x)
	} else {
		r.drop(x)
	}
}

// before counts the ranks before a place.
func (r *ranked) before(at int64) (n int) {
	for _, p := range r.pieces {
		if p[len(p)-1].at < at {
			n += len(p)
			continue
		}
		j, _ := slices.BinarySearchFunc(p, at, func(x rank, at int64) int { return cmp.Compare(x.at, at) })
		return n + j
	}
	return n
}

// first gives the first n ranks before a place, in their order.
func (r *ranked) first(n int, at int64) (out []rank) {
	for _, p := range r.pieces {
		for _, x := range p {
			if x.at >= at || len(out) == n {
				return out
			}
			out = append(out, x)
		}
	}
	return out
}
