package crash

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"hallway/app/central"
	"hallway/build/demo/stage"
)

// copyDisk copies a terminal's data folder with the files beside it that tell one
// disk from another, as a copy of the whole disk does.
func copyDisk(dir, from, to string) error {
	if err := os.CopyFS(filepath.Join(dir, to), os.DirFS(filepath.Join(dir, from))); err != nil {
		return err
	}
	for _, suffix := range []string{".identity", ".identity.key"} {
		raw, err := os.ReadFile(filepath.Join(dir, from+suffix))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, to+suffix), raw, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func removeDisk(dir, name string) error {
	return errors.Join(os.RemoveAll(filepath.Join(dir, name)), os.Remove(filepath.Join(dir, name+".identity")), os.Remove(filepath.Join(dir, name+".identity.key")))
}

// until tries again until it is so; patience is for a busy machine.
func until(ctx context.Context, what string, try func() (bool, error)) error {
	var last error
	for end := time.Now().Add(patience); time.Now().Before(end) && ctx.Err() == nil; pause(ctx, 100*time.Millisecond) {
		done, err := try()
		if done {
			return nil
		}
		last = err
	}
	return fmt.Errorf("%s: never: %w", what, errors.Join(last, ctx.Err()))
}

// moreFacts lets people go on until the witness has so many more.
func (h *house) moreFacts(ctx context.Context, n int) error {
	from := h.witness.count()
	return until(ctx, "people act", func() (bool, error) { return h.witness.count() >= from+n, nil })
}

func (h *house) incarnation(folder string) (id string, err error) {
	db, err := h.terminalDB(folder)
	if err != nil {
		return "", err
	}
	err = db.QueryRow("SELECT value FROM meta WHERE key = 'incarnation'").Scan(&id)
	return id, errors.Join(err, db.Close())
}

// copied: counter-1 is stopped and its disk copied; then both run, with the same
// person at each.
func copied(ctx, people context.Context, h *house) error {
	dir, twin := h.stage.Dir(), "counter-1-twin"
	if err := h.moreFacts(people, 20); err != nil {
		return err
	}
	p := h.stage.Program("counter-1")
	if err := p.Kill(syscall.SIGTERM); err != nil {
		return err
	}
	if err := copyDisk(dir, "counter-1", twin); err != nil {
		return err
	}
	was, err := h.incarnation(twin)
	if err != nil {
		return err
	}
	config, err := h.configOfTwin("counter-1", twin)
	if err != nil {
		return err
	}
	second := h.stage.AddTerminal(twin, config)
	for _, p := range []*stage.Program{p, second} {
		c, cancel := context.WithTimeout(ctx, time.Minute)
		err := p.Start(c)
		cancel()
		if err != nil {
			return err
		}
	}
	h.copies, h.others["counter-1"] = append(h.copies, twin), append(h.others["counter-1"], twin)
	g, gone := errgroup.WithContext(people)
	end, home := context.WithCancel(gone)
	defer home()
	g.Go(func() error { return h.atCounter(end, twin, "1001") })
	g.Go(func() error {
		defer home()
		err := until(end, "one of both takes a new incarnation", func() (bool, error) {
			one, err := h.incarnation("counter-1")
			other, err2 := h.incarnation(twin)
			return one != other && (one == was || other == was), errors.Join(err, err2)
		})
		return errors.Join(err, h.saidToManager(end), h.moreFacts(end, 20))
	})
	return g.Wait()
}

// configOfTwin is the configuration of a terminal on another disk, at another port,
// without devices.
func (h *house) configOfTwin(of, twin string) (string, error) {
	raw, err := os.ReadFile(filepath.Join(h.stage.Dir(), of+".toml"))
	if err != nil {
		return "", err
	}
	port, err := stage.FreePort()
	if err != nil {
		return "", err
	}
	text, _, _ := strings.Cut(string(raw), "\n[[device]]")
	text = strings.Replace(text, fmt.Sprintf("data = %q", filepath.Join(h.stage.Dir(), of)), fmt.Sprintf("data = %q", filepath.Join(h.stage.Dir(), twin)), 1)
	text = regexp.MustCompile(`(?m)^listen = .*$`).ReplaceAllString(text, fmt.Sprintf(`listen = "127.0.0.1:%d"`, port))
	path := filepath.Join(h.stage.Dir(), twin+".toml")
	return path, os.WriteFile(path, []byte(text), 0o600)
}

var newLives = regexp.MustCompile(`(?m)^hallway_terminal_new_lives [1-9]`)

// saidToManager: the manager's page shows that counter-1 has something to see to,
// and the metrics count one life more.
func (h *house) saidToManager(ctx context.Context) error {
	manager := stage.NewDoor(h.stage.Front, func(ctx context.Context, d *stage.Door) (string, error) {
		var reply central.Session
		err := d.Send(ctx, http.MethodPost, "/central/v1/sessions", "", central.SignIn{Staff: "9001", Password: h.stage.Passwords["9001"]}, &reply)
		return reply.Token, err
	})
	err := until(ctx, "the manager sees that somebody must look at counter-1", func() (bool, error) {
		var v central.ManagerView
		if err := manager.Get(ctx, "/central/v1/manager/view", &v); err != nil {
			return false, err
		}
		for _, t := range v.Terminals {
			if t.ID == "counter-1" && t.Work > 0 {
				return true, nil
			}
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	return until(ctx, "the metrics count another life", func() (bool, error) {
		res, err := http.Get(h.stage.Front() + "/metrics")
		if err != nil {
			return false, err
		}
		raw, err := io.ReadAll(res.Body)
		return newLives.Match(raw), errors.Join(err, res.Body.Close())
	})
}

// putBack: the kiosk's disk is put back from an image that is some numbers old.
func putBack(ctx, people context.Context, h *house) error {
	dir, p := h.stage.Dir(), h.stage.Program("kiosk-1")
	stop := func(to string) error {
		if err := h.moreFacts(people, 20); err != nil {
			return err
		}
		return errors.Join(p.Kill(syscall.SIGTERM), copyDisk(dir, "kiosk-1", to))
	}
	start := func() error {
		c, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		return p.Start(c)
	}
	if err := errors.Join(stop("kiosk-1-image"), start()); err != nil {
		return err
	}
	if err := stop("kiosk-1-then"); err != nil {
		return err
	}
	h.others["kiosk-1"] = []string{"kiosk-1-then"}
	was, err := h.incarnation("kiosk-1")
	if err != nil {
		return err
	}
	if err := errors.Join(removeDisk(dir, "kiosk-1"), copyDisk(dir, "kiosk-1-image", "kiosk-1"), start()); err != nil {
		return err
	}
	err = until(people, "it takes a new incarnation", func() (bool, error) {
		is, err := h.incarnation("kiosk-1")
		return is != was, err
	})
	return errors.Join(err, h.moreFacts(people, 20))
}

// TestCopiedAndPutBack: a terminal's disk is copied and both run, another's is put
// back: it is found, whoever forked goes on as somebody else, nothing is lost, no
// number is given twice.
func TestCopiedAndPutBack(t *testing.T) {
	for name, besides := range map[string]func(ctx, people context.Context, h *house) error{"copied": copied, "put back": putBack} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			rep, err := Run(t.Context(), Options{Dir: dir, Bin: programs(t), HallFiles: "../demo/hall", Seed: seedOf(t), besides: besides,
				Log: slog.New(slog.NewTextHandler(testWriter{t}, nil))})
			t.Logf("%+v", rep)
			if err != nil {
				logs(t, dir)
				t.Fatal(err)
			}
		})
	}
}
