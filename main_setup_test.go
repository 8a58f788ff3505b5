package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hallway/app/terminal"
	"hallway/devices"
	"hallway/devices/port/cable"
	"hallway/devices/printer/escpos"
	"hallway/devices/printer/escpos/escpossim"
	"hallway/frontend"
)

// printerLine is a ticket printer that is plugged in and switched on.
func printerLine(t *testing.T) (*escpossim.Sim, *cable.Cable) {
	t.Helper()
	sim := escpossim.New(escpossim.Options{Confirms: true, Clears: true, NativeQR: true})
	line, err := cable.New("tcp:127.0.0.1:0", sim)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = sim.Run(ctx) })
	t.Cleanup(func() { line.Close(); cancel(); work.Wait() })
	if err := line.Plug(); err != nil {
		t.Fatal(err)
	}
	return sim, line
}

func printerConfig(address string) terminal.Config {
	return terminal.Config{Locale: "zh-Hans", Devices: []terminal.DeviceConfig{{ID: "ticket-printer", Kind: "printer", Model: "escpos", Port: address}}}
}

// TestSetup: an installer who mistypes once answers the questions, and the terminal
// can print by the file that comes of it.
func TestSetup(t *testing.T) {
	sim, line := printerLine(t)
	keys, hand := io.Pipe()
	defer hand.Close()
	types := func(words string) func() { return func() { io.WriteString(hand, words+"\n") } }
	widths := make(chan func(), 2) // the first is mistyped
	widths <- types("forty-eight")
	widths <- types("48")
	i := &installer{act: map[string]func(){
		"[32/42/48]":    func() { (<-widths)() },
		"[a/b/ab/none]": types("AB"), "镕": types("yes"), "[d/e/f/none]": types("f"), "二维码": types("yes"), "黑方块": types("yes"),
		"é ç ã": types("yes"), "响了": types("no"), "[partial/full/no]": types("partial"),
	}}
	file := filepath.Join(t.TempDir(), "printer.toml")
	s := setup{lines: typed(keys), out: i, locale: "zh-Hans", to: file}
	if err := s.run(t.Context(), printerConfig(line.Address()), "ticket-printer"); err != nil {
		t.Fatalf("%v\n%s", err, i.text())
	}
	has(t, i.text(), "打印机正在打一张测试小票", `profile = "`+file+`"`)
	l, err := escpos.ReadLearnt(file)
	if err != nil || l.Base != "epson80" || !l.Confirms || l.Dots != 576 || l.Cutter != escpos.Partial || l.Font != "gbk" {
		t.Errorf("learnt %+v %v", l, err)
	}
	if _, err := escpos.FromConfig(devices.Config{ID: "p", Port: line.Address(), Options: map[string]string{"profile": file}}); err != nil {
		t.Error(err)
	}
	for end := time.Now().Add(time.Minute); sim.Count() != 1; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d slips came out", sim.Count())
		}
	}
}

// TestSetupWritesNothingByHalves: nobody answers, another device, no device.
func TestSetupWritesNothingByHalves(t *testing.T) {
	_, line := printerLine(t)
	dir := t.TempDir()
	s := setup{lines: typed(strings.NewReader("48\n")), out: &installer{}, locale: "en", to: filepath.Join(dir, "printer.toml")}
	if err := s.run(t.Context(), printerConfig(line.Address()), "ticket-printer"); err == nil || !strings.Contains(err.Error(), "nobody answers") {
		t.Errorf("nobody answers: %v", err)
	}
	if err := s.run(t.Context(), recordConfig(t, line.Address()), "scanner"); err == nil || !strings.Contains(err.Error(), "no ticket printer") {
		t.Errorf("a scanner: %v", err)
	}
	if err := s.run(t.Context(), printerConfig(line.Address()), "nobody"); err == nil {
		t.Error("a device that is not there")
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Errorf("left behind: %v %v", files, err)
	}
}

// TestSetupHasItsWords: each question has a text in every language.
func TestSetupHasItsWords(t *testing.T) {
	for _, locale := range []string{"zh-Hans", "zh-Hant", "en", "pt"} {
		keys := []string{"look", "done"}
		for _, q := range escpos.Questions {
			keys = append(keys, q.Code)
		}
		for _, k := range keys {
			if frontend.Catalogue(locale)["setup.printer."+k] == "" {
				t.Errorf("%s: no text for %s", locale, k)
			}
		}
	}
}
