package terminal

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/devices"
	calls "hallway/devices/caller/table"
	"hallway/devices/frame"
	"hallway/devices/frame/framesim"
	"hallway/devices/port"
	"hallway/devices/port/cable"
)

// keyRig is a counter with a simulated caller on a real line.
type keyRig struct {
	*counterRig
	sim *framesim.Sim
}

func newKeyRig(t *testing.T, keys CallerConfig) *keyRig {
	t.Helper()
	tb, err := frame.Load("caller21")
	if err != nil {
		t.Fatal(err)
	}
	tb.Evaluator = nil
	sim := framesim.New(tb, 4, cable.Shape{ChunkMax: 3, Seed: 1}, nil)
	line, err := cable.New("tcp:127.0.0.1:0", sim)
	if err != nil {
		t.Fatal(err)
	}
	if err := line.Plug(); err != nil {
		t.Fatal(err)
	}
	opener, err := port.Parse(line.Address())
	if err != nil {
		t.Fatal(err)
	}
	// The driver's clock: every press is a new one, however soon.
	var mu sync.Mutex
	now := time.Date(2030, 1, 2, 9, 0, 0, 0, time.UTC)
	clockOf := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Minute)
		return now
	}
	d := calls.New(opener, calls.Options{ID: "caller", Table: tb, Address: 4, Clock: clockOf})
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = d.Run(ctx) })
	t.Cleanup(func() { cancel(); work.Wait(); _ = line.Close() })
	eventually(t, "the caller", func() bool { return d.Status().State == devices.Ready })
	r := &keyRig{sim: sim}
	r.counterRig = newCounterRigWith(t, newWorld(), &clock{t: at("10:00")}, "1", keys, d)
	return r
}

// press presses a key until the counter has answered it: one that is pressed
// while the key before it is still worked on is dropped.
func (r *keyRig) press(key, digits string) PressedView {
	r.t.Helper()
	before := r.View().Pressed.N
	for tries := 0; r.View().Pressed.N == before; tries++ {
		if acked, err := r.sim.Call(r.t.Context(), key, digits); err != nil || !acked || tries == 1000 {
			r.t.Fatalf("key %s: acknowledged %v, %v, pressed %d times", key, acked, err, tries+1)
		}
		for range 50 {
			if r.View().Pressed.N > before {
				break
			}
			time.Sleep(2 * time.Millisecond)
		}
	}
	return r.View().Pressed
}

// The keys do what the buttons on the screen do, with the same guards; the
// display shows the number; a refusal is shown and beeps.
func TestKeysOfTheCallerDoWhatTheButtonsDo(t *testing.T) {
	r := newKeyRig(t, CallerConfig{Transfers: map[string]string{"7": "nowhere"}})
	if p := r.press(frame.KeyNext, ""); p.Act != "next" || p.Problem == nil || p.Problem.Code != "not_signed_in" {
		t.Errorf("next before the sign-in: %+v", p)
	}
	eventually(t, "the beep", func() bool { return r.sim.Shown().Beeps > 0 })
	r.opened()
	issueTickets(t, r.store, 2)
	if p := r.press(frame.KeyNext, ""); p.Problem != nil || r.View().Current == nil || r.View().Current.Number != "A001" {
		t.Fatalf("next: %+v, current %+v", p, r.View().Current)
	}
	eventually(t, "the number on its display", func() bool { return r.sim.Shown().Number == "1" })
	if p := r.press(frame.KeyRecall, ""); p.Problem != nil || p.Act != "recall" {
		t.Errorf("recall: %+v", p)
	}
	beeps := r.sim.Shown().Beeps
	screen := r.Next(context.Background(), NextRequest{})
	if p := r.press(frame.KeyNext, ""); p.Problem == nil || codeOf(t, p.Problem) != codeOf(t, screen) {
		t.Errorf("next with a person at the window: %+v; on the screen: %v", p.Problem, screen)
	}
	eventually(t, "a beep for the refusal", func() bool { return r.sim.Shown().Beeps > beeps })
	for _, digits := range []string{"", "9"} {
		if p := r.press(frame.KeyTransfer, digits); p.Problem == nil || p.Problem.Code != "caller_transfer" {
			t.Errorf("transfer %q: %+v", digits, p.Problem)
		}
	}
	if p := r.press(frame.KeyTransfer, "7"); p.Problem == nil || p.Problem.Code == "caller_transfer" {
		t.Errorf("transfer to a group that is none: %+v", p.Problem)
	}
	if p := r.press(frame.KeyConfirm, ""); p.Problem != nil || r.View().Current.State != hall.TicketServing {
		t.Errorf("start: %+v", p.Problem)
	}
	if p := r.press(frame.KeyEvaluate, ""); p.Problem != nil || p.Act != "finish" {
		t.Errorf("finish: %+v", p.Problem)
	}
	eventually(t, "a blank display", func() bool { return r.sim.Shown().Number == "" })
	r.press(frame.KeyNext, "")
	if p := r.press(frame.KeyCancel, ""); p.Problem != nil || p.Act != "miss" || r.View().Current != nil {
		t.Errorf("cancel: %+v", p)
	}
	if r.press(frame.KeyPause, ""); !r.View().Window.Paused {
		t.Error("not paused")
	}
	if r.press(frame.KeyPause, ""); r.View().Window.Paused {
		t.Error("still paused")
	}
}

func TestKeysCanMeanOtherThings(t *testing.T) {
	c := CallerConfig{Keys: map[string]string{"cancel": "hold", "next": "none"}}
	for key, want := range map[string]string{"cancel": "hold", "next": "none", "recall": "recall", "near": "none", "": "none"} {
		if got := c.actOfKey(key); got != want {
			t.Errorf("key %q does %q, want %q", key, got, want)
		}
	}
	for text, want := range map[string]string{
		"[caller.keys]\nnext = \"jump\"": "recall", "[caller.keys]\nred = \"next\"": "evaluate", "[caller.transfers]\nA = \"tax\"": "digits"} {
		_, err := ParseConfig([]byte("version = 1\nrole = \"counter\"\nwindow = \"1\"\nterminal = \"t\"\ncentre = \"http://c\"\ndata = \"d\"\ntoken_file = \"t\"\n" + text + "\n"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
