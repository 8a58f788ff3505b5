package ipp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/build/fuzz"
	"hallway/devices"
	"hallway/devices/devicetest"
	"hallway/devices/port"
	"hallway/devices/port/cable"
	"hallway/devices/printer"
	"hallway/devices/printer/ipp"
	"hallway/devices/printer/ipp/ippsim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// document is a PDF of n empty pages.
func document(n int) []byte {
	var b bytes.Buffer
	var at []int
	object := func(s string) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(at), s)
	}
	b.WriteString("%PDF-1.4\n")
	object("<</Type/Catalog/Pages 2 0 R>>")
	kids := ""
	for i := range n {
		kids += fmt.Sprintf("%d 0 R ", i+3)
	}
	object(fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", n, kids))
	for range n {
		object("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>>>")
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, xref)
	return b.Bytes()
}

// rig is a driver with its simulated printer.
type rig struct {
	*ipp.Printer
	sim  *ippsim.Sim
	line devicetest.Line
}

func newRig(t testing.TB, o ipp.Options) *rig {
	t.Helper()
	sim := ippsim.New(ippsim.Options{Pace: 10 * time.Millisecond})
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = sim.Run(ctx) })
	t.Cleanup(func() { cancel(); work.Wait() })
	line := devicetest.NewLine(t, "tcp", "", sim)
	o.ID = "sheet"
	o.Address = "ipp://" + strings.TrimPrefix(line.Cable.Address(), "tcp:") + "/printers/a4"
	o.Poll, o.Step = 100*time.Millisecond, 20*time.Millisecond
	p, err := ipp.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return &rig{Printer: p, sim: sim, line: line}
}

// running also runs the driver.
func running(t testing.TB, o ipp.Options) *rig {
	r := newRig(t, o)
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = r.Run(ctx) })
	t.Cleanup(func() { cancel(); work.Wait() })
	until(t, "the printer", func() bool { return r.Ready() == nil })
	return r
}

func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatal("never: " + what)
}

func job(id string, pages int) printer.Sheet {
	return printer.Sheet{ID: id, Title: "notice", PDF: document(pages), Pages: pages}
}

func TestConformance(t *testing.T) {
	devicetest.Run(t, func(t testing.TB) devicetest.Subject {
		r := newRig(t, ipp.Options{})
		n := 0
		return devicetest.Subject{Device: r.Printer, Line: r.line, Working: []devices.State{devices.Ready},
			Use: func(ctx context.Context) error {
				for r.Ready() != nil && ctx.Err() == nil {
					time.Sleep(10 * time.Millisecond)
				}
				n++
				if got, err := r.PrintSheet(ctx, job(fmt.Sprint(n), 1)); err != nil || got != printer.Confirmed {
					return fmt.Errorf("outcome %s, %w", got, err)
				}
				return nil
			}}
	})
}

func TestPagesComeOutAndAreCounted(t *testing.T) {
	r := running(t, ipp.Options{})
	began := 0
	j := job("case-1", 3)
	j.Begin = func() error { began++; return nil }
	if got, err := r.PrintSheet(t.Context(), j); got != printer.Confirmed || err != nil {
		t.Fatalf("%s %v", got, err)
	}
	sheets := r.sim.Sheets()
	if len(sheets) != 1 || sheets[0].Pages != 3 || !bytes.Equal(sheets[0].PDF, j.PDF) || began != 1 {
		t.Fatalf("%d documents, begun %d times", len(sheets), began)
	}
	if sheets[0].Name != "hallway-case-1" {
		t.Errorf("the job is called %q", sheets[0].Name)
	}
	if u := r.sim.Unclean(); len(u) > 0 {
		t.Errorf("not understood: %v", u)
	}
}

func TestWhatCannotBeRecordedIsNotPrinted(t *testing.T) {
	r := running(t, ipp.Options{})
	j := job("1", 1)
	j.Begin = func() error { return errors.New("the disk is full") }
	if got, err := r.PrintSheet(t.Context(), j); got != printer.NotPrinted || err == nil {
		t.Fatalf("%s %v", got, err)
	}
	if r.sim.Printing() || len(r.sim.Sheets()) != 0 {
		t.Error("something was printed")
	}
}

func TestTroubleIsToldBeforeTheJob(t *testing.T) {
	for _, c := range []struct {
		name, fault string
		set         func(*ippsim.Body)
	}{
		{"no paper", ipp.FaultPaperEnd, func(b *ippsim.Body) { b.PaperEnd = true }},
		{"cover", ipp.FaultCover, func(b *ippsim.Body) { b.CoverOpen = true }},
		{"jam", ipp.FaultJam, func(b *ippsim.Body) { b.Jam = true }},
		{"paused", ipp.FaultOffline, func(b *ippsim.Body) { b.Offline = true }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := running(t, ipp.Options{})
			r.sim.SetBody(c.set)
			got, err := r.PrintSheet(t.Context(), job("1", 1))
			var nr *printer.NotReady
			if got != printer.NotPrinted || !errors.As(err, &nr) || nr.Code != c.fault {
				t.Fatalf("%s %v", got, err)
			}
			if r.Status().State != devices.Failed {
				t.Errorf("state %s", r.Status().State)
			}
			r.sim.SetBody(func(b *ippsim.Body) { *b = ippsim.Body{} })
			until(t, "ready again", func() bool { return r.Ready() == nil })
			if got, err := r.PrintSheet(t.Context(), job("2", 1)); got != printer.Confirmed || err != nil {
				t.Fatalf("afterwards %s %v", got, err)
			}
		})
	}
}

func TestLowPaperAndTonerPrint(t *testing.T) {
	r := running(t, ipp.Options{})
	r.sim.SetBody(func(b *ippsim.Body) { b.NearEnd, b.TonerLow = true, true })
	until(t, "the warnings", func() bool { return len(r.Status().Faults) == 2 && r.Status().State == devices.Degraded })
	if got, err := r.PrintSheet(t.Context(), job("1", 1)); got != printer.Confirmed || err != nil {
		t.Fatalf("%s %v", got, err)
	}
}

// A reply that was lost leaves nobody in doubt: the job is found by its name,
// and is there once.
func TestLostReply(t *testing.T) {
	r := running(t, ipp.Options{})
	r.sim.SetBody(func(b *ippsim.Body) { b.Mute = true })
	if got, err := r.PrintSheet(t.Context(), job("1", 1)); got != printer.Confirmed || err != nil {
		t.Fatalf("%s %v", got, err)
	}
	if n := len(r.sim.Sheets()); n != 1 {
		t.Errorf("printed %d times", n)
	}
}

func TestPaperEndsInTheMiddle(t *testing.T) {
	r := running(t, ipp.Options{Timeout: 200 * time.Millisecond})
	j := job("1", 1)
	j.Begin = func() error { r.sim.SetBody(func(b *ippsim.Body) { b.PaperEnd = true }); return nil }
	got, err := r.PrintSheet(t.Context(), j)
	var nr *printer.NotReady
	if got != printer.NotPrinted || !errors.As(err, &nr) || nr.Code != ipp.FaultPaperEnd {
		t.Fatalf("%s %v", got, err)
	}
	r.sim.SetBody(func(b *ippsim.Body) { b.PaperEnd = false })
	until(t, "ready again", func() bool { return r.Ready() == nil })
	if got, err := r.PrintSheet(t.Context(), job("2", 1)); got != printer.Confirmed || err != nil {
		t.Fatalf("%s %v", got, err)
	}
	if all := r.sim.Sheets(); len(all) != 1 || all[0].Name != "hallway-2" {
		t.Errorf("the job that was given up came out after all: %d documents", len(all))
	}
}

func TestQueueThatCountsNothingConfirmsNothing(t *testing.T) {
	r := running(t, ipp.Options{})
	r.sim.SetBody(func(b *ippsim.Body) { b.Uncounted = true })
	if got, err := r.PrintSheet(t.Context(), job("1", 1)); got != printer.Parsed || err != nil {
		t.Fatalf("%s %v", got, err)
	}
}

func TestDamagedDocumentIsRefused(t *testing.T) {
	r := running(t, ipp.Options{})
	j := job("1", 1)
	j.PDF = []byte("no document at all")
	if got, err := r.PrintSheet(t.Context(), j); got != printer.NotPrinted || err == nil {
		t.Fatalf("%s %v", got, err)
	}
}

func TestPrinterGone(t *testing.T) {
	r := running(t, ipp.Options{Search: 300 * time.Millisecond})
	if err := r.line.Unplug(); err != nil {
		t.Fatal(err)
	}
	until(t, "absent", func() bool { return r.Status().State == devices.Absent })
	if got, err := r.PrintSheet(t.Context(), job("1", 1)); got != printer.NotPrinted || err == nil {
		t.Fatalf("%s %v", got, err)
	}
	if err := r.line.Plug(); err != nil {
		t.Fatal(err)
	}
	until(t, "back", func() bool { return r.Ready() == nil })
	j := job("2", 1)
	j.Begin = func() error { return r.line.Unplug() }
	if got, err := r.PrintSheet(t.Context(), j); got != printer.NotPrinted || err == nil {
		t.Fatalf("pulled before the first byte: %s %v", got, err)
	}
}

func TestAddresses(t *testing.T) {
	for _, a := range []string{"", "tcp:1.2.3.4:631", "http://host/printers/a", "ipp://", "ipp:host"} {
		if _, err := ipp.FromConfig(devices.Config{ID: "sheet", Kind: devices.KindSheet, Model: ipp.Model, Port: a}); port.CodeOf(err) != port.BadAddress {
			t.Errorf("%q: %v", a, err)
		}
	}
	if _, err := ipp.FromConfig(devices.Config{Port: "ipp://localhost/printers/a4", Options: map[string]string{"timeot": "1s"}}); err == nil {
		t.Error("a misspelt option was taken")
	}
}

// FuzzAnswer feeds the simulator, which reads the same bytes as the driver.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte("POST /printers/a4 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n\x02\x00\x00"))
	f.Add([]byte("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n\x02\x00\x00\x0b\x00\x00\x00\x01\x03"))
	fuzz.Run(f, func(t *testing.T, raw []byte) {
		s := ippsim.New(ippsim.Options{})
		_ = s.Serve(t.Context(), &stream{Reader: bytes.NewReader(raw)})
	})
}

type stream struct{ *bytes.Reader }

func (s *stream) Write(p []byte) (int, error) { return len(p), nil }
func (s *stream) Close() error                { return nil }

var _ cable.Simulator = (*ippsim.Sim)(nil)
