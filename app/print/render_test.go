package print

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hallway/devices/printer"
	"hallway/devices/printer/escpos"
	"hallway/devices/printer/escpos/escpossim"
	"hallway/devices/printer/glyphs"
)

// onPaper prints a document on a simulated printer, without a line between.
func onPaper(t *testing.T, profile string, o escpossim.Options, doc printer.Document) escpossim.Slip {
	t.Helper()
	p, err := escpos.ProfileNamed(profile)
	if err != nil {
		t.Fatal(err)
	}
	data, _, err := escpos.Encode(p, glyphs.System(), doc)
	if err != nil {
		t.Fatal(err)
	}
	slips := make(chan escpossim.Slip, 4)
	o.OnSlip = func(s escpossim.Slip) { slips <- s }
	sim := escpossim.New(o)
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { _ = sim.Run(ctx) })
	defer work.Wait()
	defer cancel()
	sim.Receive(data)
	select {
	case s := <-slips:
		return s
	case <-time.After(time.Minute):
		t.Fatal("no slip was cut")
		return escpossim.Slip{}
	}
}

// Every language and mark fits on both papers, and every command is one that a
// printer knows. With HALLWAY_SLIPS set the pictures are kept in that folder.
func TestSlipsOnPaper(t *testing.T) {
	offline := sample("zh-Hans")
	offline.Offline, offline.Number, offline.Reprint = true, "AK003", true
	booked := sample("zh-Hans")
	booked.Appointment, booked.Item["zh-Hans"] = "09:30", "示例𬀩𠮷\U0002EBF0\U000313BC事项（测试用㐂字）"
	for _, c := range []struct {
		name string
		slip Slip
	}{
		{"zh-Hans", sample("zh-Hans")}, {"zh-Hant", sample("zh-Hant")}, {"en", sample("en")}, {"pt", sample("pt")},
		{"offline-reprint", offline}, {"appointment-rare", booked},
	} {
		for _, paper := range []struct {
			profile string
			sim     escpossim.Options
		}{
			{"epson80", escpossim.Options{NativeQR: true, Confirms: true, Clears: true}},
			{"generic58", escpossim.Options{Dots: 384, NativeQR: true, NoCutter: true}},
		} {
			t.Run(c.name+"/"+paper.profile, func(t *testing.T) {
				s := onPaper(t, paper.profile, paper.sim, Ticket(c.slip))
				if len(s.Unclean) > 0 {
					t.Errorf("the printer did not understand %q", s.Unclean)
				}
				if text := strings.Join(s.Text, ""); !strings.Contains(text, c.slip.Number) {
					t.Errorf("the number is not on the paper: %q", text)
				}
				if len(s.QR) != 1 || s.QR[0] != c.slip.Code {
					t.Errorf("QR %q", s.QR)
				}
				keep(t, c.name+"-"+paper.profile, s)
			})
		}
	}
}

// keep draws a slip where pictures are wanted: drawing takes longer than printing.
func keep(t *testing.T, name string, s escpossim.Slip) {
	t.Helper()
	dir := os.Getenv("HALLWAY_SLIPS")
	if dir == "" {
		return
	}
	data, err := s.PNG()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), data, 0o644); err != nil {
		t.Fatal(err)
	}
}
