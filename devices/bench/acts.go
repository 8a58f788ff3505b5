package bench

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"hallway/devices/evaluator/table"
	"hallway/devices/evaluator/table/tablesim"
	"hallway/devices/idcard/sdt/sdtsim"
	"hallway/devices/numberboard/rs485"
	"hallway/devices/numberboard/rs485/rs485sim"
	"hallway/devices/port/cable"
	"hallway/devices/scanner/serialscan/serialscansim"
)

// cardReader is a simulated SDT reader.
type cardReader struct{ *sdtsim.Sim }

func newCardReader(b *Bench, _ DeviceConfig, shape cable.Shape) (model, error) {
	return cardReader{sdtsim.New(sdtsim.Options{
		Shape: shape, OnChange: b.changed,
		FindTime: 20 * time.Millisecond, SelectTime: 20 * time.Millisecond, ReadTime: 150 * time.Millisecond,
	})}, nil
}

func (r cardReader) report(s *DeviceState) { s.IDCard = &IDCardState{Card: r.OnPlate()} }

// kindOf is the contract's name of a layout.
func kindOf(name string, c sdtsim.Card) string {
	switch {
	case c.SelectStatus != 0:
		return "other"
	case c.Status != 0:
		return "unreadable"
	}
	return map[sdtsim.Layout]string{
		sdtsim.ResidentCard: "resident", sdtsim.Permit: "hmt_residence",
		sdtsim.Foreigner17: "foreigner_2017", sdtsim.Foreigner23: "foreigner_2023",
	}[c.Layout]
}

// Cards are the sample cards.
func (b *Bench) Cards() []Card {
	out := []Card{}
	samples := sdtsim.Samples()
	for _, name := range sdtsim.SampleNames() {
		c := samples[name]
		card := Card{ID: name, Kind: kindOf(name, c), Name: c.Name, Number: c.Number, ValidUntil: c.ValidUntil}
		if card.Kind == "other" || card.Kind == "unreadable" {
			card.Name, card.Number, card.ValidUntil = "", "", ""
		}
		out = append(out, card)
	}
	return out
}

// PlaceCard puts a sample card or one with data of one's own on a reader. The
// reader has power even while its cable to the terminal is out.
func (b *Bench) PlaceCard(id, card string, custom *CustomCard) error {
	r, err := anyway[cardReader](b, id, "idcard")
	if err != nil {
		return err
	}
	defer b.changed()
	if custom == nil {
		if err := r.PlaceSample(card); err != nil {
			return problem(http.StatusNotFound, "bench_no_card", "detail", err.Error())
		}
		return nil
	}
	if err := r.Place("custom", custom.card()); err != nil {
		return problem(http.StatusUnprocessableEntity, "bench_no_card", "detail", err.Error())
	}
	return nil
}

// card fills in what was left out.
func (c CustomCard) card() sdtsim.Card {
	or := func(v, otherwise string) string {
		if v == "" {
			return otherwise
		}
		return v
	}
	sex := "2"
	if len(c.Number) == 18 && (c.Number[16]-'0')%2 == 1 {
		sex = "1"
	}
	birth := "19900101"
	if len(c.Number) == 18 {
		birth = c.Number[6:14]
	}
	return sdtsim.Card{
		Layout: sdtsim.ResidentCard, Name: c.Name, Number: c.Number, Birth: birth,
		Sex: or(c.Sex, sex), Nation: or(c.Nation, "01"), Address: or(c.Address, "测试省示例市样例路9号"),
		Issuer: or(c.Issuer, "示例市公安局"), ValidFrom: or(c.ValidFrom, "20200101"), ValidUntil: or(c.ValidUntil, "20400101"),
	}
}

// RemoveCard takes the card off the reader.
func (b *Bench) RemoveCard(id string) error {
	r, err := anyway[cardReader](b, id, "idcard")
	if err != nil {
		return err
	}
	r.Remove()
	b.changed()
	return nil
}

// scanGun is a simulated serial scanner: it sends what it read and CR.
type scanGun struct{ *serialscansim.Sim }

func newScanner(b *Bench, _ DeviceConfig, shape cable.Shape) (model, error) {
	return scanGun{serialscansim.New(serialscansim.Options{Shape: shape, OnChange: b.changed})}, nil
}

func (g scanGun) report(s *DeviceState) {
	last, scans := g.Last()
	if !utf8.ValidString(last) {
		last = fmt.Sprintf("% X", last)
	}
	s.Scanner = &ScannerState{Last: last, Scans: scans}
}

// Scan reads a code: text, or raw bytes in hexadecimal; cut short, or with
// noise before it.
func (b *Bench) Scan(id, text, hexBytes string, cut, garbage bool) error {
	g, err := plugged[scanGun](b, id, "scanner")
	if err != nil {
		return err
	}
	data := []byte(text)
	if hexBytes != "" {
		if data, err = hex.DecodeString(strings.Join(strings.Fields(hexBytes), "")); err != nil {
			return problem(http.StatusUnprocessableEntity, "bench_request", "detail", "hex: "+err.Error())
		}
	}
	if len(data) == 0 {
		return problem(http.StatusUnprocessableEntity, "bench_request", "detail", "nothing to scan: give text or hex")
	}
	g.ScanBytes(data, serialscansim.Damage{Cut: cut, Garbage: garbage})
	return nil
}

// ratingKeys is a simulated evaluator.
type ratingKeys struct{ *tablesim.Sim }

func newEvaluator(b *Bench, c DeviceConfig, shape cable.Shape) (model, error) {
	t, err := table.Load(c.Model)
	if err != nil {
		return nil, err
	}
	return ratingKeys{tablesim.New(t, c.Address, shape, b.changed)}, nil
}

func (k ratingKeys) report(s *DeviceState) {
	shows, asking := k.Shows()
	s.Evaluator = &EvaluatorState{Asking: asking, Shows: shows, Last: k.Last()}
	s.Trouble = k.Trouble()
}

// Press presses a rating key; the evaluator repeats it until it is
// acknowledged.
func (b *Bench) Press(id string, level int) error {
	k, err := plugged[ratingKeys](b, id, "evaluator")
	if err != nil {
		return err
	}
	acked, err := k.Press(b.life, level)
	switch {
	case err != nil:
		return problem(http.StatusConflict, "bench_not_connected", "id", id, "detail", err.Error())
	case !acked:
		return problem(http.StatusConflict, "bench_not_connected", "id", id)
	}
	return nil
}

// ledBoard is a simulated number board.
type ledBoard struct{ *rs485sim.Sim }

func newBoard(b *Bench, c DeviceConfig, shape cable.Shape) (model, error) {
	return ledBoard{rs485sim.New(c.Model == rs485.ModelXunpeng, byte(c.Address), shape, b.changed)}, nil
}

func (l ledBoard) report(s *DeviceState) {
	shows, colour := l.Shows()
	s.Board = &NumberBoardState{Shows: shows, Colour: colour}
}
