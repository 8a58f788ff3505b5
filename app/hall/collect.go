package hall

import (
	"slices"
	"time"
)

// Ways in which the result of a case is collected (领取方式).
const (
	CollectCounter = "counter"
	CollectMail    = "mail"
	CollectLicence = "e_licence" // the electronic licence alone
)

// How the identity of who collects was checked: CollectBody.Checked.
const (
	CheckedCard = "card" // read from the chip
	CheckedEye  = "eye"  // a document without a chip that the reader reads, looked at
)

// Collection (领取登记) is one hand-over of a result. Who collected, with the
// number of the document, is the sealed part of the operation.
type Collection struct {
	At       time.Time `json:"at"`
	By       string    `json:"by,omitempty"`
	Way      string    `json:"way"`
	DocKind  string    `json:"doc_kind,omitempty"`
	Checked  string    `json:"checked,omitempty"`
	SealedIn OpID      `json:"sealed_in,omitempty"`
	// Why it changed nothing: a person looks. Empty: it counts.
	Why string `json:"why,omitempty"`
}

// Collected is the hand-over that counts, nil before there is one.
func (c *Case) Collected() *Collection {
	if i := slices.IndexFunc(c.Collections, func(one Collection) bool { return one.Why == "" }); i >= 0 {
		return &c.Collections[i]
	}
	return nil
}

// CertificateIn is the operation whose sealed part has the certificate, "" when
// none was issued.
func (c *Case) CertificateIn() OpID {
	for _, r := range slices.Backward(c.Records) {
		if r.No == RecordCompletion && c.Result == ResultCertificate && r.Status == c.Result {
			return r.SealedIn
		}
	}
	return ""
}

// collectable says why nothing can be collected of a case, or is an empty Text.
func (c *Case) collectable() Text {
	switch {
	case c.State == CaseCollected:
		return text("collected_before")
	case !caseMay("22", c.State):
		return text("case_state", "state", string(c.State))
	case c.Result != ResultCertificate && c.Result != ResultDone:
		return text("nothing_to_collect")
	}
	return Text{}
}

// collectCase is 领取登记. It has happened, so it is never refused: what should not
// have been handed out is noted for a person to look at.
func (d *decision) collectCase(body CollectBody) error {
	c, ok, err := d.theCase()
	if !ok || err != nil {
		return err
	}
	if d.settled(d.collectFault(body)) {
		return nil
	}
	why := c.collectable()
	if why.Code == "" && d.ctx.Unattested {
		why = text(FaultNoSession)
	}
	if why.Code != "" && d.ctx.Overlay() {
		d.settled(why) // the counter does not offer it
		return nil
	}
	one := Collection{At: d.witnessed(), By: d.op.Actor.ID, Way: body.Way, DocKind: body.DocKind, Checked: body.Checked, Why: why.Code,
		SealedIn: d.sealedIn()}
	c.Collections = append(c.Collections, one)
	if why.Code != "" {
		return d.putCase("case.collection_set_aside", c)
	}
	c.State, c.Version = CaseCollected, c.Version+1
	d.endClock(&c, ClockDelivery)
	d.record(&c, RecordCollection, body.Way)
	return d.putCase("case.collected", c)
}

// collectFault says what is wrong with a registration, or is an empty Text. At the
// counter the document of who collects is checked, and one with a chip is read.
func (d *decision) collectFault(body CollectBody) Text {
	chips := []string{DocResident, DocHMTResidence, DocForeigner17, DocForeigner23}
	switch body.Way {
	case CollectCounter:
		switch {
		case !slices.Contains(DocKinds(), body.DocKind):
			return text("malformed", "what", "doc_kind")
		case body.Checked == CheckedEye && slices.Contains(chips, body.DocKind):
			return text("card_needed")
		case body.Checked != CheckedCard && body.Checked != CheckedEye:
			return text("malformed", "what", "checked")
		case len(d.op.Sealed) == 0 || d.op.Actor.Role != RoleClerk:
			return text("malformed", "what", "collector")
		}
	case CollectMail, CollectLicence:
		if body.DocKind != "" || body.Checked != "" || body.Way == CollectLicence && d.op.Actor.Role == RoleCourier {
			return text("malformed", "what", "checked")
		}
	default:
		return text("malformed", "what", "way")
	}
	return Text{}
}

// Voiding (作废申请) is a request to void a case that nobody has decided on.
type Voiding struct {
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Reason   string    `json:"reason"`
	SealedIn OpID      `json:"sealed_in,omitempty"`
}

// askVoid asks that a case is voided (业务作废); somebody else decides.
func (d *decision) askVoid(body AskVoidBody) error {
	c, ok, err := d.officeCase(body.Edit, "24")
	if !ok || err != nil {
		return err
	}
	if ok, err := d.mayAct(c, body.Edit, RightCancelCases, RightHandleCases, RightReviewCases, RightApproveCases); !ok || err != nil {
		return err
	}
	switch {
	case c.Number == "" && c.TempNumber == "":
		d.reject("number_missing")
		return nil
	case c.Voiding != nil:
		d.noop("already_so")
		return nil
	case !isReason(body.Reason):
		d.reject("reason_needed")
		return nil
	}
	c.Voiding, c.Version = &Voiding{At: d.now, By: d.op.Actor.ID, Reason: body.Reason, SealedIn: d.sealedIn()}, c.Version+1
	if err := d.effect(EffectCaseNotice, "void", CaseNotice{Case: c.ID, Number: c.Number, Code: "case.void_asked"}); err != nil {
		return err
	}
	return d.putCase("case.void_asked", c)
}

// decideVoid voids a case, or turns the request down. Who asked does not decide.
func (d *decision) decideVoid(body DecideVoidBody) error {
	c, ok, err := d.officeCase(body.Edit, "24")
	if !ok || err != nil || d.settled(d.lacksRight(RightVoidCases)) {
		return err
	}
	switch {
	case c.Voiding == nil:
		d.reject("void_not_asked")
		return nil
	case c.Voiding.By == d.op.Actor.ID:
		d.reject("same_person")
		return nil
	}
	reason := c.Voiding.Reason
	if !body.Approved {
		c.Voiding, c.Version = nil, c.Version+1
		return d.putCase("case.void_refused", c)
	}
	d.record(&c, RecordCompletion, ResultVoided)
	c.Records[len(c.Records)-1].Note = reason
	if err := d.endCase(&c, CaseVoided, reason); err != nil {
		return err
	}
	c.Result = ResultVoided
	if err := d.effect(EffectCaseNotice, "void", CaseNotice{Case: c.ID, Number: c.Number, Code: "case.voided"}); err != nil {
		return err
	}
	return d.putCase("case.voided", c)
}
