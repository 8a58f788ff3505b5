package print

import "hallway/app/hall"

// TemporaryReceipt (临时回执) says that materials lie at the counter while others
// are fetched. It has no field for a seal, a number of a decision or a day by
// which anything is due, so that nobody can take it for an acceptance.
type TemporaryReceipt struct {
	Head
	Application string
	Temporary   string      // number given without the line, when there is one
	Password    hall.Secret // to ask for the progress; printed once, on no reprint
	Applicant   Person
	Item        hall.Names
	Materials   []Material
	Handler     string
	Window      string
	Ask         string // where to ask: place, phone, hours
}

// Temporary lays out 材料收讫暂存回执(非受理凭证).
func Temporary(r TemporaryReceipt) Paper {
	w := begin("temporary_receipt", r.Head)
	w.p.ground = w.t("paper.no_acceptance")
	w.add(warning{w.t("paper.not_yet_accepted"), w.t("paper.is_no_notice")})
	w.numbers(r.Application, r.Temporary)
	w.password(r.Password, r.Reprint)
	w.applicant(r.Applicant)
	w.fact("item", w.both(r.Item))
	w.fact("handed_in", w.moment(r.At))
	w.fact("taken_by_clerk", r.Handler)
	w.fact("window", r.Window)
	w.heading("materials")
	w.states(r.Materials)
	w.fact("total", w.t("paper.pieces", "n", count(len(r.Materials))))
	w.add(line{}, para{text: w.t("paper.fetching"), bold: true})
	w.note("temporary_note")
	w.fact("ask", r.Ask)
	w.add(code{firstOf(r.Application, r.Temporary), w.t("paper.progress_scan")})
	return w.p
}

// MaterialsReceipt (收件凭证) lists what was taken in, of whom and when.
type MaterialsReceipt struct {
	Head
	Number      string // of the receipt
	Application string
	Temporary   string
	Password    hall.Secret // printed once, on no reprint
	Applicant   Person
	Item        hall.Names
	Materials   []Material
	Handler     string
	Window      string
	Ask         string
	AnswerDays  int // working days within which the authority says whether it accepts; 0 leaves the sentence out
}

// Received lays out 收件凭证(材料接收清单), with lines for both signatures.
func Received(r MaterialsReceipt) Paper {
	w := begin("materials_receipt", r.Head)
	w.fact("receipt_number", r.Number)
	w.numbers(r.Application, r.Temporary)
	w.password(r.Password, r.Reprint)
	w.applicant(r.Applicant)
	w.fact("item", w.both(r.Item))
	w.strong("handed_in", w.moment(r.At))
	w.fact("taken_by_clerk", r.Handler)
	w.fact("window", r.Window)
	w.heading("materials")
	w.list(r.Materials)
	w.strong("total", w.t("paper.kinds_pieces", "kinds", count(len(r.Materials)), "n", count(total(r.Materials))))
	w.add(line{})
	if r.AnswerDays > 0 {
		w.note("clock_note", "days", count(r.AnswerDays))
	}
	w.note("received_note")
	w.fact("ask", r.Ask)
	w.add(code{firstOf(r.Application, r.Temporary), w.t("paper.progress_scan")})
	w.add(signatures{labels: []string{w.t("paper.sign_applicant"), w.t("paper.sign_taker")}})
	return w.p
}

// numbers adds the number of the application; when it replaced a temporary
// one, both (requirements G6).
func (w *writer) numbers(application, temporary string) {
	if application == "" {
		w.add(number{w.t("paper.temporary_number"), temporary})
		return
	}
	w.add(number{w.t("paper.application"), typed(application)})
	w.fact("temporary_number", temporary)
}

func (w *writer) password(p hall.Secret, reprint bool) {
	if p != "" && !reprint {
		w.strong("password", p.Reveal())
	}
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
