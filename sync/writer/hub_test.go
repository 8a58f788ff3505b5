package writer

import (
	"reflect"
	"testing"

	"hallway/sync"
)

// What nobody took goes together with what comes, while it is little and goes on
// from it; else only the end of the lane is told.
func TestCommitsGoTogether(t *testing.T) {
	c := func(epoch, from, to int64) sync.Commit {
		c := sync.Commit{Lane: "l", Epoch: epoch, From: from, To: to}
		for r := from + 1; r <= to; r++ {
			c.Rows = append(c.Rows, sync.Row{Row: r})
		}
		return c
	}
	bare := func(epoch, to int64) sync.Commit { return sync.Commit{Lane: "l", Epoch: epoch, From: to, To: to} }
	for name, x := range map[string]struct {
		told []sync.Commit
		want sync.Commit
	}{
		"one":                    {[]sync.Commit{c(1, 3, 5)}, c(1, 3, 5)},
		"two":                    {[]sync.Commit{c(1, 3, 5), c(1, 5, 6)}, c(1, 3, 6)},
		"three":                  {[]sync.Commit{c(1, 3, 5), c(1, 5, 6), c(1, 6, 9)}, c(1, 3, 9)},
		"one is missing between": {[]sync.Commit{c(1, 3, 5), c(1, 6, 7)}, bare(1, 7)},
		"of another process":     {[]sync.Commit{c(1, 3, 5), bare(1, 7)}, bare(1, 7)},
		"behind one of those":    {[]sync.Commit{bare(1, 7), c(1, 7, 8)}, bare(1, 8)},
		"another term":           {[]sync.Commit{c(1, 3, 5), c(2, 5, 6)}, bare(2, 6)},
		"too many":               {[]sync.Commit{c(1, 3, 60), c(1, 60, 80)}, bare(1, 80)},
		"over a hashed state":    {[]sync.Commit{c(1, 997, 999), c(1, 999, 1000)}, bare(1, 1000)},
	} {
		ch := make(commitsOf, 1)
		for _, c := range x.told {
			ch.tell(c)
		}
		if got := <-ch; !reflect.DeepEqual(got, x.want) {
			t.Errorf("%s: %+v, want %+v", name, got, x.want)
		}
	}
}
