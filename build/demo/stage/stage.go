package stage

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Options of a demo hall.
type Options struct {
	Dir           string // everything is written here
	Bin           string // folder with hallway, hallway-central, hallway-devices
	HallFiles     string // the hall's data
	Clock         string // RFC 3339 start of the demo clock; empty = real time
	Staff         []string
	Timing        Timing
	Seed          int64
	PaperSpeed    int  // mm/s of the simulated printer; 0 = its own, as a real one
	SerialPrinter bool // on a line of 115,200 baud instead of TCP
	// Database of the centre; empty: SQLite in Dir. Second starts another centre
	// over it, and a balancer before both.
	Database string
	Second   bool
	// Ways: somebody else stands between terminals and centre. Each terminal looks
	// for it at its port of Stage.Ways, not at its line of the bench.
	Ways bool
	// Screen: the evaluator of counter 2 is a program with a page of its own, in
	// place of a simulator on the bench.
	Screen bool
	// Camera: counter 1 and the kiosk have a document camera.
	Camera bool
	// Scanner: counter 2 has a sheet scanner, SANE's own simulator of one
	// (sane-utils), with ten sheets in its feeder each time.
	Scanner bool
	Log     *slog.Logger
}

// Stage is a running demo hall.
type Stage struct {
	opt       Options
	dir       string
	ports     Ports
	held      *os.File // keeps other halls out of the range of the ports, as long as the stage lives
	programs  map[string]*Program
	order     []string
	Passwords map[string]string // staff → password of this start
	front     *balancer
}

// New prepares the folder and the configuration of a hall. Nothing runs yet.
func New(opt Options) (*Stage, error) {
	dir, err := filepath.Abs(opt.Dir)
	if err != nil {
		return nil, err
	}
	if opt.Timing == (Timing{}) {
		opt.Timing = DefaultTiming
	}
	if opt.HallFiles, err = filepath.Abs(opt.HallFiles); err != nil {
		return nil, err
	}
	if opt.Bin, err = filepath.Abs(opt.Bin); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	s := &Stage{opt: opt, dir: dir, programs: map[string]*Program{}, Passwords: map[string]string{}}
	if s.ports, s.held, err = loadPorts(dir); err != nil {
		return nil, err
	}
	if err := s.writeConfigs(); err != nil {
		return nil, err
	}
	s.add("central", filepath.Join(opt.Bin, "hallway-central"), "--config", filepath.Join(dir, "central.toml"))
	if opt.Second {
		s.add("central-2", filepath.Join(opt.Bin, "hallway-central"), "--config", filepath.Join(dir, "central-2.toml"))
	}
	s.add("departments", filepath.Join(opt.Bin, "hallway-central"), "departments", "--config", filepath.Join(dir, "departments.toml"))
	s.add("bench", filepath.Join(opt.Bin, "hallway-devices"), "--config", filepath.Join(dir, "devices.toml"))
	for _, t := range Terminals {
		p := s.add(t.ID, filepath.Join(opt.Bin, "hallway"), "--config", filepath.Join(dir, t.ID+".toml"), "--browser")
		if opt.Scanner && t.ID == feeding {
			p.env = []string{"SANE_CONFIG_DIR=" + filepath.Join(dir, "sane")}
		}
	}
	if opt.Screen {
		s.add(screenID, filepath.Join(opt.Bin, "hallway"), "--config", filepath.Join(dir, screenID+".toml"), "--browser")
	}
	return s, nil
}

func (s *Stage) add(name string, args ...string) *Program {
	p := newProgram(s.dir, name, args...)
	s.programs[name] = p
	s.order = append(s.order, name)
	return p
}

// AddTerminal adds one with a configuration of its own. It is started by whoever
// adds it, and ends with the others.
func (s *Stage) AddTerminal(name, config string) *Program {
	return s.add(name, filepath.Join(s.opt.Bin, "hallway"), "--config", config, "--browser")
}

// Names of the programs, in starting order.
func (s *Stage) Names() []string { return s.order }

// Program by name: central, central-2 when there is one, departments, bench, and
// each of Terminals, evaluator-2 where the stage has a screen.
func (s *Stage) Program(name string) *Program { return s.programs[name] }

// DSN of the centre's database.
func (s *Stage) DSN() string {
	if s.opt.Database != "" {
		return s.opt.Database
	}
	return "sqlite:" + filepath.Join(s.dir, "central", "hallway.db")
}

// Front is the address of the centre, or of the balancer before both.
func (s *Stage) Front() string {
	port := s.ports.Central
	if s.opt.Second {
		port = s.ports.Front
	}
	return fmt.Sprintf("http://127.0.0.1:%d", port)
}

// Ways are the ports where the terminals look for the centre, with Options.Ways.
func (s *Stage) Ways() map[string]int { return s.ports.Ways }

// Dir where everything is written.
func (s *Stage) Dir() string { return s.dir }

// Start starts every program in order and makes the passwords of this start.
func (s *Stage) Start(ctx context.Context) error {
	if err := s.setPasswords(ctx); err != nil {
		return err
	}
	if s.opt.Second && s.front == nil {
		var err error
		if s.front, err = startBalancer(s.ports.Front, s.ports.Central, s.ports.Second); err != nil {
			return err
		}
	}
	for _, name := range s.order {
		c, cancel := context.WithTimeout(ctx, 60*time.Second)
		err := s.programs[name].Start(c)
		cancel()
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Stage) setPasswords(ctx context.Context) error {
	for _, id := range s.opt.Staff {
		// Three classes of characters, as the password rule asks (requirements B-35).
		pw := strings.ToLower(rand.Text()[:5]) + "-" + rand.Text()[:4] + "7"
		cmd := exec.CommandContext(ctx, s.programs["central"].args[0], "passwd",
			"--config", filepath.Join(s.dir, "central.toml"), "--staff", id)
		cmd.Stdin = strings.NewReader(pw + "\n")
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("set the password of %s: %w: %s", id, err, out.String())
		}
		s.Passwords[id] = pw
	}
	return nil
}

// Mind starts programs again that ended by themselves, until ctx is done.
func (s *Stage) Mind(ctx context.Context) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, name := range s.order {
			p := s.programs[name]
			if !p.ended() {
				continue
			}
			s.opt.Log.Warn("program ended, starting it again", "program", name, "log", p.logs)
			c, cancel := context.WithTimeout(ctx, 30*time.Second)
			if err := p.Start(c); err != nil {
				s.opt.Log.Error("could not start it again", "program", name, "err", err)
			}
			cancel()
		}
	}
}

// SwapBinary makes the next start of a program use other arguments (the
// desktop build in place of the browser build).
func (s *Stage) SwapBinary(name string, args ...string) {
	p := s.programs[name]
	p.mu.Lock()
	p.args = args
	p.mu.Unlock()
}

// Stop ends all programs, the last started first.
func (s *Stage) Stop() {
	for i := len(s.order) - 1; i >= 0; i-- {
		if err := s.programs[s.order[i]].Kill(syscall.SIGTERM); err != nil {
			s.opt.Log.Warn("stop", "program", s.order[i], "err", err)
		}
	}
	if s.front != nil {
		if err := s.front.Close(); err != nil {
			s.opt.Log.Warn("stop", "program", "balancer", "err", err)
		}
		s.front = nil
	}
}
