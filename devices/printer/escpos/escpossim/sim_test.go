package escpossim_test

import (
	"bytes"
	"context"
	"image/png"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"hallway/build/fuzz"
	"hallway/devices/printer"
	"hallway/devices/printer/escpos"
	"hallway/devices/printer/escpos/escpossim"
	"hallway/devices/printer/glyphs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bed runs a printer with a driver's end of the line.
type bed struct {
	sim  *escpossim.Sim
	near io.ReadWriteCloser
}

func newBed(t testing.TB, o escpossim.Options) *bed {
	t.Helper()
	b := &bed{sim: escpossim.New(o)}
	near, far := pipe()
	b.near = near
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = b.sim.Run(ctx) })
	work.Go(func() { _ = b.sim.Serve(ctx, far) })
	t.Cleanup(func() { cancel(); _ = near.Close(); work.Wait() })
	return b
}

type end struct {
	io.Reader
	io.WriteCloser
	closer io.Closer
}

func (e end) Close() error { _ = e.closer.Close(); return e.WriteCloser.Close() }

func pipe() (io.ReadWriteCloser, io.ReadWriteCloser) {
	ar, aw := io.Pipe()
	br, bw := io.Pipe()
	return end{ar, bw, ar}, end{br, aw, br}
}

// ask sends bytes and reads n bytes of answers.
func (b *bed) ask(t *testing.T, send string, n int) []byte {
	t.Helper()
	if _, err := b.near.Write([]byte(send)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, n)
	got := make(chan error, 1)
	go func() { _, err := io.ReadFull(b.near, buf); got <- err }()
	select {
	case err := <-got:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(time.Minute):
		t.Fatalf("no answer of %d bytes to % X", n, send)
	}
	return buf
}

func TestAnswersEqualTheSheet(t *testing.T) {
	b := newBed(t, escpossim.Options{Confirms: true, Clears: true})
	for _, c := range []struct {
		name, send, want string
		set              func(*escpossim.Body)
	}{
		{"idle", "\x10\x04\x01", "\x12", nil},
		{"idle 2", "\x10\x04\x02", "\x12", nil},
		{"automatic status", "\x1D\x61\x0E", "\x10\x00\x00\x0F", nil},
		{"paper sensor in turn", "\x1D\x72\x01", "\x00", nil},
		{"two-byte set", "\x1D\x49\x45", "\x5FCHINA GBK\x00", nil},
		{"process id", "\x1D\x28\x48\x06\x00\x30\x300042", "\x37\x220042\x00", nil},
		{"clear", "\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08", "\x37\x25\x00", nil},
		{"cover", "", "\x38\x00\x00\x0F", func(b *escpossim.Body) { b.CoverOpen = true }},
		{"cover, real time", "\x10\x04\x02", "\x16", nil},
		{"off-line, real time", "\x10\x04\x01", "\x1A", nil},
		{"paper end", "", "\x18\x00\x0F\x0F", func(b *escpossim.Body) { b.CoverOpen, b.PaperEnd = false, true }},
		{"paper end, real time", "\x10\x04\x04", "\x7E", nil},
		{"stopped for paper", "\x10\x04\x02", "\x32", nil},
		{"cutter", "", "\x18\x08\x00\x0F", func(b *escpossim.Body) { b.PaperEnd, b.CutterError = false, true }},
		{"cutter, real time", "\x10\x04\x03", "\x1A", nil},
		{"near end", "", "\x10\x00\x03\x0F", func(b *escpossim.Body) { b.CutterError, b.NearEnd = false, true }},
		{"near end, real time", "\x10\x04\x04", "\x1E", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.set != nil {
				b.sim.SetBody(c.set)
			}
			if got := b.ask(t, c.send, len(c.want)); string(got) != c.want {
				t.Errorf("% X, want % X", got, c.want)
			}
		})
	}
}

func TestUnknownCommandsAreReported(t *testing.T) {
	for _, c := range []struct{ name, send, want string }{
		{"1B", "\x1B\x99\x01", "1B 99"}, {"1C", "\x1C\x99\x01", "1C 99"}, {"1D", "\x1D\x99\x01", "1D 99"},
		{"control", "\x07", "07"}, {"real time in a picture", "\x1D\x76\x30\x00\x02\x00\x01\x00\x10\x04\x01xx", ""},
		{"a character that is not in the font", "\xFF\xFF", "FF FF"}, {"code page", "\x1B\x74\x63", "99"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sim := escpossim.New(escpossim.Options{})
			ctx, cancel := context.WithCancel(t.Context())
			var work sync.WaitGroup
			work.Go(func() { _ = sim.Run(ctx) })
			defer func() { cancel(); work.Wait() }()
			sim.Receive([]byte(c.send + "A\x0A\x1D\x56\x00"))
			for end := time.Now().Add(time.Minute); sim.Count() == 0 && time.Now().Before(end); time.Sleep(time.Millisecond) {
			}
			if sim.Count() != 1 {
				t.Fatal("no slip")
			}
			got := strings.Join(sim.Slips()[0].Unclean, "; ")
			if c.want != "" && !strings.Contains(got, c.want) {
				t.Errorf("reported %q, want %q", got, c.want)
			}
		})
	}
}

// Whatever a document says stands on the paper, and every command that the
// driver sends is one that the printer knows.
func TestEveryDocumentIsPrintedCleanly(t *testing.T) {
	alphabet := []rune("ABab019 -.,:中文示例市政务服务中心户籍业务（）。，㐂𠮷çãéÁõ—…€①\u0301\u0303ئابدۇ བོད་ ᠮᠣᠩ ṃ")
	text := rapid.Custom(func(t *rapid.T) string {
		return string(rapid.SliceOfN(rapid.SampledFrom(alphabet), 0, 60).Draw(t, "runes"))
	})
	block := rapid.Custom(func(t *rapid.T) printer.Block {
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			return printer.Block{Text: &printer.Text{S: text.Draw(t, "s"), Scale: rapid.IntRange(0, 8).Draw(t, "scale"),
				Bold: rapid.Bool().Draw(t, "bold"), Invert: rapid.Bool().Draw(t, "invert"),
				Align: rapid.SampledFrom([]printer.Align{"", printer.Left, printer.Center, printer.Right}).Draw(t, "align")}}
		case 1:
			return printer.Block{Columns: &printer.Columns{Left: text.Draw(t, "left"), Right: text.Draw(t, "right")}}
		case 2:
			return printer.Block{QR: &printer.QR{Data: "T" + text.Draw(t, "data"), Module: rapid.IntRange(0, 4).Draw(t, "module")}}
		case 3:
			return printer.Block{Code128: &printer.Code128{Data: rapid.StringMatching(`[ -~]{0,4}[0-9]{0,9}[ -~]{1,4}`).Draw(t, "code")}}
		}
		return printer.Block{Rule: true}
	})
	options := map[string]escpossim.Options{
		"epson80": {NativeQR: true}, "western80": {NativeQR: true, NoChinese: true},
		"generic80": {NativeQR: true}, "generic58": {NativeQR: true, Dots: 384, NoCutter: true},
		"sprt58": {Dots: 384, NoCutter: true, GB2312: true, SizeBits: 0x30},
	}
	rapid.Check(t, func(t *rapid.T) {
		profile := rapid.SampledFrom(escpos.ProfileNames()).Draw(t, "profile")
		doc := printer.Document{Blocks: rapid.SliceOfN(block, 1, 6).Draw(t, "blocks"), Cut: true}
		doc.Blocks = append(doc.Blocks, printer.Block{Text: &printer.Text{S: "END"}})
		p, err := escpos.ProfileNamed(profile)
		if err != nil {
			t.Fatal(err)
		}
		data, ink, err := escpos.Encode(p, glyphs.System(), doc)
		if err != nil {
			return // a code that does not fit, said so
		}
		if ink <= 0 || ink > len(data) {
			t.Fatalf("ink at %d of %d", ink, len(data))
		}
		sim := escpossim.New(options[profile])
		ctx, cancel := context.WithCancel(context.Background())
		var work sync.WaitGroup
		work.Go(func() { _ = sim.Run(ctx) })
		defer func() { cancel(); work.Wait() }()
		sim.Receive(data)
		for end := time.Now().Add(time.Minute); sim.Count() == 0; time.Sleep(200 * time.Microsecond) {
			if time.Now().After(end) {
				t.Fatal("no slip")
			}
		}
		s := sim.Slips()[0]
		if len(s.Unclean) > 0 {
			t.Fatalf("not understood: %q", s.Unclean)
		}
		if !strings.HasSuffix(strings.Join(s.Text, ""), "END") {
			t.Fatalf("the end is missing: %q", s.Text)
		}
	})
}

func TestPictureIsAPictureOfTheSlip(t *testing.T) {
	sim := escpossim.New(escpossim.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { _ = sim.Run(ctx) })
	defer func() { cancel(); work.Wait() }()
	sim.Receive([]byte("\x1B\x40\x1D\x21\x33A012\x0A\x1D\x56\x41\x00"))
	for end := time.Now().Add(time.Minute); sim.Count() == 0 && time.Now().Before(end); time.Sleep(time.Millisecond) {
	}
	data, err := sim.Slips()[0].PNG()
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	dark, all := 0, 0
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			if r, _, _, _ := img.At(x, y).RGBA(); r < 0x6000 {
				dark++
			}
			all++
		}
	}
	if dark < 500 || dark > all/5 {
		t.Errorf("%d dark of %d pixels", dark, all)
	}
}

func FuzzReceive(f *testing.F) {
	p, err := escpos.ProfileNamed("epson80")
	if err != nil {
		f.Fatal(err)
	}
	data, _, err := escpos.Encode(p, glyphs.System(), printer.Document{Cut: true, Blocks: []printer.Block{
		{Text: &printer.Text{S: "示例㐂", Scale: 2}}, {QR: &printer.QR{Data: "A"}}, {Code128: &printer.Code128{Data: "12"}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08\x1D\x28\x6B\xFF\xFF\x31"))
	f.Add([]byte("\x1B\x33\xFF\x1B\x64\xFF\x1B\x64\xFF\x1D\x77\xFF\x1D\x6B\x49\x05{BABC"))
	fonts := glyphs.Find() // none: boxes are quick to draw
	fuzz.Run(f, func(t *testing.T, in []byte) {
		in = in[:min(len(in), 1000)] // a seed is shorter
		sim := escpossim.New(escpossim.Options{NativeQR: true, Confirms: true, Clears: true, Fonts: fonts})
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		var work sync.WaitGroup
		work.Go(func() { _ = sim.Run(ctx) })
		defer func() { cancel(); work.Wait() }()
		for _, part := range [][]byte{in[:len(in)/2], in[len(in)/2:]} { // what clears the rest may come behind what was obeyed
			sim.Receive(part)
			if err := sim.Rest(ctx); err != nil {
				t.Fatal("the printer does not come to an end")
			}
		}
	})
}
