//go:build linux

package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"hallway/app/hall"
	"hallway/sync/writer"
)

// faultChild issues tickets on a disk that fails now and then, and goes on after
// each fault, as a kiosk does.
func faultChild(dir string) {
	ctx := context.Background()
	s, err := Open(ctx, Options{Dir: dir, Terminal: "K1", Machine: "machine-1"})
	if err != nil {
		fmt.Println("closed", CodeOf(err))
		return
	}
	for range 14 {
		out, err := s.Issue(ctx, ticket())
		if err != nil {
			fmt.Println("refused", CodeOf(err))
			continue
		}
		fmt.Println("issued", out.Number, out.Ticket)
	}
	_ = s.Close() // on a disk that fails
	fmt.Println("end")
}

// onceChild issues tickets until the first is refused, and is gone with that, as in
// a cut of the power: nothing is closed. Something is being read all the time.
func onceChild(dir string) {
	ctx := context.Background()
	s, err := Open(ctx, Options{Dir: dir, Terminal: "K1", Machine: "machine-1"})
	if err != nil {
		os.Exit(0)
	}
	rows, err := s.readers.Load().QueryContext(ctx, "SELECT key FROM meta")
	if err == nil && rows.Next() {
		for range 8 {
			out, err := s.Issue(ctx, ticket())
			if err != nil {
				fmt.Println("refused", CodeOf(err))
				break
			}
			fmt.Println("issued", out.Number, out.Ticket)
		}
	}
	os.Exit(0)
}

// needsStrace leaves a test out where no fault can be put in; with
// HALLWAY_TEST_NEEDS_ALL set, as build/test does, that is a failure.
func needsStrace(t *testing.T) {
	t.Helper()
	_, err := exec.LookPath("strace")
	hint := "apt-get install strace"
	if err == nil {
		hint = "allow ptrace, in a container with --cap-add=SYS_PTRACE"
		_, err = exec.Command("strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e", "inject=fsync:error=EIO:when=9", "true").Output()
	}
	switch {
	case err == nil:
	case os.Getenv("HALLWAY_TEST_NEEDS_ALL") != "":
		t.Fatalf("strace cannot be used: %v %s: %s", err, complaint(err), hint)
	default:
		t.Skipf("NOT TESTED, what the store does when its disk fails: strace cannot be used: %v %s: %s", err, complaint(err), hint)
	}
}

// complaint is what a program that ended wrote as errors.
func complaint(err error) []byte {
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		return ended.Stderr
	}
	return nil
}

// TestRefusedStaysRefused: a sync that fails leaves the operation in SQLite's log.
// Who was told that it was not done finds it done neither now nor after a crash.
func TestRefusedStaysRefused(t *testing.T) {
	needsStrace(t)
	d, p := newDesk(t, 500), newPlace(t)
	d.meet(p.s)
	p.close()
	issued, refused := map[string]bool{}, 0
	// Which sync is hit is chance: a pass that refused little is followed by another.
	for pass := 0; pass == 0 || refused < 6 && pass < 4; pass++ {
		for n := range 16 {
			fault, k := []string{"EIO", "ENOSPC"}[n/8], 2+n%8
			cmd := exec.CommandContext(t.Context(), "strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", "trace=fsync",
				"-e", fmt.Sprintf("inject=fsync:error=%s:when=%d", fault, k), os.Args[0])
			cmd.Env = append(os.Environ(), "HALLWAY_STORE_CHILD="+p.opt.Dir, childRole+"=once")
			raw, err := cmd.Output()
			if err != nil && len(raw) == 0 {
				t.Fatalf("%s at %d: it ended without a word: %v %s", fault, k, err, complaint(err))
			}
			for line := range strings.Lines(string(raw)) {
				if f := strings.Fields(line); f[0] == "issued" {
					issued[f[2]] = true
				} else {
					refused++
				}
			}
			s := p.open()
			for s.Outbox() > 0 {
				d.push(s, 256, false)
			}
			p.close()
		}
	}
	all, err := d.w.Entities(t.Context(), lane, hall.EntityTicket, writer.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if !issued[e.ID] {
			t.Errorf("ticket %s was refused, and is at the centre", e.ID)
		}
	}
	if refused < 6 || len(issued) < 20 {
		t.Errorf("%d refusals, %d tickets: the test shows little", refused, len(issued))
	}
	t.Logf("%d tickets, %d refusals", len(issued), refused)
}

// TestDiskFaults: writes and syncs that fail with EIO or ENOSPC at any place.
// Every failure is told with a code; what was told as issued is there, once;
// the terminal goes on, at the latest after a restart.
func TestDiskFaults(t *testing.T) {
	needsStrace(t)
	d, p := newDesk(t, 500), newPlace(t)
	d.meet(p.s)
	p.close()
	numbers := map[string]string{}
	refused, ended := 0, 0
	// strace counts for each thread. The log and the database are synced by fsync,
	// the generation file by fdatasync.
	for call, places := range map[string][]string{"fsync": {"2", "4+3", "7"}, "fdatasync": {"1+2"}, "pwrite64": {"20", "60+30", "110", "150+20"}} {
		for _, fault := range []string{"EIO", "ENOSPC"} {
			for _, when := range places {
				cmd := exec.CommandContext(t.Context(), "strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", "trace="+call,
					"-e", "inject="+call+":error="+fault+":when="+when, os.Args[0])
				cmd.Env = append(os.Environ(), "HALLWAY_STORE_CHILD="+p.opt.Dir, childRole+"=faults")
				raw, err := cmd.Output()
				if err != nil && len(raw) == 0 {
					t.Fatalf("%s %s at %s: it ended without a word: %v %s", call, fault, when, err, complaint(err))
				}
				for line := range strings.Lines(string(raw)) {
					f := strings.Fields(line)
					switch {
					case f[0] == "issued":
						if was, twice := numbers[f[1]]; twice {
							t.Fatalf("%s %s at %s: number %s was given to %s and to %s", call, fault, when, f[1], was, f[2])
						}
						numbers[f[1]] = f[2]
					case f[0] == "end":
						ended++
					case len(f) == 1:
						t.Errorf("%s %s at %s: %s without a code", call, fault, when, line)
					case f[0] == "refused":
						if refused++; f[1] == CodeNoNumbers {
							t.Fatalf("the test has used up its numbers after %d", len(numbers))
						}
					}
				}
			}
		}
	}
	s := p.open()
	for s.Outbox() > 0 {
		d.push(s, 256, false)
	}
	all, err := d.w.Entities(t.Context(), lane, hall.EntityTicket, writer.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]string{}
	for _, e := range all {
		tk, _, err := hall.Load[hall.Ticket](d.w.World(t.Context(), lane), hall.EntityTicket, e.ID)
		if err != nil || at[tk.Number] != "" || tk.Note.Code != "" {
			t.Errorf("%+v, also %q: %v", tk, at[tk.Number], err)
		}
		at[tk.Number] = tk.ID
	}
	for number, id := range numbers {
		if at[number] != id {
			t.Errorf("%s was on paper for %s, the centre has %q", number, id, at[number])
		}
	}
	if refused == 0 || len(numbers) < 25 || ended < 2 {
		t.Errorf("%d numbers, %d refusals, %d whole runs: the test shows little", len(numbers), refused, ended)
	}
	if err := s.check(t.Context()); err != nil {
		t.Error(err)
	}
	if h, ok := s.Health(); !ok || !h.Sound {
		t.Errorf("the database: %+v", h)
	}
	t.Logf("%d numbers on paper, %d at the centre, %d refusals", len(numbers), len(at), refused)
}
