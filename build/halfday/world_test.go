package halfday

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hallway/app/central"
	"hallway/app/hall"
	"hallway/app/terminal"
	"hallway/build/demo/stage"
	"hallway/devices/bench"
)

// world is the hall under test with a door to each program.
type world struct {
	t       *testing.T
	ctx     context.Context
	rng     *rand.Rand
	stage   *stage.Stage
	bench   *stage.Door
	central *stage.Door
	manager *stage.Door
	kiosk   *stage.Door
	counter map[string]*stage.Door
	display *stage.Door
	slips   map[string]bench.Slip // by ticket id of their QR, every slip ever seen
	told    map[string]bool       // tickets whose number somebody was told
	doubled []string              // tickets that two slips were seen of
	seen    map[string]bool       // slips already read; a bench that was started again counts from 1
}

func newWorld(t *testing.T, seed uint64, staff ...string) *world {
	t.Helper()
	bin := os.Getenv("HALLWAY_BIN")
	if bin == "" {
		bin = "../../bin"
	}
	if _, err := os.Stat(filepath.Join(bin, "hallway-central")); err != nil {
		t.Fatalf("the programs are not built (%v): build/test --only programs", err)
	}
	s, err := stage.New(stage.Options{
		Dir: t.TempDir(), Bin: bin, HallFiles: "../demo/hall", Clock: "2026-11-23T09:40:00+08:00",
		Staff:  append([]string{"1001", "1002", "9001"}, staff...),
		Timing: stage.Timing{KioskIdle: 60, KioskWarn: 20, RateTimeout: 3},
		Seed:   int64(seed), Log: slog.New(slog.NewTextHandler(testWriter{t}, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 14*time.Minute)
	t.Cleanup(cancel)
	t.Cleanup(func() {
		s.Stop()
		if t.Failed() {
			keepLogs(t, s.Dir())
		}
	})
	if err := s.Start(ctx); err != nil {
		t.Fatal(err)
	}
	w := &world{
		t: t, ctx: ctx, stage: s, rng: rand.New(rand.NewPCG(seed, 0)),
		bench:   s.Program("bench").Door(),
		central: s.Program("central").Door(),
		kiosk:   s.Program("kiosk-1").TerminalDoor(),
		display: s.Program("display-1").TerminalDoor(),
		counter: map[string]*stage.Door{
			"counter-1": s.Program("counter-1").TerminalDoor(),
			"counter-2": s.Program("counter-2").TerminalDoor(),
		},
		slips: map[string]bench.Slip{}, told: map[string]bool{}, seen: map[string]bool{},
	}
	w.manager = stage.NewDoor(s.Program("central").URL, w.managerSession)
	return w
}

func (w *world) managerSession(ctx context.Context, d *stage.Door) (string, error) {
	var reply central.Session
	err := d.Send(ctx, "POST", "/central/v1/sessions", "", central.SignIn{Staff: "9001", Password: w.stage.Passwords["9001"]}, &reply)
	return reply.Token, err
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) { w.t.Logf("%s", p); return len(p), nil }

// keepLogs shows the ends of the programs' logs after a failure.
func keepLogs(t *testing.T, dir string) {
	files, err := filepath.Glob(filepath.Join(dir, "log", "*.log"))
	if err != nil {
		t.Log(err)
		return
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Log(err)
			continue
		}
		if len(raw) > 4000 {
			raw = raw[len(raw)-4000:]
		}
		t.Logf("--- %s\n%s", filepath.Base(f), raw)
	}
}

// patience is how long something may take on a busy machine.
const patience = 90 * time.Second

// until tries again and again, as a person does who looks at the screen, until
// the thing is done. An error is a reason to look again, never to give up.
func (w *world) until(what string, try func() (bool, error)) {
	w.t.Helper()
	deadline := time.Now().Add(patience)
	var last error
	for time.Now().Before(deadline) {
		done, err := try()
		if done {
			return
		}
		if err != nil {
			last = err
		}
		select {
		case <-w.ctx.Done():
			w.t.Fatalf("%s: %v; last: %v", what, w.ctx.Err(), last)
		case <-time.After(60 * time.Millisecond):
		}
	}
	w.t.Fatalf("%s: not done after %v; last: %v", what, patience, last)
}

func (w *world) kioskView() (v terminal.KioskView, err error) {
	err = w.kiosk.Get(w.ctx, "/api/v1/kiosk/view", &v)
	return
}

func (w *world) counterView(id string) (v terminal.CounterView, err error) {
	err = w.counter[id].Get(w.ctx, "/api/v1/counter/view", &v)
	return
}

func (w *world) managerView() (v central.ManagerView, err error) {
	err = w.manager.Get(w.ctx, "/central/v1/manager/view", &v)
	return
}

// readSlips looks at the printer's paper. A slip belongs to the ticket of its
// QR code; a second slip of one ticket is a defect.
func (w *world) readSlips() error {
	var list struct {
		Slips []bench.Slip `json:"slips"`
	}
	if err := w.bench.Get(w.ctx, "/bench/v1/printer/slips?id=kiosk-1/printer", &list); err != nil {
		return err
	}
	for _, s := range list.Slips {
		piece := fmt.Sprint(s.N, s.At.UnixNano())
		if w.seen[piece] {
			continue
		}
		w.seen[piece] = true
		if len(s.Unclean) > 0 {
			w.t.Errorf("slip %d has unknown commands: %v", s.N, s.Unclean)
		}
		if len(s.QR) == 0 {
			continue // cut off before its code: the paper of a printer that was killed
		}
		code, err := hall.DecodeCode(s.QR[0])
		if err != nil {
			return fmt.Errorf("slip %d: %w", s.N, err)
		}
		if _, twice := w.slips[code.Value]; twice {
			w.doubled = append(w.doubled, code.Value)
		}
		w.slips[code.Value] = s
	}
	return nil
}

var errNotYet = errors.New("not yet")
