package table

// scanner finds frames in a stream that may hold anything.
type scanner struct {
	t    *Table
	addr byte
	buf  []byte
	lost int // bytes that belonged to no frame
}

// found is one frame of the device.
type found struct {
	frame []byte
	level int // 0: another key
}

const maxBuffer = 256

// feed takes bytes and gives the frames that they complete.
func (s *scanner) feed(b []byte) []found {
	s.buf = append(s.buf, b...)
	var out []found
	for len(s.buf) > 0 {
		v, n, key := s.t.Rate.Match(s.buf, s.addr)
		level := 0
		if v == yes {
			level = s.t.Keys[key]
		}
		frame, m, _ := s.t.Frame.Match(s.buf, s.addr)
		if v != yes {
			n = m
		}
		switch {
		case v == yes || frame == yes:
			out = append(out, found{frame: append([]byte(nil), s.buf[:n]...), level: level})
			s.buf = s.buf[n:]
		case (v == more || frame == more) && len(s.buf) < maxBuffer:
			return out
		default:
			s.buf = s.buf[1:]
			s.lost++
		}
	}
	return out
}

// idle is told when nothing has come for a while: what is unfinished stays so.
// The search goes on one byte later, because a cut frame may hide a whole one.
func (s *scanner) idle() []found {
	if len(s.buf) == 0 {
		return nil
	}
	rest := s.buf[1:]
	s.buf = nil
	s.lost++
	out := s.feed(rest)
	for len(s.buf) > 0 {
		rest = s.buf[1:]
		s.buf = nil
		s.lost++
		out = append(out, s.feed(rest)...)
	}
	return out
}
