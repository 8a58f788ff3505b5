// Command demo runs a whole demo hall on this machine and shows where
// everything is. build/run calls it after building the programs.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"hallway/build/demo/stage"
)

type flags struct {
	dir, bin, hallFiles, clock, desktop, state string
	fresh                                      bool
	quick                                      bool
	idle, rate                                 int
}

func main() {
	var f flags
	flag.StringVar(&f.dir, "run", ".run/demo", "folder for databases, logs and slips")
	flag.StringVar(&f.bin, "bin", "bin", "folder with the programs")
	flag.StringVar(&f.hallFiles, "hall", "build/demo/hall", "folder with the hall's data")
	flag.StringVar(&f.clock, "clock", "", "start of the demo clock, RFC 3339; empty: next working morning; «real»: real time")
	flag.StringVar(&f.desktop, "desktop", "", "desktop program; when it appears and there is a display, the kiosk moves into its window")
	flag.StringVar(&f.state, "state", "", "also write addresses and passwords to this file, for tests")
	flag.BoolVar(&f.fresh, "fresh", false, "throw away the old demo hall first")
	flag.BoolVar(&f.quick, "quick", false, "short time-outs, for tests")
	flag.IntVar(&f.idle, "idle", 0, "seconds until the kiosk forgets a person, asking half-way; 0: its own")
	flag.IntVar(&f.rate, "rate", 0, "seconds that an evaluator waits for a key; 0: its own")
	flag.Parse()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := run(f, log); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(f flags, log *slog.Logger) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := stage.StopLeftovers(f.dir); err != nil {
		return err
	}
	if f.fresh {
		if err := os.RemoveAll(f.dir); err != nil {
			return err
		}
	}
	opt := stage.Options{
		Dir: f.dir, Bin: f.bin, HallFiles: f.hallFiles, Clock: clockStart(f.clock, time.Now()),
		Staff: []string{"1001", "1002", "9001", "9003", "2001", "2002", "3001", "4001", "4002", "4003", "4004", "4005"}, Timing: stage.DefaultTiming, Seed: 1, Screen: true, Camera: true, Log: log,
	}
	if f.quick {
		opt.Timing = stage.Timing{KioskIdle: 60, KioskWarn: 20, RateTimeout: 4, Deliver: 4}
	}
	if f.idle > 1 {
		opt.Timing.KioskIdle, opt.Timing.KioskWarn = f.idle, f.idle/2
	}
	if f.rate > 0 {
		opt.Timing.RateTimeout = f.rate
	}
	if _, err := exec.LookPath("scanimage"); err == nil {
		opt.Scanner = true
	}
	s, err := stage.New(opt)
	if err != nil {
		return err
	}
	defer s.Stop()
	if err := s.Start(ctx); err != nil {
		return err
	}
	show(s)
	if f.state != "" {
		if err := writeState(s, f.state); err != nil {
			return err
		}
	}
	go s.Mind(ctx)
	if f.desktop != "" {
		moveToDesktop(ctx, s, f.desktop, log)
	}
	<-ctx.Done()
	fmt.Println("\nStopping the hall …")
	return nil
}

// clockStart gives the demo clock's start: twenty past nine on a weekday, today's or the next,
// so that the hall is open whenever somebody tries it. The centre moves on to
// a working day by its calendar.
func clockStart(flag string, now time.Time) string {
	switch flag {
	case "real":
		return ""
	case "":
	default:
		return flag
	}
	zone := time.FixedZone("+08:00", 8*3600)
	t := now.In(zone)
	day := time.Date(t.Year(), t.Month(), t.Day(), 9, 20, 0, 0, zone)
	for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
		day = day.AddDate(0, 0, 1)
	}
	return day.Format(time.RFC3339)
}

func show(s *stage.Stage) {
	url := func(name string) string { return s.Program(name).URL() }
	fmt.Printf(`
  厅通 Hallway: the demo hall 示例市政务服务中心 is open.

  Kiosk 自助机            %s
  Counter 1 综窗一号       %s
  Counter 2 综窗二号       %s
  its evaluator 评价屏     %s
  Display 大屏            %s
  Sign-out station 签出    %s
  Sign-in station 签入     %s
  Booking 预约            %s/book
  Manager 大厅管理         %s/manager
  Device bench 设备台      %s
  Departments 部门         %s

  Sign in (made for this start):
`, url("kiosk-1"), url("counter-1"), url("counter-2"), url("evaluator-2"), url("display-1"), url("station-civil-1"), url("station-hall-1"),
		url("central"), url("central"), url("bench"), url("departments"))
	for _, who := range [][2]string{{"counter", "1001"}, {"counter", "1002"}, {"sign-out", "2001"}, {"courier", "2002"}, {"sign-in", "3001"}, {"manager", "9001"}, {"supervisor", "9003"}} {
		fmt.Printf("    %-9s staff %s   password %s\n", who[0], who[1], s.Passwords[who[1]])
	}
	fmt.Printf(`
  Try it: put a card on the reader (device bench), take a ticket at the kiosk,
  press «next» at a counter. Open a case for the person, let a department send
  a material and a paper, sign the paper out and in. Pull the printer's paper.
  Cut a line in the middle of anything.

  Logs and data: %s      Stop: Ctrl-C      Start over: build/run --fresh
`, s.Dir())
}

// state is what the tests read.
type state struct {
	Dir       string            `json:"dir"`
	URLs      map[string]string `json:"urls"`
	Passwords map[string]string `json:"passwords"`
}

func writeState(s *stage.Stage, file string) error {
	st := state{Dir: s.Dir(), URLs: map[string]string{}, Passwords: s.Passwords}
	for _, n := range s.Names() {
		st.URLs[n] = s.Program(n).URL()
	}
	raw, err := json.MarshalIndent(st, "", "  ")
	if err != nil {
		return err
	}
	tmp := file + ".tmp"
	if err := os.WriteFile(tmp, raw, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, file)
}

// moveToDesktop waits for the desktop build and then starts the kiosk in its
// window instead of the browser build.
func moveToDesktop(ctx context.Context, s *stage.Stage, bin string, log *slog.Logger) {
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		fmt.Println("  No display here: the kiosk stays in the browser build.")
		return
	}
	for {
		if _, err := exec.LookPath(bin); err == nil {
			break
		} else if !errors.Is(err, os.ErrNotExist) {
			log.Warn("desktop program", "err", err)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
	}
	if err := s.Program("kiosk-1").Kill(syscall.SIGTERM); err != nil {
		log.Warn("kiosk", "err", err)
	}
	s.SwapBinary("kiosk-1", bin, "--config", filepath.Join(s.Dir(), "kiosk-1.toml"))
	c, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := s.Program("kiosk-1").Start(c); err != nil {
		log.Error("the desktop window did not open", "err", err)
		return
	}
	fmt.Println("  The kiosk's window is open. (Alt-F4 does not close a kiosk; Ctrl-C here does.)")
}
