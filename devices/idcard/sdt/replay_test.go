package sdt

import (
	"bytes"
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"hallway/devices/idcard"
	"hallway/devices/idcard/sdt/sdtsim"
	"hallway/devices/port"
	"hallway/devices/port/cable"
)

// safeBuffer is a bytes.Buffer for two goroutines.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) Bytes() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.b.Bytes())
}

// A recorded transcript of a reader gives the same card when it is replayed
// instead of the hardware.
func TestTranscriptIsReplayed(t *testing.T) {
	sim := sdtsim.New(sdtsim.Options{Shape: cable.Shape{ChunkMax: 300, Seed: 9}})
	if err := sim.PlaceSample("J"); err != nil {
		t.Fatal(err)
	}
	c, err := cable.New("serial:"+filepath.Join(t.TempDir(), "reader"), sim)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Plug(); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	opener, err := port.Parse(c.Address())
	if err != nil {
		t.Fatal(err)
	}
	var rec safeBuffer
	first := readOne(t, New(port.Record(opener, &rec), Options{ID: "r"}))
	steps, err := port.ReadTranscript(bytes.NewReader(rec.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	second := readOne(t, New(port.Replay("replay", steps), Options{ID: "r"}))
	if first.Card == nil || second.Card == nil || first.Card.Number != second.Card.Number || second.Card.PassNumber != "H12345678" {
		t.Errorf("errors %q and %q", first.Err, second.Err)
	}
}

func readOne(t *testing.T, r *Reader) idcard.Event {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { r.Run(ctx); close(done) }()
	defer func() { cancel(); <-done }()
	select {
	case e := <-r.Events():
		return e
	case <-time.After(time.Minute):
		t.Fatalf("no event; status %+v", r.Status())
		return idcard.Event{}
	}
}

// A card that nobody took is not handed to the next person.
func TestOnlyTheNewestEventIsKept(t *testing.T) {
	r := New(port.Replay("none", nil), Options{ID: "r"})
	old := &idcard.Card{Number: "old", Photo: []byte{1, 2}, NameAsRead: []byte{3}}
	photo, name := old.Photo, old.NameAsRead
	r.deliver(idcard.Event{Card: old})
	r.deliver(idcard.Event{Card: &idcard.Card{Number: "new"}})
	if e := <-r.Events(); e.Card.Number != "new" || len(r.Events()) != 0 {
		t.Error("the old card was kept")
	}
	if photo[0] != 0 || photo[1] != 0 || name[0] != 0 {
		t.Error("the old card's bytes were not cleared")
	}
}

// A paced line takes its time, so that the figure of build/bench, from the card
// on the plate to the name on the screen, is against a true wire.
func TestPacedLine(t *testing.T) {
	r := newRig(t, sdtsim.Options{Shape: cable.Shape{Baud: 115200}}, Options{Poll: 40 * time.Millisecond})
	r.ready()
	wire := 1295 * 10 * time.Second / 115200
	best := time.Hour
	for _, name := range []string{"resident", "Y", "J"} {
		start := time.Now()
		r.place(name)
		if r.event().Card == nil {
			t.Fatal("not read")
		}
		best = min(best, time.Since(start))
		r.sim.Remove()
		time.Sleep(300 * time.Millisecond)
	}
	if best < wire {
		t.Errorf("%v is faster than the wire's %v: the line is not paced", best, wire)
	}
}
