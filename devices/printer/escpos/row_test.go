package escpos_test

import (
	"bytes"
	"context"
	"io"
	"sync"
	"testing"
	"time"

	"hallway/devices"
	"hallway/devices/port"
	"hallway/devices/port/cable"
	"hallway/devices/printer"
	"hallway/devices/printer/escpos"
)

// slow is a printer that comes to the questions in its queue when it is told to.
type slow struct {
	mu    sync.Mutex
	rw    io.Writer
	auto  bool   // at once
	got   []byte // everything
	read  int    // of it
	asked int    // GS r without an answer
	looks int    // DLE EOT
}

func (s *slow) Serve(_ context.Context, rw io.ReadWriteCloser) error {
	s.mu.Lock()
	s.rw = rw
	s.mu.Unlock()
	buf := make([]byte, 512)
	for {
		n, err := rw.Read(buf)
		if err != nil {
			return err
		}
		s.take(buf[:n])
	}
}

func (s *slow) take(b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, b...)
	for {
		rest := s.got[s.read:]
		look, ask := bytes.Index(rest, []byte{0x10, 0x04}), bytes.Index(rest, []byte{0x1D, 0x72, 0x01})
		switch {
		case ask >= 0 && (look < 0 || ask < look):
			s.read += ask + 3
			s.asked++
		case look >= 0 && look+2 < len(rest):
			s.read += look + 3
			s.looks++
			_, _ = s.rw.Write([]byte{0x12})
		default:
			if s.auto {
				s.answer(s.asked)
			}
			return
		}
	}
}

// answer answers questions of the queue; s is locked.
func (s *slow) answer(n int) {
	_, _ = s.rw.Write(make([]byte, n))
	s.asked -= n
}

func (s *slow) tell(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *slow) is(f func() bool) func() bool {
	return func() bool { s.mu.Lock(); defer s.mu.Unlock(); return f() }
}

// A printer that was stopped answers the question of an earlier job late: the answer
// is not taken for the one that is waited for, and no job begins before what went
// ahead of it is done.
func TestLateAnswer(t *testing.T) {
	s := &slow{auto: true}
	c, err := cable.New("tcp:127.0.0.1:0", s)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Plug(); err != nil {
		t.Fatal(err)
	}
	opener, err := port.Parse(c.Address())
	if err != nil {
		t.Fatal(err)
	}
	profile, err := escpos.ProfileNamed("generic80")
	if err != nil {
		t.Fatal(err)
	}
	p := escpos.New(opener, escpos.Options{ID: "p", Profile: profile, Poll: 20 * time.Millisecond, Timeout: 20 * time.Second})
	r := &rig{t: t, p: p}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = p.Run(ctx) })
	t.Cleanup(func() { cancel(); work.Wait(); _ = c.Close() })
	r.state(devices.Ready)

	s.tell(func() { s.auto = false })
	job, giveUp := context.WithCancel(t.Context())
	first := make(chan printer.Outcome, 1)
	go func() {
		got, _ := p.Print(job, printer.Job{ID: "1", Doc: ticket("A001")})
		first <- got
	}()
	r.until("the first job's question", s.is(func() bool { return s.asked > 0 }))
	giveUp()
	if got := <-first; got != printer.Unknown {
		t.Fatalf("a job that was given up without an answer is %s", got)
	}
	second := make(chan printer.Outcome, 1)
	go func() {
		got, _ := p.Print(ctx, printer.Job{ID: "2", Doc: ticket("B002")})
		second <- got
	}()
	r.until("the questions of tidying up", s.is(func() bool { return s.asked > 1 }))
	begun := func() bool { return bytes.Contains(s.got, []byte("B002")) }
	looks := 0
	s.tell(func() { s.answer(1); looks = s.looks })
	r.until("the driver waits on", s.is(func() bool { return s.looks > looks+8 || begun() }))
	if s.is(begun)() {
		t.Fatal("the answer to the first job's question was taken for that of tidying up")
	}
	s.tell(func() { s.auto = true; s.answer(s.asked) })
	if got := <-second; got != printer.Parsed {
		t.Errorf("the second job is %s", got)
	}
}
