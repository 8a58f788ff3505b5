package halfday

import (
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"hallway/app/hall"
)

// seedOf is the seed of this run.
func seedOf(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(1)
	if s := os.Getenv("HALLWAY_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed = n
	}
	t.Logf("seed %d (HALLWAY_SEED repeats it)", seed)
	return seed
}

// TestHalfDayWithKills plays the half-day once per program; in the middle of
// each of its steps that program is killed (SIGKILL) and started again.
func TestHalfDayWithKills(t *testing.T) {
	w := newWorld(t, seedOf(t))
	w.atWork("counter-1", "1001")
	w.atWork("counter-2", "1002")
	for round, victim := range w.stage.Names() {
		w.round(round, victim)
	}
	w.settle()
	w.check()
}

// round is one half-day in which one program is killed in each step.
func (w *world) round(round int, victim string) {
	t0 := time.Now()
	p := newPerson(round)
	w.killing(victim, "book", func() { w.book(&p) })
	w.killing(victim, "check in", func() { w.checkIn(&p) })
	w.killing(victim, "walk in", func() { w.walkIn() })
	w.killing(victim, "call", func() {
		a, b := w.callBoth()
		if a.ID == b.ID {
			w.t.Errorf("round %d: both windows have ticket %s", round, a.Number)
		}
		if a.Class != hall.ClassAppointment && b.Class != hall.ClassAppointment {
			w.t.Errorf("round %d: nobody with an appointment was called: %s %s", round, a.Number, b.Number)
		}
		if a.Why.Code == "" || b.Why.Code == "" {
			w.t.Errorf("round %d: a call without a reason", round)
		}
		w.t.Logf("  called %s (%s) and %s (%s)", a.Number, a.Why.Code, b.Number, b.Why.Code)
	})
	one, two := w.call("counter-1", "1001"), w.call("counter-2", "1002")
	w.killing(victim, "serve and rate", func() {
		w.serve("counter-1", "1001", one.ID, 1+round%5)
		w.serve("counter-2", "1002", two.ID, 0)
	})
	w.killing(victim, "offline", func() {
		w.line(false)
		w.walkIn()
	})
	w.line(true)
	w.killing(victim, "paper out", func() { w.paper("end") })
	w.paper("ok")
	w.t.Logf("round %d, %s killed seven times: %v", round, victim, time.Since(t0).Round(time.Millisecond))
}

// killing runs a step while the victim is killed at a moment of the seed's
// choosing and started again a little later.
func (w *world) killing(victim, step string, f func()) {
	w.t.Helper()
	delay := time.Duration(w.rng.IntN(500)) * time.Millisecond
	pause := time.Duration(50+w.rng.IntN(600)) * time.Millisecond
	done := make(chan error, 1)
	go func() {
		time.Sleep(delay)
		p := w.stage.Program(victim)
		if err := p.Kill(syscall.SIGKILL); err != nil {
			done <- err
			return
		}
		time.Sleep(pause)
		done <- p.Start(w.ctx)
	}()
	f()
	if err := <-done; err != nil {
		w.t.Fatalf("%s while %s is killed: %v", step, victim, err)
	}
	w.until("read the slips", func() (bool, error) { err := w.readSlips(); return err == nil, err })
}

// settle waits until every terminal's operations have their verdicts.
func (w *world) settle() {
	w.until("everything is in step", func() (bool, error) {
		k, err := w.kioskView()
		if err != nil || k.Line.Pending > 0 || !k.Line.Online {
			return false, err
		}
		for id := range w.counter {
			v, err := w.counterView(id)
			if err != nil || v.Line.Pending > 0 || v.Rating.State == "asking" {
				return false, err
			}
		}
		return true, nil
	})
	w.until("read the slips", func() (bool, error) { err := w.readSlips(); return err == nil, err })
}
