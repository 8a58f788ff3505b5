package print

import (
	"errors"
	"fmt"
	"time"

	"hallway/app/hall"
)

// AcceptanceNotice (受理通知书) is the written, dated and sealed acceptance that
// the Administrative Licence Law asks for (art. 32).
type AcceptanceNotice struct {
	Head
	Number      string // of the notice; given by the centre, without gaps
	Application string
	Applicant   Person
	Item        hall.Names
	ItemCode    string
	AppliedOn   string // YYYY-MM-DD
	AcceptedOn  string // YYYY-MM-DD
	DueOn       string // YYYY-MM-DD: the day by which the decision is due
	LimitDays   int    // working days; 0 leaves the line out
	Basis       string // legal basis
	Materials   []Material
	Authority   hall.Names // whose seal it bears
	Handler     string
	Phone       string // of the authority
	Deemed      bool   // nobody told in time what was missing: the law says so, not the authority
}

// ErrIncomplete says that a paper lacks what the law asks for.
var ErrIncomplete = errors.New("print: paper_incomplete: the notice must not be given like this; complete the case and print it again")

// Acceptance lays out 受理通知书. It fails with ErrIncomplete without a number,
// an authority, the day of acceptance or the day by which the decision is due.
func Acceptance(n AcceptanceNotice) (Paper, error) {
	text := "accept_text"
	if n.Deemed {
		text = "accept_deemed_text"
		n.Materials = unlessIn(n.Materials)
	}
	w, err := beginNotice("acceptance_notice", text, n.Head,
		noticeFacts{n.Number, n.Application, n.Applicant, n.Item, n.ItemCode, n.AppliedOn, n.Authority}, n.AcceptedOn, n.DueOn)
	if err != nil {
		return Paper{}, err
	}
	w.strong("accepted_on", w.day(n.AcceptedOn))
	if n.LimitDays > 0 {
		w.fact("limit", w.t("paper.working_days", "n", count(n.LimitDays)))
	}
	w.strong("due_on", w.day(n.DueOn))
	w.fact("basis", n.Basis)
	w.fact("handler", n.Handler)
	w.fact("authority_phone", n.Phone)
	w.heading("materials")
	w.list(n.Materials)
	w.add(line{})
	w.add(para{text: w.t("paper.accept_note"), keep: sealRoom})
	w.sealed(n.Authority, n.AcceptedOn, "seal_place", "sign_applicant")
	w.add(code{n.Application, w.t("paper.progress_scan")})
	return w.p, nil
}

// noticeFacts are what every notice of an authority to an applicant says first.
type noticeFacts struct {
	number      string // given by the centre, without gaps
	application string
	applicant   Person
	item        hall.Names
	itemCode    string
	appliedOn   string // YYYY-MM-DD
	authority   hall.Names
}

// beginNotice starts a notice: to whom, about what, its sentence, and the facts
// of the application. It fails with ErrIncomplete when one of them is missing
// that the law asks for, or one of also.
func beginNotice(kind, sentence string, h Head, n noticeFacts, also ...string) (*writer, error) {
	for _, value := range append(also, n.number, n.application, n.applicant.Name.Reveal(), name(n.authority, h.Locale)) {
		if value == "" {
			return nil, fmt.Errorf("%w (%s)", ErrIncomplete, kind)
		}
	}
	w := begin(kind, h)
	w.fact("notice_number", n.number)
	w.add(para{text: w.t("paper.accept_to", "name", n.applicant.Name.Reveal())})
	w.add(para{text: w.t("paper."+sentence, "day", w.day(n.appliedOn), "item", w.both(n.item))})
	w.add(line{})
	w.strong("application", typed(n.application))
	w.applicant(n.applicant)
	w.fact("item", w.both(n.item))
	w.fact("item_code", n.itemCode)
	w.fact("applied_on", w.day(n.appliedOn))
	return w, nil
}

// sealed adds the place of the seal with the applicant's signature beside it.
func (w *writer) sealed(authority hall.Names, day, place, sign string) {
	w.add(seal{name(authority, w.locale), w.chinese(authority), w.day(day), w.t("paper." + place), w.t("paper.seal_needed"),
		signatures{labels: []string{w.t("paper." + sign), w.t("paper.sign_date")}}})
}

// Progress (办理进度) is what a kiosk prints for whoever proved to be the
// applicant. The paper may be left lying, so the name is masked.
type Progress struct {
	Head
	Application string
	Applicant   Person // printed masked
	Item        hall.Names
	State       string // code of requirements G2.1 in small letters
	Since       time.Time
	DueOn       string // YYYY-MM-DD; empty before acceptance
	Steps       []Step
	Materials   []Material
	Ask         string
}

// Step is what happened to a case, in the citizen's words.
type Step struct {
	State string // code of requirements G2.1 in small letters
	At    time.Time
}

// ProgressSlip lays out 办理进度单.
func ProgressSlip(p Progress) Paper {
	w := begin("progress", p.Head)
	w.add(number{w.t("paper.now"), w.t("paper.case." + p.State)})
	w.fact("application", typed(p.Application))
	w.masked(p.Applicant)
	w.fact("item", w.both(p.Item))
	w.fact("since", w.moment(p.Since))
	if p.DueOn != "" {
		w.strong("due_on", w.day(p.DueOn))
	}
	if len(p.Steps) > 0 {
		w.heading("steps")
		t := table{cols: []column{{w.t("paper.col.no"), 0.08}, {w.t("paper.col.step"), 0.52}, {w.t("paper.col.time"), 0.4}}}
		for i, s := range p.Steps {
			t.rows = append(t.rows, row{cells: []string{count(i + 1), w.t("paper.case." + s.State), w.moment(s.At)}})
		}
		w.add(t)
	}
	if len(p.Materials) > 0 {
		w.heading("materials")
		w.states(p.Materials)
	}
	w.add(line{})
	w.fact("as_of", w.moment(p.At))
	w.note("progress_note")
	w.fact("ask", p.Ask)
	return w.p
}
