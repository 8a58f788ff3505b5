// Package print lays out what halls print: ticket slips (排队小票), labels and
// the papers of a case. A slip or a label is a device-neutral document; a Paper
// is laid out once and becomes a roll of 80 mm (Roll) or A4 (PDF.Write).
//
// Guarantees: a slip and a label hold no personal data: they have no field for
// any. Of a document number only the end is ever printed, phone numbers are
// masked, and names too on papers that others see. A temporary receipt has no
// field that could make it look like an acceptance, and an acceptance notice
// that lacks what the law asks for is refused. A query password is on no
// reprint. The same values give the same document. Every text is a key
// «slip.*» or «paper.*» of the catalogues, in the reader's language; in a
// foreign language names and titles are repeated in Chinese. A reprint is
// marked 补打. A character without a glyph is a box with its
// code point and pinyin.
//
// Expects: times are real; they are printed in the hall's zone. A4 needs fonts
// on the machine: fonts-droid-fallback, fonts-hanazono, and for Latin letters
// fonts-open-sans, fonts-liberation or fonts-dejavu-core.
//
// Source: requirements, G1.7, G2.1, G5, G6 and T «receipt / ticket
// printer»; standards §7, §9, §13; design §4 (补打). Where they are silent: the
// digit that guards typing stands behind a dash; on A4 the temporary receipt
// says across the page what it is not.
package print

import (
	"strconv"
	"strings"
	"time"

	"hallway/app/hall"
	"hallway/devices/printer"
	"hallway/frontend"
)

// Wait is an expected wait in whole minutes; Known is false when nobody serves
// the group now.
type Wait struct {
	Known     bool
	Low, High int
}

// Slip is everything that a ticket slip says.
type Slip struct {
	Locale      string
	Hall        hall.Names
	Number      string
	Group       hall.Names
	Item        hall.Names // may be empty
	Class       hall.Class
	Appointment string // HH:MM of the slot, empty without one
	Ahead       int
	Wait        Wait
	Offline     bool
	Reprint     bool
	Code        string // of the ticket, for the QR code
	At          time.Time
	MaxCalls    int // of the hall's rules
	Behind      int // re-entry of a missed number
}

// Ticket lays out a ticket slip.
func Ticket(s Slip) printer.Document {
	l := layout{locale: frontend.Resolve(s.Locale)}
	if s.Reprint {
		l.text(printer.Text{S: nbsp + l.t("slip.reprint") + nbsp, Align: printer.Center, Scale: 2, Bold: true, Invert: true})
	}
	l.text(printer.Text{S: name(s.Hall, l.locale), Align: printer.Center, Scale: 2, Bold: true})
	l.rule()
	l.text(printer.Text{S: l.t("slip.your_number"), Align: printer.Center})
	l.text(printer.Text{S: s.Number, Align: printer.Center, Scale: numberScale(s.Number), Bold: true})
	l.group(s)
	l.marks(s)
	l.rule()
	l.facts(s)
	l.rule()
	if s.Code != "" {
		l.feed()
		l.b = append(l.b, printer.Block{QR: &printer.QR{Data: s.Code}})
		l.text(printer.Text{S: l.t("slip.scan"), Align: printer.Center})
		l.feed()
	}
	l.advice(s)
	return printer.Document{Title: "ticket", Blocks: l.b, Cut: true}
}

// nbsp is a blank that stays at the edges of inverted text.
const nbsp = "\u00A0"

// layout collects blocks in one language.
type layout struct {
	locale string
	b      []printer.Block
}

// t is a text of the catalogue with its parameters, given as name, value, ….
func (l *layout) t(key string, kv ...string) string {
	params := map[string]string{}
	for i := 0; i+1 < len(kv); i += 2 {
		params[kv[i]] = kv[i+1]
	}
	return frontend.Format(l.locale, key, params)
}

func (l *layout) text(t printer.Text) { l.b = append(l.b, printer.Block{Text: &t}) }
func (l *layout) rule()               { l.b = append(l.b, printer.Block{Rule: true}) }
func (l *layout) feed()               { l.b = append(l.b, printer.Block{Feed: 1}) }

func (l *layout) columns(left, right string, bold bool) {
	l.b = append(l.b, printer.Block{Columns: &printer.Columns{Left: left, Right: right, Bold: bold}})
}

// name is a name in a language, or in the one that is always there.
func name(n hall.Names, locale string) string {
	if s := n[locale]; s != "" {
		return s
	}
	return n[frontend.Fallback]
}

// numberScale is as large as 58 mm paper allows: 32 half-width characters.
func numberScale(number string) int {
	return max(2, min(8, 32/max(1, len([]rune(number)))))
}

func (l *layout) group(s Slip) {
	l.text(printer.Text{S: name(s.Group, l.locale), Align: printer.Center, Scale: 2})
	if chinese := s.Group[frontend.Fallback]; !strings.HasPrefix(l.locale, "zh") && chinese != name(s.Group, l.locale) {
		l.text(printer.Text{S: chinese, Align: printer.Center})
	}
}

// marks are what makes this ticket another than the ordinary.
func (l *layout) marks(s Slip) {
	switch {
	case s.Appointment != "":
		l.text(printer.Text{S: l.t("slip.kind_appointment", "slot", s.Appointment), Align: printer.Center, Scale: 2, Bold: true})
	case s.Class == hall.ClassPriority:
		l.text(printer.Text{S: l.t("slip.kind_priority"), Align: printer.Center, Scale: 2, Bold: true})
	}
	if s.Offline {
		l.text(printer.Text{S: nbsp + l.t("slip.offline") + nbsp, Align: printer.Center, Bold: true, Invert: true})
	}
}

func (l *layout) facts(s Slip) {
	if item := name(s.Item, l.locale); item != "" {
		l.columns(l.t("slip.item"), item, false)
	}
	ahead := l.t("slip.ahead_value", "n", strconv.Itoa(s.Ahead))
	if s.Ahead == 0 {
		ahead = l.t("slip.ahead_none")
	}
	if !s.Offline { // nobody here knows how many wait in the hall now
		l.columns(l.t("slip.ahead"), ahead, true)
		l.columns(l.t("slip.wait"), l.wait(s.Wait), true)
	}
	l.columns(l.t("slip.time"), l.moment(s.At), false)
}

func (l *layout) wait(w Wait) string {
	low, high := strconv.Itoa(w.Low), strconv.Itoa(w.High)
	switch {
	case !w.Known:
		return l.t("slip.wait_unknown")
	case w.High <= 1:
		return l.t("slip.wait_soon")
	case w.Low >= w.High:
		return l.t("slip.wait_about", "low", high)
	}
	return l.t("slip.wait_range", "low", low, "high", high)
}

func (l *layout) advice(s Slip) {
	if s.Offline {
		l.text(printer.Text{S: l.t("slip.offline_note")})
	}
	if s.Reprint {
		l.text(printer.Text{S: l.t("slip.reprint_note")})
	}
	l.text(printer.Text{S: l.t("slip.listen")})
	calls := strconv.Itoa(max(1, s.MaxCalls))
	if s.Behind > 0 {
		l.text(printer.Text{S: l.t("slip.missed", "calls", calls, "behind", strconv.Itoa(s.Behind))})
		return
	}
	l.text(printer.Text{S: l.t("slip.missed_next", "calls", calls)})
}
