package frame

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

//go:embed tables/*.toml
var builtIn embed.FS

// Table is one model. What it cannot be is nil.
type Table struct {
	Name      string
	Baud      int
	Address   byte
	Echo      bool    // frames of the device are echoed at once
	Frame     Pattern // any frame of the device; what it sends must match it
	Evaluator *Evaluator
	Caller    *Caller
	Board     *Board
}

// Evaluator is the part of a table that asks citizens for a rating.
type Evaluator struct {
	Welcome []Pattern
	Ask     []Pattern
	Thanks  []Pattern
	Rate    Pattern // zero for key pads, which send key codes and no frames
	Keys    map[uint16]int
}

// Caller is the part of a table for the clerk's call keys.
type Caller struct {
	Press Pattern // digits typed before the key are its data
	Show  []Pattern
	Blank []Pattern
	Beep  []Pattern
	Keys  map[byte]string // key → what it means, one of Meanings
}

// Board is the part of a table for boards over a window.
type Board struct {
	Show    []Pattern
	Blank   []Pattern // none: an empty number is shown as 0
	Colours map[string]byte
	Colour  string // without configuration
	Answer  *Answer
}

// Answer is what a board says after a frame.
type Answer struct{ Begin, End byte }

// Meanings of a caller's keys.
const (
	KeyNext     = "next"
	KeyRecall   = "recall"
	KeyCancel   = "cancel"
	KeyConfirm  = "confirm"
	KeyPause    = "pause"
	KeyTransfer = "transfer"
	KeyNear     = "near"     // «one metre»: keep your distance
	KeyEvaluate = "evaluate" // pressed at a caller that is no evaluator
)

// Meanings are all that a key of a caller can mean.
func Meanings() []string {
	return []string{KeyNext, KeyRecall, KeyCancel, KeyConfirm, KeyPause, KeyTransfer, KeyNear, KeyEvaluate}
}

// file is the form on disk.
type file struct {
	Version     int               `toml:"version"`
	Name        string            `toml:"name"`
	Baud        int               `toml:"baud"`
	Address     int               `toml:"address"`
	Acknowledge string            `toml:"acknowledge"`
	Frame       string            `toml:"frame"`
	Escape      map[string]string `toml:"escape"`
	Evaluator   *struct {
		Input   string         `toml:"input"`
		Welcome []string       `toml:"welcome"`
		Ask     []string       `toml:"ask"`
		Thanks  []string       `toml:"thanks"`
		Rate    string         `toml:"rate"`
		Keys    map[string]int `toml:"keys"`
	} `toml:"evaluator"`
	Caller *struct {
		Press string            `toml:"press"`
		Show  []string          `toml:"show"`
		Blank []string          `toml:"blank"`
		Beep  []string          `toml:"beep"`
		Keys  map[string]string `toml:"keys"`
	} `toml:"caller"`
	Board *struct {
		Show    []string          `toml:"show"`
		Blank   []string          `toml:"blank"`
		Colours map[string]string `toml:"colours"`
		Colour  string            `toml:"colour"`
		Answer  *struct {
			Begin string `toml:"begin"`
			End   string `toml:"end"`
		} `toml:"answer"`
	} `toml:"board"`
}

// Names lists the tables that are built in.
func Names() []string {
	entries, err := fs.ReadDir(builtIn, "tables")
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".toml"))
	}
	slices.Sort(names)
	return names
}

// Load reads a table: a name that is built in, or a path ending in .toml.
func Load(name string) (Table, error) {
	var data []byte
	var err error
	if strings.HasSuffix(name, ".toml") {
		data, err = os.ReadFile(name)
	} else {
		data, err = builtIn.ReadFile("tables/" + name + ".toml")
	}
	if err != nil {
		return Table{}, fmt.Errorf("table %q is not known: give one of %s, or the path of a .toml file: %w", name, strings.Join(Names(), ", "), err)
	}
	t, err := ParseTable(data)
	if err != nil {
		return Table{}, fmt.Errorf("table %s: %w", name, err)
	}
	return t, nil
}

// ParseTable reads the text of a table.
func ParseTable(data []byte) (Table, error) {
	var f file
	if err := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields().Decode(&f); err != nil {
		var strict *toml.StrictMissingError
		if errors.As(err, &strict) {
			return Table{}, fmt.Errorf("unknown keys (is one misspelt?):\n%s", strict.String())
		}
		return Table{}, err
	}
	switch {
	case f.Version != 2:
		return Table{}, fmt.Errorf("version = %d is not known: this program reads version = 2", f.Version)
	case f.Name == "":
		return Table{}, errors.New("name: give the model a name")
	case f.Address < 0 || f.Address > 255:
		return Table{}, fmt.Errorf("address = %d: an address is one byte", f.Address)
	case f.Acknowledge != "" && f.Acknowledge != "echo":
		return Table{}, fmt.Errorf("acknowledge = %q: write \"echo\" or leave it out", f.Acknowledge)
	case f.Evaluator == nil && f.Caller == nil && f.Board == nil:
		return Table{}, errors.New("it describes nothing: write [evaluator], [caller] or [board]")
	}
	t := Table{Name: f.Name, Baud: f.Baud, Address: byte(f.Address), Echo: f.Acknowledge == "echo"}
	p := parts{esc: escapes{}}
	p.escape(f.Escape)
	t.Frame = p.one("frame", f.Frame, false)
	p.evaluator(&f, &t)
	p.caller(&f, &t)
	p.board(&f, &t)
	return t, errors.Join(p.errs...)
}

// parts reads the parts of a file and collects what is wrong.
type parts struct {
	esc  escapes
	errs []error
}

func (p *parts) bad(format string, args ...any) { p.errs = append(p.errs, fmt.Errorf(format, args...)) }

func (p *parts) escape(in map[string]string) {
	for from, to := range in {
		seq, err := hex.DecodeString(strings.ReplaceAll(to, " ", ""))
		if err != nil {
			p.bad("escape: %q: write two bytes in hexadecimal", to)
		}
		p.esc[p.byte("escape", from)] = seq
	}
	if err := p.esc.check(); err != nil {
		p.bad("%w", err)
	}
}

func (p *parts) byte(where, s string) byte {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 1 {
		p.bad("%s: %q: write a byte in hexadecimal", where, s)
		return 0
	}
	return b[0]
}

func (p *parts) one(where, s string, needed bool) Pattern {
	if s == "" && !needed {
		return Pattern{}
	}
	out, err := Parse(s, p.esc)
	if err != nil {
		p.bad("%s: %w", where, err)
	}
	return out
}

func (p *parts) all(where string, in []string) []Pattern {
	var out []Pattern
	for _, s := range in {
		out = append(out, p.one(where, s, true))
	}
	return out
}

func (p *parts) evaluator(f *file, t *Table) {
	in := f.Evaluator
	if in == nil {
		return
	}
	e := &Evaluator{Keys: map[uint16]int{}, Welcome: p.all("welcome", in.Welcome), Ask: p.all("ask", in.Ask), Thanks: p.all("thanks", in.Thanks)}
	t.Evaluator = e
	base, form := 16, "a byte in hexadecimal"
	switch in.Input {
	case "":
		if e.Rate = p.one("rate", in.Rate, true); !e.Rate.IsZero() && !e.Rate.Has("key") {
			p.bad("rate: it needs {key}")
		}
	case "keys":
		base, form = 10, "the number of a key"
		if in.Rate != "" || len(e.Welcome)+len(e.Ask)+len(e.Thanks) > 0 {
			p.bad("input = \"keys\": a key pad takes no frames and sends none")
		}
	default:
		p.bad("input = %q: write \"keys\" for a key pad or leave it out", in.Input)
	}
	seen := map[int]bool{}
	for s, level := range in.Keys {
		k, err := strconv.ParseUint(s, base, 16)
		if err != nil || base == 16 && len(s) != 2 || level < 1 || level > 5 {
			p.bad("keys: %q = %d: write %s = a level from 1 to 5", s, level, form)
			continue
		}
		if _, twice := e.Keys[uint16(k)]; twice {
			p.bad("keys: %q stands there twice, written in two ways: give each key one level", s)
		}
		e.Keys[uint16(k)] = level
		seen[level] = true
	}
	if len(seen) != 5 {
		p.bad("keys: %d of the five levels have a key; each needs one, or the citizen could not choose freely", len(seen))
	}
}

func (p *parts) caller(f *file, t *Table) {
	in := f.Caller
	if in == nil {
		return
	}
	c := &Caller{Press: p.one("press", in.Press, true), Show: p.all("show", in.Show), Blank: p.all("blank", in.Blank),
		Beep: p.all("beep", in.Beep), Keys: map[byte]string{}}
	t.Caller = c
	if !c.Press.IsZero() && !c.Press.Has("key") {
		p.bad("press: it needs {key}")
	}
	for s, meaning := range in.Keys {
		if !slices.Contains(Meanings(), meaning) {
			p.bad("keys: %q = %q: a key of a caller means one of %s", s, meaning, strings.Join(Meanings(), ", "))
		}
		k := p.byte("keys", s)
		if _, twice := c.Keys[k]; twice {
			p.bad("keys: %q stands there twice, written in two ways: give each key one meaning", s)
		}
		c.Keys[k] = meaning
	}
	if len(c.Keys) == 0 {
		p.bad("keys: a caller needs at least one key")
	}
}

func (p *parts) board(f *file, t *Table) {
	in := f.Board
	if in == nil {
		return
	}
	b := &Board{Show: p.all("show", in.Show), Blank: p.all("blank", in.Blank), Colours: map[string]byte{}, Colour: in.Colour}
	t.Board = b
	carries, coloured := false, false
	for _, s := range b.Show {
		carries = carries || s.MaxNumber() > 0 || s.Has("ascii")
		coloured = coloured || s.Has("colour")
	}
	if !carries {
		p.bad("show: no frame carries the number: write {num2}, {digits:N} or {ascii:N} into one")
	}
	for name, s := range in.Colours {
		if name != "green" && name != "yellow" && name != "red" {
			p.bad("colours: %q: write green, yellow or red", name)
		}
		b.Colours[name] = p.byte("colours", s)
	}
	if _, ok := b.Colours[cmp.Or(b.Colour, "red")]; coloured && !ok {
		p.bad("colours: %q has no byte", cmp.Or(b.Colour, "red"))
	}
	b.Colour = cmp.Or(b.Colour, "red")
	if in.Answer != nil {
		b.Answer = &Answer{Begin: p.byte("answer", in.Answer.Begin), End: p.byte("answer", in.Answer.End)}
	}
}

// KeyOf finds a key for a level.
func (e *Evaluator) KeyOf(level int) (uint16, bool) {
	best, ok := uint16(0), false
	for k, l := range e.Keys {
		if l == level && (!ok || k < best) {
			best, ok = k, true
		}
	}
	return best, ok
}

// KeyOf finds a key for a meaning.
func (c *Caller) KeyOf(meaning string) (byte, bool) {
	best, ok := byte(0), false
	for k, m := range c.Keys {
		if m == meaning && (!ok || k < best) {
			best, ok = k, true
		}
	}
	return best, ok
}

// MaxNumber is the greatest number that a board can show; 0: it shows texts.
func (b *Board) MaxNumber() uint32 {
	for _, p := range b.Show {
		if n := p.MaxNumber(); n > 0 {
			return n
		}
	}
	return 0
}
