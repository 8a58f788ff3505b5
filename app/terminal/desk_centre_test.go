package terminal

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hallway/app/hall"
)

// What a desk asks of the centre, and how a refusal comes back.
func TestTheDeskAsksTheCentre(t *testing.T) {
	sha := strings.Repeat("ab", 32)
	centre := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer terminal" || r.Header.Get("X-Staff-Session") != "clerk" {
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, `{"code":"session_ended"}`) //nolint:errcheck // a test's answer
			return
		}
		answers := map[string]string{
			"GET /central/v1/cases/C1/applicant":     `{"name":"张三丰","doc_kind":"111","doc_no":"1","phone":"2"}`,
			"POST /central/v1/cases/C1/availability": `{"materials":[{"key":"M02","offers":[{"method":"E_SHARE","answer":"yes"}]}]}`,
			"GET /sync/v1/files/" + sha:              "%PDF-1.7",
		}
		answer, ok := answers[r.Method+" "+r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			io.WriteString(w, `{"code":"unknown_case"}`) //nolint:errcheck // a test's answer
			return
		}
		io.WriteString(w, answer) //nolint:errcheck // a test's answer
	}))
	defer centre.Close()
	h := NewHTTPCentre(centre.URL, "terminal", "counter-1", nil)
	defer h.Client.CloseIdleConnections()
	ctx := context.Background()

	who, err := h.CaseApplicant(ctx, "C1", "clerk")
	if err != nil || who != (hall.PersonSealed{Name: "张三丰", DocKind: "111", DocNo: "1", Phone: "2"}) {
		t.Errorf("applicant: %v", err)
	}
	offers, err := h.Availability(ctx, "C1", "clerk")
	if err != nil || len(offers) != 1 || offers[0].Offers[0] != (Offer{hall.MethodEShare, hall.AnswerYes}) {
		t.Errorf("offers: %+v %v", offers, err)
	}
	f, info, err := h.File(ctx, sha, "clerk")
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(f)
	if err != nil || string(data) != "%PDF-1.7" || info.Size != int64(len(data)) {
		t.Errorf("file: %q %+v %v", data, info, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, _, err := h.File(ctx, "../../etc", "clerk"); codeOf(t, err) != "unknown_case" {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := h.CaseApplicant(ctx, "C2", "clerk"); codeOf(t, err) != "unknown_case" {
		t.Errorf("another case: %v", err)
	}
	if _, err := h.Availability(ctx, "C1", "nobody"); codeOf(t, err) != "session_ended" {
		t.Errorf("without a session: %v", err)
	}
	centre.Close()
	if _, _, err := h.File(ctx, sha, "clerk"); codeOf(t, err) != "centre_unreachable" {
		t.Errorf("no centre: %v", err)
	}
}
