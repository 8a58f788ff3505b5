package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hallway/app/terminal"
	"hallway/devices"
)

const config = `version = 1
role = "kiosk"
terminal = "kiosk-1"
centre = "http://127.0.0.1:1"
token_file = "token"
data = "data"
`

func configured(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hallway.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDevicesPrintsTheReport(t *testing.T) {
	path := configured(t, config+`
[[device]]
id = "reader"
kind = "idcard"
model = "sdt"
port = "tcp:127.0.0.1:1"
[[device]]
id = "spare"
kind = "idcard"
model = "sdt"
off = true
[[device]]
id = "printer"
kind = "printer"
model = "nonsense"
port = "tcp:127.0.0.1:1"
[[device]]
id = "scanner"
kind = "scanner"
model = "serial"
port = "COM1"
`)
	for _, args := range [][]string{{"devices", "--config", path}, {"--config", path, "devices"}} {
		var out strings.Builder
		err := run(args, &out, os.Stderr)
		if err == nil || !strings.HasPrefix(err.Error(), "2 of the configured devices") {
			t.Errorf("%v: error %v", args, err)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != 5 {
			t.Fatalf("%v prints\n%s", args, out.String())
		}
		for i, want := range [][]string{{"DEVICE", "OUTCOME"}, {"reader", "loaded"}, {"spare", "skipped", "switched off"},
			{"printer", "failed", "not known; known are", "printer/escpos"}, {"scanner", "failed", "bad_address"}} {
			for _, word := range want {
				if !strings.Contains(lines[i], word) {
					t.Errorf("line %q does not say %q", lines[i], word)
				}
			}
		}
	}
}

func TestTheCommandLineIsChecked(t *testing.T) {
	path := configured(t, config)
	for _, args := range [][]string{{"device"}, {"devices", "now", "--config", path}, {"version", "--colour"}, {"--config", "none.toml", "devices"}} {
		if err := run(args, &strings.Builder{}, &strings.Builder{}); err == nil {
			t.Errorf("%v was accepted", args)
		}
	}
	if err := run([]string{"devices", "--config", path}, &strings.Builder{}, os.Stderr); err != nil {
		t.Errorf("a terminal without devices: %v", err)
	}
	if err := run([]string{"--help"}, &strings.Builder{}, &strings.Builder{}); err != nil {
		t.Errorf("help: %v", err)
	}
}

func TestEveryModelIsMade(t *testing.T) {
	for _, tc := range []struct {
		kind, model, profile string
		options              map[string]string
		fails                bool
	}{
		{kind: "idcard", model: "sdt", options: map[string]string{"address": "yes"}},
		{kind: "idcard", model: "sdt", options: map[string]string{"address": "perhaps"}, fails: true},
		{kind: "scanner", model: "serial", options: map[string]string{"terminator": "cr", "aim": "on"}},
		{kind: "scanner", model: "serial", options: map[string]string{"terminator": "bell"}, fails: true},
		{kind: "scanner", model: "serial", options: map[string]string{"aim": "high"}, fails: true},
		{kind: "printer", model: "escpos", profile: "epson80", options: map[string]string{"timeout": "15s"}},
		{kind: "printer", model: "escpos", profile: "none", fails: true},
		{kind: "numberboard", model: "board4", options: map[string]string{"address": "5", "colour": "red"}},
		{kind: "numberboard", model: "board4", options: map[string]string{"address": "0"}, fails: true},
		{kind: "numberboard", model: "xunpeng"},
		{kind: "numberboard", model: "onbon_text", options: map[string]string{"address": "2"}},
		{kind: "evaluator", model: "caller21", options: map[string]string{"address": "2"}},
		{kind: "evaluator", model: "missing.toml", fails: true},
		{kind: "evaluator", model: "five_key"},
		{kind: "evaluator", model: "caller21", options: map[string]string{"calls": "yes"}},
		{kind: "evaluator", model: "caller21", options: map[string]string{"calls": "some"}, fails: true},
		{kind: "evaluator", model: "five_key", options: map[string]string{"calls": "yes"}, fails: true},
		{kind: "caller", model: "caller21", options: map[string]string{"address": "3"}},
		{kind: "caller", model: "caller21", options: map[string]string{"calls": "yes"}, fails: true},
		{kind: "caller", model: "devices/frame/tables/five_key.toml", fails: true},
		{kind: "evaluator", model: "hid_keypad"},
		{kind: "evaluator", model: "screen"},
		{kind: "evaluator", model: "screen", options: map[string]string{"token": "x"}, fails: true},
		{kind: "evaluator", model: "devices/frame/tables/five_key.toml"},
		{kind: "evaluator", model: "board4", fails: true},
		{kind: "numberboard", model: "devices/frame/tables/board4.toml", options: map[string]string{"colour": "pink"}, fails: true},
		{kind: "numberboard", model: "devices/frame/tables/board4.toml"},
		{kind: "capture", model: "sane", options: map[string]string{"resolution": "30"}, fails: true},
		{kind: "capture", model: "doccam", options: map[string]string{"formats": "qr"}, fails: true},
		{kind: "voice", model: "espeak"},
		{kind: "voice", model: "espeak", options: map[string]string{"pitch": "9"}, fails: true},
	} {
		c := terminal.Config{Data: "data", Voice: terminal.VoiceConfig{Mode: "off"}, Devices: []terminal.DeviceConfig{{ID: "d", Kind: tc.kind, Model: tc.model,
			Port: "tcp:127.0.0.1:1", Profile: tc.profile, Options: tc.options}}}
		r := terminal.NewDevices(nil, factories(c), deviceConfigs(c)).Reports()
		if len(r) != 1 || (r[0].Outcome == devices.Loaded) == tc.fails || r[0].Outcome == devices.Skipped {
			t.Errorf("%+v gives %+v", tc, r)
		}
	}
}
