package departments

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
)

// adapter is one with police alone, and a hall without a case.
func adapter(t *testing.T, address string) (*Adapter, []byte) {
	t.Helper()
	secret := []byte(strings.Repeat("s", MinSecret))
	a := New(Options{Departments: []Address{{ID: "police", Query: address, Secret: secret}}, Writer: nothing{}, Real: time.Now, Now: time.Now,
		Logger: slog.New(slog.DiscardHandler), Audit: func(context.Context, Event) error { return nil }, Note: func(Event) {}})
	t.Cleanup(func() {
		if err := a.Close(time.Minute); err != nil {
			t.Error(err)
		}
	})
	return a, secret
}

// nothing is a writer of a hall without a case.
type nothing struct{ Writer }

func (nothing) HallWorld(context.Context, string) hall.World { return emptyWorld{} }

type emptyWorld struct{ hall.World }

func (emptyWorld) Entity(hall.EntityKind, string) (json.RawMessage, bool, error) {
	return nil, false, nil
}

// limitedWriter notes the deadline of the request's body.
type limitedWriter struct {
	*httptest.ResponseRecorder
	deadline time.Time
}

func (w *limitedWriter) SetReadDeadline(at time.Time) error {
	w.deadline = at
	return nil
}

// A department that stops in the middle of a file keeps nothing for ever.
func TestTheBodyOfACallbackHasALimit(t *testing.T) {
	a, secret := adapter(t, "")
	r := httptest.NewRequest("POST", CallbackPath("c/M02/1"), strings.NewReader("%PDF-1.7"))
	r.Header.Set("Content-Type", "application/pdf")
	Sign(r.Header, secret, "police", r.Method, r.URL.RequestURI(), "c/M02/1", DigestOf([]byte("%PDF-1.7")), time.Now())
	w := &limitedWriter{ResponseRecorder: httptest.NewRecorder()}
	a.Handler().ServeHTTP(w, r)
	if w.Code != ErrUnknown.Status || w.deadline.IsZero() {
		t.Errorf("status %d, limit %s", w.Code, w.deadline)
	}
}

// What a department gives as its reason is kept as a code only.
func TestReasonsOfAQueryAreCodes(t *testing.T) {
	for reason, want := range map[string]string{
		"not_found": "not_found", "": "", "某某已迁出": "", "moved away": "", strings.Repeat("x", 65): "",
	} {
		answer, err := json.Marshal(QueryAnswer{Answer: No, Reason: reason})
		if err != nil {
			t.Fatal(err)
		}
		department := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(answer) // the reader tells
		}))
		a, _ := adapter(t, department.URL)
		if got, why := a.ask(t.Context(), a.lines["police"], Query{Request: "r"}); got != No || why != want {
			t.Errorf("%q: %s, %q", reason, got, why)
		}
		department.Close()
	}
}
