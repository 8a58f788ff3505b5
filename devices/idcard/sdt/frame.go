package sdt

import "bytes"

// preamble begins every frame, in both directions (§A.2).
var preamble = []byte{0xAA, 0xAA, 0xAA, 0x96, 0x69}

const (
	head    = 7    // preamble and length
	minLen  = 4    // SW1 SW2 SW3 CHK
	maxLen  = 4096 // longer is garbage
	status0 = head + 2
)

// command is CMD PARA, the two bytes that name a question (§A.3).
type command [2]byte

var (
	cmdStatus  = command{0x11, 0xFF}
	cmdSAM     = command{0x12, 0xFF}
	cmdFind    = command{0x20, 0x01}
	cmdSelect  = command{0x20, 0x02}
	cmdRead    = command{0x30, 0x01}
	cmdAddress = command{0x30, 0x03}
	cmdFinger  = command{0x30, 0x10} // read, with the fingerprints
)

// request is the frame of a question.
func request(c command) []byte {
	b := append([]byte(nil), preamble...)
	b = append(b, 0, 3, c[0], c[1])
	return append(b, xor(b[5:]))
}

func xor(b []byte) byte {
	var x byte
	for _, v := range b {
		x ^= v
	}
	return x
}

// answer is what the reader said.
type answer struct {
	status byte // SW3
	data   []byte
	short  bool // cut or with a wrong length: only the status could be read
}

// decoder finds answers in a stream of bytes. It never gives data of a frame
// whose check byte is wrong.
type decoder struct {
	buf   []byte
	junk  int  // bytes thrown away since the last call of noise
	whole bool // a frame was just taken: some readers add a zero, which is no noise
}

// feed takes bytes and gives the next whole answer, if there is one.
func (d *decoder) feed(b []byte) (answer, bool) {
	d.buf = append(d.buf, b...)
	for {
		d.seek()
		if len(d.buf) < head {
			return answer{}, false
		}
		n := int(d.buf[5])<<8 | int(d.buf[6])
		if n < minLen || n > maxLen {
			d.drop(1)
			continue
		}
		if len(d.buf) < head+n {
			return answer{}, false
		}
		f := d.buf[:head+n]
		if xor(f[5:]) != 0 { // the check byte makes the sum zero
			d.drop(1)
			continue
		}
		a := answer{status: f[status0], data: bytes.Clone(f[status0+1 : len(f)-1])}
		d.take(head + n)
		d.whole = true
		return a, true
	}
}

// idle says that the line has been quiet: whatever waits for its end will not
// get it. Frames inside it are found; of a broken one that says what went
// wrong, at least the status is read (§A.2: seen in the field).
func (d *decoder) idle() (answer, bool) {
	for len(d.buf) > 0 {
		if a, ok := d.feed(nil); ok {
			return a, true
		}
		if a, ok := d.stump(); ok {
			d.drop(len(d.buf))
			return a, true
		}
		d.drop(min(1, len(d.buf)))
	}
	return answer{}, false
}

// stump reads the status of a frame that is shorter than it says. Success is
// never read that way.
func (d *decoder) stump() (answer, bool) {
	if len(d.buf) <= status0 || !bytes.HasPrefix(d.buf, preamble) {
		return answer{}, false
	}
	if len(bytes.TrimRight(d.buf, "\x00")) > head+minLen+1 { // zeros: an extra one, or a report's padding
		return answer{}, false
	}
	if d.buf[7] != 0 || d.buf[8] != 0 {
		return answer{}, false
	}
	switch s := d.buf[status0]; classOf(s) {
	case classOK, classEmpty, classOther:
		return answer{}, false
	default:
		return answer{status: s, short: true}, true
	}
}

// seek throws away what cannot begin a frame.
func (d *decoder) seek() {
	i := bytes.Index(d.buf, preamble)
	if i < 0 {
		i = len(d.buf)
		for k := min(len(preamble)-1, i); k > 0; k-- {
			if bytes.Equal(d.buf[len(d.buf)-k:], preamble[:k]) {
				i = len(d.buf) - k
				break
			}
		}
	}
	d.drop(i)
}

// drop throws bytes away.
func (d *decoder) drop(n int) {
	if n == 0 {
		return
	}
	d.junk += n
	if d.whole && d.buf[0] == 0 {
		d.junk--
	}
	d.whole = false
	d.take(n)
}

// take removes bytes and leaves no copy of them: they may be a person's.
func (d *decoder) take(n int) {
	rest := copy(d.buf, d.buf[n:])
	clear(d.buf[rest:])
	d.buf = d.buf[:rest]
}

// reset forgets everything that waits.
func (d *decoder) reset() { d.drop(len(d.buf)) }

// noise gives how many bytes were thrown away since the last call.
func (d *decoder) noise() int {
	n := d.junk
	d.junk = 0
	return n
}

// class of a status byte (§A.4).
type class int

const (
	classOK      class = iota // 90, 9F
	classEmpty                // 91: not on this card
	classLink                 // 10, 11: the question arrived damaged
	classBug                  // 21: the question is wrong
	classDevice               // 23, 24, 47: the device has a fault
	classSelf                 // 60: self test failed
	classRights               // 66: not authorised
	classSuspect              // 31, 32, 33, 37, 3F
	classForeign              // 40: another kind of card
	classMoved                // 41: the card moved
	classNoCard               // 80, 81
	classOther                // anything else
)

func classOf(status byte) class {
	switch status {
	case 0x90, 0x9F:
		return classOK
	case 0x91:
		return classEmpty
	case 0x10, 0x11:
		return classLink
	case 0x21:
		return classBug
	case 0x23, 0x24, 0x47:
		return classDevice
	case 0x60:
		return classSelf
	case 0x66:
		return classRights
	case 0x31, 0x32, 0x33, 0x37, 0x3F:
		return classSuspect
	case 0x40:
		return classForeign
	case 0x41:
		return classMoved
	case 0x80, 0x81:
		return classNoCard
	}
	return classOther
}
