package printfaults

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"hallway/app/print"
	"hallway/app/store"
	"hallway/app/terminal"
	"hallway/devices"
	"hallway/devices/port"
	"hallway/devices/printer/escpos"
	"hallway/frontend"
	wire "hallway/sync"
)

// What the parent tells the child by its environment.
const (
	envDir     = "HALLWAY_PRINTFAULTS_DIR"
	envPrinter = "HALLWAY_PRINTFAULTS_PRINTER"
	envProfile = "HALLWAY_PRINTFAULTS_PROFILE"
)

// ChildIfAsked is the kiosk, when the parent started this program as one.
func ChildIfAsked() bool {
	dir := os.Getenv(envDir)
	if dir == "" {
		return false
	}
	if err := child(dir, os.Getenv(envPrinter), os.Getenv(envProfile), os.Stdin, os.Stdout); err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	return true
}

// noLine is a line to the centre that is down.
type noLine struct{}

func (noLine) Online() (bool, time.Time)  { return false, time.Time{} }
func (noLine) Problem() *wire.Problem     { return nil }
func (noLine) Recovering() bool           { return false }
func (noLine) Watch(func()) (stop func()) { return func() {} }

// child is the kiosk until its input ends. For «wait» it says «ready» when a
// number can be taken; for «take» it takes one and says «done» when the slip's
// end is on the page, or «refused» and why; for «rest» it says «rested» when nothing
// of before its start waits any more. Whatever the page says of a number it
// says too: «told CODE NUMBER».
func child(dir, address, profile string, in io.Reader, out io.Writer) (err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	st, err := store.Open(ctx, storeOptions(dir))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	devs := terminal.NewDevices(slog.New(slog.DiscardHandler), devices.Factories{"printer/escpos": quickPrinter},
		[]devices.Config{{ID: "printer", Kind: devices.KindPrinter, Model: "escpos", Port: address, Options: map[string]string{"profile": profile}}})
	k := terminal.NewKiosk(terminal.Deps{Config: terminal.Config{Role: terminal.RoleKiosk, Terminal: terminalID, Locale: "zh-Hans",
		Kiosk: terminal.KioskConfig{IdleSeconds: 600, WarnSeconds: 30}}, Store: st, Uplink: noLine{}, Devices: devs, Texts: frontend.Format,
		Tick: 20 * time.Millisecond}, print.Ticket)
	var work sync.WaitGroup
	work.Go(func() { devs.Run(ctx) })
	work.Go(func() { err = errors.Join(err, k.Run(ctx)) })
	p := &page{k: k, out: out, told: map[string]bool{}}
	work.Go(func() { p.watch(ctx) })
	for len(k.View().Groups) == 0 { // the page is not there yet
		if err := port.Sleep(ctx, time.Millisecond); err != nil {
			return err
		}
	}
	p.look() // what happened before the start is said first
	fmt.Fprintln(out, "up")
	for lines := bufio.NewScanner(in); lines.Scan(); {
		switch lines.Text() {
		case "wait":
			fmt.Fprintln(out, p.ready(ctx))
		case "take":
			fmt.Fprintln(out, p.take(ctx))
		case "rest":
			fmt.Fprintln(out, p.rest(ctx, st))
		}
	}
	cancel()
	work.Wait()
	return err
}

// quickPrinter is the driver with short patience, so that ten thousand faults
// can be gone through.
func quickPrinter(c devices.Config) (devices.Device, error) {
	opener, err := port.Parse(c.Port)
	if err != nil {
		return nil, err
	}
	profile, err := escpos.ProfileNamed(c.Options["profile"])
	if err != nil {
		return nil, err
	}
	return escpos.New(opener, escpos.Options{ID: c.ID, Profile: profile, Timeout: 2 * time.Second, Grace: 150 * time.Millisecond,
		Answer: 400 * time.Millisecond, Poll: 100 * time.Millisecond}), nil
}

// page is what a person sees on the kiosk.
type page struct {
	k    *terminal.Kiosk
	out  io.Writer
	mu   sync.Mutex
	told map[string]bool
}

// watch says what the page says of a number.
func (p *page) watch(ctx context.Context) {
	for ctx.Err() == nil {
		p.look()
		_ = port.Sleep(ctx, 2*time.Millisecond)
	}
}

func (p *page) look() *terminal.KioskSession {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.k.View().Session
	if s != nil && s.Notice != nil && s.Ticket != nil {
		if line := "told " + s.Notice.Code + " " + s.Ticket.Number; !p.told[line] {
			p.told[line] = true
			fmt.Fprintln(p.out, line)
		}
	}
	return s
}

// ready waits until the page is free and would let a number be taken.
func (p *page) ready(ctx context.Context) string {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); _ = port.Sleep(ctx, 2*time.Millisecond) {
		s := p.look()
		switch {
		case s != nil && s.Phase == "printing": // a slip of before the restart
		case s != nil:
			_ = p.k.End(ctx) // looked at again
		case p.k.View().Issue.Allowed:
			return "ready"
		}
	}
	v := p.k.View()
	return fmt.Sprintf("stuck: %+v %+v %+v", v.Issue.Why, v.Devices, v.Session)
}

// rest waits until the slips of before a restart are out, or told of.
func (p *page) rest(ctx context.Context, st *store.Store) string {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); _ = port.Sleep(ctx, 2*time.Millisecond) {
		p.look()
		switch open, err := st.OpenJobs(ctx); {
		case err != nil:
			return fmt.Sprint("stuck: ", err)
		case len(open) == 0:
			return "rested"
		}
	}
	return "stuck: a slip of before the restart neither comes out nor is given up"
}

// take takes a number as a person does. Where the printer's trouble comes before
// the number, none is taken.
func (p *page) take(ctx context.Context) string {
	if err := p.k.Take(ctx, terminal.TakeRequest{Group: group}); err != nil {
		return fmt.Sprintf("refused %v", err)
	}
	for ctx.Err() == nil {
		if s := p.look(); s != nil && s.Phase == "ticket" && s.Ticket != nil {
			return fmt.Sprint("done ", s.Ticket.Number, " ", s.Ticket.Slip)
		}
		_ = port.Sleep(ctx, time.Millisecond)
	}
	return "refused: the end"
}
