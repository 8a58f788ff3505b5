package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/devices"
	"hallway/devices/printer"
	"hallway/devices/printer/escpos"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const allDevices = `
version = 1
run = "%s"
slips = "%s"
seed = 3
[[device]]
id = "k/idcard"
kind = "idcard"
model = "sdt"
at = "serial:card"
[[device]]
id = "k/scanner"
kind = "scanner"
model = "serial"
at = "serial:scanner"
baud = 9600
[[device]]
id = "k/camera"
kind = "scanner"
model = "camera"
at = "tcp:127.0.0.1:0"
[[device]]
id = "k/printer"
kind = "printer"
model = "escpos"
at = "tcp:127.0.0.1:0"
mm_per_second = 10000
[[device]]
id = "c/sheet"
kind = "sheet"
model = "ipp"
at = "tcp:127.0.0.1:0"
[[device]]
id = "c/capture"
kind = "capture"
model = "doccam"
at = "tcp:127.0.0.1:0"
[[device]]
id = "c/evaluator"
kind = "evaluator"
model = "caller21"
at = "serial:evaluator"
[[device]]
id = "c/board"
kind = "numberboard"
model = "board4"
at = "serial:board"
address = 5
[[line]]
id = "k"
listen = "127.0.0.1:0"
target = "%s"
`

// stand is a bench that runs, with its API.
type stand struct {
	t      *testing.T
	bench  *Bench
	server *httptest.Server
	dir    string
	stop   func()
}

func newStand(t *testing.T, dir, target string) *stand {
	t.Helper()
	c, err := ParseConfig("test", fmt.Appendf(nil, allDevices, filepath.Join(dir, "dev"), filepath.Join(dir, "slips"), target))
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready := make(chan struct{})
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx, func() { close(ready) }) }()
	select {
	case <-ready:
	case err := <-done:
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	Register(mux, b)
	s := &stand{t: t, bench: b, server: httptest.NewServer(mux), dir: dir}
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the bench ended with %v", err)
		}
		s.server.CloseClientConnections()
		s.server.Close()
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	})
	t.Cleanup(s.stop)
	return s
}

// driven runs a driver until the test ends.
func driven(t *testing.T, d devices.Device) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = d.Run(ctx) })
	t.Cleanup(func() { cancel(); work.Wait() })
	return ctx
}

// post asks the API to do something and gives the status and the problem code.
func (s *stand) post(path, body string) (int, string) {
	s.t.Helper()
	res, err := http.Post(s.server.URL+Prefix+path, "application/json", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	var p Problem
	if err := json.NewDecoder(res.Body).Decode(&p); err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, p.Code
}

func (s *stand) must(path, body string) {
	s.t.Helper()
	if status, code := s.post(path, body); status != http.StatusOK {
		s.t.Fatalf("%s %s: %d %s", path, body, status, code)
	}
}

func (s *stand) get(path string) []byte {
	s.t.Helper()
	res, err := http.Get(s.server.URL + Prefix + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %d %v %s", path, res.StatusCode, err, data)
	}
	return data
}

func (s *stand) device(id string) DeviceState {
	s.t.Helper()
	for _, d := range s.bench.State().Devices {
		if d.ID == id {
			return d
		}
	}
	s.t.Fatalf("no device %s", id)
	return DeviceState{}
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited a minute for %s", what)
		}
	}
}

// drive runs a printer's driver against the bench.
func drive(t *testing.T, address string) *escpos.Printer {
	t.Helper()
	d, err := escpos.FromConfig(devices.Config{ID: "p", Kind: devices.KindPrinter, Model: "escpos", Port: address})
	if err != nil {
		t.Fatal(err)
	}
	driven(t, d)
	return d.(*escpos.Printer)
}

func doc(text string) printer.Document {
	return printer.Document{Cut: true, Blocks: []printer.Block{{Text: &printer.Text{S: text}}, {QR: &printer.QR{Data: "T1"}}}}
}

func TestActsOnDevices(t *testing.T) {
	s := newStand(t, t.TempDir(), "127.0.0.1:1")
	var cards struct{ Cards []Card }
	if err := json.Unmarshal(s.get("/cards"), &cards); err != nil || len(cards.Cards) < 7 {
		t.Fatalf("%d cards, %v", len(cards.Cards), err)
	}
	for _, c := range cards.Cards {
		s.must("/idcard/place", fmt.Sprintf(`{"id":"k/idcard","card":%q}`, c.ID))
		if got := s.device("k/idcard").IDCard.Card; got != c.ID {
			t.Errorf("on the plate: %q, want %q", got, c.ID)
		}
	}
	s.must("/idcard/place", `{"id":"k/idcard","custom":{"name":"测试己","number":"110101199003074514"}}`)
	s.must("/idcard/remove", `{"id":"k/idcard"}`)
	if got := s.device("k/idcard").IDCard.Card; got != "" {
		t.Errorf("on the plate: %q, want nothing", got)
	}
	s.must("/scanner/scan", `{"id":"k/scanner","text":"T123"}`)
	s.must("/scanner/scan", `{"id":"k/scanner","hex":"B2 E2","garbage":true}`)
	s.must("/scanner/scan", `{"id":"k/camera","text":"T123"}`)
	s.must("/scanner/scan", `{"id":"k/camera","text":"T124","cut":true}`)
	if got := s.device("k/camera").Scanner; got.Scans != 1 || got.Last != "T123" {
		t.Errorf("the camera saw %+v", got)
	}
	if got := s.device("k/scanner").Scanner; got.Scans != 2 || got.Last != "B2 E2" {
		t.Errorf("scanner %+v", got)
	}
	s.must("/noise", `{"id":"k/scanner","bytes":100}`)
	s.must("/printer/set", `{"id":"k/printer","paper":"end","cover_open":true}`)
	s.must("/printer/set", `{"id":"k/printer","cover_open":false}`)
	if got := s.device("k/printer").Printer; got.Paper != "end" || got.CoverOpen {
		t.Errorf("printer %+v: what is not named stays", got)
	}
}

func TestMistakesAreProblems(t *testing.T) {
	s := newStand(t, t.TempDir(), "127.0.0.1:1")
	s.must("/devices/plug", `{"id":"k/scanner","plugged":false}`)
	for _, c := range []struct {
		path, body string
		status     int
		code       string
	}{
		{"/devices/plug", `{"id":"x","plugged":true}`, 404, "bench_no_device"},
		{"/lines", `{"id":"x","up":true}`, 404, "bench_no_line"},
		{"/idcard/place", `{"id":"k/printer","card":"resident"}`, 409, "bench_wrong_kind"},
		{"/idcard/place", `{"id":"k/idcard","card":"nobody"}`, 404, "bench_no_card"},
		{"/scanner/scan", `{"id":"k/scanner","text":"x"}`, 409, "bench_unplugged"},
		{"/noise", `{"id":"k/scanner","bytes":5}`, 409, "bench_unplugged"},
		{"/evaluator/press", `{"id":"c/evaluator","level":3}`, 409, "bench_not_connected"},
	} {
		if status, code := s.post(c.path, c.body); status != c.status || code != c.code {
			t.Errorf("%s %s: %d %s, want %d %s", c.path, c.body, status, code, c.status, c.code)
		}
	}
}

func TestPrintedSlipsCanBeSeenAndAreKept(t *testing.T) {
	s := newStand(t, t.TempDir(), "127.0.0.1:1")
	p := drive(t, s.device("k/printer").Address)
	until(t, "the printer", func() bool { return p.Ready() == nil })
	if got, err := p.Print(t.Context(), printer.Job{ID: "1", Doc: doc("示例市政务服务中心")}); got != printer.Confirmed {
		t.Fatalf("%s, %v", got, err)
	}
	var list struct{ Slips []Slip }
	if err := json.Unmarshal(s.get("/printer/slips?id=k/printer"), &list); err != nil || len(list.Slips) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	slip := list.Slips[0]
	if slip.N != 1 || !strings.Contains(slip.Text, "示例市政务服务中心") || len(slip.QR) != 1 || len(slip.Unclean) != 0 {
		t.Errorf("slip %+v", slip)
	}
	if _, err := png.Decode(bytes.NewReader(s.get("/printer/slip.png?id=k/printer&n=1"))); err != nil {
		t.Error(err)
	}
	if raw := s.get("/printer/slip.bin?id=k/printer&n=1"); len(raw) != slip.Bytes || !bytes.Contains(raw, []byte{0xCA, 0xBE, 0xC0, 0xFD}) {
		t.Errorf("%d raw bytes, want %d with 示例 in GBK", len(raw), slip.Bytes)
	}
	until(t, "the files", func() bool {
		files, _ := filepath.Glob(filepath.Join(s.dir, "slips", "k-printer-*.png"))
		return len(files) == 1
	})
	if res, err := http.Get(s.server.URL + Prefix + "/printer/slip.png?id=k/printer&n=9"); err != nil || res.StatusCode != 404 {
		t.Errorf("a slip that does not exist: %v, %v", res, err)
	} else {
		_ = res.Body.Close()
	}
}

func TestUnpluggedDevicesVanish(t *testing.T) {
	s := newStand(t, t.TempDir(), "127.0.0.1:1")
	link := filepath.Join(s.dir, "dev", "card")
	if _, err := os.Stat(link); err != nil {
		t.Fatal(err)
	}
	s.must("/devices/plug", `{"id":"k/idcard","plugged":false}`)
	if _, err := os.Lstat(link); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the link is still there: %v", err)
	}
	address := strings.TrimPrefix(s.device("k/printer").Address, "tcp:")
	s.must("/devices/plug", `{"id":"k/printer","plugged":false}`)
	if _, err := net.Dial("tcp", address); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("the unplugged printer answers %v, want refused", err)
	}
	s.must("/devices/plug", `{"id":"k/printer","plugged":true}`)
	s.must("/devices/plug", `{"id":"k/idcard","plugged":true}`)
	if d := s.device("k/printer"); !d.Plugged || strings.TrimPrefix(d.Address, "tcp:") != address {
		t.Errorf("plugged in again at %s, want %s", d.Address, address)
	}
	if _, err := os.Stat(link); err != nil {
		t.Error(err)
	}
}

func TestRestartedBenchIsFoundAgain(t *testing.T) {
	dir := t.TempDir()
	first := newStand(t, dir, "127.0.0.1:1")
	link := filepath.Join(dir, "dev", "printer")
	c := first.bench.config
	c.Device = []DeviceConfig{{ID: "p", Kind: "printer", Model: "escpos", At: "serial:printer"}}
	c.Line = nil
	first.stop()
	run := func() func() {
		b, err := New(Options{Config: c})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		ready := make(chan struct{})
		go func() { done <- b.Run(ctx, func() { close(ready) }) }()
		<-ready
		return func() { cancel(); <-done }
	}
	stop := run()
	p := drive(t, "serial:"+link+"?baud=115200")
	until(t, "the printer", func() bool { return p.Ready() == nil })
	stop()
	until(t, "its absence", func() bool { return p.Ready() != nil })
	stop = run()
	defer stop()
	until(t, "the printer again", func() bool { return p.Ready() == nil })
	if got, err := p.Print(t.Context(), printer.Job{ID: "1", Doc: doc("x")}); got != printer.Confirmed {
		t.Errorf("%s, %v", got, err)
	}
}

func TestEventsTellChanges(t *testing.T) {
	s := newStand(t, t.TempDir(), "127.0.0.1:1")
	res, err := http.Get(s.server.URL + Prefix + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	states := make(chan State, 16)
	go func() { // ends with the stream
		defer close(states)
		lines := bufio.NewScanner(res.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && strings.Contains(data, `"devices"`) {
				var st State
				if json.Unmarshal([]byte(data), &st) == nil {
					states <- st
				}
			}
		}
	}()
	<-states
	s.must("/idcard/place", `{"id":"k/idcard","card":"resident"}`)
	timeout := time.After(time.Minute)
	for {
		select {
		case st := <-states:
			if st.Devices[0].IDCard.Card == "resident" {
				return
			}
		case <-timeout:
			t.Fatal("the change was never told")
		}
	}
}
