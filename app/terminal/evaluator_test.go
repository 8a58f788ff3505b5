package terminal

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/devices"
	"hallway/devices/evaluator"
	"hallway/devices/evaluator/screen"
)

// screenRig is a counter's driver and the program of its screen.
type screenRig struct {
	*Evaluator
	t       *testing.T
	config  Config
	driver  *screen.Screen
	counter func() // ends the counter's side
}

func newScreenRig(t *testing.T) *screenRig {
	t.Helper()
	dir, err := os.MkdirTemp("", "screen") // the system takes no long path of a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	r := &screenRig{t: t, driver: screen.New(screen.Options{ID: "evaluator", Address: "unix:" + filepath.Join(dir, "s"), Door: filepath.Join(dir, screen.DoorFile)})}
	r.config = Config{Role: RoleEvaluator, Evaluator: EvaluatorConfig{Door: filepath.Join(dir, screen.DoorFile)}}
	r.Evaluator = NewEvaluator(r.config, slog.New(slog.DiscardHandler), time.Now)
	r.calm = time.Hour
	r.start()
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() {
		if err := r.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); work.Wait() })
	return r
}

// start runs the counter's side.
func (r *screenRig) start() {
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = r.driver.Run(ctx) })
	r.counter = sync.OnceFunc(func() { cancel(); work.Wait() })
	r.t.Cleanup(r.counter)
}

func (r *screenRig) until(what string, ok func(EvaluatorView) bool) EvaluatorView {
	r.t.Helper()
	eventually(r.t, what, func() bool { return ok(r.View()) })
	return r.View()
}

func (r *screenRig) shows(state string) EvaluatorView {
	r.t.Helper()
	return r.until(state, func(v EvaluatorView) bool { return v.State == state })
}

func TestTheScreenRatesForItsCounter(t *testing.T) {
	r := newScreenRig(t)
	r.driver.Host(evaluator.Desk{Hall: map[string]string{"en": "Hall"}, Window: "3", State: "serving", Staff: "1001", Number: "A012"})
	v := r.until("the desk", func(v EvaluatorView) bool { return v.State == "welcome" && v.Desk.Number == "A012" })
	if v.Desk.Hall["en"] != "Hall" || v.Desk.Window != "3" || v.Desk.Staff != "1001" || v.Desk.Name == nil || v.Why != "" {
		t.Errorf("view %+v", v)
	}
	ctx := context.Background()
	if code := codeOf(t, r.Rate(ctx, RateRequest{Asking: 1, Level: 1})); code != "evaluator_not_asked" {
		t.Errorf("a key while nothing is asked: %q", code)
	}
	answer := make(chan evaluator.Answer, 1)
	go func() {
		a, err := r.driver.Ask(ctx, "t1", time.Minute)
		if err != nil {
			t.Error(err)
		}
		answer <- a
	}()
	v = r.shows("ask")
	if left := time.Until(v.Until); left <= 0 || left > time.Minute || v.Asking == 0 || v.Pressed {
		t.Errorf("asked: %+v, %v left", v, left)
	}
	if code := codeOf(t, r.Rate(ctx, RateRequest{Asking: v.Asking + 1, Level: 1})); code != "evaluator_not_asked" {
		t.Errorf("a key of another asking: %q", code)
	}
	for _, level := range []int{4, 1} { // the first one counts
		if err := r.Rate(ctx, RateRequest{Asking: v.Asking, Level: level}); err != nil && level == 4 {
			t.Fatal(err)
		}
	}
	if a := <-answer; a.Level != 4 || a.Ref != "t1" {
		t.Errorf("answer %+v", a)
	}
	v = r.shows("thanks")
	raw, err := json.Marshal(v)
	if err != nil || strings.Contains(string(raw), "level") || v.Asking != 0 {
		t.Errorf("the thanks say what was pressed: %s, %v", raw, err)
	}
	r.thanksOver()
	if v := r.View(); v.State != "welcome" || v.Desk.Window != "3" {
		t.Errorf("after the thanks: %+v", v)
	}
}

// A page that is loaded anew while it asks speaks the person's language, though
// the number has gone from the desk; it is forgotten with the person.
func TestTheScreenSpeaksToAPersonUntilTheAskingIsOver(t *testing.T) {
	r := newScreenRig(t)
	desk := func(number, locale string) {
		r.driver.Host(evaluator.Desk{Window: "3", State: "open", Number: number, Locale: locale})
		r.until("number "+number, func(v EvaluatorView) bool { return v.State != "offline" && v.Desk.Number == number })
	}
	speaks := func(what, want string) {
		t.Helper()
		r.until(what+" in "+want, func(v EvaluatorView) bool { return v.Desk.Locale == want })
	}
	desk("", "zh-Hans")
	speaks("nobody", "zh-Hans")
	for _, key := range []int{3, 0} {
		desk("A012", "pt")
		speaks("the person served", "pt")
		desk("", "zh-Hans")
		speaks("the person served just now", "pt")
		asked := make(chan error, 1)
		wait := time.Minute
		if key == 0 {
			wait = 50 * time.Millisecond
		}
		go func() {
			_, err := r.driver.Ask(context.Background(), "t1", wait)
			asked <- err
		}()
		if key > 0 {
			v := r.shows("ask")
			speaks("the person asked", "pt")
			if err := r.Rate(t.Context(), RateRequest{Asking: v.Asking, Level: key}); err != nil {
				t.Fatal(err)
			}
			r.shows("thanks")
			speaks("the person thanked", "pt")
			r.thanksOver()
		}
		if err := <-asked; err != nil {
			t.Fatal(err)
		}
		speaks("nobody again", "zh-Hans")
	}
	desk("A013", "en")
	desk("A014", "pt") // without an asking between them
	speaks("the next", "pt")
	r.counter()
	r.shows("offline")
	speaks("nobody, without the counter", "pt") // as it said last
	r.driver.Host(evaluator.Desk{Window: "3", State: "open", Locale: "zh-Hans"})
	r.start()
	r.shows("welcome")
	speaks("nobody, with the counter again", "zh-Hans")
}

func TestTheScreenStopsAskingWithItsCounter(t *testing.T) {
	r := newScreenRig(t)
	r.shows("welcome")
	if a, err := r.driver.Ask(t.Context(), "t1", time.Millisecond); err != nil || a.Level != 0 {
		t.Errorf("answer %+v, %v", a, err)
	}
	r.shows("welcome")
	r.driver.Host(evaluator.Desk{Window: "3", State: "serving", Staff: "1001", Number: "A012"})
	r.until("the number", func(v EvaluatorView) bool { return v.Desk.Number == "A012" })
	asked := make(chan error, 1)
	go func() {
		_, err := r.driver.Ask(context.Background(), "t2", time.Hour)
		asked <- err
	}()
	r.shows("ask")
	r.counter()
	if err := <-asked; err == nil {
		t.Error("asking ended without an error")
	}
	v := r.shows("offline")
	if v.Why != "absent" || v.Desk.Window != "3" || v.Desk.Number != "" || v.Desk.Staff != "" || v.Asking != 0 {
		t.Errorf("without a counter: %+v", v)
	}
	if code := codeOf(t, r.Rate(t.Context(), RateRequest{Asking: 2, Level: 5})); code != "evaluator_offline" {
		t.Errorf("a key without a counter: %q", code)
	}
	r.start()
	r.until("the counter again", func(v EvaluatorView) bool { return v.State == "welcome" && v.Desk.Number == "A012" })
	if s := r.driver.Status().State; s != devices.Ready {
		t.Errorf("the driver is %s", s)
	}
}

func TestASecondScreenSaysWhyItIsNotUsed(t *testing.T) {
	r := newScreenRig(t)
	r.shows("welcome")
	second := NewEvaluator(r.config, slog.New(slog.DiscardHandler), time.Now)
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = second.Run(ctx) })
	eventually(t, "why", func() bool { v := second.View(); return v.State == "offline" && v.Why == "busy" })
	cancel()
	work.Wait()
}

// hostEvaluator is an evaluator that can show the desk.
type hostEvaluator struct {
	fakeEvaluator
	mu    *sync.Mutex
	desks *[]evaluator.Desk
}

func (h hostEvaluator) Host(d evaluator.Desk) {
	h.mu.Lock()
	defer h.mu.Unlock()
	*h.desks = append(*h.desks, d)
}

func (h hostEvaluator) last() evaluator.Desk {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(*h.desks) == 0 {
		return evaluator.Desk{}
	}
	return (*h.desks)[len(*h.desks)-1]
}

func TestTheCounterTellsTheScreenWhereTheCitizenIs(t *testing.T) {
	w, c := newWorld(), &clock{t: at("10:00")}
	r := newCounterRig(t, w, c, "1")
	host := hostEvaluator{r.evaluator, &sync.Mutex{}, &[]evaluator.Desk{}}
	r.spawn(func(ctx context.Context) { r.keepDesk(ctx, host) })
	shown := func(state, staff, number string) {
		t.Helper()
		eventually(t, state, func() bool {
			d := host.last()
			return d.State == state && d.Staff == staff && d.Number == number && d.Window == "1" && d.Name["zh-Hans"] != "" && d.Hall["zh-Hans"] != ""
		})
	}
	ctx := context.Background()
	shown("closed", "", "")
	r.opened()
	shown("open", "1001", "")
	r.must(r.Pause(ctx))
	shown("paused", "1001", "")
	r.must(r.Open(ctx))
	home := host.last().Locale
	if _, err := r.store.Issue(ctx, TicketDraft{Actor: citizenActor(), Group: "social", Class: hall.ClassOrdinary, Locale: "pt"}); err != nil {
		t.Fatal(err)
	}
	r.must(r.Next(ctx, NextRequest{}))
	shown("called", "1001", "A001")
	if l := host.last().Locale; l != "pt" || home == "pt" {
		t.Errorf("the person is spoken to in %q, the terminal's language is %q", l, home)
	}
	eventually(t, "the person's name", func() bool { return r.View().Current.Person == "张三丰" })
	r.must(r.Start(ctx))
	shown("serving", "1001", "A001")
	r.must(r.Finish(ctx))
	shown("open", "1001", "")
	if l := host.last().Locale; l != home {
		t.Errorf("the next one is spoken to in %q", l)
	}
	host.mu.Lock()
	defer host.mu.Unlock()
	raw, err := json.Marshal(*host.desks)
	if err != nil || strings.Contains(string(raw), "张三丰") || strings.Contains(string(raw), r.View().Staff.Name) {
		t.Errorf("a person's name is shown: %s, %v", raw, err)
	}
}
