package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"hallway/app/terminal"
)

// fakeStation remembers what it was asked.
type fakeStation struct {
	mu    sync.Mutex
	asked []string
	newer chan struct{}
}

func (s *fakeStation) ask(format string, args ...any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, fmt.Sprintf(format, args...))
	return nil
}

func (s *fakeStation) View() terminal.StationView {
	return terminal.StationView{Rev: 5, Department: "civil", Scans: []terminal.StationScan{}}
}
func (s *fakeStation) Snapshot() (int64, any, <-chan struct{}) { return 5, s.View(), s.newer }
func (s *fakeStation) SignIn(_ context.Context, r terminal.SignInRequest) error {
	return s.ask("signin %s", r.Staff)
}
func (s *fakeStation) SignOut(context.Context) error { return s.ask("signout") }
func (s *fakeStation) SetMode(_ context.Context, r terminal.ModeRequest) error {
	return s.ask("mode %s", r.Mode)
}
func (s *fakeStation) Scan(_ context.Context, r terminal.ScanRequest) error {
	return s.ask("scan %s", r.Text)
}
func (s *fakeStation) Undo(_ context.Context, r terminal.UndoRequest) error {
	return s.ask("undo %s", r.Scan)
}
func (s *fakeStation) PrintBatch(_ context.Context, r terminal.BatchRequest) error {
	return s.ask("labels %s", r.Batch)
}
func (s *fakeStation) PrintLabel(_ context.Context, r terminal.PaperRequest) error {
	return s.ask("label %s", r.Paper)
}
func (s *fakeStation) Refuse(_ context.Context, r terminal.RefuseRequest) error {
	return s.ask("refuse %s %s", r.Paper, r.Reason)
}
func (s *fakeStation) OpenTrip(context.Context) error { return s.ask("open") }
func (s *fakeStation) SendTrip(_ context.Context, r terminal.CourierRequest) error {
	return s.ask("send %s", r.Courier)
}
func (s *fakeStation) CloseTrip(_ context.Context, r terminal.TripRequest) error {
	return s.ask("close %s", r.Trip)
}
func (s *fakeStation) PrintTrip(_ context.Context, r terminal.TripRequest) error {
	return s.ask("slip %s", r.Trip)
}
func (s *fakeStation) Dismiss(_ context.Context, id string) error { return s.ask("dismiss %s", id) }

func TestActsOfTheStation(t *testing.T) {
	s := &fakeStation{newer: make(chan struct{})}
	h := New(Options{Boot: func() terminal.Boot { return terminal.Boot{Role: "station"} }, Station: s, Ping: time.Minute})
	server := httptest.NewServer(h)
	t.Cleanup(func() { h.Stop(); server.Close(); http.DefaultClient.CloseIdleConnections() })
	for name, tc := range map[string]struct {
		path, body string
		status     int
		asked      string
	}{
		"sign in":             {"/station/signin", `{"staff":"2001","password":"x"}`, 200, "signin 2001"},
		"sign out":            {"/station/signout", "", 200, "signout"},
		"mode":                {"/station/mode", `{"mode":"return_in"}`, 200, "mode return_in"},
		"no such mode":        {"/station/mode", `{"mode":"burn"}`, 422, ""},
		"scan":                {"/station/scan", `{"text":"HL1.X"}`, 200, "scan HL1.X"},
		"scan a book":         {"/station/scan", `{"text":"` + strings.Repeat("x", 121) + `"}`, 422, ""},
		"undo":                {"/station/undo", `{"scan":"01A"}`, 200, "undo 01A"},
		"labels":              {"/station/labels", `{"batch":"010101000001/civil"}`, 200, "labels 010101000001/civil"},
		"label":               {"/station/label", `{"paper":"010101000001/M01/1"}`, 200, "label 010101000001/M01/1"},
		"refuse":              {"/station/refuse", `{"paper":"P","reason":"lent"}`, 200, "refuse P lent"},
		"refuse for no cause": {"/station/refuse", `{"paper":"P","reason":"tired"}`, 422, ""},
		"open":                {"/station/trip/open", "", 200, "open"},
		"send":                {"/station/trip/send", `{"courier":"2002"}`, 200, "send 2002"},
		"send by nobody":      {"/station/trip/send", `{"courier":""}`, 422, ""},
		"close":               {"/station/trip/close", `{"trip":"T"}`, 200, "close T"},
		"slip":                {"/station/trip/print", `{"trip":"T"}`, 200, "slip T"},
		"dismiss":             {"/station/work/W1/dismiss", "", 200, "dismiss W1"},
		"another role":        {"/kiosk/begin", "", 404, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s.mu.Lock()
			s.asked = nil
			s.mu.Unlock()
			resp, err := http.Post(server.URL+prefix+tc.path, "application/json", strings.NewReader(tc.body))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tc.status || strings.Join(s.asked, ",") != tc.asked {
				t.Errorf("%d %s, asked %q", resp.StatusCode, body, s.asked)
			}
		})
	}
	resp, err := http.Get(server.URL + prefix + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	first := make([]byte, 80)
	if _, err := io.ReadFull(resp.Body, first); err != nil || !strings.HasPrefix(string(first), "event: view\nid: 5\ndata: {\"rev\":5") {
		t.Errorf("the event stream begins with %q: %v", first, err)
	}
}
