package terminal

import (
	"context"

	"hallway/app/hall"
)

// What the law makes of a case before its acceptance, done by a clerk:
// pre-review (外网预审), the one notice of what is missing (补正告知), its answer
// (补交受理) and the refusal (不予受理); requirements G2.2, rows 3–6 and 10–13.
// All of them need the line: they end in a numbered document of the centre.

// actorFor is a member of staff as who may do an act: a clerk who also
// pre-reviews does that as a reviewer.
func actorFor(s *Session, kind hall.Kind) hall.Actor {
	a := staffActor(s)
	if hall.May(kind, a.Role, RoleCounter) {
		return a
	}
	for _, r := range s.Roles {
		if hall.May(kind, r, RoleCounter) {
			a.Role = r
		}
	}
	return a
}

// BeginPreReview takes an application that began online into pre-review.
func (c *Counter) BeginPreReview(ctx context.Context) error {
	return c.work(func(k caseState) error {
		return c.claimCase(ctx, k, hall.BeginPreReview, hall.BeginPreReviewBody{Edit: c.seen(k)})
	})
}

// PassPreReview receives a case that passed; the person is to bring the
// originals of some materials.
func (c *Counter) PassPreReview(ctx context.Context, r PassRequest) error {
	return c.work(func(k caseState) error {
		err := c.claimCase(ctx, k, hall.DecidePreReview, hall.DecidePreReviewBody{Edit: c.seen(k), Result: hall.PreReviewPassed, Bring: r.Bring})
		return c.sentIf(ctx, placeBring, err)
	})
}

// TellMissing tells everything that is missing, once: the return of a
// pre-review, or the notice at the counter.
func (c *Counter) TellMissing(ctx context.Context, r MissingRequest) error {
	return c.work(func(k caseState) error {
		items := make([]hall.SupplementItem, 0, len(r.Items))
		words := map[string]string{}
		for _, it := range r.Items {
			items = append(items, hall.SupplementItem{Material: it.Material, Fault: it.Fault})
			if it.Words != "" {
				words[it.Material] = it.Words
			}
		}
		var sealed any
		if len(words) > 0 {
			sealed = hall.WordsSealed{Items: words}
		}
		kind, body := missingAct(k, c.seen(k), items)
		return c.sentIf(ctx, placeMissing, c.claimSealed(ctx, k, kind, body, sealed))
	})
}

// missingAct is the act that tells what is missing in the case's state.
func missingAct(k caseState, seen hall.Edit, items []hall.SupplementItem) (hall.Kind, any) {
	if k.State == hall.CasePreReview {
		return hall.DecidePreReview, hall.DecidePreReviewBody{Edit: seen, Result: hall.PreReviewReturned, Items: items}
	}
	return hall.NotifySupplement, hall.NotifySupplementBody{Edit: seen, Items: items}
}

// ReceiveSupplement takes the supplement in: the case is accepted, or waits for
// departments.
func (c *Counter) ReceiveSupplement(ctx context.Context) error {
	return c.work(func(k caseState) error {
		return c.claimCase(ctx, k, hall.ReceiveSupplement, hall.ReceiveSupplementBody{Edit: c.seen(k)})
	})
}

// RefuseCase refuses to accept the case, in pre-review or at the counter.
func (c *Counter) RefuseCase(ctx context.Context, r NotAcceptRequest) error {
	return c.work(func(k caseState) error {
		kind, body := refuseAct(k, c.seen(k), r)
		return c.sentIf(ctx, placeRefuse, c.claimSealed(ctx, k, kind, body, said(r.Words)))
	})
}

// refuseAct is the act that refuses in the case's state.
func refuseAct(k caseState, seen hall.Edit, r NotAcceptRequest) (hall.Kind, any) {
	if k.State == hall.CasePreReview {
		return hall.DecidePreReview, hall.DecidePreReviewBody{Edit: seen, Result: hall.PreReviewRefused, Reason: r.Reason, Authority: r.Authority}
	}
	return hall.RefuseCase, hall.RefuseCaseBody{Edit: seen, Reason: r.Reason, Authority: r.Authority}
}

// lawActs says which of these acts may be done now, each asked with the least
// that it needs.
func (c *Counter) lawActs(k caseState, acts *CaseActs) {
	edit := hall.Edit{Version: k.Version}
	acts.Begin = c.mayCase(k, hall.BeginPreReview, hall.BeginPreReviewBody{Edit: edit})
	acts.Pass = c.mayCase(k, hall.DecidePreReview, hall.DecidePreReviewBody{Edit: edit, Result: hall.PreReviewPassed})
	kind, body := missingAct(k, edit, leastMissing(k.Case))
	acts.Missing = c.mayCase(k, kind, body)
	acts.Supplied = c.mayCase(k, hall.ReceiveSupplement, hall.ReceiveSupplementBody{Edit: edit})
	kind, body = refuseAct(k, edit, NotAcceptRequest{Reason: "conditions_not_met"})
	acts.Refuse = c.mayCase(k, kind, body)
}

// leastMissing is the shortest list that a notice could have.
func leastMissing(k hall.Case) []hall.SupplementItem {
	var items []hall.SupplementItem
	for _, key := range k.MustBring() {
		items = append(items, hall.SupplementItem{Material: key, Fault: "missing"})
	}
	if items == nil && len(k.Materials) > 0 {
		items = []hall.SupplementItem{{Material: k.Materials[0].Key, Fault: "incomplete"}}
	}
	return items
}
