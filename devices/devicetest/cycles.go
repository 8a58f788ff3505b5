package devicetest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hallway/devices"
)

// cycles starts and stops the driver a thousand times, on several lines at
// once, each at least once and all for some seconds; nothing may be left over.
func cycles(t *testing.T, make New) {
	const lines, limit = 24, 6 * time.Second
	total := int64(1000)
	if testing.Short() {
		total = 64
	}
	var subjects []Subject
	for range lines {
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
