package escpos_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"hallway/devices"
	"hallway/devices/port"
	"hallway/devices/port/cable"
	"hallway/devices/printer"
	"hallway/devices/printer/escpos"
	"hallway/devices/printer/escpos/escpossim"
)

// slipsWith counts the slips that show a text.
func (r *rig) slipsWith(text string) int {
	n := 0
	for _, s := range r.sim.Slips() {
		if strings.Contains(strings.Join(s.Text, ""), text) {
			n++
		}
	}
	return n
}

func (r *rig) arm(bytes int) {
	r.mu.Lock()
	r.limit, r.seen = bytes, 0
	r.mu.Unlock()
}

// length is how many bytes a job has, with its question at the end.
func length(t *testing.T, profile string) int {
	t.Helper()
	p, err := escpos.ProfileNamed(profile)
	if err != nil {
		t.Fatal(err)
	}
	data, _, err := escpos.Encode(p, nil, ticket("A001"))
	if err != nil {
		t.Fatal(err)
	}
	return len(data) + 11
}

// The cable is pulled after any byte of a job: the outcome is right, the next
// slip is whole and alone, and no job comes out twice.
func TestCableCutAtAnyByte(t *testing.T) {
	for _, model := range []struct {
		profile string
		sim     escpossim.Options
		good    printer.Outcome
	}{
		{"epson80", escpossim.Options{Confirms: true, Clears: true, NativeQR: true}, printer.Confirmed},
		{"generic80", escpossim.Options{NativeQR: true}, printer.Parsed},
	} {
		total := length(t, model.profile)
		step := 13
		if testing.Short() {
			step = 47
		}
		for k := 0; k <= total; k += step {
			t.Run(fmt.Sprintf("%s/%d", model.profile, k), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, setting{profile: model.profile, sim: model.sim})
				r.state(devices.Ready)
				got, err := r.p.Print(t.Context(), printer.Job{ID: "1", Doc: ticket("A001"), Begin: func() error { r.arm(k); return nil }})
				if got == printer.Confirmed || got == printer.Parsed {
					if k < total-11 || err != nil {
						t.Errorf("outcome %s, %v after %d of %d bytes", got, err, k, total)
					}
				}
				r.until("the cable is out", func() bool { return !r.cable.Plugged() })
				r.until("the printer is idle", r.sim.Idle)
				if got == printer.NotPrinted && r.slipsWith("A001") > 0 {
					t.Error("«failed», but the number is on a slip")
				}
				r.state(devices.Absent)
				if err := r.cable.Plug(); err != nil {
					t.Fatal(err)
				}
				r.state(devices.Ready)
				if got, err := r.p.Print(t.Context(), printer.Job{ID: "2", Doc: ticket("B002")}); got != model.good {
					t.Fatalf("the next job: %s, %v", got, err)
				}
				r.until("the printer is idle", r.sim.Idle)
				if n := r.slipsWith("B002"); n != 1 {
					t.Errorf("%d slips of the next job, want 1", n)
				}
				if n := r.slipsWith("A001"); n > 1 || got == printer.NotPrinted && n > 0 {
					t.Errorf("%d slips of the broken job, outcome %s", n, got)
				}
				last := r.sim.Slips()[len(r.sim.Slips())-1]
				text := strings.Join(last.Text, "")
				if strings.Contains(text, "A001") || !strings.HasPrefix(text, "示例市政务服务中心") || len(last.QR) != 1 {
					t.Errorf("the next slip is not whole and alone: %q", text)
				}
			})
		}
	}
}

// The program is killed after any byte and a new one starts: the broken slip is
// cut off, and nothing is printed again.
func TestProgramKilledAtAnyByte(t *testing.T) {
	total := length(t, "epson80")
	for k := 5; k <= total; k += 37 {
		t.Run(fmt.Sprint(k), func(t *testing.T) {
			t.Parallel()
			sim := escpossim.New(escpossim.Options{Confirms: true, Clears: true, NativeQR: true})
			h := &killer{sim: sim, left: -1}
			c, err := cable.New("tcp:127.0.0.1:0", h)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Plug(); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			var work sync.WaitGroup
			work.Go(func() { _ = sim.Run(ctx) })
			defer func() { cancel(); work.Wait(); _ = c.Close() }()

			first, kill := program(t, c.Address())
			defer kill()
			h.kill = kill
			job, stop := context.WithTimeout(ctx, time.Minute)
			defer stop()
			got, _ := first.Print(job, printer.Job{ID: "1", Doc: ticket("A001"), Begin: func() error { h.arm(k); return nil }})
			kill()
			second, killSecond := program(t, c.Address())
			defer killSecond()
			if got, err := second.Print(ctx, printer.Job{ID: "2", Doc: ticket("B002")}); got != printer.Confirmed {
				t.Fatalf("the next job: %s, %v", got, err)
			}
			r := &rig{t: t, sim: sim}
			if a, b := r.slipsWith("A001"), r.slipsWith("B002"); a > 1 || b != 1 || got == printer.NotPrinted && a > 0 {
				t.Errorf("%d slips of the broken job (%s), %d of the next", a, got, b)
			}
			for _, s := range sim.Slips() {
				if text := strings.Join(s.Text, ""); strings.Contains(text, "A001") && strings.Contains(text, "B002") {
					t.Errorf("two jobs on one slip: %q", text)
				}
			}
		})
	}
}

// killer lets so many bytes through, then ends the program.
type killer struct {
	sim  *escpossim.Sim
	mu   sync.Mutex
	left int
	kill func()
}

func (k *killer) arm(n int) {
	k.mu.Lock()
	k.left = n
	k.mu.Unlock()
}

func (k *killer) Serve(ctx context.Context, rw io.ReadWriteCloser) error {
	return k.sim.Serve(ctx, &killing{rw, k})
}

type killing struct {
	io.ReadWriteCloser
	k *killer
}

func (k *killing) Read(b []byte) (int, error) {
	n, err := k.ReadWriteCloser.Read(b)
	k.k.mu.Lock()
	defer k.k.mu.Unlock()
	if k.k.left >= 0 {
		if n >= k.k.left {
			n, k.k.left = k.k.left, -1
			go k.k.kill()
			return n, io.EOF
		}
		k.k.left -= n
	}
	return n, err
}

// program starts a driver and waits until it is ready.
func program(t *testing.T, address string) (*escpos.Printer, func()) {
	t.Helper()
	d, err := escpos.FromConfig(devices.Config{ID: "p", Kind: devices.KindPrinter, Model: "escpos", Port: address})
	if err != nil {
		t.Fatal(err)
	}
	p := d.(*escpos.Printer)
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = p.Run(ctx) })
	for end := time.Now().Add(time.Minute); p.Ready() != nil; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not ready: %v", p.Ready())
		}
	}
	return p, func() { cancel(); work.Wait() }
}

// Paper that ends within a job: the outcome is unknown, what was not printed
// does not come out later, and nothing is sent again.
func TestTroubleWithinAJob(t *testing.T) {
	for _, c := range []struct {
		name  string
		set   func(*escpossim.Body, bool)
		code  string
		after time.Duration // until somebody sees to it; 0 = only afterwards
		want  printer.Outcome
	}{
		{"paper end", func(b *escpossim.Body, on bool) { b.PaperEnd = on }, escpos.FaultPaperEnd, 0, printer.Unknown},
		{"cover", func(b *escpossim.Body, on bool) { b.CoverOpen = on }, escpos.FaultCover, 0, printer.Unknown},
		{"cutter", func(b *escpossim.Body, on bool) { b.CutterError = on }, escpos.FaultCutter, 0, printer.Unknown},
		{"off-line", func(b *escpossim.Body, on bool) { b.Offline = on }, escpos.FaultOffline, 0, printer.Unknown},
		{"cover closed again at once", func(b *escpossim.Body, on bool) { b.CoverOpen = on }, "", 100 * time.Millisecond, printer.Confirmed},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			grace := 400 * time.Millisecond
			if c.after > 0 {
				grace = time.Minute
			}
			r := newRig(t, setting{profile: "epson80", sim: escpossim.Options{Confirms: true, Clears: true, NativeQR: true, Speed: 30},
				driver: escpos.Options{Grace: grace}})
			r.state(devices.Ready)
			go func() {
				r.until("printing", func() bool { return r.sim.Printing() })
				time.Sleep(100 * time.Millisecond)
				r.sim.SetBody(func(b *escpossim.Body) { c.set(b, true) })
				if c.after > 0 {
					time.Sleep(c.after)
					r.sim.SetBody(func(b *escpossim.Body) { c.set(b, false) })
				}
			}()
			got, err := r.p.Print(t.Context(), printer.Job{ID: "1", Doc: ticket("A001")})
			if got != c.want {
				t.Fatalf("outcome %s, %v; want %s", got, err, c.want)
			}
			var why *escpos.NotReady
			if c.code != "" && (!errors.As(err, &why) || why.Code != c.code) {
				t.Errorf("error %v, want one for %s", err, c.code)
			}
			r.sim.SetBody(func(b *escpossim.Body) { c.set(b, false) })
			r.state(devices.Ready)
			r.until("idle", r.sim.Idle)
			if got, err := r.p.Print(t.Context(), printer.Job{ID: "2", Doc: ticket("B002")}); got != printer.Confirmed {
				t.Fatalf("the next job: %s, %v", got, err)
			}
			if a, b := r.slipsWith("A001"), r.slipsWith("B002"); a > 1 || b != 1 {
				t.Errorf("%d slips of the first job, %d of the second", a, b)
			}
		})
	}
}

func TestUnpluggedIsSeenAndFoundAgain(t *testing.T) {
	for _, at := range []string{"tcp:127.0.0.1:0", "serial:" + t.TempDir() + "/printer"} {
		r := newRig(t, setting{at: at, profile: "epson80", sim: escpossim.Options{Confirms: true, Clears: true, NativeQR: true}})
		r.state(devices.Ready)
		if err := r.cable.Unplug(); err != nil {
			t.Fatal(err)
		}
		r.state(devices.Absent)
		if got, err := r.p.Print(t.Context(), printer.Job{ID: "1", Doc: ticket("A001")}); got != printer.NotPrinted || err == nil {
			t.Errorf("%s: outcome %s, %v", at, got, err)
		}
		if err := r.cable.Plug(); err != nil {
			t.Fatal(err)
		}
		r.state(devices.Ready)
	}
}

// A printer that says nothing at all is not taken for one that is in order.
func TestSilentPrinterIsAbsent(t *testing.T) {
	c, err := cable.New("tcp:127.0.0.1:0", silent{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Plug(); err != nil {
		t.Fatal(err)
	}
	opener, err := port.Parse(c.Address())
	if err != nil {
		t.Fatal(err)
	}
	p, _ := escpos.ProfileNamed("epson80")
	d := escpos.New(opener, escpos.Options{ID: "p", Profile: p, Answer: 30 * time.Millisecond})
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = d.Run(ctx) })
	defer func() { cancel(); work.Wait(); _ = c.Close() }()
	r := &rig{t: t, p: d}
	r.fault("port_timeout", true)
	if d.Ready() == nil {
		t.Error("ready")
	}
}

// A line that goes dead without a word, as a network box does that loses power,
// is noticed, and so is its return.
func TestDeadLineIsNoticed(t *testing.T) {
	r := newRig(t, setting{})
	r.state(devices.Ready)
	r.mute(true)
	r.fault("port_timeout", true)
	if r.p.Ready() == nil {
		t.Error("ready")
	}
	r.mute(false)
	r.state(devices.Ready)
}

type silent struct{}

func (silent) Serve(ctx context.Context, rw io.ReadWriteCloser) error {
	defer context.AfterFunc(ctx, func() { _ = rw.Close() })()
	_, err := io.Copy(io.Discard, rw)
	return err
}

// Noise, delays and cut answers on a bad line: the job still ends with a true
// outcome.
func TestBadLine(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, setting{profile: "epson80", sim: escpossim.Options{Confirms: true, Clears: true, NativeQR: true,
				Shape: cable.Shape{Latency: 3 * time.Millisecond, Jitter: 5 * time.Millisecond, ChunkMax: 2, Garbage: 0.1, Seed: seed}},
				driver: escpos.Options{Answer: 300 * time.Millisecond, Timeout: 4 * time.Second, Grace: time.Second}})
			r.until("ready", func() bool { return r.p.Ready() == nil })
			got, err := r.p.Print(t.Context(), printer.Job{ID: "1", Doc: ticket("A001")})
			r.until("idle", r.sim.Idle)
			n := r.slipsWith("A001")
			if n > 1 || got == printer.Confirmed && n != 1 || got == printer.NotPrinted && n != 0 {
				t.Errorf("outcome %s, %v, but %d slips", got, err, n)
			}
		})
	}
}

func TestFromConfigRefusesMistakes(t *testing.T) {
	good := devices.Config{ID: "p", Kind: devices.KindPrinter, Model: "escpos", Port: "tcp:127.0.0.1:9100"}
	if _, err := escpos.FromConfig(good); err != nil {
		t.Fatal(err)
	}
	for _, options := range []map[string]string{{"profile": "x"}, {"timeout": "soon"}, {"prolife": "epson80"}} {
		c := good
		c.Options = options
		if _, err := escpos.FromConfig(c); err == nil {
			t.Errorf("%v was accepted", options)
		}
	}
}
