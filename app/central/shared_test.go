package central

import (
	"fmt"
	gosync "sync"
	"sync/atomic"
	"testing"
	"time"

	"hallway/sync"
	"hallway/sync/pgtest"
)

// twoStores opens the centre's tables twice over one database.
func twoStores(t *testing.T, dsn string) []*ownStore {
	t.Helper()
	var all []*ownStore
	for range 2 {
		s, err := openStore(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		all = append(all, s)
	}
	return all
}

// TestOneBucketForAllCentres: however many ask at once, there are as many tokens as
// one bucket holds, and they come back one after the other.
func TestOneBucketForAllCentres(t *testing.T) {
	pgtest.Each(t, func(t *testing.T, dsn string) {
		now := monday
		var buckets []*bucket
		for _, s := range twoStores(t, dsn) {
			buckets = append(buckets, &bucket{store: s, name: "b", each: eachToken(0.5), burst: 7, real: func() time.Time { return now }})
		}
		takeAll := func(key string) int64 {
			var got atomic.Int64
			var wg gosync.WaitGroup
			for i := range 20 {
				wg.Go(func() {
					ok, err := buckets[i%2].take(t.Context(), key)
					if err != nil {
						t.Error(err)
					}
					if ok {
						got.Add(1)
					}
				})
			}
			wg.Wait()
			return got.Load()
		}
		if n := takeAll("a"); n != 7 {
			t.Errorf("%d of 7 tokens were given", n)
		}
		if n := takeAll("other"); n != 7 {
			t.Errorf("another key has %d", n)
		}
		now = now.Add(2*time.Second - time.Millisecond)
		if n := takeAll("a"); n != 0 {
			t.Errorf("%d came back too soon", n)
		}
		now = now.Add(time.Millisecond)
		if n := takeAll("a"); n != 1 {
			t.Errorf("%d came back in two seconds", n)
		}
		now = now.Add(time.Hour)
		if n := takeAll("a"); n != 7 {
			t.Errorf("after an hour there are %d", n)
		}
		if err := buckets[0].store.forgetShared(t.Context(), now.Add(2*keptLimits), now); err != nil {
			t.Fatal(err)
		}
		var left int
		if err := buckets[0].store.read.QueryRow(`SELECT COUNT(*) FROM central_limit`).Scan(&left); err != nil || left != 0 {
			t.Errorf("%d are kept: %v", left, err)
		}
	})
}

// TestGuessesAtAllCentres: whoever walks from one centre to the next has no more
// tries for it.
func TestGuessesAtAllCentres(t *testing.T) {
	pgtest.Each(t, func(t *testing.T, dsn string) {
		stores := twoStores(t, dsn)
		now := monday
		begin := func(i int, number, terminal string) bool {
			t.Helper()
			ok, err := (&sharedGuesses{stores[i%2], newGuesses()}).begin(t.Context(), now, number, terminal)
			if err != nil {
				t.Error(err)
			}
			return ok
		}
		var allowed atomic.Int64
		var wg gosync.WaitGroup
		for i := range 2 * guessTerminal {
			wg.Go(func() {
				if begin(i, fmt.Sprint(i), "kiosk-1") {
					allowed.Add(1)
				}
			})
		}
		wg.Wait()
		if n := allowed.Load(); n != guessTerminal {
			t.Errorf("a terminal had %d tries of %d", n, guessTerminal)
		}
		for i := range guessNumber {
			if !begin(i, "n", fmt.Sprint("kiosk-", i+2)) {
				t.Errorf("try %d of a number is refused", i)
			}
		}
		if begin(0, "n", "kiosk-9") {
			t.Error("a number has no end of tries")
		}
		if err := (&sharedGuesses{stores[1], newGuesses()}).right(t.Context(), now, "n", "kiosk-2"); err != nil {
			t.Fatal(err)
		}
		if !begin(0, "n", "kiosk-2") || begin(1, "n", "kiosk-2") {
			t.Error("a right answer is not taken back once")
		}
		now = now.Add(guessSpan)
		if !begin(0, "n", "kiosk-1") {
			t.Error("a quarter of an hour later it is still shut")
		}
	})
}

// TestTerminalsOfAllCentres: each centre shows what any of them hears: a status, a
// line that breaks, and that a terminal went on at the other.
func TestTerminalsOfAllCentres(t *testing.T) {
	pgtest.Only(t, func(t *testing.T, dsn string) {
		b := newBed(t, func(c *Config) { c.Database = dsn })
		other := b.second()
		swap := func() {
			t.Helper()
			for range 2 {
				for _, c := range []*Centre{b.c, other} {
					if err := c.exchange(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		seen := func(c *Centre) ManagerTerminal {
			list, _ := c.tele.view(c.cfg.Terminals)
			return list[0]
		}
		b.c.tele.stream("kiosk-1", true)
		b.c.tele.report(sync.TerminalStatus{Terminal: "kiosk-1", Outbox: 3, Version: "one", Devices: []sync.DeviceStatus{}})
		swap()
		if m := seen(other); !m.Online || m.Outbox != 3 || m.Version != "one" {
			t.Errorf("the other centre shows %+v", m)
		}
		b.c.tele.stream("kiosk-1", false) // its centre is killed, its line cut
		swap()
		if seen(b.c).Online || seen(other).Online {
			t.Errorf("its line broke: %v %v", seen(b.c).Online, seen(other).Online)
		}
		b.clock.forward(time.Millisecond)
		other.tele.heard("kiosk-1")
		other.tele.report(sync.TerminalStatus{Terminal: "kiosk-1", Outbox: 1, Version: "two", Devices: []sync.DeviceStatus{}})
		swap()
		for i, c := range []*Centre{b.c, other} {
			if m := seen(c); !m.Online || m.Outbox != 1 || m.Version != "two" {
				t.Errorf("centre %d shows %+v", i, m)
			}
		}
		b.clock.forward(silentAfter + time.Second)
		for i, c := range []*Centre{b.c, other} {
			c.tele.sweep()
			if seen(c).Online {
				t.Errorf("centre %d shows a terminal that is silent", i)
			}
		}
	})
}
