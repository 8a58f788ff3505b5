package printfaults

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"hallway/devices/port"
	"hallway/devices/printer/escpos/escpossim"
)

// Options of Run.
type Options struct {
	Dir  string // made when absent; a folder for each round
	Jobs int
	Seed uint64
	Out  io.Writer // progress; nil tells nothing
}

// Report is what happened.
type Report struct {
	Jobs     int
	Faults   map[string]int // that met a job
	Missed   int            // faults that came after the job's end
	Refused  int            // jobs of which the printer's trouble came before the number
	Kills    int
	Outcomes map[string]int // of numbers, as the store has them
	Untold   int            // unsure numbers that the page had no time to tell of: it was killed again, or somebody else was there
	Slips    int            // pieces of paper
	Took     time.Duration
}

// perRound jobs are taken at one kiosk; then the next one, with the next seed,
// takes over.
const perRound = 100

// models of printers: one that confirms, one that cannot.
var models = []struct {
	profile string
	sim     escpossim.Options
}{
	{"epson80", escpossim.Options{Confirms: true, Clears: true, NativeQR: true}},
	{"generic80", escpossim.Options{Clears: true, NativeQR: true}},
}

// Run plays the rounds, and says what was wrong.
func Run(ctx context.Context, o Options) (Report, error) {
	rep := Report{Faults: map[string]int{}, Outcomes: map[string]int{}}
	start := time.Now()
	for seed := o.Seed; rep.Jobs < o.Jobs; seed++ {
		n := min(perRound, o.Jobs-rep.Jobs)
		dir := filepath.Join(o.Dir, fmt.Sprint("round-", seed))
		err := os.MkdirAll(dir, 0o700)
		if err == nil {
			err = round(ctx, dir, seed, n, &rep)
		}
		if err != nil {
			return rep, fmt.Errorf("seed %d, %d jobs: %w", seed, n, err)
		}
		if o.Out != nil {
			fmt.Fprintf(o.Out, "seed %d: %d jobs, %d kills, all well; %v since the start\n", seed, rep.Jobs, rep.Kills, time.Since(start).Round(time.Second))
		}
	}
	rep.Took = time.Since(start)
	return rep, nil
}

// fault is what happens to one job. All of it is drawn before the job begins.
type fault struct {
	what  string
	after int           // bytes
	wait  time.Duration // of a kill that no byte sets off; and until a printer's trouble is seen to
	drop  bool          // what the printer had not got by then does not arrive
	mend  bool          // seen to while the job still waits, not after it
}

var kinds = []string{"none", "cut", "paper", "cover", "cutter", "power", "kill at a byte", "kill at a moment", "cut and kill", "paper and kill"}

func draw(rnd *rand.Rand) fault {
	return fault{what: kinds[rnd.IntN(len(kinds))], after: rnd.IntN(640), wait: time.Duration(rnd.IntN(120_000)) * time.Microsecond,
		drop: rnd.IntN(2) == 0, mend: rnd.IntN(2) == 0}
}

func (f fault) String() string {
	return fmt.Sprintf("%s after %d bytes, %v, drop %v, mend %v", f.what, f.after, f.wait, f.drop, f.mend)
}

// game is one round.
type game struct {
	dir     string
	profile string
	press   *press
	kiosk   *kiosk
	told    map[string]bool // «CODE NUMBER»
	trace   []string
	rep     *Report
}

func round(ctx context.Context, dir string, seed uint64, jobs int, rep *Report) (err error) {
	model := models[seed%uint64(len(models))]
	rnd := rand.New(rand.NewPCG(seed, 20261122))
	if err := furnish(ctx, dir, jobs+20); err != nil {
		return err
	}
	model.sim.Speed = 600 + rnd.IntN(3000) // mm/s: a slip in a tenth of a second
	model.sim.KeepSlips = 1
	g := &game{dir: dir, profile: model.profile, told: map[string]bool{}, rep: rep}
	if g.press, err = newPress(model.sim); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() { _ = g.press.sim.Run(ctx) })
	defer func() {
		if g.kiosk != nil {
			g.kiosk.kill()
		}
		err = errors.Join(err, g.press.cable.Close())
		cancel()
		work.Wait()
		if err != nil {
			err = fmt.Errorf("%w\nwhat happened, in order:\n  %s", err, strings.Join(g.trace, "\n  "))
		}
	}()
	for range jobs {
		if err := g.job(ctx, draw(rnd)); err != nil {
			return err
		}
		rep.Jobs++
	}
	if err := g.job(ctx, fault{what: "none"}); err != nil { // what hangs out is cut off
		return err
	}
	fmt.Fprintln(g.kiosk.in, "rest")
	if line, ok := g.kiosk.answer(ctx, "rested"); !ok {
		return fmt.Errorf("the kiosk does not come to rest: %q", line)
	}
	if err := g.idle(ctx); err != nil {
		return err
	}
	if err := g.kiosk.stop(); err != nil {
		return err
	}
	g.hear(g.kiosk)
	g.kiosk = nil
	return g.check(ctx)
}

// job lets one number be taken while the fault happens, and puts all right.
func (g *game) job(ctx context.Context, f fault) error {
	if g.kiosk == nil {
		k, err := start(ctx, g.dir, g.press.cable.Address(), g.profile)
		if err != nil {
			return err
		}
		g.kiosk = k
		if line, ok := k.answer(ctx, "up"); !ok {
			return fmt.Errorf("the kiosk does not start: %q", line)
		}
	}
	k := g.kiosk
	fmt.Fprintln(k.in, "wait")
	if line, ok := k.answer(ctx, "ready"); !ok {
		return fmt.Errorf("the kiosk does not get ready: %q", line)
	}
	killed := g.set(ctx, f, k)
	fmt.Fprintln(k.in, "take") // one that is dead already does not hear
	line, alive := k.answer(ctx, "done", "refused")
	unused := g.press.disarm()
	killed.Wait()
	if alive && strings.Contains(f.what, "kill") && !k.alive() {
		alive = false
	}
	g.trace = append(g.trace, fmt.Sprintf("%s → %q", f, line))
	g.count(f, unused)
	if err := g.press.repair(); err != nil {
		return err
	}
	g.hear(k)
	if !alive {
		k.kill()
		g.hear(k)
		g.kiosk = nil
		g.rep.Kills++
		if !strings.Contains(f.what, "kill") {
			return fmt.Errorf("the kiosk ended by itself: %s", line)
		}
		return nil
	}
	if strings.HasPrefix(line, "refused") {
		g.rep.Refused++
	}
	return nil
}

func (g *game) count(f fault, unused bool) {
	if unused && f.what != "kill at a moment" && f.what != "none" {
		g.rep.Missed++
		return
	}
	g.rep.Faults[f.what]++
}

// set prepares a fault; the wait group ends when all that was begun has ended.
func (g *game) set(ctx context.Context, f fault, k *kiosk) *sync.WaitGroup {
	var wg sync.WaitGroup
	kill := func() {
		_ = port.Sleep(ctx, f.wait)
		k.kill()
	}
	body := func(change func(*escpossim.Body, bool)) func() {
		return func() {
			g.press.sim.SetBody(func(b *escpossim.Body) { change(b, true) })
			if f.mend {
				_ = port.Sleep(ctx, f.wait)
				g.press.sim.SetBody(func(b *escpossim.Body) { change(b, false) })
			}
		}
	}
	paper := body(func(b *escpossim.Body, on bool) { b.PaperEnd = on })
	pull := func() {
		_ = g.press.cable.Unplug()
		if f.mend {
			_ = port.Sleep(ctx, f.wait)
			_ = g.press.cable.Plug() // told by repair, if it does not work
		}
	}
	switch f.what {
	case "cut":
		g.press.arm(f.after, true, pull)
	case "paper":
		g.press.arm(f.after, false, paper)
	case "cover":
		g.press.arm(f.after, false, body(func(b *escpossim.Body, on bool) { b.CoverOpen = on }))
	case "cutter":
		g.press.arm(f.after, false, body(func(b *escpossim.Body, on bool) { b.CutterError = on }))
	case "power":
		g.press.arm(f.after, true, func() { g.press.sim.PowerCycle(); pull() })
	case "kill at a byte":
		g.press.arm(f.after, f.drop, k.kill)
	case "kill at a moment":
		wg.Go(kill)
	case "cut and kill":
		g.press.arm(f.after, true, func() { _ = g.press.cable.Unplug(); kill() })
	case "paper and kill":
		g.press.arm(f.after, false, func() { paper(); kill() })
	}
	return &wg
}

// idle waits until nothing moves at the printer.
func (g *game) idle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for !g.press.sim.Idle() {
		if err := port.Sleep(ctx, time.Millisecond); err != nil {
			return fmt.Errorf("the printer does not come to rest: %w", err)
		}
	}
	return nil
}

// hear takes in what the kiosk's page has said so far.
func (g *game) hear(k *kiosk) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, t := range k.told {
		g.told[t] = true
		g.trace = append(g.trace, "  the page says "+t)
	}
	k.told = nil
}

// kiosk is the child process.
type kiosk struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan string // closed at its end
	ended chan struct{}
	err   error

	mu   sync.Mutex
	told []string
}

func start(ctx context.Context, dir, printer, profile string) (*kiosk, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	k := &kiosk{cmd: exec.CommandContext(ctx, self), lines: make(chan string, 16), ended: make(chan struct{})}
	k.cmd.Env = append(os.Environ(), envDir+"="+dir, envPrinter+"="+printer, envProfile+"="+profile)
	k.cmd.Stderr = os.Stderr
	if k.in, err = k.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := k.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := k.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(k.ended)
		for r := bufio.NewReader(out); ; {
			line, err := r.ReadString('\n')
			if err != nil {
				break // half a line is not said
			}
			if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "told "); ok {
				k.mu.Lock()
				k.told = append(k.told, rest)
				k.mu.Unlock()
				continue
			}
			k.lines <- strings.TrimSpace(line)
		}
		close(k.lines)
		k.err = k.cmd.Wait()
	}()
	return k, nil
}

// answer is the next thing that the kiosk says; not ok when it has ended, or
// said something else.
func (k *kiosk) answer(ctx context.Context, begins ...string) (string, bool) {
	select {
	case line, ok := <-k.lines:
		for _, b := range begins {
			if ok && strings.HasPrefix(line, b) {
				return line, true
			}
		}
		return line, false
	case <-ctx.Done():
		return ctx.Err().Error(), false
	case <-time.After(2 * time.Minute):
		return "nothing for two minutes", false
	}
}

func (k *kiosk) alive() bool {
	select {
	case <-k.ended:
		return false
	default:
		return true
	}
}

// kill ends the process as the kernel does, and waits until it is gone.
func (k *kiosk) kill() {
	_ = k.cmd.Process.Kill() // gone already is as good
	<-k.ended
}

// stop lets it end by itself.
func (k *kiosk) stop() error {
	if err := k.in.Close(); err != nil {
		return err
	}
	<-k.ended
	return k.err
}
