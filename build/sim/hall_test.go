//go:build linux

package sim

import (
	"fmt"
	"time"

	"hallway/app/hall"
)

func named(s string) hall.Names { return hall.Names{"zh-Hans": s} }

// furnish opens the hall: its catalogue, its terminals, each of which has met
// the centre once.
func (w *world) furnish() {
	w.centre = newCentre(w)
	bad := w.mix // not yet
	w.mix = mix{writers: bad.writers}
	defer func() { w.mix = bad }()
	n := w.plan.terminals
	kiosks, counters, stations := (n*2+4)/5, (n+2)/3, max(2, n/5)
	windows := max(1, counters*3/4)
	cat := catalogue(windows, counters, stations)
	if v, ok := w.centre.own(hall.PublishCatalogue, hallCode, hall.PublishCatalogueBody{Catalogue: cat}); !ok || v.Status != hall.Applied {
		w.wrong("the catalogue is not published: %v %v", v.Status, v.Reason)
	}
	for i := range n {
		var x *terminal
		switch {
		case i < kiosks:
			x = newTerminal(w, fmt.Sprintf("K%d", i+1), hall.AtKiosk)
			if i < 26 {
				x.letter = string(rune('A' + i))
			}
		case i < kiosks+counters:
			k := i - kiosks
			x = newTerminal(w, fmt.Sprintf("C%d", k+1), hall.AtCounter)
			x.window = fmt.Sprint(k%windows + 1)
			x.staff = staffed(fmt.Sprintf("S%d", k+1), hall.RoleClerk)
		case i < kiosks+counters+stations:
			k := i - kiosks - counters
			x = newTerminal(w, fmt.Sprintf("T%d", k+1), hall.AtStation)
			if k%2 == 0 {
				x.department = "civil"
				x.staff = staffed(fmt.Sprintf("O%d", k+1), hall.RoleSignOut)
			} else {
				x.staff = staffed(fmt.Sprintf("I%d", k+1), hall.RoleSignIn)
			}
		default:
			x = newTerminal(w, fmt.Sprintf("D%d", i), "display")
		}
		w.terminals = append(w.terminals, x)
		x.enrol()
		x.start()
	}
	for _, x := range w.terminals {
		for !x.settle() {
			w.pass(time.Second)
		}
		x.session = false
	}
}

func staffed(id string, role hall.Role) hall.Actor {
	return hall.Actor{Kind: hall.ActorStaff, ID: id, Role: role, Session: "session-" + id}
}

// catalogue is a hall with two queues, and an item that takes a form, a paper of
// a department and an answer of another.
func catalogue(windows, counters, stations int) hall.Catalogue {
	c := hall.Catalogue{Version: "1", Code: hallCode, Area: "370100", Name: named("示例市政务服务中心"),
		Groups:      []hall.Group{{ID: "g", Prefix: "A", Name: named("综合"), ServiceMinutes: 5}, {ID: "h", Prefix: "B", Name: named("社保"), ServiceMinutes: 5}},
		Hours:       []hall.OpenHours{{From: "09:00", To: "17:00"}},
		Queue:       hall.QueueRules{Policy: "first_come", MaxCalls: 3, RecallSeconds: 1, RequeueBehind: 3, MaxRequeues: 2, OfflineBlock: 20},
		Departments: []hall.Department{{ID: "civil", Name: named("民政")}, {ID: "police", Name: named("公安")}},
		Materials: []hall.MaterialDef{{Code: "FORM", Name: named("申请表")}, {Code: "MARRIAGE", Name: named("婚姻登记"), Department: "civil"},
			{Code: "RESIDENCE", Name: named("户籍"), Department: "police"}},
		Cases: hall.CaseRules{Service: "01", NumberBlock: 10, UnmatchedMinutes: 30}}
	sharing := []hall.Method{hall.MethodEShare, hall.MethodPaper}
	var signIn []string
	for i := range windows {
		c.Windows = append(c.Windows, hall.WindowDef{ID: fmt.Sprint(i + 1), Name: named(fmt.Sprintf("%d号窗口", i+1)), Groups: []string{"g", "h"}})
	}
	for i := range counters {
		c.Staff = append(c.Staff, hall.Staff{ID: fmt.Sprintf("S%d", i+1), Name: "员工", Roles: []hall.Role{hall.RoleClerk},
			Rights: []hall.Right{hall.RightEditCases, hall.RightCancelCases}})
	}
	for i := range stations {
		if i%2 == 0 {
			c.Staff = append(c.Staff, hall.Staff{ID: fmt.Sprintf("O%d", i+1), Name: "员工", Roles: []hall.Role{hall.RoleSignOut}, Department: "civil"})
			continue
		}
		signIn = append(signIn, fmt.Sprintf("I%d", i+1))
		c.Staff = append(c.Staff, hall.Staff{ID: fmt.Sprintf("I%d", i+1), Name: "员工", Roles: []hall.Role{hall.RoleSignIn}})
	}
	c.Items = []hall.Item{{ID: "licence", Group: "g", Name: named("许可"),
		Versions: []hall.ItemVersion{{Version: 1, Kind: hall.CasePromised, Nature: "01", PromisedDays: 5, LegalDays: 20, Materials: []hall.ItemMaterial{
			{Code: "FORM", Required: true}, {Code: "MARRIAGE", Required: true, Methods: sharing}, {Code: "RESIDENCE", Methods: sharing}}}},
		Paper: []hall.PaperRights{{Material: "MARRIAGE", SignOut: "civil", SignIn: signIn}, {Material: "RESIDENCE", SignOut: "police", SignIn: signIn}}}}
	return c
}
