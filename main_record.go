package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"hallway/app/terminal"
	"hallway/devices"
	"hallway/devices/port"
)

// recording is «hallway devices record»: one configured device is run for a
// while, and every byte between it and its driver goes into a transcript, which
// an address «replay:FILE» plays. The terminal must not run meanwhile: a device
// has one program.
type recording struct {
	to       string
	limit    time.Duration
	personal bool
}

func (r recording) run(ctx context.Context, stdout io.Writer, config terminal.Config, id string) (err error) {
	c, err := r.device(config, id)
	if err != nil {
		return err
	}
	kept := &counted{}
	c.Wrap = func(o port.Opener) port.Opener { return port.Record(o, kept) }
	factory, ok := factories(config)[string(c.Kind)+"/"+c.Model]
	if !ok {
		return fmt.Errorf("device %s: no driver %s/%s", id, c.Kind, c.Model)
	}
	d, err := factory(c)
	if err != nil {
		return fmt.Errorf("device %s: %w", id, err)
	}
	f, err := os.OpenFile(r.to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("transcript: %w; name a file that is not there yet, in a folder that is", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	kept.w = f // nothing comes before it runs
	ctx, cancel := context.WithTimeout(ctx, r.limit)
	defer cancel()
	stop := d.Watch(func(s devices.Status) {
		fmt.Fprintf(stdout, "%s is %s%s\n", s.ID, s.State, faultsOf(s))
	})
	defer stop()
	_ = d.Run(ctx) // it ends with its context
	if kept.err != nil {
		return fmt.Errorf("transcript: %w", kept.err)
	}
	_, err = fmt.Fprintf(stdout, "%d transfers in %s\n", kept.lines, r.to)
	return err
}

// device is the configuration of the device to record.
func (r recording) device(config terminal.Config, id string) (devices.Config, error) {
	if r.to == "" {
		return devices.Config{}, errors.New("where to? --to FILE")
	}
	for _, c := range deviceConfigs(config) {
		if c.ID != id {
			continue
		}
		if c.Kind == devices.KindIDCard && !r.personal {
			return c, errors.New("the transcript of a card reader holds what is on the cards; use cards made for tests, and --with-personal-data")
		}
		if c.Port == "" {
			return c, fmt.Errorf("device %s has no line to listen to", id)
		}
		return c, nil
	}
	return devices.Config{}, fmt.Errorf("no device %q in the configuration; «hallway devices» lists them", id)
}

func faultsOf(s devices.Status) string {
	text := ""
	for _, f := range s.Faults {
		text += ", " + f.Code
	}
	return text
}

// counted counts the lines of a transcript and keeps the first error.
type counted struct {
	w     io.Writer
	lines int
	err   error
}

// Write gets one line at a time (port.Record), from one goroutine at a time.
func (c *counted) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.lines++
	if c.err == nil {
		c.err = err
	}
	return n, err
}
