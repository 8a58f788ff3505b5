package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hallway/app/terminal"
	"hallway/devices"
	"hallway/devices/printer/escpos"
	"hallway/frontend"
)

// setup is «hallway devices setup»: a ticket printer prints a slip, an installer who
// looks at it answers, and what was found out becomes the file of its profile. The
// terminal must not run meanwhile: a device has one program.
type setup struct {
	lines  <-chan string // what the installer types
	out    io.Writer
	locale string
	to     string // the file; "" is one by the device's name, here
}

func (s setup) run(ctx context.Context, config terminal.Config, id string) error {
	c, err := printerOf(config, id)
	if err != nil {
		return err
	}
	file := s.to
	if file == "" {
		file = id + ".profile.toml"
	}
	if file, err = filepath.Abs(file); err != nil {
		return fmt.Errorf("file of the profile: %w", err)
	}
	fmt.Fprintln(s.out, s.text("setup.printer.look"))
	l, err := escpos.SetUp(ctx, c, s.ask)
	if err != nil {
		return fmt.Errorf("device %s: %w", id, err)
	}
	text, err := l.TOML()
	if err != nil {
		return err
	}
	if err := replaceFile(file, text); err != nil {
		return fmt.Errorf("file of the profile: %w; name one in a folder that is there, with --to FILE", err)
	}
	_, err = fmt.Fprintf(s.out, "%s\n\n  profile = %q\n", s.text("setup.printer.done"), file)
	return err
}

// printerOf is the configuration of a ticket printer.
func printerOf(config terminal.Config, id string) (devices.Config, error) {
	for _, c := range deviceConfigs(config) {
		if c.ID != id {
			continue
		}
		if c.Kind != devices.KindPrinter || c.Model != "escpos" {
			return c, fmt.Errorf("device %s is no ticket printer (printer/escpos): there is nothing to set up", id)
		}
		return c, nil
	}
	return devices.Config{}, fmt.Errorf("no device %q in the configuration; «hallway devices» lists them", id)
}

// ask asks until one of the answers is typed.
func (s setup) ask(ctx context.Context, q escpos.Question) (string, error) {
	for {
		fmt.Fprintf(s.out, "%s [%s] ", strings.ReplaceAll(s.text("setup.printer."+q.Code), "{sample}", q.Sample), strings.Join(q.Answers, "/"))
		select {
		case said, ok := <-s.lines:
			if !ok {
				return "", errors.New("nobody answers; start the set-up again, nothing was written")
			}
			if said = strings.ToLower(strings.TrimSpace(said)); slices.Contains(q.Answers, said) {
				return said, nil
			}
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

func (s setup) text(key string) string { return frontend.Catalogue(s.locale)[key] }

// replaceFile writes a file whole or not at all.
func replaceFile(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".profile-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
