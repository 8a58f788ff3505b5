package port

import "math"

// reports is what a HID report descriptor says: the lengths of its longest
// reports in bytes, with the number in front where reports are numbered.
type reports struct {
	page, usage      uint16 // of the first collection
	numbered         bool
	in, out, feature int
}

// maxReport bounds what a descriptor may ask for: no device has longer ones.
const maxReport = 64 << 10

// parseReports reads a report descriptor (USB HID 1.11, §6.2.2). What makes no
// sense is passed over: a wrong descriptor gives wrong lengths, never more.
func parseReports(desc []byte) reports {
	r := &reader{bits: map[[2]int]int{}}
	for len(desc) > 0 {
		head := desc[0]
		size := int(head & 3)
		if size == 3 {
			size = 4
		}
		if head == 0xFE && len(desc) > 1 { // a long item; nobody defined one
			size = 2 + int(desc[1])
			desc = desc[min(1+size, len(desc)):]
			continue
		}
		if len(desc) < 1+size {
			break
		}
		var v uint32
		for i := range size {
			v |= uint32(desc[1+i]) << (8 * i)
		}
		r.item(head&0xFC, v)
		desc = desc[1+size:]
	}
	return r.sum()
}

type reader struct {
	reports
	begun       bool
	page, usage uint32
	size, count uint32
	id          int
	stack       [][4]uint32
	bits        map[[2]int]int // by direction and report number
}

const (
	dirIn = iota
	dirOut
	dirFeature
)

func (r *reader) item(tag byte, v uint32) {
	switch tag {
	case 0x04:
		r.page = v
	case 0x08:
		if r.usage = v; v > 0xFFFF { // page and usage in one
			r.page = v >> 16
		}
	case 0x74:
		r.size = min(v, 1024)
	case 0x94:
		r.count = min(v, maxReport)
	case 0x84:
		r.id, r.numbered = int(v&0xFF), true
	case 0xA0:
		if !r.begun {
			r.begun = true
			r.reports.page, r.reports.usage = uint16(r.page), uint16(r.usage)
		}
	case 0xA4:
		if len(r.stack) < 64 {
			r.stack = append(r.stack, [4]uint32{r.page, r.size, r.count, uint32(r.id)})
		}
	case 0xB4:
		if n := len(r.stack); n > 0 {
			s := r.stack[n-1]
			r.page, r.size, r.count, r.id = s[0], s[1], s[2], int(s[3])
			r.stack = r.stack[:n-1]
		}
	case 0x80:
		r.add(dirIn)
	case 0x90:
		r.add(dirOut)
	case 0xB0:
		r.add(dirFeature)
	}
}

func (r *reader) add(dir int) {
	k := [2]int{dir, r.id}
	if n := uint64(r.bits[k]) + uint64(r.size)*uint64(r.count); n < math.MaxInt32 {
		r.bits[k] = int(n)
	}
}

func (r *reader) sum() reports {
	out := r.reports
	for k, bits := range r.bits {
		n := min((bits+7)/8, maxReport)
		if out.numbered && n > 0 {
			n++
		}
		switch k[0] {
		case dirIn:
			out.in = max(out.in, n)
		case dirOut:
			out.out = max(out.out, n)
		default:
			out.feature = max(out.feature, n)
		}
	}
	return out
}
