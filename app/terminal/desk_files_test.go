package terminal

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/app/print"
	"hallway/app/store"
	"hallway/devices"
	"hallway/devices/printer"
)

const aPDF = "%PDF-1.7\nsynthetic\n"

func TestHandingAFileIn(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", nil)
	id := r.begun("simple")
	r.must(r.HandInFile(r.ctx, "M01", "application/pdf", strings.NewReader(aPDF)))
	m := r.material("M01")
	if m.File == nil || !m.File.Coming || m.State != hall.MaterialPrepare || m.File.Type != "application/pdf" || m.File.Size != int64(len(aPDF)) {
		t.Fatalf("%+v", m)
	}
	if why := r.kase().Acts.Accept.Why; why == nil || why.Code != "materials_open" && why.Code != "file_coming" {
		t.Errorf("accepting before the file is at the centre: %v", why)
	}
	f, info, err := r.OpenFile(r.ctx, m.File.SHA256)
	r.must(err)
	data, err := io.ReadAll(f)
	if err != nil || string(data) != aPDF || info.Type != "application/pdf" {
		t.Errorf("preview: %q %v %v", data, info, err)
	}
	r.store.durable(t, id, hall.File{SHA256: m.File.SHA256, Type: m.File.Type, Size: m.File.Size})
	r.until("the file at the centre", func(v DeskView) bool { return v.Case.Materials[0].State == hall.MaterialDone })
	if m := r.material("M01"); m.DoneBy != hall.DoneUploaded || m.File.Coming {
		t.Errorf("%+v", m)
	}
	if code := codeOf(t, r.HandInFile(r.ctx, "M01", "application/pdf", strings.NewReader(aPDF))); code != "refused_now/material_done" {
		t.Errorf("a second time: %q", code)
	}
	// Not kept here any more: the centre has it.
	sha := m.File.SHA256
	r.store.mu.Lock()
	delete(r.store.files, sha)
	r.store.mu.Unlock()
	r.centre.files[sha] = []byte(aPDF)
	f, info, err = r.OpenFile(r.ctx, sha)
	r.must(err)
	if data, err := io.ReadAll(f); err != nil || string(data) != aPDF || info.Type != "application/pdf" {
		t.Errorf("from the centre: %q %v %v", data, info, err)
	}
	if len(r.store.files) != 0 {
		t.Error("a preview was kept")
	}
	r.line.cut()
	if _, _, err := r.OpenFile(r.ctx, sha); codeOf(t, err) != "centre_unreachable" {
		t.Errorf("without the line: %v", err)
	}
	if _, _, err := r.OpenFile(r.ctx, strings.Repeat("0", 64)); codeOf(t, err) != "file_unknown" {
		t.Errorf("a file of no case: %v", err)
	}
	r.must(r.LeaveCase(r.ctx))
	if _, _, err := r.OpenFile(r.ctx, sha); codeOf(t, err) != "file_unknown" {
		t.Errorf("a file of a case that is not in hand: %v", err)
	}
}

// half is a file whose sender is gone after a few bytes.
type half struct{ sent bool }

func (h *half) Read(p []byte) (int, error) {
	if h.sent {
		return 0, errors.New("connection reset")
	}
	h.sent = true
	return copy(p, aPDF), nil
}

func TestFilesThatAreNotTaken(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", nil)
	r.begun("simple")
	for name, tc := range map[string]struct {
		declared string
		file     io.Reader
		code     string
	}{
		"broken off":   {"application/pdf", &half{}, "file_broken"},
		"empty":        {"application/pdf", strings.NewReader(""), "file_size"},
		"a program":    {"application/pdf", strings.NewReader("MZ\x90\x00"), "file_type"},
		"another type": {"image/png", strings.NewReader(aPDF), "file_type"},
	} {
		t.Run(name, func(t *testing.T) {
			if code := codeOf(t, r.HandInFile(r.ctx, "M01", tc.declared, tc.file)); code != tc.code {
				t.Errorf("%q, want %q", code, tc.code)
			}
			if m := r.material("M01"); m.File != nil || len(m.History) != 0 || len(r.w.kinds(hall.HandIn)) != 0 {
				t.Errorf("something was handed in: %+v", m)
			}
		})
	}
	if code := codeOf(t, r.HandInFile(r.ctx, "NONE", "application/pdf", strings.NewReader(aPDF))); code != "refused_now/unknown_material" {
		t.Errorf("no such material: %q", code)
	}
	if len(r.store.files) != 0 {
		t.Error("a file of no material was kept")
	}
}

func TestTheScanFolder(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", nil)
	outside := filepath.Join(t.TempDir(), "secret.pdf")
	write := func(path, data string, age time.Duration) {
		t.Helper()
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		when := time.Now().Add(-age)
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
	}
	write(outside, aPDF, 0)
	write(filepath.Join(r.scans, "old.pdf"), aPDF, time.Hour)
	write(filepath.Join(r.scans, "new.png"), "\x89PNG\r\n\x1a\nsynthetic", time.Minute)
	write(filepath.Join(r.scans, "notes.txt"), "hello", 0)
	write(filepath.Join(r.scans, ".half.pdf"), aPDF, 0)
	if err := os.Mkdir(filepath.Join(r.scans, "folder.pdf"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(r.scans, "link.pdf")); err != nil {
		t.Fatal(err)
	}
	if len(r.desk1().Scans) != 0 {
		t.Error("the folder is shown without a case")
	}
	r.begun("simple")
	r.until("the folder", func(v DeskView) bool { return len(v.Scans) > 0 })
	if s := r.desk1().Scans; len(s) != 2 || s[0].Name != "new.png" || s[0].Type != "image/png" || s[1].Name != "old.pdf" {
		t.Errorf("%+v", s)
	}
	for _, name := range []string{"../secret.pdf", "..", ".", "/etc/passwd", outside, "link.pdf", "folder.pdf", "gone.pdf", `..\secret.pdf`, "folder.pdf/../old.pdf", "old.pdf\x00"} {
		if code := codeOf(t, r.HandInScan(r.ctx, ScanFileRequest{Material: "M01", Name: name})); code != "scan_unknown" {
			t.Errorf("%q: %q", name, code)
		}
	}
	if code := codeOf(t, r.HandInScan(r.ctx, ScanFileRequest{Material: "M01", Name: "notes.txt"})); code != "file_type" {
		t.Errorf("a text: %q", code)
	}
	if len(r.w.kinds(hall.HandIn)) != 0 {
		t.Fatal("something was handed in")
	}
	r.must(r.HandInScan(r.ctx, ScanFileRequest{Material: "M01", Name: "old.pdf"}))
	if m := r.material("M01"); m.File == nil || m.File.Type != "application/pdf" {
		t.Errorf("%+v", m)
	}
	if s := r.desk1().Scans; len(s) != 1 || s[0].Name != "new.png" {
		t.Errorf("what was handed in is still in the folder: %+v", s)
	}
	if _, err := os.Stat(outside); err != nil {
		t.Errorf("a file outside of the folder: %v", err)
	}
}

// What becomes of a paper is told; what may have come out is a reprint.
func TestPapersThatDoNotPrint(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", nil)
	r.begun("simple")
	if why := r.kase().Acts.PrintReceipt.Why; why == nil || why.Code != "paper_not_now" {
		t.Errorf("a receipt of a draft: %v", why)
	}
	r.originals("M01")
	r.must(r.ReceiveCase(r.ctx))
	newest := func(outcome, code string) {
		t.Helper()
		r.until(outcome, func(v DeskView) bool { return len(v.Prints) > 0 && v.Prints[0].Outcome == outcome })
		if why := r.desk1().Prints[0].Why; code == "" && why != nil || code != "" && (why == nil || why.Code != code) {
			t.Errorf("%s: %+v", outcome, why)
		}
	}
	receipt := PrintRequest{Paper: "receipt"}
	set := func(o printer.Outcome) {
		r.printer.mu.Lock()
		r.printer.outcome = o
		r.printer.mu.Unlock()
	}
	set(printer.NotPrinted)
	r.must(r.PrintPaper(r.ctx, receipt))
	newest("failed", "paper_failed")
	set(printer.Unknown)
	r.must(r.PrintPaper(r.ctx, receipt))
	newest("unknown", "paper_unknown")
	if jobs := r.printer.jobs(); jobs != 3 { // the second try of what certainly had not come out
		t.Errorf("%d papers: something was printed again by itself", jobs)
	}
	set(printer.Parsed)
	r.must(r.PrintPaper(r.ctx, receipt))
	newest("parsed", "")
	marks := 0
	for _, p := range r.store.papers(func(PaperState) bool { return true }) {
		if p.Reprint {
			marks++
		}
	}
	if all := words(r.printer); marks != 1 || strings.Count(all, "补打") != 1 {
		t.Errorf("%d reprints: %s", marks, all)
	}
	r.printer.fault(devices.Failed, "paper_out")
	r.until("the fault", func(v DeskView) bool { return !v.Case.Acts.PrintReceipt.Allowed })
	if code := codeOf(t, r.PrintPaper(r.ctx, receipt)); code != "refused_now/paper_out" {
		t.Errorf("without paper: %q", code)
	}
	r.printer.fault(devices.Ready, "")
	r.store.mu.Lock()
	r.store.failing = &store.Error{Code: store.CodeFailed}
	r.store.mu.Unlock()
	before := r.printer.jobs()
	if code := codeOf(t, r.PrintPaper(r.ctx, receipt)); code == "" || r.printer.jobs() != before {
		t.Errorf("printed without a record: %q", code)
	}
}

// A receipt that cannot print by itself is told.
func TestAReceiptThatDoesNotPrintByItself(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", nil)
	r.begun("open-shop")
	r.originals("M01", "M03")
	r.shared("M02", hall.MethodEShare, hall.AnswerYes)
	r.printer.fault(devices.Failed, "cover_open")
	r.must(r.AcceptCase(r.ctx))
	r.until("told", func(v DeskView) bool {
		return v.Notice != nil && v.Notice.Code == "temporary_not_printed" && v.Notice.Params["number"] == v.Case.Number
	})
	if why := r.kase().Acts.PrintTemporary.Why; why == nil || why.Code != "cover_open" {
		t.Errorf("%v", why)
	}
}

// Papers of a process that died: what had begun is unknown, what had not is not
// printed by itself.
func TestPapersOfADeadProcess(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", func(r *deskRig) {
		for id, state := range map[string]string{"P1": store.JobQueued, "P2": store.JobBegun, "P3": store.JobConfirmed} {
			r.store.jobs[id] = state
			r.store.paperOf[id] = PaperState{ID: id, Kind: "temporary", Key: "C1"}
		}
	})
	eventually(t, "the papers are settled", func() bool {
		open, err := r.store.OpenPapers(r.ctx)
		return err == nil && len(open) == 0
	})
	for _, p := range r.store.papers(func(PaperState) bool { return true }) {
		if want := map[string]string{"P1": "failed", "P2": "unknown", "P3": "confirmed"}[p.ID]; p.State != want {
			t.Errorf("%s is %s, want %s", p.ID, p.State, want)
		}
	}
	if r.printer.jobs() != 0 {
		t.Error("something was printed by itself")
	}
}

func TestTheNoticeOnA4(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", func(r *deskRig) {
		r.pdf = func() (*print.PDF, error) { return print.OpenPDF(fontsOfTests(t)) }
	})
	r.begun("simple")
	r.originals("M01")
	r.must(r.AcceptCase(r.ctx))
	r.must(r.PrintPaper(r.ctx, PrintRequest{Paper: "sheet"}))
	r.until("the sheet", func(v DeskView) bool { return len(v.Prints) == 1 && v.Prints[0].Outcome == "confirmed" })
	r.sheet.mu.Lock()
	defer r.sheet.mu.Unlock()
	if s := r.sheet.sheets; len(s) != 1 || !strings.HasPrefix(string(s[0].PDF), "%PDF-") || s[0].Title != "acceptance_notice" {
		t.Errorf("%d sheets", len(s))
	}
}

func TestWithoutAPagePrinter(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", nil) // no fonts
	r.begun("simple")
	r.originals("M01")
	r.must(r.AcceptCase(r.ctx))
	if why := r.kase().Acts.PrintSheet.Why; why == nil || why.Code != "no_sheet_printer" {
		t.Errorf("%v", why)
	}
	if code := codeOf(t, r.PrintPaper(r.ctx, PrintRequest{Paper: "sheet"})); code != "refused_now/no_sheet_printer" {
		t.Errorf("%q", code)
	}
}
