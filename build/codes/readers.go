package codes

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/datamatrix"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"

	"hallway/devices/scanner"
	"hallway/devices/scanner/decode"
)

// Read is one code that a reader says it saw.
type Read struct {
	Format scanner.Format // empty: another symbology
	Text   string
	Crash  bool // it saw nothing: the program crashed
}

// Reader reads picture files. The answer has one list for each file, and the
// time for all but the first.
type Reader interface {
	Name() string
	Read(ctx context.Context, files []string) ([][]Read, time.Duration, error)
}

// inProcess is a reader that is a function of this program.
type inProcess struct {
	name string
	read func(*image.Gray) []Read
}

func (r inProcess) Name() string { return r.name }

func (r inProcess) Read(ctx context.Context, files []string) ([][]Read, time.Duration, error) {
	var out [][]Read
	var begun time.Time
	for i, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		if i == 1 {
			begun = time.Now()
		}
		im, err := readPGM(f)
		if err != nil {
			return nil, 0, err
		}
		out = append(out, r.read(im))
	}
	if begun.IsZero() {
		return out, 0, nil
	}
	return out, time.Since(begun), nil
}

// Hallway is the project's own reader.
func Hallway() Reader {
	return inProcess{"hallway", func(im *image.Gray) []Read {
		var out []Read
		for _, r := range decode.Read(decode.Luma{Pix: im.Pix, W: im.Rect.Dx(), H: im.Rect.Dy(), Stride: im.Stride}, decode.Options{}) {
			out = append(out, Read{Format: r.Format, Text: r.Text})
		}
		return out
	}}
}

// Gozxing is the library alone, as its own examples use it: one attempt for each
// symbology, with TRY_HARDER.
func Gozxing() Reader {
	return inProcess{"gozxing", func(im *image.Gray) []Read {
		hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
		for _, k := range []struct {
			f scanner.Format
			r gozxing.Reader
		}{
			{scanner.QR, qrcode.NewQRCodeReader()}, {scanner.DataMatrix, datamatrix.NewDataMatrixReader()},
			{scanner.Code128, oned.NewCode128Reader()}, {scanner.EAN13, oned.NewEAN13Reader()}, {scanner.Code39, oned.NewCode39Reader()},
		} {
			b, err := gozxing.NewBinaryBitmapFromImage(im)
			if err != nil {
				return nil
			}
			if res, err := k.r.Decode(b, hints); err == nil {
				return []Read{{Format: k.f, Text: res.GetText()}}
			}
		}
		return nil
	}}
}

// program is a reader that is a program of its own.
type program struct {
	name, command string
	args          []string
	parse         func([]byte, []string) ([][]Read, error)
}

func (p program) Name() string { return p.name }

func (p program) Read(ctx context.Context, files []string) ([][]Read, time.Duration, error) {
	out, all, err := p.run(ctx, files)
	if errors.Is(err, errCrash) && len(files) > 1 {
		return p.oneByOne(ctx, files)
	}
	if err != nil || len(files) < 2 {
		return out, 0, err
	}
	_, one, err := p.run(ctx, files[:1])
	return out, max(all-one, 0), err
}

// errCrash is a program that a signal ended: what it had read by then is lost.
var errCrash = errors.New("the program crashed")

// oneByOne reads each file in a process of its own; where it crashes, nothing was
// read. The time then has the starting in it.
func (p program) oneByOne(ctx context.Context, files []string) ([][]Read, time.Duration, error) {
	var out [][]Read
	total := time.Duration(0)
	for i, f := range files {
		r, took, err := p.run(ctx, []string{f})
		if errors.Is(err, errCrash) {
			r, err = [][]Read{{{Crash: true}}}, nil
		}
		if err != nil {
			return nil, 0, err
		}
		out = append(out, r[0])
		if i > 0 {
			total += took
		}
	}
	return out, total, nil
}

func (p program) run(ctx context.Context, files []string) ([][]Read, time.Duration, error) {
	cmd := exec.CommandContext(ctx, p.command, append(append([]string{}, p.args...), files...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	begun := time.Now()
	err := cmd.Run() // both say by their status whether a code was found
	took := time.Since(begun)
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, 0, ctx.Err()
	case errors.As(err, &exit) && !exit.Exited():
		return nil, took, fmt.Errorf("%s: %w: %v", p.command, errCrash, exit)
	case err != nil && exit == nil:
		return nil, 0, fmt.Errorf("%s: %w", p.command, err)
	}
	out, err := p.parse(stdout.Bytes(), files)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w\n%s", p.command, err, stderr.Bytes())
	}
	return out, took, nil
}

// ZBar is zbarimg of Debian's zbar-tools.
func ZBar() Reader {
	args := []string{"--quiet", "--nodbus", "--xml", "-Sdisable"}
	for _, s := range []string{"qrcode", "code128", "code39", "ean13"} {
		args = append(args, "-S"+s+".enable")
	}
	return program{"zbar", "zbarimg", args, parseZBar}
}

func parseZBar(out []byte, files []string) ([][]Read, error) {
	var doc struct {
		Sources []struct {
			Href  string `xml:"href,attr"`
			Index []struct {
				Symbols []struct {
					Type string `xml:"type,attr"`
					Data string `xml:"data"`
				} `xml:"symbol"`
			} `xml:"index"`
		} `xml:"source"`
	}
	if err := xml.Unmarshal(out, &doc); err != nil {
		return nil, err
	}
	reads := map[string][]Read{}
	for _, s := range doc.Sources {
		reads[s.Href] = []Read{}
		for _, i := range s.Index {
			for _, y := range i.Symbols {
				reads[s.Href] = append(reads[s.Href], Read{Format: formatNamed(y.Type), Text: y.Data})
			}
		}
	}
	return inOrder(reads, files)
}

// ZXing is ZXingReader of Debian's zxing-cpp-tools.
func ZXing() Reader {
	return program{"zxing-cpp", "ZXingReader", []string{"-1", "-format", "QRCode,DataMatrix,Code128,Code39,EAN-13"}, parseZXing}
}

// parseZXing reads lines «FILE FORMAT TEXT» and «FILE None».
func parseZXing(out []byte, files []string) ([][]Read, error) {
	reads := map[string][]Read{}
	for line := range strings.Lines(string(out)) {
		file, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		kind, text, _ := strings.Cut(rest, " ")
		if reads[file] == nil {
			reads[file] = []Read{}
		}
		if kind == "None" {
			continue
		}
		reads[file] = append(reads[file], Read{Format: formatNamed(kind), Text: strings.Trim(text, `"`)})
	}
	return inOrder(reads, files)
}

// formatNamed takes the programs' own names of the symbologies.
func formatNamed(s string) scanner.Format {
	s = strings.ToLower(strings.ReplaceAll(s, "-", ""))
	switch s {
	case "qrcode":
		return scanner.QR
	case "ean13", "code128", "code39", "datamatrix":
		return scanner.Format(s)
	}
	return ""
}

func inOrder(reads map[string][]Read, files []string) ([][]Read, error) {
	var out [][]Read
	for _, f := range files {
		r, ok := reads[f]
		if !ok {
			return nil, fmt.Errorf("it said nothing of %s", f)
		}
		out = append(out, r)
	}
	return out, nil
}

func readPGM(file string) (*image.Gray, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var w, h int
	if _, err := fmt.Sscanf(string(b[:min(len(b), 32)]), "P5\n%d %d\n255\n", &w, &h); err != nil || w <= 0 || h <= 0 || len(b) < w*h {
		return nil, fmt.Errorf("%s is not a PGM picture", file)
	}
	return &image.Gray{Pix: b[len(b)-w*h:], Stride: w, Rect: image.Rect(0, 0, w, h)}, nil
}

func writePGM(file string, im *image.Gray) error {
	head := fmt.Sprintf("P5\n%d %d\n255\n", im.Rect.Dx(), im.Rect.Dy())
	return os.WriteFile(file, append([]byte(head), im.Pix...), 0o644)
}
