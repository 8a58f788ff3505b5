package devicetest

import (
	"context"
	"time"

	"hallway/devices/scanner"
)

// Scan scans a code and waits until the scanner delivers it. Where the line was
// not there yet, it scans again, as a person would.
func Scan(ctx context.Context, s scanner.Scanner, code string, scan func()) error {
	for len(s.Scans()) > 0 {
		<-s.Scans()
	}
	for {
		scan()
		again := time.After(500 * time.Millisecond)
		for waiting := true; waiting; {
			select {
			case sc := <-s.Scans():
				if sc.Text == code && !sc.Broken {
					return nil
				}
			case <-again:
				waiting = false
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}
