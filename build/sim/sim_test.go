//go:build linux

package sim

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	oneSeed   = flag.Uint64("seed", 0, "live this one seed, and print its trace")
	seeds     = flag.Int("seeds", 3, "how many seeds to live")
	from      = flag.Int("from", 1, "the first of them")
	every     = flag.Int("every", 1, "live every n-th of them")
	during    = flag.Duration("for", 0, "live more of them until so much time has gone by")
	terminals = flag.Int("terminals", 20, "of the hall")
	tier      = flag.String("tier", inMemory, "memory or sqlite")
	workers   = flag.Int("workers", 1, "processes; 0 = one per processor")
	fault     = flag.String("fault", "", "plant this fault")
	telling   = flag.Bool("telling", false, "tell of each life when it is over")
)

// again is how a run is repeated.
func again(p plan) string {
	s := fmt.Sprintf("build/bench sim --seed %d --tier %s", p.seed, p.tier)
	if p.terminals != 20 {
		s += fmt.Sprintf(" --terminals %d", p.terminals)
	}
	return s
}

// What a process that lives many seeds tells the one that started it.
const (
	lifeOver   = "a life is over"
	foundWrong = "FOUND"
)

func TestOne(t *testing.T) {
	if *oneSeed == 0 {
		t.Skip("build/bench sim --seed N")
	}
	p := plan{seed: *oneSeed, terminals: *terminals, tier: *tier, fault: *fault, trace: os.Stdout}
	found, trace, done := run(t, p)
	t.Logf("trace %s, %+v", trace, done)
	if found != "" {
		t.Fatalf("seed %d tier %s: %s", p.seed, p.tier, found)
	}
}

// Every seed's hall loses and doubles nothing.
func TestSeeds(t *testing.T) {
	if *workers != 1 {
		manyProcesses(t)
		return
	}
	began, n, all := time.Now(), 0, counts{}
	for seed := *from; seed <= *seeds || time.Since(began) < *during; seed += *every {
		p := plan{seed: uint64(seed), terminals: *terminals, tier: *tier, fault: *fault}
		found, trace, done := run(t, p)
		n++
		all.add(done)
		if found != "" {
			t.Errorf("seed %d tier %s: %s (trace %s)\nagain: %s", p.seed, p.tier, found, trace, again(p))
		}
		if *telling {
			if found != "" {
				fmt.Printf("%s seed %d: %s; again: %s\n", foundWrong, p.seed, strings.ReplaceAll(found, "\n", "; "), again(p))
			}
			fmt.Println(lifeOver)
		}
	}
	t.Logf("%d seeds of %d terminals, tier %s, in %s: %+v", n, *terminals, *tier, time.Since(began).Round(time.Second/10), all)
}

// manyProcesses lives the seeds in several processes: what is random is one
// source per process. What is found is told at once, and how far they are.
func manyProcesses(t *testing.T) {
	n := *workers
	if n <= 0 {
		n = runtime.NumCPU()
	}
	began := time.Now()
	var all sync.WaitGroup
	var lived atomic.Int64
	over := func() {
		if k := lived.Add(1); k%50 == 0 {
			fmt.Printf("%d lives in %s\n", k, time.Since(began).Round(time.Second))
		}
	}
	for i := range n {
		all.Go(func() {
			said, err := process(t.Context(), i, n, over)
			for _, line := range said {
				if err != nil || strings.Contains(line, "seeds of") {
					t.Log(line)
				}
			}
			if err != nil {
				t.Errorf("process %d: %v", i, err)
			}
		})
	}
	all.Wait()
	t.Logf("seeds %d to %d or more, %d terminals, tier %s: %s", *from, *seeds, *terminals, *tier, time.Since(began).Round(time.Second))
}

// process is the i-th of n processes: what it said, and over for each life.
func process(ctx context.Context, i, n int, over func()) (said []string, err error) {
	c := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestSeeds$", "-test.v", "-test.timeout=0", "-seeds", fmt.Sprint(*seeds), "-from", fmt.Sprint(*from+i),
		"-every", fmt.Sprint(n), "-terminals", fmt.Sprint(*terminals), "-tier", *tier, "-fault", *fault, "-for", during.String(), "-telling")
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.Stderr = c.Stdout
	if err := c.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		switch line := strings.TrimSpace(lines.Text()); {
		case line == lifeOver:
			over()
		case strings.HasPrefix(line, foundWrong):
			fmt.Println(line)
		default:
			said = append(said, line)
		}
	}
	return said, errors.Join(lines.Err(), c.Wait())
}

// The same seed is the same run, to the last byte of its trace; another is
// another.
func TestSameSeedSameTrace(t *testing.T) {
	traces := map[string]bool{}
	for _, seed := range []uint64{11, 12, 13} {
		p := plan{seed: seed, terminals: 8, tier: inMemory}
		var first, second strings.Builder
		p.trace = &first
		_, a, _ := run(t, p)
		p.trace = &second
		_, b, _ := run(t, p)
		if a != b {
			t.Errorf("seed %d: traces %s and %s part at %s", seed, a, b, part(first.String(), second.String()))
		}
		traces[a] = true
	}
	if len(traces) != 3 {
		t.Error("other seeds lived the same life")
	}
	p := plan{seed: 11, terminals: 8, tier: onSQLite, trace: io.Discard}
	if _, a, _ := run(t, p); !traces[a] {
		t.Error("the same seed lived another life on a real disk")
	}
}

// part is where two traces part.
func part(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("line %d:\n%s\n%s", i+1, x[i], y[i])
		}
	}
	return fmt.Sprintf("the end: %d and %d lines", len(x), len(y))
}

// Each planted fault is found within fifty seeds: the simulation can fail.
func TestPlantedFaultsAreFound(t *testing.T) {
	for _, name := range faults {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(50) {
				p := plan{seed: seed + 1, terminals: 10, tier: inMemory, fault: name}
				found, _, _ := run(t, p)
				if found == "" {
					continue
				}
				t.Logf("seed %d: %s", p.seed, found)
				p.dry = true
				if found, _, _ := run(t, p); found != "" {
					t.Errorf("seed %d finds something without the fault: %s", p.seed, found)
				}
				return
			}
			t.Error("fifty seeds did not find it")
		})
	}
}
