package main

import (
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"hallway/app/terminal"
)

func TestStatusOfARunningTerminal(t *testing.T) {
	c, err := terminal.LoadConfig(configured(t, config+`locale = "en"
[[device]]
id = "reader"
kind = "idcard"
model = "sdt"
port = "tcp:127.0.0.1:1"
off = true
[[device]]
id = "scanner"
kind = "scanner"
model = "serial"
port = "tcp:127.0.0.1:1"
[[device]]
id = "printer"
kind = "printer"
model = "escpos"
port = "nowhere"
`))
	if err != nil {
		t.Fatal(err)
	}
	devs := terminal.NewDevices(slog.New(slog.DiscardHandler), factories(c), deviceConfigs(c))
	server := httptest.NewServer(devicesHandler(devs.Registry, c.Locale))
	defer server.Close()
	c.Listen = strings.TrimPrefix(server.URL, "http://")
	var out strings.Builder
	if err := printStatus(t.Context(), &out, c); err != nil {
		t.Fatal(err)
	}
	has(t, out.String(), "reader idcard sdt tcp:127.0.0.1:1 skipped", "scanner scanner serial tcp:127.0.0.1:1 absent", "printer printer escpos nowhere failed",
		"reader: switched off in the configuration", "printer: The address in the configuration is wrong: Correct “port” in hallway.toml.")
	server.Close()
	if err := printStatus(t.Context(), &out, c); err == nil || !strings.Contains(err.Error(), "is it running?") {
		t.Errorf("nobody listens: %v", err)
	}
	c.Listen = "127.0.0.1:0"
	if err := printStatus(t.Context(), &out, c); err == nil || !strings.Contains(err.Error(), "listen") {
		t.Errorf("a port that changes: %v", err)
	}
}
