package print

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/font"

	"hallway/devices/printer/glyphs"
)

// fontFiles are looked for in order: the first that has a character draws it.
// One of the first line gives Latin letters; bold ones come first in bold text.
var fontFiles = [][]fontFile{
	{{"OpenSans-Regular.ttf", false}, {"LiberationSans-Regular.ttf", false}, {"DejaVuSans.ttf", false}, {"arial.ttf", false}},
	{{"OpenSans-Bold.ttf", true}, {"LiberationSans-Bold.ttf", true}, {"DejaVuSans-Bold.ttf", true}, {"arialbd.ttf", true}},
	{{"DroidSansFallbackFull.ttf", false}, {"DroidSansFallback.ttf", false}, {"simhei.ttf", false}, {"Deng.ttf", false}},
	{{"HanaMinA.ttf", false}},
	{{"HanaMinB.ttf", false}, {"simsunb.ttf", false}},
}

type fontFile struct {
	name string
	bold bool
}

// face is one font that can be embedded.
type face struct {
	name  string // PostScript name
	bold  bool
	latin bool
	font.TTFLight
}

// fonts are the fonts of this machine in order.
type fonts struct {
	faces   []face
	chinese bool // marks that Latin has too are as wide as characters
}

// chineseMarks are narrow in Latin fonts and square in Chinese text.
const chineseMarks = "“”‘’…—"

// in are the same fonts for text of a language.
func (f *fonts) in(locale string) *fonts {
	return &fonts{faces: f.faces, chinese: strings.HasPrefix(locale, "zh")}
}

func fontDirs() []string {
	if runtime.GOOS == "windows" {
		return []string{filepath.Join(os.Getenv("WINDIR"), "Fonts")}
	}
	dirs := []string{"/usr/share/fonts", "/usr/local/share/fonts"}
	if home, err := os.UserHomeDir(); err == nil {
		dirs = append(dirs, filepath.Join(home, ".local/share/fonts"))
	}
	return dirs
}

// foundFont is a font of the system and what it was when it was prepared.
type foundFont struct {
	Path string `json:"path"`
	Size int64  `json:"size"`
	Bold bool   `json:"bold"`
	Name string `json:"name"` // PostScript name
}

func findFonts(dirs ...string) []foundFont {
	at := map[string]foundFont{}
	for _, dir := range dirs {
		_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !strings.EqualFold(filepath.Ext(path), ".ttf") {
				return nil // a folder that cannot be read holds no font for us
			}
			name := strings.ToLower(e.Name())
			if info, err := os.Stat(path); err == nil && at[name].Path == "" {
				at[name] = foundFont{Path: path, Size: info.Size()}
			}
			return nil
		})
	}
	var out []foundFont
	for _, group := range fontFiles {
		for _, want := range group {
			if f := at[strings.ToLower(want.name)]; f.Path != "" {
				f.Bold = want.bold
				out = append(out, f)
				break
			}
		}
	}
	return out
}

// openFonts prepares what is not prepared yet and opens it.
func openFonts(dir string, from ...string) (*fonts, error) {
	found := findFonts(from...)
	if len(found) == 0 {
		return nil, ErrNoFonts
	}
	prepared, err := prepareFonts(dir, found)
	if err != nil {
		return nil, err
	}
	font.UserFontDir = prepared.dir
	if err := font.ReloadUserFonts(); err != nil {
		return nil, fmt.Errorf("open the fonts in %s: %w; delete the folder and start again", prepared.dir, err)
	}
	f := &fonts{}
	for _, p := range prepared.fonts {
		metrics, ok, err := font.UserFont(p.Name)
		if err != nil || !ok {
			return nil, fmt.Errorf("open font %s: %w", p.Name, errors.Join(err, font.ErrUnknownFont))
		}
		f.faces = append(f.faces, face{name: p.Name, bold: p.Bold, latin: metrics.Chars['永'] == 0, TTFLight: metrics})
	}
	return f, nil
}

type preparedFonts struct {
	dir   string
	fonts []foundFont
}

// prepareFonts writes the form of the fonts that pdfcpu embeds from. The
// folder is named after the files, so that an updated font is prepared anew; it
// becomes visible whole or not at all.
func prepareFonts(dir string, found []foundFont) (preparedFonts, error) {
	key, err := json.Marshal(found)
	if err != nil {
		return preparedFonts{}, err
	}
	hash := sha256.Sum256(key)
	p := preparedFonts{dir: filepath.Join(dir, "fonts-"+hex.EncodeToString(hash[:6]))}
	list := filepath.Join(p.dir, "fonts.json")
	if raw, err := os.ReadFile(list); err == nil && json.Unmarshal(raw, &p.fonts) == nil && len(p.fonts) > 0 {
		return p, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return p, fmt.Errorf("keep the prepared fonts: %w", err)
	}
	making, err := os.MkdirTemp(dir, "preparing-*")
	if err != nil {
		return p, fmt.Errorf("keep the prepared fonts: %w", err)
	}
	defer os.RemoveAll(making)
	var refused []error
	p.fonts = nil
	for _, f := range found {
		report, err := font.InstallTrueTypeFont(making, f.Path)
		if err != nil || len(report.Fonts) != 1 {
			refused = append(refused, fmt.Errorf("%s: %w", f.Path, err))
			continue
		}
		f.Name = report.Fonts[0].PostScriptName
		p.fonts = append(p.fonts, f)
	}
	if len(p.fonts) == 0 {
		return p, errors.Join(append(refused, ErrNoFonts)...)
	}
	raw, err := json.Marshal(p.fonts)
	if err != nil {
		return p, err
	}
	if err := os.WriteFile(filepath.Join(making, "fonts.json"), raw, 0o600); err != nil {
		return p, fmt.Errorf("keep the prepared fonts: %w", err)
	}
	if err := os.Rename(making, p.dir); err != nil {
		if _, there := os.Stat(list); there == nil { // another process was faster
			return p, nil
		}
		return p, fmt.Errorf("keep the prepared fonts: %w", err)
	}
	return p, nil
}

// find gives the face that draws a character in regular or bold text.
func (f *fonts) find(r rune, bold bool) (at int, gid uint16, ok bool) {
	at = -1
	if glyphs.Private(r) {
		return at, 0, false
	}
	for i := range f.faces {
		g, has := f.faces[i].Chars[uint32(r)]
		if !has || g == 0 || f.faces[i].latin && f.chinese && strings.ContainsRune(chineseMarks, r) {
			continue
		}
		if f.faces[i].bold == bold {
			return i, g, true
		}
		if at < 0 && !f.faces[i].bold {
			at, gid = i, g
		}
	}
	return at, gid, at >= 0
}

// width of a character in thousandths of the size, its box's without a glyph.
func (f *fonts) width(r rune, bold bool) float64 {
	at, gid, ok := f.find(r, bold)
	if !ok {
		return f.unknownWidth(r)
	}
	return float64(f.faces[at].GlyphWidths[gid])
}

// The box of a character without a glyph: how much smaller its letters are, and
// what stands before and after them in thousandths of the size.
const (
	unknownScale = 0.72
	unknownPad   = 260
)

// label is what stands in the box: only signs that some font has.
func (f *fonts) label(r rune) string {
	return strings.Map(func(c rune) rune {
		if _, _, ok := f.find(c, false); !ok {
			return -1
		}
		return c
	}, glyphs.Label(r))
}

func (f *fonts) unknownWidth(r rune) float64 {
	width := 2.0 * unknownPad
	for _, c := range f.label(r) {
		width += unknownScale * f.width(c, false)
	}
	return width
}

// measure is the width of a text in points.
func (f *fonts) measure(s string, size float64, bold bool) float64 {
	w := 0.0
	for _, p := range f.pieces([]rune(s), bold, true) {
		w += p.width
	}
	return w * size / 1000
}
