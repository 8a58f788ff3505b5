package crash

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"hallway/app/store"
	"hallway/build/demo/stage"
)

// diskFault is what the kernel answers instead of doing it: the k-th call of each
// thread of a program.
type diskFault struct {
	program string
	calls   string // of the kernel, with commas
	fault   string // EIO or ENOSPC
	k       int
}

func (f diskFault) String() string {
	return fmt.Sprintf("%s: %s at number %d of %s", f.program, f.fault, f.k, f.calls)
}

// strace runs a program with the fault; the trace says where it hit. -D: the
// program keeps the process that was started.
func (f diskFault) strace(trace string) []string {
	return []string{"strace", "-f", "-D", "--seccomp-bpf", "-qq", "-y", "-o", trace, "-e", "trace=" + f.calls, "-e", "signal=none",
		"-e", fmt.Sprintf("inject=%s:error=%s:when=%d", f.calls, f.fault, f.k)}
}

// diskPrograms are those whose disks fail.
var diskPrograms = []string{"kiosk-1", "counter-1", "central"}

// mayTrace says why strace cannot be used here, if so.
func mayTrace(dir string) error {
	if _, err := exec.LookPath("strace"); err != nil {
		return fmt.Errorf("there is no strace (%w): apt-get install strace", err)
	}
	trace := filepath.Join(dir, "may.trace")
	f := diskFault{calls: "fsync,fdatasync", fault: "EIO", k: 1}
	args := append(f.strace(trace), "sync", "-d", dir)
	out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
	if raw, e := os.ReadFile(trace); e == nil && bytes.Contains(raw, []byte("(INJECTED)")) {
		return nil
	}
	return fmt.Errorf("strace may not trace here (no fault can be put in; allow ptrace, in a container with --cap-add=SYS_PTRACE): %w: %s", err, out)
}

// disks lets the disks of programs fail, at each k until the calls of a little
// while are all through; with DiskSample at so many of each kind.
func (h *house) disks(ctx, people context.Context, rnd *rand.Rand) error {
	for _, program := range diskPrograms {
		for _, calls := range []string{"fsync,fdatasync", "pwrite64"} {
			for _, fault := range []string{"EIO", "ENOSPC"} {
				for n, missed := 0, 0; n < h.DiskSample || h.DiskSample == 0 && missed < 3; n++ {
					k := n + 1
					if h.DiskSample > 0 {
						k = 1 + rnd.IntN(map[string]int{"pwrite64": 60}[calls]+12)
					}
					hit, err := h.failAt(ctx, people, diskFault{program, calls, fault, k}, rnd)
					if err != nil || people.Err() != nil {
						return err
					}
					if missed++; hit {
						missed = 0
					}
				}
			}
		}
	}
	return nil
}

// A fault that hits neither in so long nor within so many facts hits no more.
const (
	longestFault = 3 * time.Second
	factsOfFault = 4
)

// failAt starts a program anew with the fault, lets people work until it hit and a
// little longer, ends it, and starts it without.
func (h *house) failAt(ctx, people context.Context, f diskFault, rnd *rand.Rand) (hit bool, err error) {
	p := h.stage.Program(f.program)
	if err := p.Kill(syscall.SIGTERM); err != nil {
		return false, fmt.Errorf("before %v: %w", f, err)
	}
	w := &faultWatch{h: h, fault: f, program: p, trace: filepath.Join(h.stage.Dir(), "log", "strace")}
	if err := w.begin(); err != nil {
		return false, err
	}
	p.Under(f.strace(w.trace)...)
	began, cancel := context.WithTimeout(ctx, 30*time.Second)
	err = p.Start(began)
	cancel()
	if err != nil && (!errors.Is(err, stage.ErrNotReady) || errors.Is(err, context.DeadlineExceeded)) {
		return false, fmt.Errorf("%v: it neither works nor ends: %w", f, err)
	}
	if err == nil {
		w.until(people, longestFault, func() bool { return len(w.hits()) > 0 || h.witness.count() >= w.facts+factsOfFault })
		if w.hit = w.hits(); len(w.hit) > 0 {
			w.until(people, longestFault, w.told)
		}
		pause(people, time.Duration(rnd.IntN(300))*time.Millisecond)
	}
	signal := syscall.SIGKILL
	if rnd.IntN(2) == 0 {
		signal = syscall.SIGTERM
	}
	if err := p.Kill(signal); err != nil {
		return false, fmt.Errorf("after %v: %w", f, err)
	}
	if err := w.judge(err == nil); err != nil {
		return false, err
	}
	p.Under()
	again, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := p.Start(again); err != nil {
		return false, fmt.Errorf("after %v it does not start: %w", f, err)
	}
	return len(w.hits()) > 0, nil
}

// faultWatch looks at what comes of one fault.
type faultWatch struct {
	h       *house
	fault   diskFault
	program *stage.Program
	trace   string
	from    int64 // of the program's log
	facts   int
	refused int
	hit     []string // files, while the program worked
}

func (w *faultWatch) begin() error {
	if err := os.Remove(w.trace); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	log, err := os.Stat(w.program.Log())
	if err != nil {
		return err
	}
	w.from, w.facts, w.refused = log.Size(), w.h.witness.count(), w.h.refusals()
	return nil
}

func (w *faultWatch) until(ctx context.Context, most time.Duration, done func() bool) {
	for end := time.Now().Add(most); !done() && time.Now().Before(end) && ctx.Err() == nil; {
		pause(ctx, 30*time.Millisecond)
	}
}

// hits are the files that the fault hit.
func (w *faultWatch) hits() (files []string) {
	raw, _ := os.ReadFile(w.trace) // not there yet: no hits
	for line := range strings.Lines(string(raw)) {
		if strings.Contains(line, "(INJECTED)") {
			_, name, _ := strings.Cut(line, "<")
			name, _, _ = strings.Cut(name, ">")
			files = append(files, filepath.Base(name))
		}
	}
	return files
}

// said is what the program wrote into its log since.
func (w *faultWatch) said() string {
	raw, _ := os.ReadFile(w.program.Log()) // it was there at the beginning
	return string(raw[min(w.from, int64(len(raw))):])
}

// words are how a fault of the disk is told.
var words = regexp.MustCompile(`disk_full|store_failed|I/O error|input/output error|no space left|disk is full|cannot be written`)

// advice is how a program that does not start says what to do next.
var advice = regexp.MustCompile(`(?m)^hint: |\([a-z].+\)$`)

// told says whether somebody was told of the fault: who acts, or who reads the log.
func (w *faultWatch) told() bool {
	return w.h.refusals() > w.refused || words.MatchString(w.said())
}

// passedOver are files at whose faults SQLite says nothing: the database, while its
// log is taken over into it (nothing hangs on that, and it is done again), and the
// folder, after a file was made or removed in it.
var passedOver = []string{"terminal.db", "hallway.db", "kiosk-1", "counter-1", "central"}

// judge: a fault that hit was told, unless that was while the program ended or was
// killed; a program that does not start says why.
func (w *faultWatch) judge(started bool) error {
	if !started {
		w.h.faulty(w.fault, "did not start")
	} else if len(w.hits()) > 0 {
		w.h.faulty(w.fault, "worked on")
	}
	said := w.said()
	switch quiet := slices.DeleteFunc(w.hit, func(f string) bool { return slices.Contains(passedOver, f) }); {
	case strings.Contains(said, "panic:") || strings.Contains(said, "fatal error:"):
		return fmt.Errorf("%v: it broke down:\n%s", w.fault, said)
	case !started && !advice.MatchString(said):
		return fmt.Errorf("%v: it does not start and does not say what to do:\n%s", w.fault, said)
	case (len(quiet) > 0 || !started) && !w.told():
		return fmt.Errorf("%v in %v: nobody was told; it started: %v; its log:\n%s", w.fault, quiet, started, said)
	}
	return nil
}

// faulty counts what programs did.
func (h *house) faulty(f diskFault, did string) {
	h.mu.Lock()
	h.faults[f.program+" "+did]++
	h.mu.Unlock()
	h.Log.Info("disk", "fault", f.String(), "program", did)
}

// refusals counts those that somebody heard because of a disk.
func (h *house) refusals() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.heard[store.CodeDiskFull] + h.heard[store.CodeFailed] + h.heard[store.CodeDamaged]
}
