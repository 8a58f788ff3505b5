package store

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
)

// caseChild takes cases in, with a file each, until it is killed. It says a
// number aloud only after ProposeNumbered returned, and a file after HandIn did.
func caseChild(dir string) {
	ctx := context.Background()
	s, err := Open(ctx, Options{Dir: dir, Terminal: "C1", Machine: "machine-1"})
	if err == nil {
		err = caseChildWork(ctx, s)
	}
	fmt.Println("error", err)
	os.Exit(1)
}

func caseChildWork(ctx context.Context, s *Store) error {
	for {
		at, _ := s.Now()
		id := newIDs().next(at)
		if _, err := s.Propose(ctx, Draft{Kind: hall.OpenCase, Entity: id, Actor: clerkS1, Sealed: hall.PersonSealed{Name: "测试甲"},
			Body: hall.OpenCaseBody{Item: "licence", ItemVersion: 1, Owner: "owner"}}); err != nil {
			return err
		}
		n, err := s.ProposeNumbered(ctx, NumberedDraft{Kind: hall.ReceiveCase, Case: id, Actor: clerkS1, Paper: "receipt"})
		if err != nil {
			return err
		}
		fmt.Println("number", n.Number+n.Temporary, id)
		if err := s.JobBegun(ctx, n.Job.ID); err != nil {
			return err
		}
		fmt.Println("begun", n.Job.ID, id)
		f, err := s.PutFile(ctx, bytes.NewReader(pdf(100_000, uint64(len(id))+uint64(id[25]))), "application/pdf", 0)
		if err != nil {
			return err
		}
		if _, err := s.HandIn(ctx, Draft{Kind: hall.HandIn, Entity: id, Actor: clerkS1, Body: hall.HandInBody{Material: "M1", Way: hall.MethodUpload}}, f); err != nil {
			return err
		}
		fmt.Println("file", f.SHA256, id)
		if err := s.JobEnded(ctx, n.Job.ID, JobConfirmed); err != nil {
			return err
		}
		fmt.Println("ended", n.Job.ID, id)
	}
}

// Killed at any moment: no number is with two cases, every number and file that
// was told is there, every file of the queue can be read whole, and a receipt
// that was begun is unknown.
func TestCounterKilledAnywhere(t *testing.T) {
	h := newCaseHall(t, 60)
	c := h.counter(t)
	c.meet()
	c.close()
	rnd := rand.New(rand.NewPCG(5, 6))
	numbers, jobs, files := map[string]string{}, map[string]string{}, map[string]string{}
	temps := 0
	for round := 0; round < 12 || temps == 0 && round < 60; round++ {
		for _, line := range killed(t, c.opt.Dir, "cases", time.Duration(rnd.IntN(60000))*time.Microsecond) {
			f := strings.Fields(line)
			switch f[0] {
			case "error":
				t.Fatal(line)
			case "number":
				if was, twice := numbers[f[1]]; twice {
					t.Fatalf("number %s was given to %s and to %s", f[1], was, f[2])
				}
				numbers[f[1]] = f[2]
				if strings.HasPrefix(f[1], "T") {
					temps++
				}
			case "file":
				files[f[2]] = f[1]
			default:
				jobs[f[1]] = f[0]
			}
		}
	}
	c.open()
	checkJobs(t, c.s, jobs)
	sent := len(files)
	checkQueue(t, c.s, files)
	c.meet()
	for range temps {
		c.meet()
	}
	at := map[string]string{}
	for number, id := range numbers {
		k := h.kase(t, id)
		if k.Number != number && k.TempNumber != number {
			t.Errorf("%s was on paper for %s, the centre has %q, %q", number, id, k.Number, k.TempNumber)
		}
		if was, twice := at[k.Number]; twice || k.Note.Code != "" {
			t.Errorf("number %s is with %s and %s, note %v", k.Number, was, id, k.Note)
		}
		at[k.Number] = id
	}
	if len(numbers) < 10 || temps == 0 || sent == 0 {
		t.Errorf("%d numbers, %d of them temporary, %d files: the test shows little", len(numbers), temps, sent)
	}
	t.Logf("%d numbers on paper, %d temporary, %d files", len(numbers), temps, sent)
}

// checkQueue: what was told is queued, and all that is queued can be sent.
func checkQueue(t *testing.T, s *Store, said map[string]string) {
	t.Helper()
	ctx := context.Background()
	for after := int64(0); ; {
		u, ok, err := s.NextUpload(ctx, after)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
		after = u.Pos
		delete(said, u.Case)
		r, err := s.UploadSource(ctx, u.File.SHA256)
		if err != nil {
			t.Fatalf("a queued file cannot be opened: %v", err)
		}
		b, err := io.ReadAll(r)
		if err != nil || shaOf(b) != u.File.SHA256 || r.Close() != nil {
			t.Errorf("a queued file came back otherwise: %v", err)
		}
		if !s.PendingFor(u.Case) {
			t.Errorf("a file is queued for %s without its operation", u.Case)
		}
	}
	if len(said) > 0 {
		t.Errorf("%d files were told and are not queued", len(said))
	}
}
