package cable

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"hallway/devices/port"
)

// Shape is how a line treats bytes. The zero value is a perfect line.
type Shape struct {
	Baud     int           // paces both directions (10 bits a byte), 0 = no pacing
	Latency  time.Duration // before each Send
	Jitter   time.Duration // up to this much more
	ChunkMax int           // Sends are cut in pieces of 1..ChunkMax bytes
	Garbage  float64       // probability of stray bytes before a Send
	Flip     float64       // probability, per Send, that one byte is damaged
	Cut      float64       // probability, per Send, that its end is lost
	Seed     uint64
}

// Talk is the device's side of a conversation in the shape of a line: what the
// program sends goes to a handler, what the device sends goes through the
// shape. Sessions may come and go; nothing is kept for the next one.
type Talk struct {
	mu    sync.Mutex
	shape Shape
	rng   *rand.Rand
	out   chan []byte // of the session, nil without one
}

// NewTalk makes a conversation in a shape.
func NewTalk(s Shape) *Talk {
	t := &Talk{}
	t.SetShape(s)
	return t
}

// SetShape changes how bytes are treated, and starts the noise again at the
// seed.
func (t *Talk) SetShape(s Shape) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shape = s
	t.rng = rand.New(rand.NewPCG(s.Seed, 0x9E3779B97F4A7C15))
}

// Shape gives the shape.
func (t *Talk) Shape() Shape {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.shape
}

// Send sends bytes to the program, in order, without waiting. Without a
// session, and when a thousand sends are waiting, they are lost, as on a real
// line.
func (t *Talk) Send(b []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.out == nil || len(b) == 0 {
		return
	}
	select {
	case t.out <- append([]byte(nil), b...):
	default:
	}
}

// Noise sends n stray bytes.
func (t *Talk) Noise(n int) {
	t.mu.Lock()
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(t.rng.UintN(256))
	}
	t.mu.Unlock()
	t.Send(b)
}

// Serve speaks on rw until it fails or ctx ends; it closes rw. handle gets the
// program's bytes, from one goroutine. A Talk serves one session at a time.
func (t *Talk) Serve(ctx context.Context, rw io.ReadWriteCloser, handle func([]byte)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := make(chan []byte, 1024)
	t.mu.Lock()
	t.out = out
	t.mu.Unlock()
	var sender sync.WaitGroup
	sender.Go(func() { t.transmit(ctx, rw, out) })
	stop := context.AfterFunc(ctx, func() { rw.Close() }) // ends the pending read
	err := t.receive(ctx, rw, handle)
	t.mu.Lock()
	t.out = nil
	t.mu.Unlock()
	cancel()
	if stop() {
		rw.Close()
	}
	sender.Wait()
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// waited is how long reading takes when bytes had been waiting: they follow the
// last ones without a gap, however late this program woke.
const waited = 200 * time.Microsecond

func (t *Talk) receive(ctx context.Context, r io.Reader, handle func([]byte)) error {
	buf := make([]byte, 4096)
	var through time.Time // when the last byte was
	for {
		began := time.Now()
		n, err := r.Read(buf[:t.readSize()])
		if n > 0 {
			if came := time.Now(); came.Sub(began) > waited || through.IsZero() {
				through = came
			}
			through = through.Add(t.wire(n))
			if port.Sleep(ctx, time.Until(through)) != nil {
				return ctx.Err()
			}
			handle(buf[:n:n])
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

// readSize keeps a paced line's reads short, so that bytes reach the device
// about when they would.
func (t *Talk) readSize() int {
	if b := t.Shape().Baud; b > 0 {
		return min(max(b/1000, 16), 4096) // about 10 ms
	}
	return 4096
}

// wire is how long n bytes take.
func (t *Talk) wire(n int) time.Duration {
	b := t.Shape().Baud
	if b <= 0 {
		return 0
	}
	return time.Duration(n) * 10 * time.Second / time.Duration(b)
}

func (t *Talk) transmit(ctx context.Context, w io.Writer, out <-chan []byte) {
	for {
		select {
		case <-ctx.Done():
			return
		case b := <-out:
			wait, chunks := t.plan(b)
			due := time.Now().Add(wait)
			for _, chunk := range chunks {
				due = due.Add(t.wire(len(chunk))) // a byte is there when it is through
				if port.Sleep(ctx, time.Until(due)) != nil {
					return
				}
				if _, err := w.Write(chunk); err != nil {
					break
				}
			}
		}
	}
}

// plan decides what happens to one Send.
func (t *Talk) plan(b []byte) (time.Duration, [][]byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, r := t.shape, t.rng
	wait := s.Latency
	if s.Jitter > 0 {
		wait += time.Duration(r.Int64N(int64(s.Jitter)))
	}
	b = append([]byte(nil), b...)
	if s.Flip > 0 && r.Float64() < s.Flip {
		b[r.IntN(len(b))] ^= byte(1 + r.IntN(255))
	}
	if s.Cut > 0 && r.Float64() < s.Cut {
		b = b[:r.IntN(len(b))]
	}
	if s.Garbage > 0 && r.Float64() < s.Garbage {
		g := make([]byte, 1+r.IntN(12))
		for i := range g {
			g[i] = byte(r.UintN(256))
		}
		b = append(g, b...)
	}
	limit := len(b)
	if s.Baud > 0 {
		limit = max(s.Baud/1000, 16)
	}
	var chunks [][]byte
	for len(b) > 0 {
		n := min(limit, len(b))
		if s.ChunkMax > 0 {
			n = min(1+r.IntN(s.ChunkMax), len(b))
		}
		chunks = append(chunks, b[:n])
		b = b[n:]
	}
	return wait, chunks
}
