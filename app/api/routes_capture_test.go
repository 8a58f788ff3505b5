package api

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"hallway/app/hall"
	"hallway/app/terminal"
)

// fakeCapturing is a counter with a camera.
type fakeCapturing struct {
	fakeCounter
	look sync.Mutex
	sees func() (terminal.CaptureFrame, error)
}

func (c *fakeCapturing) CaptureBegin(_ context.Context, r terminal.MaterialRequest) error {
	return c.ask("begin %s", r.Material)
}
func (c *fakeCapturing) CaptureTake(_ context.Context, r terminal.CaptureTakeRequest) error {
	return c.ask("take %s %v %v %d", r.Device, r.Feeder, r.AsItIs, r.Replace)
}
func (c *fakeCapturing) CaptureStop(_ context.Context, r terminal.CaptureRequest) error {
	return c.ask("stop %s", r.Session)
}
func (c *fakeCapturing) CaptureTurn(_ context.Context, r terminal.CaptureTurnRequest) error {
	return c.ask("turn %s %d %d", r.Session, r.Page, r.Quarters)
}
func (c *fakeCapturing) CaptureMove(_ context.Context, r terminal.CaptureMoveRequest) error {
	return c.ask("move %d %d", r.Page, r.Place)
}
func (c *fakeCapturing) CaptureDrop(_ context.Context, r terminal.CapturePageRequest) error {
	return c.ask("drop %d", r.Page)
}
func (c *fakeCapturing) CaptureFinish(_ context.Context, r terminal.CaptureRequest) error {
	return c.ask("finish %s", r.Session)
}
func (c *fakeCapturing) CaptureCancel(_ context.Context, r terminal.CaptureRequest) error {
	return c.ask("cancel %s", r.Session)
}
func (c *fakeCapturing) CapturePicture(session string, page int, whole bool) ([]byte, error) {
	if session != "S" || page != 2 {
		return nil, terminal.Fail(http.StatusNotFound, "capture_no_page")
	}
	if whole {
		return []byte("whole"), nil
	}
	return []byte("small"), nil
}
func (c *fakeCapturing) CaptureFrame(_ context.Context, session, _ string) (terminal.CaptureFrame, error) {
	if session != "S" {
		return terminal.CaptureFrame{}, terminal.Fail(http.StatusNotFound, "capture_over")
	}
	c.look.Lock()
	defer c.look.Unlock()
	return c.sees()
}

func newCapturing(t *testing.T) (*fakeCapturing, *httptest.Server) {
	t.Helper()
	c := &fakeCapturing{}
	kiosk := newFakeKiosk()
	kiosk.Capturing = c
	h := New(Options{Boot: func() terminal.Boot { return terminal.Boot{Role: "counter"} }, Counter: c, Kiosk: kiosk})
	server := httptest.NewServer(h)
	t.Cleanup(func() { h.Stop(); server.Close(); http.DefaultClient.CloseIdleConnections() })
	return c, server
}

func TestActsOfCapturing(t *testing.T) {
	c, server := newCapturing(t)
	for name, tc := range map[string]struct {
		path, body string
		status     int
		asked      string
	}{
		"begin":               {"begin", `{"material":"M01"}`, 200, "begin M01"},
		"begin for nothing":   {"begin", `{}`, 422, ""},
		"take":                {"take", `{"session":"S","device":"cam"}`, 200, "take cam false false 0"},
		"all of the feeder":   {"take", `{"session":"S","device":"adf","feeder":true}`, 200, "take adf true false 0"},
		"again, as it is":     {"take", `{"session":"S","device":"cam","as_it_is":true,"replace":3}`, 200, "take cam false true 3"},
		"by no device":        {"take", `{"session":"S"}`, 422, ""},
		"stop":                {"stop", `{"session":"S"}`, 200, "stop S"},
		"turn":                {"turn", `{"session":"S","page":2,"quarters":3}`, 200, "turn S 2 3"},
		"turn by a half more": {"turn", `{"session":"S","page":2,"quarters":4}`, 422, ""},
		"move":                {"move", `{"session":"S","page":2,"place":1}`, 200, "move 2 1"},
		"move to nowhere":     {"move", `{"session":"S","page":2,"place":0}`, 422, ""},
		"drop":                {"drop", `{"session":"S","page":2}`, 200, "drop 2"},
		"finish":              {"finish", `{"session":"S"}`, 200, "finish S"},
		"cancel":              {"cancel", `{"session":"S"}`, 200, "cancel S"},
		"an endless session":  {"cancel", `{"session":"` + strings.Repeat("S", 41) + `"}`, 422, ""},
	} {
		for _, role := range []string{"counter", "kiosk"} {
			t.Run(role+" "+name, func(t *testing.T) {
				c.mu.Lock()
				c.asked = nil
				c.mu.Unlock()
				resp, err := http.Post(server.URL+prefix+"/"+role+"/capture/"+tc.path, "application/json", strings.NewReader(tc.body))
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				if got := strings.Join(c.asked, ","); resp.StatusCode != tc.status || got != tc.asked {
					t.Errorf("%d, asked %q", resp.StatusCode, got)
				}
			})
		}
	}
}

func TestPicturesOfPages(t *testing.T) {
	_, server := newCapturing(t)
	for path, want := range map[string]string{"kiosk/capture/S/page/2": "small", "S/page/2": "small", "S/page/2?whole=1": "whole", "S/page/3": "capture_no_page", "S/page/x": "capture_no_page",
		"other/page/2": "capture_no_page"} {
		if !strings.HasPrefix(path, "kiosk/") {
			path = "counter/capture/" + path
		}
		resp, err := http.Get(server.URL + prefix + "/" + path)
		if err != nil {
			t.Fatal(err)
		}
		body := new(strings.Builder)
		if _, err := bufio.NewReader(resp.Body).WriteTo(body); err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if !strings.Contains(body.String(), want) || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %q", path, body)
		}
		if resp.StatusCode == 200 && (resp.Header.Get("Content-Type") != "image/jpeg" || !strings.Contains(resp.Header.Get("Content-Security-Policy"), "sandbox")) {
			t.Errorf("%s: %v", path, resp.Header)
		}
	}
}

// The preview goes on while there is no picture, and ends with the session.
func TestThePreview(t *testing.T) {
	c, server := newCapturing(t)
	n := 0
	c.sees = func() (terminal.CaptureFrame, error) {
		n++
		switch n {
		case 1:
			return terminal.CaptureFrame{JPEG: []byte("one"), Width: 4, Height: 3, Sheet: []terminal.CaptureCorner{{X: .5}}}, nil
		case 2:
			p := terminal.Fail(http.StatusConflict, "refused_now")
			p.Why = &hall.Text{Code: "port_absent"}
			return terminal.CaptureFrame{}, p
		case 3:
			return terminal.CaptureFrame{JPEG: []byte("two")}, nil
		}
		return terminal.CaptureFrame{}, terminal.Fail(http.StatusNotFound, "capture_over")
	}
	resp, err := http.Get(server.URL + prefix + "/counter/capture/S/preview?device=cam")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if kind := resp.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/event-stream") {
		t.Error(kind)
	}
	var got []string
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var event struct {
			JPEG []byte
			Why  *hall.Text
		}
		if err := json.Unmarshal([]byte(data), &event); err != nil {
			t.Fatal(err)
		}
		if event.Why != nil {
			got = append(got, event.Why.Code)
		} else {
			got = append(got, string(event.JPEG))
		}
	}
	if all := strings.Join(got, " "); lines.Err() != nil || all != "one port_absent two" {
		t.Errorf("%q %v", all, lines.Err())
	}
	over, err := http.Get(server.URL + prefix + "/counter/capture/gone/preview?device=cam")
	if err != nil {
		t.Fatal(err)
	}
	over.Body.Close()
	if over.StatusCode != 404 {
		t.Errorf("a session that is over: %d", over.StatusCode)
	}
}
