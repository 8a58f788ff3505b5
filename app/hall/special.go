package hall

import (
	"slices"
	"time"
)

// Kinds of special procedures, GB/T 39046-2020 A.7 (特别程序种类).
const (
	SpecialExtension = "1" // 延长审批: moves the due day, stops no clock
	SpecialOther     = "2" // 除延长审批之外的情况
)

// SpecialNames is the closed list of what the time limit does not count
// (行政许可法 art. 45): they stop the clock of the decision. Any other procedure is
// an item's own.
func SpecialNames() []string {
	return []string{SpecialHearing, "tender", "auction", "inspection", "testing", "quarantine", "appraisal", "expert_review"}
}

// SpecialHearing (听证) has a clock of its own.
const SpecialHearing = "hearing"

// SpecialResults lists how a special procedure ends.
func SpecialResults() []string { return []string{"passed", "failed", "stopped"} }

// Most working days of an extension (行政许可法 art. 42).
const (
	ExtensionDays      = 10
	JointExtensionDays = 15 // 统一、联合、集中办理
)

// Special (特别程序) is a special procedure of a case. Its content and the words
// of its result are sealed parts of their operations.
type Special struct {
	Serial   int       `json:"serial"` // 序号, from 1
	Kind     string    `json:"kind"`   // SpecialExtension, SpecialOther
	Name     string    `json:"name,omitempty"`
	Stops    bool      `json:"stops,omitempty"` // the clock of the decision
	At       time.Time `json:"at"`
	Approver string    `json:"approver"` // 批准人
	Reason   string    `json:"reason"`
	Expect   Limit     `json:"expect"` // how long it takes, or the extension
	SealedIn OpID      `json:"sealed_in,omitempty"`
	// ExpectDay is the day on which it should end.
	ExpectDay   string `json:"expect_day,omitempty"`
	Provisional bool   `json:"provisional,omitempty"`

	Result       string    `json:"result,omitempty"` // one of SpecialResults; an extension has none
	EndedAt      time.Time `json:"ended_at,omitzero"`
	EndedBy      string    `json:"ended_by,omitempty"`
	ResultSealed OpID      `json:"result_sealed_in,omitempty"`
}

// OpenSpecial is the special procedure that goes on, nil when none does.
func (c *Case) OpenSpecial() *Special {
	if i := slices.IndexFunc(c.Specials, func(s Special) bool { return s.EndedAt.IsZero() }); i >= 0 {
		return &c.Specials[i]
	}
	return nil
}

// Extended reports whether the time for the decision was extended: that happens
// once.
func (c *Case) Extended() bool {
	return slices.ContainsFunc(c.Specials, func(s Special) bool { return s.Kind == SpecialExtension })
}

// ToldOf is the number of the document that told of a special procedure or of an
// extension, "" when there is none.
func (c *Case) ToldOf(serial int) string {
	i := slices.IndexFunc(c.Specials, func(s Special) bool { return s.Serial == serial })
	if i < 0 {
		return ""
	}
	document, before := DocumentSpecial, 0
	if c.Specials[i].Kind == SpecialExtension {
		document = DocumentExtension
	}
	for _, s := range c.Specials[:i] {
		if s.Kind == c.Specials[i].Kind {
			before++
		}
	}
	for _, one := range c.Documents {
		if one.Kind == document {
			if before == 0 {
				return one.No
			}
			before--
		}
	}
	return ""
}

// SpecialOf says whether an item knows a special procedure, and whether it stops
// the clock of the decision.
func (v ItemVersion) SpecialOf(name string) (stops, known bool) {
	if slices.Contains(SpecialNames(), name) {
		return true, true
	}
	own, known := find(v.Specials, func(s ItemSpecial) bool { return s.Code == name })
	return own.StopsClock, known
}

// deciding is the clock of the decision, or of the review of a case that goes up.
// A case that was accepted before there were clocks gets its own here.
func (d *decision) deciding(c *Case) (*Clock, error) {
	for range 2 {
		for _, kind := range []ClockKind{ClockDecision, ClockReview} {
			if k := c.Clock(kind); k != nil {
				return k, nil
			}
		}
		if err := d.startDecision(c); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// beginSpecial begins a special procedure (特别程序申请): who does it is the person
// who approves it. The applicant is told in writing how long it takes.
func (d *decision) beginSpecial(body BeginSpecialBody) error {
	c, ok, err := d.officeCase(body.Edit, "16")
	if !ok || err != nil {
		return err
	}
	version, _ := d.version(c)
	stops, known := version.SpecialOf(body.Name)
	switch {
	case !known:
		d.reject("special_unknown", "name", body.Name)
		return nil
	case !isReason(body.Reason):
		d.reject("reason_needed")
		return nil
	case body.Expect.N < 1 || body.Expect.N > 365 || body.Expect.Unit != UnitDay && body.Expect.Unit != UnitWorkingDay:
		d.reject("special_time")
		return nil
	}
	k, err := d.deciding(&c)
	if err != nil {
		return err
	}
	due, guess := body.Expect.Due(d.cat.Calendar, d.now)
	d.special(&c, Special{Kind: SpecialOther, Name: body.Name, Stops: stops, Reason: body.Reason, Expect: body.Expect,
		ExpectDay: DayOf(due), Provisional: guess})
	c.State, c.Version = CaseSpecialStop, c.Version+1
	if stops && k != nil && k.Ended == "" {
		k.Stops = append(k.Stops, Stop{From: DayOf(d.now)})
		*k = k.Reckon(d.cat.Calendar)
		c.showDue()
	}
	if body.Name == SpecialHearing {
		if err := d.startClock(&c, Clock{Kind: ClockHearing, From: DayOf(d.now), N: HearingDays}); err != nil {
			return err
		}
	}
	return d.toldInWriting(&c, DocumentSpecial, "case.special")
}

// special adds a special procedure and its record.
func (d *decision) special(c *Case, s Special) {
	s.Serial, s.At, s.Approver, s.SealedIn = len(c.Specials)+1, d.now, d.op.Actor.ID, d.sealedIn()
	c.Specials = append(c.Specials, s)
	d.record(c, RecordSpecialBegun, s.Kind)
	r := &c.Records[len(c.Records)-1]
	r.Serial, r.Note = s.Serial, s.Name
}

// toldInWriting numbers a document, tells the person, and writes the case.
func (d *decision) toldInWriting(c *Case, kind DocumentKind, event string) error {
	if err := d.document(c, kind); err != nil {
		return err
	}
	if err := d.effect(EffectCaseNotice, event, CaseNotice{Case: c.ID, Number: c.Number, Code: event}); err != nil {
		return err
	}
	return d.putCase(event, *c)
}

// endSpecial is the result of a special procedure (特别程序结果): the clock that it
// stopped goes on.
func (d *decision) endSpecial(body EndSpecialBody) error {
	c, ok, err := d.officeCase(body.Edit, "17")
	if !ok || err != nil {
		return err
	}
	s := c.OpenSpecial()
	switch {
	case d.op.Actor.Role == RoleApprover && d.settled(d.lacksRight(RightHandleCases, RightReviewCases, RightApproveCases)):
		return nil
	case s == nil || s.Serial != body.Serial:
		d.reject("special_unknown", "name", "")
		return nil
	case !slices.Contains(SpecialResults(), body.Result):
		d.reject("malformed", "what", "result")
		return nil
	}
	s.Result, s.EndedAt, s.EndedBy, s.ResultSealed = body.Result, d.now, d.op.Actor.ID, d.sealedIn()
	d.record(&c, RecordSpecialEnded, body.Result)
	c.Records[len(c.Records)-1].Serial = s.Serial
	c.State, c.Version = CaseInApproval, c.Version+1
	if s.Name == SpecialHearing {
		d.endClock(&c, ClockHearing)
	}
	if err := d.goOn(&c); err != nil {
		return err
	}
	return d.putCase("case.special_ended", c)
}

// goOn ends the stop of the clock of the decision.
func (d *decision) goOn(c *Case) error {
	k, err := d.deciding(c)
	if err != nil || k == nil || !k.Stopped() {
		return err
	}
	k.Stops[len(k.Stops)-1].To = DayOf(d.now)
	*k = k.Reckon(d.cat.Calendar)
	c.showDue()
	if err := d.awaitReminder(c, ClockStep); err != nil {
		return err
	}
	return d.arm(c, k)
}

// extendCase extends the time for the decision (延长审批), once, in time, by the
// head of the authority; the applicant is told the reason (行政许可法 art. 42).
func (d *decision) extendCase(body ExtendCaseBody) error {
	c, ok, err := d.officeCase(body.Edit, "18")
	if !ok || err != nil {
		return err
	}
	k, err := d.deciding(&c)
	if err != nil {
		return err
	}
	if d.settled(firstText(d.lacksRight(RightExtendCases), d.extensionFault(&c, k, body))) {
		return nil
	}
	d.special(&c, Special{Kind: SpecialExtension, Reason: body.Reason, Expect: Limit{body.Days, UnitWorkingDay}})
	s := &c.Specials[len(c.Specials)-1]
	s.EndedAt, s.EndedBy = d.now, d.op.Actor.ID
	d.record(&c, RecordSpecialEnded, "")
	c.Records[len(c.Records)-1].Serial = s.Serial
	k.Extra = body.Days
	*k = k.Reckon(d.cat.Calendar)
	s.ExpectDay, s.Provisional = k.Due, k.Provisional
	c.showDue()
	c.Version++
	if err := d.awaitReminder(&c, ClockStep); err != nil {
		return err
	}
	if err := d.arm(&c, k); err != nil {
		return err
	}
	return d.toldInWriting(&c, DocumentExtension, "case.extended")
}

// extensionFault says why the time cannot be extended, or is an empty Text.
func (d *decision) extensionFault(c *Case, k *Clock, body ExtendCaseBody) Text {
	most := ExtensionDays
	if version, _ := d.version(*c); version.Kind == CaseJoint {
		most = JointExtensionDays
	}
	switch {
	case k == nil || k.Kind != ClockDecision:
		return text("extension_not_here")
	case c.Extended():
		return text("extension_used")
	case body.Days < 1 || body.Days > most:
		return limitText("extension_days", most)
	case !isReason(body.Reason):
		return text("reason_needed")
	case k.Late || !k.Provisional && DayOf(d.now) > k.Due:
		return text("extension_too_late", "day", k.Due)
	}
	return Text{}
}
