package crash

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
)

// Fact is something that somebody was told.
type Fact struct {
	What   string `json:"what"`
	ID     string `json:"id"`               // of the ticket or the appointment
	Number string `json:"number,omitempty"` // of the ticket
	Window string `json:"window,omitempty"`
}

// What a Fact says.
const (
	told      = "told"      // a number, on the kiosk's screen
	called    = "called"    // a ticket, to a window
	finished  = "finished"  // a service
	booked    = "booked"    // an appointment, in the answer
	cancelled = "cancelled" // one, in the answer
)

// witnessVariable makes a program that calls WitnessIfAsked the witness; its
// value is the file.
const witnessVariable = "HALLWAY_CRASH_WITNESS"

// WitnessIfAsked turns this process into the witness when it was started as
// that, and says so. main and TestMain call it first.
func WitnessIfAsked() bool {
	path := os.Getenv(witnessVariable)
	if path == "" {
		return false
	}
	if err := witnessTo(path, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "witness:", err)
		os.Exit(1)
	}
	return true
}

// witnessTo writes each line down and answers when it is on the disk.
func witnessTo(path string, in io.Reader, out io.Writer) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if _, err := f.Write(append(lines.Bytes(), '\n')); err != nil {
			return errors.Join(err, f.Close())
		}
		if err := f.Sync(); err != nil {
			return errors.Join(err, f.Close())
		}
		if _, err := io.WriteString(out, "ok\n"); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return errors.Join(lines.Err(), f.Close())
}

// witness is the other end of the pipe.
type witness struct {
	path string
	cmd  *exec.Cmd
	mu   sync.Mutex
	in   io.WriteCloser
	out  *bufio.Reader
	n    int
}

func startWitness(path string) (*witness, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	w := &witness{path: path, cmd: exec.Command(self)}
	w.cmd.Env = append(os.Environ(), witnessVariable+"="+path)
	w.cmd.Stderr = os.Stderr
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	w.out = bufio.NewReader(out)
	return w, w.cmd.Start()
}

// saw returns when the fact is on the disk.
func (w *witness) saw(f Fact) error {
	b, err := json.Marshal(f)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.in.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("the witness is gone: %w", err)
	}
	if answer, err := w.out.ReadString('\n'); err != nil || answer != "ok\n" {
		return fmt.Errorf("the witness did not write %s down: %q %w", b, answer, err)
	}
	w.n++
	return nil
}

// end stops the witness and reads what it has, each fact once.
func (w *witness) end() (map[Fact]bool, error) {
	if err := errors.Join(w.in.Close(), w.cmd.Wait()); err != nil {
		return nil, err
	}
	raw, err := os.Open(w.path)
	if err != nil {
		return nil, err
	}
	defer raw.Close() // only read
	all, n := map[Fact]bool{}, 0
	for lines := bufio.NewScanner(raw); lines.Scan(); n++ {
		var f Fact
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			return nil, fmt.Errorf("line %d of the witness: %w", n+1, err)
		}
		all[f] = true
	}
	if n != w.n {
		return nil, fmt.Errorf("the witness has %d lines, it was told %d", n, w.n)
	}
	return all, nil
}
