// Command run fuzzes each parser of the program: see package fuzz. It goes on
// where it was stopped.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"hallway/build/fuzz"
)

// options are what the command line says.
type options struct {
	inputs, jobs int
	guided       time.Duration
	only, dir    string
	anew         bool
}

func main() {
	var o options
	flag.IntVar(&o.inputs, "inputs", 10_000_000, "of each parser")
	flag.IntVar(&o.jobs, "jobs", runtime.NumCPU(), "parsers at the same time")
	flag.DurationVar(&o.guided, "guided", 20*time.Second, "how long go test -fuzz looks for inputs before the loop; 0: not at all")
	flag.StringVar(&o.only, "only", "", "those whose package and name hold this")
	flag.StringVar(&o.dir, "dir", "build/out/fuzz", "what is kept")
	flag.BoolVar(&o.anew, "anew", false, "forget what was done before")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// target is one fuzz function.
type target struct{ pkg, name string }

func (t target) String() string { return t.pkg + " " + t.name }

// run fuzzes all targets, and tells of each.
func run(ctx context.Context, o options) error {
	targets, err := find(o.only)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		return fmt.Errorf("no parser's package and name hold %q", o.only)
	}
	dir, err := filepath.Abs(o.dir)
	if err != nil {
		return err
	}
	o.dir = dir
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var mu sync.Mutex
	var slow time.Duration
	failed := 0
	each(o.jobs, targets, func(t target) {
		if ctx.Err() != nil {
			return
		}
		line, took, err := one(ctx, o, t)
		mu.Lock()
		defer mu.Unlock()
		slow += took
		switch {
		case err == nil:
		case ctx.Err() != nil:
			line = "stopped; it goes on here next time"
		default:
			failed++
			line = "FAILED: " + err.Error()
		}
		fmt.Printf("%-52s %s\n", t, line)
	})
	fmt.Printf("ten million inputs for each of these %d, on %d cores: about %s\n", len(targets), o.jobs, (slow / time.Duration(o.jobs)).Round(time.Minute))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if failed > 0 {
		return errors.New("a parser failed: the input is kept in its package under testdata/fuzz; mend the parser and keep the file as its test")
	}
	return nil
}

// each calls f for every target, some at the same time.
func each(jobs int, targets []target, f func(target)) {
	next := make(chan target)
	var work sync.WaitGroup
	for range jobs {
		work.Go(func() {
			for t := range next {
				f(t)
			}
		})
	}
	for _, t := range targets {
		next <- t
	}
	close(next)
	work.Wait()
}

var fuzzFunc = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(f \*testing\.F\)`)

// find lists the fuzz functions below the working folder.
func find(only string) (all []target, err error) {
	for _, root := range []string{"app", "devices", "frontend", "sync", "build"} {
		err = errors.Join(err, filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && d.Name() == "node_modules":
				return filepath.SkipDir
			case !strings.HasSuffix(path, "_test.go"):
				return nil
			}
			raw, err := os.ReadFile(path)
			for _, m := range fuzzFunc.FindAllSubmatch(raw, -1) {
				t := target{filepath.ToSlash(filepath.Dir(path)), string(m[1])}
				if strings.Contains(t.String(), only) {
					all = append(all, t)
				}
			}
			return err
		}))
	}
	slices.SortFunc(all, func(a, b target) int { return strings.Compare(a.String(), b.String()) })
	return all, err
}

// one fuzzes one target until it had its inputs, and tells how it went, and how
// long ten million inputs take at the rate of the loop.
func one(ctx context.Context, o options, t target) (line string, slow time.Duration, err error) {
	file := filepath.Join(o.dir, strings.NewReplacer("/", "-", " ", "-").Replace(t.String()))
	state := file + ".json"
	if o.anew {
		if err := os.Remove(state); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", 0, err
		}
	}
	p, err := fuzz.Load(state)
	if err != nil {
		return "", 0, err
	}
	before := p.Inputs
	if p.Commit == "" {
		p.Commit = commit(ctx)
	}
	if p.Guided == 0 && p.Inputs < o.inputs && o.guided > 0 {
		n, took, err := guide(ctx, o, t, file+".log")
		if err != nil {
			return "", 0, err
		}
		p.Guided, p.Inputs, p.Took = n, p.Inputs+n, p.Took+took
	}
	if err := p.Save(state); err != nil {
		return "", 0, err
	}
	from := p
	if p.Inputs < o.inputs {
		if err := loop(ctx, o, t, file, state); err != nil {
			return "", 0, err
		}
		if p, err = fuzz.Load(state); err != nil {
			return "", 0, err
		}
		if p.Inputs < o.inputs {
			return "", 0, fmt.Errorf("it had %d inputs and no more: does it call fuzz.Run?", p.Inputs)
		}
	}
	line = fmt.Sprintf("%9d inputs in %7.1f s, 0 panics; %d guided", p.Inputs, p.Took.Seconds(), p.Guided)
	if n, took := p.Inputs-from.Inputs, p.Took-from.Took; n > 0 && took > 0 {
		rate := float64(n) / took.Seconds()
		slow = time.Duration(1e7 / rate * float64(time.Second))
		line += fmt.Sprintf(", loop %.0f a second", rate)
	}
	if before > 0 {
		line += fmt.Sprintf(" (%d of them before, begun at %s)", before, p.Commit)
	}
	return line, slow, nil
}

// commit is the program's, to know later what was tried.
func commit(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return "?"
	}
	return strings.TrimSpace(string(out))
}

var execs = regexp.MustCompile(`execs: (\d+)`)

// guide runs go test -fuzz, and tells how many inputs it made.
func guide(ctx context.Context, o options, t target, log string) (n int, took time.Duration, err error) {
	began := time.Now()
	err = command(ctx, log, ".", nil, "go", "test", "./"+t.pkg, "-run", "^$", "-fuzz", "^"+t.name+"$",
		"-fuzztime", o.guided.String(), "-fuzzminimizetime", "10x", "-parallel", strconv.Itoa(max(1, runtime.NumCPU()/o.jobs)))
	if err != nil {
		return 0, 0, err
	}
	raw, err := os.ReadFile(log)
	for _, m := range execs.FindAllSubmatch(raw, -1) {
		n, _ = strconv.Atoi(string(m[1])) // the last counts
	}
	return n, min(time.Since(began), o.guided), err
}

// loop runs the rest in one process.
func loop(ctx context.Context, o options, t target, file, state string) error {
	test := filepath.Join(o.dir, strings.ReplaceAll(t.pkg, "/", "-")+"-"+t.name+".test")
	if err := command(ctx, file+".log", ".", nil, "go", "test", "-c", "-o", test, "./"+t.pkg); err != nil {
		return err
	}
	defer os.Remove(test)
	cache, err := exec.CommandContext(ctx, "go", "env", "GOCACHE").Output()
	if err != nil {
		return err
	}
	env := []string{fuzz.Inputs + "=" + strconv.Itoa(o.inputs), fuzz.State + "=" + state,
		fuzz.Corpus + "=" + filepath.Join(strings.TrimSpace(string(cache)), "fuzz", "hallway", t.pkg, t.name)}
	return command(ctx, file+".log", t.pkg, env, test, "-test.run", "^"+t.name+"$", "-test.timeout", "0")
}

// command runs a program with its words in a file; the error has the end of them.
// When ctx ends it is interrupted.
func command(ctx context.Context, log, dir string, env []string, name string, args ...string) error {
	out, err := os.Create(log)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, append(os.Environ(), env...), out, out
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	if err := cmd.Run(); err != nil {
		raw, _ := os.ReadFile(log)
		return fmt.Errorf("%s: %w\n%s", filepath.Base(name), err, raw[max(0, len(raw)-2000):])
	}
	return nil
}
