package print

import (
	"strings"
	"time"

	"hallway/app/hall"
	"hallway/devices/printer"
	"hallway/frontend"
)

// Label (标签) sticks on one paper that travels from a department to a hall.
type Label struct {
	Locale      string
	Application string
	Material    hall.Names
	Code        string // of the material
	Attempt     int
	No, Of      int    // which paper of the batch
	To          string // where it goes: hall and counter
	Scan        string // hall.EncodeLabel
	// Outside says that strangers see it, as on an envelope: then the name of the
	// material, which can say much about a person, most of the application number
	// and the bar code are left out. The QR code still says everything to our
	// scanners.
	Outside bool
	Reprint bool
	WidthMM int // of the paper; 0 is 80
}

// MaterialLabel lays out a label: what a person must read at arm's length is
// large, the codes stand apart from each other. The bar code is left out where
// it cannot be printed wide enough to be read; the QR code is always there.
func MaterialLabel(s Label) printer.Document {
	l := layout{locale: frontend.Resolve(s.Locale)}
	if s.Reprint {
		l.text(printer.Text{S: nbsp + l.t("slip.reprint") + nbsp, Align: printer.Center, Scale: 2, Bold: true, Invert: true})
	}
	l.labelTop(s)
	l.feed()
	l.b = append(l.b, printer.Block{QR: &printer.QR{Data: s.Scan, Module: labelModule(s.WidthMM)}})
	switch {
	case s.Outside: // the bar code has the number in clear below it
	case barFits(s.Scan, s.WidthMM):
		l.feed()
		l.b = append(l.b, printer.Block{Code128: &printer.Code128{Data: s.Scan}})
	default:
		l.text(printer.Text{S: s.Scan, Align: printer.Center})
	}
	l.rule()
	l.columns(l.t("paper.material_code"), s.Code, true)
	l.columns(l.t("paper.attempt"), l.t("paper.attempt_value", "n", count(max(1, s.Attempt))), true)
	if s.To != "" {
		l.columns(l.t("paper.to"), s.To, false)
	}
	l.text(printer.Text{S: l.t("paper.label_note"), Align: printer.Center})
	return printer.Document{Title: "label", Blocks: l.b, Cut: true}
}

func (l *layout) labelTop(s Label) {
	head := l.t("paper.label")
	if s.Of > 0 {
		l.columns(head, l.t("paper.no_of", "no", count(s.No), "of", count(s.Of)), true)
	} else {
		l.text(printer.Text{S: head, Bold: true})
	}
	l.rule()
	if s.Outside {
		l.text(printer.Text{S: s.Code, Align: printer.Center, Scale: 3, Bold: true})
	} else {
		l.text(printer.Text{S: name(s.Material, l.locale), Align: printer.Center, Scale: 2, Bold: true})
	}
	l.rule()
	l.text(printer.Text{S: l.t("paper.application"), Align: printer.Center})
	shown := s.Application
	if s.Outside {
		shown = maskApplication(shown)
	}
	l.text(printer.Text{S: shown, Align: printer.Center, Scale: 2, Bold: true})
}

// maskApplication leaves the last six digits.
func maskApplication(number string) string {
	hidden := max(0, len(number)-6)
	return strings.Repeat("*", hidden) + number[hidden:]
}

// labelModule is how large one module of a label's QR code is: 1.25 mm on
// 80 mm paper.
func labelModule(widthMM int) int {
	if widthMM == 58 {
		return 8
	}
	return 10
}

// barFits tells whether a Code 128 of modules of 0.25 mm, with its quiet
// zones, fits on the paper. Pairs of digits share a symbol.
func barFits(data string, widthMM int) bool {
	modules := 288 // 576 dots
	if widthMM == 58 {
		modules = 192
	}
	return data != "" && barSymbols(data)*11+35 <= modules
}

// barSymbols counts the symbols of sets B and C that printers use.
func barSymbols(data string) int {
	n, i := 0, 0
	for i < len(data) {
		digits := 0
		for i+digits < len(data) && data[i+digits] >= '0' && data[i+digits] <= '9' {
			digits++
		}
		switch {
		case digits >= 6 || digits >= 4 && (i == 0 || i+digits == len(data)):
			n += 2 + digits/2 // over to C and back
			i += digits &^ 1
		default:
			n++
			i++
		}
	}
	return n
}

// Batch is all papers of one application that one department gives.
type Batch struct {
	Head
	Department  hall.Names
	Application string
	Item        hall.Names
	Applicant   Person    // printed masked
	Due         time.Time // when the papers must have arrived; zero when the rules say nothing
	Window      string    // where they go in the hall
	Papers      []Material
}

// BatchCover lays out the cover sheet (批次封面) that lies on the papers.
func BatchCover(b Batch) Paper {
	w := begin("batch_cover", b.Head)
	w.add(number{w.t("paper.application"), b.Application})
	w.fact("item", w.both(b.Item))
	w.masked(b.Applicant)
	w.fact("from", w.both(b.Department))
	w.fact("to", strings.TrimSpace(w.p.hall+" "+b.Window))
	w.strong("arrive_by", w.moment(b.Due))
	w.fact("printed", w.moment(b.At))
	w.heading("papers")
	t := table{cols: []column{{w.t("paper.col.no"), 0.08}, {w.t("paper.col.material"), 0.46},
		{w.t("paper.material_code"), 0.2}, {w.t("paper.attempt"), 0.12}, {w.t("paper.col.check"), 0.14}}}
	for i, m := range b.Papers {
		t.rows = append(t.rows, row{cells: []string{count(i + 1), w.both(m.Name), m.Code,
			w.t("paper.attempt_value", "n", count(max(1, m.Attempt))), "□"}})
	}
	w.add(t)
	w.strong("total", w.t("paper.pieces", "n", count(len(b.Papers))))
	w.add(code{b.Application, w.t("paper.cover_scan")})
	w.note("cover_note")
	return w.p
}
