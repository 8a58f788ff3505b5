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

const hallLane = "hall/37010001"

// paperHall is the test hall with two departments and an item of two papers.
func paperHall() *hall.Catalogue {
	n := func(s string) hall.Names { return hall.Names{"zh-Hans": s} }
	c := testCatalogue()
	c.Departments = []hall.Department{{ID: "civil", Name: n("民政")}, {ID: "housing", Name: n("不动产")}}
	c.Materials = []hall.MaterialDef{{Code: "M01", Name: n("婚姻登记"), Department: "civil"},
		{Code: "M02", Name: n("收养登记"), Department: "civil"}, {Code: "M03", Name: n("房屋登记"), Department: "housing"}}
	c.Cases = hall.CaseRules{Service: "01", NumberBlock: 20}
	paper := []hall.Method{hall.MethodPaper}
	version := func(codes ...string) []hall.ItemVersion {
		v := hall.ItemVersion{Version: 1, Kind: hall.CasePromised, Nature: "01", PromisedDays: 5}
		for _, code := range codes {
			v.Materials = append(v.Materials, hall.ItemMaterial{Code: code, Required: true, Methods: paper})
		}
		return []hall.ItemVersion{v}
	}
	in := []string{"I1", "I2"}
	c.Items = append(c.Items,
		hall.Item{ID: "adopt", Group: "social", Name: n("收养"), Versions: version("M01", "M02"),
			Paper: []hall.PaperRights{{Material: "M01", SignOut: "civil", SignIn: in}, {Material: "M02", SignOut: "civil", SignIn: in}}},
		hall.Item{ID: "house", Group: "social", Name: n("过户"), Versions: version("M03"),
			Paper: []hall.PaperRights{{Material: "M03", SignOut: "housing", SignIn: in}}})
	c.Staff = []hall.Staff{{ID: "S1", Name: "甲", Roles: []hall.Role{hall.RoleClerk}, Rights: []hall.Right{hall.RightCancelCases}},
		{ID: "O1", Name: "乙", Roles: []hall.Role{hall.RoleSignOut}, Department: "civil"},
		{ID: "O2", Name: "丙", Roles: []hall.Role{hall.RoleSignOut}, Department: "civil"},
		{ID: "C1", Name: "丁", Roles: []hall.Role{hall.RoleCourier}, Department: "civil"},
		{ID: "I1", Name: "戊", Roles: []hall.Role{hall.RoleSignIn}}, {ID: "I2", Name: "己", Roles: []hall.Role{hall.RoleSignIn}},
		{ID: "I9", Name: "庚", Roles: []hall.Role{hall.RoleSignIn}}}
	return c
}

// office is the centre of the tests: the rules over a state in memory. The
// tests carry operations to it and its state back.
type office struct {
	t        *testing.T
	mu       sync.Mutex
	cat      *hall.Catalogue
	now      func() time.Time
	row      int64
	n        int
	entities map[string]hall.Change
	ops      []hall.Op
}

func newOffice(t *testing.T, now func() time.Time) *office {
	return &office{t: t, cat: paperHall(), now: now, entities: map[string]hall.Change{}}
}

func (o *office) Entity(kind hall.EntityKind, id string) (json.RawMessage, bool, error) {
	c, ok := o.entities[string(kind)+" "+id]
	return c.Value, ok, nil
}
func (o *office) Queue(day string) (*hall.Queue, error) { return hall.NewQueue(day), nil }
func (o *office) Catalogue() (*hall.Catalogue, error)   { return o.cat, nil }
func (o *office) paper(id string) (p hall.Paper)        { o.load(hall.EntityPaper, id, &p); return p }
func (o *office) trip(id string) (c hall.Consignment) {
	o.load(hall.EntityConsignment, id, &c)
	return c
}
func (o *office) load(kind hall.EntityKind, id string, into any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if c, ok := o.entities[string(kind)+" "+id]; ok {
		if err := json.Unmarshal(c.Value, into); err != nil {
			o.t.Error(err)
		}
	}
}

// decide is the writer's verdict.
func (o *office) decide(op hall.Op) wire.Verdict {
	o.mu.Lock()
	defer o.mu.Unlock()
	out, err := hall.Step(o, op, hall.Context{Now: o.now(), Row: o.row + 1})
	if err != nil {
		o.t.Error(err)
	}
	o.ops = append(o.ops, op)
	for _, c := range out.Changes {
		o.row++
		o.entities[string(c.Kind)+" "+c.ID] = c
	}
	return wire.Verdict{OpID: op.ID, Status: out.Status, Reason: out.Reason, Result: out.Result, Row: o.row, At: o.now()}
}

// own is an act of somebody else.
func (o *office) own(kind hall.Kind, entity string, actor hall.Actor, at string, body any) wire.Verdict {
	o.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		o.t.Fatal(err)
	}
	o.n++
	v := o.decide(hall.Op{ID: hall.OpID(fmt.Sprintf("own-%d", o.n)), Kind: kind, Schema: 1, Hall: "37010001", Entity: entity, Actor: actor,
		Terminal: at, Stamp: hall.Stamp{At: o.now(), Trust: hall.TrustSynced}, Body: raw, Sealed: []byte("x")})
	if v.Status != hall.Applied {
		o.t.Fatalf("%s of %s: %s %v", kind, entity, v.Status, v.Reason)
	}
	return v
}

func staffer(id string, role hall.Role) hall.Actor {
	return hall.Actor{Kind: hall.ActorStaff, ID: id, Role: role}
}

// wanted takes a case to 受理中 with all its materials on paper, and gives the
// papers' labels.
func (o *office) wanted(id, item string) []string {
	o.t.Helper()
	clerk, system := staffer("S1", hall.RoleClerk), hall.Actor{Kind: hall.ActorSystem, Role: hall.RoleSystem}
	edit := func() hall.Edit { return hall.Edit{Version: o.kase(id).Version} }
	o.own(hall.OpenCase, id, clerk, "counter-1", hall.OpenCaseBody{Item: item, ItemVersion: 1, Owner: "owner-" + id, Window: "1"})
	for _, m := range o.kase(id).Materials {
		o.own(hall.ChooseSharing, id, clerk, "counter-1", hall.ChooseSharingBody{Edit: edit(), Material: m.Key, Method: hall.MethodPaper})
		o.own(hall.ShareAnswered, id, system, "centre", hall.ShareAnsweredBody{Material: m.Key, Ask: hall.OpID(fmt.Sprintf("own-%d", o.n)), Answer: hall.AnswerYes})
	}
	v := o.own(hall.LeaseApplicationNumbers, hall.ApplicationSeries(o.cat), hall.Actor{Kind: hall.ActorDevice, Role: hall.RoleDevice},
		"counter-1", hall.LeaseApplicationNumbersBody{Count: 1})
	var lease hall.LeaseResult
	if err := json.Unmarshal(v.Result, &lease); err != nil {
		o.t.Fatal(err)
	}
	number := hall.ApplicationNumber{Area: "01", Service: "01", Kind: "01", Serial: lease.Lease.From}.String()
	o.own(hall.ReceiveCase, id, clerk, "counter-1", hall.NumberBody{Number: number, Lease: lease.Lease.ID})
	o.own(hall.AcceptCase, id, clerk, "counter-1", hall.AcceptCaseBody{Edit: edit()})
	var labels []string
	for _, m := range o.kase(id).Materials {
		labels = append(labels, hall.EncodeLabel(hall.Label{Number: number, Material: m.Key, Attempt: 1}))
	}
	return labels
}

func (o *office) kase(id string) (c hall.Case) { o.load(hall.EntityCase, id, &c); return c }

func (o *office) cancel(id string) {
	o.t.Helper()
	o.own(hall.CancelCase, id, staffer("S1", hall.RoleClerk), "counter-1", hall.CancelCaseBody{Edit: hall.Edit{Version: o.kase(id).Version}})
}

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
