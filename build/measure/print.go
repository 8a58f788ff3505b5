package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"hallway/app/hall"
	"hallway/app/print"
	"hallway/devices/printer"
	"hallway/devices/printer/escpos"
	"hallway/devices/printer/escpos/escpossim"
	"hallway/devices/printer/glyphs"
)

// rounds of one printing figure, each of several turns so that the clock is
// fine enough.
const (
	rounds = 301
	turns  = 20
)

// printing measures what it costs to make a ticket's bytes, and how many there
// are. No printer takes part.
func printing(ctx context.Context, _ string) ([]Figure, error) {
	text, err := composed()
	if err != nil {
		return nil, err
	}
	rare, err := rareLine()
	if err != nil {
		return nil, err
	}
	bytes, err := rasterBytes(ctx)
	if err != nil {
		return nil, err
	}
	return []Figure{text, rare, bytes}, nil
}

func sampleTicket() printer.Document {
	names := func(s string) hall.Names { return hall.Names{"zh-Hans": s} }
	return print.Ticket(print.Slip{Locale: "zh-Hans", Hall: names("示例市政务服务中心"), Number: "A012", Group: names("户籍业务"),
		Item: names("户口迁移"), Ahead: 3, Wait: print.Wait{Known: true, Low: 10, High: 20}, Code: "T37010001A012",
		At: time.Date(2026, 11, 23, 9, 40, 0, 0, hall.Zone), MaxCalls: 3, Behind: 3})
}

// composed is the time of a ticket's bytes, beside the library's encoder for
// the same words.
func composed() (Figure, error) {
	p, err := escpos.ProfileNamed("epson80")
	if err != nil {
		return Figure{}, err
	}
	doc := sampleTicket()
	var words strings.Builder
	for _, b := range doc.Blocks {
		switch {
		case b.Text != nil:
			words.WriteString(b.Text.S)
		case b.Columns != nil:
			words.WriteString(b.Columns.Left + b.Columns.Right)
		}
	}
	var ours, bare []float64
	for range rounds {
		t0 := time.Now()
		for range turns {
			if _, _, err = escpos.Encode(p, nil, doc); err != nil {
				return Figure{}, err
			}
		}
		t1 := time.Now()
		for range turns {
			if _, err = simplifiedchinese.GBK.NewEncoder().String(words.String()); err != nil {
				return Figure{}, err
			}
		}
		ours = append(ours, micros(t1.Sub(t0)))
		bare = append(bare, micros(time.Since(t1)))
	}
	return amount("ticket composed as text (aim 10 µs)", "µs", "the same words through the library's GBK encoder", ours, bare), nil
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 / turns }

// rareLine is the time of a line of 24 characters that no printer has and that
// were not drawn before, beside the same line again.
func rareLine() (Figure, error) {
	p, err := escpos.ProfileNamed("epson80")
	if err != nil {
		return Figure{}, err
	}
	p.InlineImage = false // one picture
	var first, again []time.Duration
	for r := rune(0x20000); len(first) < 101 && r < 0x2A000; {
		var text []rune
		for ; len(text) < 24; r++ {
			if glyphs.System().Has(r) {
				text = append(text, r)
			}
		}
		doc := printer.Document{Blocks: []printer.Block{{Text: &printer.Text{S: string(text)}}}}
		for _, to := range []*[]time.Duration{&first, &again} {
			t0 := time.Now()
			if _, _, err := escpos.Encode(p, nil, doc); err != nil {
				return Figure{}, err
			}
			*to = append(*to, time.Since(t0))
		}
	}
	return figure("line of 24 rare characters drawn (aim 0.5 ms)", "the same line again", first, again), nil
}

// rasterBytes are the bytes of a ticket on a printer without a Chinese font and
// without QR codes, beside the full picture of the same paper.
func rasterBytes(ctx context.Context) (Figure, error) {
	p, err := escpos.ProfileNamed("western80")
	if err != nil {
		return Figure{}, err
	}
	p.QR = false
	data, _, err := escpos.Encode(p, nil, sampleTicket())
	if err != nil {
		return Figure{}, err
	}
	slips := make(chan escpossim.Slip, 1)
	sim := escpossim.New(escpossim.Options{NoChinese: true, OnSlip: func(s escpossim.Slip) { slips <- s }})
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- sim.Run(ctx) }()
	sim.Receive(data)
	select {
	case s := <-slips:
		cancel()
		<-done
		if len(s.Unclean) > 0 {
			return Figure{}, fmt.Errorf("the printer did not understand %q", s.Unclean)
		}
		full := float64(s.W / 8 * s.H)
		return amount("ticket as pictures, bytes (aim 0.40)", "B", "the full picture of the slip", []float64{float64(len(data))}, []float64{full}), nil
	case err := <-done:
		return Figure{}, fmt.Errorf("the ticket as pictures did not come out: %w", err)
	}
}
