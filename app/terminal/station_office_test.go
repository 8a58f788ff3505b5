package terminal

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"hallway/app/hall"
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
