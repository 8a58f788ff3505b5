package print

import (
	"hallway/app/hall"
	"hallway/frontend"
)

// DecisionNotice (决定书) is the written decision on a case: 准予许可决定书, or
// 不予许可决定书 with its reasons and the right to have it reviewed
// (行政许可法 art. 38; standards §7).
type DecisionNotice struct {
	Head
	Number      string // of the decision; given by the centre, without gaps
	Licence     bool   // the item is a licence (行政许可); else the law of licences is not named
	Application string
	Applicant   Person
	Item        hall.Names
	ItemCode    string
	AppliedOn   string // YYYY-MM-DD
	AcceptedOn  string // YYYY-MM-DD
	DecidedOn   string // YYYY-MM-DD
	DeliverBy   string // YYYY-MM-DD: a grant's, empty leaves it out
	Provisional bool   // that day may move: the calendar is not published
	Reason      string // a refusal's: label "office.deny.<reason>"
	Words       string // a refusal's reasons in words
	Basis       string
	Authority   hall.Names // whose seal it bears
	Handler     string
	Phone       string // of the authority
}

// Grant lays out 准予许可决定书. It fails with ErrIncomplete without a number, an
// authority or a day.
func Grant(n DecisionNotice) (Paper, error) {
	w, err := n.begin("grant_decision", "grant_text")
	if err != nil {
		return Paper{}, err
	}
	w.dueDay("deliver_by", n.DeliverBy, n.Provisional)
	w.fact("basis", n.Basis)
	n.end(w, "grant_note")
	return w.p, nil
}

// Denial lays out 不予许可决定书: the reasons, and where to turn within which time.
// It fails with ErrIncomplete without them, a number, an authority or a day.
func Denial(n DecisionNotice) (Paper, error) {
	w, err := n.begin("denial_decision", "denial_text", n.Reason, n.Words)
	if err != nil {
		return Paper{}, err
	}
	w.strong("denial_reason", w.t("office.deny."+n.Reason))
	w.strong("refusal_words", n.Words)
	w.fact("basis", n.Basis)
	w.fact("handler", n.Handler)
	w.fact("authority_phone", n.Phone)
	w.add(heading{text: w.t("paper.remedies"), keep: remediesRoom})
	w.strong("remedy_review", w.t("paper.remedy_review_text"))
	w.strong("remedy_lawsuit", w.t("paper.remedy_lawsuit_text"))
	n.Handler, n.Phone = "", ""
	n.end(w, "denial_note")
	return w.p, nil
}

// remediesRoom keeps the rights of whom is refused, the note and the seal on one
// page.
const remediesRoom = 24 + 4*bodySize*leading + 30 + sealRoom

// begin starts a decision. An item that is no licence has a title and a sentence
// of its own.
func (n *DecisionNotice) begin(kind, sentence string, also ...string) (*writer, error) {
	w, err := n.facts().begin(kind, sentence, n.Licence, n.Head, append(also, n.DecidedOn)...)
	if err != nil {
		return nil, err
	}
	w.fact("accepted_on", w.day(n.AcceptedOn))
	w.strong("decided_on", w.day(n.DecidedOn))
	return w, nil
}

func (n *DecisionNotice) facts() noticeFacts {
	return noticeFacts{n.Number, n.Application, n.Applicant, n.Item, n.ItemCode, n.AppliedOn, n.Authority}
}

func (n *DecisionNotice) end(w *writer, note string) {
	w.endNotice(noticeEnd{note, n.Authority, n.DecidedOn, n.Handler, n.Phone, n.Application})
}

// ProcedureNotice tells in writing that a case takes longer: how long a special
// procedure takes (特别程序, 行政许可法 art. 45), or by how much the time for the
// decision is extended and why (延长期限, art. 42); standards §7.
type ProcedureNotice struct {
	Head
	Number      string // of the notice; given by the centre, without gaps
	Licence     bool   // the item is a licence (行政许可)
	Application string
	Applicant   Person
	Item        hall.Names
	ItemCode    string
	AppliedOn   string     // YYYY-MM-DD
	AcceptedOn  string     // YYYY-MM-DD
	ToldOn      string     // YYYY-MM-DD: when it began, or was extended
	Procedure   string     // code of a special procedure, label "office.special.<code>"
	Name        hall.Names // of one that is the item's own
	Stops       bool       // the time of the special procedure does not count
	Days        int
	Unit        string // hall.UnitDay, or working days
	EndsOn      string // YYYY-MM-DD: when the procedure should end, or the new last day
	Provisional bool   // that day may move: the calendar is not published
	Reason      string // label "office.why.<reason>"
	Words       string
	Approver    string // who approved it
	Authority   hall.Names
	Handler     string
	Phone       string
}

// SpecialNotice lays out 特别程序所需时间告知书. It fails with ErrIncomplete without a
// number, an authority, a day, the reason or the time that is needed.
func SpecialNotice(n ProcedureNotice) (Paper, error) {
	w, err := n.begin("special_notice", "special_text", n.EndsOn)
	if err != nil {
		return Paper{}, err
	}
	title := w.both(n.Name)
	if len(n.Name) == 0 {
		title = w.t("office.special." + n.Procedure)
	}
	w.strong("special_name", title)
	w.strong("special_begins", w.day(n.ToldOn))
	w.strong("special_time", n.length(w))
	w.dueDay("special_ends", n.EndsOn, n.Provisional)
	w.fact("special_reason", w.t("office.why."+n.Reason))
	w.fact("special_content", n.Words)
	note := "special_goes_on"
	switch {
	case n.Stops && len(n.Name) == 0:
		note = "special_stops_by_law"
	case n.Stops:
		note = "special_stops"
	}
	n.end(w, note)
	return w.p, nil
}

// ExtensionNotice lays out 延长期限告知书. It fails with ErrIncomplete without a
// number, an authority, the reason, or the new last day.
func ExtensionNotice(n ProcedureNotice) (Paper, error) {
	w, err := n.begin("extension_notice", "extension_text", n.EndsOn)
	if err != nil {
		return Paper{}, err
	}
	w.strong("extension_reason", w.t("office.why."+n.Reason))
	w.fact("refusal_words", n.Words)
	w.strong("extension_length", n.length(w))
	w.dueDay("extension_due", n.EndsOn, n.Provisional)
	w.fact("extended_on", w.day(n.ToldOn))
	n.end(w, "extension_note")
	return w.p, nil
}

func (n *ProcedureNotice) begin(kind, sentence string, also ...string) (*writer, error) {
	w, err := noticeFacts{n.Number, n.Application, n.Applicant, n.Item, n.ItemCode, n.AppliedOn, n.Authority}.
		begin(kind, sentence, n.Licence, n.Head, append(also, n.ToldOn, n.Reason)...)
	if err == nil {
		w.fact("accepted_on", w.day(n.AcceptedOn))
	}
	return w, err
}

// length is the time that is needed, or the extension.
func (n *ProcedureNotice) length(w *writer) string {
	if n.Unit == hall.UnitDay {
		return w.t("paper.calendar_days", "n", count(n.Days))
	}
	return w.t("paper.working_days", "n", count(n.Days))
}

func (n *ProcedureNotice) end(w *writer, note string) {
	w.fact("approved_by", n.Approver)
	w.endNotice(noticeEnd{note, n.Authority, n.ToldOn, n.Handler, n.Phone, n.Application})
}

// begin starts a notice of what became of a case after its acceptance. What is
// no licence has a sentence without the law of licences, and a decision on it a
// title of its own.
func (n noticeFacts) begin(kind, sentence string, licence bool, h Head, also ...string) (*writer, error) {
	if !licence {
		sentence += "_other"
	}
	w, err := beginNotice(kind, sentence, h, n, also...)
	if err != nil {
		return nil, err
	}
	if other := "paper." + kind + "_other"; !licence && frontend.Has(w.locale, other) {
		w.title(other)
	}
	return w, nil
}

// noticeEnd is how such a notice ends.
type noticeEnd struct {
	note           string
	authority      hall.Names
	day            string
	handler, phone string
	application    string
}

// endNotice adds who can be asked, a note, and the place of the authority's own
// seal (行政许可法 art. 39).
func (w *writer) endNotice(e noticeEnd) {
	w.fact("handler", e.handler)
	w.fact("authority_phone", e.phone)
	w.add(line{})
	w.add(para{text: w.t("paper." + e.note), keep: sealRoom})
	w.sealed(e.authority, e.day, "seal_authority", "sign_served")
	w.add(code{e.application, w.t("paper.progress_scan")})
}

// dueDay is a last day that must be seen first, and may be provisional.
func (w *writer) dueDay(key, day string, provisional bool) {
	shown := w.day(day)
	if shown != "" && provisional {
		shown = w.t("paper.provisional", "day", shown)
	}
	w.strong(key, shown)
}
