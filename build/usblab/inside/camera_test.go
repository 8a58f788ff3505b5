package inside

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"hallway/devices"
	"hallway/devices/devicetest"
	"hallway/devices/port"
	"hallway/devices/scanner/camera"
)

// The kernel's own camera, vivid: it shows bars of eight colours.
const (
	cameraAddress = "v4l:/dev/video0"
	cameraDriver  = "/sys/bus/platform/drivers/vivid/"
)

// testCamera is that camera; its cable is the tie of the driver to the device.
type testCamera struct{ plugged bool }

func newTestCamera(t testing.TB) *testCamera {
	t.Helper()
	c := &testCamera{}
	_, err := os.Stat(cameraDriver + "vivid.0")
	c.plugged = err == nil
	plugIn(t, c)
	return c
}

func (c *testCamera) Plug() error { return c.tie("bind", true) }

func (c *testCamera) Unplug() error { return c.tie("unbind", false) }

func (c *testCamera) tie(how string, plugged bool) error {
	if c.plugged == plugged {
		return nil
	}
	c.plugged = plugged
	return os.WriteFile(cameraDriver+how, []byte("vivid.0"), 0o200)
}

// full is the address of a camera that looks at papers.
func full(address string) (port.Opener, error) { return camera.ParseFull(address, nil) }

func cameraOpener(t testing.TB, parse func(string) (port.Opener, error)) port.Opener {
	t.Helper()
	opener, err := parse(cameraAddress)
	if err != nil {
		t.Fatal(err)
	}
	return opener
}

// openCamera opens it as the scanner's camera, or as one that looks at papers.
func openCamera(t *testing.T, parse func(string) (port.Opener, error)) camera.Frames {
	t.Helper()
	opener := cameraOpener(t, parse)
	p, err := opener.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	f := p.(camera.Frames)
	if err := f.SetReadTimeout(time.Minute); err != nil {
		t.Fatal(err)
	}
	return f
}

// The bars come as they are: white, yellow, cyan, green, magenta, red, blue, black.
func TestCameraShowsWhatIsThere(t *testing.T) {
	newTestCamera(t)
	t.Run("grey", func(t *testing.T) {
		m, err := openCamera(t, camera.Parse).Frame()
		if err != nil {
			t.Fatal(err)
		}
		if m.W != 1280 || m.H != 720 {
			t.Errorf("%d×%d", m.W, m.H)
		}
		last := 256
		for i := range 8 {
			v := int(m.Pix[m.H*2/3*m.Stride+m.W*(2*i+1)/16])
			if v >= last {
				t.Errorf("bar %d has %d, the one before it %d", i, v, last)
			}
			last = v
		}
	})
	t.Run("colours", func(t *testing.T) {
		im, err := openCamera(t, full).Picture()
		if err != nil {
			t.Fatal(err)
		}
		b := im.Bounds()
		t.Logf("%d×%d", b.Dx(), b.Dy())
		for i, want := range []string{"rgb", "rg-", "-gb", "-g-", "r-b", "r--", "--b", "---"} {
			r, g, bl, _ := im.At(b.Dx()*(2*i+1)/16, b.Dy()*2/3).RGBA()
			got := []byte("---")
			for k, v := range []uint32{r, g, bl} {
				if v > 0x6000 {
					got[k] = "rgb"[k]
				}
			}
			if string(got) != want {
				t.Errorf("bar %d is %s (%02x %02x %02x), not %s", i, got, r>>8, g>>8, bl>>8, want)
			}
		}
	})
}

// A camera that somebody else looks through says so, and is ours when it is free.
func TestCameraInUse(t *testing.T) {
	newTestCamera(t)
	first := openCamera(t, camera.Parse)
	if _, err := first.Frame(); err != nil {
		t.Fatal(err)
	}
	opener := cameraOpener(t, camera.Parse)
	var fault *port.Error
	if p, err := opener.Open(t.Context()); !errors.As(err, &fault) || fault.Code != port.InUse {
		t.Errorf("a second one got %v, %v", p, err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := opener.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

// The driver sees the camera's pictures, through plugging and unplugging.
func TestCamera(t *testing.T) {
	devicetest.RunOnBus(t, func(t testing.TB) devicetest.Subject {
		c := newTestCamera(t)
		s := camera.New(cameraOpener(t, camera.Parse), camera.Options{ID: "camera"})
		return devicetest.Subject{Device: s, Line: c, Working: []devices.State{devices.Ready, devices.Degraded},
			Use: func(ctx context.Context) error {
				from := s.Status().Counters["pictures"]
				for s.Status().Counters["pictures"] < from+3 {
					if err := port.Sleep(ctx, 10*time.Millisecond); err != nil {
						return fmt.Errorf("no pictures: %w", err)
					}
				}
				return nil
			}}
	}, cycles())
}
