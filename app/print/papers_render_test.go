package print

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"pgregory.net/rapid"

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
	fontsOfTests = dir // taken away by TestMain
	p, err := OpenPDF(dir)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var fontsOfTests string

// sheetsOfTests are the papers that onA4 made, by name and language.
var sheetsOfTests = map[string][]byte{}

// onA4 is a paper of allPapers as a PDF; each is made once.
func onA4(t *testing.T, key string, p Paper) []byte {
	t.Helper()
	if sheetsOfTests[key] == nil {
		data, err := pdfForTests(t).Bytes(p)
		if err != nil {
			t.Fatal(err)
		}
		sheetsOfTests[key] = data
	}
	return sheetsOfTests[key]
}

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
	for _, locale := range frontend.Locales() {
		for name, p := range allPapers(locale) {
			if locale != frontend.Fallback && name != "acceptance_notice" && os.Getenv("HALLWAY_SLIPS") == "" {
				continue // one of each other language is enough, unless all are looked at
			}
			t.Run(name+"/"+locale, func(t *testing.T) {
				data := onA4(t, name+"/"+locale, p)
				if err := api.Validate(bytes.NewReader(data), model.NewDefaultConfiguration()); err != nil {
					t.Errorf("not a valid PDF: %v", err)
				}
				keepPDF(t, name+"-"+locale, data)
			})
		}
	}
}

// What must be on paper can be searched and copied, rare characters too; what
// must be masked cannot.
func TestA4GivesItsTextBack(t *testing.T) {
	papers := allPapers("zh-Hans")
	for name, want := range map[string][]string{
		"temporary_receipt": {"材料收讫暂存回执(非受理凭证)", "尚未受理", "正在向有关部门调取材料，尚未受理。", "欧阳" + rareName, "尾号0014", "138****5678", "824913"},
		"acceptance_notice": {"受理通知书", "示审餐许受〔2026〕000123号", "欧阳" + rareName, "2026年12月21日", "示例市行政审批局", "（加盖受理专用章）", "未盖章无效"},
		"supplement_notice": {"补正告知书", "37010001-2026-B000007", "没有签字或盖章", "示例市行政审批局", "（加盖受理专用章）", "未盖章无效", "收到人签字"},
		"refusal_notice":    {"不予受理通知书", "37010001-2026-J000002", "不属于本机关职权范围", "示例县税务局", "行政复议"},
		"denial_decision":   {"不予许可决定书", "37010001-2026-F000003", "欧阳" + rareName, "六十日", "六个月", "（加盖本机关印章）", "未盖章无效", "收到人签字"},
		"collection_slip":   {"领取登记单（送达回证）", "JY-000001", "居民身份证尾号0014", "领取人签字"},
		"hand_over_closed":  {"材料交接单", "示例接收员", "示例交出员", "已签入，退回", "未签出，已到", "递送人签字"},
		"hand_over":         {"差异说明", "接收人签字"},
	} {
		t.Run(name, func(t *testing.T) {
			got := pdfText(t, onA4(t, name+"/zh-Hans", papers[name]))
			for _, w := range want {
				if !strings.Contains(got, w) {
					t.Errorf("the text %q is not in the PDF:\n%s", w, got)
				}
			}
			for _, secret := range []string{somebody.Document.Reveal(), somebody.Phone.Reveal(), "1990"} {
				if strings.Contains(got, secret) {
					t.Error("personal data that must be masked is in the PDF")
				}
			}
		})
	}
}

// A character of Unicode Extension I, which no font has, is a box with its
// code point, and still copies as itself.
func TestA4DrawsABoxForWhatNoFontHas(t *testing.T) {
	const extensionI = "\U0002EBF0"
	n := noticeSample("zh-Hans")
	n.Applicant.Name = "测试·样" + extensionI + "例𫖯㛃"
	paper, err := Acceptance(n)
	if err != nil {
		t.Fatal(err)
	}
	pdf := pdfForTests(t)
	s := newSheet(pdf.fonts, paper)
	if err := s.compose(paper); err != nil {
		t.Fatal(err)
	}
	if page := s.pages[0].String(); strings.Count(page, "/Span <</ActualText <FEFFD87ADFF0>>> BDC") != 2 {
		t.Error("the character is not marked twice as what it is")
	}
	data, err := pdf.Bytes(paper)
	if err != nil {
		t.Fatal(err)
	}
	if got := pdfText(t, data); !strings.Contains(got, "测试·样"+extensionI+"例𫖯㛃") {
		t.Errorf("the name does not come back:\n%s", got)
	}
}

// A hundred batches go over many pages: each has the table's head, no row is
// lost, and the lines to sign come last.
func TestLongHandOverOnA4(t *testing.T) {
	long := longHandOver()
	paper := HandOverSlip(long)
	s := newSheet(pdfForTests(t).fonts, paper)
	if err := s.compose(paper); err != nil {
		t.Fatal(err)
	}
	if len(s.pages) < 5 {
		t.Fatalf("%d pages", len(s.pages))
	}
	data, err := pdfForTests(t).Bytes(paper)
	if err != nil {
		t.Fatal(err)
	}
	got := pdfText(t, data)
	if heads := strings.Count(got, "序号材料名称"); heads != len(s.pages) {
		t.Errorf("%d heads on %d pages", heads, len(s.pages))
	}
	for _, b := range long.Batches {
		if !strings.Contains(got, b.Application) {
			t.Errorf("batch %s is lost", b.Application)
		}
	}
	if strings.LastIndex(got, "接收人签字") < strings.LastIndex(got, "000101000100") {
		t.Error("the lines to sign are not last")
	}
}

func TestPDFNeedsFontsAndOneFolder(t *testing.T) {
	if _, err := openFonts(t.TempDir(), t.TempDir()); !errors.Is(err, ErrNoFonts) {
		t.Errorf("without fonts: %v", err)
	}
	first := pdfForTests(t)
	if again, err := OpenPDF(fontsOfTests); err != nil || again != first {
		t.Errorf("opening again: %v", err)
	}
	if _, err := OpenPDF(t.TempDir()); err == nil {
		t.Error("a second folder was taken")
	}
}

// Latin words stay whole, Chinese breaks anywhere but before its closing
// marks, and no line is wider than it may be.
func TestTextBreaks(t *testing.T) {
	f := pdfForTests(t).fonts.in("zh-Hans")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([一-龥]{1,8}[，。）]?|[a-z]{1,9} ){1,20}`).Draw(t, "text")
		width := rapid.Float64Range(60, 300).Draw(t, "width")
		lines := f.breakText(text, 10, false, width)
		if got := squeeze(strings.Join(lines, "")); got != squeeze(text) {
			t.Fatalf("%q became %q", text, lines)
		}
		for _, l := range lines {
			if w := f.measure(l, 10, false); w > width+0.01 {
				t.Fatalf("%q is %.1f wide, not %.1f", l, w, width)
			}
			if strings.ContainsRune("，。）", []rune(l + "x")[0]) {
				t.Fatalf("a line begins with %q", l)
			}
		}
	})
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
