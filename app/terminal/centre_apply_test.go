package terminal

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hallway/app/hall"
)

func TestHTTPCentreApplications(t *testing.T) {
	var got string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		raw, err := io.ReadAll(q.Body)
		if err != nil || q.Method != http.MethodPost || q.URL.Path != "/central/v1/applications" || q.Header.Get("Authorization") != "Bearer tok" {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		got = string(raw)
		if !strings.Contains(got, docZhang) {
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"status":429,"code":"too_many"}`)
			return
		}
		_, _ = io.WriteString(w, `{"cases":[{"id":"C1","state":"DRAFT","version":3,"materials":[{"key":"M01","code":"M01","state":"PREPARE"}]}]}`)
	}))
	defer server.Close()
	h := NewHTTPCentre(server.URL, "tok", "kiosk-1", nil)
	defer h.Client.CloseIdleConnections()
	list, err := h.Applications(t.Context(), ProgressAsk{DocKind: "111", DocNo: docZhang})
	if err != nil || len(list) != 1 || list[0].ID != "C1" || list[0].Version != 3 || list[0].State != hall.CaseDraft || len(list[0].Materials) != 1 {
		t.Fatalf("%+v %v", list, err)
	}
	if !strings.Contains(got, `"111"`) {
		t.Errorf("asked %s", got)
	}
	if _, err := h.Applications(t.Context(), ProgressAsk{DocKind: "111", DocNo: docLi}); codeOf(t, err) != "too_many" {
		t.Errorf("%v", err)
	}
	server.Close()
	if _, err := h.Applications(t.Context(), ProgressAsk{DocKind: "111", DocNo: docZhang}); codeOf(t, err) != "centre_unreachable" || strings.Contains(err.Error(), docZhang) {
		t.Errorf("%v", err)
	}
}

// The list of one's cases says which of them go on here: by card, with the line.
func TestWhatGoesOnFromTheList(t *testing.T) {
	s := newStall(t)
	ctx := t.Context()
	for _, c := range []struct {
		state        hall.CaseState
		goOn, cancel bool
	}{
		{hall.CaseDraft, true, true}, {hall.CasePending, true, true}, {hall.CasePreReturned, true, true}, {hall.CaseApplied, false, true},
		{hall.CaseInApproval, false, true}, {hall.CaseDecided, false, false}, {hall.CaseWithdrawn, false, false}, {hall.CaseCompleted, false, false},
	} {
		goOn, cancel := s.continueActs(&progress{by: "card"}, KioskCase{ID: "C1", State: c.state})
		if goOn.Allowed != c.goOn || cancel.Allowed != c.cancel {
			t.Errorf("%s: %v %v", c.state, goOn, cancel)
		}
	}
	if goOn, _ := s.continueActs(&progress{by: "number"}, KioskCase{State: hall.CaseDraft}); goOn.Allowed || goOn.Why.Code != "card_needed" {
		t.Errorf("by number: %+v", goOn)
	}
	must := func(err error) { t.Helper(); s.must(err) }
	must(s.Progress(ctx))
	if code := codeOf(t, s.ApplyContinue(ctx, ApplyContinueRequest{Case: "C1"})); code != "card_needed" {
		t.Errorf("without a card: %q", code)
	}
	s.place(docZhang)
	eventually(t, "the list", func() bool {
		v := s.View().Session
		return v != nil && v.Progress != nil && len(v.Progress.Cases) == 1 && v.Progress.Cases[0].Continue.Allowed
	})
	// One of the list is cancelled without being opened before.
	must(s.ApplyContinue(ctx, ApplyContinueRequest{Case: "nobody's"}))
	s.notice("apply_unknown")
	must(s.End(ctx))
	s.opens("photo")
	id := s.theCase().ID
	must(s.End(ctx))
	must(s.Progress(ctx))
	s.place(docZhang)
	eventually(t, "the list", func() bool { v := s.View().Session; return v != nil && v.Progress != nil && len(v.Progress.Cases) == 1 })
	must(s.ApplyCancel(ctx, ApplyCancelRequest{Case: id, Confirmed: true}))
	if v := s.shows("cancelled", func(v KioskApply) bool { return v.State == hall.CaseWithdrawn }); v.Step != applyDone || v.Message.Code != "cancelled" {
		t.Errorf("%+v", v)
	}
	s.cut(true)
	if goOn, cancel := s.continueActs(&progress{by: "card"}, KioskCase{State: hall.CaseDraft}); goOn.Allowed || cancel.Allowed {
		t.Error("goes on without the line")
	}
}
