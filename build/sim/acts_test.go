//go:build linux

package sim

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/sync"
)

var citizen = hall.Actor{Kind: hall.ActorCitizen, Role: hall.RoleCitizen}

// act is one act of whoever stands at this terminal.
func (x *terminal) act() {
	if !x.running() {
		return
	}
	x.w.done.acts++
	switch x.role {
	case hall.AtKiosk:
		x.atKiosk()
	case hall.AtCounter:
		if x.w.rnd.IntN(2) == 0 {
			x.atWindow()
		} else {
			x.atCase()
		}
	case hall.AtStation:
		x.atStation()
	}
}

// propose writes an act down, and tells the witness when that is acknowledged.
func (x *terminal) propose(d store.Draft) (op hall.Op, ok bool) {
	kept := x.w.fault.draft(d)
	err := x.alive(func() (err error) {
		op, err = x.store.Propose(ctx, kept)
		return err
	})
	if err != nil {
		x.w.note("%s %s %s: %s", x.name, d.Kind, d.Entity, brief(err))
		return op, false
	}
	x.w.witness.acknowledged(x, op, "", d.DependsOn)
	return op, true
}

func (x *terminal) atKiosk() {
	switch x.w.rnd.IntN(4) {
	case 0:
		x.slip()
	default:
		x.ticket()
	}
}

// ticket gives a person a number. A kiosk whose next number is being asked for
// waits a moment for it; here that moment is over at once.
func (x *terminal) ticket() {
	group := []string{"g", "h"}[x.w.rnd.IntN(2)]
	now, _ := x.store.Now()
	ahead := slices.ContainsFunc(x.store.Leases(), func(l store.Lease) bool {
		return l.Group == group && l.Day == hall.DayOf(now) && !l.Offline && l.Left() > 0
	})
	if x.session && !ahead {
		x.store.SetLine(false)
		defer func() {
			if x.running() {
				x.store.SetLine(x.session)
			}
		}()
	}
	var out store.Issued
	err := x.alive(func() (err error) {
		out, err = x.store.Issue(ctx, store.TicketDraft{Actor: citizen, Group: group, Class: hall.ClassOrdinary})
		return err
	})
	var no *store.Error
	if errors.As(err, &no) && no.Code == store.CodeNoNumbers {
		return
	}
	if err != nil {
		x.w.note("%s issues nothing: %s", x.name, brief(err))
		return
	}
	x.w.witness.acknowledged(x, out.Op, out.Number, nil)
}

// slip prints what waits.
func (x *terminal) slip() {
	jobs, err := x.store.OpenJobs(ctx)
	if err != nil || len(jobs) == 0 {
		return
	}
	j := jobs[x.w.rnd.IntN(len(jobs))]
	if !j.Begun && x.alive(func() error { return x.store.JobBegun(ctx, j.ID) }) != nil {
		return
	}
	if err := x.alive(func() error { return x.store.JobEnded(ctx, j.ID, store.JobConfirmed) }); err == nil {
		x.w.note("%s printed %s", x.name, j.Ticket)
	}
}

// atWindow is the work of a clerk with the queue. Some of it is asked for before
// what it depends on was decided.
func (x *terminal) atWindow() {
	if x.store.PendingFor(x.window) {
		return
	}
	world := x.store.World()
	win, _, err := hall.Load[hall.Window](world, hall.EntityWindow, x.window)
	x.w.must("window", err)
	if !win.Open || win.Terminal != x.id {
		op, ok := x.propose(store.Draft{Kind: hall.OpenWindow, Entity: x.window, Actor: x.staff, Body: hall.OpenWindowBody{}})
		if ok && x.w.rnd.IntN(2) == 0 {
			x.propose(store.Draft{Kind: hall.CallNext, Entity: x.window, Actor: x.staff, Body: hall.CallNextBody{}, DependsOn: []hall.OpID{op.ID}})
		}
		return
	}
	if win.Ticket == "" {
		x.propose(store.Draft{Kind: hall.CallNext, Entity: x.window, Actor: x.staff, Body: hall.CallNextBody{}})
		return
	}
	t, ok, err := hall.Load[hall.Ticket](world, hall.EntityTicket, win.Ticket)
	x.w.must("ticket", err)
	if !ok || x.store.PendingFor(t.ID) {
		return
	}
	body := hall.TicketActBody{Window: x.window}
	kinds := []hall.Kind{hall.StartService, hall.StartService, hall.MissTicket, hall.Recall}
	if t.State == hall.TicketServing {
		kinds = []hall.Kind{hall.FinishService, hall.FinishService, hall.HoldTicket}
	}
	op, ok := x.propose(store.Draft{Kind: kinds[x.w.rnd.IntN(len(kinds))], Entity: t.ID, Actor: x.staff, Body: body})
	if !ok {
		return
	}
	switch op.Kind {
	case hall.FinishService:
		if op, ok := x.propose(store.Draft{Kind: hall.Rate, Entity: t.ID, Actor: citizen, DependsOn: []hall.OpID{op.ID},
			Body: hall.RateBody{Level: 1 + x.w.rnd.IntN(5), Channel: "evaluator"}}); ok {
			_ = op
		}
	case hall.StartService:
		if x.w.rnd.IntN(2) == 0 {
			x.propose(store.Draft{Kind: hall.FinishService, Entity: t.ID, Actor: x.staff, Body: body, DependsOn: []hall.OpID{op.ID}})
		}
	}
}

// atCase is the work of a clerk with cases.
func (x *terminal) atCase() {
	cases, err := x.store.Cases(ctx, store.CaseQuery{})
	x.w.must("cases", err)
	if len(cases) == 0 || x.w.rnd.IntN(4) == 0 {
		x.openCase()
		return
	}
	c := cases[x.w.rnd.IntN(len(cases))]
	if c.Number == "" && c.TempNumber == "" {
		x.receive(c.ID)
		return
	}
	m := c.Materials[x.w.rnd.IntN(len(c.Materials))]
	edit := hall.Edit{Version: c.Version}
	d := store.Draft{Entity: c.ID, Actor: x.staff}
	what := x.w.rnd.IntN(10)
	if x.w.rnd.IntN(3) > 0 { // what leads on, mostly
		what, m = x.next(c)
	}
	switch what {
	case 0, 1, 2:
		method := []hall.Method{hall.MethodPaper, hall.MethodPaper, hall.MethodEShare}[x.w.rnd.IntN(3)]
		d.Kind, d.Body = hall.ChooseSharing, hall.ChooseSharingBody{Edit: edit, Material: m.Key, Method: method}
	case 3, 4:
		x.scan(c.ID, m.Key)
		return
	case 5:
		d.Kind, d.Body = hall.HandIn, hall.HandInBody{Material: "FORM", Way: hall.MethodOriginal}
	case 6, 7, 8:
		d.Kind, d.Body = hall.AcceptCase, hall.AcceptCaseBody{Edit: edit}
	default:
		d.Kind, d.Body = hall.DropMethod, hall.DropMethodBody{Edit: edit, Material: m.Key}
	}
	x.propose(d)
}

// next is what a case needs to be accepted: its form, a choice for the paper of
// the department, then 受理.
func (x *terminal) next(c hall.Case) (what int, m hall.Material) {
	form, _ := c.Material("FORM")
	paper, _ := c.Material("MARRIAGE")
	switch {
	case form.Open():
		return 3 + x.w.rnd.IntN(3), *form
	case paper.State == hall.MaterialPrepare || paper.State == hall.MaterialMissing:
		return 0, *paper
	}
	return 6, *paper
}

// scan hands a scanned file in: it is kept here before anything is said of it,
// and carried to the centre beside the operations.
func (x *terminal) scan(id, material string) {
	content := make([]byte, 100+x.w.rnd.IntN(2000))
	if x.w.rnd.IntN(8) == 0 {
		content = make([]byte, sync.FileChunk+x.w.rnd.IntN(2000)) // more than one piece
	}
	for i := range content {
		content[i] = byte(x.w.rnd.Uint32())
	}
	copy(content, "%PDF-1.7\n")
	var f hall.File
	var op hall.Op
	err := x.alive(func() (err error) {
		if f, err = x.store.PutFile(ctx, bytes.NewReader(content), "application/pdf", 0); err != nil {
			return err
		}
		op, err = x.store.HandIn(ctx, store.Draft{Kind: hall.HandIn, Entity: id, Actor: x.staff,
			Body: hall.HandInBody{Material: material, Way: hall.MethodUpload}}, f)
		return err
	})
	if err != nil {
		x.w.note("%s scans nothing: %s", x.name, brief(err))
		return
	}
	x.w.witness.acknowledged(x, op, "", nil)
}

// openCase takes a case in: a form in a hand, a number, often at once.
func (x *terminal) openCase() {
	x.began++
	id := fmt.Sprintf("case-%s-%d-%d", strings.ReplaceAll(x.name, "'", "x"), x.boots, x.began)
	op, ok := x.propose(store.Draft{Kind: hall.OpenCase, Entity: id, Actor: x.staff, Sealed: hall.PersonSealed{Name: "测试甲", DocKind: "111"},
		Body: hall.OpenCaseBody{Item: "licence", ItemVersion: 1, Owner: "owner-" + id, Window: x.window}})
	if !ok || x.w.rnd.IntN(4) == 0 {
		return
	}
	if _, ok := x.propose(store.Draft{Kind: hall.HandIn, Entity: id, Actor: x.staff, DependsOn: []hall.OpID{op.ID},
		Body: hall.HandInBody{Material: "FORM", Way: hall.MethodOriginal}}); ok {
		x.receive(id)
	}
}

func (x *terminal) receive(id string) {
	var out store.Numbered
	err := x.alive(func() (err error) {
		out, err = x.store.ProposeNumbered(ctx, store.NumberedDraft{Kind: hall.ReceiveCase, Case: id, Nature: "01", Actor: x.staff, Window: x.window})
		return err
	})
	if err != nil {
		x.w.note("%s receives nothing: %s", x.name, brief(err))
		return
	}
	x.w.witness.acknowledged(x, out.Op, out.Number+out.Temporary, nil)
}

// atStation scans a paper. Papers move by hand: a station may hold one that it
// has not heard of.
func (x *terminal) atStation() {
	papers := x.w.papers()
	if len(papers) == 0 {
		return
	}
	id := papers[x.w.rnd.IntN(len(papers))]
	l, ok := hall.LabelOfPaper(id)
	if !ok {
		x.w.wrong("%s is no paper", id)
	}
	kinds := []hall.Kind{hall.SignOut, hall.SignOut, hall.SignOut, hall.ReturnIn}
	if x.department == "" {
		kinds = []hall.Kind{hall.SignIn, hall.SignIn, hall.SignIn, hall.ReturnOut}
	}
	var seen []store.Seen
	err := x.alive(func() (err error) {
		seen, err = x.store.Witness(ctx, []store.Draft{{Kind: kinds[x.w.rnd.IntN(len(kinds))], Entity: id, Actor: x.staff,
			Body: hall.ScanBody{Label: hall.EncodeLabel(l), Copies: 1}}}, func(int, hall.Outcome) bool { return true })
		return err
	})
	if err != nil {
		x.w.note("%s scans nothing: %s", x.name, brief(err))
		return
	}
	x.w.done.scans++
	x.w.witness.acknowledged(x, seen[0].Op, "", nil)
}

// papers are those that the centre has asked for.
func (w *world) papers() []string {
	n := w.centre.any()
	if n == nil {
		return nil
	}
	return w.ids(n, hall.EntityPaper)
}
