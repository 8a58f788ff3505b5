package bench

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hallway/devices"
	"hallway/devices/printer"
	"hallway/devices/printer/ipp"
)

// onePage is the smallest document with a page.
const onePage = "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Count 1/Kids[3 0 R]>>\nendobj\n" +
	"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>>>\nendobj\n" +
	"xref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000054 00000 n \n0000000105 00000 n \n" +
	"trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n184\n%%EOF\n"

func TestPagesCanBeSeenAndAreKept(t *testing.T) {
	s := newStand(t, t.TempDir(), "127.0.0.1:1")
	address := strings.TrimPrefix(s.device("c/sheet").Address, "tcp:")
	d, err := ipp.FromConfig(devices.Config{ID: "sheet", Kind: devices.KindSheet, Model: ipp.Model, Port: "ipp://" + address + "/printers/a4"})
	if err != nil {
		t.Fatal(err)
	}
	ctx := driven(t, d)
	p := d.(*ipp.Printer)
	until(t, "the printer", func() bool { return p.Ready() == nil })
	s.must("/sheet/set", `{"id":"c/sheet","paper":"end"}`)
	if got, err := p.PrintSheet(ctx, printer.Sheet{ID: "1", PDF: []byte(onePage), Pages: 1}); got != printer.NotPrinted || err == nil {
		t.Fatalf("without paper: %s %v", got, err)
	}
	s.must("/sheet/set", `{"id":"c/sheet","paper":"ok"}`)
	until(t, "paper", func() bool { return p.Ready() == nil })
	if got, err := p.PrintSheet(ctx, printer.Sheet{ID: "2", PDF: []byte(onePage), Pages: 1}); got != printer.Confirmed || err != nil {
		t.Fatalf("%s %v", got, err)
	}
	state := s.device("c/sheet").Sheet
	if len(state.Documents) != 1 || state.Documents[0].Pages != 1 {
		t.Fatalf("%+v", state)
	}
	if got := s.get("/sheet/document.pdf?id=c/sheet&n=1"); !bytes.Equal(got, []byte(onePage)) {
		t.Errorf("the document is another: %d bytes", len(got))
	}
	until(t, "the file", func() bool {
		names, err := filepath.Glob(filepath.Join(s.dir, "slips", "c-sheet-*.pdf"))
		if err != nil || len(names) != 1 {
			return false
		}
		kept, err := os.ReadFile(names[0])
		return err == nil && bytes.Equal(kept, []byte(onePage))
	})
}

func TestPrintedCodesCanBeScanned(t *testing.T) {
	s := newStand(t, t.TempDir(), "127.0.0.1:1")
	p := drive(t, s.device("k/printer").Address)
	until(t, "the printer", func() bool { return p.Ready() == nil })
	for _, id := range []string{"1", "2"} {
		if got, err := p.Print(t.Context(), printer.Job{ID: id, Doc: doc("A001")}); err != nil {
			t.Fatalf("%s %v", got, err)
		}
	}
	until(t, "both slips", func() bool { return s.device("k/printer").Printer.Slips >= 2 })
	var codes struct{ Codes []PrintedCode }
	if err := json.Unmarshal(s.get("/codes"), &codes); err != nil {
		t.Fatal(err)
	}
	if len(codes.Codes) != 1 || codes.Codes[0].Text != "T1" || codes.Codes[0].Printer != "k/printer" {
		t.Errorf("%+v", codes.Codes)
	}
}
