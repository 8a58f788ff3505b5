package print

import (
	"strconv"
	"strings"
	"time"

	"hallway/app/hall"
	"hallway/devices/printer"
	"hallway/frontend"
)

// Paper (文书) is one laid-out document before it has a size: Roll makes it 80 mm
// wide, PDF.Write A4. Both say the same words in the same order.
type Paper struct {
	name    string // of the kind, for printers' job lists
	locale  string
	hall    string
	title   string
	chinese string // the title in Chinese under a foreign one
	reprint bool
	ground  string // written large and pale behind an A4 page
	parts   []part
}

// Name is the kind of paper: batch_cover, hand_over, temporary_receipt,
// materials_receipt, progress, acceptance_notice, supplement_notice,
// supplement_receipt, refusal_notice, grant_decision, denial_decision,
// special_notice, extension_notice, collection_slip, application_slip, needs_slip,
// item_form, blank_form.
func (p Paper) Name() string { return p.name }

// Head is what every paper carries.
type Head struct {
	Locale  string
	Hall    hall.Names
	At      time.Time // when the paper was made
	Reprint bool
}

// part is one piece of a paper, which knows how it looks on both sizes.
type part interface {
	roll(*layout)
	sheet(*sheet) error
}

// writer collects the parts of a paper in one language.
type writer struct {
	layout
	p Paper
}

// begin starts a paper whose title is paper.<kind>.
func begin(kind string, h Head) *writer {
	w := &writer{layout: layout{locale: frontend.Resolve(h.Locale)}}
	w.p = Paper{name: kind, locale: w.locale, hall: name(h.Hall, w.locale), reprint: h.Reprint}
	w.title("paper." + kind)
	return w
}

// title names the paper, in Chinese too under a foreign title.
func (w *writer) title(key string) {
	w.p.title = w.t(key)
	if chinese := frontend.Format(frontend.Fallback, key, nil); !strings.HasPrefix(w.locale, "zh") {
		w.p.chinese = chinese
	}
}

func (w *writer) add(parts ...part) { w.p.parts = append(w.p.parts, parts...) }

// fact adds a line of a label and a value; without a value nothing.
func (w *writer) fact(key, value string) {
	if strings.TrimSpace(value) != "" {
		w.add(fact{label: w.t("paper." + key), value: value})
	}
}

// strong is a fact that must be seen first.
func (w *writer) strong(key, value string) {
	if strings.TrimSpace(value) != "" {
		w.add(fact{label: w.t("paper." + key), value: value, strong: true})
	}
}

func (w *writer) note(key string, kv ...string) { w.add(para{text: w.t("paper."+key, kv...)}) }

func (w *writer) heading(key string) { w.add(heading{text: w.t("paper." + key)}) }

// both is a name in the paper's language, with the Chinese one that the file
// carries behind a foreign one.
func (w *writer) both(n hall.Names) string {
	s := name(n, w.locale)
	if chinese := w.chinese(n); chinese != "" {
		return s + " (" + chinese + ")"
	}
	return s
}

// chinese is the Chinese name that goes with a foreign one.
func (w *writer) chinese(n hall.Names) string {
	if s := n[frontend.Fallback]; !strings.HasPrefix(w.locale, "zh") && s != name(n, w.locale) {
		return s
	}
	return ""
}

// moment is a time of the hall's clocks.
func (l *layout) moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return frontend.Moment(l.locale, t.In(hall.Zone))
}

// day is a day YYYY-MM-DD as the language writes it.
func (w *writer) day(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return frontend.FullDay(w.locale, t)
}

// typed is an application number with the digit that guards typing; what is
// not a number of digits (a temporary one) stays as it is.
func typed(number string) string {
	check, ok := hall.Mod11_10(number)
	if !ok {
		return number
	}
	return number + "–" + string(check)
}

// rollTitle breaks a long Chinese title before its bracket, not within a word.
func (p Paper) rollTitle() string {
	if strings.HasPrefix(p.locale, "zh") && halfWidths(p.title) > 24 {
		return strings.Replace(p.title, "(", "\n(", 1)
	}
	return p.title
}

// Roll is the paper for a receipt printer.
func (p Paper) Roll() printer.Document {
	l := layout{locale: p.locale}
	if p.reprint {
		l.text(printer.Text{S: nbsp + l.t("slip.reprint") + nbsp, Align: printer.Center, Scale: 2, Bold: true, Invert: true})
	}
	if p.hall != "" {
		l.text(printer.Text{S: p.hall, Align: printer.Center})
	}
	l.text(printer.Text{S: p.rollTitle(), Align: printer.Center, Scale: 2, Bold: true})
	if p.chinese != "" {
		l.text(printer.Text{S: p.chinese, Align: printer.Center, Bold: true})
	}
	l.rule()
	for _, part := range p.parts {
		part.roll(&l)
	}
	return printer.Document{Title: p.name, Blocks: l.b, Cut: true}
}

// warning is what must not be overlooked: white on black, a few large words
// and what they mean.
type warning struct{ large, text string }

func (w warning) roll(l *layout) {
	l.text(printer.Text{S: nbsp + w.large + nbsp, Align: printer.Center, Scale: 2, Bold: true, Invert: true})
	l.text(printer.Text{S: nbsp + w.text + nbsp, Align: printer.Center, Bold: true, Invert: true})
	l.feed()
}

// fact is a label and its value.
type fact struct {
	label, value string
	strong       bool
}

func (f fact) roll(l *layout) {
	if fits(f.label, f.value) {
		l.columns(f.label, f.value, f.strong)
		return
	}
	l.text(printer.Text{S: f.label + l.t("paper.colon") + f.value, Bold: f.strong})
}

// fits tells whether two texts stand on one line of 80 mm with air between.
func fits(left, right string) bool { return halfWidths(left)+halfWidths(right) <= 46 }

// number is what people copy by hand: large.
type number struct{ label, value string }

func (n number) roll(l *layout) {
	l.text(printer.Text{S: n.label, Align: printer.Center})
	scale := 2
	if len(n.value) > 24 {
		scale = 1
	}
	l.text(printer.Text{S: n.value, Align: printer.Center, Scale: scale, Bold: true})
	l.rule()
}

// heading opens a section.
type heading struct {
	text string
	keep float64 // points of A4 that must follow on the same page; 0: a few lines
}

func (h heading) roll(l *layout) {
	l.rule()
	l.text(printer.Text{S: h.text, Bold: true})
}

// para is running text.
type para struct {
	text string
	bold bool
	keep float64 // points of A4 that must follow on the same page
}

func (p para) roll(l *layout) { l.text(printer.Text{S: p.text, Bold: p.bold}) }

// line keeps two sections apart.
type line struct{}

func (line) roll(l *layout) { l.rule() }

// table is a list. Its first column is the number of the row and its second
// the name; the last stands at the right edge of a roll, those between on a
// line of their own.
type table struct {
	cols []column
	rows []row
}

type column struct {
	title string
	width float64 // share of the page
}

// row is one entry, or, with only group set, the heading of those below.
type row struct {
	group string
	cells []string
}

func (t table) roll(l *layout) {
	for _, r := range t.rows {
		if r.group != "" {
			l.text(printer.Text{S: "■ " + r.group, Bold: true})
			continue
		}
		r.roll(l)
	}
}

// roll puts a row on one line if it can, else the name on its own and the rest
// below.
func (r row) roll(l *layout) {
	last := len(r.cells) - 1
	lead := r.cells[0] + ". " + r.cells[1]
	var between []string
	for _, c := range r.cells[2:last] {
		if c != "" {
			between = append(between, c)
		}
	}
	if len(between) == 0 && fits(lead, r.cells[last]) {
		l.columns(lead, r.cells[last], false)
		return
	}
	l.text(printer.Text{S: lead})
	l.columns(strings.Repeat(nbsp, 3)+strings.Join(between, nbsp+nbsp), r.cells[last], false)
}

// code is a QR code with what it is for; on A4 it stands in the upper right
// corner of the first page.
type code struct{ data, caption string }

func (c code) roll(l *layout) {
	l.feed()
	l.b = append(l.b, printer.Block{QR: &printer.QR{Data: c.data}})
	l.text(printer.Text{S: c.caption, Align: printer.Center})
}

// signatures are lines to write on: on a roll one below the other, on A4 side
// by side unless they are long.
type signatures struct {
	labels []string
	long   bool
}

func (s signatures) roll(l *layout) {
	for _, label := range s.labels {
		l.feed()
		l.text(printer.Text{S: label + " " + strings.Repeat("_", max(8, 44-halfWidths(label)))})
	}
}

// halfWidths is how wide a text is on a roll, in Latin letters.
func halfWidths(s string) int {
	n := 0
	for _, r := range s {
		n++
		if wide(r) {
			n++
		}
	}
	return n
}

// seal is the place of the authority's seal (印章), with its name and the date,
// and the lines that are signed beside it.
type seal struct {
	authority, chinese string // the second only under a foreign name
	date, place        string
	needed             string // that without the seal it says nothing
	beside             signatures
}

func (s seal) roll(l *layout) {
	l.feed()
	l.text(printer.Text{S: s.authority, Align: printer.Right, Bold: true})
	if s.chinese != "" {
		l.text(printer.Text{S: s.chinese, Align: printer.Right, Bold: true})
	}
	l.text(printer.Text{S: s.place, Align: printer.Right})
	l.b = append(l.b, printer.Block{Feed: 4})
	l.text(printer.Text{S: s.date, Align: printer.Right})
	l.text(printer.Text{S: s.needed, Align: printer.Right})
	s.beside.roll(l)
}

func count(n int) string { return strconv.Itoa(n) }
