package sane

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"hallway/devices"
	"hallway/devices/capture"
	"hallway/devices/driver"
	"hallway/devices/port"
)

// Limits of one page that a scanner makes.
const (
	maxFile   = 128 << 20
	maxPixels = 64 << 20
)

// Capture scans the sheets of the feeder, or the one on the glass.
func (s *Scanner) Capture(ctx context.Context, w capture.Wish, take func(capture.Page) error) error {
	if !s.scanning.CompareAndSwap(false, true) {
		return &capture.Failure{Code: "port_busy", Err: errors.New("a scan is under way; wait for its end, or stop it")}
	}
	defer s.scanning.Store(false)
	select {
	case s.slot <- struct{}{}: // it may be looked at just now
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.slot }()
	s.mu.Lock()
	life, name, knows, able := s.life, s.name, s.knows, s.able
	s.mu.Unlock()
	if life == nil || able == (capture.Able{}) {
		return &capture.Failure{Code: "port_absent", Err: errors.New("the scanner was not found")}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(life, cancel)()
	s.Apply(driver.Change{State: devices.Busy, Cleared: s.codes("")})
	job := scan{Scanner: s, ctx: ctx, cancel: cancel, wish: w, take: take, feeder: w.Feeder && able.Feeder || !able.Glass}
	err := job.do(s.arguments(name, knows, job.feeder))
	change := driver.Change{State: devices.Ready, Counters: map[string]int64{"pages": int64(job.pages)}}
	var f *capture.Failure
	if errors.As(err, &f) {
		change.Faults = map[string]devices.Severity{f.Code: devices.SeverityOf(f.Code)}
		change.Detail = map[string]string{f.Code: f.Error()}
		change.Counters["failed"] = 1
		defer s.lookAgain() // it may be gone
	}
	s.Apply(change)
	return err
}

// arguments of one scan.
func (s *Scanner) arguments(name string, k settings, feeder bool) []string {
	args := []string{"-d", name, "--format=png", "-p", "--batch=%d.png", "--batch-print", "--batch-count=1"}
	if feeder {
		args[len(args)-1] = "--batch-count=" + strconv.Itoa(capture.MaxPages)
	}
	set := func(name, value string) {
		if value != "" && k[name] != "" {
			args = append(args, name, value)
		}
	}
	mode := s.o.Mode
	for _, m := range k.choices("--mode") {
		if s.o.Mode == "" && strings.EqualFold(m, "color") {
			mode = m
		}
	}
	set("--source", k.source(s.o, feeder)) // first: other options hang on it
	set("--mode", mode)
	set("--resolution", k.resolution(s.o.Resolution))
	set("-x", k.length("-x", s.o.Paper[0]))
	set("-y", k.length("-y", s.o.Paper[1]))
	return append(args, s.o.Extra...)
}

// scan is one run of the program.
type scan struct {
	*Scanner
	ctx    context.Context
	cancel context.CancelFunc
	wish   capture.Wish
	take   func(capture.Page) error
	feeder bool
	dir    string
	page   int   // that is being made
	pages  int   // that were taken
	bad    error // why it was ended here
	said   limited
}

// do runs the program; its pages are taken as they come.
func (j *scan) do(args []string) (err error) {
	j.dir, err = os.MkdirTemp(j.o.Dir, prefix+here+"-"+mine+"-*")
	if err != nil {
		return &capture.Failure{Code: "port_permission", Err: err}
	}
	defer func() {
		if left := os.RemoveAll(j.dir); left != nil && err == nil {
			err = &capture.Failure{Code: "port_permission", Err: left}
		}
	}()
	cmd := exec.CommandContext(j.ctx, j.o.Program, args...)
	cmd.Dir, cmd.Env = j.dir, j.environment()
	// Interrupted, it has the scanner let go of the sheet; the second time it is killed.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = j.o.Patience
	// Two goroutines write; both end before Run of the command does.
	var both sync.Mutex
	cmd.Stdout = &lines{line: func(l string) { both.Lock(); defer both.Unlock(); j.finished(l) }}
	cmd.Stderr = &lines{line: func(l string) { both.Lock(); defer both.Unlock(); j.told(l) }}
	err = cmd.Run()
	switch {
	case j.bad != nil:
		return j.bad
	case j.ctx.Err() != nil:
		return j.ctx.Err()
	case err != nil:
		exit, _ := errors.AsType[*exec.ExitError](err)
		switch {
		case exit != nil && exit.ExitCode() == exitCancelled:
			return context.Canceled
		case exit != nil && exit.ExitCode() == exitNoDocs && j.feeder && j.pages > 0:
			return nil
		}
		return failure(err, j.said.String())
	case j.pages == 0:
		return &capture.Failure{Code: "port_protocol", Err: errors.New("the scanner made no page")}
	}
	return nil
}

// told reads what the program says of its progress.
func (j *scan) told(line string) {
	if n, ok := strings.CutPrefix(line, "Scanning page "); ok {
		j.page, _ = strconv.Atoi(n) // 0 where it is no number
		j.progress(0)
		return
	}
	if n, ok := strings.CutPrefix(line, "Progress: "); ok {
		j.progress(int(leading(n)))
		return
	}
	fmt.Fprintln(&j.said, line) //nolint:errcheck // it is memory
}

func (j *scan) progress(percent int) {
	if j.wish.Progress != nil && j.page > 0 {
		j.wish.Progress(j.page, min(max(percent, 0), 100))
	}
}

// finished takes a page whose file is whole, and removes the file.
func (j *scan) finished(name string) {
	if j.bad != nil || j.ctx.Err() != nil {
		return
	}
	p, err := j.read(name)
	if err == nil {
		err = j.take(p)
	}
	if err != nil {
		j.bad = err
		j.cancel()
		return
	}
	j.pages++
}

// read makes a page of a file of the scan.
func (j *scan) read(name string) (capture.Page, error) {
	number, isPNG := strings.CutSuffix(name, ".png")
	if _, err := strconv.ParseUint(number, 10, 32); err != nil || !isPNG {
		return capture.Page{}, &capture.Failure{Code: "port_protocol", Err: errors.New("the program names a file that was not asked for")}
	}
	path := filepath.Join(j.dir, name)
	f, err := os.Open(path)
	if err != nil {
		return capture.Page{}, &capture.Failure{Code: "port_protocol", Err: err}
	}
	raw, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err = errors.Join(err, f.Close(), os.Remove(path)); err != nil {
		return capture.Page{}, &capture.Failure{Code: "port_protocol", Err: err}
	}
	c, err := png.DecodeConfig(bytes.NewReader(raw))
	if err == nil && c.Width*c.Height > maxPixels {
		err = fmt.Errorf("a page of %d×%d: choose a lower resolution", c.Width, c.Height)
	}
	if err != nil {
		return capture.Page{}, &capture.Failure{Code: "port_protocol", Err: err}
	}
	im, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		return capture.Page{}, &capture.Failure{Code: "port_protocol", Err: err}
	}
	return capture.Encode(im, paperOf(raw, c.Width, c.Height, j.o.Resolution), false)
}

// paperOf is how large a page is: by what the picture says of its pixels (pHYs), or
// else by the resolution that was asked for.
func paperOf(raw []byte, w, h, dpi int) [2]float64 {
	perMM := float64(dpi) / 25.4
	// a PNG: 8 bytes, then chunks of length, name, data, check
	for at := 8; at+8 <= len(raw); {
		n := int(binary.BigEndian.Uint32(raw[at:]))
		name := string(raw[at+4 : at+8])
		if name == "IDAT" || n < 0 || n > len(raw) {
			break
		}
		if data := at + 8; name == "pHYs" && n == 9 && data+9 <= len(raw) && raw[data+8] == 1 {
			if v := binary.BigEndian.Uint32(raw[data:]); v > 0 {
				perMM = float64(v) / 1000
			}
		}
		at += 12 + n
	}
	if perMM <= 0 {
		return [2]float64{}
	}
	return [2]float64{float64(w) / perMM, float64(h) / perMM}
}

// lines cuts what a program writes into lines. One that never ends is cut.
type lines struct {
	line func(string)
	rest []byte
}

const longest = 4096

func (l *lines) Write(p []byte) (int, error) {
	for _, b := range p {
		if b != '\n' && b != '\r' && len(l.rest) < longest {
			l.rest = append(l.rest, b)
			continue
		}
		if len(l.rest) > 0 {
			l.line(string(l.rest))
		}
		l.rest = l.rest[:0]
	}
	return len(p), nil
}

// prefix of the folders of scans. The number of their program follows, and what tells
// this program from an earlier one that had its number.
const prefix = "hallway-scan-"

var (
	here = strconv.Itoa(os.Getpid())
	mine = rand.Text()
)

// removeLeft removes the folders of programs that are no more.
func removeLeft(dir string) {
	left, _ := filepath.Glob(filepath.Join(dir, prefix+"*")) // the pattern is right
	for _, folder := range left {
		number, rest, _ := strings.Cut(strings.TrimPrefix(filepath.Base(folder), prefix), "-")
		owner, _, _ := strings.Cut(rest, "-")
		if pid, err := strconv.Atoi(number); err == nil && (!alive(pid) || number == here && owner != mine) {
			_ = os.RemoveAll(folder) // another user's stays: it is that user's
		}
	}
}

// errNoMemory: pages must not be written to a disk.
var errNoMemory = &port.Error{Code: port.Gone, Op: "look", Err: errors.New("no folder in memory: mount a tmpfs at /dev/shm, or set XDG_RUNTIME_DIR")}
