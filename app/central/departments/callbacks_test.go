package departments

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
)

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
	secret := []byte(strings.Repeat("s", MinSecret))
	a := New(Options{Departments: []Address{{ID: "police", Secret: secret}}, Writer: nothing{}, Real: time.Now, Now: time.Now,
		Logger: slog.New(slog.DiscardHandler), Audit: func(context.Context, Event) error { return nil }})
	defer func() {
		if err := a.Close(time.Minute); err != nil {
			t.Error(err)
		}
	}()
	r := httptest.NewRequest("POST", CallbackPath("c/M02/1"), strings.NewReader("%PDF-1.7"))
	r.Header.Set("Content-Type", "application/pdf")
	Sign(r.Header, secret, "police", r.Method, r.URL.RequestURI(), "c/M02/1", DigestOf([]byte("%PDF-1.7")), time.Now())
	w := &limitedWriter{ResponseRecorder: httptest.NewRecorder()}
	a.Handler().ServeHTTP(w, r)
	if w.Code != ErrUnknown.Status || w.deadline.IsZero() {
		t.Errorf("status %d, limit %s", w.Code, w.deadline)
	}
}
