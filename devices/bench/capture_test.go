package bench

import (
	"strings"
	"testing"

	"hallway/devices"
	"hallway/devices/capture"
	"hallway/devices/capture/doccam"
)

func TestASheetUnderTheDocumentCamera(t *testing.T) {
	s := newStand(t, t.TempDir(), "127.0.0.1:1")
	address := strings.TrimPrefix(s.device("c/capture").Address, "tcp:")
	d, err := doccam.FromConfig(devices.Config{ID: "capture", Kind: devices.KindCapture, Model: doccam.Model, Port: "mjpeg:" + address})
	if err != nil {
		t.Fatal(err)
	}
	ctx := driven(t, d)
	camera := d.(*doccam.Camera)
	straight := func() bool {
		var page capture.Page
		err := camera.Capture(ctx, capture.Wish{}, func(p capture.Page) error { page = p; return nil })
		return err == nil && page.Straight
	}
	s.must("/capture/lay", `{"id":"c/capture","sheet":"lease-1"}`)
	if now := s.device("c/capture").Capture; now.Lies != "lease-1" || len(now.Sheets) < 2 {
		t.Fatalf("%+v", now)
	}
	until(t, "a page", straight)
	s.must("/capture/lay", `{"id":"c/capture","sheet":""}`)
	until(t, "the empty desk", func() bool { return camera.Able().Glass && !straight() })
	if status, _ := s.post("/capture/lay", `{"id":"c/capture","sheet":"a novel"}`); status != 422 {
		t.Errorf("no such sheet: %d", status)
	}
	if status, _ := s.post("/capture/lay", `{"id":"c/sheet","sheet":"lease-1"}`); status != 409 {
		t.Errorf("under a printer: %d", status)
	}
	s.must("/devices/plug", `{"id":"c/capture","plugged":false}`)
	until(t, "gone", func() bool { return camera.Able() == capture.Able{} })
	s.must("/devices/plug", `{"id":"c/capture","plugged":true}`)
	until(t, "back", func() bool { return camera.Able().Preview })
}
