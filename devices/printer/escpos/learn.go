package escpos

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"hallway/devices"
	"hallway/devices/port"
	"hallway/devices/printer"
)

// latinPageNumber is the number of code page 850 wherever it is in a printer.
const latinPageNumber = 2

// Question is what only somebody who sees the printer can say, once the slip of the
// set-up has come out. Its text is «setup.printer.CODE» in the catalogues, with Sample
// for what is printed.
type Question struct {
	Code, Sample string
	Answers      []string
}

// Questions are asked in this order.
var Questions = []Question{
	{"width", "", []string{"32", "42", "48"}},
	{"chinese", "中文", []string{"a", "b", "ab", "none"}},
	{"rare", "镕", []string{"yes", "no"}},
	{"big", "大", []string{"d", "e", "f", "none"}},
	{"qr", "", []string{"yes", "no"}},
	{"inline", "", []string{"yes", "no"}},
	{"latin", "é ç ã", []string{"yes", "no"}},
	{"buzzer", "", []string{"yes", "no"}},
	{"cut", "", []string{"partial", "full", "no"}},
}

// Learn sets one printer up: it asks the printer what it says of itself, prints a
// slip on which each row can come out in one way or another, and asks somebody who
// looks at it. Nothing else may speak to the printer meanwhile. answer is how long
// the printer has for an answer.
func Learn(ctx context.Context, opener port.Opener, answer time.Duration, ask func(context.Context, Question) (string, error)) (l Learnt, err error) {
	line, err := opener.Open(ctx)
	if err != nil {
		return l, err
	}
	p := New(opener, Options{Answer: answer})
	k := p.hears(line)
	ended := false
	end := func() error {
		if ended {
			return nil
		}
		ended = true
		err := line.Close() // wakes the reader
		<-k.ended
		return err
	}
	if err = errors.Join(line.SetReadTimeout(readTimeout), line.SetWriteTimeout(p.o.Answer)); err != nil {
		return l, errors.Join(err, line.Close())
	}
	go k.read() // ends when the port is closed
	defer func() { err = errors.Join(err, end()) }()
	if l, err = p.interview(ctx, k); err != nil {
		return l, err
	}
	if _, err = k.send(testSlip()); err != nil {
		return l, err
	}
	said := map[string]string{}
	for _, q := range Questions {
		if said[q.Code], err = ask(ctx, q); err != nil {
			return l, err
		}
		if !slices.Contains(q.Answers, said[q.Code]) {
			return l, fmt.Errorf("question %s: %q is none of %s", q.Code, said[q.Code], strings.Join(q.Answers, ", "))
		}
	}
	l.seen(said)
	return l, nil
}

// interview asks the printer itself.
func (p *Printer) interview(ctx context.Context, k *link) (l Learnt, err error) {
	l.Clearing = ClearNone
	if _, err = k.send(append(slices.Clone(cmdInit), cmdStatusBack...)); err != nil {
		return l, err
	}
	if !k.oneWay {
		if err = k.askAll(ctx, p.o.Answer, 3); err != nil && !errors.Is(err, errNoAnswer) {
			return l, err
		}
		l.Answers = err == nil
	}
	if !l.Answers {
		return l, nil
	}
	if c, _ := k.condition(); c.trouble() {
		on, _ := c.faults()
		for _, code := range slices.Sorted(maps.Keys(on)) {
			if on[code] == devices.Error {
				return l, &NotReady{Code: code}
			}
		}
	}
	if l.Model, err = p.identify(ctx, k, 0x43); err != nil {
		return l, err
	}
	p.o.Profile.Clearing = ClearDC4
	k.mu.Lock()
	before := k.cleared
	k.mu.Unlock()
	if err = p.clear(ctx, k); err != nil {
		return l, err
	}
	k.mu.Lock()
	cleared := k.cleared != before
	k.mu.Unlock()
	if l.Clearing = ClearENQ; cleared {
		l.Clearing = ClearDC4
	}
	id := p.nextID()
	if _, err = k.send(processID(id)); err != nil {
		return l, err
	}
	err = k.wait(ctx, p.o.Answer, func() bool { return k.lastID == id })
	if err != nil && !errors.Is(err, errNoAnswer) {
		return l, err
	}
	l.Confirms = err == nil
	return l, nil
}

// testSlip is the slip of a set-up, each row with its letter.
func testSlip() []byte {
	chinese := func(s string) []byte {
		b, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(s))
		if err != nil {
			panic("the slip of the set-up: " + err.Error()) // the texts below are GBK
		}
		return b
	}
	var b []byte
	put := func(parts ...[]byte) { b = append(b, slices.Concat(parts...)...) }
	row := func(letter string, parts ...[]byte) {
		put([]byte(letter+" "), slices.Concat(parts...), []byte{'\n'})
	}
	put(cmdInit)
	for _, n := range []int{32, 42, 48} {
		put([]byte(strings.Repeat("-", n-3)), fmt.Appendf(nil, "<%d\n", n))
	}
	row("A", chinese("中文"))
	put([]byte{0x1C, 0x26})
	row("B", chinese("中文"))
	row("C", chinese("镕"))
	row("D", []byte{0x1C, 0x21, 0x0C}, chinese("大"), []byte{0x1C, 0x21, 0x00})
	row("E", []byte{0x1C, 0x21, 0x30}, chinese("大"), []byte{0x1C, 0x21, 0x00})
	row("F", []byte{0x1D, 0x21, 0x11}, chinese("大"), []byte{0x1D, 0x21, 0x00})
	put([]byte("G\n"))
	e := encoder{p: &Profile{QR: true, QRModule: 6}}
	if err := e.qr(printer.QR{Data: "HALLWAY"}); err != nil {
		panic("the slip of the set-up: " + err.Error()) // the text is short and plain
	}
	put(e.b, []byte{0x1B, 0x61, 0x00}) // to the left again
	block := append([]byte{0x1B, 0x2A, 33, 24, 0}, slices.Repeat([]byte{0xFF, 0xFF, 0xFF}, 24)...)
	row("H", []byte("x"), block, []byte("x"))
	row("I", []byte{0x1C, 0x2E, 0x1B, 0x74, latinPageNumber, 0x82, ' ', 0x87, ' ', 0xC6, 0x1B, 0x74, 0x00})
	row("J", []byte{0x1B, 0x42, 2, 2})
	put([]byte{0x1B, 0x64, 5, 0x1D, 0x56, 0x42, 0x00}, cmdInit, cmdStatusBack)
	return b
}

// seen takes what somebody saw on the slip.
func (l *Learnt) seen(said map[string]string) {
	yes := func(code string) bool { return said[code] == "yes" }
	l.Dots = map[string]int{"32": 384, "42": 512, "48": 576}[said["width"]]
	l.Chinese = map[string]string{"a": "always", "b": "mode", "ab": "mode", "none": "none"}[said["chinese"]]
	if l.Font = "gb2312"; yes("rare") {
		l.Font = "gbk"
	}
	l.Big = map[string]string{"d": "fs_0c", "e": "fs_30", "f": "gs", "none": "gs"}[said["big"]]
	l.Latin, l.QR, l.Inline = yes("latin"), yes("qr"), yes("inline")
	if l.Buzzer = BuzzNone; yes("buzzer") {
		l.Buzzer = BuzzESCB
	}
	l.Cutter = map[string]Cutter{"partial": Partial, "full": Full, "no": NoCutter}[said["cut"]]
	switch {
	case l.Chinese == "none":
		l.Base = "western80"
	case l.Dots == 384:
		l.Base = "generic58"
	case l.Confirms:
		l.Base = "epson80"
	default:
		l.Base = "generic80"
	}
}
