package departments

import (
	"crypto/sha256"
	"sync"
	"time"
)

// maxUsed bounds the memory of signatures. Beyond it the oldest go: a replay is
// then still the same operation, only answered as such.
const maxUsed = 100_000

// usedSignatures remembers the signatures that came, for as long as they could
// count.
type usedSignatures struct {
	mu    sync.Mutex
	seen  map[[sha256.Size]byte]bool
	order []usedSignature
}

type usedSignature struct {
	key [sha256.Size]byte
	at  time.Time // when it was seen
}

// begin notes a signature; false when it was there.
func (u *usedSignatures) begin(s Signed, now time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.seen == nil {
		u.seen = map[[sha256.Size]byte]bool{}
	}
	for len(u.order) > 0 && (len(u.order) >= maxUsed || now.Sub(u.order[0].at) > 2*SignatureWindow) {
		delete(u.seen, u.order[0].key)
		u.order = u.order[1:]
	}
	if u.seen[s.Key()] {
		return false
	}
	u.seen[s.Key()] = true
	u.order = append(u.order, usedSignature{s.Key(), now})
	return true
}

// forget takes a signature back whose message could not be dealt with.
func (u *usedSignatures) forget(s Signed) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.seen, s.Key())
}
