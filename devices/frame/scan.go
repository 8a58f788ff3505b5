package frame

// Scanner finds frames in a stream that may hold anything.
type Scanner struct {
	Patterns []Pattern // the first that matches counts
	Addr     byte      // frames that name another address are somebody else's
	Lost     int       // bytes that belonged to no frame
	Others   int       // bytes of frames for other addresses
	buf      []byte
}

// Found is one frame.
type Found struct {
	Which int // the pattern
	Bytes []byte
	Values
}

// maxBuffer is more than any frame.
const maxBuffer = 1024

// Feed takes bytes and gives the frames that they complete.
func (s *Scanner) Feed(b []byte) []Found {
	s.buf = append(s.buf, b...)
	var out []Found
	for len(s.buf) > 0 {
		f, v := s.first()
		switch {
		case v == Yes && s.Patterns[f.Which].Has("addr") && f.Addr != s.Addr:
			s.Others += len(f.Bytes)
			s.buf = s.buf[len(f.Bytes):]
		case v == Yes:
			out = append(out, f)
			s.buf = s.buf[len(f.Bytes):]
		case v == More && len(s.buf) < maxBuffer:
			return out
		default:
			s.buf = s.buf[1:]
			s.Lost++
		}
	}
	return out
}

// first is the frame at the beginning of what has come.
func (s *Scanner) first() (Found, Verdict) {
	best := No
	for i, p := range s.Patterns {
		v, n, got := p.Match(s.buf)
		if v == Yes {
			return Found{Which: i, Bytes: append([]byte(nil), s.buf[:n]...), Values: got}, Yes
		}
		best = max(best, v)
	}
	return Found{}, best
}

// Idle is told when nothing has come for a while: what is unfinished stays so.
// The search goes on one byte later, because a cut frame may hide a whole one.
func (s *Scanner) Idle() []Found {
	var out []Found
	for len(s.buf) > 0 {
		rest := s.buf[1:]
		s.buf = nil
		s.Lost++
		out = append(out, s.Feed(rest)...)
	}
	return out
}
