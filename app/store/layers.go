package store

import (
	"bytes"
	"encoding/json"
	"hash/maphash"
	"maps"
	"slices"

	"hallway/app/hall"
)

// layers is how the overlay comes about: one layer for each operation in it,
// with what the rules looked at and what they made of it. A change of the
// replica, or a layer that goes, casts those again that looked at what is
// different now, and nobody else: draining a long outbox costs one cast or two
// for each operation, not one for each that still waits.
//
// Only the transaction under way touches it; undo takes its steps back.
type layers struct {
	at       map[int64]*layer        // by pos
	versions map[entityKey][]version // what is written over the replica, by pos
	readers  map[entityKey][]int64   // who looked at it, by pos
	acked    map[int64]struct{}      // with a verdict; the rows have not arrived
	casts    int                     // how often the rules were asked
}

// layer is one operation of the overlay. It is replaced, never changed.
type layer struct {
	shadow
	reads  []read
	writes []write
}

// read is what the rules looked at. For a part of a queue seen says nothing.
type read struct {
	key  entityKey
	seen uint64
}

type write struct {
	key   entityKey
	value json.RawMessage // nil: gone
}

type version struct {
	pos   int64
	value json.RawMessage
}

// Parts of a queue that an operation can look at beside entities.
const (
	partNumber hall.EntityKind = "#number" // id: day/number
	partQueue  hall.EntityKind = "#queue"  // id: the day; "" is the windows, of every day
)

func isQueuePart(k entityKey) bool { return k.kind == partNumber || k.kind == partQueue }

// last is the place behind every operation.
const last int64 = 1<<63 - 1

var seed = maphash.MakeSeed()

// seenAs is what a value looked like; 0 is nothing there.
func seenAs(v json.RawMessage) uint64 {
	if v == nil {
		return 0
	}
	return maphash.Bytes(seed, v) | 1
}

func newLayers() *layers {
	return &layers{at: map[int64]*layer{}, versions: map[entityKey][]version{}, readers: map[entityKey][]int64{}, acked: map[int64]struct{}{}}
}

func byPos(v version, pos int64) int {
	switch {
	case v.pos < pos:
		return -1
	case v.pos > pos:
		return 1
	}
	return 0
}

// before is what the operations before pos make of an entity; not ok when none
// touches it.
func (ls *layers) before(k entityKey, pos int64) (json.RawMessage, bool) {
	vs := ls.versions[k]
	i, _ := slices.BinarySearchFunc(vs, pos, byPos)
	if i == 0 {
		return nil, false
	}
	return vs[i-1].value, true
}

// put sets a layer in its place, or takes it away when l is nil, and returns
// how to undo that.
func (ls *layers) put(pos int64, l *layer) (undo func()) {
	was := ls.at[pos]
	ls.replace(pos, was, l)
	return func() { ls.replace(pos, l, was) }
}

func (ls *layers) replace(pos int64, was, now *layer) {
	delete(ls.acked, pos)
	if now == nil {
		delete(ls.at, pos)
		now = &layer{}
	} else {
		ls.at[pos] = now
		if now.row > 0 {
			ls.acked[pos] = struct{}{}
		}
	}
	if was == nil {
		was = &layer{}
	}
	for _, r := range was.reads {
		if !slices.ContainsFunc(now.reads, func(n read) bool { return n.key == r.key }) {
			ls.readers[r.key] = without(ls.readers[r.key], pos, func(p int64, pos int64) int { return int(p - pos) })
			if len(ls.readers[r.key]) == 0 {
				delete(ls.readers, r.key)
			}
		}
	}
	for _, r := range now.reads {
		if i, there := slices.BinarySearch(ls.readers[r.key], pos); !there {
			ls.readers[r.key] = slices.Insert(ls.readers[r.key], i, pos)
		}
	}
	for _, w := range was.writes {
		if !slices.ContainsFunc(now.writes, func(n write) bool { return n.key == w.key }) {
			ls.versions[w.key] = without(ls.versions[w.key], pos, byPos)
			if len(ls.versions[w.key]) == 0 {
				delete(ls.versions, w.key)
			}
		}
	}
	for _, w := range now.writes {
		i, there := slices.BinarySearchFunc(ls.versions[w.key], pos, byPos)
		if there {
			ls.versions[w.key][i].value = w.value
		} else {
			ls.versions[w.key] = slices.Insert(ls.versions[w.key], i, version{pos, w.value})
		}
	}
}

// without takes what is at pos out of a list; the oldest goes without a copy.
func without[T any](list []T, pos int64, compare func(T, int64) int) []T {
	i, there := slices.BinarySearchFunc(list, pos, compare)
	switch {
	case !there:
		return list
	case i == 0:
		return list[1:]
	}
	return slices.Delete(list, i, i+1)
}

// looked lists who looked at an entity after from, as long as nobody else has
// written it in between; for a part of a queue everybody after from.
func (ls *layers) looked(k entityKey, from int64) []int64 {
	rs := ls.readers[k]
	i, there := slices.BinarySearch(rs, from)
	if there {
		i++
	}
	rs = rs[i:]
	if isQueuePart(k) {
		return rs
	}
	vs := ls.versions[k]
	j, there := slices.BinarySearchFunc(vs, from, byPos)
	if there {
		j++
	}
	if j == len(vs) {
		return rs
	}
	end, there := slices.BinarySearch(rs, vs[j].pos)
	if there {
		end++
	}
	return rs[:end]
}

// inOrder lists the places of all layers.
func (ls *layers) inOrder() []int64 { return slices.Sorted(maps.Keys(ls.at)) }

// queueParts lists the parts of queues that a change of a value concerns.
func queueParts(k entityKey, values ...json.RawMessage) []entityKey {
	switch k.kind {
	case hall.EntityWindow:
		return []entityKey{{partQueue, ""}}
	case hall.EntityTicket:
	default:
		return nil
	}
	var parts []entityKey
	for _, v := range values {
		var t struct {
			Day    string `json:"day"`
			Number string `json:"number"`
		}
		if v != nil && hall.Decode(v, &t) == nil {
			parts = append(parts, entityKey{partQueue, t.Day}, entityKey{partNumber, t.Day + "/" + t.Number})
		}
	}
	return parts
}

func sameValue(a, b json.RawMessage) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }
