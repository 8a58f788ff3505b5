package escpos

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Learnt is what was found out about one printer when it was set up («hallway
// devices setup»), as its file holds it: Base with what differs from it. The file is
// named as the profile in the terminal's configuration.
type Learnt struct {
	Base     string   `toml:"base"`     // ProfileNames
	Model    string   `toml:"model"`    // what it calls itself, for people
	Dots     int      `toml:"dots"`     // per line
	Chinese  string   `toml:"chinese"`  // mode, always, none
	Font     string   `toml:"font"`     // gbk, gb2312
	Big      string   `toml:"big"`      // gs, fs_0c, fs_30
	Latin    bool     `toml:"latin"`    // code page 850 by ESC t 2
	QR       bool     `toml:"qr"`       // draws QR codes by itself
	Inline   bool     `toml:"inline"`   // pictures within a line
	Cutter   Cutter   `toml:"cutter"`   // none, partial, full
	Buzzer   Buzzer   `toml:"buzzer"`   // none, esc_b
	Answers  bool     `toml:"answers"`  // to questions for its status
	Confirms bool     `toml:"confirms"` // that it has printed
	Clearing Clearing `toml:"clearing"` // none, dc4, enq
}

// What Learnt's words stand for.
var (
	chineseModes = map[string][]byte{"mode": {0x1C, 0x26}, "always": nil, "none": nil}
	bigSizes     = map[string]byte{"gs": 0, "fs_0c": 0x0C, "fs_30": 0x30}
)

// profileFile says whether a configured profile is the file of a set-up.
func profileFile(name string) bool { return strings.HasSuffix(name, ".toml") }

// ReadLearnt reads the file of a set-up.
func ReadLearnt(path string) (l Learnt, err error) {
	f, err := os.Open(path)
	if err != nil {
		return l, fmt.Errorf("printer profile: %w; make it with «hallway devices setup»", err)
	}
	err = errors.Join(toml.NewDecoder(f).DisallowUnknownFields().Decode(&l), f.Close())
	if err == nil {
		_, err = l.Profile()
	}
	if err != nil {
		return Learnt{}, fmt.Errorf("printer profile %s cannot be used: %w; make it again with «hallway devices setup»", path, err)
	}
	return l, nil
}

// Profile is the base with what was learnt.
func (l Learnt) Profile() (Profile, error) {
	p, err := ProfileNamed(l.Base)
	if err != nil {
		return Profile{}, err
	}
	mode, modeOK := chineseModes[l.Chinese]
	big, bigOK := bigSizes[l.Big]
	switch {
	case l.Dots < 200 || l.Dots > 2000 || l.Dots%8 != 0:
		return Profile{}, fmt.Errorf("dots = %d: a line has 200 to 2000, in steps of 8", l.Dots)
	case !modeOK:
		return Profile{}, fmt.Errorf("chinese = %q: write mode, always or none", l.Chinese)
	case !bigOK:
		return Profile{}, fmt.Errorf("big = %q: write gs, fs_0c or fs_30", l.Big)
	case l.Font != "gbk" && l.Font != "gb2312":
		return Profile{}, fmt.Errorf("font = %q: write gbk or gb2312", l.Font)
	case l.Cutter != NoCutter && l.Cutter != Partial && l.Cutter != Full:
		return Profile{}, fmt.Errorf("cutter = %q: write none, partial or full", l.Cutter)
	case l.Buzzer != BuzzNone && l.Buzzer != BuzzESCB:
		return Profile{}, fmt.Errorf("buzzer = %q: write none or esc_b", l.Buzzer)
	case l.Clearing != ClearNone && l.Clearing != ClearDC4 && l.Clearing != ClearENQ:
		return Profile{}, fmt.Errorf("clearing = %q: write none, dc4 or enq", l.Clearing)
	}
	p.Name = cmp.Or(l.Model, l.Base)
	p.Dots, p.Chinese, p.NoChinese = l.Dots, mode, l.Chinese == "none"
	p.ChineseSize, p.Strict2312 = big, l.Font == "gb2312"
	p.LatinPage = -1
	if l.Latin {
		p.LatinPage = latinPageNumber
	}
	p.Cutter, p.Tail = l.Cutter, 1
	if l.Cutter == NoCutter {
		p.Tail = 4
	}
	p.QR, p.InlineImage = l.QR, l.Inline
	p.Confirmation = ConfirmNever
	if l.Confirms {
		p.Confirmation = ConfirmAsk
	}
	p.Clearing, p.Buzzer = l.Clearing, l.Buzzer
	return p, nil
}

// TOML is the text of the file.
func (l Learnt) TOML() ([]byte, error) {
	if _, err := l.Profile(); err != nil {
		return nil, err
	}
	b, err := toml.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("printer profile: %w", err)
	}
	return append([]byte("# Made by «hallway devices setup»; package devices/printer/escpos says what each means.\n"), b...), nil
}
