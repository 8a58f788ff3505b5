package print

import (
	"fmt"
	"strings"

	"hallway/app/hall"
)

// SupplementNotice (补正告知书) tells everything that is missing, once, within five
// working days of the receipt (行政许可法 art. 32; standards §7).
type SupplementNotice struct {
	Head
	Number      string // of the notice; given by the centre, without gaps
	Application string
	Applicant   Person
	Item        hall.Names
	ItemCode    string
	AppliedOn   string // YYYY-MM-DD
	ToldOn      string // YYYY-MM-DD
	Days        int    // working days for the supplement; 0 leaves them out
	DueOn       string // YYYY-MM-DD: the last of them
	Provisional bool   // that day may move: the calendar is not published
	Basis       string
	Missing     []Missing
	Authority   hall.Names // whose seal it bears
	Handler     string
	Phone       string // of the authority
}

// Missing is one material of the list, with what is wrong and what it must be.
type Missing struct {
	Name      hall.Names
	Fault     string // one of hall.SupplementFaults
	Words     string // of the clerk; may be empty
	Originals int
	Copies    int
}

// Supplement lays out 补正告知书 with its list. It fails with ErrIncomplete
// without a number, an authority, the day or a list.
func Supplement(n SupplementNotice) (Paper, error) {
	w, err := beginNotice("supplement_notice", "supplement_text", n.Head,
		noticeFacts{n.Number, n.Application, n.Applicant, n.Item, n.ItemCode, n.AppliedOn, n.Authority}, n.ToldOn)
	switch {
	case err != nil:
		return Paper{}, err
	case len(n.Missing) == 0:
		return Paper{}, fmt.Errorf("%w (the list is missing)", ErrIncomplete)
	}
	w.strong("told_on", w.day(n.ToldOn))
	if n.Days > 0 {
		w.fact("supplement_days", w.t("paper.working_days", "n", count(n.Days)))
	}
	w.dueDay("supplement_due", n.DueOn, n.Provisional)
	w.fact("basis", n.Basis)
	w.fact("handler", n.Handler)
	w.fact("authority_phone", n.Phone)
	w.heading("missing")
	w.missing(n.Missing)
	w.add(line{})
	w.add(para{text: w.t("paper.supplement_note"), keep: sealRoom})
	w.sealed(n.Authority, n.ToldOn, "seal_place", "sign_served")
	w.add(code{n.Application, w.t("paper.progress_scan")})
	return w.p, nil
}

// missing adds the list: the material, what is wrong with it, and what it must
// be.
func (w *writer) missing(all []Missing) {
	t := table{cols: []column{{w.t("paper.col.no"), 0.08}, {w.t("paper.col.material"), 0.34},
		{w.t("paper.col.fault"), 0.2}, {w.t("paper.col.must"), 0.38}}}
	for i, m := range all {
		t.rows = append(t.rows, row{cells: []string{count(i + 1), w.both(m.Name), w.t("supplement.fault." + m.Fault), w.must(m)}})
	}
	w.add(t)
}

// must is the standard that a material must meet.
func (w *writer) must(m Missing) string {
	var all []string
	if m.Originals > 0 {
		all = append(all, w.t("paper.form.original")+" "+w.t("paper.copies", "n", count(m.Originals)))
	}
	if m.Copies > 0 {
		all = append(all, w.t("paper.form.copy")+" "+w.t("paper.copies", "n", count(m.Copies)))
	}
	if words := strings.TrimSpace(m.Words); words != "" {
		all = append(all, words)
	}
	if all == nil {
		return w.t("paper.must." + m.Fault)
	}
	return strings.Join(all, w.t("paper.and"))
}

// SupplementReceipt (补交材料接收凭证) lists what was taken in of the notice's list.
type SupplementReceipt struct {
	Head               // At: when the supplement was in
	Notice      string // number of the notice
	Application string
	Applicant   Person
	Item        hall.Names
	Materials   []Material
	Handler     string
	Window      string
	Ask         string
}

// Supplied lays out 补交材料接收凭证, with lines for both signatures.
func Supplied(r SupplementReceipt) Paper {
	w := begin("supplement_receipt", r.Head)
	w.add(number{w.t("paper.application"), typed(r.Application)})
	w.fact("supplement_number", r.Notice)
	w.applicant(r.Applicant)
	w.fact("item", w.both(r.Item))
	w.strong("supplied_at", w.moment(r.At))
	w.fact("taken_by_clerk", r.Handler)
	w.fact("window", r.Window)
	w.heading("materials")
	w.list(r.Materials)
	w.strong("total", w.t("paper.kinds_pieces", "kinds", count(len(r.Materials)), "n", count(total(r.Materials))))
	w.add(line{})
	w.note("supplied_note")
	w.fact("ask", r.Ask)
	w.add(code{r.Application, w.t("paper.progress_scan")})
	w.add(signatures{labels: []string{w.t("paper.sign_applicant"), w.t("paper.sign_taker")}})
	return w.p
}

// RefusalNotice (不予受理通知书) is the written, dated and sealed refusal to accept
// (行政许可法 art. 32; standards §7).
type RefusalNotice struct {
	Head
	Number      string // of the notice; given by the centre, without gaps
	Application string
	Applicant   Person
	Item        hall.Names
	ItemCode    string
	AppliedOn   string     // YYYY-MM-DD
	RefusedOn   string     // YYYY-MM-DD
	Reason      string     // one of hall.NonAcceptanceReasons
	Words       string     // of the clerk; may be empty
	Competent   string     // authority to go to instead
	Authority   hall.Names // whose seal it bears
	Handler     string
	Phone       string
}

// Refusal lays out 不予受理通知书. It fails with ErrIncomplete without a number, an
// authority, the day or the reason.
func Refusal(n RefusalNotice) (Paper, error) {
	w, err := beginNotice("refusal_notice", "refusal_text", n.Head,
		noticeFacts{n.Number, n.Application, n.Applicant, n.Item, n.ItemCode, n.AppliedOn, n.Authority}, n.RefusedOn, n.Reason)
	if err != nil {
		return Paper{}, err
	}
	w.strong("refused_on", w.day(n.RefusedOn))
	w.strong("refusal_reason", w.t("refuse."+n.Reason))
	w.fact("refusal_words", n.Words)
	w.strong("competent", n.Competent)
	w.fact("handler", n.Handler)
	w.fact("authority_phone", n.Phone)
	w.add(line{})
	w.add(para{text: w.t("paper.refusal_note"), keep: sealRoom})
	w.sealed(n.Authority, n.RefusedOn, "seal_place", "sign_served")
	w.add(code{n.Application, w.t("paper.progress_scan")})
	return w.p, nil
}
