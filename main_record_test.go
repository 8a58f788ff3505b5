package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hallway/app/terminal"
	"hallway/devices/capture/sane"
	"hallway/devices/port"
	"hallway/devices/port/cable"
	"hallway/devices/port/fakesys"
	"hallway/devices/scanner/serialscan/serialscansim"
)

func recordConfig(t *testing.T, address string) terminal.Config {
	t.Helper()
	c, err := terminal.LoadConfig(configured(t, config+`
[[device]]
id = "scanner"
kind = "scanner"
model = "serial"
port = "`+address+`"
[[device]]
id = "reader"
kind = "idcard"
model = "sdt"
port = "tcp:127.0.0.1:1"
[[device]]
id = "voice"
kind = "voice"
model = "espeak"
`))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRecordKeepsWhatADeviceSays(t *testing.T) {
	sim := serialscansim.New(serialscansim.Options{})
	line, err := cable.New("tcp:127.0.0.1:0", sim)
	if err != nil {
		t.Fatal(err)
	}
	if err := line.Plug(); err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	c := recordConfig(t, line.Address())
	to := filepath.Join(t.TempDir(), "transcript")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	var told strings.Builder
	go func() {
		done <- recording{to: to, limit: time.Hour}.run(ctx, &told, c, "scanner")
	}()
	var steps []port.Step
	for len(steps) == 0 {
		sim.Scan("HALLWAY-1")
		time.Sleep(20 * time.Millisecond)
		if f, err := os.Open(to); err == nil {
			steps, err = port.ReadTranscript(f)
			if err != nil {
				steps = nil // half a line is on the disk
			}
			f.Close()
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if said := string(steps[0].Data); steps[0].Out || !strings.HasPrefix("HALLWAY-1\r", said) {
		t.Errorf("the transcript begins with %q", said)
	}
	if !strings.Contains(told.String(), "scanner is ready") || !strings.Contains(told.String(), "transfers in") {
		t.Errorf("told: %q", told.String())
	}
	if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the transcript: %v, %v", info, err)
	}
}

func TestRecordRefuses(t *testing.T) {
	c := recordConfig(t, "tcp:127.0.0.1:1")
	there := filepath.Join(t.TempDir(), "there")
	if err := os.WriteFile(there, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		id, to string
		why    string
	}{
		{"reader", "new", "--with-personal-data"},
		{"voice", "new", "no line"},
		{"nobody", "new", "hallway devices"},
		{"scanner", "", "--to FILE"},
		{"scanner", there, "not there yet"},
	} {
		if x.to == "new" {
			x.to = filepath.Join(t.TempDir(), "new")
		}
		err := recording{to: x.to, limit: time.Hour}.run(t.Context(), io.Discard, c, x.id)
		if err == nil || !strings.Contains(err.Error(), x.why) {
			t.Errorf("%s to %s: %v", x.id, x.to, err)
		}
	}
	if text, err := os.ReadFile(there); err != nil || string(text) != "kept" {
		t.Errorf("a file that was there: %q, %v", text, err)
	}
}

func TestDetectProposesForThisProgram(t *testing.T) {
	root := fakesys.Make(t, `class/usbmisc/lp0 -> ../../devices/usb1/1-1/1-1:1.0/usbmisc/lp0
devices/usb1/1-1/idVendor = 04b8
devices/usb1/1-1/idProduct = 0202
devices/usb1/1-1/1-1:1.0/usbmisc/lp0/uevent = DEVNAME=usb/lp0
`)
	var out strings.Builder
	scanners := func(context.Context) ([]sane.Found, error) { return []sane.Found{{Name: "epson2:libusb:001:007"}}, nil }
	if err := detectDevices(t.Context(), &out, port.Sys{Root: root}, scanners); err != nil {
		t.Fatal(err)
	}
	path := configured(t, config+out.String())
	var report strings.Builder
	if err := run([]string{"devices", "--config", path}, &report, os.Stderr); err != nil {
		t.Errorf("what it proposes cannot be loaded: %v\n%s", err, out.String())
	}
	for _, proposed := range []string{"usblp:04b8:0202", "sane:epson2:libusb"} {
		if !strings.Contains(report.String(), proposed) {
			t.Errorf("the report has no %s:\n%s", proposed, report.String())
		}
	}
	out.Reset()
	broken := func(context.Context) ([]sane.Found, error) { return nil, errors.New("broken\n[[device]]") }
	if err := detectDevices(t.Context(), &out, port.Sys{Root: root}, broken); err != nil || !strings.Contains(out.String(), "broken.[[device]]") || !strings.Contains(out.String(), "usblp") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
