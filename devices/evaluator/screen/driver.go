// Package screen is the evaluator (评价器) that is a program: a second touch
// screen at the window, a process of its own (hallway with the role «evaluator»),
// which is a device of the counter like any other.
//
// What it supports: one screen at one counter, on the same machine. The counter
// listens on a socket in its data folder (on Windows, and where that folder's name
// is too long for a socket, at a free port of the loopback address) and writes
// beside it the file evaluator.door, readable by its own user only, with the
// address and a token of this start; the screen reads the file and calls. Then
// lines of JSON: the counter says what to show (welcome, ask with the time, thanks)
// and where the citizen is (evaluator.Desk); the screen says which key was pressed,
// and for which asking.
//
// Guarantees: whoever does not know the token is sent away, and so is a second
// screen; a key counts only for the asking that it was pressed for, and only
// while that is open; nothing pressed is level 0, never a default; a screen that
// has gone is absent at once, and one that comes back is shown everything anew.
// The level goes to the counter's program and is shown nowhere.
//
// How to connect: at the counter kind = "evaluator", model = "screen", port left
// out (or "unix:PATH", "tcp:127.0.0.1:PORT"); the screen's program has role =
// "evaluator" and, as evaluator.door, the file in the counter's data folder. Both
// run as the same user.
//
// Quirks: the counter sees the screen's program, not its glass: one that runs
// without a page is asked in vain, and the answer is level 0.
//
// Source: design §1 (the role), standards §6 (nobody sees which key was pressed);
// the conversation is of this program's own making.
package screen

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/evaluator"
	"hallway/devices/port"
)

// Options of a screen.
type Options struct {
	ID      string
	Address string // where to listen: unix:PATH, or tcp: with a loopback address
	Door    string // path of the door file
	Wrap    func(port.Opener) port.Opener
	Clock   func() time.Time
}

// Screen is the driver. It implements evaluator.Host.
type Screen struct {
	*driver.Base
	door   *door
	opener port.Opener
	line   *driver.Line
	asking *evaluator.Asking
	asked  atomic.Int64 // askings so far
	now    atomic.Int64 // the one that is open, 0 without

	write sync.Mutex // one message after the other
	mu    sync.Mutex
	desk  evaluator.Desk
}

var _ evaluator.Host = (*Screen)(nil)

// New makes a driver; Run opens the door.
func New(o Options) *Screen {
	s := &Screen{Base: driver.NewBase(o.ID, devices.KindEvaluator, "screen", o.Address, o.Clock),
		door: newDoor(o.Address, o.Door), asking: evaluator.NewAsking()}
	s.line, s.opener = driver.NewLine(s.Base), s.door
	if o.Wrap != nil {
		s.opener = o.Wrap(s.door)
	}
	for _, code := range []port.Code{port.Gone, port.HangUp, port.Closed} {
		s.NameFault(code, "screen_absent")
	}
	return s
}

// FromConfig makes the driver of one configured device. The option dir is the
// folder of the door file and, without a port, of the socket.
func FromConfig(c devices.Config) (devices.Device, error) {
	if err := driver.KnownOptions(c, "dir"); err != nil {
		return nil, err
	}
	dir := c.Options["dir"]
	if dir == "" {
		return nil, errors.New("option dir: the folder for " + DoorFile)
	}
	address := c.Port
	if address == "" {
		address = "unix:" + filepath.Join(dir, "evaluator.sock")
		if runtime.GOOS == "windows" || len(address) > longestPath {
			address = "tcp:127.0.0.1:0"
		}
	}
	if err := check(address); err != nil {
		return nil, &port.Error{Code: port.BadAddress, Port: address, Op: "parse", Err: err}
	}
	return New(Options{ID: c.ID, Address: address, Door: filepath.Join(dir, DoorFile), Wrap: c.Wrap}), nil
}

// check refuses where others could reach the counter.
func check(address string) error {
	if path, ok := strings.CutPrefix(address, "unix:"); ok && path != "" {
		return nil
	}
	host, _, err := net.SplitHostPort(strings.TrimPrefix(address, "tcp:"))
	if !strings.HasPrefix(address, "tcp:") || err != nil || !net.ParseIP(host).IsLoopback() {
		return errors.New("leave it out, or write unix:PATH, or tcp:127.0.0.1:PORT")
	}
	return nil
}

// Run keeps the door open until ctx ends.
func (s *Screen) Run(ctx context.Context) error {
	return errors.Join(s.Loop(ctx, s.opener, s.session), s.door.close())
}

// writeWithin: a screen that takes nothing for so long hangs.
const writeWithin = time.Second

// session talks with one screen until it leaves or ctx ends.
func (s *Screen) session(ctx context.Context, line port.Port) error {
	if err := line.SetWriteTimeout(writeWithin); err != nil {
		return err
	}
	release, err := s.begin(line)
	defer release()
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = line.Close() }) // wakes the read
	defer stop()
	s.Apply(driver.Change{State: devices.Ready, Caps: map[string]string{"shows": "desk"}})
	var lines Lines
	buf := make([]byte, 4096)
	for {
		n, err := line.Read(buf)
		for _, m := range lines.Feed(buf[:n]) {
			s.take(m)
		}
		if lines.Lost > 0 {
			s.Apply(driver.Change{Counters: map[string]int64{"bad_lines": int64(lines.Lost)}})
			lines.Lost = 0
		}
		if err != nil {
			return err
		}
	}
}

// begin shows everything anew before anything else is said.
func (s *Screen) begin(line port.Port) (release func(), err error) {
	s.write.Lock()
	defer s.write.Unlock()
	release = s.line.Hold(line)
	desk := s.shown()
	return release, write(line, Message{Desk: &desk}, Message{Show: ShowWelcome})
}

func (s *Screen) shown() evaluator.Desk {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.desk
}

// take gives a key to the asking that it was pressed for.
func (s *Screen) take(m Message) {
	if m.Level == 0 {
		return
	}
	s.Apply(driver.Change{Counters: map[string]int64{"keys": 1}})
	if m.Asking != 0 && m.Asking == s.now.Load() {
		s.asking.Key(m.Level)
	}
}

// send says one thing. A screen that takes half of it is sent away: it could not
// read what comes after.
func (s *Screen) send(m Message) error {
	s.write.Lock()
	defer s.write.Unlock()
	line, err := s.line.Use("write")
	if err != nil {
		return err
	}
	if err := write(line, m); err != nil {
		return errors.Join(err, line.Close())
	}
	return nil
}

// Host shows where the citizen is, now or as soon as there is a screen.
func (s *Screen) Host(desk evaluator.Desk) {
	s.mu.Lock()
	s.desk = desk
	s.mu.Unlock()
	s.write.Lock()
	defer s.write.Unlock()
	line := s.line.Port()
	if line == nil {
		return
	}
	latest := s.shown() // the newest, whoever writes it
	if err := write(line, Message{Desk: &latest}); err != nil {
		_ = line.Close() // the session says why
	}
}

// Welcome shows the idle picture.
func (s *Screen) Welcome(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.welcome()
}

func (s *Screen) welcome() error { return s.send(Message{Show: ShowWelcome}) }

// Ask asks and waits for a key until the time-out, then returns level 0. When
// the screen goes while it waits, the answer is level 0 with an error.
func (s *Screen) Ask(ctx context.Context, ref string, timeout time.Duration) (evaluator.Answer, error) {
	return s.asking.Ask(ctx, ref, timeout, evaluator.Screen{
		Port: s.door.address, Gone: s.line.Gone, Now: s.Now, Welcome: s.welcome,
		Ask: func() error {
			n := s.asked.Add(1)
			s.now.Store(n)
			return s.send(Message{Show: ShowAsk, Asking: n, Millis: timeout.Milliseconds()})
		},
		Thanks: func() error { return s.send(Message{Show: ShowThanks}) },
		Tell: func(state devices.State) {
			if state == devices.Ready { // the asking is over
				s.now.Store(0)
			}
			s.line.Tell(state)
		},
	})
}
