package capture

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
)

func sheetOf(t *testing.T, w, h int, mm [2]float64, turn int) Sheet {
	t.Helper()
	im := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range im.Pix {
		im.Pix[i] = byte(i*7 + turn)
	}
	p, err := Encode(im, mm, true)
	if err != nil {
		t.Fatal(err)
	}
	return Sheet{Page: p, Turn: turn}
}

// TestPDF: the pages come out in their order, in the size of their paper, turned, and
// with the very bytes of their pictures.
func TestPDF(t *testing.T) {
	grey, err := Encode(image.NewGray(image.Rect(0, 0, 50, 70)), [2]float64{148, 210}, false)
	if err != nil {
		t.Fatal(err)
	}
	pages := []Sheet{
		sheetOf(t, 165, 234, [2]float64{210, 297}, 0),
		sheetOf(t, 300, 100, [2]float64{}, 3),
		{Page: grey, Turn: -1},
	}
	var b bytes.Buffer
	if err := WritePDF(&b, pages); err != nil {
		t.Fatal(err)
	}
	for i, p := range pages {
		if !bytes.Contains(b.Bytes(), p.JPEG) {
			t.Errorf("page %d: its picture is not in the file as it was", i+1)
		}
	}
	ctx, err := api.ReadAndValidate(bytes.NewReader(b.Bytes()), model.NewDefaultConfiguration())
	if err != nil {
		t.Fatal(err)
	}
	if ctx.PageCount != len(pages) {
		t.Fatalf("%d pages", ctx.PageCount)
	}
	for i, want := range []struct{ w, h, turn float64 }{{595.276, 841.890, 0}, {841.890, 280.630, 270}, {419.528, 595.276, 270}} {
		d, _, inherited, err := ctx.PageDict(i+1, false)
		if err != nil {
			t.Fatal(err)
		}
		box := inherited.MediaBox
		if math.Abs(box.Width()-want.w) > .01 || math.Abs(box.Height()-want.h) > .01 || d.IntEntry("Rotate") == nil || float64(*d.IntEntry("Rotate")) != want.turn {
			t.Errorf("page %d: %v, turned by %v", i+1, box, d.IntEntry("Rotate"))
		}
	}
}

func TestLimits(t *testing.T) {
	small := sheetOf(t, 8, 8, [2]float64{}, 0)
	var full []Sheet
	for range MaxPages {
		full = append(full, small)
	}
	large := Sheet{Page: Page{JPEG: make([]byte, MaxBytes-len(small.JPEG)+1)}}
	for name, c := range map[string]struct {
		pages []Sheet
		next  Page
		want  error
	}{
		"the last":           {full[1:], small.Page, nil},
		"one too many":       {full, small.Page, ErrTooManyPages},
		"just too large":     {[]Sheet{small}, large.Page, ErrTooLarge},
		"as large as can be": {[]Sheet{small}, Page{JPEG: large.JPEG[1:]}, nil},
	} {
		if err := Fits(c.pages, c.next); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var b bytes.Buffer
	for name, c := range map[string]struct {
		pages []Sheet
		says  string
	}{
		"none":       {nil, ErrNoPages.Error()},
		"too many":   {append(full, small), ErrTooManyPages.Error()},
		"no picture": {[]Sheet{{Page: Page{JPEG: []byte("x")}}}, "no JPEG"},
		"a PNG":      {[]Sheet{{Page: Page{JPEG: pngOf(t)}}}, "no JPEG"},
	} {
		if err := WritePDF(&b, c.pages); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if b.Len() != 0 {
		t.Error("half a file was written")
	}
}

func pngOf(t *testing.T) []byte {
	t.Helper()
	im := image.NewGray(image.Rect(0, 0, 4, 4))
	im.SetGray(1, 1, color.Gray{Y: 9})
	var b bytes.Buffer
	if err := png.Encode(&b, im); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFailure(t *testing.T) {
	cause := errors.New("stuck")
	err := error(&Failure{Code: FaultPageJam, Err: cause})
	if !errors.Is(err, cause) || !strings.Contains(err.Error(), FaultPageJam) {
		t.Error(err)
	}
	if text := (&Failure{Code: FaultFeederEmpty}).Error(); !strings.Contains(text, FaultFeederEmpty) {
		t.Error(text)
	}
}
