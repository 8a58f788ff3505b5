//go:build linux

package sim

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
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
)

// again is how a run is repeated.
func again(p plan) string {
	s := fmt.Sprintf("build/bench sim --seed %d --tier %s", p.seed, p.tier)
	if p.terminals != 20 {
		s += fmt.Sprintf(" --terminals %d", p.terminals)
	}
	return s
}

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
	}
	t.Logf("%d seeds of %d terminals, tier %s, in %s: %+v", n, *terminals, *tier, time.Since(began).Round(time.Second/10), all)
}

// manyProcesses lives the seeds in several processes: what is random is one
// source per process.
func manyProcesses(t *testing.T) {
	n := *workers
	if n <= 0 {
		n = runtime.NumCPU()
	}
	began := time.Now()
	var all sync.WaitGroup
	out, errs := make([][]byte, n), make([]error, n)
	for i := range n {
		all.Go(func() {
			c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSeeds$", "-test.v", "-seeds", fmt.Sprint(*seeds), "-from", fmt.Sprint(*from+i),
				"-every", fmt.Sprint(n), "-terminals", fmt.Sprint(*terminals), "-tier", *tier, "-fault", *fault, "-for", during.String())
			out[i], errs[i] = c.CombinedOutput()
		})
	}
	all.Wait()
	for i := range n {
		for line := range strings.Lines(string(out[i])) {
			if errs[i] != nil || strings.Contains(line, "seeds of") {
				t.Log(strings.TrimSpace(line))
			}
		}
		if errs[i] != nil {
			t.Errorf("process %d: %v", i, errs[i])
		}
	}
	t.Logf("seeds %d to %d or more, %d terminals, tier %s: %s", *from, *seeds, *terminals, *tier, time.Since(began).Round(time.Second))
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
