package terminal

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/devices"
)

// fakeCentre signs in whoever knows the password.
type fakeCentre struct {
	mu   sync.Mutex
	outs int
}

func (c *fakeCentre) SignIn(_ context.Context, staff, password string) (Session, error) {
	if password != "right" {
		return Session{}, Fail(http.StatusForbidden, "wrong_password")
	}
	return Session{Token: "TOKEN-" + staff, ID: "S-" + staff, Staff: staff, Name: "王" + staff, Roles: []hall.Role{hall.RoleClerk}}, nil
}

func (c *fakeCentre) SignOut(context.Context, string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.outs++
	return nil
}

func (c *fakeCentre) Person(_ context.Context, ticket, token string) (string, error) {
	if token != "TOKEN-1001" {
		return "", errors.New("not yours")
	}
	return "张三丰", nil
}

type fakeBoard struct {
	*fakeDevice
	mu    sync.Mutex
	shown []string
}

func (b *fakeBoard) Show(_ context.Context, number string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shown = append(b.shown, number)
	return nil
}

func (b *fakeBoard) last() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.shown) == 0 {
		return "-"
	}
	return b.shown[len(b.shown)-1]
}

type counterRig struct {
	*Counter
	t         *testing.T
	store     *fakeStore
	line      *fakeLine
	evaluator fakeEvaluator
	board     *fakeBoard
	centre    *fakeCentre
	stop      func()
}

func newCounterRig(t *testing.T, w *world, c *clock, window string) *counterRig {
	t.Helper()
	return newCounterRigWith(t, w, c, window, CallerConfig{})
}

// newCounterRigWith has more devices beside the evaluator and the board.
func newCounterRigWith(t *testing.T, w *world, c *clock, window string, keys CallerConfig, more ...devices.Device) *counterRig {
	t.Helper()
	r := &counterRig{t: t, line: &fakeLine{}, centre: &fakeCentre{}}
	r.store = newFakeStore(w, "counter-"+window, c.now)
	r.evaluator = fakeEvaluator{newFake("evaluator", devices.KindEvaluator), make(chan int, 1)}
	r.board = &fakeBoard{fakeDevice: newFake("board", devices.KindNumberBoard)}
	devs := devicesOf(append([]devices.Device{r.evaluator, r.board}, more...)...)
	config := Config{Role: RoleCounter, Terminal: "counter-" + window, Window: window, Evaluator: EvaluatorConfig{TimeoutSeconds: 1}, Caller: keys}
	r.Counter = NewCounter(Deps{Config: config, Store: r.store, Uplink: r.line, Centre: r.centre, Devices: devs, Clock: c.now, Tick: 10 * time.Millisecond})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Counter.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(r.stop)
	return r
}

func (r *counterRig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatalf("%s: %v", codeOf(r.t, err), err)
	}
}

func (r *counterRig) opened() *counterRig {
	r.t.Helper()
	r.must(r.SignIn(context.Background(), SignInRequest{Staff: "100" + r.window, Password: "right"}))
	r.must(r.Open(context.Background()))
	return r
}

func issueTickets(t *testing.T, s *fakeStore, n int) {
	t.Helper()
	for range n {
		if _, err := s.Issue(context.Background(), TicketDraft{Actor: citizenActor(), Group: "social", Class: hall.ClassOrdinary}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNothingBeforeTheSignIn(t *testing.T) {
	w, c := newWorld(), &clock{t: at("10:00")}
	r := newCounterRig(t, w, c, "1")
	issueTickets(t, r.store, 2)
	ctx := context.Background()
	if v := r.View(); v.Staff != nil || len(v.Queue) != 0 || v.Window != nil {
		t.Errorf("shown before the sign-in: %+v", v)
	}
	if code := codeOf(t, r.Next(ctx, NextRequest{})); code != "not_signed_in" {
		t.Errorf("next: %q", code)
	}
	if code := codeOf(t, r.SignIn(ctx, SignInRequest{Staff: "1001", Password: "wrong"})); code != "wrong_password" {
		t.Errorf("wrong password: %q", code)
	}
	r.must(r.SignIn(ctx, SignInRequest{Staff: "1001", Password: "right"}))
	raw, _ := json.Marshal(r.View())
	if strings.Contains(string(raw), "TOKEN") {
		t.Error("the session's token is in the page")
	}
	if code := codeOf(t, r.SignIn(ctx, SignInRequest{Staff: "1002", Password: "right"})); code != "someone_signed_in" {
		t.Errorf("a second clerk: %q", code)
	}
}

func TestServiceFromCallToRating(t *testing.T) {
	w, c := newWorld(), &clock{t: at("10:00")}
	r := newCounterRig(t, w, c, "1").opened()
	ctx := context.Background()
	issueTickets(t, r.store, 1)
	r.must(r.Next(ctx, NextRequest{}))
	v := r.View()
	if v.Current == nil || v.Current.Number != "A001" || v.Current.Why.Code == "" {
		t.Fatalf("current: %+v", v.Current)
	}
	if v.Acts.Next.Allowed || !v.Acts.Start.Allowed || v.Acts.Finish.Allowed || v.Acts.SignOut.Allowed {
		t.Errorf("acts after the call: %+v", v.Acts)
	}
	eventually(t, "the board", func() bool { return r.board.last() == "A001" })
	eventually(t, "the person's name", func() bool { return r.View().Current.Person == "张三丰" })
	r.must(r.Start(ctx))
	r.must(r.Finish(ctx))
	eventually(t, "asking", func() bool { return r.View().Rating.State == "asking" })
	r.evaluator.keys <- 2
	eventually(t, "rated", func() bool { return r.View().Rating.State == "rated" })
	rates := w.kinds(hall.Rate)
	if len(rates) != 1 {
		t.Fatalf("%d ratings", len(rates))
	}
	var body hall.RateBody
	if err := json.Unmarshal(rates[0].Body, &body); err != nil || body.Level != 2 || rates[0].Actor.Kind != hall.ActorCitizen {
		t.Errorf("rating %+v by %+v, %v", body, rates[0].Actor, err)
	}
	raw, _ := json.Marshal(r.View())
	if strings.Contains(string(raw), `"level"`) || strings.Contains(string(raw), "张三丰") {
		t.Error("the page shows the level, or the person who has left")
	}
	eventually(t, "a blank board", func() bool { return r.board.last() == "" })
}

func TestNoKeyIsNotRated(t *testing.T) {
	for name, tc := range map[string]struct {
		fault string
		state string
	}{"no key": {"", "not_rated"}, "unplugged": {"evaluator_absent", "unavailable"}} {
		t.Run(name, func(t *testing.T) {
			w, c := newWorld(), &clock{t: at("10:00")}
			r := newCounterRig(t, w, c, "1").opened()
			if tc.fault != "" {
				r.evaluator.fault(devices.Absent, tc.fault)
			}
			ctx := context.Background()
			issueTickets(t, r.store, 1)
			r.must(r.Next(ctx, NextRequest{}))
			r.must(r.Start(ctx))
			r.must(r.Finish(ctx))
			eventually(t, tc.state, func() bool { return r.View().Rating.State == tc.state })
			rates := w.kinds(hall.Rate)
			var body hall.RateBody
			if len(rates) != 1 || json.Unmarshal(rates[0].Body, &body) != nil || body.Level != 0 {
				t.Errorf("ratings %d, level %d; want one «not rated»", len(rates), body.Level)
			}
		})
	}
}

func TestKilledWhileAsking(t *testing.T) {
	w, c := newWorld(), &clock{t: at("10:00")}
	r := newCounterRig(t, w, c, "1").opened()
	ctx := context.Background()
	issueTickets(t, r.store, 1)
	r.must(r.Next(ctx, NextRequest{}))
	r.must(r.Start(ctx))
	r.must(r.Finish(ctx))
	eventually(t, "asking", func() bool { return r.View().Rating.State == "asking" })
	r.stop()
	if n := len(w.kinds(hall.Rate)); n != 0 {
		t.Fatalf("%d ratings of a program that was stopped", n)
	}
	again := newCounterRig(t, w, c, "1")
	eventually(t, "«not rated» after the restart", func() bool { return len(w.kinds(hall.Rate)) == 1 })
	if v := again.View(); v.Staff != nil {
		t.Error("the session lived through a restart")
	}
	time.Sleep(50 * time.Millisecond)
	if n := len(w.kinds(hall.Rate)); n != 1 {
		t.Errorf("%d ratings of one service", n)
	}
}

// A key that was pressed while the disk is full is kept, and not made «not rated».
func TestRatingOutlivesAFullDisk(t *testing.T) {
	w, c := newWorld(), &clock{t: at("10:00")}
	r := newCounterRig(t, w, c, "1").opened()
	issueTickets(t, r.store, 1)
	ctx := context.Background()
	r.must(r.Next(ctx, NextRequest{}))
	r.must(r.Start(ctx))
	r.must(r.Finish(ctx))
	eventually(t, "asking", func() bool { return r.View().Rating.State == "asking" })
	full := func(err error) {
		r.store.mu.Lock()
		defer r.store.mu.Unlock()
		r.store.failing = err
	}
	full(&store.Error{Code: store.CodeDiskFull})
	r.evaluator.keys <- 2
	eventually(t, "rated", func() bool { return r.View().Rating.State == "rated" })
	full(nil)
	eventually(t, "the rating", func() bool { return len(w.kinds(hall.Rate)) > 0 })
	var body hall.RateBody
	if err := json.Unmarshal(w.kinds(hall.Rate)[0].Body, &body); err != nil || body.Level != 2 {
		t.Errorf("rating %+v, %v", body, err)
	}
}

func TestTwoCountersNeverCallOnePerson(t *testing.T) {
	for range 20 {
		w, c := newWorld(), &clock{t: at("10:00")}
		one, two := newCounterRig(t, w, c, "1").opened(), newCounterRig(t, w, c, "2").opened()
		issueTickets(t, one.store, 1)
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i, r := range []*counterRig{one, two} {
			wg.Go(func() { errs[i] = r.Next(context.Background(), NextRequest{}) })
		}
		wg.Wait()
		a, b := one.View().Current, two.View().Current
		if (a == nil) == (b == nil) {
			t.Fatalf("called at 1: %+v, at 2: %+v", a, b)
		}
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("answers: %v, %v", errs[0], errs[1])
		}
		one.stop()
		two.stop()
	}
}

func TestAClaimIsShownAsDoneOnlyAfterItsVerdict(t *testing.T) {
	w, c := newWorld(), &clock{t: at("10:00")}
	r := newCounterRig(t, w, c, "1").opened()
	issueTickets(t, r.store, 1)
	r.store.mu.Lock()
	r.store.hold = true
	r.store.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	r.must(r.Next(ctx, NextRequest{}))
	v := r.View()
	if v.Current != nil {
		t.Fatal("called before the verdict")
	}
	if v.Acts.Next.Allowed || v.Acts.Next.Why.Code != "pending" {
		t.Errorf("next while one waits: %+v", v.Acts.Next)
	}
	r.store.release()
	eventually(t, "the call", func() bool { return r.View().Current != nil })
}

func TestCutLineAtTheCounter(t *testing.T) {
	w, c := newWorld(), &clock{t: at("10:00")}
	r := newCounterRig(t, w, c, "1").opened()
	issueTickets(t, r.store, 1)
	r.line.cut()
	if code := codeOf(t, r.Next(context.Background(), NextRequest{})); code != "refused_now/offline" {
		t.Errorf("next without a line: %q", code)
	}
	eventually(t, "offline in the view", func() bool { return !r.View().Line.Online })
}

func TestRefusalNamesItsReason(t *testing.T) {
	w, c := newWorld(), &clock{t: at("10:00")}
	r := newCounterRig(t, w, c, "1").opened()
	err := r.Next(context.Background(), NextRequest{})
	var p *Problem
	if !errors.As(err, &p) || (p.Why == nil && p.Reason == nil) {
		t.Fatalf("next with nobody waiting: %v", err)
	}
	if code := codeOf(t, r.Finish(context.Background())); code != "refused_now/no_ticket" {
		t.Errorf("finish without a ticket: %q", code)
	}
}

func TestSignOutClosesTheWindow(t *testing.T) {
	w, c := newWorld(), &clock{t: at("10:00")}
	r := newCounterRig(t, w, c, "1").opened()
	r.must(r.SignOut(context.Background()))
	if v := r.View(); v.Staff != nil {
		t.Error("still signed in")
	}
	q, _ := locked{w}.Queue(testDay)
	if win, _ := q.Window("1"); win.Open {
		t.Error("the window is still open")
	}
	if r.centre.outs != 1 {
		t.Error("the centre was not told")
	}
}

func TestASessionThatEndedAtTheCentre(t *testing.T) {
	w, c := newWorld(), &clock{t: at("10:00")}
	r := newCounterRig(t, w, c, "1").opened()
	issueTickets(t, r.store, 1)
	r.store.mu.Lock()
	r.store.refuse = "session_ended"
	r.store.mu.Unlock()
	err := r.Next(context.Background(), NextRequest{})
	var p *Problem
	if !errors.As(err, &p) || p.Reason == nil || p.Reason.Code != "session_ended" {
		t.Fatalf("answer: %v", err)
	}
	if v := r.View(); v.Staff != nil {
		t.Error("still signed in here")
	}
}
