package hall

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// put writes one entity of an operation; a second time the same row is
// rewritten, so that each operation writes each entity once.
func (d *decision) put(feed Feed, event string, kind EntityKind, id string, value any) error {
	n := len(d.out.Changes)
	if err := d.emit(feed, event, kind, id, value); err != nil {
		return err
	}
	for i, c := range d.out.Changes[:n] {
		if c.Kind == kind && c.ID == id {
			d.out.Changes[i] = d.out.Changes[n]
			d.out.Changes = d.out.Changes[:n]
			break
		}
	}
	return nil
}

// staged reads an entity as this operation has left it so far.
func staged[T any](d *decision, kind EntityKind, id string) (T, bool, error) {
	for _, c := range d.out.Changes {
		if c.Kind == kind && c.ID == id {
			return Load[T](oneEntity{d.w, c}, kind, id)
		}
	}
	return Load[T](d.w, kind, id)
}

// oneEntity is a World in which one entity was changed.
type oneEntity struct {
	World
	change Change
}

// Entity implements World.
func (o oneEntity) Entity(EntityKind, string) (json.RawMessage, bool, error) {
	return o.change.Value, true, nil
}

func (d *decision) putCase(event string, c Case) error {
	if c.State != CaseDraft { // nothing is kept for a time any more
		c.Clocks = slices.DeleteFunc(c.Clocks, func(k Clock) bool { return k.Kind == ClockDraft })
	}
	d.dropVoid(&c)
	return d.put(FeedCase, event, EntityCase, c.ID, c)
}

// theCase loads the case of the operation; not ok when that settles it.
func (d *decision) theCase() (c Case, ok bool, err error) {
	c, ok, err = Load[Case](d.w, EntityCase, d.op.Entity)
	if err == nil && !ok {
		d.reject("unknown_case")
	}
	return c, ok, err
}

// witnessedCase is theCase for what has happened (Witness).
func (d *decision) witnessedCase() (c Case, ok bool, err error) {
	if c, ok, err = d.theCase(); !ok || err != nil {
		return c, ok, err
	}
	return c, true, d.comeBack(&c)
}

// version is the pinned version of a case's item.
func (d *decision) version(c Case) (ItemVersion, bool) {
	it, _ := d.cat.Item(c.Item)
	return it.Version(c.ItemVersion)
}

const maxApplicants = 20

// openCase begins a case (录入办件人信息): every material is in preparation.
func (d *decision) openCase(body OpenCaseBody) error {
	_, known, err := Load[Case](d.w, EntityCase, d.op.Entity)
	if err != nil {
		return err
	}
	it, _ := d.cat.Item(body.Item)
	version, exists := it.Version(body.ItemVersion)
	published, _ := it.Published()
	applicants := max(body.Applicants, 1)
	switch {
	case known:
		d.noop("case_known")
		return nil
	case !exists:
		d.reject("unknown_item")
		return nil
	case d.ctx.Overlay() && published.Version != body.ItemVersion:
		d.reject("item_version", "item", body.Item) // a new intake is of the published version
		return nil
	case applicants > maxApplicants || body.Owner == "" || len(body.Owner) > 128 || len(d.op.Sealed) == 0:
		d.reject("malformed", "what", "applicant")
		return nil
	}
	c := Case{
		ID: d.op.Entity, Area: d.cat.Area, Item: it.ID, ItemVersion: version.Version, Kind: version.Kind,
		Origin: OriginOnline, State: CaseDraft, Version: 1, Window: body.Window, Terminal: d.op.Terminal,
		Ticket: body.Ticket, CreatedAt: d.now, Materials: materialsOf(version, applicants),
	}
	if d.op.Actor.Kind == ActorStaff {
		c.Origin, c.Clerk = OriginCounter, d.op.Actor.ID
	}
	if err := d.startDraft(&c); err != nil {
		return err
	}
	if err := d.putCase("case.opened", c); err != nil {
		return err
	}
	return d.ownCase(c.ID, body)
}

// materialsOf lists the materials of a new case.
func materialsOf(v ItemVersion, applicants int) []Material {
	list := []Material{}
	for _, m := range v.Materials {
		for n := 1; n <= applicants; n++ {
			key := m.Code
			if n > 1 {
				if !m.PerApplicant {
					break
				}
				key += "#" + strconv.Itoa(n)
			}
			list = append(list, Material{Key: key, Code: m.Code, Required: m.Required, State: MaterialPrepare})
		}
	}
	return list
}

// ownCase notes whose case it is.
func (d *decision) ownCase(id string, body OpenCaseBody) error {
	a := Applicant{Case: id, Owner: body.Owner, PasswordLook: body.PasswordLook, SealedIn: d.op.ID}
	if err := d.put(FeedApplicant, "applicant.known", EntityApplicant, id, a); err != nil {
		return err
	}
	o, _, err := Load[OwnerCases](d.w, EntityOwnerCases, body.Owner)
	if err != nil {
		return err
	}
	o.Cases = append(o.Cases, id)
	return d.put(FeedApplicant, "applicant.known", EntityOwnerCases, body.Owner, o)
}

// receiveCase takes the materials into the clerk's hand (收件): from here the
// case has its number and the receipt is printed. It also takes in a case that
// began online and has no pre-review.
func (d *decision) receiveCase(body NumberBody) error {
	c, ok, err := d.witnessedCase()
	if !ok || err != nil {
		return err
	}
	version, _ := d.version(c)
	switch {
	case c.State == CaseDraft:
		if ok, err := d.useNumber(&c, body); !ok || err != nil {
			return err
		}
		c.AppliedAt = d.now
		d.record(&c, RecordApplication, "")
	case caseMay("9c", c.State) && !version.PreReview:
	case c.State == CaseReceived || c.State == CasePending:
		d.noop("already_so")
		return nil
	default:
		d.reject("case_state", "state", string(c.State))
		return nil
	}
	c.State, c.ReceivedAt, c.Version = CaseReceived, d.witnessed(), c.Version+1
	c.Clerk, c.Terminal = d.op.Actor.ID, d.op.Terminal
	d.place(&c, body)
	if err := d.startNotice(&c); err != nil {
		return err
	}
	return d.putCase("case.received", c)
}

func (d *decision) place(c *Case, body NumberBody) {
	if body.Window != "" {
		c.Window = body.Window
	}
	if body.Ticket != "" {
		c.Ticket = body.Ticket
	}
}

// applyCase is an application at the kiosk, also without the line (申办). Files that
// are on their way are waited for. When it could not have been submitted, it is not
// lost: it waits in the list and must be submitted again.
func (d *decision) applyCase(body NumberBody) error {
	c, ok, err := d.witnessedCase()
	if !ok || err != nil {
		return err
	}
	if c.State != CaseDraft {
		if c.AppliedAt.IsZero() {
			d.reject("case_state", "state", string(c.State))
		} else {
			d.noop("already_so")
		}
		return nil
	}
	if ok, err := d.useNumber(&c, body); !ok || err != nil {
		return err
	}
	why := c.Blocked()
	coming := why.Code == "file_coming"
	form := d.formOpen(&c, FormApply)
	fit := (why.Code == "" || coming) && !c.Sharing() && form.Code == ""
	if d.ctx.Overlay() && form.Code != "" {
		d.settled(form)
		return nil
	}
	if d.ctx.Overlay() && !fit {
		d.reject("materials_open") // the kiosk does not offer it
		return nil
	}
	c.State, c.Version = CaseApplied, c.Version+1
	if err := d.applied(&c); err != nil {
		return err
	}
	if !fit || coming {
		c.State, c.Resubmit = CasePending, !fit
		if err := d.submitted(&c); err != nil {
			return err
		}
	}
	d.place(&c, body)
	return d.putCase("case.applied", c)
}

// applied notes that an application without a clerk is in the system: as far as
// it is electronic it has arrived, so the clock of the notice runs.
func (d *decision) applied(c *Case) error {
	c.AppliedAt = d.now
	d.record(c, RecordApplication, "")
	return d.startNotice(c)
}

// record notes a process record.
func (d *decision) record(c *Case, no int, status string) {
	by := d.op.Actor.ID
	if d.op.Actor.Kind == ActorSystem {
		by = BySystem
	}
	version := 0
	for _, r := range c.Records {
		if no == RecordCompletion && r.No == no { // there is one: this replaces it
			version = max(r.Version, 1) + 1
		}
	}
	c.Records = append(c.Records, CaseRecord{No: no, At: d.now, Staff: by, Status: status, Version: version, SealedIn: d.sealedIn()})
}

// Notes on cases: codes of Case.Note.
const noteCaseNumberConflict = "case_number_conflict" // number: was printed for two cases

// useNumber gives the case the number that was printed; not ok when that
// settles the outcome.
func (d *decision) useNumber(c *Case, body NumberBody) (bool, error) {
	if strings.HasPrefix(body.Number, "T") {
		n, err := ParseTemporaryNumber(body.Number)
		if err != nil || n.Hall != d.cat.Code || n.Terminal != d.op.Terminal {
			d.reject("malformed", "what", "number")
			return false, nil
		}
		c.TempNumber = body.Number
		return true, nil
	}
	if ok, err := d.ownsApplication(*c, body); !ok || err != nil {
		return false, err
	}
	use, used, err := Load[NumberUse](d.w, EntityNumber, body.Number)
	if err != nil {
		return false, err
	}
	if used && use.Case != c.ID {
		c.TempNumber, c.Note = body.Number, text(noteCaseNumberConflict, "number", body.Number)
		return true, nil
	}
	c.Number = body.Number
	return true, d.put(FeedLease, "number.used", EntityNumber, body.Number, NumberUse{Case: c.ID})
}

// numberCase gives a case its number in place of a temporary one; both stay.
func (d *decision) numberCase(body NumberBody) error {
	c, ok, err := d.theCase()
	if !ok || err != nil {
		return err
	}
	switch {
	case c.Number != "":
		d.noop("already_so")
		return nil
	case c.TempNumber == "":
		d.reject("case_state", "state", string(c.State))
		return nil
	}
	if ok, err := d.ownsApplication(c, body); !ok || err != nil {
		return err
	}
	use, used, err := Load[NumberUse](d.w, EntityNumber, body.Number)
	if err != nil {
		return err
	}
	if used && use.Case != c.ID {
		d.reject("number_taken", "number", body.Number)
		return nil
	}
	c.Number, c.Note, c.Version = body.Number, Text{}, c.Version+1
	if err := d.put(FeedLease, "number.used", EntityNumber, c.Number, NumberUse{Case: c.ID}); err != nil {
		return err
	}
	return d.putCase("case.numbered", c)
}

// ApplicationSeries is the series of application numbers of a hall. It is
// never reset.
func ApplicationSeries(c *Catalogue) string {
	area, _ := AreaOfDivision(c.Area)
	return "application/" + area + c.Cases.Service
}

// ownsApplication checks a number against the terminal's lease; not ok when
// that settles the outcome.
func (d *decision) ownsApplication(c Case, body NumberBody) (bool, error) {
	n, err := ParseApplicationNumber(body.Number)
	version, _ := d.version(c)
	if err != nil || n.String() != body.Number || n.Kind != version.Nature || "application/"+n.Area+n.Service != ApplicationSeries(d.cat) {
		d.reject("malformed", "what", "number")
		return false, nil
	}
	lease, ok, err := Load[Lease](d.w, EntityLease, body.Lease)
	if err != nil {
		return false, err
	}
	owned := !ok && d.ctx.Overlay() ||
		ok && lease.Terminal == d.op.Terminal && lease.Series == ApplicationSeries(d.cat) && lease.From <= n.Serial && n.Serial <= lease.To
	if !owned {
		d.reject("number_not_owned", "number", body.Number)
	}
	return owned, nil
}

// leaseApplicationNumbers gives a terminal serials of its own (流水号段). No
// serial is ever given twice; what is not used stays a gap.
func (d *decision) leaseApplicationNumbers(body LeaseApplicationNumbersBody) error {
	s, _, err := Load[Series](d.w, EntitySeries, d.op.Entity)
	if err != nil {
		return err
	}
	d.newTerm(&s, skipApplication, true)
	from := d.from(&s, body.Count)
	switch {
	case d.cat.Cases.Service == "" || d.op.Entity != ApplicationSeries(d.cat):
		d.reject("malformed", "what", "series")
		return nil
	case body.Count < 1 || body.Count > maxLease:
		d.reject("lease_size", "max", strconv.Itoa(maxLease))
		return nil
	case from+body.Count-1 > maxSerial:
		d.reject("series_used_up")
		return nil
	}
	lease := Lease{ID: string(d.op.ID), Series: d.op.Entity, Terminal: d.op.Terminal, Offline: true,
		From: from, To: from + body.Count - 1, Prefix: strings.TrimPrefix(d.op.Entity, "application/")}
	s.ID = d.op.Entity
	if err := d.put(FeedLease, "series.leased", EntitySeries, s.ID, s); err != nil {
		return err
	}
	if err := d.put(FeedLease, "lease.granted", EntityLease, lease.ID, lease); err != nil {
		return err
	}
	return d.result(LeaseResult{Lease: lease})
}

// upToDate holds a person's change to the case as it is now; false when that
// settles the outcome.
func (d *decision) upToDate(c Case, e Edit) bool {
	switch {
	case c.State == CaseWithdrawn:
		d.reject("case_cancelled")
	case e.Version == c.Version:
		return true
	case c.Deemed && c.State == CaseAccepted:
		d.reject("case_deemed")
	case c.AcceptedBy == BySystem && c.State == CaseAccepted:
		d.reject("case_auto_accepted")
	default:
		d.reject("case_updated")
	}
	return false
}

// caseToEdit is the case of an operation that changes it; not ok when that is
// refused.
func (d *decision) caseToEdit(e Edit, right Right) (c Case, ok bool, err error) {
	if c, ok, err = d.theCase(); !ok || err != nil {
		return c, false, err
	}
	ok, err = d.mayEdit(c, e, right)
	return c, ok, err
}

// mayEdit is upToDate, and whether the person may change this case.
func (d *decision) mayEdit(c Case, e Edit, right Right) (bool, error) {
	if !d.upToDate(c, e) {
		return false, nil
	}
	if d.op.Actor.Kind == ActorStaff {
		s, _ := d.cat.StaffByID(d.op.Actor.ID)
		if c.Clerk != d.op.Actor.ID && !slices.Contains(s.Rights, right) {
			d.reject("right_missing", "right", string(right))
			return false, nil
		}
		return true, nil
	}
	a, ok, err := Load[Applicant](d.w, EntityApplicant, c.ID)
	if err != nil {
		return false, err
	}
	if ok && a.Owner != e.Owner || !ok && !d.ctx.Overlay() {
		d.reject("not_owner")
		return false, nil
	}
	return true, nil
}
