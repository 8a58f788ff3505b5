package rs485sim

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"strings"
	"sync"

	"hallway/devices/port/cable"
)

// Onbon is a board on a controller with its own font: it takes «update dynamic
// areas» and shows the text of an area. It shares no code with the driver or its
// tables.
//
// Guarantees: only a frame with the right CRC and lengths and its own address
// changes what is shown; it never answers, because nobody asks it to.
//
// Source: protocol sheet §D.4; the places of an area as in frame_test.go.
type Onbon struct {
	*cable.Talk
	address  byte
	onChange func()

	mu    sync.Mutex
	buf   []byte
	shows string
	at    Area
	bad   int
}

// Area is where and how a text is shown.
type Area struct{ X, Y, Width, Height, Display int }

// NewOnbon makes a board; address 0 is 1. onChange may be nil.
func NewOnbon(address byte, shape cable.Shape, onChange func()) *Onbon {
	if onChange == nil {
		onChange = func() {}
	}
	return &Onbon{Talk: cable.NewTalk(shape), address: max(address, 1), onChange: onChange}
}

// Serve speaks with one driver until it leaves.
func (o *Onbon) Serve(ctx context.Context, rw io.ReadWriteCloser) error {
	o.mu.Lock()
	o.buf = nil
	o.mu.Unlock()
	return o.Talk.Serve(ctx, rw, o.receive)
}

// Shows is what the board shows; its colour is the board's own.
func (o *Onbon) Shows() (number, colour string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.shows, ""
}

// Area is where the last text is, and how many frames were refused.
func (o *Onbon) Area() (at Area, refused int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.at, o.bad
}

// receive cuts frames out of what comes: neither mark stands inside a body.
func (o *Onbon) receive(b []byte) {
	o.mu.Lock()
	o.buf = append(o.buf, b...)
	for {
		end := bytes.IndexByte(o.buf, 0x5A)
		if end < 0 {
			break
		}
		begin := bytes.LastIndexByte(o.buf[:end], 0xA5) + 1
		if !o.obey(plain(o.buf[begin:end])) {
			o.bad++
		}
		o.buf = o.buf[end+1:]
	}
	if len(o.buf) > 4096 {
		o.buf = nil
	}
	o.mu.Unlock()
	o.onChange()
}

// plain undoes the escapes; nil when one is broken.
func plain(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != 0xA6 && b[i] != 0x5B {
			out = append(out, b[i])
			continue
		}
		if i++; i == len(b) || b[i] != 1 && b[i] != 2 {
			return nil
		}
		out = append(out, map[[2]byte]byte{{0xA6, 2}: 0xA5, {0xA6, 1}: 0xA6, {0x5B, 2}: 0x5A, {0x5B, 1}: 0x5B}[[2]byte{b[i-1], b[i]}])
	}
	return out
}

const (
	headLen = 14
	areaLen = 27 // before the text
)

// obey takes a body; false when it is none, or of another command.
func (o *Onbon) obey(b []byte) bool {
	if len(b) < headLen+2 || arc(b[:len(b)-2]) != binary.LittleEndian.Uint16(b[len(b)-2:]) {
		return false
	}
	data := b[headLen : len(b)-2]
	if int(binary.LittleEndian.Uint16(b[headLen-2:])) != len(data) {
		return false
	}
	if binary.LittleEndian.Uint16(b) != uint16(o.address) {
		return true // another board's
	}
	if len(data) < 9+areaLen || data[0] != 0xA3 || data[1] != 0x06 || data[5] != 0 || data[6] != 1 {
		return false
	}
	area := data[9:]
	text := area[areaLen:]
	if int(binary.LittleEndian.Uint16(data[7:])) != len(area) || int(binary.LittleEndian.Uint32(area[23:])) != len(text) {
		return false
	}
	word := func(at int) int { return int(binary.LittleEndian.Uint16(area[at:])) }
	o.shows = strings.TrimRight(string(text), " ")
	o.at = Area{X: word(1), Y: word(3), Width: word(5), Height: word(7), Display: int(area[19])}
	return true
}

// arc is CRC-16/ARC.
func arc(b []byte) uint16 {
	var crc uint16
	for _, c := range b {
		crc ^= uint16(c)
		for range 8 {
			odd := crc&1 != 0
			crc >>= 1
			if odd {
				crc ^= 0xA001
			}
		}
	}
	return crc
}
