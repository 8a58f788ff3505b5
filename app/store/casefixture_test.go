package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/seal"
	"hallway/sync/writer"
)

var (
	counterFollows = []sync.LaneFeeds{{Lane: sync.SharedLane, Feeds: []hall.Feed{hall.FeedCatalogue}},
		{Lane: lane, Feeds: []hall.Feed{hall.FeedQueue, hall.FeedCase, hall.CustodyFeed("civil"), hall.CustodyFeed(hall.NoDepartment)}}}
	kioskFollows = []sync.LaneFeeds{{Lane: sync.SharedLane, Feeds: []hall.Feed{hall.FeedCatalogue}},
		{Lane: lane, Feeds: []hall.Feed{hall.FeedQueue, hall.FeedCheckIn}}}
	stationFollows = []sync.LaneFeeds{{Lane: sync.SharedLane, Feeds: []hall.Feed{hall.FeedCatalogue}},
		{Lane: lane, Feeds: []hall.Feed{hall.CustodyFeed("civil"), hall.CustodyFeed(hall.NoDepartment)}}}
	clerkS1 = hall.Actor{Kind: hall.ActorStaff, ID: "S1", Role: hall.RoleClerk, Session: "session-1"}
	signIn  = hall.Actor{Kind: hall.ActorStaff, ID: "I1", Role: hall.RoleSignIn, Session: "session-2"}
	signOut = hall.Actor{Kind: hall.ActorStaff, ID: "O1", Role: hall.RoleSignOut, Session: "session-3"}
	system  = hall.Actor{Kind: hall.ActorSystem, Role: hall.RoleSystem}
)

// caseHall is a desk whose hall has materials, papers and application numbers.
type caseHall struct {
	*desk
	key []byte
}

func newCaseHall(t testing.TB, block int) *caseHall {
	t.Helper()
	d := newDesk(t, 40)
	cat, err := d.w.HallWorld(context.Background(), hallCode).Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	c := *cat
	c.Version = "2"
	c.Departments = []hall.Department{{ID: "civil", Name: hall.Names{"zh-Hans": "民政"}}}
	c.Materials = []hall.MaterialDef{{Code: "M1", Name: hall.Names{"zh-Hans": "申请表"}},
		{Code: "M2", Name: hall.Names{"zh-Hans": "婚姻登记"}, Department: "civil"}}
	c.Cases = hall.CaseRules{Service: "01", NumberBlock: block, UnmatchedMinutes: 30}
	c.Items = append(c.Items[:len(c.Items):len(c.Items)], hall.Item{ID: "licence", Group: "g", Name: hall.Names{"zh-Hans": "许可"},
		Versions: []hall.ItemVersion{{Version: 1, Kind: hall.CasePromised, Nature: "01", PromisedDays: 5, Materials: []hall.ItemMaterial{
			{Code: "M1", Required: true}, {Code: "M2", Required: true, Methods: []hall.Method{hall.MethodPaper}}}}},
		Paper: []hall.PaperRights{{Material: "M2", SignOut: "civil", SignIn: []string{"I1"}}}})
	c.Staff = []hall.Staff{{ID: "S1", Name: "甲", Roles: []hall.Role{hall.RoleClerk}},
		{ID: "O1", Name: "乙", Roles: []hall.Role{hall.RoleSignOut}, Department: "civil"},
		{ID: "I1", Name: "丙", Roles: []hall.Role{hall.RoleSignIn}}}
	h := &caseHall{desk: d, key: seal.LongKey(d.keys.Lookup, hallCode)}
	d.act(hall.PublishCatalogue, hallCode, system, hall.PublishCatalogueBody{Catalogue: c})
	d.own(hall.EnrolTerminal, "C1", hall.EnrolTerminalBody{Role: "counter", Letter: "C", Window: "1"})
	d.own(hall.EnrolTerminal, "K2", hall.EnrolTerminalBody{Role: "kiosk", Letter: "L"})
	d.own(hall.EnrolTerminal, "ST", hall.EnrolTerminalBody{Role: "station"})
	return h
}

// act proposes something at the centre, as often as it is asked for.
func (d *desk) act(kind hall.Kind, entity string, actor hall.Actor, body any) sync.Verdict {
	d.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		d.t.Fatal(err)
	}
	d.n++
	v, err := d.w.Propose(context.Background(), hall.Op{ID: hall.OpID(fmt.Sprintf("act-%d", d.n)), Kind: kind, Hall: hallCode, Entity: entity,
		Actor: actor, Body: raw})
	if err != nil || v.Status != hall.Applied {
		d.t.Fatalf("%s: %v %v %v", kind, v.Status, v.Reason, err)
	}
	return v
}

// at is a terminal that is not the kiosk.
type at struct {
	*place
	h       *caseHall
	role    string
	follows []sync.LaneFeeds
}

func (h *caseHall) counter(t testing.TB) *at { return h.terminal(t, "C1", "counter", counterFollows) }
func (h *caseHall) kiosk(t testing.TB) *at   { return h.terminal(t, "K2", "kiosk", kioskFollows) }
func (h *caseHall) station(t testing.TB) *at { return h.terminal(t, "ST", "station", stationFollows) }

func (h *caseHall) terminal(t testing.TB, id, role string, follows []sync.LaneFeeds) *at {
	t.Helper()
	p := &place{t: t, opt: Options{Dir: filepath.Join(t.TempDir(), id), Terminal: id, Machine: "machine-1"}}
	p.open()
	t.Cleanup(func() { p.close() })
	return &at{place: p, h: h, role: role, follows: follows}
}

func (a *at) hello() {
	a.t.Helper()
	pub, id, err := a.h.keys.Public()
	if err != nil {
		a.t.Fatal(err)
	}
	reply := sync.HelloReply{ServerTime: noon, Epoch: 1, Hall: hallCode, Lanes: a.follows, SealKey: pub, SealKeyID: id,
		Terminal: hall.Terminal{ID: a.opt.Terminal, Role: a.role}}
	if a.role == "counter" || a.role == "kiosk" {
		reply.OwnerKey = a.h.key
	}
	boot := a.s.BootTime()
	if err := a.s.Greeted(context.Background(), reply, boot, boot); err != nil {
		a.t.Fatal(err)
	}
}

// drain pushes everything; verdicts come back.
func (a *at) drain() []sync.Verdict {
	a.t.Helper()
	var all []sync.Verdict
	for a.s.Outbox() > 0 {
		p, err := a.s.Pending(context.Background(), 256, 1<<20)
		if err != nil {
			a.t.Fatal(err)
		}
		reply, err := a.h.w.Submit(context.Background(), p, writer.Origin{Terminal: a.opt.Terminal, Role: a.role, Lanes: []string{lane},
			Session: func(context.Context, hall.Actor) (bool, error) { return true, nil }})
		if err != nil || reply.Problem != nil {
			a.t.Fatalf("%v %v", err, reply.Problem)
		}
		if err := a.s.Record(context.Background(), reply.Verdicts); err != nil {
			a.t.Fatal(err)
		}
		all = append(all, reply.Verdicts...)
	}
	return all
}

func (a *at) pull() {
	a.t.Helper()
	for _, lf := range a.follows {
		for _, feed := range lf.Feeds {
			for more := true; more; {
				p := a.h.page(a.s, lf.Lane, feed, 0)
				if err := a.s.Apply(context.Background(), p); err != nil {
					a.t.Fatal(err)
				}
				more = p.More
			}
		}
	}
}

// meet is a whole sync: the line is up, everything went over, numbers came.
func (a *at) meet() {
	a.t.Helper()
	ctx := context.Background()
	a.hello()
	a.s.SetLine(true)
	a.pull()
	a.drain()
	a.pull()
	if _, err := a.s.EnsureLeases(ctx); err != nil {
		a.t.Fatal(err)
	}
	a.drain()
	if _, err := a.s.NumberTemporaries(ctx); err != nil {
		a.t.Fatal(err)
	}
	a.drain()
	a.pull()
}

// begin opens a case at a counter.
func (a *at) begin(id string) string {
	a.t.Helper()
	_, err := a.s.Propose(context.Background(), Draft{Kind: hall.OpenCase, Entity: id, Actor: clerkS1, Sealed: hall.PersonSealed{Name: "测试甲"},
		Body: hall.OpenCaseBody{Item: "licence", ItemVersion: 1, Owner: "owner-" + id, Window: "1"}})
	if err != nil {
		a.t.Fatal(err)
	}
	return id
}

func (a *at) receive(id string) Numbered {
	a.t.Helper()
	n, err := a.s.ProposeNumbered(context.Background(), NumberedDraft{Kind: hall.ReceiveCase, Case: id, Actor: clerkS1, Window: "1"})
	if err != nil {
		a.t.Fatal(err)
	}
	return n
}

// kase is a case as the centre has it.
func (h *caseHall) kase(t testing.TB, id string) hall.Case {
	t.Helper()
	c, ok, err := hall.Load[hall.Case](h.w.World(context.Background(), lane), hall.EntityCase, id)
	if err != nil || !ok {
		t.Fatalf("case %s at the centre: %v %v", id, ok, err)
	}
	return c
}

// someSteps does a few of the steps, in any order; the one named "" after each.
// (rapid's own Repeat takes four times as many, and each is several fsyncs.)
func someSteps(rt *rapid.T, steps map[string]func(*rapid.T)) {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(steps)), func(n string) bool { return n == "" })
	for range rapid.IntRange(1, 16).Draw(rt, "steps") {
		steps[rapid.SampledFrom(names).Draw(rt, "step")](rt)
		if check := steps[""]; check != nil {
			check(rt)
		}
	}
}
