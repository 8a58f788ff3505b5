package bench

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"hallway/devices/evaluator/screen/screensim"
	"hallway/devices/frame"
	"hallway/devices/frame/framesim"
	"hallway/devices/idcard/sdt/sdtsim"
	"hallway/devices/numberboard/rs485/rs485sim"
	"hallway/devices/port/cable"
	"hallway/devices/scanner/camera/camerasim"
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

func (g scanGun) report(s *DeviceState) { s.Scanner = scanned(g.Last()) }

func (g scanGun) take(data []byte, d serialscansim.Damage) error {
	g.ScanBytes(data, d)
	return nil
}

// eye is a simulated camera; a code is held before it for a second.
type eye struct{ *camerasim.Sim }

func newCamera(b *Bench, _ DeviceConfig, shape cable.Shape) (model, error) {
	return eye{camerasim.New(camerasim.Options{Seed: shape.Seed, OnChange: b.changed})}, nil
}

func (e eye) report(s *DeviceState) { s.Scanner = scanned(e.Last()) }

// take shows a QR code. One that is cut short is not seen at all.
func (e eye) take(data []byte, d serialscansim.Damage) error {
	if d.Garbage {
		e.Noise(12)
	}
	if d.Cut {
		return nil
	}
	return e.Pass(data)
}

// reader is whatever reads codes.
type reader interface {
	model
	take(data []byte, d serialscansim.Damage) error
}

func scanned(last string, scans int) *ScannerState {
	if !utf8.ValidString(last) {
		last = fmt.Sprintf("% X", last)
	}
	return &ScannerState{Last: last, Scans: scans}
}

// Scan reads a code: text, or raw bytes in hexadecimal; cut short, or with
// noise before it.
func (b *Bench) Scan(id, text, hexBytes string, cut, garbage bool) error {
	g, err := plugged[reader](b, id, "scanner")
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
	if err := g.take(data, serialscansim.Damage{Cut: cut, Garbage: garbage}); err != nil {
		return problem(http.StatusUnprocessableEntity, "bench_request", "detail", err.Error())
	}
	return nil
}

// rater is whatever has rating keys.
type rater interface {
	model
	Press(ctx context.Context, level int) (acked bool, err error)
}

// ratingKeys is a simulated evaluator.
type ratingKeys struct{ *framesim.Sim }

func newEvaluator(b *Bench, c DeviceConfig, shape cable.Shape) (model, error) {
	t, err := frame.Load(c.Model)
	if err != nil {
		return nil, err
	}
	if t.Evaluator == nil || t.Evaluator.Rate.IsZero() {
		return nil, fmt.Errorf("table %s has no evaluator that speaks frames", t.Name)
	}
	return ratingKeys{framesim.New(t, c.Address, shape, b.changed)}, nil
}

func (k ratingKeys) report(s *DeviceState) {
	shown := k.Shown()
	s.Evaluator = &EvaluatorState{Asking: shown.Asking, Shows: shown.Prompt, Last: k.Last()}
	s.Trouble = k.Trouble()
}

// screenKeys is a simulated evaluator's screen, which calls its counter.
type screenKeys struct{ *screensim.Sim }

func newScreen(b *Bench, c DeviceConfig, shape cable.Shape) (model, error) {
	return screenKeys{screensim.New(strings.TrimPrefix(c.At, "door:"), shape, b.changed)}, nil
}

func (k screenKeys) report(s *DeviceState) {
	shown := k.Shown()
	s.Evaluator = &EvaluatorState{Asking: shown.Asking, Shows: shown.Prompt, Last: k.Last()}
}

// Press presses a rating key; the evaluator repeats it until it is
// acknowledged.
func (b *Bench) Press(id string, level int) error {
	k, err := plugged[rater](b, id, "evaluator")
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

// callKeys is a simulated caller: the clerk's side of its table alone.
type callKeys struct {
	*framesim.Sim
	keys []string
}

func newCaller(b *Bench, c DeviceConfig, shape cable.Shape) (model, error) {
	t, err := frame.Load(c.Model)
	if err != nil {
		return nil, err
	}
	if t.Caller == nil {
		return nil, fmt.Errorf("table %s has no call keys", t.Name)
	}
	t.Evaluator = nil
	keys := slices.Collect(maps.Values(t.Caller.Keys))
	slices.Sort(keys)
	return callKeys{framesim.New(t, c.Address, shape, b.changed), slices.Compact(keys)}, nil
}

func (k callKeys) report(s *DeviceState) {
	shown := k.Shown()
	s.Caller = &CallerState{Shows: shown.Number, Beeps: shown.Beeps, Keys: k.keys}
	s.Trouble = k.Trouble()
}

// Call presses a key of a caller after some digits; the caller repeats it until
// it is acknowledged.
func (b *Bench) Call(id, key, digits string) error {
	k, err := plugged[callKeys](b, id, "caller")
	if err != nil {
		return err
	}
	acked, err := k.Sim.Call(b.life, key, digits)
	switch {
	case err != nil && b.life.Err() == nil:
		return problem(http.StatusUnprocessableEntity, "bench_request", "detail", err.Error())
	case !acked:
		return problem(http.StatusConflict, "bench_not_connected", "id", id)
	}
	return nil
}

// ledBoard is a simulated number board.
type ledBoard struct{ shower }

// shower is a board that can be looked at.
type shower interface {
	cable.Simulator
	Shows() (number, colour string)
	Noise(n int)
}

func newBoard(b *Bench, c DeviceConfig, shape cable.Shape) (model, error) {
	if c.Model == "onbon_text" {
		return ledBoard{rs485sim.NewOnbon(byte(c.Address), shape, b.changed)}, nil
	}
	return ledBoard{rs485sim.New(c.Model == "xunpeng", byte(c.Address), shape, b.changed)}, nil
}

func (l ledBoard) report(s *DeviceState) {
	shows, colour := l.Shows()
	s.Board = &NumberBoardState{Shows: shows, Colour: colour}
}

// ownBoard is a number board from a hall's own table.
type ownBoard struct{ *framesim.Sim }

func newOwnBoard(b *Bench, c DeviceConfig, shape cable.Shape) (model, error) {
	t, err := frame.Load(c.Model)
	if err != nil {
		return nil, err
	}
	if t.Board == nil {
		return nil, fmt.Errorf("table %s has no board", t.Name)
	}
	return ownBoard{framesim.New(t, c.Address, shape, b.changed)}, nil
}

func (o ownBoard) report(s *DeviceState) {
	shown := o.Shown()
	s.Board = &NumberBoardState{Shows: shown.Number, Colour: shown.Colour}
	s.Trouble = o.Trouble()
}
