package capture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"strconv"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// Limits of one document. Bytes are of its pages; the PDF around them is some
// hundred bytes a page more, and what takes it has a limit of its own.
const (
	MaxPages = 60
	MaxBytes = 49 << 20
	// maxSide is the longest side of a page in pixels: A4 at 600 dpi, with some room.
	maxSide = 8192
)

// Errors of a document that would be too large.
var (
	ErrTooManyPages = errors.New("no more pages go into one document")
	ErrTooLarge     = errors.New("the pages are too large for one document")
	ErrNoPages      = errors.New("a document has at least one page")
)

// Sheet is a page of a document, turned by quarters clockwise.
type Sheet struct {
	Page
	Turn int // 0 to 3
}

// Fits says whether a page may be added to a document.
func Fits(pages []Sheet, next Page) error {
	if len(pages) >= MaxPages {
		return ErrTooManyPages
	}
	n := len(next.JPEG)
	for _, p := range pages {
		n += len(p.JPEG)
	}
	if n > MaxBytes {
		return ErrTooLarge
	}
	return nil
}

// The library never reads or writes a folder of the user's.
func init() { api.DisableConfigDir() }

// WritePDF binds pages into one PDF. The pictures go in as they are, byte for byte;
// a page has the size of its paper, or is fitted into A4 where that is not known.
// Nothing of this machine and nobody's name is in the file.
func WritePDF(w io.Writer, pages []Sheet) error {
	if len(pages) == 0 {
		return ErrNoPages
	}
	for i, p := range pages {
		if err := Fits(pages[:i], p.Page); err != nil {
			return err
		}
	}
	ctx, err := pdfcpu.CreateContextWithXRefTable(model.NewDefaultConfiguration(), types.PaperSize["A4"])
	if err != nil {
		return fmt.Errorf("begin the PDF: %w", err)
	}
	if err := fill(ctx.XRefTable, pages); err != nil {
		return fmt.Errorf("bind the pages: %w", err)
	}
	if err := api.WriteContext(ctx, w); err != nil {
		return fmt.Errorf("write the PDF: %w", err)
	}
	return nil
}

// fill puts the pages into the page tree.
func fill(x *model.XRefTable, pages []Sheet) error {
	root, err := x.Catalog()
	if err != nil {
		return err
	}
	tops := root.IndirectRefEntry("Pages")
	if tops == nil {
		return errors.New("the PDF has no page tree")
	}
	tree, err := x.DereferenceDict(*tops)
	if err != nil {
		return err
	}
	kids := types.Array{}
	for i, p := range pages {
		ref, err := page(x, *tops, p)
		if err != nil {
			return fmt.Errorf("page %d: %w", i+1, err)
		}
		kids = append(kids, *ref)
	}
	tree.Update("Kids", kids)
	tree.Update("Count", types.Integer(len(kids)))
	x.PageCount = len(kids)
	return nil
}

// page is one page with its picture over all of it.
func page(x *model.XRefTable, parent types.IndirectRef, p Sheet) (*types.IndirectRef, error) {
	picture, err := stream(x, p.Page)
	if err != nil {
		return nil, err
	}
	w, h := points(p.Page)
	contents, err := x.NewStreamDictForBuf([]byte(fmt.Sprintf("q %s 0 0 %s 0 0 cm /P Do Q", number(w), number(h))))
	if err != nil {
		return nil, err
	}
	if err := contents.Encode(); err != nil {
		return nil, err
	}
	drawn, err := x.IndRefForNewObject(*contents)
	if err != nil {
		return nil, err
	}
	return x.IndRefForNewObject(types.Dict{
		"Type": types.Name("Page"), "Parent": parent, "MediaBox": types.NewRectangle(0, 0, w, h).Array(),
		"Rotate":    types.Integer((p.Turn%4 + 4) % 4 * 90),
		"Resources": types.Dict{"XObject": types.Dict{"P": *picture}}, "Contents": *drawn,
	})
}

// stream is the picture itself. What it says of itself is looked at first: a page
// that is no JPEG would make a file that no reader opens.
func stream(x *model.XRefTable, p Page) (*types.IndirectRef, error) {
	c, kind, err := image.DecodeConfig(bytes.NewReader(p.JPEG))
	if err != nil || kind != "jpeg" {
		return nil, fmt.Errorf("it is no JPEG picture (%s): %w", kind, err)
	}
	if c.Width > maxSide || c.Height > maxSide {
		return nil, ErrTooLarge
	}
	space := model.DeviceRGBCS
	switch c.ColorModel {
	case color.GrayModel:
		space = model.DeviceGrayCS
	case color.CMYKModel:
		return nil, errors.New("it is in the colours of a press: make it RGB")
	}
	sd, err := model.CreateDCTImageStreamDict(x, p.JPEG, c.Width, c.Height, 8, space)
	if err != nil {
		return nil, err
	}
	return x.IndRefForNewObject(*sd)
}

// A4 in millimetres.
const a4Short, a4Long = 210.0, 297.0

// points is the size of a page in points of 1/72 inch.
func points(p Page) (w, h float64) {
	mm := p.MM
	if mm[0] <= 0 || mm[1] <= 0 {
		mm = [2]float64{a4Short, a4Long}
		if p.W > p.H {
			mm = [2]float64{a4Long, a4Short}
		}
		if scale := min(mm[0]/float64(p.W), mm[1]/float64(p.H)); p.W > 0 && p.H > 0 {
			mm = [2]float64{scale * float64(p.W), scale * float64(p.H)}
		}
	}
	return mm[0] / 25.4 * 72, mm[1] / 25.4 * 72
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', 3, 64) }
