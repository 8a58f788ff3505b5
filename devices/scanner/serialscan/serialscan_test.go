package serialscan

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"go.uber.org/goleak"
	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"hallway/build/fuzz"
	"hallway/devices"
	"hallway/devices/port"
	"hallway/devices/port/cable"
	"hallway/devices/scanner"
	"hallway/devices/scanner/serialscan/serialscansim"
	"hallway/devices/scanner/text"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func frame(end Terminator, aim text.AIM, limit int, stream string) []scanner.Scan {
	f := framer{end: end, aim: aim, limit: limit}
	return append(f.feed([]byte(stream)), f.idle()...)
}

func TestFraming(t *testing.T) {
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String("示例市政务")
	if err != nil {
		t.Fatal(err)
	}
	ok := func(text string) scanner.Scan { return scanner.Scan{Text: text} }
	broken := scanner.Scan{Broken: true}
	for _, tc := range []struct {
		name   string
		end    Terminator
		aim    text.AIM
		stream string
		want   []scanner.Scan
	}{
		{"one", Any, text.Auto, "A012\r", []scanner.Scan{ok("A012")}},
		{"two, all ends", Any, text.Auto, "A\r\nB\nC\r", []scanner.Scan{ok("A"), ok("B"), ok("C")}},
		{"empty codes are none", Any, text.Auto, "\r\n\r\n", nil},
		{"unfinished", Any, text.Auto, "A\rB", []scanner.Scan{ok("A"), broken}},
		{"no end at all", None, text.Auto, "ABC", []scanner.Scan{ok("ABC")}},
		{"cr only", CR, text.Auto, "A\nB\r\nC\r", []scanner.Scan{ok("AB"), ok("C")}},
		{"lf only", LF, text.Auto, "A\r\nB\n", []scanner.Scan{ok("A"), ok("B")}},
		{"crlf", CRLF, text.Auto, "A\rB\r\nC\r\n", []scanner.Scan{ok("AB"), ok("C")}},
		{"tab", Tab, text.Auto, "A\tB\t", []scanner.Scan{ok("A"), ok("B")}},
		{"aim", Any, text.Auto, "]Q1X\r]C0Y\r", []scanner.Scan{{Text: "X", AIM: "]Q1"}, {Text: "Y", AIM: "]C0"}}},
		{"looks like aim, is none", Any, text.Never, "]Q1X\r", []scanner.Scan{ok("]Q1X")}},
		{"aim missing", Any, text.Always, "X\r", []scanner.Scan{broken}},
		{"a bracket", Any, text.Auto, "]]\r", []scanner.Scan{ok("]]")}},
		{"utf-8", Any, text.Auto, "厅通𠮷\r", []scanner.Scan{ok("厅通𠮷")}},
		{"gb18030", Any, text.Auto, gbk + "\r", []scanner.Scan{ok("示例市政务")}},
		{"no text", Any, text.Auto, "\xff\xff\r", []scanner.Scan{broken}},
		{"control characters", Any, text.Auto, "\x02A\x1dB\u202eC\x03\x7f\r", []scanner.Scan{ok("ABC")}},
		{"over-long", Any, text.Auto, strings.Repeat("9", 33) + "\rA\r", []scanner.Scan{broken, ok("A")}},
		{"just long enough", Any, text.Auto, strings.Repeat("9", 32) + "\r", []scanner.Scan{ok(strings.Repeat("9", 32))}},
		{"eci utf-8", Any, text.Auto, "]Q2\\000026厅\r", []scanner.Scan{{Text: "厅", AIM: "]Q2"}}},
		{"eci gb", Any, text.Auto, "]Q2\\000029" + gbk + "\\\\\r", []scanner.Scan{{Text: "示例市政务\\", AIM: "]Q2"}}},
		{"eci latin", Any, text.Auto, "]Q2\\000003\xe9\r", []scanner.Scan{{Text: "é", AIM: "]Q2"}}},
		{"eci broken", Any, text.Auto, "]Q2A\\00\r", []scanner.Scan{{Broken: true, AIM: "]Q2"}}},
		{"backslash without eci", Any, text.Auto, "]Q1A\\00\r", []scanner.Scan{{Text: "A\\00", AIM: "]Q1"}}},
	} {
		got := frame(tc.end, tc.aim, 32, tc.stream)
		if len(got) != len(tc.want) {
			t.Errorf("%s: %d scans, want %d", tc.name, len(got), len(tc.want))
			continue
		}
		for i, w := range tc.want {
			if g := got[i]; g.Text != w.Text || g.AIM != w.AIM || g.Broken != w.Broken || len(g.Raw) == 0 {
				t.Errorf("%s: scan %d is %q %q broken %v, want %q %q %v", tc.name, i, g.Text, g.AIM, g.Broken, w.Text, w.AIM, w.Broken)
			}
		}
	}
}

func TestParseTerminator(t *testing.T) {
	for s, want := range map[string]Terminator{"": Any, "any": Any, "CR": CR, "lf": LF, "crlf": CRLF, "tab": Tab, "none": None} {
		if got, err := ParseTerminator(s); got != want || err != nil {
			t.Errorf("%q: %q %v", s, got, err)
		}
	}
	if _, err := ParseTerminator("cr lf"); err == nil {
		t.Error("an unknown terminator was taken")
	}
}

// However a stream is cut into reads, the scans are the same.
func TestAnyChunking(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		end := rapid.SampledFrom([]Terminator{Any, CR, LF, CRLF, Tab, None}).Draw(rt, "end")
		stream := []byte(strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"A", "]Q1", "厅", "\r", "\n", "\r\n", "\t", "\xff", "\\", "12345678"})).Draw(rt, "parts"), ""))
		whole := frame(end, text.Auto, 16, string(stream))
		f := framer{end: end, limit: 16}
		var got []scanner.Scan
		for rest := stream; len(rest) > 0; {
			n := min(len(rest), rapid.IntRange(1, 7).Draw(rt, "n"))
			got = append(got, f.feed(rest[:n])...)
			rest = rest[n:]
		}
		got = append(got, f.idle()...)
		if len(got) != len(whole) {
			rt.Fatalf("%d scans, want %d", len(got), len(whole))
		}
		for i := range got {
			if got[i].Text != whole[i].Text || got[i].Broken != whole[i].Broken || !bytes.Equal(got[i].Raw, whole[i].Raw) {
				rt.Fatalf("scan %d differs", i)
			}
		}
	})
}

func FuzzFramer(f *testing.F) {
	f.Add([]byte("A012\r"), "")
	f.Add([]byte("]Q2\\000029\xca\xbe\r\n"), "crlf")
	f.Add([]byte("\xff\xfe\x00\x84\x31\xa4\x37"), "none")
	fuzz.Run(f, func(t *testing.T, stream []byte, end string) {
		e, err := ParseTerminator(end)
		if err != nil {
			return
		}
		for _, s := range frame(e, text.Auto, 64, string(stream)) {
			if s.Broken && s.Text != "" {
				t.Fatalf("broken %v with text %q", s.Broken, s.Text)
			}
			if !utf8.ValidString(s.Text) || strings.ContainsFunc(s.Text, unicode.IsControl) {
				t.Fatalf("text %q", s.Text)
			}
			if len(s.Raw) > 64 || !bytes.Contains(stream, s.Raw) {
				t.Fatal("bytes that were not in the stream")
			}
		}
	})
}

type rig struct {
	t     *testing.T
	sim   *serialscansim.Sim
	cable *cable.Cable
	read  *atomic.Int64 // bytes of the line
	*Scanner
}

// counted counts what is read of the ports that it opens.
type counted struct {
	port.Opener
	read *atomic.Int64
}

func (c counted) Open(ctx context.Context) (port.Port, error) {
	p, err := c.Opener.Open(ctx)
	if err != nil {
		return nil, err
	}
	return countedPort{p, c.read}, nil
}

type countedPort struct {
	port.Port
	read *atomic.Int64
}

func (p countedPort) Read(b []byte) (int, error) {
	n, err := p.Port.Read(b)
	p.read.Add(int64(n))
	return n, err
}

func newRig(t *testing.T, so serialscansim.Options, o Options) *rig {
	t.Helper()
	sim := serialscansim.New(so)
	c, err := cable.New("serial:"+filepath.Join(t.TempDir(), "scanner")+"?baud=9600", sim)
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
	o.ID = "scanner"
	read := new(atomic.Int64)
	r := &rig{t: t, sim: sim, cable: c, read: read, Scanner: New(counted{opener, read}, o)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { r.Run(ctx); close(done) }()
	t.Cleanup(func() {
		cancel()
		<-done
		c.Close()
	})
	r.until("ready", func(s devices.Status) bool { return s.State == devices.Ready })
	return r
}

func (r *rig) until(what string, ok func(devices.Status) bool) {
	r.t.Helper()
	for end := time.Now().Add(time.Minute); !ok(r.Status()); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatalf("waited a minute for: %s; status %+v", what, r.Status())
		}
	}
}

func (r *rig) next() scanner.Scan {
	r.t.Helper()
	select {
	case s := <-r.Scans():
		return s
	case <-time.After(time.Minute):
		r.t.Fatal("no scan in a minute")
		return scanner.Scan{}
	}
}

func TestScansOverALine(t *testing.T) {
	r := newRig(t, serialscansim.Options{AIM: "]Q1", Terminator: "\r\n", Shape: cable.Shape{Baud: 9600, ChunkMax: 5, Seed: 2}}, Options{Gap: 10 * time.Second})
	for _, text := range []string{"T*370100*20260105*A012*7", "示例市政务服务中心", strings.Repeat("x", 200)} {
		r.sim.Scan(text)
		if s := r.next(); s.Text != text || s.AIM != "]Q1" || s.Broken || s.At.IsZero() {
			t.Errorf("%q came as %q", text, s.Text)
		}
	}
	if h := r.sim.Heard(); len(h) != 0 {
		t.Errorf("the driver sent %x to a scanner that it only listens to", h)
	}
}

func TestACutCodeIsBrokenAndTheNextIsWhole(t *testing.T) {
	r := newRig(t, serialscansim.Options{}, Options{})
	for range 3 {
		r.sim.ScanBytes([]byte("HALLWAY-TICKET"), serialscansim.Damage{Cut: true})
		if s := r.next(); !s.Broken || s.Text != "" {
			t.Errorf("a cut code came as %q", s.Text)
		}
	}
	r.until("fault", func(s devices.Status) bool { return s.State == devices.Degraded && s.Faults[0].Code == "scan_broken" })
	r.sim.ScanBytes([]byte("HALLWAY"), serialscansim.Damage{Garbage: true})
	if s := r.next(); !s.Broken {
		t.Errorf("garbage and a code came as %q", s.Text)
	}
	r.sim.Scan("HALLWAY")
	if s := r.next(); s.Broken || s.Text != "HALLWAY" {
		t.Errorf("the next code came as %q, broken %v", s.Text, s.Broken)
	}
	r.until("healed", func(s devices.Status) bool { return s.State == devices.Ready && len(s.Faults) == 0 })
}

func TestAQuietLineEndsACode(t *testing.T) {
	r := newRig(t, serialscansim.Options{Bare: true}, Options{Terminator: None})
	r.sim.Scan("ONE")
	if s := r.next(); s.Text != "ONE" {
		t.Errorf("%q", s.Text)
	}
	r.sim.Scan("TWO")
	if s := r.next(); s.Text != "TWO" {
		t.Errorf("%q", s.Text)
	}
}

// A cable that is pulled in the middle of a code: broken, then absent; and the
// code after replugging is whole.
func TestUnplugInTheMiddle(t *testing.T) {
	r := newRig(t, serialscansim.Options{Shape: cable.Shape{Baud: 9600}}, Options{Gap: time.Minute, Max: 4000})
	r.sim.Scan(strings.Repeat("a", 3000)) // 3 s on the line
	r.until("the beginning of the code", func(devices.Status) bool { return r.read.Load() > 0 })
	r.cable.Unplug()
	r.until("absent", func(s devices.Status) bool { return s.State == devices.Absent })
	if s := r.next(); !s.Broken {
		t.Errorf("half a code came as %q", s.Text)
	}
	if err := r.cable.Plug(); err != nil {
		t.Fatal(err)
	}
	r.until("ready", func(s devices.Status) bool { return s.State == devices.Ready })
	r.sim.Scan("B")
	if s := r.next(); s.Text != "B" {
		t.Errorf("after replugging: %q", s.Text)
	}
}
