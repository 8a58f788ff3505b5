package print

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	pdffont "github.com/pdfcpu/pdfcpu/pkg/pdfcpu/font"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// PDF writes papers as A4 with the machine's fonts embedded, cut down to the
// characters that are used. The text can be searched and copied; a character
// that no font has is a box with its code point, and copies as itself. It may
// be used by many goroutines.
type PDF struct{ fonts *fonts }

// ErrNoFonts says that this machine has no font for A4 papers.
var ErrNoFonts = errors.New("print: no_fonts: no usable font was found; install fonts-droid-fallback, fonts-hanazono and fonts-dejavu-core")

var pdfOpen struct {
	sync.Mutex
	dir string
	pdf *PDF
}

// OpenPDF finds the fonts. It keeps their prepared form in dir, about 60 MB,
// so that only the first start on a machine takes some seconds. A process has
// one such folder; asking again gives the same PDF.
func OpenPDF(dir string) (*PDF, error) {
	pdfOpen.Lock()
	defer pdfOpen.Unlock()
	if pdfOpen.pdf != nil {
		if pdfOpen.dir != dir {
			return nil, fmt.Errorf("print: fonts are already kept in %s: use one folder for each process", pdfOpen.dir)
		}
		return pdfOpen.pdf, nil
	}
	f, err := openFonts(dir, fontDirs()...)
	if err != nil {
		return nil, err
	}
	pdfOpen.dir, pdfOpen.pdf = dir, &PDF{fonts: f}
	return pdfOpen.pdf, nil
}

// Write writes the paper as A4.
func (p *PDF) Write(out io.Writer, paper Paper) error {
	s := newSheet(p.fonts, paper)
	if err := s.compose(paper); err != nil {
		return fmt.Errorf("lay out %s on A4: %w", paper.name, err)
	}
	ctx, err := pdfcpu.CreateContextWithXRefTable(configuration(), types.PaperSize["A4"])
	if err != nil {
		return fmt.Errorf("begin the PDF: %w", err)
	}
	if err := s.fill(ctx); err != nil {
		return fmt.Errorf("write the PDF of %s: %w", paper.name, err)
	}
	if err := api.WriteContext(ctx, out); err != nil {
		return fmt.Errorf("write the PDF of %s: %w", paper.name, err)
	}
	return nil
}

// Bytes is Write into memory.
func (p *PDF) Bytes(paper Paper) ([]byte, error) {
	var b bytes.Buffer
	if err := p.Write(&b, paper); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// configuration never reads or writes a folder of the user's.
func configuration() *model.Configuration {
	api.DisableConfigDir()
	return model.NewDefaultConfiguration()
}

// fill turns the drawn pages into objects of the file.
func (s *sheet) fill(ctx *model.Context) error {
	x := ctx.XRefTable
	for name, used := range s.used {
		x.UsedGIDs[name] = used
	}
	resources := types.Dict{}
	for i, f := range s.fonts.faces {
		if len(s.used[f.name]) == 0 {
			continue
		}
		ref, err := pdffont.EnsureFontDict(x, f.name, "", "", false, nil)
		if err != nil {
			return fmt.Errorf("embed %s: %w", f.name, err)
		}
		resources.Insert(fontKey(i), *ref)
	}
	root, err := x.Catalog()
	if err != nil {
		return err
	}
	root.Insert("Lang", types.StringLiteral(s.locale))
	root.Insert("ViewerPreferences", types.Dict{"DisplayDocTitle": types.Boolean(true)})
	if x.Title, err = escaped(s.title); err != nil {
		return err
	}
	return s.fillPages(x, root, types.Dict{"Font": resources})
}

func escaped(title string) (string, error) {
	return title, nil
}

func (s *sheet) fillPages(x *model.XRefTable, root, resources types.Dict) error {
	pages := root.IndirectRefEntry("Pages")
	if pages == nil {
		return errors.New("the PDF has no page tree")
	}
	tree, err := x.DereferenceDict(*pages)
	if err != nil {
		return err
	}
	kids := types.Array{}
	for i := range s.pages {
		stream, err := x.NewStreamDictForBuf(s.pages[i].Bytes())
		if err != nil {
			return err
		}
		if err := stream.Encode(); err != nil {
			return err
		}
		contents, err := x.IndRefForNewObject(*stream)
		if err != nil {
			return err
		}
		page, err := x.IndRefForNewObject(types.Dict{
			"Type": types.Name("Page"), "Parent": *pages, "MediaBox": types.RectForFormat("A4").Array(),
			"Resources": resources, "Contents": *contents,
		})
		if err != nil {
			return err
		}
		kids = append(kids, *page)
	}
	tree.Update("Kids", kids)
	tree.Update("Count", types.Integer(len(kids)))
	x.PageCount = len(kids)
	return nil
}
