package store

import (
	"crypto/rand"
	gosync "sync"
	"time"

	"github.com/oklog/ulid/v2"
)

// stepBack is by how much a moment may lie before the last one's and still be told
// apart from a clock that was set back: of one act the parts carry the moment at which
// each was asked for.
const stepBack = 1000 // ms

// ids makes the identities of a store follow each other.
type ids struct {
	mu      gosync.Mutex
	last    uint64
	entropy *ulid.MonotonicEntropy
}

func newIDs() *ids { return &ids{entropy: ulid.Monotonic(rand.Reader, 0)} }

// next is a fresh identity that sorts by time, and within a moment by the order of
// the calls: two slips of one millisecond come out as they were asked for.
func (s *ids) next(at time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ms := ulid.Timestamp(at)
	if ms < s.last && s.last-ms <= stepBack {
		ms = s.last
	}
	s.last = ms
	return ulid.MustNew(ms, s.entropy).String()
}
