package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"hallway/devices/port/cable"
	"hallway/devices/printer/ipp/ippsim"
)

// pagePrinter is a simulated A4 printer that keeps its documents as files.
type pagePrinter struct {
	*ippsim.Sim
	*keeper
	seed uint64
}

func newPagePrinter(b *Bench, c DeviceConfig, shape cable.Shape) (model, error) {
	p := &pagePrinter{keeper: newKeeper(b, c.ID), seed: shape.Seed}
	p.Sim = ippsim.New(ippsim.Options{Clock: time.Now, OnChange: b.changed, OnSheet: func(s ippsim.Sheet) {
		p.take(output{n: s.N, at: s.At, files: func() (map[string][]byte, error) { return map[string][]byte{".pdf": s.PDF}, nil }})
	}})
	return p, nil
}

// Run prints, and keeps the documents as files, until ctx ends.
func (p *pagePrinter) Run(ctx context.Context) error { return p.beside(ctx, p.Sim.Run) }

func (p *pagePrinter) report(s *DeviceState) {
	body := p.Body()
	paper := "ok"
	switch {
	case body.PaperEnd:
		paper = "end"
	case body.NearEnd:
		paper = "near_end"
	}
	s.Sheet = &SheetState{Paper: paper, CoverOpen: body.CoverOpen, Jam: body.Jam, Offline: body.Offline,
		Printing: p.Printing(), Documents: []Document{}}
	for _, d := range p.Sheets() {
		s.Sheet.Documents = append(s.Sheet.Documents, Document{N: d.N, At: d.At, Name: d.Name, Pages: d.Pages})
	}
	slices.Reverse(s.Sheet.Documents)
	if n := len(p.Unclean()); n > 0 {
		s.Trouble = fmt.Sprintf("%d requests were not understood", n)
	}
}

// Noise sends nothing: a program asks this printer, which speaks only then. The
// stray bytes go to the printer itself.
func (p *pagePrinter) Noise(n int) {
	random := rand.New(rand.NewPCG(p.seed, uint64(n)))
	junk := make([]byte, n)
	for i := range junk {
		junk[i] = byte(random.IntN(256))
	}
	p.Sim.Stray(junk)
}

// SetSheet changes a page printer's paper, cover, jam and panel.
func (b *Bench) SetSheet(id string, c SheetChange) error {
	p, err := anyway[*pagePrinter](b, id, "sheet")
	if err != nil {
		return err
	}
	p.SetBody(func(body *ippsim.Body) {
		if c.Paper != nil {
			body.PaperEnd, body.NearEnd = *c.Paper == "end", *c.Paper != "ok"
		}
		for to, v := range map[*bool]*bool{&body.CoverOpen: c.CoverOpen, &body.Jam: c.Jam, &body.Offline: c.Offline} {
			if v != nil {
				*to = *v
			}
		}
	})
	return nil
}

// SheetPDF is a document that came out.
func (b *Bench) SheetPDF(id string, n int) ([]byte, error) {
	p, err := anyway[*pagePrinter](b, id, "sheet")
	if err != nil {
		return nil, err
	}
	all := p.Sheets()
	if n < 1 || n > len(all) {
		return nil, problem(http.StatusNotFound, "bench_no_slip", "id", id)
	}
	return all[n-1].PDF, nil
}

// SheetChange says what to change on a page printer; nil fields stay.
type SheetChange struct {
	Paper     *string
	CoverOpen *bool
	Jam       *bool
	Offline   *bool
}
