// Package evaluatortest holds what the conformance suite needs of every evaluator
// (评价器) whose simulator can be seen and pressed: one asking is answered by one
// key, whatever drives the line. It is for tests.
//
// Source: the contract in devices/evaluator.
package evaluatortest

import (
	"context"
	"fmt"
	"time"

	"hallway/devices"
	"hallway/devices/devicetest"
	"hallway/devices/evaluator"
)

// Driver is an evaluator's driver.
type Driver interface {
	devices.Device
	evaluator.Evaluator
}

// Keys are a simulator's: whether it asks, and its key of a level from 1 to 5.
type Keys struct {
	Asking func() bool
	Press  func(ctx context.Context, level int) (bool, error)
}

// Subject fills in what is used and waited for. The levels go round.
func Subject(d Driver, keys Keys, s devicetest.Subject) devicetest.Subject {
	level := 0
	s.Device = d
	s.Use = func(ctx context.Context) error {
		level = level%5 + 1
		press, stop := context.WithCancel(ctx)
		pressed := make(chan struct{})
		go func() {
			defer close(pressed)
			for press.Err() == nil { // a person presses again when nothing happens
				if keys.Asking() {
					if _, err := keys.Press(press, level); err != nil {
						return
					}
				}
				time.Sleep(5 * time.Millisecond)
			}
		}()
		defer func() { stop(); <-pressed }()
		a, err := d.Ask(ctx, "t", time.Minute)
		if err != nil || a.Level != level {
			return fmt.Errorf("answer %+v for key %d: %w", a, level, err)
		}
		for keys.Asking() && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		return nil
	}
	s.Wait = func(ctx context.Context) error {
		_, err := d.Ask(ctx, "t", 5*time.Minute)
		return err
	}
	return s
}
