// Package printer is the contract of receipt and ticket printers (小票打印机)
// and the device-neutral document that layouts produce.
//
// Guarantees: a job ends as exactly one of Confirmed, Parsed, Failed, Unknown;
// Unknown is never reprinted by itself; paper end, cover and off-line are known
// before a job is begun. Source: design §4, protocol sheet §C.
package printer

import (
	"context"

	"hallway/devices"
)

// Align of a line.
type Align string

const (
	Left   Align = "left"
	Center Align = "center"
	Right  Align = "right"
)

// Block is one part of a document, from top to bottom. Exactly one of the
// fields is set.
type Block struct {
	Text    *Text    `json:"text,omitempty"`
	Columns *Columns `json:"columns,omitempty"`
	QR      *QR      `json:"qr,omitempty"`
	Code128 *Code128 `json:"code128,omitempty"`
	Image   *Image   `json:"image,omitempty"`
	Buzz    int      `json:"buzz,omitempty"` // so many times, where the printer has a buzzer
	Rule    bool     `json:"rule,omitempty"`
	Feed    int      `json:"feed,omitempty"` // lines
}

// Text is one paragraph; the printer breaks it into lines.
type Text struct {
	S      string `json:"s"`
	Align  Align  `json:"align,omitempty"`
	Scale  int    `json:"scale,omitempty"` // 1..8, both directions; 0 = 1
	Bold   bool   `json:"bold,omitempty"`
	Invert bool   `json:"invert,omitempty"`
}

// Columns is a line of two texts, one at each edge.
type Columns struct {
	Left  string `json:"left"`
	Right string `json:"right"`
	Bold  bool   `json:"bold,omitempty"`
}

// QR is a QR code with its data as UTF-8.
type QR struct {
	Data   string `json:"data"`
	Module int    `json:"module,omitempty"` // dots per module, 0 = by profile
}

// Image is a picture such as a logo, centred; one that is wider than the paper
// is made smaller.
type Image struct {
	PNG []byte `json:"png"`
}

// Code128 is a Code 128 bar code (set B/C), with its text below.
type Code128 struct {
	Data string `json:"data"`
}

// Document is device-neutral: width in characters and dots come from the
// printer's profile.
type Document struct {
	Title  string  `json:"title"`
	Blocks []Block `json:"blocks"`
	Cut    bool    `json:"cut"`
}

// Outcome of a job.
type Outcome string

const (
	Confirmed  Outcome = "confirmed" // the printer said that it was printed
	Parsed     Outcome = "parsed"    // accepted, not confirmable
	NotPrinted Outcome = "failed"    // certainly not printed
	Unknown    Outcome = "unknown"   // nobody can say
)

// Job is one document to print once.
type Job struct {
	ID  string
	Doc Document
	// Begin is called once, just before the first byte goes out, so that the
	// caller can record it; an error stops the job as NotPrinted.
	Begin func() error
}

// Printer prints.
type Printer interface {
	devices.Device
	// Print prints one job and waits for its outcome. The error explains
	// NotPrinted and Unknown. One job at a time; others wait. A job of which
	// certainly nothing came out may be printed again.
	Print(ctx context.Context, job Job) (Outcome, error)
	// Ready says whether a job begun now would print: no error fault.
	Ready() error
}
