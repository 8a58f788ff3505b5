package store

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/sync/writer"
)

func childDir() string { return os.Getenv("HALLWAY_STORE_CHILD") }

// childRole is what the child does: tickets, cases at a counter, or tickets on a
// disk that fails.
const childRole = "HALLWAY_STORE_CHILD_ROLE"

// child issues tickets until it is killed. It says a number aloud only after
// Issue returned: that is the moment of the paper.
func child(dir string) {
	switch os.Getenv(childRole) {
	case "cases":
		caseChild(dir)
		return
	case "faults":
		faultChild(dir)
		return
	case "once":
		onceChild(dir)
		return
	}
	ctx := context.Background()
	s, err := Open(ctx, Options{Dir: dir, Terminal: "K1", Machine: "machine-1"})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	for {
		out, err := s.Issue(ctx, ticket())
		if err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		fmt.Println("issued", out.Number, out.Ticket, out.Job)
		if err := s.JobBegun(ctx, out.Job); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		fmt.Println("begun", out.Job)
		if err := s.JobEnded(ctx, out.Job, JobConfirmed); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		fmt.Println("ended", out.Job)
	}
}

// killed starts a child, kills it after a while, and returns what it said.
func killed(t *testing.T, dir, role string, after time.Duration) []string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "HALLWAY_STORE_CHILD="+dir, childRole+"="+role)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	first, err := lines.ReadString('\n')
	if err != nil {
		t.Fatalf("the child said nothing: %v", err)
	}
	said := []string{first}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() }) // SIGKILL; gone already is as good
	defer timer.Stop()
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // half a line is not said
		}
		said = append(said, line)
	}
	_ = cmd.Wait() // killed
	return said
}

func TestKilledAnywhere(t *testing.T) {
	d := newDesk(t, 500)
	p := newPlace(t)
	d.meet(p.s)
	p.close()
	rnd := rand.New(rand.NewPCG(1, 2))
	numbers, jobs := map[string]string{}, map[string]string{}
	enough, end := time.Now().Add(6*time.Second), time.Now().Add(2*time.Minute)
	for round := 1; len(numbers) < 10 && time.Now().Before(end) || round <= 14 && time.Now().Before(enough) && len(numbers) < 350; round++ {
		for _, line := range killed(t, p.opt.Dir, "tickets", time.Duration(rnd.IntN(25000*(1+round/15)))*time.Microsecond) {
			f := strings.Fields(line)
			switch f[0] {
			case "error":
				t.Fatal(line)
			case "issued":
				if was, twice := numbers[f[1]]; twice {
					t.Fatalf("number %s was given to %s and to %s", f[1], was, f[2])
				}
				numbers[f[1]] = f[2]
			default:
				jobs[f[1]] = f[0]
			}
		}
	}
	s := p.open()
	checkJobs(t, s, jobs)
	for s.Outbox() > 0 {
		d.push(s, 256, false)
	}
	all, err := d.w.Entities(context.Background(), lane, hall.EntityTicket, writer.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]string{}
	for _, e := range all {
		tk, _, err := hall.Load[hall.Ticket](d.w.World(context.Background(), lane), hall.EntityTicket, e.ID)
		if err != nil {
			t.Fatal(err)
		}
		if was, twice := at[tk.Number]; twice || tk.Note.Code != "" {
			t.Errorf("number %s is with %s and %s, note %v", tk.Number, was, tk.ID, tk.Note)
		}
		at[tk.Number] = tk.ID
	}
	for number, id := range numbers {
		if at[number] != id {
			t.Errorf("%s was on paper for %s, the centre has %q", number, id, at[number])
		}
	}
	if len(numbers) < 10 {
		t.Errorf("only %d numbers were given: the test shows little", len(numbers))
	}
	t.Logf("%d numbers on paper, %d at the centre", len(numbers), len(at))
}

// checkJobs: what ended stays ended, what was begun is unknown.
func checkJobs(t *testing.T, s *Store, said map[string]string) {
	t.Helper()
	for job, last := range said {
		state, err := s.JobState(context.Background(), job)
		if err != nil {
			t.Fatal(err)
		}
		if last == "ended" && state != JobConfirmed || last == "begun" && state != JobUnknown && state != JobConfirmed {
			t.Errorf("job %s was %s, is %s", job, last, state)
		}
	}
	open, err := s.OpenJobs(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range open {
		if j.Begun {
			t.Errorf("job %s is still begun after a restart", j.ID)
		}
	}
}
