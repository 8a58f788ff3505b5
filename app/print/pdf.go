package print

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"unicode/utf16"

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
	ctx, err := pdfcpu.CreateContextWithXRefTable(model.NewDefaultConfiguration(), types.PaperSize["A4"])
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

// The library never reads or writes a folder of the user's. It is one setting of
// the whole program, made before anything runs beside it.
func init() { api.DisableConfigDir() }

// fill turns the drawn pages into objects of the file.
func (s *sheet) fill(ctx *model.Context) error {
	x := ctx.XRefTable
	resources := types.Dict{}
	for i, f := range s.fonts.faces {
		if len(s.used[f.name]) == 0 {
			continue
		}
		ref, err := embed(x, f.name, s.used[f.name])
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
	info, err := x.IndRefForNewObject(types.Dict{"Title": types.NewHexLiteral(utf16BE(s.title))})
	if err != nil {
		return err
	}
	x.Info = info
	return s.fillPages(x, root, types.Dict{"Font": resources})
}

// embed puts the used glyphs of a font into the file, and says of each which
// character it was written for: the library's own map holds only one block of
// a hundred that readers understand, and for a glyph that several characters
// share the last of them.
func embed(x *model.XRefTable, name string, used map[uint16]rune) (*types.IndirectRef, error) {
	gids := make(map[uint16]bool, len(used))
	for gid := range used {
		gids[gid] = true
	}
	x.UsedGIDs[name] = gids
	ref, err := pdffont.EnsureFontDict(x, name, "", "", false, nil)
	if err != nil {
		return nil, err
	}
	dict, err := x.DereferenceDict(*ref)
	if err != nil {
		return nil, err
	}
	stream, err := x.NewStreamDictForBuf(toUnicode(used))
	if err != nil {
		return nil, err
	}
	if err := stream.Encode(); err != nil {
		return nil, err
	}
	table, err := x.IndRefForNewObject(*stream)
	if err != nil {
		return nil, err
	}
	dict.Update("ToUnicode", *table)
	return ref, nil
}

// toUnicode is the character map of ISO 32000-1, 9.10.3.
func toUnicode(used map[uint16]rune) []byte {
	var b bytes.Buffer
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	for block := range slices.Chunk(slices.Sorted(maps.Keys(used)), 100) {
		fmt.Fprintf(&b, "%d beginbfchar\n", len(block))
		for _, gid := range block {
			fmt.Fprintf(&b, "<%04X> <%X>\n", gid, utf16BE(string(used[gid]))[2:])
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return b.Bytes()
}

// utf16BE is how PDF writes text that Latin does not have.
func utf16BE(text string) []byte {
	out := []byte{0xFE, 0xFF}
	for _, u := range utf16.Encode([]rune(text)) {
		out = append(out, byte(u>>8), byte(u))
	}
	return out
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
