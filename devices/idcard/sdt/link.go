package sdt

import (
	"context"
	"errors"
	"time"

	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/port"
)

// need is what a question needs: how long the module may work on it (§A.3, with
// room), and how many bytes its answer has at most.
type need struct {
	work  time.Duration
	bytes int
}

var needs = map[command]need{
	cmdStatus:  {500 * time.Millisecond, 11},
	cmdSAM:     {500 * time.Millisecond, 27},
	cmdFind:    {800 * time.Millisecond, 15},
	cmdSelect:  {800 * time.Millisecond, 19},
	cmdRead:    {2500 * time.Millisecond, 1295},
	cmdFinger:  {3500 * time.Millisecond, 2321},
	cmdAddress: {2000 * time.Millisecond, 291},
}

// questionLen is how many bytes a question has.
const questionLen = 10

// usualBaud is the speed of a line that has none, or does not say.
const usualBaud = 115200

// wire is how long n bytes take, with room for stop bits that are not needed
// and adapters that hand over in pieces.
func wire(n, baud int) time.Duration {
	if baud == 0 {
		baud = usualBaud
	}
	return time.Duration(n) * 12 * time.Second / time.Duration(baud)
}

// patience is how long an answer may take on a line of this speed.
func patience(c command, baud int) time.Duration {
	n := needs[c]
	return n.work + wire(questionLen+n.bytes, baud)
}

const (
	// gap is how long a line is quiet in the middle of a frame before the
	// frame counts as cut.
	gap = 200 * time.Millisecond
	// strange is how long a device may send nothing but noise before it is
	// taken for another device.
	strange = 2 * time.Second
	// noisy bytes within the memory of the meter raise the fault noisy_line.
	noisy       = 20
	noiseMemory = 10 * time.Second
)

var (
	errSilent = errors.New("the card reader does not answer")
	errCut    = errors.New("the card reader's answer is damaged")
	errStray  = errors.New("the card reader's answer is one to another question")
)

// suits says whether an answer can be one to this question. Answers carry no
// number: one that came too late stands in the line as if it were the next
// question's. What tells them apart is the status of success and how much data
// comes with it (§A.3, §A.5); a failure can be one of any question.
func suits(c command, a answer) bool {
	n := len(a.data)
	switch a.status {
	case 0x9F:
		return c == cmdFind && n < samLen
	case 0x91:
		return c == cmdAddress || c == cmdFinger
	case 0x90:
		switch c {
		case cmdStatus, cmdSelect:
			return n < samLen
		case cmdSAM:
			return n >= samLen && n < addressLen
		case cmdAddress:
			return n >= addressLen && n <= 4*addressLen
		case cmdRead, cmdFinger:
			return n >= textLen
		}
		return false
	}
	return true
}

// session is the work with one open port.
type session struct {
	r     *Reader
	p     port.Port // the line in frames
	baud  int
	dec   decoder
	plain bool // the module does not know how to read fingerprints

	born  time.Time // when the port was opened
	good  time.Time // of the last good answer
	dirty bool      // an answer may still be under way

	junk   int // noise of late
	junkAt time.Time

	plate plate
}

// ask sends a question and waits for its answer. A damaged question is asked
// once more.
func (s *session) ask(ctx context.Context, c command) (answer, error) {
	for try := 0; ; try++ {
		a, err := s.askOnce(ctx, c)
		s.meter()
		if err == nil && classOf(a.status) == classLink && try == 0 {
			s.r.Apply(driver.Change{Counters: map[string]int64{"resent": 1}})
			continue
		}
		if err == nil && !suits(c, a) {
			clear(a.data)
			err = errStray
		}
		if err == nil {
			if k := classOf(a.status); k != classBug && k != classOther {
				s.good = time.Now()
				s.recovered()
			}
			return a, nil
		}
		if ctx.Err() != nil {
			return a, ctx.Err()
		}
		if fatal(err) {
			return a, err
		}
		s.dirty = true
		s.r.Apply(driver.Change{Counters: map[string]int64{counterOf(err): 1}})
		s.trouble(err)
		return a, err
	}
}

// counterOf is under what a question without its answer is counted.
func counterOf(err error) string {
	if errors.Is(err, errStray) {
		return "stray_answer"
	}
	return "no_answer"
}

func (s *session) askOnce(ctx context.Context, c command) (answer, error) {
	if s.dirty {
		if err := s.drain(ctx); err != nil {
			return answer{}, err
		}
	}
	s.dec.reset()
	if _, err := s.p.Write(request(c)); err != nil {
		if port.IsTimeout(err) {
			return answer{}, errSilent
		}
		return answer{}, err
	}
	return s.await(ctx, time.Now().Add(patience(c, s.baud)))
}

// await reads until an answer is whole, the line is quiet in the middle of
// one, or the time is over.
func (s *session) await(ctx context.Context, until time.Time) (answer, error) {
	buf := make([]byte, 2048)
	defer clear(buf)
	for {
		left := time.Until(until)
		if left <= 0 {
			if a, ok := s.dec.idle(); ok {
				return a, nil
			}
			return answer{}, errSilent
		}
		if len(s.dec.buf) > 0 {
			left = min(left, gap)
		}
		if err := s.p.SetReadTimeout(left); err != nil {
			return answer{}, err
		}
		n, err := s.p.Read(buf)
		if a, ok := s.dec.feed(buf[:n]); ok {
			return a, nil
		}
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			return answer{}, ctx.Err()
		}
		if !port.IsTimeout(err) {
			return answer{}, err
		}
		if len(s.dec.buf) > 0 {
			if a, ok := s.dec.idle(); ok {
				return a, nil
			}
			return answer{}, errCut
		}
	}
}

// drain waits until a late answer is through, so that it is not taken for the
// next one.
func (s *session) drain(ctx context.Context) error {
	const quiet = 40 * time.Millisecond
	until := time.Now().Add(time.Second + wire(needs[cmdFinger].bytes, s.baud))
	if q, ok := s.p.(quieter); ok {
		n, err := q.quieten(quiet, until)
		s.dec.junk += n
		s.dirty = err != nil
		return errors.Join(err, ctx.Err())
	}
	buf := make([]byte, 2048)
	defer clear(buf)
	for time.Now().Before(until) && ctx.Err() == nil {
		if err := s.p.SetReadTimeout(quiet); err != nil {
			return err
		}
		n, err := s.p.Read(buf)
		s.dec.junk += n
		if port.IsTimeout(err) {
			break
		}
		if err != nil {
			return err
		}
	}
	s.dirty = false
	return ctx.Err()
}

// meter counts noise and raises or clears noisy_line.
func (s *session) meter() {
	n := s.dec.noise()
	if n > 0 {
		s.junk += n
		s.junkAt = time.Now()
		s.r.Apply(driver.Change{Counters: map[string]int64{"noise_bytes": int64(n)}})
	}
	switch {
	case s.junk > 0 && time.Since(s.junkAt) > noiseMemory:
		s.junk = 0
		s.r.Apply(driver.Change{Cleared: []string{"noisy_line"}})
	case n > 0 && s.junk >= noisy:
		s.r.Apply(driver.Change{Faults: faults("noisy_line")})
	}
}

// trouble raises a fault when the reader has given no good answer for longer
// than the fault's grace.
func (s *session) trouble(err error) {
	since := s.good
	if since.IsZero() {
		since = s.born
	}
	code, wait := "no_answer", grace("no_answer")
	if errors.Is(err, errCut) || errors.Is(err, errStray) || time.Since(s.junkAt) < strange {
		code, wait = "port_protocol", strange
	}
	if time.Since(since) < wait {
		return
	}
	s.r.Apply(driver.Change{State: devices.Failed, Faults: faults(code)})
}

// recovered clears what a good answer disproves.
func (s *session) recovered() {
	st := s.r.Status()
	for _, f := range st.Faults {
		if f.Code == "no_answer" || f.Code == "port_protocol" {
			s.r.Apply(driver.Change{State: devices.Ready, Cleared: []string{"no_answer", "port_protocol"}})
			return
		}
	}
}

// faults is a Change's faults with their declared severities.
func faults(codes ...string) map[string]devices.Severity {
	m := map[string]devices.Severity{}
	for _, c := range codes {
		m[c] = devices.SeverityOf(c)
	}
	return m
}

func grace(code string) time.Duration {
	d, _ := devices.DeclarationOf(code)
	return d.Grace
}
