package stage

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Program is one running program of the stage.
type Program struct {
	Name string
	args []string
	logs string

	under []string // what runs it
	env   []string // more of its environment

	mu    sync.Mutex
	cmd   *exec.Cmd
	url   string
	done  chan struct{} // closed when the present process has ended
	wants bool          // should be running
}

// ErrNotReady is returned when a program ended or said nothing in time.
var ErrNotReady = errors.New("program did not become ready")

// Start starts the program and waits for its «ready URL» line.
func (p *Program) Start(ctx context.Context) error {
	p.mu.Lock()
	p.wants = true
	p.mu.Unlock()
	ready, err := p.spawn()
	if err != nil {
		return err
	}
	select {
	case url, ok := <-ready:
		if !ok {
			return fmt.Errorf("%s: %w; its log: %s", p.Name, ErrNotReady, p.logs)
		}
		p.mu.Lock()
		p.url = url
		p.mu.Unlock()
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s: %w: %w; its log: %s", p.Name, ErrNotReady, ctx.Err(), p.logs)
	}
}

func (p *Program) spawn() (<-chan string, error) {
	logf, err := os.OpenFile(p.logs, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	args := slices.Concat(p.under, p.args)
	p.mu.Unlock()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), p.env...)
	cmd.Stderr = logf
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C reaches us alone; we stop them in order
	out, err := cmd.StdoutPipe()
	if err != nil {
		logf.Close()
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		logf.Close()
		return nil, fmt.Errorf("start %s: %w", p.Name, err)
	}
	done := make(chan struct{})
	ready := make(chan string, 1)
	p.mu.Lock()
	p.cmd, p.done = cmd, done
	p.mu.Unlock()
	go func() {
		defer close(done)
		defer logf.Close()
		readReady(out, logf, ready)
		_ = cmd.Wait() // how it ended is in its own log
	}()
	return ready, nil
}

// readReady passes the program's output to its log and finds the ready line.
func readReady(out io.Reader, logf io.Writer, ready chan<- string) {
	defer close(ready)
	sent := false
	sc := bufio.NewScanner(out)
	for sc.Scan() {
		line := sc.Text()
		fmt.Fprintln(logf, line)
		if url, ok := strings.CutPrefix(line, "ready "); ok && !sent {
			sent = true
			ready <- url
		}
	}
}

// URL of the program as it last said it.
func (p *Program) URL() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.url
}

// Log is the file with what the program says.
func (p *Program) Log() string { return p.logs }

// Under makes the next starts of the program lead through another, as strace with
// its options; none: the program itself again. That one must leave the process
// that we start to the program (strace -D).
func (p *Program) Under(tool ...string) {
	p.mu.Lock()
	p.under = tool
	p.mu.Unlock()
}

// PID of the running process, or 0.
func (p *Program) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil || p.cmd.Process == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// Kill sends a signal, waits for the end, and does not start it again until
// Start is called.
func (p *Program) Kill(sig syscall.Signal) error {
	p.mu.Lock()
	p.wants = false
	cmd, done := p.cmd, p.done
	p.mu.Unlock()
	if cmd == nil {
		return nil
	}
	if err := cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-done:
		return nil
	case <-time.After(5 * time.Second):
		_ = cmd.Process.Kill() // it had its time; the next line waits for it
		<-done
		return fmt.Errorf("%s did not stop within 5 s of signal %v", p.Name, sig)
	}
}

// ended reports a process that ended though it should run.
func (p *Program) ended() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.wants || p.done == nil {
		return false
	}
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

func newProgram(dir, name string, args ...string) *Program {
	return &Program{Name: name, args: args, logs: filepath.Join(dir, "log", name+".log")}
}
