package doccam

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/devices"
	"hallway/devices/capture"
	"hallway/devices/devicetest"
	"hallway/devices/port"
	"hallway/devices/scanner/camera"
	"hallway/devices/scanner/camera/camerasim"
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
		sim := camerasim.New(camerasim.Options{W: 160, H: 120, Every: 50 * time.Millisecond, Seed: 5})
		line := devicetest.NewLine(t, "tcp", "", sim)
		c := New(camera.MJPEG(line.Opener), Options{ID: "capture"})
		return devicetest.Subject{
			Device: c, Line: line, Noise: sim.Noise,
			Working: []devices.State{devices.Ready, devices.Degraded},
			Use: func(ctx context.Context) error {
				if err := sim.ShowPicture(paper(160, 120)); err != nil {
					return err
				}
				defer sim.Empty()
				for ctx.Err() == nil {
					var page capture.Page
					err := c.Capture(ctx, capture.Wish{}, func(p capture.Page) error { page = p; return nil })
					var f *capture.Failure
					if err == nil && page.Straight || err != nil && !errors.As(err, &f) {
						return err
					}
					time.Sleep(10 * time.Millisecond) // it comes with one of the next pictures
				}
				return ctx.Err()
			},
		}
	})
}

// paper is a sheet that lies straight in a picture.
func paper(w, h int) *image.RGBA {
	im := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(im, im.Rect, image.NewUniform(color.RGBA{70, 80, 90, 255}), image.Point{}, draw.Src)
	draw.Draw(im, image.Rect(w/3, h/10, w*2/3, h*6/10), image.NewUniform(color.RGBA{230, 225, 220, 255}), image.Point{}, draw.Src)
	return im
}

// running is a camera under way.
type running struct {
	*Camera
	t *testing.T
}

func run(t *testing.T, opener port.Opener, o Options) running {
	t.Helper()
	o.ID = "capture"
	r := running{New(opener, o), t}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { r.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
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

// TestPictureFiles: a folder of pictures is a camera, in colour.
func TestPictureFiles(t *testing.T) {
	dir := t.TempDir()
	opener, err := camera.ParseFull("pictures:"+dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, opener, Options{Plain: true})
	r.until("ready", func(s devices.Status) bool { return s.State == devices.Ready && r.Able().Preview })
	p, err := r.Preview(t.Context())
	if err != nil || p.Sheet != nil || p.W != 64 {
		t.Fatalf("an empty folder: %+v %v", p, err)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, paper(1440, 1080), &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "new"), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, "1.jpg")); err != nil {
		t.Fatal(err)
	}
	for p.Sheet == nil {
		if p, err = r.Preview(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if p.W != previewSide || p.H != 540 {
		t.Errorf("a preview of %d×%d", p.W, p.H)
	}
	for _, asItIs := range []bool{false, true} {
		var pages []capture.Page
		err := r.Capture(t.Context(), capture.Wish{AsItIs: asItIs}, func(p capture.Page) error { pages = append(pages, p); return nil })
		if err != nil || len(pages) != 1 || pages[0].Straight == asItIs {
			t.Fatalf("as it is: %v: %d pages, %v", asItIs, len(pages), err)
		}
		im, err := jpeg.Decode(bytes.NewReader(pages[0].JPEG))
		if err != nil {
			t.Fatal(err)
		}
		red, _, blue, _ := im.At(pages[0].W/2, pages[0].H/3).RGBA()
		if asItIs != (pages[0].W == 1440) || red < 0xD800 || red-blue < 0x400 {
			t.Errorf("as it is: %v: %d wide, colour %x %x", asItIs, pages[0].W, red, blue)
		}
	}
	if n := r.Status().Counters["pages"]; n != 2 {
		t.Errorf("%d pages counted", n)
	}
	full := errors.New("no more")
	if err := r.Capture(t.Context(), capture.Wish{}, func(capture.Page) error { return full }); !errors.Is(err, full) {
		t.Error(err)
	}
}

// TestNoCamera: without a camera it is said why; one that goes away while somebody
// waits too.
func TestNoCamera(t *testing.T) {
	opener, err := camera.ParseFull("pictures:/nowhere/pictures", nil)
	if err != nil {
		t.Fatal(err)
	}
	var f *capture.Failure
	if _, err := New(opener, Options{ID: "capture"}).Preview(t.Context()); !errors.As(err, &f) || f.Code != "port_absent" {
		t.Errorf("before it runs: %v", err)
	}
	r := run(t, opener, Options{})
	r.until("told", func(s devices.Status) bool { return len(s.Faults) > 0 })
	if err := r.Capture(t.Context(), capture.Wish{}, nil); !errors.As(err, &f) || f.Code != "port_absent" {
		t.Error(err)
	}
	if r.Able() != (capture.Able{}) {
		t.Errorf("able to %+v", r.Able())
	}
}

func TestACoveredLens(t *testing.T) {
	sim := camerasim.New(camerasim.Options{W: 160, H: 120, Seed: 1})
	r := run(t, camera.MJPEG(devicetest.NewLine(t, "tcp", "", sim).Opener), Options{})
	r.until("ready", func(s devices.Status) bool { return s.State == devices.Ready })
	if err := sim.Cover(); err != nil {
		t.Fatal(err)
	}
	dark := func(s devices.Status) bool {
		return slices.ContainsFunc(s.Faults, func(f devices.Fault) bool { return f.Code == "camera_dark" })
	}
	r.until("dark", dark)
	sim.Empty()
	r.until("light again", func(s devices.Status) bool { return s.State == devices.Ready && !dark(s) })
}

func TestConfiguration(t *testing.T) {
	c := devices.Config{ID: "c", Kind: devices.KindCapture, Model: Model, Port: "v4l:046d:0825", Options: map[string]string{"light": "off"}}
	d, err := FromConfig(c)
	if err != nil {
		t.Fatal(err)
	}
	if !d.(*Camera).o.Plain {
		t.Error("light = off is not taken")
	}
	for want, bad := range map[string]devices.Config{
		"light":       {Port: c.Port, Options: map[string]string{"light": "dim"}},
		"not known":   {Port: c.Port, Options: map[string]string{"formats": "qr"}},
		"bad_address": {Port: "serial:/dev/ttyS0"},
	} {
		if _, err := FromConfig(bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
