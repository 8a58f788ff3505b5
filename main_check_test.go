package main

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"hallway/devices/port/cable"
	"hallway/devices/scanner/serialscan/serialscansim"
)

// installer reads what the check says, and acts on it.
type installer struct {
	mu   sync.Mutex
	said strings.Builder
	act  map[string]func()
}

func (i *installer) Write(b []byte) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for words, f := range i.act {
		if strings.Contains(string(b), words) {
			go f()
		}
	}
	return i.said.Write(b)
}

func (i *installer) text() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.said.String()
}

// scannerLine is a scanner that is plugged in.
func scannerLine(t *testing.T) *cable.Cable {
	t.Helper()
	line, err := cable.New("tcp:127.0.0.1:0", serialscansim.New(serialscansim.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	if err := line.Plug(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { line.Close() })
	return line
}

func has(t *testing.T, report string, lines ...string) {
	t.Helper()
	fields := strings.Join(strings.Fields(report), " ")
	for _, want := range lines {
		if !strings.Contains(fields, want) {
			t.Errorf("the report does not say %q:\n%s", want, report)
		}
	}
}

func TestCheckWithAnInstallerWhoPullsTheCable(t *testing.T) {
	line := scannerLine(t)
	keys, hand := io.Pipe()
	defer hand.Close()
	must := func(err error) {
		if err != nil {
			t.Error(err)
			hand.Close() // nobody waits for a cable
		}
	}
	i := &installer{act: map[string]func(){
		"pull its cable": func() { must(line.Unplug()) },
		"plug it in":     func() { must(line.Plug()) },
	}}
	c := checking{lines: typed(keys), out: i, locale: "en", limit: time.Minute}
	if err := c.run(t.Context(), recordConfig(t, line.Address()), "scanner"); err != nil {
		t.Error(err)
	}
	has(t, i.text(), "scanner found good", "scanner unplug good noticed: ", "scanner plug in again good ready", "scanner let go good")
}

func TestCheckGoesOnWithoutPulling(t *testing.T) {
	line := scannerLine(t)
	keys, hand := io.Pipe()
	defer hand.Close()
	i := &installer{act: map[string]func(){"pull its cable": func() { io.WriteString(hand, "\n") }}}
	c := checking{lines: typed(keys), out: i, locale: "en", limit: time.Minute}
	if err := c.run(t.Context(), recordConfig(t, line.Address()), "scanner"); err != nil {
		t.Error(err)
	}
	has(t, i.text(), "scanner found good", "scanner unplug skipped", "scanner let go good")
}

func TestCheckSaysWhatIsMissing(t *testing.T) {
	c := checking{out: &installer{}, locale: "en", limit: 300 * time.Millisecond}
	i := c.out.(*installer)
	err := c.run(t.Context(), recordConfig(t, "tcp:127.0.0.1:1"), "scanner")
	if err == nil || !strings.Contains(err.Error(), "1 steps failed") {
		t.Errorf("error %v", err)
	}
	has(t, i.text(), "scanner found FAILED The device is not found: Plug it in and switch it on. (open tcp:127.0.0.1:1")
	if err := c.run(t.Context(), recordConfig(t, "tcp:127.0.0.1:1"), "nobody"); err == nil {
		t.Error("a device that is not configured was checked")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.run(ctx, recordConfig(t, "tcp:127.0.0.1:1"), ""); err == nil {
		t.Error("a check that was stopped says that all is well")
	}
}

// The report speaks the installer's language, and its columns stand under each
// other there too.
func TestTheReportIsInTheInstallersLanguage(t *testing.T) {
	for _, locale := range []string{"zh-Hans", "zh-Hant", "en", "pt"} {
		i := &installer{}
		c := checking{out: i, locale: locale}
		if err := c.print([]result{{"reader", "found", good, "@"}, {"ticket-printer", "replug", bad, "@"}, {"x", "nothing_left", skipped, "@"}}); err == nil {
			t.Error("a failed step is no error")
		}
		if said := i.text(); strings.Contains(said, "check.") || strings.Contains(said, "nothing_left") {
			t.Errorf("%s: a text is missing:\n%s", locale, said)
		}
		columns := map[int]bool{}
		for _, line := range strings.Split(i.text(), "\n") {
			if before, _, ok := strings.Cut(line, "@"); ok {
				cells := 0
				for _, r := range before {
					if cells++; r >= 0x2E80 { // all that the catalogues hold of these is wide
						cells++
					}
				}
				columns[cells] = true
			}
		}
		if len(columns) != 1 {
			t.Errorf("%s: the last column begins at %v:\n%s", locale, columns, i.text())
		}
	}
}
