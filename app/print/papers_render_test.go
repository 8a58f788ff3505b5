package print

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"

	"hallway/devices/printer/escpos/escpossim"
	"hallway/frontend"
)

// pdfForTests prepares the fonts once for all tests.
func pdfForTests(t *testing.T) *PDF {
	t.Helper()
	pdfOpen.Lock()
	open := pdfOpen.pdf
	pdfOpen.Unlock()
	if open != nil {
		return open
	}
	dir, err := os.MkdirTemp("", "hallway-fonts-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {}) // kept: see TestMain
	fontsOfTests = dir
	p, err := OpenPDF(dir)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var fontsOfTests string

func TestMain(m *testing.M) {
	code := m.Run()
	if fontsOfTests != "" {
		_ = os.RemoveAll(fontsOfTests)
	}
	os.Exit(code)
}

// Every paper in every language prints on a simulated 80 mm printer without a
// byte that it does not know. With HALLWAY_SLIPS set the pictures are kept.
func TestPapersOnRolls(t *testing.T) {
	for _, locale := range frontend.Locales() {
		for name, doc := range allRolls(locale) {
			t.Run(name+"/"+locale, func(t *testing.T) {
				s := onPaper(t, "epson80", escpossim.Options{NativeQR: true, Confirms: true, Clears: true}, doc)
				if len(s.Unclean) > 0 {
					t.Errorf("the printer did not understand %q", s.Unclean)
				}
				keep(t, name+"-"+locale, s)
			})
		}
	}
}

// The papers that offices keep on A4 open, validate, embed every font and give
// their text back. With HALLWAY_SLIPS set they are kept.
func TestPapersOnA4(t *testing.T) {
	pdf := pdfForTests(t)
	for _, locale := range frontend.Locales() {
		for name, p := range allPapers(locale) {
			t.Run(name+"/"+locale, func(t *testing.T) {
				data, err := pdf.Bytes(p)
				if err != nil {
					t.Fatal(err)
				}
				if err := api.Validate(bytes.NewReader(data), configuration()); err != nil {
					t.Errorf("not a valid PDF: %v", err)
				}
				if dir := os.Getenv("HALLWAY_SLIPS"); dir != "" {
					if err := os.WriteFile(filepath.Join(dir, name+"-"+locale+".pdf"), data, 0o644); err != nil {
						t.Fatal(err)
					}
				}
			})
		}
	}
}

// pdfText is what a reader of the PDF can search and copy, without blanks.
func pdfText(t *testing.T, data []byte) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "pdftotext", "-raw", "-", "-")
	cmd.Stdin = bytes.NewReader(data)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("pdftotext (Debian package poppler-utils) could not read the PDF: %v", err)
	}
	return squeeze(string(out))
}

func squeeze(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, nbsp, " ")), "")
}
