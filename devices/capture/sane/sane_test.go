package sane

import (
	"bytes"
	"context"
	"errors"
	"image/jpeg"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hallway/build/fuzz"
	"hallway/devices"
	"hallway/devices/capture"
	"hallway/devices/devicetest"
	"hallway/devices/port"
)

// backend is SANE's own simulator, in a configuration of its own.
type backend struct {
	t   testing.TB
	dir string
}

// needsSANE leaves a test out where there is no SANE; in build/test that is a failure.
func needsSANE(t testing.TB) backend {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		if os.Getenv("HALLWAY_TEST_NEEDS_ALL") != "" {
			t.Fatal("scanimage is missing: apt-get install sane-utils")
		}
		t.Skip("NOT TESTED, scanning through SANE: scanimage is missing: apt-get install sane-utils")
	}
	b := backend{t, t.TempDir()}
	b.write("dll.conf", "test\n")
	b.must(b.Plug())
	return b
}

func (b backend) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b backend) write(name, text string) {
	b.t.Helper()
	b.must(os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600))
}

func (b backend) scanners(n int) error {
	now := filepath.Join(b.dir, "new")
	if err := os.WriteFile(now, []byte("number_of_devices "+strconv.Itoa(n)+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(now, filepath.Join(b.dir, "test.conf"))
}

// Plug and Unplug have SANE find the second scanner, and not.
func (b backend) Plug() error   { return b.scanners(2) }
func (b backend) Unplug() error { return b.scanners(1) }

func (b backend) options() Options {
	return Options{ID: "scanner", Device: "test:1", Resolution: 50, Paper: [2]float64{60, 80}, Look: 300 * time.Millisecond,
		Dir: b.t.TempDir(), Env: []string{"SANE_CONFIG_DIR=" + b.dir}, Extra: []string{"--test-picture", "Grid"}}
}

func TestConformance(t *testing.T) {
	devicetest.Run(t, func(t testing.TB) devicetest.Subject {
		b := needsSANE(t)
		s := made(t, b.options())
		return devicetest.Subject{
			Device: s, Line: b, Working: []devices.State{devices.Ready, devices.Degraded},
			Use: func(ctx context.Context) error {
				n := 0
				err := s.Capture(ctx, capture.Wish{}, func(p capture.Page) error {
					n++
					return look(p, 60, 80)
				})
				if err == nil && n != 1 {
					err = errors.New(strconv.Itoa(n) + " pages")
				}
				return err
			},
		}
	})
}

func made(t testing.TB, o Options) *Scanner {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// look checks a page of the grid: its size, and that it is black and white.
func look(p capture.Page, mmW, mmH float64) error {
	if math.Abs(p.MM[0]-mmW) > 1.5 || math.Abs(p.MM[1]-mmH) > 1.5 {
		return errors.New("a page of another size")
	}
	im, err := jpeg.Decode(bytes.NewReader(p.JPEG))
	if err != nil {
		return err
	}
	dark, light := 0, 0
	for y := range p.H {
		for x := range p.W {
			if r, _, _, _ := im.At(x, y).RGBA(); r < 0x4000 {
				dark++
			} else if r > 0xC000 {
				light++
			}
		}
	}
	if all := p.W * p.H; dark < all/3 || light < all/3 {
		return errors.New("no grid")
	}
	return nil
}

// running is a scanner that was found.
type running struct {
	*Scanner
	t      *testing.T
	cancel func()
}

func start(t *testing.T, o Options) running {
	t.Helper()
	s := made(t, o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { s.Run(ctx); close(done) }()
	t.Cleanup(func() {
		cancel()
		<-done
		if left, err := filepath.Glob(filepath.Join(s.o.Dir, prefix+"*")); err != nil || len(left) > 0 {
			t.Errorf("left in memory: %v %v", left, err)
		}
	})
	r := running{s, t, cancel}
	r.until("found", func(s devices.Status) bool { return s.State == devices.Ready || s.State == devices.Failed })
	return r
}

func (r running) until(what string, ok func(devices.Status) bool) {
	r.t.Helper()
	for end := time.Now().Add(time.Minute); !ok(r.Status()); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatalf("never: %s; %+v", what, r.Status())
		}
	}
}

// unhindered takes back what the options ask of SANE's test backend; nothing looks
// at the scanner meanwhile.
func (r running) unhindered() {
	r.slot <- struct{}{}
	r.o.Extra = nil
	<-r.slot
}

func (r running) capture(w capture.Wish) (pages []capture.Page, err error) {
	err = r.Capture(r.t.Context(), w, func(p capture.Page) error { pages = append(pages, p); return nil })
	return pages, err
}

// TestFeeder: all sheets come, in their order, and the progress of each.
func TestFeeder(t *testing.T) {
	r := start(t, needsSANE(t).options())
	if a := r.Able(); !a.Feeder || !a.Glass || a.Preview {
		t.Errorf("%+v", a)
	}
	var told []int
	pages, err := r.capture(capture.Wish{Feeder: true, Progress: func(page, _ int) { told = append(told, page) }})
	if err != nil || len(pages) != 10 {
		t.Fatalf("%d pages: %v", len(pages), err)
	}
	for i, p := range pages {
		if err := look(p, 60, 80); err != nil {
			t.Errorf("page %d: %v", i+1, err)
		}
	}
	if !slices.IsSorted(told) || !slices.Contains(told, 1) || !slices.Contains(told, 10) {
		t.Errorf("progress of %v", told)
	}
	if n := r.Status().Counters["pages"]; n != 10 {
		t.Errorf("%d counted", n)
	}
}

// TestTroubles: each way in which SANE says no is a fault with its own remedy, and over
// when the next capture is well.
func TestTroubles(t *testing.T) {
	for status, c := range map[string]struct {
		code  string
		state devices.State
	}{
		"JAMMED":        {capture.FaultPageJam, devices.Failed},
		"NO_DOCS":       {capture.FaultFeederEmpty, devices.Degraded},
		"COVER_OPEN":    {capture.FaultCoverOpen, devices.Failed},
		"DEVICE_BUSY":   {"port_busy", ""},
		"ACCESS_DENIED": {"port_permission", ""},
		"IO_ERROR":      {"port_hangup", ""},
		"NO_MEM":        {"port_protocol", ""},
	} {
		t.Run(status, func(t *testing.T) {
			o := needsSANE(t).options()
			o.Extra = []string{"--read-return-value", "SANE_STATUS_" + status}
			r := start(t, o)
			_, err := r.capture(capture.Wish{})
			var f *capture.Failure
			if !errors.As(err, &f) || f.Code != c.code || !strings.Contains(f.Error(), "sane_read") {
				t.Fatalf("%v", err)
			}
			if c.state != "" {
				if s := r.Status(); s.State != c.state || len(s.Faults) != 1 || s.Faults[0].Code != c.code {
					t.Errorf("%+v", s)
				}
				r.lookAgain() // looking does not mend it
			} else {
				r.until("looked at again and well", func(s devices.Status) bool { return s.State == devices.Ready })
			}
			r.unhindered()
			if pages, err := r.capture(capture.Wish{}); err != nil || len(pages) != 1 {
				t.Fatalf("%d pages: %v", len(pages), err)
			}
			if s := r.Status(); s.State != devices.Ready || len(s.Faults) > 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// TestStopping: a scan that is stopped ends, whoever stops it, and the next one works.
func TestStopping(t *testing.T) {
	o := needsSANE(t).options()
	o.Extra = []string{"--read-delay=yes", "--read-delay-duration", "200000", "--read-limit=yes", "--read-limit-size", "16"}
	r := start(t, o)
	ctx, stop := context.WithCancel(t.Context())
	err := r.Capture(ctx, capture.Wish{Progress: func(int, int) { stop() }}, func(capture.Page) error { return errors.New("a page came") })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	r.unhindered()
	full := errors.New("no more")
	n := 0
	err = r.Capture(t.Context(), capture.Wish{Feeder: true}, func(capture.Page) error {
		if n++; n == 3 {
			return full
		}
		return nil
	})
	if !errors.Is(err, full) || n != 3 {
		t.Errorf("%d pages: %v", n, err)
	}
	busy := make(chan error, 1)
	if err := r.Capture(t.Context(), capture.Wish{}, func(capture.Page) error {
		busy <- r.Capture(t.Context(), capture.Wish{}, func(capture.Page) error { return nil })
		return nil
	}); err != nil {
		t.Error(err)
	}
	var f *capture.Failure
	if err := <-busy; !errors.As(err, &f) || f.Code != "port_busy" {
		t.Errorf("two at once: %v", err)
	}
	if err := r.Capture(t.Context(), capture.Wish{}, func(capture.Page) error { r.cancel(); return nil }); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("when the driver ends: %v", err)
	}
	r.until("ended", func(s devices.Status) bool { return s.State == devices.Absent })
	if _, err := r.capture(capture.Wish{}); !errors.As(err, &f) || f.Code != "port_absent" {
		t.Errorf("after its end: %v", err)
	}
}

func fakeOptions(t *testing.T, part string) Options {
	return Options{ID: "scanner", Device: "fake:0", Program: os.Args[0], Env: []string{played + "=" + part}, Dir: t.TempDir(),
		Look: time.Hour, Patience: 200 * time.Millisecond}
}

// TestMisbehaviour: pages that came before are kept; what is no page is none; a
// program that hears no interrupt is killed.
func TestMisbehaviour(t *testing.T) {
	for part, c := range map[string]struct {
		pages int
		code  string // of a Failure; "": stopped
	}{
		"jams": {2, capture.FaultPageJam}, "elsewhere": {2, "port_protocol"}, "odd": {2, "port_protocol"},
		"dies": {2, "port_protocol"}, "stopped": {2, ""}, "deaf": {2, "port_protocol"},
	} {
		t.Run(part, func(t *testing.T) {
			r := start(t, fakeOptions(t, part))
			pages, err := r.capture(capture.Wish{Feeder: true})
			var f *capture.Failure
			if errors.As(err, &f); len(pages) != c.pages || c.code == "" && !errors.Is(err, context.Canceled) || c.code != "" && (f == nil || f.Code != c.code) {
				t.Errorf("%d pages: %v", len(pages), err)
			}
			for _, p := range pages {
				if want := [2]float64{40 * 25.4 / 200, 60 * 25.4 / 200}; p.W != 40 || p.H != 60 || p.MM != want {
					t.Errorf("%d×%d, %v mm", p.W, p.H, p.MM)
				}
			}
		})
	}
}

// TestArguments: what is asked of a scanner is within what it says that it can.
func TestArguments(t *testing.T) {
	for name, c := range map[string]struct {
		o     func(*Options)
		wish  capture.Wish
		wants string
	}{
		"feeder": {func(*Options) {}, capture.Wish{Feeder: true}, "--batch-count=60 --source ADF --mode Color --resolution 300 -x 100"},
		"glass":  {func(*Options) {}, capture.Wish{}, "--batch-count=1 --source Flatbed --mode Color --resolution 300 -x 100"},
		"configured": {func(o *Options) { o.Source, o.Mode, o.Resolution, o.Paper[0] = "ADF Duplex", "Gray", 100, 80 }, capture.Wish{},
			"--batch-count=60 --source ADF Duplex --mode Gray --resolution 100 -x 80"},
		"more than it has": {func(o *Options) { o.Resolution = 1200 }, capture.Wish{}, "--resolution 600 -x 100"},
	} {
		o := fakeOptions(t, "arguments")
		o.Paper = [2]float64{210, 297}
		c.o(&o)
		r := start(t, o)
		_, err := r.capture(c.wish)
		var f *capture.Failure
		if !errors.As(err, &f) || f.Code != "misconfigured" || !strings.HasSuffix(f.Error(), c.wants) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestFinding: a scanner on USB is found whatever its socket's number is.
func TestFinding(t *testing.T) {
	for _, c := range []struct{ device, part, name, code string }{
		{"epson2:libusb", "one", "epson2:libusb:001:007", ""},
		{"epson2", "one", "epson2:libusb:001:007", ""},
		{"net", "one", "net:host:epson2:libusb:001:004", ""},
		{"epson2:libusb", "two", "", "port_ambiguous"},
		{"v4l", "one", "", "port_absent"},
		{"canon:libusb", "one", "", "port_absent"},
		{"any:name", "one", "any:name", ""},
	} {
		o := fakeOptions(t, c.part)
		o.Device = c.device
		name, err := made(t, o).find(t.Context())
		if name != c.name || err == nil && c.code != "" || err != nil && codeOf(err) != c.code {
			t.Errorf("%s: %q %v", c.device, name, err)
		}
	}
	o := fakeOptions(t, "one")
	all, err := list(t.Context(), o.Program, append(os.Environ(), o.Env...))
	if err != nil || len(all) != 2 || all[0].Address() != "sane:epson2:libusb" || all[1].Address() != "sane:net:host:epson2:libusb" {
		t.Errorf("%v %v", all, err)
	}
	if all, err := list(t.Context(), "no-such-program", nil); err != nil || all != nil {
		t.Errorf("%v %v", all, err)
	}
}

func TestNoProgram(t *testing.T) {
	for _, device := range []string{"test:0", "epson2"} {
		s := made(t, Options{ID: "s", Device: device, Program: "no-such-program", Dir: t.TempDir(), Look: time.Hour})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { s.Run(ctx); close(done) }()
		r := running{s, t, cancel}
		r.until("told", func(s devices.Status) bool {
			return s.State == devices.Absent && len(s.Faults) == 1 && s.Faults[0].Code == capture.FaultNoProgram
		})
		cancel()
		<-done
	}
}

// TestLeftPages: the folders of programs that are no more are removed, no others.
func TestLeftPages(t *testing.T) {
	dir := t.TempDir()
	gone := exec.Command(os.Args[0], "-f")
	gone.Env = append(os.Environ(), played+"=one")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	dead := strconv.Itoa(gone.Process.Pid)
	for name, stays := range map[string]bool{
		prefix + dead + "-A-1": false, prefix + here + "-OTHER-1": false, prefix + here + "-" + mine + "-1": true,
		prefix + strconv.Itoa(os.Getppid()) + "-B-1": true, "something-else": true, prefix + "x": true,
	} {
		if err := os.MkdirAll(filepath.Join(dir, name, "page"), 0o700); err != nil {
			t.Fatal(err)
		}
		removeLeft(dir)
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != stays {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConfiguration(t *testing.T) {
	c := devices.Config{ID: "scanner", Kind: devices.KindCapture, Model: Model, Port: "sane:test:0",
		Options: map[string]string{"resolution": "300", "width": "148", "height": "210", "source": "ADF"}}
	d, err := FromConfig(c)
	if err != nil {
		t.Fatal(err)
	}
	if o := d.(*Scanner).o; o.Device != "test:0" || o.Resolution != 300 || o.Paper != [2]float64{148, 210} || o.Source != "ADF" {
		t.Errorf("%+v", o)
	}
	if _, err := d.(*Scanner).Preview(t.Context()); !errors.Is(err, capture.ErrNoPreview) {
		t.Error(err)
	}
	for _, p := range []string{"", "sane:", "test:0"} {
		c := c
		if c.Port = p; true {
			if _, err := FromConfig(c); port.CodeOf(err) != port.BadAddress {
				t.Errorf("%q: %v", p, err)
			}
		}
	}
	for _, o := range []map[string]string{{"resolution": "9999"}, {"width": "wide"}, {"dpi": "200"}} {
		c := c
		c.Options = o
		if _, err := FromConfig(c); err == nil {
			t.Errorf("%v is taken", o)
		}
	}
}

const answer = `
All options specific to device ` + "`x'" + `:
  Geometry:
    -l 0..215.9mm (in steps of 0.1) [0]
        Top-left x position of scan area.
    -x 0..215.9mm (in steps of 0.1) [215.9]
    --mode[=(yes|no)] [no]
    --source Flatbed|ADF Duplex [Flatbed]
    --resolution 75|100|150|200|300|600dpi [75]
    --depth 8|16 [inactive]
    --sheet-loaded[=(yes|no)] [no] [read-only]
`

func TestSettings(t *testing.T) {
	want := settings{"-l": "0..215.9mm", "-x": "0..215.9mm", "--source": "Flatbed|ADF Duplex",
		"--resolution": "75|100|150|200|300|600dpi"}
	if got := parseSettings(answer); !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
	if f, g := want.feeder(), want.glass(); f != "ADF Duplex" || g != "Flatbed" {
		t.Errorf("%q %q", f, g)
	}
	if r := want.resolution(200); r != "200" {
		t.Error(r)
	}
	if a := (settings{}).able(Options{}); a != (capture.Able{Glass: true}) {
		t.Errorf("%+v", a)
	}
}

// FuzzAnswers: whatever the program says, nothing panics and what is asked for is a
// number.
func FuzzAnswers(f *testing.F) {
	f.Add(answer)
	f.Add("    --resolution ..dpi [1]\n    -x -..9 [2]\n    --source | [x]")
	fuzz.Run(f, func(t *testing.T, text string) {
		k := parseSettings(text)
		for _, v := range []string{k.resolution(200), k.length("-x", 210)} {
			if v == "" {
				continue
			}
			if _, err := strconv.ParseFloat(v, 64); err != nil {
				t.Fatalf("%q", v)
			}
		}
		_ = k.able(Options{})
		for _, f := range parseList(text) {
			if f.Name == "" || strings.ContainsAny(f.Name, "\n\t") {
				t.Fatalf("%+v", f)
			}
		}
		n := 0
		l := lines{line: func(s string) {
			if n += len(s); len(s) > longest || strings.ContainsAny(s, "\r\n") {
				t.Fatalf("%q", s)
			}
		}}
		if _, err := l.Write([]byte(text)); err != nil || n > len(text) {
			t.Fatalf("%d of %d: %v", n, len(text), err)
		}
		_ = paperOf([]byte(text), 10, 10, 200)
	})
}
