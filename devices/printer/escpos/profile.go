package escpos

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// Cutter of a printer.
type Cutter string

const (
	NoCutter Cutter = "none"
	Partial  Cutter = "partial"
	Full     Cutter = "full"
)

// Confirmation says whether the printer answers «process id» requests
// (GS ( H) when it has printed.
type Confirmation string

const (
	ConfirmNever Confirmation = "never"
	ConfirmAsk   Confirmation = "ask" // learnt at start: an idle printer answers at once
)

// Buzzer of a printer.
type Buzzer string

const (
	BuzzNone Buzzer = "none"
	BuzzESCB Buzzer = "esc_b" // ESC B, Chinese makes
)

// Clearing says how a printer forgets what it has not printed yet.
type Clearing string

const (
	ClearNone Clearing = "none"
	ClearDC4  Clearing = "dc4" // DLE DC4 8, clears all buffers
	ClearENQ  Clearing = "enq" // DLE ENQ 2, recover and clear
)

// Profile is what must be known about a model before it can be asked.
type Profile struct {
	Name         string
	Dots         int    // per line: 58 mm paper 384, 80 mm 576
	Chinese      []byte // sent after initialising: select Chinese mode
	ChineseSize  byte   // FS ! bits for double width and height; 0 = GS ! is enough
	Strict2312   bool   // the font has GB 2312 only, not GBK
	NoChinese    bool   // no two-byte font: every Chinese character is drawn
	LatinPage    int    // ESC t number of code page 850; -1 = draw such letters
	Cutter       Cutter
	Tail         int  // lines from the head to the knife or the tear-off edge
	QR           bool // native QR
	QRModule     int  // dots per module
	InlineImage  bool // ESC * 33 works within a line
	Smooth       bool // GS b
	Confirmation Confirmation
	Clearing     Clearing
	Buzzer       Buzzer // "" is none: the bytes would be printed by a model without one
}

// profiles by the name used in configurations.
var profiles = map[string]Profile{
	"epson80": {
		Name: "epson80", Dots: 576, Chinese: []byte{0x1C, 0x26}, LatinPage: 2, Cutter: Partial, Tail: 1,
		QR: true, QRModule: 8, InlineImage: true, Smooth: true, Confirmation: ConfirmAsk, Clearing: ClearDC4,
	},
	"western80": {
		Name: "western80", Dots: 576, NoChinese: true, LatinPage: 2, Cutter: Partial, Tail: 1,
		QR: true, QRModule: 8, Smooth: true, Confirmation: ConfirmAsk, Clearing: ClearDC4,
	},
	"generic80": {
		Name: "generic80", Dots: 576, Chinese: []byte{0x1C, 0x26}, ChineseSize: 0x0C, LatinPage: 2, Cutter: Partial, Tail: 1,
		QR: true, QRModule: 8, InlineImage: true, Confirmation: ConfirmNever, Clearing: ClearENQ,
	},
	"generic58": {
		Name: "generic58", Dots: 384, Chinese: []byte{0x1C, 0x26}, ChineseSize: 0x0C, LatinPage: -1, Cutter: NoCutter, Tail: 4,
		QR: true, QRModule: 6, Confirmation: ConfirmNever, Clearing: ClearNone,
	},
	"sprt58": {
		Name: "sprt58", Dots: 384, Chinese: []byte{0x1C, 0x26}, ChineseSize: 0x30, Strict2312: true, LatinPage: -1, Cutter: NoCutter, Tail: 4,
		QRModule: 6, Confirmation: ConfirmNever, Clearing: ClearNone,
	},
}

// ProfileNames lists the known profiles.
func ProfileNames() []string { return slices.Sorted(maps.Keys(profiles)) }

// ProfileNamed finds a profile; empty is generic80.
func ProfileNamed(name string) (Profile, error) {
	if name == "" {
		name = "generic80"
	}
	p, ok := profiles[name]
	if !ok {
		return Profile{}, fmt.Errorf("printer profile %q is not known: choose one of %s", name, strings.Join(ProfileNames(), ", "))
	}
	return p, nil
}

// Font A of every model here: Latin 12 × 24 dots, Chinese 24 × 24.
const (
	latinDots   = 12
	chineseDots = 24
	heightDots  = 24
	airDots     = 8 // between lines
)

// latinPage is code page 850 for every profile that has one.
var latinPage = charmap.CodePage850
