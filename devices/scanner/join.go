package scanner

import (
	"context"
	"sync"
)

// Source is where scans come from: one scanner, or several that are joined.
type Source interface {
	Scans() <-chan Scan
}

// Joined gives the scans of several scanners as they come.
type Joined struct {
	sources []Source
	scans   chan Scan
}

// Join joins scanners, such as a gun and a window in the desk. Nothing comes
// before Run. The scans of each scanner keep their order; what nobody takes waits
// at its scanner.
func Join(sources ...Source) *Joined {
	return &Joined{sources: sources, scans: make(chan Scan)}
}

// Scans delivers the scans of all.
func (j *Joined) Scans() <-chan Scan { return j.scans }

// Run hands scans over until ctx ends.
func (j *Joined) Run(ctx context.Context) {
	var all sync.WaitGroup
	for _, s := range j.sources {
		all.Go(func() { j.forward(ctx, s) })
	}
	all.Wait()
}

func (j *Joined) forward(ctx context.Context, s Source) {
	for {
		select {
		case <-ctx.Done():
			return
		case scan := <-s.Scans():
			select {
			case <-ctx.Done():
				return
			case j.scans <- scan:
			}
		}
	}
}
