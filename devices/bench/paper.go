package bench

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"hallway/devices/port/cable"
	"hallway/devices/printer/escpos/escpossim"
)

// ticketPrinter is a simulated ESC/POS printer that keeps its slips as files.
type ticketPrinter struct {
	*escpossim.Sim
	*keeper
}

// bodies are the abilities of the simulated printers, by the drivers' profile.
var bodies = map[string]escpossim.Options{
	"":          {Confirms: true, Clears: true, NativeQR: true},
	"epson80":   {Confirms: true, Clears: true, NativeQR: true},
	"generic80": {NativeQR: true, Clears: true},
	"western80": {Confirms: true, Clears: true, NativeQR: true, NoChinese: true},
	"generic58": {NativeQR: true, NoCutter: true, Dots: 384},
	"sprt58":    {NoCutter: true, Dots: 384, GB2312: true, SizeBits: 0x30},
}

func newPrinter(b *Bench, c DeviceConfig, shape cable.Shape) (model, error) {
	o, ok := bodies[c.Profile]
	if !ok {
		return nil, fmt.Errorf("printer profile %q is not simulated: choose epson80, western80, generic80, generic58 or sprt58", c.Profile)
	}
	if c.WidthMM == 58 {
		o.Dots = 384
	}
	if o.Speed = c.Speed; o.Speed == 0 {
		o.Speed = 200
	}
	p := &ticketPrinter{keeper: newKeeper(b, c.ID)}
	o.Shape, o.Clock, o.OnChange = shape, b.clock, b.changed
	o.OnSlip = func(s escpossim.Slip) {
		p.take(output{n: s.N, at: s.At, files: func() (map[string][]byte, error) {
			picture, err := s.PNG()
			return map[string][]byte{".bin": s.Raw, ".png": picture}, err
		}})
	}
	p.Sim = escpossim.New(o)
	return p, nil
}

// Run prints, and keeps the slips as files, until ctx ends.
func (p *ticketPrinter) Run(ctx context.Context) error { return p.beside(ctx, p.Sim.Run) }

func (p *ticketPrinter) report(s *DeviceState) {
	body := p.Body()
	paper := "ok"
	switch {
	case body.PaperEnd:
		paper = "end"
	case body.NearEnd:
		paper = "near_end"
	}
	s.Printer = &PrinterState{
		Paper: paper, CoverOpen: body.CoverOpen, CutterError: body.CutterError, Offline: body.Offline,
		Printing: p.Printing(), Slips: p.Count(),
	}
	if n := p.Unclean(); n > 0 {
		s.Trouble = fmt.Sprintf("%d commands were not understood", n)
	}
}

// SetPrinter changes a printer's paper, cover, cutter and panel.
func (b *Bench) SetPrinter(id string, c PrinterChange) error {
	p, err := anyway[*ticketPrinter](b, id, "printer")
	if err != nil {
		return err
	}
	p.SetBody(func(body *escpossim.Body) {
		if c.Paper != nil {
			body.PaperEnd, body.NearEnd = *c.Paper == "end", *c.Paper != "ok"
		}
		set := func(to *bool, v *bool) {
			if v != nil {
				*to = *v
			}
		}
		set(&body.CoverOpen, c.CoverOpen)
		set(&body.CutterError, c.CutterError)
		set(&body.Offline, c.Offline)
	})
	return nil
}

// Slips are the slips of a printer, newest first.
func (b *Bench) Slips(id string) ([]Slip, error) {
	p, err := anyway[*ticketPrinter](b, id, "printer")
	if err != nil {
		return nil, err
	}
	out := []Slip{}
	for _, s := range p.Sim.Slips() {
		out = append(out, Slip{
			N: s.N, At: s.At, Bytes: len(s.Raw), Width: s.W, Height: s.H,
			Text: strings.Join(s.Text, "\n"), QR: append([]string{}, s.QR...), Unclean: append([]string{}, s.Unclean...),
		})
	}
	slices.Reverse(out)
	return out, nil
}

func (b *Bench) slip(id string, n int) (escpossim.Slip, error) {
	p, err := anyway[*ticketPrinter](b, id, "printer")
	if err != nil {
		return escpossim.Slip{}, err
	}
	s, ok := p.Slip(n)
	if !ok {
		return escpossim.Slip{}, problem(http.StatusNotFound, "bench_no_slip", "id", id)
	}
	return s, nil
}

// SlipPNG is the picture of a slip.
func (b *Bench) SlipPNG(id string, n int) ([]byte, error) {
	s, err := b.slip(id, n)
	if err != nil {
		return nil, err
	}
	return s.PNG()
}

// SlipBytes is the very bytes of a slip.
func (b *Bench) SlipBytes(id string, n int) ([]byte, error) {
	s, err := b.slip(id, n)
	if err != nil {
		return nil, err
	}
	return s.Raw, nil
}

// printedShown bounds the list of printed codes.
const printedShown = 300

// Codes are the QR codes that the printers have printed, newest first, each
// once.
func (b *Bench) Codes() []PrintedCode {
	out := []PrintedCode{}
	for _, d := range b.devices {
		p, ok := d.sim.(*ticketPrinter)
		if !ok {
			continue
		}
		for _, s := range p.Sim.Slips() {
			for _, text := range s.QR {
				out = append(out, PrintedCode{Text: text, Printer: d.config.ID, At: s.At})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b PrintedCode) int { return b.At.Compare(a.At) })
	seen := map[string]bool{}
	out = slices.DeleteFunc(out, func(c PrintedCode) bool {
		again := seen[c.Text]
		seen[c.Text] = true
		return again
	})
	return out[:min(len(out), printedShown)]
}
