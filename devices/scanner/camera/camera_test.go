package camera

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/build/fuzz"
	"hallway/devices"
	"hallway/devices/devicetest"
	"hallway/devices/driver"
	"hallway/devices/port"
	"hallway/devices/scanner"
	"hallway/devices/scanner/camera/camerasim"
	"hallway/devices/scanner/codepic"
	"hallway/devices/scanner/decode"
)

func TestMain(m *testing.M) {
	// the runtime opens its poller with the first connection and keeps it
	if ln, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
		ln.Close()
	}
	goleak.VerifyTestMain(m)
}

func TestConformance(t *testing.T) {
	devicetest.Run(t, func(t testing.TB) devicetest.Subject {
		sim := camerasim.New(camerasim.Options{W: 160, H: 120, Every: 200 * time.Millisecond, Seed: 5})
		line := devicetest.NewLine(t, "tcp", "", sim)
		c := New(MJPEG(line.Opener), Options{ID: "camera", Formats: []scanner.Format{scanner.QR}})
		n := 0
		return devicetest.Subject{
			Device: c, Line: line, Noise: sim.Noise,
			Working: []devices.State{devices.Ready, devices.Degraded},
			Use: func(ctx context.Context) error {
				n++
				code := "CODE-" + string(rune('A'+n%26))
				if err := sim.Show(scanner.QR, code); err != nil {
					return err
				}
				defer sim.Empty()
				for {
					select {
					case s := <-c.Scans():
						if s.Text == code && !s.Broken {
							return nil
						}
					case <-ctx.Done():
						return ctx.Err()
					}
				}
			},
		}
	})
}

// running starts a camera and waits for what the test wants.
type running struct {
	t *testing.T
	*Camera
}

func run(t *testing.T, opener port.Opener, o Options) running {
	t.Helper()
	o.ID = "camera"
	r := running{t, New(opener, o)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { r.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	return r
}

func (r running) next() scanner.Scan {
	r.t.Helper()
	select {
	case s := <-r.Scans():
		return s
	case <-time.After(time.Minute):
		r.t.Fatalf("no scan in a minute; status %+v", r.Status())
		return scanner.Scan{}
	}
}

func (r running) until(what string, ok func(devices.Status) bool) {
	r.t.Helper()
	for end := time.Now().Add(time.Minute); !ok(r.Status()); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatalf("waited a minute for: %s; status %+v", what, r.Status())
		}
	}
}

func faulty(code string) func(devices.Status) bool {
	return func(s devices.Status) bool {
		return slices.ContainsFunc(s.Faults, func(f devices.Fault) bool { return f.Code == code })
	}
}

func TestACoveredLens(t *testing.T) {
	sim := camerasim.New(camerasim.Options{W: 160, H: 120, Seed: 1})
	r := run(t, MJPEG(devicetest.NewLine(t, "tcp", "", sim).Opener), Options{})
	r.until("ready", func(s devices.Status) bool { return s.State == devices.Ready })
	if err := sim.Cover(); err != nil {
		t.Fatal(err)
	}
	r.until("dark", faulty("camera_dark"))
	if s := r.Status().State; s != devices.Degraded {
		t.Errorf("state %s", s)
	}
	sim.Empty()
	r.until("light again", func(s devices.Status) bool { return s.State == devices.Ready && !faulty("camera_dark")(s) })
}

func picture(t *testing.T, f scanner.Format, text string) *image.Gray {
	t.Helper()
	c, err := codepic.Make(f, text)
	if err != nil {
		t.Fatal(err)
	}
	v := codepic.View{W: 400, H: 300, X: 200, Y: 150, Turn: 20, Module: 2.4, Blur: .6, Noise: 2, Ink: 40, Paper: 205, Desk: 110, Seed: 1}
	if !v.Fits(c) {
		t.Fatalf("%q does not fit", text)
	}
	im, err := v.Draw(c)
	if err != nil {
		t.Fatal(err)
	}
	return im
}

// TestPictureFiles shows files of every sort; what is no picture is passed over.
func TestPictureFiles(t *testing.T) {
	dir := t.TempDir()
	var j, p bytes.Buffer
	if err := jpeg.Encode(&j, picture(t, scanner.QR, "JPEG"), nil); err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(&p, picture(t, scanner.Code128, "PNG-1")); err != nil {
		t.Fatal(err)
	}
	g := picture(t, scanner.DataMatrix, "PGM")
	for name, b := range map[string][]byte{
		"1.jpg": j.Bytes(), "2.png": p.Bytes(), "3.pgm": append([]byte("P5\n400 300\n255\n"), g.Pix...),
		"0.jpg": []byte("no picture"), "readme.txt": j.Bytes(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o, err := Parse("pictures:" + dir)
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, o, Options{})
	for _, want := range []scanner.Scan{{Text: "JPEG", AIM: "]Q1"}, {Text: "PNG-1", AIM: "]C0"}, {Text: "PGM", AIM: "]d1"}} {
		if s := r.next(); s.Text != want.Text || s.AIM != want.AIM || string(s.Raw) != want.Text || s.At.IsZero() {
			t.Errorf("scan %+v, want %+v", s, want)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	r.until("the folder is gone", faulty("port_absent"))
}

// TestATranscript: what a camera sent is kept and read again without it.
func TestATranscript(t *testing.T) {
	sim := camerasim.New(camerasim.Options{W: 320, H: 240, Seed: 2})
	line := devicetest.NewLine(t, "tcp", "", sim)
	var kept bytes.Buffer
	c := devices.Config{ID: "camera", Kind: devices.KindScanner, Model: "camera",
		Port: strings.Replace(line.Address(), "tcp:", "mjpeg:", 1), Wrap: func(o port.Opener) port.Opener { return port.Record(o, &kept) }}
	d, err := FromConfig(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { d.Run(ctx); close(done) }()
	if err := sim.Pass([]byte("KEPT")); err != nil {
		t.Fatal(err)
	}
	if s := (running{t, d.(*Camera)}).next(); s.Text != "KEPT" {
		t.Errorf("%+v", s)
	}
	cancel()
	<-done
	file := filepath.Join(t.TempDir(), "transcript")
	if err := os.WriteFile(file, kept.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := Parse("replay:" + file)
	if err != nil {
		t.Fatal(err)
	}
	if s := run(t, o, Options{}).next(); s.Text != "KEPT" {
		t.Errorf("again: %+v", s)
	}
	c.Port = "pictures:/tmp"
	if _, err := FromConfig(c); err == nil {
		t.Error("a folder is recorded")
	}
}

// TestOncePerSight: times are given, so that nothing depends on the machine.
func TestOncePerSight(t *testing.T) {
	qr := decode.Result{Format: scanner.QR, Bytes: []byte("A")}
	other := decode.Result{Format: scanner.QR, Bytes: []byte("B")}
	weak := decode.Result{Format: scanner.Code39, Bytes: []byte("A")}
	type step struct {
		ms    int
		found []decode.Result
		told  int
	}
	for name, steps := range map[string][]step{
		"held long":            {{0, []decode.Result{qr}, 1}, {1000, []decode.Result{qr}, 0}, {2000, []decode.Result{qr}, 0}, {3400, []decode.Result{qr}, 0}},
		"away and back":        {{0, []decode.Result{qr}, 1}, {100, nil, 0}, {1499, []decode.Result{qr}, 0}, {2999, []decode.Result{qr}, 1}},
		"two beside another":   {{0, []decode.Result{qr, other}, 2}, {100, []decode.Result{other, qr}, 0}},
		"weak, twice":          {{0, []decode.Result{weak}, 0}, {100, []decode.Result{weak}, 1}, {200, []decode.Result{weak}, 0}},
		"weak, too far apart":  {{0, []decode.Result{weak}, 0}, {1500, []decode.Result{weak}, 0}, {1600, []decode.Result{weak}, 1}},
		"weak beside the same": {{0, []decode.Result{weak, qr}, 1}, {100, []decode.Result{weak, qr}, 1}},
	} {
		f, begin := filter{}, time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
		for i, s := range steps {
			if got := f.pass(s.found, begin.Add(time.Duration(s.ms)*time.Millisecond)); len(got) != s.told {
				t.Errorf("%s, step %d: %d told, want %d", name, i+1, len(got), s.told)
			}
		}
	}
}

// TestDarkIsNotOnePicture: a black picture is no fault, two seconds of them are.
func TestDarkIsNotOnePicture(t *testing.T) {
	night := decode.Luma{Pix: make([]byte, 64*64), W: 64, H: 64, Stride: 64}
	day := decode.Luma{Pix: bytes.Repeat([]byte{90}, 64*64), W: 64, H: 64, Stride: 64}
	d, begin := Darkness{}, time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for i, s := range []struct {
		ms      int
		m       decode.Luma
		fault   bool
		cleared bool
	}{{0, night, false, false}, {1900, night, false, false}, {2000, day, false, false}, {3000, night, false, false},
		{4900, night, false, false}, {5000, night, true, false}, {5100, night, true, false}, {5200, day, false, true}, {5300, day, false, false}} {
		var c driver.Change
		d.See(s.m, begin.Add(time.Duration(s.ms)*time.Millisecond), &c)
		if (len(c.Faults) > 0) != s.fault || (len(c.Cleared) > 0) != s.cleared {
			t.Errorf("picture %d: %+v", i+1, c)
		}
	}
}

func TestJPEGWithoutTables(t *testing.T) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture(t, scanner.QR, "TABLES"), nil); err != nil {
		t.Fatal(err)
	}
	j := b.Bytes()
	var bare []byte
	at := 2
	bare = append(bare, j[:2]...)
	for j[at+1] != 0xda {
		n := 2 + int(j[at+2])<<8 + int(j[at+3])
		if j[at+1] != 0xc4 {
			bare = append(bare, j[at:at+n]...)
		}
		at += n
	}
	bare = append(bare, j[at:]...)
	if _, err := jpeg.Decode(bytes.NewReader(bare)); err == nil {
		t.Fatal("the picture still has its tables")
	}
	im, err := pictureOf(bare)
	if err != nil {
		t.Fatal(err)
	}
	if got := decode.Read(Grey(im), decode.Options{}); len(got) != 1 || got[0].Text != "TABLES" {
		t.Errorf("%+v", got)
	}
}

// TestCutter: pictures come out whole however the stream is cut, and rubbish
// between them is passed over.
func TestCutter(t *testing.T) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 30)), nil); err != nil {
		t.Fatal(err)
	}
	one := b.Bytes()
	s := append([]byte("--frame\r\nContent-Type: image/jpeg\r\n\r\n"), one...)
	s = append(append(s, "\xff\xd8\x00\x00 rubbish \xff"...), one...)
	for step := 1; step < len(s); step += 13 {
		var c cutter
		n := 0
		for at := 0; at < len(s); at += step {
			for _, j := range c.feed(s[at:min(at+step, len(s))]) {
				n++
				if !bytes.Equal(j, one) {
					t.Fatalf("by %d bytes: a picture of %d bytes, want %d", step, len(j), len(one))
				}
			}
		}
		if n != 2 {
			t.Fatalf("by %d bytes: %d pictures", step, n)
		}
	}
}

func FuzzCutter(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xd9"), uint16(1))
	f.Add([]byte("x\xff\xd8\xff\xe0\x00\x02\xff\xda\x00\x02ab\xff\x00\xff\xd9"), uint16(3))
	fuzz.Run(f, func(t *testing.T, b []byte, step uint16) {
		var c cutter
		k := int(step)%64 + 1
		for at := 0; at < len(b); at += k {
			for _, j := range c.feed(b[at:min(at+k, len(b))]) {
				if !bytes.HasPrefix(j, []byte{0xff, 0xd8}) || !bytes.HasSuffix(j, []byte{0xff, 0xd9}) {
					t.Fatalf("%x is no picture", j)
				}
				_, _ = pictureOf(j)
			}
			if len(c.b) > len(b) {
				t.Fatal("it keeps more than it was given")
			}
		}
	})
}

func TestYUYV(t *testing.T) {
	m, err := yuyv([]byte{1, 99, 2, 99, 3, 99, 4, 99}, 2, 2)
	if err != nil || !bytes.Equal(m.Pix, []byte{1, 2, 3, 4}) {
		t.Errorf("%v %v", m, err)
	}
	if _, err := yuyv([]byte{1, 2, 3}, 2, 2); err == nil {
		t.Error("a short picture is taken")
	}
	im, err := yuyvPicture([]byte{200, 90, 100, 240, 10, 20, 30, 40}, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []color.YCbCr{{Y: 200, Cb: 90, Cr: 240}, {Y: 100, Cb: 90, Cr: 240}, {Y: 10, Cb: 20, Cr: 40}, {Y: 30, Cb: 20, Cr: 40}} {
		if got := im.At(i%2, i/2); got != want {
			t.Errorf("pixel %d is %v, want %v", i, got, want)
		}
	}
	if _, err := yuyvPicture([]byte{1}, 2, 2); err == nil {
		t.Error("a short picture is taken in colour")
	}
}

func TestConfiguration(t *testing.T) {
	ok := devices.Config{ID: "c", Kind: devices.KindScanner, Model: "camera", Port: "mjpeg:127.0.0.1:8080", Options: map[string]string{"formats": "qr, code128"}}
	d, err := FromConfig(ok)
	if err != nil {
		t.Fatal(err)
	}
	if c := d.(*Camera); !slices.Equal(c.o.Formats, []scanner.Format{scanner.QR, scanner.Code128}) {
		t.Errorf("formats %v", c.o.Formats)
	}
	for _, p := range []string{"", "v4l:", "v4l:camera", "mjpeg:nowhere", "serial:/dev/ttyS0", "pictures"} {
		if _, err := Parse(p); port.CodeOf(err) != port.BadAddress {
			t.Errorf("%q: %v", p, err)
		}
	}
	for _, p := range []string{"v4l:046d:0825", "v4l:/dev/video7", "pictures:/tmp"} {
		if _, err := Parse(p); err != nil {
			t.Error(err)
		}
	}
	ok.Options = map[string]string{"formats": "aztec"}
	if _, err := FromConfig(ok); err == nil {
		t.Error("an unknown symbology is taken")
	}
}

// TestNoCamera: what is not there, or no camera, is said as what it is.
func TestNoCamera(t *testing.T) {
	for address, want := range map[string]port.Code{
		"v4l:/dev/video-none":        port.Gone,
		"v4l:dead:beef":              port.Gone,
		"pictures:/nowhere/pictures": port.Gone,
	} {
		o, err := Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Open(context.Background()); port.CodeOf(err) != want {
			t.Errorf("%s: %v", address, err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := o.Open(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, cancelled: %v", address, err)
		}
	}
}
