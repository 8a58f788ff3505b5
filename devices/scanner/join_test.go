package scanner

import (
	"context"
	"fmt"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type line chan Scan

func (l line) Scans() <-chan Scan { return l }

// Nothing is lost and nothing doubled, and each scanner's scans keep their order.
func TestJoin(t *testing.T) {
	const each = 200
	lines := []line{make(line, 64), make(line, 64), make(line, 64)}
	j := Join(lines[0], lines[1], lines[2])
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); j.Run(ctx) }()
	for i, l := range lines {
		go func() {
			for n := range each {
				l <- Scan{AIM: fmt.Sprint(i), Text: fmt.Sprint(n)}
			}
		}()
	}
	next := map[string]int{}
	for range each * len(lines) {
		s := <-j.Scans()
		if s.Text != fmt.Sprint(next[s.AIM]) {
			t.Fatalf("scanner %s: scan %s, want %d", s.AIM, s.Text, next[s.AIM])
		}
		next[s.AIM]++
	}
	lines[0] <- Scan{} // one that nobody takes does not hold the end up
	cancel()
	<-done
}
