package devicetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hallway/devices"
)

// lines are how many devices are plugged and unplugged at the same time.
func lines() int {
	if testing.Short() {
		return 8
	}
	return 24
}

// plugs is how often cables are pulled in all.
func plugs(t *testing.T) int {
	if n, err := strconv.Atoi(os.Getenv("HALLWAY_PLUG_CYCLES")); err == nil && n > 0 {
		return n
	}
	if testing.Short() {
		return 32
	}
	return 200
}

// plugCycles pulls and plugs the cables of several running drivers; each is
// found gone and found again every time, and works at the end.
func plugCycles(t *testing.T, make New, lines, total int) {
	var runners []*runner
	for range lines {
		runners = append(runners, start(t, make(t)))
	}
	var begun, done atomic.Int64
	var wg sync.WaitGroup
	for _, r := range runners {
		wg.Go(func() {
			if err := wait(r.working); err != nil {
				t.Errorf("found: %v; status %+v", err, r.Device.Status())
				return
			}
			for begun.Add(1) <= int64(total) {
				if err := r.plugCycle(); err != nil {
					t.Errorf("%v; status %+v", err, r.Device.Status())
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	for _, r := range runners {
		r.use()
	}
	t.Logf("%d plug cycles", done.Load())
}

func (r *runner) plugCycle() error {
	if err := r.Line.Unplug(); err != nil {
		return err
	}
	if err := wait(r.absent); err != nil {
		return fmt.Errorf("gone: %w", err)
	}
	if err := r.Line.Plug(); err != nil {
		return err
	}
	if err := wait(r.working); err != nil {
		return fmt.Errorf("found again: %w", err)
	}
	return nil
}

var errNever = errors.New("never")

// wait waits for a condition, as long as a loaded machine may take.
func wait(ok func() bool) error {
	for end := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			return errNever
		}
	}
	return nil
}

// cycles starts and stops the driver again and again, on several lines at once,
// each at least once and all for some seconds; nothing may be left over.
func cycles(t *testing.T, make New) {
	const limit = 6 * time.Second
	total := int64(1000)
	if testing.Short() {
		total = 64
	}
	var subjects []Subject
	for range lines() {
		subjects = append(subjects, make(t))
	}
	var begun, done atomic.Int64
	end := time.Now().Add(limit)
	var wg sync.WaitGroup
	for _, s := range subjects {
		wg.Go(func() {
			for first := true; first || time.Now().Before(end) && begun.Load() < total; first = false {
				begun.Add(1)
				if err := cycle(s); err != nil {
					t.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	t.Logf("%d cycles", done.Load())
}

func cycle(s Subject) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	begun := make(chan struct{}, 1)
	stop := s.Device.Watch(func(st devices.Status) {
		if st.State != devices.Absent && st.State != devices.Starting {
			select {
			case begun <- struct{}{}:
			default:
			}
		}
	})
	defer stop()
	res := make(chan error, 1)
	go func() { res <- s.Device.Run(ctx) }()
	select {
	case <-begun:
	case <-time.After(patience):
		cancel()
		<-res
		return fmt.Errorf("the device was never found: %+v", s.Device.Status())
	}
	cancel()
	select {
	case <-res:
	case <-time.After(patience):
		return fmt.Errorf("run does not end with its context")
	}
	if st := s.Device.Status().State; st != devices.Absent {
		return fmt.Errorf("after Run the state is %s", st)
	}
	return nil
}
