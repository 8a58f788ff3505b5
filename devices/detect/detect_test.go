package detect

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hallway/devices"
	"hallway/devices/capture/sane"
	"hallway/devices/port"
	"hallway/devices/port/fakesys"
	"hallway/devices/scanner/camera"
)

func TestDetect(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "sys.txt"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join("testdata", "proposed.toml"))
	if err != nil {
		t.Fatal(err)
	}
	has := func(kind devices.Kind, model string) bool { return model != "hidpos" }
	scanners := []sane.Found{{Name: "epson2:libusb:001:007", Maker: "Epson", Model: "DS-1\n[[device]]", Kind: "sheetfed scanner"},
		{Name: "net:10.0.0.9:fujitsu", Maker: "Fujitsu", Model: "fi", Kind: "scanner"}}
	all := Detect(port.Sys{Root: fakesys.Make(t, string(text))}, scanners, has)
	var got strings.Builder
	if err := Write(&got, all); err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
	for _, p := range all {
		if p.Config.Port == "" {
			continue
		}
		if p.Config.Kind == devices.KindCapture {
			if _, err := sane.FromConfig(p.Config); err != nil {
				t.Error(err)
			}
			continue
		}
		if strings.HasPrefix(p.Config.Port, "v4l:") {
			if _, err := camera.Parse(p.Config.Port); err != nil {
				t.Error(err)
			}
			continue
		}
		if o, err := port.Parse(p.Config.Port); err != nil || !port.Announced(o) {
			t.Errorf("%q cannot be opened as it is written: %v", p.Config.Port, err)
		}
	}
}

func TestNothingPluggedIn(t *testing.T) {
	var got strings.Builder
	if err := Write(&got, Detect(port.Sys{Root: t.TempDir()}, nil, func(devices.Kind, string) bool { return true })); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(got.String(), "# Nothing was found.") {
		t.Errorf("%q", got.String())
	}
}

// What a device says of itself stays in its comment.
func TestHostileName(t *testing.T) {
	var got strings.Builder
	p := Proposal{Node: port.Node{Dev: "/dev/hidraw0", Product: "x\n[[device]]\r\u2028port = 1"}, Why: "a device", Sure: Unknown}
	if err := Write(&got, []Proposal{p}); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(got.String()) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			t.Errorf("a line of configuration: %q", line)
		}
	}
}
