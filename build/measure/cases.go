package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/app/terminal"
	"hallway/build/demo/stage"
	"hallway/sync/client"
	"hallway/sync/seal"
)

// paperItem is an item of the demo hall one of whose materials comes on paper
// from the department civil, and handed is what is handed in for it.
const (
	paperItem = "elder-benefit"
	paperCode = "M17"
)

var handed = []string{"M10", "M11", "M13"}

// desk is a counter of the demo hall without its page: its store, its line and
// a clerk, to take many cases in at once.
type desk struct {
	st    *store.Store
	actor hall.Actor
	stop  context.CancelFunc
	done  chan error
}

func openDesk(ctx context.Context, s *stage.Stage, id, staff string) (*desk, error) {
	token, err := os.ReadFile(filepath.Join(s.Dir(), id+".token"))
	if err != nil {
		return nil, err
	}
	quiet := slog.New(slog.DiscardHandler)
	st, err := store.Open(ctx, store.Options{Dir: filepath.Join(s.Dir(), "desk"), Terminal: id, Logger: quiet})
	if err != nil {
		return nil, err
	}
	base := s.Program("central").URL()
	session, err := terminal.NewHTTPCentre(base, string(token), id, nil).SignIn(ctx, staff, s.Passwords[staff])
	if err != nil {
		return nil, errors.Join(fmt.Errorf("sign %s in at %s: %w", staff, id, err), st.Close())
	}
	d := &desk{st: st, done: make(chan error, 1),
		actor: hall.Actor{Kind: hall.ActorStaff, ID: staff, Role: hall.RoleClerk, Session: session.ID}}
	line := client.New(client.Options{URL: base, Token: string(token), Store: st, Version: "measure", Logger: quiet})
	ctx, d.stop = context.WithCancel(ctx)
	go func() { d.done <- line.Run(ctx) }()
	return d, nil
}

func (d *desk) close() error {
	d.stop()
	return errors.Join(<-d.done, d.st.Close())
}

func (d *desk) act(ctx context.Context, kind hall.Kind, id string, body, sealed any) error {
	_, err := d.st.Propose(ctx, store.Draft{Kind: kind, Entity: id, Actor: d.actor, Body: body, Sealed: sealed})
	return err
}

// labels takes n cases in and gives the labels of the papers that the
// department is asked for.
func (d *desk) labels(ctx context.Context, n int) ([]string, error) {
	ids := make([]string, n)
	key, ok := []byte(nil), false
	err := wait("the desk has met its centre", func() (bool, error) {
		cat, err := d.st.World().Catalogue()
		key, ok = d.st.OwnerKey()
		return ok && cat != nil, err
	})
	if err != nil {
		return nil, err
	}
	for i := range ids {
		ids[i] = fmt.Sprintf("measured-%04d", i)
		if err := d.begin(ctx, ids[i], key, i); err != nil {
			return nil, err
		}
	}
	if err := d.all(ctx, ids, "opened", func(c hall.Case) bool { return c.Version > 0 }); err != nil {
		return nil, err
	}
	for some := range slices.Chunk(ids, atOnce) {
		if err := d.choose(ctx, some); err != nil {
			return nil, err
		}
	}
	if err := d.each(ctx, ids, func(c hall.Case) error { return d.number(ctx, c) }); err != nil {
		return nil, err
	}
	if err := d.all(ctx, ids, "numbered", func(c hall.Case) bool { return c.State == hall.CaseReceived }); err != nil {
		return nil, err
	}
	if err := d.each(ctx, ids, func(c hall.Case) error {
		return d.act(ctx, hall.AcceptCase, c.ID, hall.AcceptCaseBody{Edit: hall.Edit{Version: c.Version}}, nil)
	}); err != nil {
		return nil, err
	}
	var labels []string
	err = d.all(ctx, ids, "waiting for their papers", func(c hall.Case) bool { return c.State == hall.CasePending })
	if err == nil {
		err = d.each(ctx, ids, func(c hall.Case) error {
			labels = append(labels, hall.EncodeLabel(hall.Label{Number: c.Number, Material: paperCode, Attempt: 1}))
			return nil
		})
	}
	return labels, err
}

// atOnce is how many questions a department is asked at a time: it is not
// asked more than it has room for.
const atOnce = 20

// choose asks the department for the papers of some cases.
func (d *desk) choose(ctx context.Context, ids []string) error {
	if err := d.each(ctx, ids, func(c hall.Case) error {
		return d.act(ctx, hall.ChooseSharing, c.ID, hall.ChooseSharingBody{Edit: hall.Edit{Version: c.Version}, Material: paperCode, Method: hall.MethodPaper}, nil)
	}); err != nil {
		return err
	}
	return d.all(ctx, ids, "answered", func(c hall.Case) bool {
		m, ok := c.Material(paperCode)
		return ok && m.State == hall.MaterialWaitOut
	})
}

// begin opens a case and hands in what a department does not supply.
func (d *desk) begin(ctx context.Context, id string, key []byte, i int) error {
	body := hall.OpenCaseBody{Item: paperItem, ItemVersion: 1, Window: "2", Owner: seal.OwnerLook(key, "111", fmt.Sprintf("measured %d", i)),
		PasswordLook: seal.PasswordLook(key, id, seal.QueryPassword(key, id))}
	if err := d.act(ctx, hall.OpenCase, id, body, hall.PersonSealed{}); err != nil {
		return err
	}
	for _, code := range handed {
		if err := d.act(ctx, hall.HandIn, id, hall.HandInBody{Material: code, Way: hall.MethodOriginal}, nil); err != nil {
			return err
		}
	}
	return nil
}

// number spends an application number, when one is owned.
func (d *desk) number(ctx context.Context, c hall.Case) error {
	err := wait("an application number", func() (bool, error) {
		for _, l := range d.st.Leases() {
			if l.Group == "" && l.Left() > 0 {
				return true, nil
			}
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	_, err = d.st.ProposeNumbered(ctx, store.NumberedDraft{Kind: hall.ReceiveCase, Case: c.ID, Actor: d.actor, Window: "2"})
	return err
}

func (d *desk) each(ctx context.Context, ids []string, f func(hall.Case) error) error {
	for _, id := range ids {
		c, _, err := hall.Load[hall.Case](d.st.World(), hall.EntityCase, id)
		if err != nil {
			return err
		}
		if err := f(c); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// all waits until every case is so, and nothing is on its way.
func (d *desk) all(ctx context.Context, ids []string, what string, ok func(hall.Case) bool) error {
	end := time.Now().Add(3 * time.Minute)
	for {
		left := 0
		err := d.each(ctx, ids, func(c hall.Case) error {
			if !ok(c) {
				left++
			}
			return nil
		})
		if err != nil || left == 0 && d.st.Outbox() == 0 {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("%d of %d cases are not %s; refused: %v", left, len(ids), what, d.st.WorkList())
		}
		time.Sleep(50 * time.Millisecond)
	}
}
