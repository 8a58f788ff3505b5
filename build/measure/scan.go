package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"hallway/app/hall"
	"hallway/app/terminal"
	"hallway/build/demo/stage"
	"hallway/devices/port/cable"
)

// scanned labels of one run.
const scanned = 500

const station = "station-civil-1"

// scans measures 500 labels scanned in a row at a department's station, from
// the last byte on the scanner's line to the event of the page's stream that
// shows the scan; with the line to the centre up for the first half and down
// for the second. Once, signing out, at the pace of a scanner's own line, and
// once, taking the papers back, as fast as the pseudo-terminal takes them: then
// a scan also waits for those before it to be written down, all on one machine.
func scans(ctx context.Context, bin string) ([]Figure, error) {
	dir, err := os.MkdirTemp("", "hallway-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	s, err := stage.New(stage.Options{Dir: dir, Bin: bin, HallFiles: "build/demo/hall", Clock: "2026-11-23T09:40:00+08:00",
		Staff: []string{"1002", "2001"}, Seed: 1, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		return nil, err
	}
	hand := &hand{lines: make(chan io.Writer, 1)}
	line, err := cable.New("serial:"+filepath.Join(dir, "hand"), hand)
	if err != nil {
		return nil, err
	}
	defer line.Unplug()
	if err := errors.Join(line.Plug(), useScanner(s, line.Address())); err != nil {
		return nil, err
	}
	if err := s.Start(ctx); err != nil {
		return nil, err
	}
	defer s.Stop()
	d, err := openDesk(ctx, s, "counter-2", "1002")
	if err != nil {
		return nil, err
	}
	labels, err := d.labels(ctx, scanned)
	if err := errors.Join(err, d.close()); err != nil {
		return nil, err
	}
	return scanBoth(ctx, s, hand, labels)
}

func scanBoth(ctx context.Context, s *stage.Stage, hand *hand, labels []string) ([]Figure, error) {
	p, err := openPage(s, station)
	if err != nil {
		return nil, err
	}
	if err := p.call("POST", "/api/v1/station/signin", terminal.SignInRequest{Staff: "2001", Password: s.Passwords["2001"]}, nil); err != nil {
		return nil, err
	}
	err = wait("the station lists its papers", func() (bool, error) {
		var v terminal.StationView
		err := p.call("GET", "/api/v1/station/view", nil, &v)
		return v.Counts.Waiting == len(labels), err
	})
	if err != nil {
		return nil, err
	}
	b := &page{base: strings.TrimSuffix(s.Program("bench").URL(), "/")}
	var figures []Figure
	for _, run := range []struct {
		name string
		mode string
		pace time.Duration
	}{
		{"500 labels at the pace of a scanner's line", terminal.ModeOut, 40 * time.Millisecond}, // 35 ms of bytes at 9600 baud
		{"500 labels back to back", terminal.ModeReturnIn, 0},
	} {
		if err := p.call("POST", "/api/v1/station/mode", terminal.ModeRequest{Mode: run.mode}, nil); err != nil {
			return nil, err
		}
		f, err := scanRun(ctx, s, p, b, hand, labels, run.name, run.mode, run.pace)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", run.name, err)
		}
		figures = append(figures, f...)
	}
	return figures, nil
}

// scanRun scans with the line up, cuts it after half, and restores it.
func scanRun(ctx context.Context, s *stage.Stage, p, b *page, hand *hand, labels []string, name, mode string, pace time.Duration) ([]Figure, error) {
	bare, err := commits(s.Dir())
	if err != nil {
		return nil, err
	}
	shown, stop, err := watch(ctx, p, mode)
	if err != nil {
		return nil, err
	}
	defer stop()
	half := len(labels) / 2
	up, err := scanHalf(hand, shown, labels[:half], pace)
	if err != nil {
		return nil, err
	}
	if err := setLine(b, false); err != nil {
		return nil, err
	}
	down, err := scanHalf(hand, shown, labels[half:], pace)
	if err := errors.Join(err, setLine(b, true)); err != nil {
		return nil, err
	}
	err = wait("every scan has its verdict", func() (bool, error) {
		var v terminal.StationView
		err := p.call("GET", "/api/v1/station/view", nil, &v)
		return v.Counts.Pending == 0, err
	})
	if err != nil {
		return nil, err
	}
	p99 := func(what string, d []time.Duration) Figure {
		return Figure{Name: name + ", " + what, Value: percentile(d, 99), Baseline: median(bare), Ratio: percentile(d, 99) / median(bare),
			Runs: len(d), Against: "p50 of a bare durable commit"}
	}
	return []Figure{p99("p99 of scan to shown", slices.Concat(up, down)), p99("with the line", up), p99("without the line", down)}, nil
}

func setLine(b *page, up bool) error {
	return b.call("POST", "/bench/v1/lines", map[string]any{"id": station, "up": up}, nil)
}

// percentile in milliseconds.
func percentile(d []time.Duration, p int) float64 {
	d = slices.Clone(d)
	slices.Sort(d)
	return float64(d[min(len(d)-1, len(d)*p/100)].Nanoseconds()) / 1e6
}

// scanHalf scans labels, and gives how long each took until it was shown.
func scanHalf(hand *hand, shown *display, labels []string, pace time.Duration) ([]time.Duration, error) {
	sent := make([]time.Time, len(labels))
	for i, l := range labels {
		if err := hand.scan(l); err != nil {
			return nil, err
		}
		sent[i] = time.Now()
		time.Sleep(pace)
	}
	var took []time.Duration
	err := wait("the last scan is shown", func() (bool, error) {
		took = since(shown.times(), labels, sent)
		return took != nil, nil
	})
	return took, err
}

// since is how long each scan took to the page; nil until the last is there.
// Scans are shown in their order: in a burst one may have gone past below the
// list's end, and then the page that shows a later one has shown it too.
func since(seen map[string]time.Time, labels []string, sent []time.Time) []time.Duration {
	at, ok := seen[keyOf(labels[len(labels)-1])]
	if !ok {
		return nil
	}
	took := make([]time.Duration, len(labels))
	for i := len(labels) - 1; i >= 0; i-- {
		if t, ok := seen[keyOf(labels[i])]; ok && t.Before(at) {
			at = t
		}
		took[i] = max(0, at.Sub(sent[i]))
	}
	return took
}

func keyOf(label string) string {
	l, err := hall.DecodeLabel(label)
	if err != nil {
		return label
	}
	return l.Number + " " + l.Material
}

// hand is a scanner on a perfect line: it says what is scanned, and knows when
// the last byte has gone.
type hand struct{ lines chan io.Writer }

// Serve keeps the line for scan until the program leaves.
func (h *hand) Serve(ctx context.Context, rw io.ReadWriteCloser) error {
	defer context.AfterFunc(ctx, func() { rw.Close() })()
	select {
	case <-h.lines: // of an earlier program
	default:
	}
	h.lines <- rw
	_, err := io.Copy(io.Discard, rw)
	return err
}

func (h *hand) scan(label string) error {
	w := <-h.lines
	defer func() { h.lines <- w }()
	_, err := io.WriteString(w, label+"\r")
	return err
}

// useScanner puts the station's scanner on another line.
func useScanner(s *stage.Stage, address string) error {
	return useLine(s, station, "scanner?baud=9600", address)
}

// useLine puts a device of a terminal on another line than the bench's.
func useLine(s *stage.Stage, id, device, address string) error {
	file := filepath.Join(s.Dir(), id+".toml")
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	was := []byte("serial:" + s.Dir() + "/dev/" + id + "-" + device)
	if !bytes.Contains(raw, was) {
		return fmt.Errorf("%s names no device at %s", file, was)
	}
	return os.WriteFile(file, bytes.ReplaceAll(raw, was, []byte(address)), 0o600)
}

// openPage opens the door of a terminal's page.
func openPage(s *stage.Stage, id string) (*page, error) {
	u, err := url.Parse(s.Program(id).URL())
	if err != nil {
		return nil, err
	}
	p := &page{base: "http://" + u.Host}
	var reply struct {
		Token string `json:"token"`
	}
	err = p.call("POST", "/api/v1/door", map[string]string{"code": strings.TrimPrefix(u.Fragment, "code=")}, &reply)
	p.token = reply.Token
	return p, err
}

// display is the page's event stream: when each scan in a mode was first on it.
type display struct {
	mode string
	mu   sync.Mutex
	seen map[string]time.Time
}

func (d *display) times() map[string]time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := make(map[string]time.Time, len(d.seen))
	for k, t := range d.seen {
		out[k] = t
	}
	return out
}

// watch reads the event stream for the scans of a mode.
func watch(ctx context.Context, p *page, mode string) (*display, func(), error) {
	d := &display{mode: mode, seen: map[string]time.Time{}}
	stop, err := follow(ctx, p, d.take)
	return d, stop, err
}

// follow reads the event stream as a page does. When an event has come whole is
// noted before it is understood.
func follow(ctx context.Context, p *page, take func(time.Time, []byte)) (stop func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base+"/api/v1/events", nil)
	if err != nil {
		cancel()
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+p.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		cancel()
		return nil, err
	}
	type event struct {
		at   time.Time
		data []byte
	}
	events := make(chan event, 4096)
	var both sync.WaitGroup
	both.Go(func() {
		defer close(events)
		defer res.Body.Close()
		r := bufio.NewReaderSize(res.Body, 1<<20)
		for {
			line, err := r.ReadBytes('\n')
			if err != nil {
				return
			}
			if data, ok := bytes.CutPrefix(line, []byte("data: ")); ok {
				events <- event{time.Now(), data}
			}
		}
	})
	both.Go(func() {
		for e := range events {
			take(e.at, e.data)
		}
	})
	return func() { cancel(); both.Wait() }, nil
}

func (d *display) take(at time.Time, data []byte) {
	var v struct {
		Scans []struct {
			Number string `json:"number"`
			Code   string `json:"code"`
			ID     string `json:"id"`
			Mode   string `json:"mode"`
		} `json:"scans"`
	}
	if json.Unmarshal(data, &v) != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range v.Scans {
		key := s.Number + " " + s.Code
		if _, known := d.seen[key]; !known && s.ID != "" && s.Mode == d.mode {
			d.seen[key] = at
		}
	}
}

// commits measures bare durable commits: as many bytes as an operation, appended
// and synced.
func commits(dir string) ([]time.Duration, error) {
	f, err := os.Create(filepath.Join(dir, "bare"))
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	op := bytes.Repeat([]byte("x"), 900)
	var took []time.Duration
	for range 300 {
		t0 := time.Now()
		if _, err := f.Write(op); err != nil {
			return nil, err
		}
		if err := unix.Fdatasync(int(f.Fd())); err != nil {
			return nil, err
		}
		took = append(took, time.Since(t0))
	}
	return took, nil
}
