package hall

import "slices"

// beginPreReview takes an application into pre-review (外网预审), or takes over
// one that is there and that nobody has in hand.
func (d *decision) beginPreReview(body BeginPreReviewBody) error {
	c, ok, err := d.theCase()
	if !ok || err != nil || !d.upToDate(c, body.Edit) {
		return err
	}
	version, _ := d.version(c)
	switch {
	case c.State == CasePreReview && c.Clerk != "":
		d.noop("already_so")
		return nil
	case c.State != CasePreReview && !caseMay("3", c.State):
		d.reject("case_state", "state", string(c.State))
		return nil
	case !version.PreReview:
		d.reject("no_pre_review")
		return nil
	}
	c.State, c.Clerk, c.Version = CasePreReview, d.op.Actor.ID, c.Version+1
	if err := d.startNotice(&c); err != nil {
		return err
	}
	return d.putCase("case.pre_review", c)
}

// Results of a pre-review, as its record has them (standards §5.4).
const (
	PreReviewPassed   = "1" // 审核通过
	PreReviewRefused  = "2" // 不受理
	PreReviewReturned = "3" // 补交补正材料
)

// decidePreReview ends a pre-review: the case is received, refused, or returned
// with everything that is missing. Who decides has the case from there on.
func (d *decision) decidePreReview(body DecidePreReviewBody) error {
	c, ok, err := d.theCase()
	if !ok || err != nil || !d.upToDate(c, body.Edit) {
		return err
	}
	if !caseMay("4", c.State) {
		d.reject("case_state", "state", string(c.State))
		return nil
	}
	event := ""
	d.record(&c, RecordPreReview, body.Result)
	switch body.Result {
	case PreReviewPassed:
		event, ok = "case.pre_passed", d.preReviewed(&c, body.Bring)
	case PreReviewRefused:
		event = "case.refused"
		ok, err = d.refuse(&c, body.Reason, body.Authority)
	case PreReviewReturned:
		event = "case.pre_returned"
		ok, err = d.notice(&c, body.Items, true)
		c.State = CasePreReturned
	default:
		d.reject("malformed", "what", "result")
		return nil
	}
	if !ok || err != nil {
		return err
	}
	c.Clerk = d.op.Actor.ID
	if err := d.effect(EffectCaseNotice, c.ID, CaseNotice{Case: c.ID, Number: c.Number, Code: event}); err != nil {
		return err
	}
	return d.putCase(event, c)
}

// preReviewed receives a case that passed; bring names the materials of which
// the person is to bring the originals.
func (d *decision) preReviewed(c *Case, bring []string) bool {
	for i, key := range bring {
		if _, known := c.Material(key); !known || slices.Contains(bring[:i], key) {
			d.reject("malformed", "what", "bring")
			return false
		}
	}
	c.State, c.ReceivedAt, c.Bring, c.Version = CaseReceived, d.now, bring, c.Version+1
	return true
}
