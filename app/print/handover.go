package print

import (
	"strings"
	"time"

	"hallway/app/hall"
)

// HandOver (交接单) is one trip of one courier with the batches of any number of
// applications: opened at the department, closed at the counter.
type HandOver struct {
	Head
	Number     string
	Department hall.Names
	Courier    string
	GivenBy    string    // who signed out
	GivenAt    time.Time // when the trip was opened
	TakenBy    string    // who signed in; empty while it is under way
	TakenAt    time.Time
	Batches    []HandOverBatch
}

// HandOverBatch is the papers of one application on the trip.
type HandOverBatch struct {
	Application string
	Item        hall.Names
	Papers      []HandOverPaper
}

// HandOverPaper is one paper of the trip.
type HandOverPaper struct {
	Material hall.Names
	Code     string
	Attempt  int
	Out, In  bool // scanned at the department, at the counter
	// Back says that it was taken in for custody only and goes back.
	Back bool
}

// HandOverSlip lays out the slip. While TakenBy is empty it is the courier's
// list, with boxes to tick and a line for what does not fit; afterwards it says
// what arrived, and names every difference.
func HandOverSlip(h HandOver) Paper {
	w := begin("hand_over", h.Head)
	w.add(number{w.t("paper.hand_over_number"), h.Number})
	w.fact("from", w.both(h.Department))
	w.fact("to", w.p.hall)
	w.fact("courier", h.Courier)
	w.fact("given_by", h.GivenBy)
	w.fact("given_at", w.moment(h.GivenAt))
	w.fact("taken_by", h.TakenBy)
	w.fact("taken_at", w.moment(h.TakenAt))
	w.fact("printed", w.moment(h.At))
	closed := h.TakenBy != ""
	sum := h.sum()
	w.heading("counts")
	w.strong("batches", w.t("paper.batches_value", "n", count(len(h.Batches))))
	w.strong("out", w.t("paper.pieces", "n", count(sum.out)))
	if closed {
		w.strong("in", w.t("paper.pieces", "n", count(sum.in)))
	}
	w.heading("papers")
	w.add(w.handOverList(h, closed))
	w.differences(h, closed)
	w.add(signatures{labels: []string{w.t("paper.sign_given"), w.t("paper.sign_courier"), w.t("paper.sign_taken")}})
	return w.p
}

type sum struct{ out, in int }

func (h HandOver) sum() (s sum) {
	for _, b := range h.Batches {
		for _, p := range b.Papers {
			if p.Out {
				s.out++
			}
			if p.In {
				s.in++
			}
		}
	}
	return s
}

func (w *writer) handOverList(h HandOver, closed bool) table {
	last := w.t("paper.col.check")
	if closed {
		last = w.t("paper.col.arrived")
	}
	t := table{cols: []column{{w.t("paper.col.no"), 0.08}, {w.t("paper.col.material"), 0.46},
		{w.t("paper.material_code"), 0.18}, {w.t("paper.attempt"), 0.1}, {last, 0.18}}}
	n := 0
	for _, b := range h.Batches {
		t.rows = append(t.rows, row{group: strings.TrimSpace(b.Application + nbsp + nbsp + name(b.Item, w.locale))})
		for _, p := range b.Papers {
			n++
			attempt := ""
			if p.Attempt > 1 {
				attempt = w.t("paper.attempt_value", "n", count(p.Attempt))
			}
			t.rows = append(t.rows, row{cells: []string{count(n), name(p.Material, w.locale), p.Code, attempt, w.arrival(p, closed)}})
		}
	}
	return t
}

// arrival is the last column: a box to tick, or what the scanners saw.
func (w *writer) arrival(p HandOverPaper, closed bool) string {
	switch {
	case !closed:
		return "□"
	case p.In && !p.Out:
		return w.t("paper.arrived.unannounced")
	case p.In && p.Back:
		return w.t("paper.arrived.back")
	case p.In:
		return w.t("paper.arrived.yes")
	case p.Out:
		return w.t("paper.arrived.missing")
	}
	return w.t("paper.arrived.stayed")
}

// differences names what left and did not arrive, and what arrived and had
// not been signed out; an open slip has lines to write them on.
func (w *writer) differences(h HandOver, closed bool) {
	w.heading("differences")
	if !closed {
		w.add(signatures{labels: []string{w.t("paper.difference_line"), ""}, long: true})
		return
	}
	found := false
	for _, b := range h.Batches {
		for _, p := range b.Papers {
			if p.Out == p.In {
				continue
			}
			found = true
			w.add(para{bold: true, text: w.t("paper.difference", "what", w.arrival(p, true),
				"number", b.Application, "material", name(p.Material, w.locale), "code", p.Code)})
		}
	}
	if !found {
		w.note("no_difference")
	}
}
