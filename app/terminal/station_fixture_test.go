package terminal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/devices"
	"hallway/devices/printer"
	"hallway/devices/scanner"
	wire "hallway/sync"
)

// place is one station: its disk, its devices and its line, which the test
// holds in its hands.
type place struct {
	t          *testing.T
	o          *office
	department string
	clock      *clock
	line       *fakeLine
	centre     *fakeCentreDoor
	scanner    fakeScanner
	printer    *fakePrinter
	opt        store.Options
	wrap       func(PaperStore) PaperStore // nil: the store as it is
	st         *store.Store
	s          *Station
	cancel     context.CancelFunc
	done       chan struct{}
}

type fakeCentreDoor struct {
	mu    sync.Mutex
	roles map[string][]hall.Role
	out   int

	expires time.Time
}

func (c *fakeCentreDoor) SignIn(_ context.Context, staff, password string) (Session, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if password != "right" {
		return Session{}, Fail(403, "wrong_password")
	}
	return Session{Token: "t", ID: "session-" + staff, Staff: staff, Name: staff, Roles: c.roles[staff], Expires: c.expires}, nil
}

func (c *fakeCentreDoor) SignOut(context.Context, string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out++
	return nil
}

func (c *fakeCentreDoor) Person(context.Context, string, string) (string, error) { return "", nil }

func newPlace(t *testing.T, o *office, terminal, department string, c *clock) *place {
	t.Helper()
	door := &fakeCentreDoor{roles: map[string][]hall.Role{}, expires: at("10:00").AddDate(0, 0, 30)}
	for _, m := range o.cat.Staff {
		door.roles[m.ID] = m.Roles
	}
	p := &place{t: t, o: o, department: department, clock: c, line: &fakeLine{}, centre: door,
		scanner: fakeScanner{newFake("scanner", devices.KindScanner), make(chan scanner.Scan, 64)},
		printer: &fakePrinter{fakeDevice: newFake("printer", devices.KindPrinter), outcome: printer.Confirmed},
		opt: store.Options{Dir: filepath.Join(t.TempDir(), terminal), Terminal: terminal, Machine: "m",
			Clock: c.now, Boot: func() (time.Duration, string) { return c.now().Sub(at("00:00")), "boot" }}}
	t.Cleanup(p.stop)
	return p
}

// start opens the store, meets the centre when the line is up, and runs.
func (p *place) start() *place {
	p.t.Helper()
	st, err := store.Open(context.Background(), p.opt)
	if err != nil {
		p.t.Fatal(err)
	}
	p.st = st
	if up, _ := p.line.Online(); up {
		p.meet()
	}
	papers := PaperStore(st)
	if p.wrap != nil {
		papers = p.wrap(st)
	}
	p.s = NewStation(Deps{Config: Config{Role: RoleStation, Terminal: p.opt.Terminal, Department: p.department, Locale: "zh-Hans"},
		Store: st, Papers: papers, Uplink: p.line, Centre: p.centre, Devices: devicesOf(p.scanner, p.printer),
		Logger: slog.New(slog.DiscardHandler), Clock: time.Now, Tick: 5 * time.Millisecond})
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel, p.done = cancel, make(chan struct{})
	go func() {
		defer close(p.done)
		if err := p.s.Run(ctx); err != nil {
			p.t.Error(err)
		}
	}()
	return p
}

func (p *place) stop() {
	if p.cancel == nil {
		return
	}
	p.cancel()
	<-p.done
	p.cancel = nil
	if err := p.st.Close(); err != nil {
		p.t.Error(err)
	}
}

func (p *place) feeds() []hall.Feed {
	if p.department != "" {
		return []hall.Feed{hall.CustodyFeed(p.department)}
	}
	return []hall.Feed{hall.CustodyFeed("civil"), hall.CustodyFeed("housing"), hall.CustodyFeed(hall.NoDepartment)}
}

// meet greets the centre and brings everything up to date.
func (p *place) meet() {
	p.t.Helper()
	boot := p.st.BootTime()
	err := p.st.Greeted(context.Background(), wire.HelloReply{ServerTime: p.clock.now(), Epoch: 1, Hall: "37010001",
		Terminal: hall.Terminal{ID: p.opt.Terminal, Role: RoleStation, Department: p.department},
		Lanes:    []wire.LaneFeeds{{Lane: wire.SharedLane, Feeds: []hall.Feed{hall.FeedCatalogue}}, {Lane: hallLane, Feeds: p.feeds()}}}, boot, boot)
	if err != nil {
		p.t.Fatal(err)
	}
	p.sync()
}

// sync carries everything to the centre, and its state back.
func (p *place) sync() {
	p.t.Helper()
	p.push(1000)
	p.pull()
}

// push carries at most n operations, and brings their verdicts.
func (p *place) push(n int) {
	p.t.Helper()
	push, err := p.st.Pending(context.Background(), n, 1<<24)
	if err != nil {
		p.t.Fatal(err)
	}
	var verdicts []wire.Verdict
	for _, e := range push.Ops {
		var op hall.Op
		if err := json.Unmarshal(e.Body, &op); err != nil {
			p.t.Fatal(err)
		}
		v := p.o.decide(op)
		v.Seq = e.Seq
		verdicts = append(verdicts, v)
	}
	if err := p.st.Record(context.Background(), verdicts); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) pull() {
	p.t.Helper()
	snap := func(lane string, feed hall.Feed, entities []wire.EntityValue) {
		err := p.st.ApplySnapshot(context.Background(), wire.Snapshot{Epoch: 1, Lane: lane, Feed: feed, Row: p.o.row, Entities: entities})
		if err != nil {
			p.t.Fatal(err)
		}
	}
	p.o.mu.Lock()
	defer p.o.mu.Unlock()
	raw, err := json.Marshal(p.o.cat)
	if err != nil {
		p.t.Fatal(err)
	}
	snap(wire.SharedLane, hall.FeedCatalogue, []wire.EntityValue{{Kind: hall.EntityCatalogue, ID: "37010001", Value: raw}})
	for _, feed := range p.feeds() {
		var all []wire.EntityValue
		for _, c := range p.o.entities {
			if c.Feed == feed {
				all = append(all, wire.EntityValue{Kind: c.Kind, ID: c.ID, Value: c.Value})
			}
		}
		snap(hallLane, feed, all)
	}
}

func (p *place) signIn(staff string) {
	p.t.Helper()
	if err := p.s.SignIn(context.Background(), SignInRequest{Staff: staff, Password: "right"}); err != nil {
		p.t.Fatal(err)
	}
}

// scan puts labels before the scanner, and waits until all are shown.
func (p *place) scan(labels ...string) []StationScan {
	p.t.Helper()
	before := p.handled()
	for _, l := range labels {
		p.scanner.scans <- scanner.Scan{At: time.Now(), Text: l}
	}
	eventually(p.t, fmt.Sprintf("%d scans are dealt with and shown", len(labels)), func() bool {
		return p.handled() == before+len(labels) && p.shown()
	})
	return p.s.View().Scans
}

func (p *place) handled() int {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return len(p.s.log.all)
}

// shown says whether the view has come as far as the log. It lists no scans
// while nobody is signed in.
func (p *place) shown() bool {
	if p.s.signedIn() == nil {
		return true
	}
	p.s.mu.Lock()
	var newest hall.OpID
	if all := p.s.log.all; len(all) > 0 {
		newest = all[len(all)-1].id
	}
	p.s.mu.Unlock()
	v := p.s.View()
	return v.Staff == nil || v.Last != nil && v.Last.ID == string(newest) // nothing of the papers is shown to nobody
}

// last is the latest scan when the view says so.
func (p *place) last(result, code string) StationScan {
	p.t.Helper()
	var last StationScan
	end := time.Now().Add(time.Minute)
	for ; time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if l := p.s.View().Last; l != nil {
			if last = *l; last.Result == result && last.Text.Code == code {
				return last
			}
		}
	}
	p.t.Fatalf("the last scan is %s %v, want %s %s", last.Result, last.Text, result, code)
	return last
}

// view waits for a view.
func (p *place) view(what string, ok func(v StationView) bool) StationView {
	p.t.Helper()
	var v StationView
	eventually(p.t, what, func() bool { v = p.s.View(); return ok(v) })
	return v
}

// why is the code of a refusal.
func why(t *testing.T, err error) string {
	t.Helper()
	var p *Problem
	if !errors.As(err, &p) {
		t.Fatalf("no problem: %v", err)
	}
	switch {
	case p.Why != nil:
		return p.Why.Code
	case p.Reason != nil:
		return p.Reason.Code
	}
	return p.Code
}

func paperOf(t *testing.T, label string) string {
	t.Helper()
	l, err := hall.DecodeLabel(label)
	if err != nil {
		t.Fatal(err)
	}
	return l.ID()
}

// count counts the operations of a kind that the centre got.
func (o *office) count(kind hall.Kind) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(slices.DeleteFunc(slices.Clone(o.ops), func(op hall.Op) bool { return op.Kind != kind }))
}
