// Package doccam captures papers with a camera that looks down on them (高拍仪): it
// finds the sheet, straightens it, cuts it out and makes its paper white.
//
// How to connect: kind = "capture", model = "doccam", port as of a scanner's camera
// (devices/scanner/camera): "v4l:046d:0825", "mjpeg:192.168.1.60:8080",
// "pictures:/path/of/folder". Option: light = "off" leaves the light and the colours as
// the camera sees them. Rights: group video for a camera on USB. One camera has one
// use: a scanner of codes cannot have it too.
//
// Guarantees: a sheet is cut out only where four sides were found that a sheet can
// have; otherwise, and where it is asked for, the page is the whole picture. Colours
// stay: a red seal is red. Nothing is kept of what was seen; a page that is captured
// was seen after it was asked for. A camera that delivers nothing for 3 s is opened
// again (port_timeout); one that sees black for 2 s says so (camera_dark).
// Expectations: the sheet lies whole in the picture, on something that is not as
// bright as itself, and not further round than 45°: then its top is the page's top. A
// second sheet beside it is taken for a part of the desk when it is the smaller one.
// Known quirks: sheets of about A4's shape are given A4's size; of other shapes the
// size is not known, and they are fitted into A4. The picture is as fine as the camera:
// A4 that fills 1920×1080 has some 90 dots per inch. Tried with its simulator
// (doccamsim) up to the desk's dialog, and for its pictures with the kernel's own test
// camera in the USB lab; not tried with a real camera yet.
// Source: the sheet's sides are found by their distance from what is around it (Otsu's
// threshold, convex hull), and measured by the steps across them; the rest is plane
// projective geometry.
package doccam

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"sync"
	"sync/atomic"
	"time"

	"hallway/devices"
	"hallway/devices/capture"
	"hallway/devices/driver"
	"hallway/devices/port"
	"hallway/devices/scanner/camera"
)

// Model of the driver in configurations.
const Model = "doccam"

// Options of a document camera.
type Options struct {
	ID    string
	Plain bool // leave light and colours as they are
	Clock func() time.Time
}

// Times of the camera.
const (
	silence = 3 * time.Second
	idle    = time.Second // between pictures that nobody wants: is it there, is it dark
)

// previewSide is the longest side of a preview.
const previewSide = 720

// Camera is the driver.
type Camera struct {
	*driver.Base
	opener port.Opener
	o      Options
	taking atomic.Bool

	mu  sync.Mutex
	now *live // nil while there is no camera
}

// live is one open camera.
type live struct {
	asks chan chan<- image.Image
	done chan struct{}
}

var _ capture.Source = (*Camera)(nil)

// New makes a camera; nothing is opened before Run. What the opener gives are
// camera.Frames.
func New(opener port.Opener, o Options) *Camera {
	return &Camera{Base: driver.NewBase(o.ID, devices.KindCapture, Model, opener.Address(), o.Clock), opener: opener, o: o}
}

// FromConfig makes the driver of one configured device.
func FromConfig(c devices.Config) (devices.Device, error) {
	if err := driver.KnownOptions(c, "light"); err != nil {
		return nil, err
	}
	light := c.Options["light"]
	if light != "" && light != "on" && light != "off" {
		return nil, fmt.Errorf("option light = %q: write on or off", light)
	}
	opener, err := camera.ParseFull(c.Port, c.Wrap)
	if err != nil {
		return nil, err
	}
	return New(opener, Options{ID: c.ID, Plain: light == "off"}), nil
}

// Run keeps the camera open until ctx ends.
func (c *Camera) Run(ctx context.Context) error { return c.Loop(ctx, c.opener, c.session) }

// session reads one open camera. It is ready with its first picture.
func (c *Camera) session(ctx context.Context, p port.Port) error {
	defer context.AfterFunc(ctx, func() { p.Close() })() // ends a pending Picture; Loop closes again
	frames, ok := p.(camera.Frames)
	if !ok {
		return errors.New("this port gives no pictures")
	}
	if err := frames.SetReadTimeout(silence); err != nil {
		return err
	}
	l := &live{asks: make(chan chan<- image.Image), done: make(chan struct{})}
	defer func() {
		c.mu.Lock()
		c.now = nil
		c.mu.Unlock()
		close(l.done)
	}()
	night := camera.Darkness{}
	look := func() (image.Image, error) {
		im, err := frames.Picture()
		if err != nil {
			return nil, err
		}
		change := driver.Change{State: devices.Ready, Counters: map[string]int64{"pictures": 1}}
		night.See(camera.Grey(im), c.Now(), &change)
		c.Apply(change)
		return im, nil
	}
	if _, err := look(); err != nil {
		return err
	}
	c.mu.Lock()
	c.now = l
	c.mu.Unlock()
	tick := time.NewTicker(idle)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			if _, err := look(); err != nil {
				return err
			}
		case answer := <-l.asks:
			// The first picture may have waited since before it was asked for.
			if _, err := look(); err != nil {
				return err
			}
			im, err := look()
			if err != nil {
				return err
			}
			answer <- im
		}
	}
}

// see is what the camera sees now.
func (c *Camera) see(ctx context.Context) (*image.RGBA, error) {
	c.mu.Lock()
	l := c.now
	c.mu.Unlock()
	if l == nil {
		return nil, c.gone()
	}
	answer := make(chan image.Image, 1)
	select {
	case l.asks <- answer:
	case <-l.done:
		return nil, c.gone()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case im := <-answer:
		return rgba(im), nil
	case <-l.done:
		return nil, c.gone()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// gone says why there is no camera.
func (c *Camera) gone() error {
	for _, f := range c.Status().Faults {
		if f.Severity == devices.Error {
			return &capture.Failure{Code: f.Code, Err: errors.New(f.Detail)}
		}
	}
	return &capture.Failure{Code: "port_" + string(port.Gone), Err: errors.New("no camera")}
}

func rgba(im image.Image) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, im.Bounds().Dx(), im.Bounds().Dy()))
	draw.Draw(out, out.Rect, im, im.Bounds().Min, draw.Src)
	return out
}

// Able says what it can do: all or nothing.
func (c *Camera) Able() capture.Able {
	c.mu.Lock()
	defer c.mu.Unlock()
	return capture.Able{Preview: c.now != nil, Glass: c.now != nil}
}

// Preview is what lies there now, and where its sheet is.
func (c *Camera) Preview(ctx context.Context) (capture.Preview, error) {
	im, err := c.see(ctx)
	if err != nil {
		return capture.Preview{}, err
	}
	p := capture.Preview{}
	if q, ok := Find(im); ok {
		p.Sheet = &q
	}
	p.JPEG, p.W, p.H, err = capture.Shrink(im, previewSide)
	if err != nil {
		return capture.Preview{}, err
	}
	return p, nil
}

// Capture takes the sheet that lies there.
func (c *Camera) Capture(ctx context.Context, w capture.Wish, take func(capture.Page) error) error {
	if !c.taking.CompareAndSwap(false, true) {
		return &capture.Failure{Code: "port_busy", Err: errors.New("a page is being taken")}
	}
	defer c.taking.Store(false)
	im, err := c.see(ctx)
	if err != nil {
		return err
	}
	if w.Progress != nil {
		w.Progress(1, 50)
	}
	p, err := c.page(im, w.AsItIs)
	if err != nil {
		return err
	}
	if err := take(p); err != nil {
		return err
	}
	c.Apply(driver.Change{Counters: map[string]int64{"pages": 1}})
	return nil
}

// page makes a page of a picture.
func (c *Camera) page(im *image.RGBA, asItIs bool) (capture.Page, error) {
	if !asItIs {
		if q, ok := Find(im); ok {
			sheet, mm := Straighten(im, q)
			if !c.o.Plain {
				Level(sheet)
			}
			return capture.Encode(sheet, mm, true)
		}
	}
	return capture.Encode(im, [2]float64{}, false)
}
