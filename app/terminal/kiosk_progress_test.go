package terminal

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/devices/idcard"
	"hallway/devices/printer"
)

const (
	progressNumber   = "010101000001"
	progressPassword = "314159"
)

// fakeProgress is a centre that knows the cases of a document and one number.
type fakeProgress struct {
	mu    sync.Mutex
	asked []ProgressAsk
	err   error
	hold  chan struct{} // when set, answers wait for it
}

func (f *fakeProgress) Progress(ctx context.Context, ask ProgressAsk) ([]KioskCase, error) {
	f.mu.Lock()
	f.asked = append(f.asked, ask)
	err, hold := f.err, f.hold
	f.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	switch {
	case err != nil:
		return nil, err
	case ask.Number == progressNumber && ask.Password.Reveal() == progressPassword, ask.DocNo.Reveal() == docZhang:
		return []KioskCase{progressCase()}, nil
	case ask.Number != "":
		return nil, Fail(http.StatusNotFound, "progress_unknown")
	}
	return nil, nil
}

func (f *fakeProgress) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *fakeProgress) asks() []ProgressAsk {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]ProgressAsk{}, f.asked...)
}

func progressCase() KioskCase {
	return KioskCase{Number: progressNumber, Item: hall.Names{"zh-Hans": "开店"}, State: hall.CasePending, Next: hall.Text{Code: "fetching"},
		Anomaly: []hall.Text{}, Applied: at("09:00"), Since: at("09:30"), Online: true,
		Materials: []KioskMaterial{{Name: hall.Names{"zh-Hans": "户籍"}, State: hall.MaterialEWait, Label: "material.citizen.WAIT"},
			{Name: hall.Names{"zh-Hans": "申请表"}, State: hall.MaterialDone, Label: "material.citizen.DONE", Original: true}}}
}

func (r *kioskRig) progress(step string) *KioskProgress {
	r.t.Helper()
	eventually(r.t, "progress "+step, func() bool {
		s := r.View().Session
		return s != nil && s.Phase == phaseProgress && s.Progress != nil && s.Progress.Step == step
	})
	return r.View().Session.Progress
}

func TestProgressByCard(t *testing.T) {
	r := newKioskRig(t, nil)
	if err := r.Progress(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p := r.progress(progressAsk); p.May.Allowed || p.Left != progressTries {
		t.Errorf("%+v", p)
	}
	r.place(docZhang)
	p := r.progress(progressList)
	if p.By != "card" || len(p.Cases) != 1 || p.Cases[0].Number != progressNumber || !p.May.Allowed {
		t.Errorf("%+v", p)
	}
	if s := r.View().Session; s.Person != "张*丰" || len(s.Appointments) != 0 {
		t.Errorf("%+v", s)
	}
	// Back to the services and again: the card need not be placed again.
	if err := r.Begin(t.Context()); err != nil || r.View().Session.Phase != phaseChoose || r.View().Session.Progress != nil {
		t.Errorf("back: %v %+v", err, r.View().Session)
	}
	if err := r.Progress(t.Context()); err != nil {
		t.Error(err)
	}
	r.progress(progressList)
	// Another person's card asks first, and then shows that person's cases only.
	r.place(docLi)
	eventually(t, "the question", func() bool { s := r.View().Session; return s != nil && s.Other })
	if err := r.Replace(t.Context(), ReplaceRequest{Accept: true}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the other session", func() bool { s := r.View().Session; return s != nil && s.Progress == nil && s.Phase != phaseReading })
	if err := r.Progress(t.Context()); err != nil {
		t.Error(err)
	}
	r.notice("progress_none")
	if err := r.Begin(t.Context()); err != nil {
		t.Error(err)
	}
	r.progress(progressAsk)
}

func TestProgressByNumber(t *testing.T) {
	r := newKioskRig(t, nil)
	try := func(number, password string) string {
		return codeOf(t, r.ProgressNumber(t.Context(), ProgressRequest{Number: number, Password: password}))
	}
	if got := try(progressNumber, progressPassword); got != "progress_not_open" {
		t.Errorf("without beginning: %q", got)
	}
	if err := r.Progress(t.Context()); err != nil {
		t.Fatal(err)
	}
	for number, want := range map[string]string{"12": "application_number_form", progressNumber + "-0": "application_number_check", "": "application_number_form"} {
		if got := try(number, progressPassword); got != want {
			t.Errorf("%q: %q, want %q", number, got, want)
		}
	}
	if got := try(progressNumber, "000000"); got != "progress_unknown" || r.View().Session.Progress.Left != progressTries-1 {
		t.Errorf("%q, %d left", got, r.View().Session.Progress.Left)
	}
	n, err := hall.ParseApplicationNumber(progressNumber)
	if err != nil {
		t.Fatal(err)
	}
	if got := try(" "+n.Typed()+" ", "３14 159"); got != "" { // as people type
		t.Fatalf("the right one: %q", got)
	}
	p := r.progress(progressList)
	if p.By != "number" || len(p.Cases) != 1 {
		t.Errorf("%+v", p)
	}
	// Whoever's card comes now is not mixed with it.
	r.place(docLi)
	eventually(t, "the question", func() bool { return r.View().Session.Other })
	if err := r.Replace(t.Context(), ReplaceRequest{}); err != nil {
		t.Error(err)
	}
	if p := r.progress(progressList); len(p.Cases) != 1 {
		t.Errorf("%+v", p)
	}
}

// The code of a receipt fills the number in; the password is still asked for.
func TestProgressByReceipt(t *testing.T) {
	r := newKioskRig(t, nil)
	temporary := hall.TemporaryNumber{Hall: "37010001", Terminal: "counter-1", Day: testDay, N: 3}.String()
	for _, number := range []string{temporary, progressNumber} {
		r.scan(number)
		eventually(t, "the number of the receipt", func() bool {
			s := r.View().Session
			return s != nil && s.Progress != nil && s.Progress.Step == progressAsk && s.Progress.Number == number
		})
	}
	if got := codeOf(t, r.ProgressNumber(t.Context(), ProgressRequest{Number: temporary, Password: progressPassword})); got != "progress_unknown" {
		t.Errorf("a temporary number: %q", got)
	}
	if err := r.ProgressNumber(t.Context(), ProgressRequest{Number: progressNumber, Password: progressPassword}); err != nil {
		t.Fatal(err)
	}
	r.progress(progressList)
	if asks := r.cases.asks(); len(asks) != 2 || asks[0].Number != temporary {
		t.Errorf("%d questions", len(asks))
	}
	if err := r.End(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.line.cut()
	r.scan(progressNumber)
	r.notice("progress_offline")
}

func TestProgressPasswordsRunOut(t *testing.T) {
	r := newKioskRig(t, nil)
	try := func() string {
		return codeOf(t, r.ProgressNumber(t.Context(), ProgressRequest{Number: progressNumber, Password: "000000"}))
	}
	wrong := 0
	for wrong < 20 {
		if err := r.Progress(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i := 1; ; i++ {
			got := try()
			wrong++
			if got == "progress_locked" {
				if i != progressTries {
					t.Fatalf("locked after %d", i)
				}
				break
			}
			if got != "progress_unknown" {
				t.Fatalf("try %d: %q", i, got)
			}
		}
		if got := codeOf(t, r.ProgressNumber(t.Context(), ProgressRequest{Number: progressNumber, Password: progressPassword})); got != "progress_locked" {
			t.Errorf("after that the right one: %q", got)
		}
		if err := r.End(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	// Twenty wrong ones in four sessions: the door of this kiosk is shut.
	if err := r.Progress(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := r.View().Session.Progress.Left; left != 0 {
		t.Errorf("%d tries are offered", left)
	}
	if got := try(); got != "progress_locked" {
		t.Errorf("the next session: %q", got)
	}
}

func TestProgressTroubles(t *testing.T) {
	r := newKioskRig(t, nil)
	if err := r.Progress(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		err          error
		notice, code string
	}{
		{Fail(http.StatusServiceUnavailable, "centre_unreachable"), "progress_offline", "progress_offline"},
		{Fail(http.StatusTooManyRequests, "too_many"), "progress_failed", "progress_failed"},
		{Fail(http.StatusTooManyRequests, "progress_locked"), "progress_failed", "progress_locked"},
		{io.ErrUnexpectedEOF, "progress_failed", "progress_locked"}, // of this session no password may be tried any more
	} {
		r.cases.fail(c.err)
		if got := codeOf(t, r.ProgressNumber(t.Context(), ProgressRequest{Number: progressNumber, Password: progressPassword})); got != c.code {
			t.Errorf("%v: %q, want %q", c.err, got, c.code)
		}
		r.place(docZhang)
		r.notice(c.notice)
		if err := r.Begin(t.Context()); err != nil {
			t.Error(err)
		}
		r.progress(progressAsk)
	}
	r.cases.fail(nil)
	r.line.cut()
	if err := r.Progress(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.notice("progress_offline")
}

// textOf is everything that a document says.
func textOf(d printer.Document) string {
	raw, err := json.Marshal(d)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// A card that is placed while the centre thinks, and a person who leaves: the
// answer finds nobody.
func TestProgressAnswerForNobody(t *testing.T) {
	hold := make(chan struct{})
	r := newKioskRig(t, func(r *kioskRig) { r.cases.hold = hold })
	if err := r.Progress(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.place(docZhang)
	r.progress(progressReading)
	if err := r.End(t.Context()); err != nil {
		t.Fatal(err)
	}
	close(hold)
	if err := r.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the question has gone out", func() bool { return len(r.cases.asks()) == 1 })
	if s := r.View().Session; s.Progress != nil || s.Person != "" {
		t.Errorf("the answer came to somebody else: %+v", s)
	}
	r.clock.add(time.Hour)
	eventually(t, "the end", func() bool { return r.View().Session == nil })
	runtime.GC()
}

// An expired card shows nothing, and the number still can be tried.
func TestProgressWithABadCard(t *testing.T) {
	r := newKioskRig(t, nil)
	if err := r.Progress(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.reader.events <- idcard.Event{At: r.clock.now(), Err: idcard.ErrUnreadable}
	r.notice("card_" + idcard.ErrUnreadable)
	if err := r.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.progress(progressAsk)
	if len(r.cases.asks()) != 0 {
		t.Error("asked for nobody")
	}
}

func TestHTTPCentreProgress(t *testing.T) {
	var got []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		got, _ = io.ReadAll(q.Body)
		if q.Method != http.MethodPost || q.URL.Path != "/central/v1/progress" || q.Header.Get("Authorization") != "Bearer tok" {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		if strings.Contains(string(got), "000000") {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"status":404,"code":"progress_unknown"}`)
			return
		}
		_, _ = io.WriteString(w, `{"cases":[{"number":"`+progressNumber+`","state":"PENDING_SHARE","next":{"code":"fetching"},"materials":[{"state":"P_WAIT_IN"},{"state":"DONE"}]}]}`)
	}))
	defer server.Close()
	h := NewHTTPCentre(server.URL, "tok", "kiosk-1", nil)
	defer h.Client.CloseIdleConnections()
	list, err := h.Progress(t.Context(), ProgressAsk{Number: progressNumber, Password: progressPassword})
	if err != nil || len(list) != 1 || list[0].Anomaly == nil || list[0].Materials[0].Label != "material.citizen.WAIT" || list[0].Materials[1].Label != "material.citizen.DONE" {
		t.Fatalf("%+v %v", list, err)
	}
	if !strings.Contains(string(got), progressPassword) {
		t.Error("the password does not arrive")
	}
	if _, err := h.Progress(t.Context(), ProgressAsk{Number: progressNumber, Password: "000000"}); codeOf(t, err) != "progress_unknown" {
		t.Errorf("%v", err)
	}
	if _, err := h.Progress(t.Context(), ProgressAsk{DocKind: "111", DocNo: docZhang}); err != nil || !strings.Contains(string(got), docZhang) || strings.Contains(string(got), "password") {
		t.Errorf("by card: %v", err)
	}
	server.Close()
	if _, err := h.Progress(t.Context(), ProgressAsk{Number: progressNumber, Password: progressPassword}); codeOf(t, err) != "centre_unreachable" || strings.Contains(err.Error(), progressPassword) {
		t.Errorf("%v", err)
	}
}
