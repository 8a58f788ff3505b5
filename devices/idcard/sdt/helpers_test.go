package sdt

import (
	"context"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/devices"
	"hallway/devices/devicetest"
	"hallway/devices/idcard"
	"hallway/devices/idcard/sdt/sdtsim"
	"hallway/devices/port/cable"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// vectors are the synthetic frames of testdata, by sample name.
func vectors(t testing.TB) map[string][]byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "frames.txt"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for line := range strings.Lines(string(data)) {
		name, frame, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || name == "#" {
			continue
		}
		b, err := hex.DecodeString(frame)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = b
	}
	if len(out) != 4 {
		t.Fatalf("testdata has %d frames, want 4", len(out))
	}
	return out
}

// rig is a driver on a simulated reader.
type rig struct {
	t     *testing.T
	sim   *sdtsim.Sim
	cable *cable.Cable
	*Reader
}

// newRig starts a driver on a simulator, over a pseudo-terminal.
func newRig(t *testing.T, so sdtsim.Options, o Options) *rig {
	t.Helper()
	return newRigOn(t, "serial", "", "", so, o)
}

// newRigOn starts a driver on a simulator, over any line.
func newRigOn(t *testing.T, scheme, query string, pipes sdtsim.Pipes, so sdtsim.Options, o Options) *rig {
	t.Helper()
	sim := sdtsim.New(so)
	line := devicetest.NewLine(t, scheme, query, onLine(sim, pipes))
	if o.Poll == 0 {
		o.Poll = 10 * time.Millisecond
	}
	if o.Hold == 0 {
		o.Hold = 80 * time.Millisecond
	}
	if o.SameCard == 0 {
		o.SameCard = 120 * time.Millisecond
	}
	o.ID = "reader"
	r := &rig{t: t, sim: sim, cable: line.Cable, Reader: New(line.Opener, o)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { r.Run(ctx); close(done) }()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return r
}

// until waits for a condition.
func (r *rig) until(what string, ok func() bool) {
	r.t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); {
		if time.Now().After(end) {
			r.t.Fatalf("waited a minute for: %s; status %+v", what, r.Status())
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func (r *rig) ready() {
	r.t.Helper()
	r.until("ready", func() bool { return r.Status().State == devices.Ready })
}

func (r *rig) fault(code string) {
	r.t.Helper()
	r.until("fault "+code, func() bool { return has(r.Status(), code) })
}

func has(s devices.Status, code string) bool {
	for _, f := range s.Faults {
		if f.Code == code {
			return true
		}
	}
	return false
}

// event waits for one event.
func (r *rig) event() idcard.Event {
	r.t.Helper()
	select {
	case e := <-r.Events():
		return e
	case <-time.After(time.Minute):
		r.t.Fatalf("no event in a minute; status %+v", r.Status())
		return idcard.Event{}
	}
}

// quiet checks that no event comes.
func (r *rig) quiet(d time.Duration) {
	r.t.Helper()
	select {
	case e := <-r.Events():
		r.t.Errorf("an event that nobody caused: card %v, err %q", e.Card != nil, e.Err)
	case <-time.After(d):
	}
}

func (r *rig) place(name string) {
	r.t.Helper()
	if err := r.sim.PlaceSample(name); err != nil {
		r.t.Fatal(err)
	}
}

// placeShaky lays a card down of which so many readings fail.
func (r *rig) placeShaky(spoil int) {
	r.t.Helper()
	c, err := sdtsim.Sample("resident")
	if err != nil {
		r.t.Fatal(err)
	}
	c.Status, c.Spoil = 0x41, spoil
	if err := r.sim.Place("shaky", c); err != nil {
		r.t.Fatal(err)
	}
}

// lift takes the card away and waits until the reader has said so often enough.
func (r *rig) lift() {
	r.t.Helper()
	r.away(6)
}

// away takes the card away and waits until the reader was asked more often than that.
func (r *rig) away(looks int) {
	r.t.Helper()
	r.sim.Remove()
	before, _, _ := r.sim.Counts()
	r.until("the card was missed", func() bool { asked, _, _ := r.sim.Counts(); return asked > before+looks })
}
