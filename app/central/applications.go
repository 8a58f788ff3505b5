package central

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"hallway/app/hall"
)

// ApplicationsQuestion asks for the cases of the document whose card lies on a
// reader.
type ApplicationsQuestion struct {
	DocKind string      `json:"doc_kind" minLength:"1" maxLength:"8"`
	DocNo   hall.Secret `json:"doc_no" minLength:"1" maxLength:"40"`
}

// ApplicationsAnswer lists cases as the rules know them, the newest first: what a
// terminal without a feed of cases needs to go on with one of them. It has what can
// still go on, and at most twenty of that. They name no person, no member of staff, and nothing of an office's inner steps.
type ApplicationsAnswer struct {
	Cases []hall.Case `json:"cases"`
}

type applicationsInput struct {
	Body ApplicationsQuestion
}

type applicationsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         ApplicationsAnswer
}

// applications answers a kiosk or a counter whose reader holds a card. It changes
// nothing, and every question leaves an audit row without anything personal.
func (c *Centre) applications(ctx context.Context, in *applicationsInput) (*applicationsOutput, error) {
	p := principalOf(ctx)
	if !c.limits.progress.allow(ctx, p.terminal.ID) {
		return nil, problem(http.StatusTooManyRequests, "too_many")
	}
	list, err := c.casesOf(ctx, in.Body.DocKind, in.Body.DocNo)
	if err := c.auditRead(ctx, "read_applications", p.terminal.ID, "card", err); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, c.fail(ctx, "applications", err)
	}
	out := ApplicationsAnswer{Cases: []hall.Case{}}
	now := c.now()
	list = slices.DeleteFunc(list, func(one hall.Case) bool { return !goesOn(one, now) })
	for _, one := range list[:min(len(list), maxProgress)] {
		out.Cases = append(out.Cases, ownersView(one))
	}
	return &applicationsOutput{CacheControl: "no-store", Body: out}, nil
}

// auditRead leaves the audit row of a look at cases; failed is why nothing was
// shown.
func (c *Centre) auditRead(ctx context.Context, act, terminal, subject string, failed error) error {
	row := audit{at: c.now(), terminal: terminal, act: act, subj: subject, allowed: failed == nil}
	var refusal *Problem
	if errors.As(failed, &refusal) {
		row.reason = refusal.Code
	} else if failed != nil {
		row.reason = "failed"
	}
	if err := c.store.writeAudit(ctx, row); err != nil {
		return c.fail(ctx, "audit", err)
	}
	return nil
}

// stillShown is how long a case is told after it came where its owner does nothing
// more: whoever stands at a kiosk sees it get there.
const stillShown = time.Hour

// goesOn says whether the owner of a case may still do something with it: bring
// materials or withdraw it; or saw it a moment ago.
func goesOn(c hall.Case, now time.Time) bool {
	return c.Awaits() || c.State.May(hall.CancelCase) || now.Sub(hall.CitizenSince(c)) < stillShown
}

// ownersView leaves of a case what its owner may go on with.
func ownersView(c hall.Case) hall.Case {
	c.Clerk, c.Records, c.Asides, c.Documents, c.NoticeNo, c.RefusedIn = "", nil, nil, nil, "", ""
	c.Approval, c.Specials, c.Hung, c.Decision, c.Collections, c.Voiding = nil, nil, nil, nil, nil, nil
	if c.AcceptedBy != hall.BySystem {
		c.AcceptedBy = ""
	}
	c.Form = slices.Clone(c.Form)
	for i := range c.Form {
		c.Form[i].By = ""
	}
	if c.Supplement != nil {
		told := *c.Supplement
		told.By = ""
		c.Supplement = &told
	}
	return c
}
