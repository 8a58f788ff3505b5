package terminal

import (
	"context"
	"net/http"

	"hallway/app/hall"
)

// What becomes of a case after its acceptance, done at a counter program: the
// approval (审批) by its handler, reviewer and approver, special procedures, the
// decision, the completion (办结), the collection (领取登记) and the voiding (作废);
// requirements G2.2, rows 15 to 25. Whose act it is, the rules say. All but the
// collection need the line.

// officeAct claims an act on the case in hand as it was seen; words and the like
// are its sealed part, nil without any.
func (c *Counter) officeAct(ctx context.Context, kind hall.Kind, body func(seen hall.Edit) any, sealed any) error {
	return c.work(func(k caseState) error {
		said := body(c.seen(k))
		err := c.claimSealed(ctx, k, kind, said, sealed)
		if paper := paperAfter(kind, said, k); err == nil && paper != "" {
			c.autoLater(k, paper)
		}
		return c.sentIf(ctx, placeOffice, err)
	})
}

// paperAfter is the paper that an act of the office makes, "" when it makes none.
func paperAfter(kind hall.Kind, body any, k caseState) string {
	result := ""
	switch b := body.(type) {
	case hall.DecideCaseBody:
		result = b.Result
	case hall.DecideInstantBody:
		result = b.Result
	}
	switch {
	case kind == hall.BeginSpecial:
		return specialPaper(len(k.Specials) + 1)
	case kind == hall.ExtendCase:
		return paperExtension
	case result == hall.DecisionGranted:
		return paperGrant
	case result == hall.DecisionDenied:
		return paperDenial
	}
	return ""
}

// sealedOrNot stands for a sealed part when the rules are asked: they see no more
// of it than that it is there.
func sealedOrNot(sealed any) []byte {
	if sealed == nil {
		return nil
	}
	return []byte("sealed")
}

// said are words as a sealed part.
func said(words string) any {
	if words == "" {
		return nil
	}
	return hall.WordsSealed{Words: words}
}

// StepCase is one step of the approval.
func (c *Counter) StepCase(ctx context.Context, r StepRequest) error {
	return c.officeAct(ctx, hall.ApproveStep, func(seen hall.Edit) any {
		return hall.ApproveStepBody{Edit: seen, Status: r.Status, Step: r.Step, To: r.To}
	}, said(r.Words))
}

// HangCase sets or lifts the flag that the case hangs (挂起).
func (c *Counter) HangCase(ctx context.Context, r HangRequest) error {
	return c.officeAct(ctx, hall.HangCase, func(seen hall.Edit) any {
		return hall.HangCaseBody{Edit: seen, Hung: r.Reason != "", Reason: r.Reason}
	}, nil)
}

// BeginSpecial begins a special procedure (特别程序).
func (c *Counter) BeginSpecial(ctx context.Context, r SpecialRequest) error {
	return c.officeAct(ctx, hall.BeginSpecial, func(seen hall.Edit) any {
		return hall.BeginSpecialBody{Edit: seen, Name: r.Name, Reason: r.Reason, Expect: hall.Limit{N: r.N, Unit: r.Unit}}
	}, said(r.Words))
}

// EndSpecial notes the result of a special procedure.
func (c *Counter) EndSpecial(ctx context.Context, r SpecialEndRequest) error {
	return c.officeAct(ctx, hall.EndSpecial, func(seen hall.Edit) any {
		return hall.EndSpecialBody{Edit: seen, Serial: r.Serial, Result: r.Result}
	}, said(r.Words))
}

// ExtendCase extends the time for the decision (延长审批).
func (c *Counter) ExtendCase(ctx context.Context, r ExtendRequest) error {
	return c.officeAct(ctx, hall.ExtendCase, func(seen hall.Edit) any {
		return hall.ExtendCaseBody{Edit: seen, Days: r.Days, Reason: r.Reason}
	}, said(r.Words))
}

// DecideCase is the decision (决定).
func (c *Counter) DecideCase(ctx context.Context, r DecideRequest) error {
	return c.officeAct(ctx, hall.DecideCase, func(seen hall.Edit) any {
		return hall.DecideCaseBody{Edit: seen, Result: r.Result, Reason: r.Reason}
	}, said(r.Words))
}

// CompleteCase is 办结.
func (c *Counter) CompleteCase(ctx context.Context, r CompleteRequest) error {
	return c.officeAct(ctx, hall.CompleteCase, func(seen hall.Edit) any {
		return hall.CompleteCaseBody{Edit: seen, Result: r.Result}
	}, r.Certificate.sealed())
}

// sealed is a certificate as a sealed part, nil without one.
func (r *CertificateRequest) sealed() any {
	if r == nil {
		return nil
	}
	return hall.CertificateSealed{Name: r.Name, No: r.No, Until: r.Until, Issuer: r.Issuer}
}

// TransferUp sends the case up (转报).
func (c *Counter) TransferUp(ctx context.Context, r TransferUpRequest) error {
	return c.officeAct(ctx, hall.TransferCase, func(seen hall.Edit) any {
		return hall.TransferCaseBody{Edit: seen, Authority: r.Authority}
	}, said(r.Words))
}

// DecideInstant accepts, decides and completes an instant case (即办件) in one act.
func (c *Counter) DecideInstant(ctx context.Context, r InstantRequest) error {
	sealed := r.Certificate.sealed()
	if sealed == nil {
		sealed = said(r.Words)
	}
	return c.officeAct(ctx, hall.DecideInstant, func(seen hall.Edit) any {
		return hall.DecideInstantBody{Edit: seen, Result: r.Result, Reason: r.Reason, Completion: r.Completion}
	}, sealed)
}

// AskVoid asks that the case is voided (业务作废).
func (c *Counter) AskVoid(ctx context.Context, r VoidRequest) error {
	return c.officeAct(ctx, hall.AskVoid, func(seen hall.Edit) any {
		return hall.AskVoidBody{Edit: seen, Reason: r.Reason}
	}, said(r.Words))
}

// DecideVoid answers a request to void the case.
func (c *Counter) DecideVoid(ctx context.Context, r DecideVoidRequest) error {
	return c.officeAct(ctx, hall.DecideVoid, func(seen hall.Edit) any {
		return hall.DecideVoidBody{Edit: seen, Approved: r.Approved}
	}, said(r.Words))
}

// CollectCase notes that the result was handed over (领取登记). It has happened, so
// it waits for no line.
func (c *Counter) CollectCase(ctx context.Context, r CollectRequest) error {
	return c.work(func(k caseState) error {
		body, who, err := c.collector(r)
		if err != nil {
			return err
		}
		d := Draft{Kind: hall.CollectCase, Entity: k.ID, Actor: actorFor(k.staff, hall.CollectCase), Body: body}
		if body.Way == hall.CollectCounter {
			d.Sealed = who
		}
		if a := c.maySealed(k, d.Kind, body, sealedOrNot(d.Sealed)); !a.Allowed {
			return refused(a)
		}
		op, err := c.Store.Propose(context.WithoutCancel(ctx), d)
		if err != nil {
			return c.storeProblem(err, d.Kind)
		}
		if d.Sealed != nil {
			c.collectedHere(k.ID, op.ID, who)
		}
		c.autoLater(k, paperCollection)
		return c.sentIf(ctx, placeOffice, nil)
	})
}

// collector is who collects, and how that was checked: typed from a document that
// was looked at, or else read from the card that lies here.
func (c *Counter) collector(r CollectRequest) (hall.CollectBody, hall.PersonSealed, error) {
	body, who := hall.CollectBody{Way: r.Way}, hall.PersonSealed{}
	if r.Way != hall.CollectCounter {
		return body, who, nil
	}
	if r.Name != "" || r.DocNo != "" {
		name, err := hall.ParseName(r.Name)
		if err != nil {
			return body, who, inputProblem(err, "name")
		}
		doc, err := hall.ParseDocument(r.DocKind, r.DocNo)
		if err != nil {
			return body, who, inputProblem(err, "doc_no")
		}
		body.DocKind, body.Checked = doc.Kind, hall.CheckedEye
		return body, hall.PersonSealed{Name: name, DocKind: doc.Kind, DocNo: doc.Number()}, nil
	}
	c.desk.mu.Lock()
	defer c.desk.mu.Unlock()
	if c.desk.who == nil || c.desk.who.source != fromCard {
		return body, who, Fail(http.StatusConflict, "no_collector")
	}
	who = hall.PersonSealed{Name: c.desk.who.Name, DocKind: c.desk.who.DocKind, DocNo: c.desk.who.DocNo}
	body.DocKind, body.Checked = who.DocKind, hall.CheckedCard
	return body, who, nil
}
