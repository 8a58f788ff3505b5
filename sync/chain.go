package sync

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"

	"hallway/app/hall"
)

// StateEvery is how often, in rows of a lane, the log carries a hash of the
// state of each feed (design §2 rule 4).
const StateEvery = 1000

// RowHash chains one row to the row before it in the same (lane, feed):
// SHA-256 over the length-prefixed fields, in hex. The MAC is over this.
func RowHash(r Row) string {
	h := sha256.New()
	put := func(b []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	num := func(v int64) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(v))
		h.Write(n[:])
	}
	put([]byte(r.Lane))
	num(r.Row)
	for _, s := range []string{string(r.Feed), r.Event, string(r.Kind), r.ID} {
		put([]byte(s))
	}
	put(valueBytes(r.Value))
	put([]byte(r.OpID))
	num(r.At.UnixMicro())
	num(r.Epoch)
	put([]byte(r.PrevHash))
	return hex.EncodeToString(h.Sum(nil))
}

// RowMAC is the writer's MAC over a row's hash and its epoch, in hex.
func RowMAC(key []byte, hash string, epoch int64) string {
	m := hmac.New(sha256.New, key)
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(epoch))
	m.Write(n[:])
	m.Write([]byte(hash))
	return hex.EncodeToString(m.Sum(nil))
}

// VerdictMAC is the writer's MAC over a verdict and the bytes of its operation,
// in hex. Times count in whole milliseconds.
func VerdictMAC(key, body []byte, v Verdict) string {
	m := hmac.New(sha256.New, key)
	put := func(b []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		m.Write(n[:])
		m.Write(b)
	}
	num := func(v int64) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(v))
		m.Write(n[:])
	}
	put([]byte("hallway/verdict/1"))
	sum := sha256.Sum256(body)
	put(sum[:])
	reason, err := json.Marshal(v.Reason)
	if err != nil { // strings in a map: it cannot be
		return ""
	}
	for _, b := range [][]byte{[]byte(v.OpID), []byte(v.Status), reason, v.Result} {
		put(b)
	}
	num(v.Row)
	num(v.At.UnixMilli())
	num(v.Order)
	return hex.EncodeToString(m.Sum(nil))
}

// orderBits is how many rows a lane may get in one term.
const orderBits = 30

// ArrivalOrder orders what arrived in a lane, also across restores of its
// writer: a row of a later term comes behind every row of an earlier one.
func ArrivalOrder(epoch, row int64) int64 { return max(epoch-1, 0)<<orderBits + row }

// SplitOrder is the term and the row of an ArrivalOrder.
func SplitOrder(order int64) (epoch, row int64) {
	return order>>orderBits + 1, order & (1<<orderBits - 1)
}

// Gone says that a row's value means «the entity is gone».
func Gone(v json.RawMessage) bool { return len(valueBytes(v)) == 0 }

func valueBytes(v json.RawMessage) []byte {
	if string(v) == "null" {
		return nil
	}
	return v
}

// StateSum is the hash of the state of one feed: the sum, modulo 2^256, of
// SHA-256(kind, id, value) of every entity in it. It does not depend on order
// and is kept up to date by subtracting the old value and adding the new one.
// It finds accidents (a missed or doubled row, a damaged disk); forgery is
// what the chain and the MAC are for. The zero value is the empty state.
type StateSum [32]byte

// Replace accounts for one entity that went from old to new; nil (or null)
// means that it is not there.
func (s *StateSum) Replace(kind hall.EntityKind, id string, old, new json.RawMessage) {
	if o := valueBytes(old); len(o) > 0 {
		s.add(entityHash(kind, id, o), true)
	}
	if n := valueBytes(new); len(n) > 0 {
		s.add(entityHash(kind, id, n), false)
	}
}

// String is the sum in hex, as in Page.StateHash.
func (s StateSum) String() string { return hex.EncodeToString(s[:]) }

// ParseStateSum reads what String wrote; ok is false for anything else.
func ParseStateSum(text string) (s StateSum, ok bool) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(s) {
		return StateSum{}, false
	}
	copy(s[:], b)
	return s, true
}

func (s *StateSum) add(h [32]byte, negate bool) {
	carry := 0
	if negate { // two's complement: ^h + 1
		carry = 1
	}
	for i := len(s) - 1; i >= 0; i-- {
		b := h[i]
		if negate {
			b = ^b
		}
		v := int(s[i]) + int(b) + carry
		s[i] = byte(v)
		carry = v >> 8
	}
}

func entityHash(kind hall.EntityKind, id string, value []byte) [32]byte {
	h := sha256.New()
	for _, b := range [][]byte{[]byte(kind), []byte(id), value} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	var out [32]byte
	h.Sum(out[:0])
	return out
}
