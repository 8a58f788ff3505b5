package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/app/terminal"
	"hallway/sync"
)

// How many open cases a counter and a station know, when there are few and when
// there are many, and over how many days they came.
const (
	listedFew  = 1000
	listedMany = 100_000
	listDays   = 200
	listRounds = 51
	listStaff  = "2001"
)

// listFigures are what the lists of a counter and of a station cost at a terminal
// that knows a hundred thousand open cases, against one that knows a thousand, by
// turns: shown again, and shown after one change.
func listFigures(ctx context.Context, _ string) (figures []Figure, err error) {
	dir, err := os.MkdirTemp("", "hallway-lists")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	many, err := newListBench(ctx, filepath.Join(dir, "many"), listedMany)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, many.close()) }()
	few, err := newListBench(ctx, filepath.Join(dir, "few"), listedFew)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, few.close()) }()
	against := fmt.Sprintf("the same at %d", listedFew)
	for _, m := range []struct {
		name   string
		change func(*listBench, context.Context) error
		show   func(*listBench, context.Context) error
	}{
		{"受理中 (pending)", (*listBench).moveCase, listed("pending", "")},
		{"外网预审 (review)", (*listBench).moveCase, listed("review", "")},
		{"审批 (approval)", (*listBench).moveCase, listed("approval", "")},
		{"my cases", (*listBench).moveCase, listed("mine", "")},
		{"done", (*listBench).moveCase, listed("done", "")},
		{"a number, whole", (*listBench).moveCase, listed("pending", "010101000311")},
		{"the end of a number", (*listBench).moveCase, listed("pending", "000311")},
		{"a part that no number has", (*listBench).moveCase, listed("pending", "77777")},
		{"the desk whole", (*listBench).moveCase, (*listBench).desk},
		{"papers of a department", (*listBench).movePaper, func(b *listBench, ctx context.Context) error { return b.papers(ctx, pathDepartment) }},
		{"papers of the hall", (*listBench).movePaper, func(b *listBench, ctx context.Context) error { return b.papers(ctx, "") }},
	} {
		for _, after := range []bool{false, true} {
			var took [2][]time.Duration
			for range listRounds {
				for i, b := range []*listBench{many, few} {
					if after {
						if err := m.change(b, ctx); err != nil {
							return nil, err
						}
					}
					began := time.Now()
					if err := m.show(b, ctx); err != nil {
						return nil, fmt.Errorf("%s: %w", m.name, err)
					}
					took[i] = append(took[i], time.Since(began))
				}
			}
			name := m.name
			if after {
				name += ", after one change"
			}
			figures = append(figures, figure(fmt.Sprintf("%s, of %d", name, listedMany), against, took[0], took[1]))
		}
	}
	more, err := runningDesks(ctx, many, few, against)
	return append(figures, more...), err
}

// listed shows a list of cases.
func listed(list, query string) func(*listBench, context.Context) error {
	return func(b *listBench, ctx context.Context) error {
		_, err := b.counter.Cases(ctx, terminal.CaseListRequest{List: list, Query: query})
		return err
	}
}

// listBench is a terminal that knows so many cases, with a counter over its store, and
// stations as they are asked for.
type listBench struct {
	st          *store.Store
	counter     *terminal.Counter
	deps        terminal.Deps           // of stations
	at          map[hall.Feed]*sync.Row // the latest of each feed
	cases       []hall.Case             // some, to be changed
	papersHere  []hall.Paper
	moved, sent int // how many changes of cases, and of papers
}

func newListBench(ctx context.Context, dir string, n int) (*listBench, error) {
	st, err := store.Open(ctx, store.Options{Dir: dir, Terminal: "C1", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	b := &listBench{st: st, at: map[hall.Feed]*sync.Row{}}
	if err := b.know(ctx, n); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	deps := terminal.Deps{Store: st, Papers: st, Uplink: noLine{}, Centre: everyRole{}, Logger: slog.New(slog.DiscardHandler), Tick: time.Hour}
	deps.Config = terminal.Config{Role: terminal.RoleCounter, Terminal: "C1", Window: "1", Locale: "zh-Hans"}
	b.counter = terminal.NewCounter(deps)
	b.deps = deps
	if err := b.counter.SignIn(ctx, terminal.SignInRequest{Staff: listStaff, Password: "x"}); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return b, nil
}

func (b *listBench) close() error { return b.st.Close() }

// everyRole lets somebody in who may do everything.
type everyRole struct{ noLine }

func (everyRole) SignIn(_ context.Context, staff, _ string) (terminal.Session, error) {
	return terminal.Session{Token: "t", ID: "session", Staff: staff, Name: staff, Roles: []hall.Role{hall.RoleClerk, hall.RoleApprover, hall.RoleSignOut, hall.RoleSignIn},
		Expires: time.Now().AddDate(0, 0, 1)}, nil
}

// know puts cases and papers into the replica, as a first sync does.
func (b *listBench) know(ctx context.Context, n int) error {
	boot, lane := b.st.BootTime(), sync.HallLane(pushHall)
	custody := hall.CustodyFeed(pathDepartment)
	err := b.st.Greeted(ctx, sync.HelloReply{ServerTime: time.Now(), Epoch: 1, Hall: pushHall,
		Terminal: hall.Terminal{ID: "C1", Role: terminal.RoleCounter, Window: "1"},
		Lanes:    []sync.LaneFeeds{{Lane: sync.SharedLane, Feeds: []hall.Feed{hall.FeedCatalogue}}, {Lane: lane, Feeds: []hall.Feed{hall.FeedCase, custody}}}}, boot, boot)
	if err != nil {
		return err
	}
	cat, err := json.Marshal(listCatalogue())
	if err != nil {
		return err
	}
	snaps := []sync.Snapshot{{Lane: sync.SharedLane, Feed: hall.FeedCatalogue, Entities: []sync.EntityValue{{Kind: hall.EntityCatalogue, ID: pushHall, Value: cat}}},
		{Lane: lane, Feed: hall.FeedCase}, {Lane: lane, Feed: custody}}
	put := func(snap *sync.Snapshot, kind hall.EntityKind, id string, v any) error {
		raw, err := json.Marshal(v)
		snap.Entities = append(snap.Entities, sync.EntityValue{Kind: kind, ID: id, Value: raw})
		return err
	}
	for i := range n {
		c := listCase(i, n)
		if i%(n/100) == 0 && c.State == hall.CasePending {
			b.cases = append(b.cases, c)
		}
		if err := put(&snaps[1], hall.EntityCase, c.ID, c); err != nil {
			return err
		}
		p, batch := listPaper(i, c)
		if p.Custody == hall.AtDepartment && len(b.papersHere) < 50 {
			b.papersHere = append(b.papersHere, p)
		}
		if err := errors.Join(put(&snaps[2], hall.EntityPaper, p.ID, p), put(&snaps[2], hall.EntityBatch, batch.ID, batch)); err != nil {
			return err
		}
	}
	for _, snap := range snaps {
		snap.Epoch, snap.Row, snap.Hash = 1, int64(n), "first"
		b.at[snap.Feed] = &sync.Row{Row: snap.Row, Hash: snap.Hash}
		if err := b.st.ApplySnapshot(ctx, snap); err != nil {
			return err
		}
	}
	return nil
}

func listCatalogue() hall.Catalogue {
	cat := hall.Catalogue{Version: "1", Code: pushHall, Area: "370100", Name: hall.Names{"zh-Hans": "示例"},
		Groups:      []hall.Group{{ID: "g", Prefix: "A", Name: hall.Names{"zh-Hans": "综合"}, ServiceMinutes: 5}},
		Windows:     []hall.WindowDef{{ID: "1", Name: hall.Names{"zh-Hans": "1号窗口"}, Groups: []string{"g"}}},
		Departments: []hall.Department{{ID: pathDepartment, Name: hall.Names{"zh-Hans": "民政"}}},
		Staff: []hall.Staff{{ID: listStaff, Name: "员工", Roles: []hall.Role{hall.RoleClerk, hall.RoleApprover, hall.RoleSignOut, hall.RoleSignIn},
			Rights: []hall.Right{hall.RightHandleCases, hall.RightReviewCases, hall.RightApproveCases, hall.RightVoidCases}, Department: pathDepartment}},
		Hours: []hall.OpenHours{{From: "00:00", To: "23:59"}},
		Queue: hall.QueueRules{Policy: "first_come", MaxCalls: 3, RecallSeconds: 1, RequeueBehind: 3, MaxRequeues: 2, OfflineBlock: 50},
		Cases: hall.CaseRules{Service: "01", NumberBlock: 20}}
	v := hall.ItemVersion{Version: 1, Kind: hall.CasePromised, Nature: "01", PromisedDays: 5}
	for i := range caseMaterial {
		code := fmt.Sprint("M", i)
		cat.Materials = append(cat.Materials, hall.MaterialDef{Code: code, Name: hall.Names{"zh-Hans": "材料"}})
		v.Materials = append(v.Materials, hall.ItemMaterial{Code: code, Required: true})
	}
	cat.Items = []hall.Item{{ID: "licence", Group: "g", Name: hall.Names{"zh-Hans": "许可"}, Versions: []hall.ItemVersion{v}}}
	return cat
}

// listCase is one of n cases that are open: half in 受理中, of which one in twenty
// lacks a material, the others where cases are on their way. Ten clerks at
// ten windows took them in, over listDays.
func listCase(i, n int) hall.Case {
	states := []hall.CaseState{hall.CasePending, hall.CaseReceived, hall.CasePending, hall.CaseApplied, hall.CasePending, hall.CaseAccepted,
		hall.CasePending, hall.CaseInApproval, hall.CasePending, hall.CaseDecided}
	age := time.Duration(n-i) * listDays * 24 * time.Hour / time.Duration(n)
	at := time.Now().Add(-age).Truncate(time.Millisecond)
	c := hall.Case{ID: fmt.Sprintf("case-%020d", i), Number: fmt.Sprintf("010101%06d", i+1), Area: "370100", Item: "licence", ItemVersion: 1, Kind: hall.CasePromised,
		Origin: hall.OriginCounter, State: states[i%len(states)], Version: 3, Clerk: fmt.Sprint(2001 + i/len(states)%10), Window: fmt.Sprint(1 + i/len(states)%10),
		Terminal: "C1", CreatedAt: at, ReceivedAt: at, SubmittedAt: at}
	if c.State == hall.CaseInApproval {
		c.Approval = &hall.Approval{At: hall.StepReview, Steps: []hall.ApprovalStep{{No: 1, Step: hall.StepHandle, Status: hall.StepPassed, By: fmt.Sprint(2001 + i%10), At: at}}}
	}
	for j := range caseMaterial {
		m := hall.Material{Key: fmt.Sprint("M", j), Code: fmt.Sprint("M", j), Required: true, State: hall.MaterialWaitOut}
		m.Attempts = []hall.Attempt{{No: 1, Method: hall.MethodPaper, State: hall.AttemptActive, AskedAt: at, Due: at.AddDate(0, 0, 10)}}
		if c.State == hall.CasePending && j == 0 && i%20 == 0 {
			m.State = hall.MaterialMissing
		}
		c.Materials = append(c.Materials, m)
	}
	return c
}

// listPaper is a paper of a case, in a batch of its own: one in four is on the road.
func listPaper(i int, c hall.Case) (hall.Paper, hall.Batch) {
	p := hall.Paper{Case: c.ID, Number: c.Number, Item: c.Item, Material: "M0", Code: "M0", Attempt: 1, Department: pathDepartment,
		Custody: hall.AtDepartment, Due: c.CreatedAt.AddDate(0, 0, 10)}
	p.ID = hall.Label{Number: c.Number, Material: "M0", Attempt: 1}.ID()
	b := hall.Batch{ID: hall.BatchID(c.Number, pathDepartment), Case: c.ID, Number: c.Number, Item: c.Item, Department: pathDepartment, State: hall.BatchOpen, OpenedAt: c.CreatedAt}
	if i%4 == 0 {
		p.Custody, b.State = hall.InTransit, hall.BatchOut
		p.Seen = []hall.Observation{{Op: hall.OpID(fmt.Sprint("out-", i)), Kind: hall.SignOut, Staff: listStaff, Terminal: "SO", At: c.CreatedAt}}
	}
	b.Papers = []hall.BatchPaper{{ID: p.ID, Custody: p.Custody}}
	return p, b
}

// change takes one row in.
func (b *listBench) change(ctx context.Context, feed hall.Feed, kind hall.EntityKind, id string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	at := b.at[feed]
	r := sync.Row{Lane: sync.HallLane(pushHall), Row: at.Row + 1, Feed: feed, Event: "changed", Kind: kind, ID: id, Value: raw, Epoch: 1, PrevHash: at.Hash, At: time.Now().UTC()}
	r.Hash = sync.RowHash(r)
	page := sync.Page{Lane: r.Lane, Feed: feed, Epoch: 1, From: at.Row, To: r.Row, Rows: []sync.Row{r}}
	b.at[feed] = &r
	return b.st.Apply(ctx, page)
}

// moveCase accepts a case, and the next time takes that back.
func (b *listBench) moveCase(ctx context.Context) error {
	c := &b.cases[b.moved/2%len(b.cases)]
	c.State = hall.CaseAccepted
	if b.moved%2 == 1 {
		c.State = hall.CasePending
	}
	c.Version++
	b.moved++
	return b.change(ctx, hall.FeedCase, hall.EntityCase, c.ID, *c)
}

// movePaper sends a paper on the road, and the next time takes that back.
func (b *listBench) movePaper(ctx context.Context) error {
	p := &b.papersHere[b.sent/2%len(b.papersHere)]
	p.Custody = hall.InTransit
	if b.sent%2 == 1 {
		p.Custody = hall.AtDepartment
	}
	b.sent++
	return b.change(ctx, hall.CustodyFeed(pathDepartment), hall.EntityPaper, p.ID, *p)
}

// desk builds the whole view of the counter.
func (b *listBench) desk(ctx context.Context) error {
	return b.counter.DismissNews(ctx, "none")
}

// papers signs in at a station of a department, or of the hall, which makes its
// lists and its view.
func (b *listBench) papers(ctx context.Context, department string) error {
	b.deps.Config = terminal.Config{Role: terminal.RoleStation, Terminal: "C1", Department: department, Locale: "zh-Hans"}
	s := terminal.NewStation(b.deps)
	if err := s.SignIn(ctx, terminal.SignInRequest{Staff: listStaff, Password: "x"}); err != nil {
		return err
	}
	if n := len(s.View().Batches); n != 100 {
		return fmt.Errorf("%d batches are shown", n)
	}
	return nil
}

// runningDesks are counters that run: from a change that was taken in to the view
// that tells of it, with everything that a desk does on a change.
func runningDesks(ctx context.Context, many, few *listBench, against string) ([]Figure, error) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 2)
	for _, b := range []*listBench{many, few} {
		go func() { ended <- b.counter.Run(ctx) }()
	}
	var took [2][]time.Duration
	err := func() error {
		for range listRounds {
			for i, b := range []*listBench{many, few} {
				d, err := b.told(ctx)
				if err != nil {
					return err
				}
				took[i] = append(took[i], d)
			}
		}
		return nil
	}()
	cancel()
	if err := errors.Join(err, <-ended, <-ended); err != nil {
		return nil, err
	}
	return []Figure{figure(fmt.Sprintf("a change to the desk that shows it, of %d", listedMany), against, took[0], took[1])}, nil
}

// told changes one case and waits until the desk counts it otherwise.
func (b *listBench) told(ctx context.Context) (time.Duration, error) {
	before := b.counter.View().Desk.Count
	if err := b.moveCase(ctx); err != nil {
		return 0, err
	}
	began := time.Now()
	end := time.NewTimer(time.Minute)
	defer end.Stop()
	for {
		_, _, newer := b.counter.Snapshot()
		if b.counter.View().Desk.Count != before {
			return time.Since(began), nil
		}
		select {
		case <-newer:
		case <-end.C:
			return 0, errors.New("the desk did not tell of a change")
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}
