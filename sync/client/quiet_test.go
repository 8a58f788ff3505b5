package client

import (
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/sync/pack"
)

// TestHeadsNameWhoIsBehind: the slow poll finds what the wake stream lost, and
// asks for nothing when nothing happened.
func TestHeadsNameWhoIsBehind(t *testing.T) {
	c := startCentre(t)
	x := c.byHand(t, "K1", filepath.Join(t.TempDir(), "k1"))
	defer x.Close()
	x.settle()
	for range 2 {
		if behind, err := x.step.HeadsOnce(t.Context()); err != nil || len(behind) != 0 {
			t.Fatalf("at rest: %+v %v", behind, err)
		}
		_, err := x.Issue(t.Context(), store.TicketDraft{Actor: citizen, Group: "g", Class: hall.ClassOrdinary})
		x.must(err)
		_, err = x.step.PushOnce(t.Context())
		x.must(err)
		behind, err := x.step.HeadsOnce(t.Context())
		if err != nil || len(behind) != 1 || behind[0].Lane != hallLane || !slices.Contains(behind[0].Feeds, hall.FeedQueue) {
			t.Fatalf("behind: %+v %v", behind, err)
		}
		x.settle()
	}
	if err := c.w.Load().Recover(t.Context(), hallLane, 1); err != nil {
		t.Fatal(err)
	}
	if behind, err := x.step.HeadsOnce(t.Context()); err != nil || len(behind) != 1 {
		t.Errorf("a new term with the same rows: %+v %v", behind, err)
	}
}

// TestRequestsArePacked: once the centre said that it opens them, long requests
// and answers travel packed; the centre decides the same.
func TestRequestsArePacked(t *testing.T) {
	c := startCentre(t)
	x := c.byHand(t, "K1", filepath.Join(t.TempDir(), "k1"))
	defer x.Close()
	x.settle()
	coded := &codingLine{byHandLine: x.line}
	x.over(coded)
	for range 20 {
		_, err := x.Issue(t.Context(), store.TicketDraft{Actor: citizen, Group: "g", Class: hall.ClassOrdinary})
		x.must(err)
	}
	x.must(x.step.Greet(t.Context()))
	_, err := x.step.PushOnce(t.Context())
	x.must(err)
	if !coded.asked || !coded.answered || x.Outbox() != 0 || len(c.tickets()) != 20 {
		t.Errorf("requests packed: %v, answers: %v, %d wait, %d tickets", coded.asked, coded.answered, x.Outbox(), len(c.tickets()))
	}
	_, err = x.step.PullOnce(t.Context(), hallLane, hall.FeedQueue)
	x.must(err)
	if len(x.tickets()) != 20 {
		t.Errorf("%d tickets here", len(x.tickets()))
	}
	for _, h := range []string{"Date", "Cache-Control", "User-Agent"} {
		if coded.headers[h] {
			t.Errorf("%s travels for nobody", h)
		}
	}
}

// codingLine notes what travels packed, and which headers do.
type codingLine struct {
	byHandLine      *handLine
	asked, answered bool
	headers         map[string]bool
}

func (l *codingLine) RoundTrip(r *http.Request) (*http.Response, error) {
	l.headers = map[string]bool{}
	l.asked = l.asked || r.Header.Get("Content-Encoding") == pack.Name1
	resp, err := l.byHandLine.RoundTrip(r)
	if err != nil {
		return resp, err
	}
	l.answered = l.answered || strings.HasSuffix(r.URL.Path, "/ops") && resp.Header.Get("Content-Encoding") == pack.Name1
	for _, all := range []http.Header{r.Header, resp.Header} {
		for name, v := range all {
			l.headers[name] = len(v) > 0
		}
	}
	return resp, nil
}
