package main

import (
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
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"hallway/app/terminal"
	"hallway/build/demo/stage"
)

// startHall starts a whole demo hall in a folder of its own.
func startHall(ctx context.Context, bin string) (*stage.Stage, error) {
	dir, err := os.MkdirTemp("", "hallway-bench")
	if err != nil {
		return nil, err
	}
	s, err := stage.New(stage.Options{
		Dir: dir, Bin: bin, HallFiles: "build/demo/hall", Clock: "2026-11-23T09:40:00+08:00",
		Staff: []string{"9001"}, Seed: 1,
		PaperSpeed:    100_000, // the last byte counts, not the paper
		SerialPrinter: true,    // a TCP line has no wire time to speak of
		Log:           slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		return nil, err
	}
	return s, s.Start(ctx)
}

// page is a small client of a program.
type page struct{ base, token string }

func (p *page) call(method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, p.base+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %d %s", method, path, res.StatusCode, raw)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}

func openKiosk(s *stage.Stage) (*page, error) {
	u, err := url.Parse(s.Program("kiosk-1").URL())
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

// wait polls a condition every 2 ms; what it measures is far longer.
func wait(what string, ok func() (bool, error)) error {
	end := time.Now().Add(20 * time.Second)
	for time.Now().Before(end) {
		done, err := ok()
		if done || err != nil {
			return err
		}
		time.Sleep(2 * time.Millisecond)
	}
	return errors.New(what + ": not in 20 s")
}

// wire is the time of n bytes on a serial line of 115,200 baud, 8N1.
func wire(n int) time.Duration { return time.Duration(n) * 10 * time.Second / 115200 }

// cardBytes of one reading: find, select and read with their answers
// (protocol sheet A.2–A.5).
const cardBytes = 10 + 15 + 10 + 19 + 10 + 1295

// readerTime is what the bench's card reader needs for itself, as a real one
// does: find, select, and the reading by radio (devices/bench).
const readerTime = 190 * time.Millisecond

// hallFigures measures card → name and paper → manager in a whole hall.
func hallFigures(ctx context.Context, bin string) ([]Figure, error) {
	s, err := startHall(ctx, bin)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(s.Dir())
	defer s.Stop()
	kiosk, err := openKiosk(s)
	if err != nil {
		return nil, err
	}
	b := &page{base: strings.TrimSuffix(s.Program("bench").URL(), "/")}
	view := func() (v terminal.KioskView, err error) {
		err = kiosk.call("GET", "/api/v1/kiosk/view", nil, &v)
		return
	}
	if err := wait("the kiosk can issue", func() (bool, error) { v, err := view(); return v.Issue.Allowed, err }); err != nil {
		return nil, err
	}
	var card, cardWire, cardReader []time.Duration
	for range 12 {
		d, err := cardToName(kiosk, b, view)
		if err != nil {
			return nil, err
		}
		card, cardWire = append(card, d), append(cardWire, wire(cardBytes))
		cardReader = append(cardReader, wire(cardBytes)+readerTime)
	}
	fault, trip, err := paperToManager(s, b)
	if err != nil {
		return nil, err
	}
	return []Figure{
		figure("paper pulled to the manager's page", "one request to that page", fault, trip),
		figure("card on the reader to name on the screen", "time of its bytes on the wire", card, cardWire),
		figure("card on the reader to name on the screen", "the same and the reader's own 190 ms", card, cardReader),
	}, nil
}

func cardToName(kiosk, b *page, view func() (terminal.KioskView, error)) (time.Duration, error) {
	time.Sleep(1600 * time.Millisecond) // sooner, the same card would be the same placing
	t0 := time.Now()
	if err := b.call("POST", "/bench/v1/idcard/place", map[string]string{"id": "kiosk-1/idcard", "card": "resident"}, nil); err != nil {
		return 0, err
	}
	err := wait("the name on the screen", func() (bool, error) {
		v, err := view()
		return v.Session != nil && v.Session.Person != "", err
	})
	d := time.Since(t0)
	if err != nil {
		return 0, err
	}
	if err := b.call("POST", "/bench/v1/idcard/remove", map[string]string{"id": "kiosk-1/idcard"}, nil); err != nil {
		return 0, err
	}
	return d, kiosk.call("POST", "/api/v1/kiosk/end", struct{}{}, nil)
}

// durable: an operation proposed to durable against a raw append and
// fdatasync of the same bytes, by the benchmarks of app/store.
func durable(ctx context.Context, _ string) ([]Figure, error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^Benchmark(ProposeToDurable|RawAppend)$", "-benchtime", "2s", "-count", "5", "./app/store")
	raw, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("benchmarks of app/store: %w: %s", err, raw)
	}
	series := map[string][]time.Duration{}
	for _, m := range regexp.MustCompile(`Benchmark(ProposeToDurable|RawAppend)\S*\s+\d+\s+([0-9.]+) ns/op`).FindAllStringSubmatch(string(raw), -1) {
		ns, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return nil, err
		}
		series[m[1]] = append(series[m[1]], time.Duration(ns))
	}
	if len(series["ProposeToDurable"]) == 0 || len(series["RawAppend"]) == 0 {
		return nil, fmt.Errorf("the benchmarks of app/store gave no figures: %s", raw)
	}
	return []Figure{figure("scan to durable", "raw append and fdatasync of the same bytes", series["ProposeToDurable"], series["RawAppend"])}, nil
}
