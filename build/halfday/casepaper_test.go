package halfday

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"hallway/app/hall"
	"hallway/devices/bench"
)

// piece is one paper as it came out.
type piece struct {
	printer string
	kinds   []string // what its words say that it is
	of      []string // application numbers, papers and trips that it is of
	again   bool     // it says that it is a reprint (补打)
	slip    bench.Slip
}

// words that tell the papers apart.
var words = map[string]string{"temporary": "非受理凭证", "acceptance": "受理通知书", "cover": "批次封面", "trip": "交接单", "progress": "办理进度单"}

// printers of the day, beside the kiosk's.
var printers = []string{desk + "/printer", outside + "/printer", inside + "/printer", "kiosk-1/printer"}

// collect reads what lies in the outlets of all printers.
func (d *caseDay) collect() {
	d.until("read the slips", func() (bool, error) {
		for _, printer := range printers {
			var list struct {
				Slips []bench.Slip `json:"slips"`
			}
			if err := d.bench.Get(d.ctx, "/bench/v1/printer/slips?id="+printer, &list); err != nil {
				return false, err
			}
			for _, s := range list.Slips {
				id := fmt.Sprint(printer, s.N, s.At.UnixNano())
				if _, known := d.pieces[id]; known {
					continue
				}
				if len(s.Unclean) > 0 {
					d.t.Errorf("slip %d of %s has unknown commands: %v", s.N, printer, s.Unclean)
				}
				d.pieces[id] = pieceOf(printer, s)
			}
		}
		return true, nil
	})
}

var tripNumber = regexp.MustCompile(`[A-Z]+-\d{8}-\d{4}-[A-Z0-9]{5}`)

var typedNumber = regexp.MustCompile(`(\d{12})[–-]\d`)

func pieceOf(printer string, s bench.Slip) piece {
	p := piece{printer: printer, slip: s, again: strings.Contains(s.Text, "补打")}
	text := strings.Join(strings.Fields(s.Text), "")
	temporary := strings.Contains(text, words["temporary"]) // speaks of the notice too
	for kind, word := range words {
		if !strings.Contains(text, word) || kind == "acceptance" && temporary {
			continue
		}
		if kind == "trip" && printer == inside+"/printer" {
			kind = "trip_closed" // the count of what came
		}
		p.kinds = append(p.kinds, kind)
	}
	for _, code := range s.QR {
		if l, err := hall.DecodeLabel(code); err == nil {
			p.kinds, p.of = append(p.kinds, "label"), append(p.of, l.ID())
		} else if n, err := hall.ParseTypedApplicationNumber(code); err == nil {
			p.of = append(p.of, n.String())
		}
	}
	if len(s.QR) == 0 { // the progress has its number in words only
		for _, n := range typedNumber.FindAllStringSubmatch(text, -1) {
			p.of = append(p.of, n[1])
		}
	}
	p.of = append(p.of, tripNumber.FindAllString(s.Text, -1)...)
	return p
}

// count counts the papers of a kind; how: "" all, "first" without the mark of a
// reprint.
func (d *caseDay) count(kind, of, how string) int {
	n := 0
	for _, p := range d.pieces {
		if slices.Contains(p.kinds, kind) && slices.Contains(p.of, of) && (how == "" || !p.again) {
			n++
		}
	}
	return n
}

// labelOf is the code of the label of a paper that lies in the outlet.
func (d *caseDay) labelOf(paper string) string {
	d.collect()
	for _, p := range d.pieces {
		for _, code := range p.slip.QR {
			if l, err := hall.DecodeLabel(code); err == nil && l.ID() == paper {
				return code
			}
		}
	}
	return ""
}

var sixDigits = regexp.MustCompile(`\d{6}`)

// passwordOf reads the query password (查询密码) off the temporary receipt.
func (d *caseDay) passwordOf(number string) string {
	for _, p := range d.pieces {
		if _, after, found := strings.Cut(p.slip.Text, "查询密码"); found && slices.Equal(p.of, []string{number}) {
			if m := sixDigits.FindString(after); m != "" {
				return m
			}
		}
	}
	return ""
}
