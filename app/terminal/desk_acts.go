package terminal

import (
	"context"
	"errors"
	"net/http"

	"hallway/app/hall"
	"hallway/devices"
)

// work does one act of the clerk with the case in hand: one at a time, read and
// asked again now.
func (c *Counter) work(do func(k caseState) error) error {
	defer c.show()
	c.busy.Lock()
	defer c.busy.Unlock()
	if c.desk.store == nil {
		return errNoDesk()
	}
	s := c.signedIn()
	if s == nil {
		return Fail(http.StatusForbidden, "not_signed_in")
	}
	st := c.state()
	c.deskTicket(st)
	k, ok := c.inHand(st, s)
	if !ok {
		return refused(deny("no_case"))
	}
	c.desk.mu.Lock()
	c.desk.notice = nil
	c.desk.mu.Unlock()
	err := do(k)
	c.afterRefusal(err)
	return err
}

// afterRefusal shows what the writer's refusal means for the desk: another
// clerk was first, or the case was accepted by itself. The fresh case is shown.
func (c *Counter) afterRefusal(err error) {
	var p *Problem
	if !errors.As(err, &p) {
		return
	}
	reason := p.Reason
	if reason == nil {
		reason = p.Why
	}
	if reason == nil {
		return
	}
	switch reason.Code {
	case "case_updated", "case_auto_accepted", "case_deemed", "case_cancelled":
		c.tell(devices.Warn, reason.Code)
	case sessionEnded:
		c.forget()
	}
}

// seen is the version of the case in hand that the page shows: what the clerk
// decided upon.
func (c *Counter) seen(k caseState) hall.Edit {
	if shown := c.View().Desk.Case; shown != nil && shown.ID == k.ID {
		return hall.Edit{Version: shown.Version}
	}
	return hall.Edit{Version: k.Version}
}

// claimCase asks the rules, and writes a claim on the case down.
func (c *Counter) claimCase(ctx context.Context, k caseState, kind hall.Kind, body any, after ...hall.OpID) error {
	return c.claimSealed(ctx, k, kind, body, nil, after...)
}

// claimSealed is claimCase with a sealed part, nil without one.
func (c *Counter) claimSealed(ctx context.Context, k caseState, kind hall.Kind, body, sealed any, after ...hall.OpID) error {
	if a := c.maySealed(k, kind, body, sealedOrNot(sealed)); !a.Allowed {
		return refused(a)
	}
	return c.claim(context.WithoutCancel(ctx), Draft{Kind: kind, Entity: k.ID, Actor: actorFor(k.staff, kind), Body: body, Sealed: sealed, DependsOn: after})
}

// ChooseMethod chooses that a department supplies a material: the department
// is asked, and until it answers nothing has changed.
func (c *Counter) ChooseMethod(ctx context.Context, r MethodRequest) error {
	return c.work(func(k caseState) error {
		err := c.claimCase(ctx, k, hall.ChooseSharing, hall.ChooseSharingBody{Edit: c.seen(k), Material: r.Material, Method: r.Method})
		if m, known := k.Material(r.Material); err == nil && known {
			c.desk.mu.Lock()
			c.desk.asked[r.Material] = query{r.Method, len(m.Attempts)}
			c.desk.mu.Unlock()
		}
		return err
	})
}

// DropMethod takes a choice back (变更材料提交方式).
func (c *Counter) DropMethod(ctx context.Context, r MaterialRequest) error {
	return c.work(func(k caseState) error {
		c.desk.mu.Lock()
		delete(c.desk.asked, r.Material)
		c.desk.mu.Unlock()
		return c.claimCase(ctx, k, hall.DropMethod, hall.DropMethodBody{Edit: c.seen(k), Material: r.Material})
	})
}

// ReplaceMaterial takes back a material that is in.
func (c *Counter) ReplaceMaterial(ctx context.Context, r ReplaceMaterialRequest) error {
	return c.work(func(k caseState) error {
		err := c.claimCase(ctx, k, hall.ReplaceMaterial, hall.ReplaceMaterialBody{Edit: c.seen(k), Material: r.Material, Reason: r.Reason})
		return c.sentIf(ctx, placeReplace, err)
	})
}

// handInAct says whether a material can be handed in now.
func (c *Counter) handInAct(k caseState, key string) Act {
	if why := k.HandInBlocked(key); why.Code != "" {
		return Act{Why: &why}
	}
	return c.mayCase(k, hall.HandIn, hall.HandInBody{Material: key, Way: hall.MethodOriginal})
}

// TakeOriginal: the paper itself was handed in.
func (c *Counter) TakeOriginal(ctx context.Context, r MaterialRequest) error {
	return c.work(func(k caseState) error {
		if a := c.handInAct(k, r.Material); !a.Allowed {
			return refused(a)
		}
		return c.witness(ctx, Draft{Kind: hall.HandIn, Entity: k.ID, Actor: staffActor(k.staff),
			Body: hall.HandInBody{Material: r.Material, Way: hall.MethodOriginal}})
	})
}

// witness writes down what has happened; it is shown at once.
func (c *Counter) witness(ctx context.Context, d Draft) error {
	if _, err := c.Store.Propose(context.WithoutCancel(ctx), d); err != nil {
		return c.storeProblem(err, d.Kind)
	}
	return nil
}

// receiveAct says whether the materials can be taken in now.
func (c *Counter) receiveAct(k caseState) Act {
	return c.mayCase(k, hall.ReceiveCase, c.sample(k))
}

func (c *Counter) sample(k caseState) hall.NumberBody {
	return hall.NumberBody{Number: k.cat.SampleNumber(k.Case), Lease: "sample"}
}

// ReceiveCase takes the materials into the clerk's hand (收件): the case gets its
// number, without the line a temporary one if none is owned.
func (c *Counter) ReceiveCase(ctx context.Context) error {
	return c.work(func(k caseState) error {
		if a := c.receiveAct(k); !a.Allowed {
			return refused(a)
		}
		_, err := c.receive(ctx, k)
		return err
	})
}

func (c *Counter) receive(ctx context.Context, k caseState) (Numbered, error) {
	n, err := c.desk.store.ProposeNumbered(context.WithoutCancel(ctx), NumberedDraft{Kind: hall.ReceiveCase, Case: k.ID,
		Nature: k.version.Nature, Actor: staffActor(k.staff), Window: c.window, Ticket: ticketOf(k.counterState)})
	if err != nil {
		return n, c.storeProblem(err, hall.ReceiveCase)
	}
	c.changed()
	return n, nil
}

// acceptAct says whether the case can be accepted now by whoever saw that
// version of it: a draft as it would be after 收件.
func (c *Counter) acceptAct(k caseState, seen hall.Edit) Act {
	if a := c.mayDesk(k.staff, hall.AcceptCase); !a.Allowed {
		return a
	}
	if k.State == hall.CaseDraft {
		if seen.Version != k.Version {
			return deny("case_updated")
		}
		after, why := c.afterReceipt(k)
		if why != nil {
			return Act{Why: why}
		}
		k, seen.Version = after, after.Version
	}
	return c.mayCase(k, hall.AcceptCase, hall.AcceptCaseBody{Edit: seen})
}

// afterReceipt is a draft as it would be after 收件, or why it cannot be.
func (c *Counter) afterReceipt(k caseState) (caseState, *hall.Text) {
	out, err := c.step(k.world, k.now, staffActor(k.staff), actDraft{hall.ReceiveCase, k.ID, c.sample(k)}, nil)
	switch {
	case err != nil:
		c.Logger.Error("a rule could not be asked", "kind", hall.ReceiveCase, "err", err)
		return k, deny("malformed").Why
	case out.Status != hall.Applied:
		return k, &out.Reason
	}
	for _, change := range out.Changes {
		if change.Kind == hall.EntityCase {
			k.world = oneCase{k.world, k.ID, change.Value}
		}
	}
	after, ok, err := hall.Load[hall.Case](k.world, hall.EntityCase, k.ID)
	if err != nil || !ok {
		return k, deny("malformed").Why
	}
	k.Case = after
	return k, nil
}

// AcceptCase is 受理, also the repeated one; of a draft it takes the materials in
// first. With sharing open the case waits (受理中) and its temporary receipt
// prints by itself.
func (c *Counter) AcceptCase(ctx context.Context) error {
	return c.work(func(k caseState) error {
		edit := c.seen(k)
		if a := c.acceptAct(k, edit); !a.Allowed {
			return refused(a)
		}
		if k.State != hall.CaseDraft {
			return c.accept(ctx, k, edit)
		}
		n, err := c.receive(ctx, k)
		if err != nil {
			return err
		}
		if n.Number == "" {
			return refused(deny("number_missing"))
		}
		fresh, ok := c.caseOf(k.counterState, k.staff, k.ID)
		if !ok {
			return refused(deny("no_case"))
		}
		fresh.waits = false // the acceptance goes behind the receipt, in order
		return c.accept(ctx, fresh, hall.Edit{Version: fresh.Version}, n.Op.ID)
	})
}

func (c *Counter) accept(ctx context.Context, k caseState, edit hall.Edit, after ...hall.OpID) error {
	c.desk.mu.Lock()
	c.desk.watch.expect(k.ID) // also when it is accepted by itself a moment later
	c.desk.mu.Unlock()
	if err := c.claimCase(ctx, k, hall.AcceptCase, hall.AcceptCaseBody{Edit: edit}, after...); err != nil {
		return err
	}
	c.desk.mu.Lock()
	c.desk.auto[autoPaper{k.ID, paperTemporary}] = k.Version
	c.desk.mu.Unlock()
	c.settleDesk()
	return nil
}

// CancelCase cancels the case in hand, after the question whether to (取消).
func (c *Counter) CancelCase(ctx context.Context, r CancelCaseRequest) error {
	return c.work(func(k caseState) error {
		err := c.claimCase(ctx, k, hall.CancelCase, hall.CancelCaseBody{Edit: c.seen(k), Reason: r.Reason})
		return c.sentIf(ctx, placeCancel, err)
	})
}
