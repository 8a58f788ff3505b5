package print

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"hallway/app/hall"
	"hallway/frontend"
)

// Application is what a person takes away who applied at a kiosk (申报成功);
// requirements E-30, M17.
type Application struct {
	Head
	Number    string
	Temporary string
	Password  hall.Secret // printed once, on no reprint
	Applicant Person      // printed masked: the slip may be left lying
	Item      hall.Names
	Applied   time.Time
	Next      hall.Text // key "progress.next.<code>"
	Materials []Material
	Bring     []hall.Names // to be brought to the counter
	Ask       string       // where to ask: place, phone, hours
}

// ApplicationSlip lays out the slip of an application.
func ApplicationSlip(a Application) Paper {
	w := begin("application_slip", a.Head)
	w.numbers(a.Number, a.Temporary)
	w.password(a.Password, a.Reprint)
	w.masked(a.Applicant)
	w.fact("item", w.both(a.Item))
	w.strong("applied_at", w.moment(a.Applied))
	w.heading("next_step")
	w.add(para{text: frontend.Format(w.locale, "progress.next."+a.Next.Code, a.Next.Params)})
	if len(a.Materials) > 0 {
		w.heading("materials")
		w.states(a.Materials)
	}
	w.bring(a.Bring)
	w.add(line{})
	if a.Reprint {
		w.note("application_copy_note")
	} else {
		w.note("application_note")
	}
	w.fact("ask", a.Ask)
	w.add(code{firstOf(a.Number, a.Temporary), w.t("paper.progress_scan")})
	return w.p
}

// bring lists the originals that are to be brought to the counter.
func (w *writer) bring(names []hall.Names) {
	if len(names) == 0 {
		return
	}
	w.heading("bring")
	for _, n := range names {
		w.add(para{text: "□ " + w.both(n)})
	}
}

// Needs is the list of what an item needs (办事材料清单); requirements E-27.
type Needs struct {
	Head
	Item      hall.Names
	ItemID    string
	Version   int
	Authority hall.Names
	Days      int // working days for the decision
	Materials []Needed
	Phone     string // of the authority
	Ask       string
}

// Needed is one material of an item.
type Needed struct {
	Material
	Required  bool
	Originals int
	Shared    bool // a department can supply it
}

// Digest tells lists apart: it changes with the item, its version, and what it
// asks for. It says nothing about a person.
func (n Needs) Digest() string {
	h := sha256.New()
	fmt.Fprintf(h, "hallway/needs/1\x00%s\x00%d\x00", n.ItemID, n.Version)
	for _, m := range n.Materials {
		fmt.Fprintf(h, "%s\x00%t\x00%d\x00%d\x00%t\x00", m.Code, m.Required, m.Originals, m.Copies, m.Shared)
	}
	sum := strings.ToUpper(hex.EncodeToString(h.Sum(nil)[:6]))
	return sum[:4] + "-" + sum[4:8] + "-" + sum[8:]
}

// NeedsSlip lays out the list, to be ticked off at home.
func NeedsSlip(n Needs) Paper {
	w := begin("needs_slip", n.Head)
	w.strong("item", w.both(n.Item))
	w.fact("authority", w.both(n.Authority))
	if n.Days > 0 {
		w.fact("decision_days", w.t("paper.working_days", "n", count(n.Days)))
	}
	w.heading("materials")
	for i, m := range n.Materials {
		w.add(para{text: "□ " + count(i+1) + ". " + w.both(m.Name), bold: m.Required})
		w.add(para{text: nbsp + nbsp + nbsp + w.needed(m)})
	}
	w.add(line{})
	w.fact("authority_phone", n.Phone)
	w.fact("ask", n.Ask)
	w.fact("needs_version", w.t("paper.needs_version_value", "version", count(n.Version), "digest", n.Digest()))
	return w.p
}

// needed is what of a material is needed, in one line.
func (w *writer) needed(m Needed) string {
	out := []string{w.t("paper.need_optional")}
	if m.Required {
		out[0] = w.t("paper.need_required")
	}
	if m.Originals > 0 {
		out = append(out, w.t("paper.form.original")+nbsp+w.t("paper.copies", "n", count(m.Originals)))
	}
	if m.Copies > 0 {
		out = append(out, w.t("paper.form.copy")+nbsp+w.t("paper.copies", "n", count(m.Copies)))
	}
	if m.Shared {
		out = append(out, w.t("paper.need_shared"))
	}
	return strings.Join(out, " · ")
}
