// Package capture is the contract of what makes pictures of papers: document
// cameras (高拍仪) and sheet scanners (扫描仪), and it binds pages into one PDF.
//
// Guarantees: a page is a JPEG picture in memory, never a file; its bytes are
// never in a log. What was captured before something went wrong is kept: Capture
// hands each page over as soon as it is whole, and says afterwards why there were
// no more. What went wrong is a Failure whose code is a declared fault.
// Expects: one capture at a time; a second one is refused with port_busy.
//
// Who takes them: the counter's desk (app/terminal, files capture*.go) and
// «hallway devices check».
//
// How to connect, rights and quirks: devices/capture/doccam, devices/capture/sane.
// Source: requirements D-52 (paper is scanned into the system), design §7 (personal
// data is gone after the person has left).
package capture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"

	"golang.org/x/image/draw"

	"hallway/devices"
)

// Faults of this kind.
const (
	FaultNoProgram   = "no_scan_program"
	FaultFeederEmpty = "feeder_empty"
	FaultPageJam     = "page_jam"
	FaultCoverOpen   = "scan_cover_open"
)

// Able is what a source can do, as far as it is known; it is learnt when the source
// is found.
type Able struct {
	Preview bool // shows what lies there before it is taken
	Feeder  bool // takes a pile of sheets in one go
	Glass   bool // takes one sheet that lies under or on it
}

// Wish is what to capture.
type Wish struct {
	Feeder bool // all sheets of the feeder; else the one that lies there
	AsItIs bool // the whole picture: no sheet is looked for in it
	// Progress, when there is one, is told the page that is being made, from 1, and
	// how much of it there is, 0 to 100. It must not block.
	Progress func(page, percent int)
}

// Page is one captured page.
type Page struct {
	JPEG []byte
	W, H int // pixels
	// MM is how large the paper is, as far as it is known: width and height in
	// millimetres; 0 where only its shape is known.
	MM [2]float64
	// Straight: a sheet was found, cut out and straightened.
	Straight bool
}

// Quad are the corners of a sheet in a picture, clockwise from the top left, as
// shares of its width and height.
type Quad [4][2]float64

// Preview is what a camera sees now.
type Preview struct {
	JPEG  []byte
	W, H  int
	Sheet *Quad // nil: no sheet was found
}

// Source makes pictures of papers.
type Source interface {
	devices.Device
	// Able says what it can do; the zero value while it is absent.
	Able() Able
	// Preview is a small picture of what lies there. Failures: ErrNoPreview, and
	// those of a device that is not there.
	Preview(ctx context.Context) (Preview, error)
	// Capture hands each page to take as it comes. An error of take ends the
	// capture and is returned as it is. It returns soon after ctx ends.
	Capture(ctx context.Context, w Wish, take func(Page) error) error
}

// Failure says why there is no page, or no further one. Code is a declared fault;
// the catalogues hold what to do.
type Failure struct {
	Code string
	Err  error
}

func (f *Failure) Error() string {
	if f.Err == nil {
		return "no page: " + f.Code
	}
	return fmt.Sprintf("no page: %s: %v", f.Code, f.Err)
}

func (f *Failure) Unwrap() error { return f.Err }

// ErrNoPreview: a sheet scanner shows nothing before it scans.
var ErrNoPreview = errors.New("this source has no preview: capture the page")

// Quality of the pictures: text stays sharp, and an A4 page at 200 dpi has about
// half a megabyte.
const Quality = 85

// SmallQuality is that of small pictures: they are looked at, not kept.
const SmallQuality = 70

// Shrink is a picture no longer than side, as JPEG, with its size; a smaller one keeps
// its size.
func Shrink(im image.Image, side int) (b []byte, w, h int, err error) {
	size := im.Bounds().Size()
	if most := max(size.X, size.Y); most > side {
		size.X, size.Y = max(1, size.X*side/most), max(1, size.Y*side/most)
	}
	shown := image.NewRGBA(image.Rectangle{Max: size})
	draw.ApproxBiLinear.Scale(shown, shown.Rect, im, im.Bounds(), draw.Src, nil)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, shown, &jpeg.Options{Quality: SmallQuality}); err != nil {
		return nil, 0, 0, fmt.Errorf("encode a small picture: %w", err)
	}
	return out.Bytes(), size.X, size.Y, nil
}

// Small is the small picture of a page.
func Small(p Page, side int) ([]byte, error) {
	im, err := jpeg.Decode(bytes.NewReader(p.JPEG))
	if err != nil {
		return nil, fmt.Errorf("a page that is no JPEG picture: %w", err)
	}
	b, _, _, err := Shrink(im, side)
	return b, err
}

// Encode makes a page of a picture.
func Encode(im image.Image, mm [2]float64, straight bool) (Page, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, im, &jpeg.Options{Quality: Quality}); err != nil {
		return Page{}, fmt.Errorf("encode a page: %w", err)
	}
	size := im.Bounds()
	return Page{JPEG: b.Bytes(), W: size.Dx(), H: size.Dy(), MM: mm, Straight: straight}, nil
}
