package central

import (
	gosync "sync"
	"time"
)

// guesses counts wrong query passwords by number and by terminal within a
// span. A try counts as wrong from its beginning, so that many at once gain
// nothing, and is taken back when it was right. It holds a
// bounded number of keys.
type guesses struct {
	span                   time.Duration
	perNumber, perTerminal int

	mu   gosync.Mutex
	keys map[string][]time.Time
}

// What an application number and a terminal may be guessed at.
const (
	guessSpan      = 15 * time.Minute
	guessNumber    = 5
	guessTerminal  = 20
	maxGuessedKeys = 20_000
)

func newGuesses() *guesses {
	return &guesses{span: guessSpan, perNumber: guessNumber, perTerminal: guessTerminal, keys: map[string][]time.Time{}}
}

// begin counts a try; false when no more is allowed now.
func (g *guesses) begin(now time.Time, number, terminal string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	n, t := "n"+number, "t"+terminal
	if len(g.recent(now, n)) >= g.perNumber || len(g.recent(now, t)) >= g.perTerminal {
		return false
	}
	if len(g.keys) >= maxGuessedKeys {
		for key := range g.keys {
			g.recent(now, key)
		}
		if len(g.keys) >= maxGuessedKeys {
			return false // kinder than to let guess, and over in a quarter of an hour
		}
	}
	g.keys[n] = append(g.keys[n], now)
	g.keys[t] = append(g.keys[t], now)
	return true
}

// right takes the latest try back.
func (g *guesses) right(number, terminal string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, key := range []string{"n" + number, "t" + terminal} {
		if list := g.keys[key]; len(list) > 0 {
			g.keys[key] = list[:len(list)-1]
		}
	}
}

// recent forgets what is too long ago; g.mu is held.
func (g *guesses) recent(now time.Time, key string) []time.Time {
	var kept []time.Time
	for _, at := range g.keys[key] {
		if now.Sub(at) < g.span {
			kept = append(kept, at)
		}
	}
	if len(kept) == 0 {
		delete(g.keys, key)
		return nil
	}
	g.keys[key] = kept
	return kept
}
