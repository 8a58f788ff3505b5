package screen_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/devices"
	"hallway/devices/evaluator"
	"hallway/devices/evaluator/screen"
	"hallway/devices/evaluator/screen/screensim"
	"hallway/devices/port"
	"hallway/devices/port/cable"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited a minute for %s", what)
		}
	}
}

type rig struct {
	d    *screen.Screen
	sim  *screensim.Sim
	line *cable.Cable
	file string
	stop func()
}

// newRig runs a driver; the screen is plugged in when plugged says so.
func newRig(t *testing.T, plugged bool) *rig {
	t.Helper()
	r := &rig{}
	r.d, r.sim, r.line = pair(t, "", cable.Shape{})
	r.file = strings.TrimPrefix(r.line.Address(), "door:")
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = r.d.Run(ctx) })
	r.stop = func() { cancel(); work.Wait() }
	t.Cleanup(r.stop)
	until(t, "a fault that says why", func() bool { return len(r.d.Status().Faults) > 0 })
	if plugged {
		r.plug(t)
	}
	return r
}

func (r *rig) plug(t *testing.T) {
	t.Helper()
	if err := r.line.Plug(); err != nil {
		t.Fatal(err)
	}
	until(t, "ready", func() bool { return r.d.Status().State == devices.Ready && r.sim.Shown().Prompt != "" })
}

// door is what the door file says.
func (r *rig) door(t *testing.T) (network, target, token string) {
	t.Helper()
	text, err := os.ReadFile(r.file)
	if err != nil {
		t.Fatal(err)
	}
	var way struct{ Address, Token string }
	if err := json.Unmarshal(text, &way); err != nil {
		t.Fatal(err)
	}
	network, target, _ = strings.Cut(way.Address, ":")
	return network, target, way.Token
}

func TestWithoutAScreenItIsAbsentAndSaysWhatToDo(t *testing.T) {
	r := newRig(t, false)
	s := r.d.Status()
	if s.State != devices.Absent || s.Faults[0].Code != "screen_absent" {
		t.Errorf("status %+v", s)
	}
	if a, err := r.d.Ask(t.Context(), "t", time.Minute); port.CodeOf(err) != port.Gone || a.Level != 0 {
		t.Errorf("answer %+v, %v", a, err)
	}
	if err := r.d.Welcome(t.Context()); port.CodeOf(err) != port.Gone {
		t.Errorf("welcome: %v", err)
	}
	r.plug(t)
	if f := r.d.Status().Faults; len(f) != 0 {
		t.Errorf("faults are left: %+v", f)
	}
}

func TestAskSaysHowLongAndTakesTheKey(t *testing.T) {
	r := newRig(t, true)
	for level := 1; level <= 5; level++ {
		var press sync.WaitGroup
		press.Go(func() {
			until(t, "the prompt", func() bool { return r.sim.Shown().Asking })
			if ms := r.sim.Shown().Millis; ms != 60_000 {
				t.Errorf("asked for %d ms", ms)
			}
			if ok, err := r.sim.Press(t.Context(), level); err != nil || !ok {
				t.Errorf("key %d: %v, %v", level, ok, err)
			}
		})
		a, err := r.d.Ask(t.Context(), "t1", time.Minute)
		press.Wait()
		if err != nil || a.Level != level || a.Ref != "t1" {
			t.Fatalf("answer %+v, %v; want level %d", a, err, level)
		}
		until(t, "thanks", func() bool { return r.sim.Shown().Prompt == screen.ShowThanks })
	}
}

func TestNoKeyIsNotRated(t *testing.T) {
	r := newRig(t, true)
	a, err := r.d.Ask(t.Context(), "t1", 50*time.Millisecond)
	if err != nil || a.Level != 0 {
		t.Fatalf("answer %+v, %v; want level 0", a, err)
	}
	until(t, "the welcome picture", func() bool { return r.sim.Shown().Prompt == screen.ShowWelcome })
}

// A finger that comes too late has rated nobody: neither the person who left nor
// the next one.
func TestAKeyCountsForItsOwnAskingOnly(t *testing.T) {
	r := newRig(t, true)
	if a, err := r.d.Ask(t.Context(), "first", time.Millisecond); err != nil || a.Level != 0 {
		t.Fatalf("answer %+v, %v", a, err)
	}
	until(t, "the end of asking", func() bool { return !r.sim.Shown().Asking })
	before := r.d.Status().Counters["keys"]
	if ok, err := r.sim.Press(t.Context(), 5); !ok || err != nil { // for the first
		t.Fatal(ok, err)
	}
	until(t, "the late key", func() bool { return r.d.Status().Counters["keys"] > before })
	done := make(chan evaluator.Answer, 1)
	go func() {
		a, err := r.d.Ask(t.Context(), "second", time.Minute)
		if err != nil {
			t.Error(err)
		}
		done <- a
	}()
	until(t, "the prompt", func() bool { return r.sim.Shown().Asking })
	late, err := screen.Message{Level: 5, Asking: 1}.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	r.sim.Send(late)
	r.sim.Send([]byte("{\"level\":4}\n{\"level\":9,\"asking\":2}\nnot a message\n"))
	until(t, "the lines that are none", func() bool { return r.d.Status().Counters["bad_lines"] == 2 })
	if _, err := r.sim.Press(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if a := <-done; a.Level != 2 || a.Ref != "second" {
		t.Errorf("answer %+v", a)
	}
}

func TestTheDeskIsShownAndShownAgain(t *testing.T) {
	r := newRig(t, false)
	first := evaluator.Desk{Window: "3", Name: map[string]string{"en": "Counter 3"}, Staff: "1001", State: "serving", Number: "A012"}
	r.d.Host(first)
	r.plug(t)
	shows := func(number string) func() bool {
		return func() bool {
			d := r.sim.Shown().Desk
			return d.Number == number && d.Window == "3" && d.Staff == "1001"
		}
	}
	until(t, "the desk", shows("A012"))
	second := first
	second.Number = "A013"
	r.d.Host(second)
	until(t, "the next number", shows("A013"))
	if err := r.line.Unplug(); err != nil {
		t.Fatal(err)
	}
	until(t, "absent", func() bool { return r.d.Status().State == devices.Absent })
	r.plug(t)
	until(t, "the desk again", shows("A013"))
}

func TestStrangersAndASecondScreenAreSentAway(t *testing.T) {
	r := newRig(t, true)
	network, target, token := r.door(t)
	ask := func(line string) screen.Message {
		c, err := net.Dial(network, target)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 512)
		n, _ := c.Read(b)
		var l screen.Lines
		if got := l.Feed(b[:n]); len(got) == 1 {
			return got[0]
		}
		return screen.Message{}
	}
	if m := ask(`{"token":"` + token[1:] + `"}` + "\n"); m.Refused != screen.RefusedToken || m.Taken {
		t.Errorf("with a wrong token: %+v", m)
	}
	if m := ask("\n"); m.Taken || m.Refused != "" {
		t.Errorf("without a greeting: %+v", m)
	}
	if m := ask(strings.Repeat("x", 2000)); m.Taken || m.Refused != "" {
		t.Errorf("with noise: %+v", m)
	}
	if _, err := screen.Dial(t.Context(), r.file); port.CodeOf(err) != port.InUse {
		t.Errorf("a second screen: %v", err)
	}
	if err := r.line.Unplug(); err != nil {
		t.Fatal(err)
	}
	until(t, "room for another", func() bool {
		c, err := screen.Dial(t.Context(), r.file)
		if err != nil {
			return false
		}
		return c.Close() == nil
	})
}

func TestOnlyThisUserMayReadTheDoorAndNothingIsLeftOfIt(t *testing.T) {
	r := newRig(t, true)
	_, socket, _ := r.door(t)
	for _, path := range []string{r.file, socket} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if m := info.Mode().Perm(); m != 0o600 {
			t.Errorf("%s has mode %o", filepath.Base(path), m)
		}
	}
	r.stop()
	left, err := os.ReadDir(filepath.Dir(r.file))
	if err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	if _, err := screen.Dial(t.Context(), r.file); port.CodeOf(err) != port.Gone {
		t.Errorf("a call after the end: %v", err)
	}
}

// A program that was killed leaves its socket; one that lives keeps it.
func TestASocketThatWasLeftIsTakenOver(t *testing.T) {
	dir := folder(t)
	path := filepath.Join(dir, "s")
	old, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	old.(*net.UnixListener).SetUnlinkOnClose(false)
	d := screen.New(screen.Options{ID: "e", Address: "unix:" + path, Door: filepath.Join(dir, screen.DoorFile)})
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { _ = d.Run(ctx) })
	t.Cleanup(func() { cancel(); work.Wait() })
	until(t, "busy", func() bool { f := d.Status().Faults; return len(f) == 1 && f[0].Code == "port_busy" })
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	until(t, "the door", func() bool { f := d.Status().Faults; return len(f) == 1 && f[0].Code == "screen_absent" })
}

func TestFromConfig(t *testing.T) {
	dir := folder(t)
	for _, c := range []struct {
		name, port string
		options    map[string]string
		want       port.Code // of a refusal; "-" for another one
	}{
		{name: "as it is", options: map[string]string{"dir": dir}},
		{name: "a socket elsewhere", port: "unix:/run/e.sock", options: map[string]string{"dir": dir}},
		{name: "loopback", port: "tcp:127.0.0.1:0", options: map[string]string{"dir": dir}},
		{name: "no folder", want: "-"},
		{name: "misspelt", options: map[string]string{"dir": dir, "folder": "x"}, want: "-"},
		{name: "open to others", port: "tcp:0.0.0.0:9000", options: map[string]string{"dir": dir}, want: port.BadAddress},
		{name: "a name", port: "tcp:hall.example:9000", options: map[string]string{"dir": dir}, want: port.BadAddress},
		{name: "another line", port: "serial:/dev/ttyS0", options: map[string]string{"dir": dir}, want: port.BadAddress},
	} {
		d, err := screen.FromConfig(devices.Config{ID: "e", Kind: devices.KindEvaluator, Model: "screen", Port: c.port, Options: c.options})
		switch {
		case c.want == "" && (err != nil || d.Status().Model != "screen"):
			t.Errorf("%s: %v", c.name, err)
		case c.want == "-" && (err == nil || port.CodeOf(err) != ""):
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && c.want != "-" && port.CodeOf(err) != c.want:
			t.Errorf("%s: %v", c.name, err)
		}
	}
	deep := filepath.Join(dir, strings.Repeat("x", 120))
	if d, err := screen.FromConfig(devices.Config{ID: "e", Model: "screen", Options: map[string]string{"dir": deep}}); err != nil || d.Status().Port != "tcp:127.0.0.1:0" {
		t.Errorf("a folder with a long name: %v", err)
	}
	long := "unix:" + filepath.Join(dir, strings.Repeat("x", 120))
	d := screen.New(screen.Options{ID: "e", Address: long, Door: filepath.Join(dir, screen.DoorFile)})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	until(t, "a fault", func() bool { f := d.Status().Faults; return len(f) == 1 && f[0].Code == "port_bad_address" })
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
