package escpos_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hallway/devices"
	"hallway/devices/port"
	"hallway/devices/port/cable"
	"hallway/devices/printer"
	"hallway/devices/printer/escpos"
	"hallway/devices/printer/escpos/escpossim"
)

// eyes answer what can be seen on the slip of a set-up.
type eyes struct {
	t    *testing.T
	sim  *escpossim.Sim
	size byte // FS ! bits that the printer obeys
}

func (e eyes) answer(_ context.Context, q escpos.Question) (string, error) {
	eventually(e.t, "the slip of the set-up", func() bool { return e.sim.Count() > 0 })
	slip := e.sim.Slips()[0]
	row := func(letter string) string {
		for _, r := range slip.Text {
			if strings.HasPrefix(r, letter+" ") {
				return r
			}
		}
		return ""
	}
	yes := map[bool]string{true: "yes", false: "no"}
	switch q.Code {
	case "width":
		widest := ""
		for _, n := range []string{"32", "42", "48"} {
			if slices.ContainsFunc(slip.Text, func(r string) bool {
				return strings.HasPrefix(r, "-------") && strings.HasSuffix(r, "<"+n) && len(r) > 30
			}) {
				widest = n
			}
		}
		return widest, nil
	case "chinese":
		a, b := strings.Contains(row("A"), "中文"), strings.Contains(row("B"), "中文")
		return map[[2]bool]string{{true, true}: "ab", {true, false}: "a", {false, true}: "b", {false, false}: "none"}[[2]bool{a, b}], nil
	case "rare":
		return yes[strings.Contains(row("C"), "镕")], nil
	case "big":
		return map[byte]string{0x0C: "d", 0x30: "e", 0: "f"}[e.size], nil
	case "qr":
		return yes[len(slip.QR) == 1], nil
	case "inline":
		return yes[row("H") == "H x▣x"], nil
	case "latin":
		return yes[strings.Contains(row("I"), "é ç ã")], nil
	case "buzzer":
		return "no", nil
	case "cut":
		if slip.Torn {
			return "no", nil
		}
		return "partial", nil
	}
	e.t.Errorf("question %q", q.Code)
	return "", nil
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// TestLearn: whatever the printer is, its set-up finds out, and what the driver
// prints by the file of that set-up comes out clean and whole.
func TestLearn(t *testing.T) {
	for _, c := range []struct {
		name string
		sim  escpossim.Options
		size byte
		want escpos.Learnt
	}{
		{"80 mm that confirms", escpossim.Options{Confirms: true, Clears: true, NativeQR: true}, 0, escpos.Learnt{Base: "epson80", Model: "SIM-80", Dots: 576,
			Chinese: "mode", Font: "gbk", Big: "gs", Latin: true, QR: true, Inline: true, Cutter: "partial", Buzzer: "none", Answers: true, Confirms: true, Clearing: "dc4"}},
		{"58 mm, GB 2312, without knife and QR", escpossim.Options{Dots: 384, GB2312: true, NoCutter: true, SizeBits: 0x30}, 0x30, escpos.Learnt{Base: "generic58", Model: "SIM-80",
			Dots: 384, Chinese: "mode", Font: "gb2312", Big: "fs_30", Latin: true, Inline: true, Cutter: "none", Buzzer: "none", Answers: true, Clearing: "enq"}},
		{"western", escpossim.Options{NoChinese: true, Confirms: true, NativeQR: true}, 0, escpos.Learnt{Base: "western80", Model: "SIM-80",
			Dots: 576, Chinese: "none", Font: "gb2312", Big: "gs", Latin: true, QR: true, Inline: true, Cutter: "partial", Buzzer: "none", Answers: true, Confirms: true, Clearing: "enq"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			sim, opener := powered(t, c.sim)
			l, err := escpos.Learn(t.Context(), opener, 300*time.Millisecond, eyes{t, sim, c.size}.answer)
			if err != nil || l != c.want {
				t.Fatalf("learnt\n%+v, want\n%+v (%v)", l, c.want, err)
			}
			file := filepath.Join(t.TempDir(), "profile.toml")
			text, err := l.TOML()
			if err == nil {
				err = os.WriteFile(file, text, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			if again, err := escpos.ReadLearnt(file); err != nil || again != l {
				t.Fatalf("read again: %+v %v", again, err)
			}
			printsBy(t, file, opener.Address(), sim)
		})
	}
}

// powered is a simulated printer that is switched on, and how to reach it.
func powered(t *testing.T, o escpossim.Options) (*escpossim.Sim, port.Opener) {
	t.Helper()
	sim := escpossim.New(o)
	line, err := cable.New("tcp:127.0.0.1:0", sim)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = sim.Run(ctx) })
	t.Cleanup(func() { line.Close(); cancel(); work.Wait() })
	if err := line.Plug(); err != nil {
		t.Fatal(err)
	}
	opener, err := port.Parse(line.Address())
	if err != nil {
		t.Fatal(err)
	}
	return sim, opener
}

// printsBy prints by the profile of a file.
func printsBy(t *testing.T, file, address string, sim *escpossim.Sim) {
	t.Helper()
	d, err := escpos.FromConfig(devices.Config{ID: "p", Kind: devices.KindPrinter, Model: "escpos", Port: address, Options: map[string]string{"profile": file}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = d.Run(ctx) })
	defer func() { cancel(); work.Wait() }()
	p := d.(printer.Printer)
	eventually(t, "the printer is ready", func() bool { return p.Ready() == nil })
	doc := ticket("A012")
	doc.Blocks = append(doc.Blocks, printer.Block{Text: &printer.Text{S: "镕 João", Scale: 2}})
	for _, id := range []string{"1", "2"} { // the cut of the set-up may hang before the first
		before := sim.Count()
		if out, err := p.Print(t.Context(), printer.Job{ID: id, Doc: doc}); err != nil {
			t.Fatalf("%s %v", out, err)
		}
		eventually(t, "a slip", func() bool { return sim.Count() > before })
	}
	slips := sim.Slips()
	if last := slips[len(slips)-1]; len(last.Unclean) > 0 || !strings.Contains(strings.Join(last.Text, ""), "A012") {
		t.Errorf("came out: %q, not understood: %q", last.Text, last.Unclean)
	}
}

// TestLearnSaysWhatIsWrong: no answer, trouble before the slip, an answer that is
// none, a file that somebody has spoilt.
func TestLearnSaysWhatIsWrong(t *testing.T) {
	sim, opener := powered(t, escpossim.Options{})
	sim.SetBody(func(b *escpossim.Body) { b.PaperEnd = true })
	never := func(context.Context, escpos.Question) (string, error) {
		t.Error("somebody was asked")
		return "", nil
	}
	if _, err := escpos.Learn(t.Context(), opener, 300*time.Millisecond, never); err == nil || sim.Count() != 0 {
		t.Errorf("without paper: %v", err)
	}
	sim.SetBody(func(b *escpossim.Body) { b.PaperEnd = false })
	if _, err := escpos.Learn(t.Context(), opener, 300*time.Millisecond, func(context.Context, escpos.Question) (string, error) { return "perhaps", nil }); err == nil ||
		!strings.Contains(err.Error(), "perhaps") {
		t.Errorf("an answer that is none: %v", err)
	}
	good := `base = "epson80"
dots = 576
chinese = "mode"
font = "gbk"
big = "gs"
cutter = "none"
buzzer = "none"
clearing = "none"
`
	for _, c := range [][2]string{{`"epson80"`, `"laser"`}, {"576", "5"}, {`"mode"`, `"loud"`}, {`"gbk"`, `"big5"`}, {`"gs"`, `"xl"`}, {`cutter = "none"`, `cutter = "axe"`},
		{`buzzer = "none"`, `buzzer = "horn"`}, {`clearing = "none"`, `clearing = "fire"`}, {"dots", "points"}} {
		file := filepath.Join(t.TempDir(), "p.toml")
		if err := os.WriteFile(file, []byte(strings.Replace(good, c[0], c[1], 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := escpos.ReadLearnt(file); err == nil || !strings.Contains(err.Error(), "hallway devices setup") {
			t.Errorf("%s: %v", c[1], err)
		}
	}
	if _, err := escpos.FromConfig(devices.Config{ID: "p", Port: opener.Address(), Options: map[string]string{"profile": "not/there.toml"}}); err == nil {
		t.Error("a file that is not there")
	}
}
