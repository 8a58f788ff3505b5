// Package glyphs draws single characters and whole words as dots, for printers
// whose own font lacks them and for the simulated printer's own font.
//
// Guarantees: every character gives a picture: where no font of the machine
// has it (GB 18030-2022's newest characters), and where its picture would be
// another on each machine (自造字), a box with its code point and pinyin. A
// drawn cell is always exactly as wide and high as asked; BoxWidth says how
// wide a box wants to be. A word of a script whose letters join or stack
// (Arabic, Tibetan, Mongolian, …), and a letter with a mark that Unicode has no
// single character for, is drawn whole, in its script's own direction.
//
// Expects: one of the Debian packages fonts-noto-cjk, fonts-droid-fallback,
// fonts-hanazono or fonts-babelstone-han, and fonts-noto-core for words, or
// Windows' own fonts; with none everything is a box.
//
// Source: facts «Printing» (which fonts work), protocol sheet §C.1 (rare
// characters in names must be drawn).
package glyphs

import (
	"fmt"
	"image"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/shaping"
	ximage "golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// Dots is a black-and-white picture; a dot that is set is black.
type Dots struct {
	W, H int
	On   []bool
}

// NewDots is a white picture.
func NewDots(w, h int) *Dots { return &Dots{W: w, H: h, On: make([]bool, w*h)} }

// At tells whether the dot is black; outside is white.
func (d *Dots) At(x, y int) bool {
	return x >= 0 && y >= 0 && x < d.W && y < d.H && d.On[y*d.W+x]
}

// Set blackens a dot; outside nothing happens.
func (d *Dots) Set(x, y int) {
	if x >= 0 && y >= 0 && x < d.W && y < d.H {
		d.On[y*d.W+x] = true
	}
}

// Paste blackens what is black in src.
func (d *Dots) Paste(src *Dots, x, y int) {
	for j := max(0, -y); j < src.H && y+j < d.H; j++ {
		from := src.On[j*src.W : (j+1)*src.W]
		to := d.On[(y+j)*d.W : (y+j+1)*d.W]
		for i := max(0, -x); i < src.W && x+i < d.W; i++ {
			if from[i] {
				to[x+i] = true
			}
		}
	}
}

// Scale repeats every dot.
func (d *Dots) Scale(sx, sy int) *Dots {
	out := NewDots(d.W*sx, d.H*sy)
	for y := range d.H {
		row := out.On[y*sy*out.W:][:out.W]
		for x, on := range d.On[y*d.W : (y+1)*d.W] {
			for i := range sx {
				row[x*sx+i] = on
			}
		}
		for i := 1; i < sy; i++ {
			copy(out.On[(y*sy+i)*out.W:], row)
		}
	}
	return out
}

// preferred are the font files in order: the first that has a character draws it.
var preferred = []string{
	"NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "SourceHanSansSC-Regular.otf",
	"DroidSansFallbackFull.ttf", "DroidSansFallback.ttf",
	"simsun.ttc", "simsunb.ttf", "simhei.ttf", "Deng.ttf", "msyh.ttc",
	"HanaMinA.ttf", "HanaMinB.ttf", "BabelStoneHan.ttf",
	"NotoSans-Regular.ttf", "DejaVuSans.ttf", "NotoSansYi-Regular.ttf", "NotoSansLisu-Regular.ttf", "NotoSansTaiLe-Regular.ttf",
	"NotoSansNewTaiLue-Regular.ttf",
}

// typeface is one font. Most are never asked for a character: it is read when it is.
type typeface struct {
	name  string
	read  func() *sfnt.Font // nil when it cannot be read
	sizes map[float64]ximage.Face
}

// at is the font in one size, nil if it cannot be had.
func (f *typeface) at(size float64) ximage.Face {
	if face, ok := f.sizes[size]; ok {
		return face
	}
	face, err := opentype.NewFace(f.read(), &opentype.FaceOptions{Size: size, DPI: 72, Hinting: ximage.HintingNone})
	if err != nil {
		return nil
	}
	f.sizes[size] = face
	return face
}

// Set is the fonts of this machine. It may be used by many goroutines.
type Set struct {
	faces []*typeface
	found map[string]string // font files by name, in small letters

	mu        sync.Mutex
	buf       sfnt.Buffer
	cache     map[key]*Dots
	words     map[word]*Dots
	outlines  map[string]*Outline
	wordFaces []*font.Face // nil until the first word
	shaper    shaping.HarfbuzzShaper
}

type key struct {
	r    rune
	w, h int
	bold bool
}

const cacheLimit = 4096

// System is the fonts found on this machine, looked for once.
var System = sync.OnceValue(func() *Set { return Find(fontDirs()...) })

func fontDirs() []string {
	if runtime.GOOS == "windows" {
		return []string{filepath.Join(os.Getenv("WINDIR"), "Fonts")}
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return []string{"/usr/share/fonts", "/usr/local/share/fonts"}
	}
	return []string{"/usr/share/fonts", "/usr/local/share/fonts", filepath.Join(home, ".local/share/fonts")}
}

// Find looks for the preferred fonts below some folders. What cannot be read
// is left out.
func Find(dirs ...string) *Set {
	found := map[string]string{}
	for _, dir := range dirs {
		_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				name := strings.ToLower(e.Name())
				if found[name] == "" {
					found[name] = path
				}
			}
			return nil // a folder that cannot be read holds no font for us
		})
	}
	s := &Set{found: found, cache: map[key]*Dots{}, words: map[word]*Dots{}}
	for _, name := range preferred {
		if path := found[strings.ToLower(name)]; path != "" {
			s.faces = append(s.faces, &typeface{name: name, read: sync.OnceValue(func() *sfnt.Font { return open(path) }), sizes: map[float64]ximage.Face{}})
		}
	}
	return s
}

// open reads a font lazily: the file stays open as long as the font.
func open(path string) *sfnt.Font {
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	c, err := sfnt.ParseCollectionReaderAt(file)
	if err != nil || c.NumFonts() == 0 {
		_ = file.Close()
		return nil
	}
	var first *sfnt.Font
	for i := range c.NumFonts() {
		f, err := c.Font(i)
		if err != nil {
			continue
		}
		if first == nil {
			first = f
		}
		name, err := f.Name(nil, sfnt.NameIDFull)
		if err == nil && strings.Contains(name, "Mono CJK SC") { // half-width Latin
			return f
		}
	}
	if first == nil {
		_ = file.Close()
	}
	return first
}

// Fonts names the fonts that can be read, in order.
func (s *Set) Fonts() []string {
	names := make([]string, 0, len(s.faces))
	for _, f := range s.faces {
		if f.read() != nil {
			names = append(names, f.name)
		}
	}
	return names
}

// Has tells whether some font has the character.
func (s *Set) Has(r rune) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, _ := s.find(r)
	return f != nil
}

func (s *Set) find(r rune) (*typeface, sfnt.GlyphIndex) {
	if Private(r) {
		return nil, 0
	}
	for _, f := range s.faces {
		font := f.read()
		if font == nil {
			continue
		}
		if g, err := font.GlyphIndex(&s.buf, r); err == nil && g != 0 {
			return f, g
		}
	}
	return nil, 0
}

// Cell draws one character into w × h dots. The result is shared: do not
// change it.
func (s *Set) Cell(r rune, w, h int, bold bool) *Dots {
	k := key{r, w, h, bold}
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.cache[k]; d != nil {
		return d
	}
	d := s.draw(k)
	if len(s.cache) >= cacheLimit {
		clear(s.cache)
	}
	s.cache[k] = d
	return d
}

func (s *Set) draw(k key) *Dots {
	f, _ := s.find(k.r)
	if f == nil {
		return s.box(k)
	}
	size, baseline := float64(k.h), k.h*86/100
	if k.w < k.h { // Latin letters reach further down than characters do
		size, baseline = float64(k.h)*0.95, k.h*79/100
	}
	face := f.at(size)
	if face == nil {
		return box(k.r, k.w, k.h)
	}
	advance, ok := face.GlyphAdvance(k.r)
	if !ok {
		return box(k.r, k.w, k.h)
	}
	x := (fixed.I(k.w) - advance) / 2
	dr, mask, at, _, ok := face.Glyph(fixed.Point26_6{X: x, Y: fixed.I(baseline)}, k.r)
	if !ok {
		return box(k.r, k.w, k.h)
	}
	d := NewDots(k.w, k.h)
	if alpha, ok := mask.(*image.Alpha); ok {
		blacken(d, dr.Min, alpha, at, dr.Size(), k.bold)
	}
	return d
}

// dark is the coverage from which a dot is black.
const dark = 104

// blacken puts a mask onto a picture, as far as it lies within.
func blacken(d *Dots, to image.Point, mask *image.Alpha, from, size image.Point, bold bool) {
	for y := range size.Y {
		row := mask.Pix[mask.PixOffset(from.X, from.Y+y):]
		for x, a := range row[:size.X] {
			if a >= dark && x+to.X >= 0 && x+to.X < d.W {
				d.Set(x+to.X, y+to.Y)
				if bold {
					d.Set(x+to.X+1, y+to.Y)
				}
			}
		}
	}
}

// box is the picture of a character that no font has: a frame with its code
// point and pinyin, or in a cell too narrow for them the hexadecimal alone.
func (s *Set) box(k key) *Dots {
	latin, _ := s.find('U')
	if latin != nil && k.w >= BoxWidth(k.r, k.h) {
		return s.wideBox(k)
	}
	return box(k.r, k.w, k.h)
}

func box(r rune, w, h int) *Dots {
	d := NewDots(w, h)
	frame(d)
	code := fmt.Sprintf("%04X", r)
	perLine := (len(code) + 1) / 2
	size := max(1, min((w-5)/(perLine*4), (h-5)/12))
	for i, c := range code {
		digit(d, c, 4+(i%perLine)*4*size, 4+(i/perLine)*7*size, size)
	}
	return d
}

// tiny are 3 × 5 hexadecimal digits, one row of three bits after another.
var tiny = map[rune]uint16{
	'0': 0b111101101101111, '1': 0b010110010010111, '2': 0b111001111100111, '3': 0b111001111001111,
	'4': 0b101101111001001, '5': 0b111100111001111, '6': 0b111100111101111, '7': 0b111001010010010,
	'8': 0b111101111101111, '9': 0b111101111001111, 'A': 0b010101111101101, 'B': 0b110101110101110,
	'C': 0b011100100100011, 'D': 0b110101101101110, 'E': 0b111100110100111, 'F': 0b111100110100100,
}

func digit(d *Dots, c rune, x, y, size int) {
	bits := tiny[c]
	for i := range 15 {
		if bits>>(14-i)&1 == 1 {
			for j := range size * size {
				d.Set(x+(i%3)*size+j%size, y+(i/3)*size+j/size)
			}
		}
	}
}
