package central

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	gosync "sync"
	"sync/atomic"
	"testing"

	"hallway/app/hall"
)

// counted is how many cases the book has.
func (b *bed) counted(ctx context.Context, feeds int) (n int, version string, err error) {
	err = b.c.cases.read(ctx, b.c.writer, b.c.cat.Load, feeds, func(book *caseBook) {
		version = book.watch.cat.Version
		for _, k := range book.counts {
			n += k
		}
	})
	return n, version, err
}

// publish puts another catalogue in place of the centre's.
func (b *bed) publish(version string) {
	cat := *b.c.cat.Load()
	cat.Version = version
	b.c.cat.Store(&cat)
}

// While rows are written and one catalogue follows another, whoever looks sees at
// least what was written before; afterwards the book is what a fresh one is.
func TestCaseBookUnderRowsAndCatalogues(t *testing.T) {
	b := newBed(t)
	b.quiet()
	s := b.signIn("1001", "counter-1")
	var opened atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	var looking gosync.WaitGroup
	failed := make(chan error, 8)
	for i := range 4 {
		feeds := []int{onlyCases, allFeeds}[i%2]
		looking.Go(func() {
			for ctx.Err() == nil {
				least := opened.Load()
				if n, _, err := b.counted(ctx, feeds); ctx.Err() == nil && (err != nil || int64(n) < least) {
					failed <- fmt.Errorf("%d cases are counted, want at least %d: %w", n, least, err)
					return
				}
			}
		})
	}
	for i := range 24 {
		b.openCase(fmt.Sprint("case-", i), "open-shop", personA, s)
		if opened.Add(1); i%5 == 4 {
			b.publish(fmt.Sprint("race-", i))
		}
	}
	stop()
	looking.Wait()
	select {
	case err := <-failed:
		t.Error(err)
	default:
	}
	if n, version, err := b.counted(t.Context(), allFeeds); n != 24 || version != "race-19" || err != nil {
		t.Errorf("%d cases by catalogue %s: %v", n, version, err)
	}
	followed, err := b.c.managerCases(t.Context(), b.c.cat.Load(), b.c.now())
	if err != nil {
		t.Fatal(err)
	}
	b.c.cases = &caseBooks{}
	if fresh, err := b.c.managerCases(t.Context(), b.c.cat.Load(), b.c.now()); err != nil || !reflect.DeepEqual(followed, fresh) {
		t.Errorf("followed %+v, fresh %+v: %v", followed, fresh, err)
	}
}

// While somebody makes the book of a new catalogue the one before answers, with what
// was written meanwhile; where there is none, others wait for it.
func TestCaseBookAnswersWhileItIsMadeAnew(t *testing.T) {
	b := newBed(t)
	b.quiet()
	s := b.signIn("1001", "counter-1")
	look := func(want int, of string) {
		t.Helper()
		if n, version, err := b.counted(t.Context(), allFeeds); n != want || version != of || err != nil {
			t.Errorf("%d cases by catalogue %s: %v, want %d by %s", n, version, err, want, of)
		}
	}
	b.openCase("case-1", "open-shop", personA, s)
	was := b.c.cat.Load().Version
	look(1, was)
	b.publish("next")
	b.c.cases.building = make(chan struct{}) // somebody else is about to
	b.openCase("case-2", "open-shop", personB, s)
	look(2, was)
	if err := b.c.cases.build(t.Context(), b.c.writer, b.c.cat.Load()); err != nil {
		t.Fatal(err)
	}
	b.openCase("case-3", "id-card", personB, s)
	look(3, "next")

	// The log became another: what the book has is of no use.
	at := b.c.cases.book.at[hall.FeedCase]
	at.Row += 1000
	b.c.cases.book.at[hall.FeedCase] = at
	look(3, "next")

	b.c.cases = &caseBooks{building: make(chan struct{})}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, _, err := b.counted(gone, allFeeds); !errors.Is(err, context.Canceled) {
		t.Errorf("who went away has %v", err)
	}
	answered := make(chan int)
	go func() {
		n, _, err := b.counted(t.Context(), allFeeds)
		if err != nil {
			n = -1
		}
		answered <- n
	}()
	if err := b.c.cases.build(t.Context(), b.c.writer, b.c.cat.Load()); err != nil {
		t.Fatal(err)
	}
	if n := <-answered; n != 3 {
		t.Errorf("who waited counts %d", n)
	}
}

// A book that could not be made is made by the next who looks.
func TestCaseBookAfterAFailure(t *testing.T) {
	b := newBed(t)
	b.quiet()
	b.openCase("case-1", "open-shop", personA, b.signIn("1001", "counter-1"))
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, _, err := b.counted(gone, allFeeds); err == nil {
		t.Error("a book was made for nobody")
	}
	if n, _, err := b.counted(t.Context(), allFeeds); n != 1 || err != nil {
		t.Errorf("%d cases: %v", n, err)
	}
}
