package wedge

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"

	"hallway/devices/scanner"
	"hallway/devices/scanner/text"
)

// Kinds of events.
const (
	eventLen   = 24 // of 64-bit systems: time, kind, code, value
	kindSync   = 0
	kindKey    = 1
	syncLost   = 3 // events were lost: the program was too slow
	keyPressed = 1
	keyUp      = 0
)

// typist turns key events into codes.
type typist struct {
	suffix Suffix
	prefix []byte
	aim    text.AIM
	least  int // characters of a code; shorter ones are not
	limit  int

	part   []byte // of an event
	held   map[uint16]bool
	down   map[uint16]bool
	caps   bool
	number int // typed on the number pad while Alt is down
	digits int // of it
	code   []byte
	broken bool

	ignored int // keys and codes that are none of a scan, since the last look
}

func newTypist(o Options, held []uint16) *typist {
	t := &typist{suffix: o.Suffix, prefix: []byte(o.Prefix), aim: o.AIM, least: o.Least, limit: o.Max,
		held: map[uint16]bool{}, down: map[uint16]bool{}}
	for _, k := range held {
		t.held[k] = true
	}
	return t
}

// feed takes bytes of the event line and gives the codes that ended in them.
func (t *typist) feed(b []byte) []scanner.Scan {
	var out []scanner.Scan
	t.part = append(t.part, b...)
	for len(t.part) >= eventLen {
		e := t.part[:eventLen]
		kind, code := binary.LittleEndian.Uint16(e[16:]), binary.LittleEndian.Uint16(e[18:])
		value := int32(binary.LittleEndian.Uint32(e[20:]))
		t.part = t.part[eventLen:]
		switch {
		case kind == kindSync && code == syncLost:
			t.broken = true
			clear(t.down)
			clear(t.held)
			t.number, t.digits = 0, 0
		case kind == kindKey:
			out = append(out, t.key(code, value)...)
		}
	}
	t.part = bytes.Clone(t.part)
	return out
}

// key takes one key going down or up. A key that is held down repeats itself
// on a keyboard, never on a scanner.
func (t *typist) key(code uint16, value int32) []scanner.Scan {
	if t.held[code] { // it was down before the scanner was ours
		if value == keyUp {
			delete(t.held, code)
		}
		return nil
	}
	switch code {
	case keyLeftShift, keyRightShift, keyLeftCtrl, keyRightCtrl, keyLeftMeta, keyRightMeta, keyRightAlt, keyLeftAlt:
		was := t.down[keyLeftAlt]
		t.down[code] = value != keyUp
		if was && !t.down[keyLeftAlt] {
			t.altUp()
		}
		return nil
	}
	if value != keyPressed {
		return nil
	}
	switch {
	case code == keyCapsLock:
		t.caps = !t.caps
	case t.down[keyLeftAlt]:
		t.altKey(code)
	case t.down[keyLeftMeta] || t.down[keyRightMeta] || t.down[keyRightAlt]:
		t.ignored++
	case t.down[keyLeftCtrl] || t.down[keyRightCtrl]:
		t.control(code)
	case t.suffix.ends(code):
		return t.finish(false)
	default:
		t.plain(code)
	}
	return nil
}

// plain takes a key of a character. Every other key is nothing.
func (t *typist) plain(code uint16) {
	if c, ok := padKeys[code]; ok {
		t.add(c)
		return
	}
	if code == keyTab {
		t.add('\t')
		return
	}
	pair, ok := usKeys[code]
	if !ok {
		t.ignored++
		return
	}
	shift := t.down[keyLeftShift] || t.down[keyRightShift]
	if t.caps && isLetter(pair[0]) {
		shift = !shift
	}
	if shift {
		t.add(pair[1])
	} else {
		t.add(pair[0])
	}
}

// control takes a key with Ctrl: how scanners type control characters, which are
// kept in Raw and are no text.
func (t *typist) control(code uint16) {
	pair, ok := usKeys[code]
	if c := pair[1] &^ 0x20; ok && (isLetter(pair[0]) || bytes.IndexByte([]byte("[]\\"), pair[0]) >= 0) {
		if !isLetter(pair[0]) {
			c = pair[0]
		}
		t.add(c & 0x1F)
		return
	}
	t.ignored++
}

// altKey takes a key with Alt: a digit of a character's number, or nothing.
func (t *typist) altKey(code uint16) {
	c, ok := padKeys[code]
	if !ok || c < '0' || c > '9' {
		t.ignored++
		return
	}
	t.number = min(t.number*10+int(c-'0'), utf8.MaxRune+1)
	t.digits++
}

// altDigits is how many digits scanners type at least. With fewer some were
// lost: of two equal ones in one report the system tells only the first.
const altDigits = 3

// altUp ends a number: a byte of the code, or from 256 on a character.
func (t *typist) altUp() {
	n, digits := t.number, t.digits
	t.number, t.digits = 0, 0
	switch {
	case digits == 0:
	case digits < altDigits:
		t.broken = true
	case n < 256:
		t.add(byte(n))
	case n <= utf8.MaxRune && utf8.ValidRune(rune(n)):
		for _, c := range []byte(string(rune(n))) {
			t.add(c)
		}
	default:
		t.broken = true
	}
}

func (t *typist) add(c byte) {
	if len(t.code) >= t.limit {
		t.broken = true
		return
	}
	t.code = append(t.code, c)
}

// lost ends a code in the middle: the device is gone.
func (t *typist) lost() []scanner.Scan {
	if !t.pending() {
		return nil
	}
	return t.finish(true)
}

// odd counts the keys that are no character, once.
func (t *typist) odd() (counter string, n int) {
	n, t.ignored = t.ignored, 0
	return "ignored_keys", n
}

// pending says whether a code has begun, or something that belongs to one.
func (t *typist) pending() bool { return len(t.code) > 0 || t.broken || t.caps }

// idle says that no key came for long. It ends a code where nothing else does;
// elsewhere a code without its end is broken. Caps lock is over with the silence:
// a scanner presses it for one code.
func (t *typist) idle() []scanner.Scan {
	t.caps = false
	return t.finish(t.suffix != None)
}

// finish ends a code.
func (t *typist) finish(cut bool) []scanner.Scan {
	raw, broken := t.code, t.broken
	t.code, t.broken = nil, false
	rest, ok := bytes.CutPrefix(raw, t.prefix)
	switch {
	case len(raw) == 0 && !broken:
		return nil
	case len(rest) < t.least && !broken: // a hand on the keyboard, or a key by chance
		t.ignored += len(raw)
		return nil
	case broken || cut || !ok:
		return []scanner.Scan{{Raw: raw, Broken: true}}
	}
	return []scanner.Scan{t.aim.Typed(rest)}
}
