package print

import (
	"hallway/app/hall"
)

// CollectionSlip (领取登记) says who collected the result of a case, when and how;
// standards §7, 送达回证 / 领取登记. It is a receipt and bears no seal.
type CollectionSlip struct {
	Head        // At: when it was handed over
	Application string
	Decision    string // number of the decision, where there is one
	Applicant   Person
	Item        hall.Names
	Result      string // of the completion: label "office.result.<result>"
	Certificate Certificate
	Way         string // label "office.way.<way>"
	Collector   Person // at the counter
	DocKind     string // of the collector's document: label "desk.doc.<kind>"
	Checked     string // how it was checked: label "office.checked.<checked>"
	Handler     string // who handed over
	Window      string
	Ask         string
}

// Certificate (证件) is what a completion issued; empty without one.
type Certificate struct {
	Name, No string
	Until    string // YYYY-MM-DD; empty: without end
	Issuer   string
}

// Collected lays out 领取登记单, with lines for both signatures. What was sent by
// mail is signed for elsewhere.
func Collected(s CollectionSlip) Paper {
	w := begin("collection_slip", s.Head)
	w.add(number{w.t("paper.application"), typed(s.Application)})
	w.fact("decision_number", s.Decision)
	w.applicant(s.Applicant)
	w.fact("item", w.both(s.Item))
	w.fact("result", w.t("office.result."+s.Result))
	if c := s.Certificate; c.No != "" {
		w.heading("certificate")
		w.strong("cert_name", c.Name)
		w.strong("cert_no", c.No)
		if c.Until == "" {
			w.fact("cert_until", w.t("paper.no_end"))
		} else {
			w.fact("cert_until", w.day(c.Until))
		}
		w.fact("cert_issuer", c.Issuer)
	}
	w.heading("collection")
	w.strong("collected_at", w.moment(s.At))
	w.strong("collected_way", w.t("office.way."+s.Way))
	signs := []string{w.t("paper.sign_handed")}
	if s.Way == hall.CollectCounter {
		signs = []string{w.t("paper.sign_collector"), signs[0]}
		w.strong("collector", s.Collector.Name.Reveal())
		kind := w.t("desk.doc." + s.DocKind)
		if t := tail(s.Collector.Document); t != "" {
			kind += nbsp + w.t("paper.document_tail", "tail", t)
		}
		w.fact("collector_document", kind)
		w.fact("checked", w.t("office.checked."+s.Checked))
	}
	w.fact("handed_by", s.Handler)
	w.fact("window", s.Window)
	w.add(line{})
	w.note("collection_note")
	w.fact("ask", s.Ask)
	w.add(code{s.Application, w.t("paper.progress_scan")})
	w.add(signatures{labels: signs})
	return w.p
}
