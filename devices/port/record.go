package port

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A transcript is text, one line per transfer:
//
//	12.345 < aaaaaa9669...   milliseconds since opening, from the device
//	13.000 > aaaaaa9669...   to the device
//	# comment
//
// The comment «# hid 64 64» says that the transfers are reports of these lengths.
// A transcript of a card reader holds personal data: record with synthetic
// cards, or keep the file as the card itself.

// Step is one transfer of a transcript.
type Step struct {
	At   time.Duration
	Out  bool // from the program to the device
	Data []byte
}

// ReadTranscript parses a transcript.
func ReadTranscript(r io.Reader) ([]Step, error) {
	var steps []Step
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 1<<20)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		s, err := parseStep(line)
		if err != nil {
			return nil, fmt.Errorf("transcript line %d: %w", n, err)
		}
		if len(steps) > 0 && s.At < steps[len(steps)-1].At {
			return nil, fmt.Errorf("transcript line %d: time goes backwards", n)
		}
		steps = append(steps, s)
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("transcript: %w", err)
	}
	return steps, nil
}

func parseStep(line string) (Step, error) {
	f := strings.Fields(line)
	if len(f) != 3 || (f[1] != "<" && f[1] != ">") {
		return Step{}, fmt.Errorf("want «milliseconds < hex» or «milliseconds > hex»")
	}
	ms, err := strconv.ParseFloat(f[0], 64)
	if err != nil || !(ms >= 0 && ms < 1e9) {
		return Step{}, fmt.Errorf("the first word is milliseconds since opening")
	}
	data, err := hex.DecodeString(f[2])
	if err != nil {
		return Step{}, fmt.Errorf("the third word is bytes in hexadecimal")
	}
	return Step{At: time.Duration(ms * float64(time.Millisecond)), Out: f[1] == ">", Data: data}, nil
}

// String is the step as a transcript line.
func (s Step) String() string {
	dir := "<"
	if s.Out {
		dir = ">"
	}
	return fmt.Sprintf("%.3f %s %x", float64(s.At)/float64(time.Millisecond), dir, s.Data)
}

// Record wraps an opener so that every transfer of the ports that it opens is
// written to w as a transcript.
func Record(o Opener, w io.Writer) Opener { return &recorder{Opener: o, w: w} }

type recorder struct {
	Opener
	mu sync.Mutex
	w  io.Writer
}

func (r *recorder) announced() bool { return Announced(r.Opener) }
func (r *recorder) baud() int       { return Baud(r.Opener) }

func (r *recorder) identity() (ID, bool) { return IdentityOf(r.Opener) }

func (r *recorder) Open(ctx context.Context) (Port, error) {
	p, err := r.Opener.Open(ctx)
	if err != nil {
		return nil, err
	}
	rec := &recorded{Port: p, r: r, start: time.Now()}
	switch t := p.(type) {
	case Pipes:
		return recordedPipes{rec, t}, nil
	case Packets:
		in, out := t.Lengths()
		rec.comment("hid %d %d", in, out)
		return recordedReports{rec, t}, nil
	case PaperPort:
		return struct {
			*recorded
			paperExtras
		}{rec, t}, nil
	case KeyPort:
		return struct {
			*recorded
			keyExtras
		}{rec, t}, nil
	}
	return rec, nil
}

// What these ports can do beside their bytes.
type (
	paperExtras interface {
		PaperStatus() (byte, error)
		DeviceID() (string, error)
		OneWay() bool
	}
	keyExtras interface{ Held() []uint16 }
)

type recorded struct {
	Port
	r     *recorder
	start time.Time
}

func (p *recorded) note(out bool, b []byte) {
	if len(b) == 0 {
		return
	}
	p.r.mu.Lock()
	defer p.r.mu.Unlock()
	fmt.Fprintln(p.r.w, Step{At: time.Since(p.start), Out: out, Data: b})
}

// comment keeps what is no transfer.
func (p *recorded) comment(format string, args ...any) {
	p.r.mu.Lock()
	defer p.r.mu.Unlock()
	fmt.Fprintf(p.r.w, "# "+format+"\n", args...)
}

// recordedPipes notes the transfers of all pipes in the order in which they
// were made.
type recordedPipes struct {
	*recorded
	pipes Pipes
}

func (p recordedPipes) Pipes() (in, out int) { return p.pipes.Pipes() }

func (p recordedPipes) ReadPipe(i int, b []byte) (int, error) {
	n, err := p.pipes.ReadPipe(i, b)
	p.note(false, b[:n])
	return n, err
}

func (p recordedPipes) WritePipe(i int, b []byte) (int, error) {
	n, err := p.pipes.WritePipe(i, b)
	p.note(true, b[:n])
	return n, err
}

// recordedReports notes reports; feature reports are comments.
type recordedReports struct {
	*recorded
	reports Packets
}

func (p recordedReports) Lengths() (in, out int) { return p.reports.Lengths() }

func (p recordedReports) Feature(report []byte) error {
	p.comment("feature %x", report)
	return p.reports.Feature(report)
}

func (p *recorded) Read(b []byte) (int, error) {
	n, err := p.Port.Read(b)
	p.note(false, b[:n])
	return n, err
}

func (p *recorded) Write(b []byte) (int, error) {
	n, err := p.Port.Write(b)
	p.note(true, b[:n])
	return n, err
}

type replayOpener struct {
	address string
	path    string
}

func (o *replayOpener) Address() string { return o.address }

func (o *replayOpener) Open(ctx context.Context) (Port, error) {
	text, err := os.ReadFile(o.path)
	if err != nil {
		return nil, &Error{Code: openCode(err), Port: o.address, Op: "open", Err: err}
	}
	steps, err := ReadTranscript(bytes.NewReader(text))
	if err != nil {
		return nil, &Error{Code: Protocol, Port: o.address, Op: "open", Err: err}
	}
	p, err := Replay(o.address, steps).Open(ctx)
	if m := reportsMark.FindSubmatch(text); m != nil && err == nil {
		r := playedReports{Port: p}
		_, err = fmt.Sscan(string(m[1])+" "+string(m[2]), &r.in, &r.out)
		return r, err
	}
	return p, err
}

var reportsMark = regexp.MustCompile(`(?m)^# hid ([0-9]{1,5}) ([0-9]{1,5})$`)

// playedReports plays a transcript of reports. Feature reports are not compared.
type playedReports struct {
	Port
	in, out int
}

func (p playedReports) Lengths() (in, out int) { return p.in, p.out }
func (p playedReports) Feature([]byte) error   { return nil }

// Replay is an opener whose ports play a transcript: what the device said
// comes when the program has said what it said before. A program that writes
// something else gets a Protocol error; at the end the line hangs up. Times
// are not kept: a replay is as fast as the program.
func Replay(name string, steps []Step) Opener { return &replay{name: name, steps: steps} }

type replay struct {
	name  string
	steps []Step
}

func (r *replay) Address() string { return r.name }

func (r *replay) Open(ctx context.Context) (Port, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := &player{name: r.name}
	for _, s := range r.steps {
		p.steps = append(p.steps, Step{Out: s.Out, Data: append([]byte(nil), s.Data...)})
	}
	p.cond = sync.NewCond(&p.mu)
	return p, nil
}

type player struct {
	name     string
	mu       sync.Mutex
	cond     *sync.Cond
	steps    []Step
	readTime time.Duration
	closed   bool
}

func (p *player) String() string { return p.name }

func (p *player) SetReadTimeout(d time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.readTime = d
	return nil
}

func (p *player) SetWriteTimeout(time.Duration) error { return nil }

// skip drops finished steps.
func (p *player) skip() {
	for len(p.steps) > 0 && len(p.steps[0].Data) == 0 {
		p.steps = p.steps[1:]
	}
}

func (p *player) Read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	expired, stop := expire(p.cond, p.readTime)
	defer stop()
	for {
		p.skip()
		switch {
		case p.closed:
			return 0, &Error{Code: Closed, Port: p.name, Op: "read"}
		case len(p.steps) == 0:
			return 0, &Error{Code: HangUp, Port: p.name, Op: "read", Err: io.EOF}
		case !p.steps[0].Out:
			n := copy(b, p.steps[0].Data)
			p.steps[0].Data = p.steps[0].Data[n:]
			return n, nil
		case *expired:
			return 0, &Error{Code: Timeout, Port: p.name, Op: "read"}
		}
		p.cond.Wait()
	}
}

// Write compares with the transcript. What the device said unasked before is
// thrown away, as a program that flushes its line would.
func (p *player) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return 0, &Error{Code: Closed, Port: p.name, Op: "write"}
	}
	for done := 0; done < len(b); {
		p.skip()
		if len(p.steps) == 0 {
			return done, &Error{Code: HangUp, Port: p.name, Op: "write", Err: io.EOF}
		}
		if !p.steps[0].Out {
			p.steps = p.steps[1:]
			continue
		}
		want := p.steps[0].Data
		if b[done] != want[0] {
			return done, &Error{Code: Protocol, Port: p.name, Op: "write",
				Err: fmt.Errorf("the transcript has another byte here")}
		}
		p.steps[0].Data = want[1:]
		done++
	}
	p.skip()
	p.cond.Broadcast()
	return len(b), nil
}

func (p *player) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cond.Broadcast()
	return nil
}
