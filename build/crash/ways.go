package crash

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"hallway/build/demo/stage"
)

// ways lead from each terminal to the centre, through toxiproxy.
type ways struct {
	door *stage.Door
	cmd  *exec.Cmd
	logs *os.File
}

// startWays starts the program and opens a way for each terminal.
func startWays(ctx context.Context, program string, s *stage.Stage) (*ways, error) {
	api, err := stage.FreePort()
	if err != nil {
		return nil, err
	}
	w := &ways{cmd: exec.Command(program, "-host", "127.0.0.1", "-port", fmt.Sprint(api))}
	w.door = stage.NewDoor(func() string { return fmt.Sprintf("http://127.0.0.1:%d", api) }, nil)
	if w.logs, err = os.Create(filepath.Join(s.Dir(), "log", "toxiproxy.log")); err != nil {
		return nil, err
	}
	w.cmd.Stdout, w.cmd.Stderr = w.logs, w.logs
	w.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C reaches us alone
	if err := w.cmd.Start(); err != nil {
		return nil, errors.Join(err, w.logs.Close())
	}
	if err := w.open(ctx, s); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// way is a proxy, as toxiproxy knows it.
type way struct {
	Name     string `json:"name"`
	Listen   string `json:"listen"`
	Upstream string `json:"upstream"`
	Enabled  bool   `json:"enabled"`
}

func (w *ways) open(ctx context.Context, s *stage.Stage) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	var all []way
	for id, port := range s.Ways() {
		all = append(all, way{id, fmt.Sprintf("127.0.0.1:%d", port), s.Front()[len("http://"):], true})
	}
	for {
		err := w.door.Post(ctx, "/populate", all)
		if err == nil {
			return nil
		}
		if pause(ctx, 50*time.Millisecond); ctx.Err() != nil {
			return fmt.Errorf("toxiproxy does not answer: %w", err)
		}
	}
}

// Close ends the program.
func (w *ways) Close() error {
	_ = w.cmd.Process.Kill() // gone already is as good
	_ = w.cmd.Wait()         // it was killed
	return w.logs.Close()
}

// trouble is one way in which a line can be bad.
type trouble struct {
	name   string
	toxic  string // of toxiproxy; empty: the line is cut
	stream string // upstream is towards the centre
	set    func(rnd *rand.Rand) map[string]int
}

func exactly(name string, n int) func(*rand.Rand) map[string]int {
	return func(*rand.Rand) map[string]int { return map[string]int{name: n} }
}

func upTo(name string, least, most int) func(*rand.Rand) map[string]int {
	return func(rnd *rand.Rand) map[string]int { return map[string]int{name: least + rnd.IntN(most-least)} }
}

// troubles are all of them.
var troubles = []trouble{
	{"cut", "", "", nil},
	{"slow there", "latency", "upstream", upTo("latency", 100, 2500)},
	{"slow back", "latency", "downstream", upTo("latency", 100, 2500)},
	{"thin there", "bandwidth", "upstream", exactly("rate", 1)},
	{"thin back", "bandwidth", "downstream", exactly("rate", 1)},
	{"slow to close", "slow_close", "downstream", exactly("delay", 3000)},
	{"half a request", "limit_data", "upstream", upTo("bytes", 1, 3000)},
	{"half an answer", "limit_data", "downstream", upTo("bytes", 1, 3000)},
	{"reset before it arrives", "reset_peer", "upstream", upTo("timeout", 0, 300)},
	{"reset before the answer", "reset_peer", "downstream", upTo("timeout", 0, 300)},
	{"nothing arrives", "timeout", "upstream", exactly("timeout", 0)},
	{"no answer", "timeout", "downstream", exactly("timeout", 0)},
}

// spoil makes the lines of some terminals bad.
func (w *ways) spoil(ctx context.Context, t trouble, rnd *rand.Rand, terminals []string) error {
	for _, id := range terminals {
		var err error
		if t.toxic == "" {
			err = w.door.Post(ctx, "/proxies/"+id, map[string]bool{"enabled": false})
		} else {
			err = w.door.Post(ctx, "/proxies/"+id+"/toxics", map[string]any{"name": "trouble", "type": t.toxic, "stream": t.stream, "toxicity": 1, "attributes": t.set(rnd)})
		}
		if err != nil {
			return fmt.Errorf("%s at %s: %w", t.name, id, err)
		}
	}
	return nil
}

// heal makes all lines good again.
func (w *ways) heal(ctx context.Context) error { return w.door.Post(ctx, "/reset", nil) }

// weather spoils the lines of some terminals and heals them, again and again.
func (h *house) weather(ctx, people context.Context, rnd *rand.Rand) error {
	var order []int
	for n := range h.Troubles {
		if len(order) == 0 {
			order = rnd.Perm(len(troubles))
		}
		t := troubles[order[0]]
		order = order[1:]
		var hit []string
		for _, i := range rnd.Perm(len(stage.Terminals))[:1+rnd.IntN(len(stage.Terminals))] {
			hit = append(hit, stage.Terminals[i].ID)
		}
		if err := h.ways.spoil(ctx, t, rnd, hit); err != nil {
			return err
		}
		h.troubled(t.name)
		pause(people, time.Duration(1000+rnd.IntN(4000))*time.Millisecond)
		if err := h.ways.heal(ctx); err != nil {
			return err
		}
		pause(people, time.Duration(200+rnd.IntN(1500))*time.Millisecond)
		if (n+1)%20 == 0 {
			h.say("%6d troubles of the lines, %d facts witnessed", n+1, h.witness.count())
		}
		if people.Err() != nil {
			return nil // somebody failed, and says why
		}
	}
	return nil
}
