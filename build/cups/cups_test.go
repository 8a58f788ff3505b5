package cups

import (
	"context"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/app/print"
	"hallway/devices/printer"
	"hallway/devices/printer/ipp"
)

// pages are made once: their fonts are kept in one folder for the process.
var pages *print.PDF

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "hallway-cups-fonts")
	if err == nil {
		pages, err = print.OpenPDF(dir)
	}
	if err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(dir) // a temporary folder
	os.Exit(code)
}

// queue is a queue of the running print service, and where it puts its files.
func queue(t *testing.T, name string) (address, out string) {
	t.Helper()
	base, out := os.Getenv("HALLWAY_CUPS"), os.Getenv("HALLWAY_CUPS_OUT")
	if base == "" || out == "" {
		t.Fatal("no print service: run build/cups/run, which starts one")
	}
	return base + "/printers/" + name, out
}

func drive(t *testing.T, address string) *ipp.Printer {
	t.Helper()
	p, err := ipp.New(ipp.Options{ID: "sheet", Address: address, Poll: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = p.Run(ctx) })
	t.Cleanup(func() { cancel(); work.Wait() })
	for end := time.Now().Add(30 * time.Second); p.Ready() != nil; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the queue is not ready: %v", p.Ready())
		}
	}
	return p
}

func notice(t *testing.T) []byte {
	t.Helper()
	names := func(s string) hall.Names { return hall.Names{"zh-Hans": s, "en": s} }
	paper, err := print.Acceptance(print.AcceptanceNotice{
		Head:   print.Head{Locale: "zh-Hans", Hall: names("示例市政务服务中心"), At: time.Date(2026, 11, 23, 9, 40, 0, 0, hall.Zone)},
		Number: "37010001-2026-000001", Application: "010101000001",
		Applicant: print.Person{Name: "示例·测试", Document: "11010519491231002X"},
		Item:      names("我想开个小店"), ItemCode: "000131001000", AppliedOn: "2026-11-23", AcceptedOn: "2026-11-23", DueOn: "2026-12-21",
		LimitDays: 20, Basis: "示例法规", Authority: names("示例市行政审批局"), Handler: "1001", Phone: "0531-00000000",
	})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := pages.Bytes(paper)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestNoticeThroughCUPS: the notice comes out of a real queue as it went in.
func TestNoticeThroughCUPS(t *testing.T) {
	address, out := queue(t, "a4")
	p := drive(t, address)
	id := "notice-" + rand.Text()
	got, err := p.PrintSheet(t.Context(), printer.Sheet{ID: id, Title: "notice", PDF: notice(t), Pages: 1})
	t.Logf("outcome %s", got)
	if err != nil || got != printer.Confirmed && got != printer.Parsed {
		t.Fatalf("%s %v", got, err)
	}
	var file string
	for end := time.Now().Add(60 * time.Second); file == "" && time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if files, _ := filepath.Glob(filepath.Join(out, "*"+id+"*.pdf")); len(files) == 1 {
			file = files[0]
		}
	}
	if file == "" {
		t.Fatal("the queue says that it printed; nothing came out")
	}
	t.Cleanup(func() { _ = os.Remove(file) }) // the folder is the machine's
	sent := filepath.Join(t.TempDir(), "sent.pdf")
	if err := os.WriteFile(sent, notice(t), 0o600); err != nil {
		t.Fatal(err)
	}
	// The way through the queue loses the text behind the letters, so the
	// pages are compared as pictures.
	want, came := ink(t, sent), ink(t, file)
	if want.count() < 2000 {
		t.Fatalf("the notice itself is nearly empty: %d dark points", want.count())
	}
	if lost := want.missing(came); lost > 0.02 {
		t.Errorf("%.1f %% of the notice did not come out", 100*lost)
	}
	if added := came.missing(want); added > 0.02 {
		t.Errorf("%.1f %% of what came out is not on the notice", 100*added)
	}
}

// TestTextOfTheNotice: a printer that takes PDF, behind CUPS and its filters, gets
// the words of the notice as words: they can be found and copied.
func TestTextOfTheNotice(t *testing.T) {
	address, _ := queue(t, "pdf")
	printed := os.Getenv("HALLWAY_CUPS_PRINTED")
	p := drive(t, address)
	got, err := p.PrintSheet(t.Context(), printer.Sheet{ID: "notice-" + rand.Text(), Title: "notice", PDF: notice(t), Pages: 1})
	if err != nil || got != printer.Confirmed && got != printer.Parsed {
		t.Fatalf("%s %v", got, err)
	}
	raw, err := exec.CommandContext(t.Context(), "pdftotext", "-layout", printed, "-").CombinedOutput()
	if err != nil {
		t.Fatalf("what came out has no text: %v: %s", err, raw)
	}
	text := strings.Join(strings.Fields(string(raw)), "")
	for _, words := range []string{"示例市政务服务中心", "37010001-2026-000001", "010101000001", "示例·测试", "我想开个小店", "000131001000",
		"示例市行政审批局", "2026年12月21日", "示例法规", "0531-00000000"} {
		if !strings.Contains(text, words) {
			t.Errorf("the notice does not say %q", words)
		}
	}
	if t.Failed() {
		t.Logf("it says:\n%s", raw)
	}
}

// TestQueueThatWritesNothing: a raw queue to nowhere says «completed»; nobody
// may take that for a confirmation.
func TestQueueThatWritesNothing(t *testing.T) {
	address, _ := queue(t, "nowhere")
	p := drive(t, address)
	got, err := p.PrintSheet(t.Context(), printer.Sheet{ID: "notice-2", Title: "notice", PDF: notice(t), Pages: 1})
	if err != nil || got != printer.Parsed {
		t.Fatalf("%s %v", got, err)
	}
}

// TestStoppedQueue: a queue that somebody stopped is told before the job.
func TestStoppedQueue(t *testing.T) {
	address, _ := queue(t, "stopped")
	p, err := ipp.New(ipp.Options{ID: "sheet", Address: address})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.PrintSheet(t.Context(), printer.Sheet{ID: "notice-3", PDF: notice(t), Pages: 1}); got != printer.NotPrinted || err == nil {
		t.Fatalf("%s %v", got, err)
	}
}
