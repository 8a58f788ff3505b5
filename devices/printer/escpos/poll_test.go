package escpos_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"hallway/devices"
	"hallway/devices/port"
	"hallway/devices/printer"
	"hallway/devices/printer/escpos"
)

// A job that comes while the printer is being asked waits as long as that takes, and
// is printed then.
func TestAJobWaitsForAPoll(t *testing.T) {
	t.Parallel()
	r := newRig(t, setting{driver: escpos.Options{Poll: time.Millisecond, Alive: 3 * time.Second}})
	r.state(devices.Ready)
	hold := make(chan struct{})
	r.mu.Lock()
	r.hold = hold
	before := r.asked
	r.mu.Unlock()
	r.until("a poll that is not answered", func() bool { return r.questions() > before })
	type ended struct {
		outcome printer.Outcome
		err     error
	}
	done, begun := make(chan ended, 1), make(chan struct{})
	go func() {
		outcome, err := r.p.Print(t.Context(), printer.Job{ID: "1", Doc: ticket("A001"), Begin: func() error { close(begun); return nil }})
		done <- ended{outcome, err}
	}()
	r.until("the job waits", func() bool { return r.p.Jobs() == 1 })
	select {
	case <-begun:
		t.Error("the job was begun in the middle of a poll")
	case e := <-done:
		t.Fatalf("the job did not wait: %s, %v", e.outcome, e.err)
	default:
	}
	r.mu.Lock()
	r.hold = nil
	r.mu.Unlock()
	close(hold)
	if e := <-done; e.outcome != printer.Confirmed || e.err != nil {
		t.Errorf("outcome %s, %v", e.outcome, e.err)
	}
	r.until("one slip", func() bool { return r.slipsWith("A001") == 1 && r.sim.Idle() })
}

// A poll without an answer gives the printer up; for a job that waits it does not, and
// the job asks by itself: it prints when there is an answer, and begins nothing when
// there is none.
func TestAnUnansweredPollFailsNoJob(t *testing.T) {
	for _, answers := range []bool{true, false} {
		t.Run(fmt.Sprint("answers ", answers), func(t *testing.T) {
			t.Parallel()
			o := escpos.Options{Poll: time.Hour, Alive: 20 * time.Millisecond}
			if !answers {
				o.Answer = 50 * time.Millisecond
			}
			r := newRig(t, setting{driver: o})
			r.state(devices.Ready)
			r.mute(true)
			if err := r.p.PollNow(t.Context(), false); port.CodeOf(err) != port.Timeout {
				t.Errorf("a poll without an answer and without a job: %v", err)
			}
			if err := r.p.PollNow(t.Context(), true); err != nil {
				t.Errorf("a poll without an answer, and a job waits: %v", err)
			}
			r.mute(!answers)
			before, begun := r.questions(), 0
			got, err := r.p.Print(t.Context(), printer.Job{ID: "1", Doc: ticket("A001"), Begin: func() error {
				if begun++; r.questions() < before+4 {
					t.Error("the job began before the printer had said how it is")
				}
				return nil
			}})
			if answers && (got != printer.Confirmed || err != nil || begun != 1) {
				t.Errorf("outcome %s, %v, begun %d times", got, err, begun)
			}
			if !answers {
				if got != printer.NotPrinted || port.CodeOf(err) != port.Timeout || begun != 0 {
					t.Errorf("outcome %s, %v, begun %d times", got, err, begun)
				}
				r.fault("port_timeout", true)
				r.mute(false)
				r.state(devices.Ready)
			}
		})
	}
}

// Polls without a pause on a machine that has no time: every job is printed, once.
func TestJobsAmongPollsUnderLoad(t *testing.T) {
	r := newRig(t, setting{driver: escpos.Options{Poll: time.Microsecond, Alive: 3 * time.Second, Answer: time.Minute, Timeout: time.Minute}})
	r.state(devices.Ready)
	ctx, cancel := context.WithCancel(t.Context())
	var load sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		load.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
			}
		})
	}
	defer func() { cancel(); load.Wait() }()
	for i := range 12 {
		number := fmt.Sprintf("A%03d", i)
		got, err := r.p.Print(t.Context(), printer.Job{ID: number, Doc: ticket(number)})
		if got != printer.Confirmed || err != nil {
			t.Fatalf("%s: outcome %s, %v", number, got, err)
		}
		r.until("one slip", func() bool { return r.slipsWith(number) == 1 })
	}
}
