package hall

import (
	"slices"
	"time"
)

// looksAgain is how often a clock beyond the published calendar is reckoned anew.
const looksAgain = 7 * 24 * time.Hour

// Clock is the clock of that kind, nil when the case has none.
func (c *Case) Clock(kind ClockKind) *Clock {
	if i := slices.IndexFunc(c.Clocks, func(k Clock) bool { return k.Kind == kind }); i >= 0 {
		return &c.Clocks[i]
	}
	return nil
}

// arrived is when the materials were there: with a clerk, or in the system for
// an application that began there.
func (c *Case) arrived() time.Time {
	if c.Origin == OriginOnline && !c.AppliedAt.IsZero() {
		return c.AppliedAt
	}
	return c.ReceivedAt
}

// startClock starts a clock of a case, once.
func (d *decision) startClock(c *Case, k Clock) error {
	if c.Clock(k.Kind) != nil {
		return nil
	}
	c.Clocks = append(c.Clocks, k.Reckon(d.cat.Calendar))
	return d.arm(c, &c.Clocks[len(c.Clocks)-1])
}

// arm asks for the moment at which a clock runs out; one that is provisional is
// looked at before.
func (d *decision) arm(c *Case, k *Clock) error {
	if err := d.awaitReminder(c, k.Kind); err != nil {
		return err
	}
	at, runs := k.passes()
	if !runs {
		return nil
	}
	if again := d.now.Add(looksAgain); k.Provisional && (at.After(again) || !at.After(d.now)) {
		at = again
	}
	k.Serial++
	return d.clockDeadline(ClockDue, c.ID, "/clock/", k.Kind, k.Serial, at, ClockBody{k.Kind, k.Serial})
}

// askedClock is a deadline of a clock that this operation asks for.
type askedClock struct {
	effect, id string // of the deadline, of the case
	kind       Kind   // ClockDue, RemindCase
	clock      ClockKind
	serial     int
}

// clockDeadline asks for a deadline of a clock.
func (d *decision) clockDeadline(kind Kind, id, what string, clock ClockKind, serial int, at time.Time, body any) error {
	if err := d.deadlineOf(kind, id, id+what+string(clock), serial, at, body); err != nil {
		return err
	}
	d.clocks = append(d.clocks, askedClock{d.out.Effects[len(d.out.Effects)-1].ID, id, kind, clock, serial})
	return nil
}

// counts reports whether a deadline is still of the case as it stands.
func (a askedClock) counts(d *decision, c *Case) bool {
	if a.kind == RemindCase {
		k, w := d.watched(c, a.clock)
		return w != nil && w.Serial == a.serial && k.Runs()
	}
	k := c.Clock(a.clock)
	return k != nil && k.Serial == a.serial && k.Runs()
}

// dropVoid takes back the deadlines that this operation asked for and made void
// itself: of a case that is accepted, decided and completed at once the clocks have
// ended, and a step that begins twice is waited for once.
func (d *decision) dropVoid(c *Case) {
	for _, a := range d.clocks {
		if a.id == c.ID && !a.counts(d, c) {
			d.out.Effects = slices.DeleteFunc(d.out.Effects, func(e Effect) bool { return e.ID == a.effect })
		}
	}
}

// startNotice starts C1 on the day on which the materials arrived. One that ran
// out where nothing could be deemed yet runs out again here.
func (d *decision) startNotice(c *Case) error {
	if k := c.Clock(ClockNotice); k != nil {
		if !k.Late {
			return nil
		}
		k.Late = false
		return d.arm(c, k)
	}
	return d.startClock(c, Clock{Kind: ClockNotice, From: DayOf(c.arrived()), N: NoticeDays})
}

// startDecision starts C2 with the acceptance; of a case that goes up to another
// authority, C3.
func (d *decision) startDecision(c *Case) error {
	version, _ := d.version(*c)
	kind := ClockDecision
	if version.Kind == CaseReportedUp {
		kind = ClockReview
	}
	if err := d.startClock(c, Clock{Kind: kind, From: DayOf(c.AcceptedAt), N: version.Decision()}); err != nil {
		return err
	}
	c.showDue()
	return d.newStep(c)
}

// showDue keeps the day of the decision where lists look for it.
func (c *Case) showDue() {
	for _, kind := range []ClockKind{ClockDecision, ClockReview} {
		if k := c.Clock(kind); k != nil {
			c.DueDay, c.Provisional = k.Due, k.Provisional
		}
	}
}

// startSupplement starts C6 with the notice of what is missing.
func (d *decision) startSupplement(c *Case) error {
	version, _ := d.version(*c)
	return d.startClock(c, Clock{Kind: ClockSupplement, From: DayOf(d.now), N: d.cat.supplementDays(version)})
}

// supplementDays is how many working days a person has to bring what is
// missing: the version's, the hall's, or 30. No law says (G3, C6).
func (c *Catalogue) supplementDays(v ItemVersion) int {
	for _, n := range []int{v.SupplementDays, c.Cases.SupplementDays} {
		if n > 0 {
			return n
		}
	}
	return 30
}

// startDraft starts the clock of a draft: days of the calendar after the last change.
func (d *decision) startDraft(c *Case) error {
	n := d.cat.Cases.DraftDays
	if n == 0 {
		n = DraftDays
	}
	return d.startClock(c, Clock{Kind: ClockDraft, From: DayOf(d.now), N: n, Unit: UnitDay})
}

// endClocks ends all clocks that have not ended: what they wait for was done, or
// the case is over.
func (d *decision) endClocks(c *Case) {
	for i := range c.Clocks {
		c.Clocks[i].end(DayOf(d.now))
	}
}

func (d *decision) endClock(c *Case, kind ClockKind) {
	c.Clock(kind).end(DayOf(d.now))
}

func (k *Clock) end(day string) {
	if k != nil && k.Ended == "" {
		k.Ended = day
	}
}

// clockDue is the moment at which a clock has run out. The clock is reckoned by
// the calendar of that moment: a day that has moved on, and one that nobody is
// sure of, is waited for again. Nothing legal happens by itself on a provisional
// day.
func (d *decision) clockDue(body ClockBody) error {
	c, ok, err := d.theCase()
	if !ok || err != nil {
		return err
	}
	k := c.Clock(body.Clock)
	if k == nil || k.Serial != body.Serial || !k.Runs() || k.Late {
		d.noop("already_so")
		return nil
	}
	*k = k.Reckon(d.cat.Calendar)
	if at, runs := k.passes(); runs && !k.Provisional && !d.now.Before(at) {
		return d.ranOut(c, k)
	}
	if err := d.arm(&c, k); err != nil {
		return err
	}
	c.showDue()
	return d.putCase("case.clock_reckoned", c)
}

// ranOut is what the law makes of a clock that has run out.
func (d *decision) ranOut(c Case, k *Clock) error {
	version, _ := d.version(c)
	switch {
	case k.Kind == ClockNotice && version.Licence() && caseMay("14", c.State):
		return d.deem(c)
	case k.Kind == ClockSupplement && (caseMay("9d", c.State) || caseMay("12", c.State) && c.notBrought(Material.Open).Code != ""):
		return d.lapse(c)
	case k.Kind == ClockDraft && caseMay("23 forgotten", c.State):
		return d.forget(c)
	}
	if k.Watch.Serial == 0 { // armed before there were reminders
		if err := d.awaitReminder(&c, k.Kind); err != nil {
			return err
		}
	}
	k.Late = true
	code := "case." + string(k.Kind) + "_late"
	if err := d.effect(EffectCaseNotice, string(k.Kind), CaseNotice{Case: c.ID, Number: c.Number, Code: code}); err != nil {
		return err
	}
	return d.putCase(code, c)
}

// natureLicence is the nature of items under the licence law (行政许可).
const natureLicence = "01"

// Licence reports whether the item is under the licence law (行政许可).
func (v ItemVersion) Licence() bool { return v.Nature == natureLicence }

// deem accepts a case because nothing was said in time (逾期视为受理, 行政许可法
// art. 32): as of the day on which its materials came. What departments were
// asked goes on, also what they were not told of yet.
func (d *decision) deem(c Case) error {
	c.Deemed = true
	if c.Number != "" {
		if err := d.sendPapers(&c); err != nil {
			return err
		}
	}
	return d.accept(&c, BySystem, c.arrived())
}

// ReasonForgotten is why a draft was put away that nobody touched any more.
const ReasonForgotten = "draft_forgotten"

// forget puts a draft away that was begun and left (E-26): it has no number and no
// record. Paper that was called for goes back, as after a cancellation.
func (d *decision) forget(c Case) error {
	if err := d.endCase(&c, CaseWithdrawn, ReasonForgotten); err != nil {
		return err
	}
	return d.putCase("case.forgotten", c)
}

// comeBack makes a forgotten draft a draft again: what has happened to it at a
// terminal that had not heard of its end is never refused. What departments were asked
// for was called back, so it is to be prepared anew.
func (d *decision) comeBack(c *Case) error {
	if c.State != CaseWithdrawn || c.Reason != ReasonForgotten {
		return nil
	}
	for i := range c.Materials {
		m := &c.Materials[i]
		if a, ok := m.Newest(); ok && a.State == AttemptVoid {
			m.State = MaterialPrepare
		}
	}
	c.State, c.EndedAt, c.Reason, c.Version = CaseDraft, time.Time{}, "", c.Version+1
	return d.startDraft(c)
}

// lapse ends a case whose supplement never came (补正不来办结).
func (d *decision) lapse(c Case) error {
	d.record(&c, RecordCompletion, ResultLapsed)
	c.Result = ResultLapsed
	if err := d.endCase(&c, CaseCompleted, ""); err != nil {
		return err
	}
	if err := d.effect(EffectCaseNotice, "lapsed", CaseNotice{Case: c.ID, Number: c.Number, Code: "case.lapsed"}); err != nil {
		return err
	}
	return d.putCase("case.lapsed", c)
}
