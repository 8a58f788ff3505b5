package doccamsim

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"testing"
	"time"

	"hallway/devices"
	"hallway/devices/capture"
	"hallway/devices/capture/doccam"
	"hallway/devices/devicetest"
	"hallway/devices/scanner/camera"
	"hallway/devices/scanner/camera/camerasim"
)

// Every sheet is found, cut out and straight, as a page of A4 that has what is on it;
// where there is none the page is the whole picture.
func TestTheDriverFindsEachSheet(t *testing.T) {
	sim := New(camerasim.Options{W: 800, H: 600, Every: 20 * time.Millisecond})
	c := doccam.New(camera.MJPEG(devicetest.NewLine(t, "tcp", "", sim).Opener), doccam.Options{ID: "capture"})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	page := func(ready func(capture.Page) bool) capture.Page {
		t.Helper()
		for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			var got capture.Page
			if err := c.Capture(ctx, capture.Wish{}, func(p capture.Page) error { got = p; return nil }); err == nil && ready(got) {
				return got
			}
		}
		t.Fatal("no such page")
		return capture.Page{}
	}
	for _, s := range sheets {
		if err := sim.Lay(s.name); err != nil || sim.Lies() != s.name {
			t.Fatalf("%s: %v", s.name, err)
		}
		var im image.Image
		page(func(p capture.Page) bool { // the sheet before it may still be on its way
			if !p.Straight || p.MM != [2]float64{210, 297} {
				return false
			}
			got, err := jpeg.Decode(bytes.NewReader(p.JPEG))
			if err != nil {
				t.Fatal(err)
			}
			im = got
			return (red(got) > 100) == s.seal
		})
		if d := dark(im); d < 500 {
			t.Errorf("%s: %d dark points", s.name, d)
		}
	}
	if err := sim.Lay(""); err != nil || sim.Lies() != "" {
		t.Fatal(err)
	}
	page(func(p capture.Page) bool { return !p.Straight })
	if err := sim.Lay(Covered); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); len(c.Status().Faults) == 0 || c.Status().Faults[0].Code != "camera_dark"; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("a covered lens: %+v", c.Status())
		}
	}
	if c.Status().State == devices.Failed {
		t.Error("a dark camera is no broken one")
	}
	if err := sim.Lay("nothing like it"); err == nil {
		t.Error("a sheet that does not exist was laid")
	}
}

func red(im image.Image) (n int) {
	return count(im, func(r, g, b uint32) bool { return r > 120 && g < 90 && b < 90 })
}
func dark(im image.Image) (n int) {
	return count(im, func(r, g, b uint32) bool { return r < 110 && g < 110 })
}

func count(im image.Image, is func(r, g, b uint32) bool) (n int) {
	size := im.Bounds()
	for y := size.Min.Y; y < size.Max.Y; y++ {
		for x := size.Min.X; x < size.Max.X; x++ {
			if r, g, b, _ := im.At(x, y).RGBA(); is(r>>8, g>>8, b>>8) {
				n++
			}
		}
	}
	return n
}
