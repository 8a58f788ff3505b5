package hall

import (
	"encoding/json"
	"fmt"
	"slices"
)

// maxFile bounds the files of materials.
const maxFile = 200 << 20

var fileTypes = []string{"application/pdf", "image/jpeg", "image/png", "image/tiff", "application/ofd", "text/xml", "application/xml"}

// fine reports whether a file can be a material.
func (f File) fine() bool {
	if len(f.SHA256) != 64 || f.Size < 1 || f.Size > maxFile || !slices.Contains(fileTypes, f.Type) {
		return false
	}
	for _, r := range f.SHA256 {
		if !(r >= '0' && r <= '9' || r >= 'a' && r <= 'f') {
			return false
		}
	}
	return true
}

// isReason accepts reasons that are codes. Words of people may name somebody:
// they belong into the sealed part.
func isReason(s string) bool {
	return s != "" && len(s) <= 64 && goodMaterialCode(s)
}

func (d *decision) effect(kind, key string, payload any) error {
	raw, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("hall: write effect: %w", err)
	}
	d.out.Effects = append(d.out.Effects, Effect{ID: string(d.op.ID) + "/" + kind + "/" + key, Kind: kind, Payload: raw})
	return nil
}

// editing loads the case and the material of a person's change; ok when the
// change may go on.
func (d *decision) editing(e Edit, key string) (c Case, m *Material, ok bool, err error) {
	if c, ok, err = d.caseToEdit(e, RightEditCases); !ok || err != nil {
		return c, nil, false, err
	}
	if !c.State.Editable() {
		d.reject("case_state", "state", string(c.State))
		return c, nil, false, nil
	}
	m, known := c.Material(key)
	if !known {
		d.reject("unknown_material")
		return c, nil, false, nil
	}
	return c, m, true, nil
}

// chooseSharing chooses that a department supplies a material. Nothing is known
// yet, so nothing changes but that the query is on its way (待联网查询).
func (d *decision) chooseSharing(body ChooseSharingBody) error {
	c, m, ok, err := d.editing(body.Edit, body.Material)
	if !ok || err != nil {
		return err
	}
	it, _ := d.cat.Item(c.Item)
	version, _ := d.version(c)
	im, _ := version.Material(m.Code)
	def, _ := d.cat.MaterialDef(m.Code)
	rights, granted := it.RightsOf(m.Code)
	department := def.Department
	switch {
	case m.State == MaterialDone:
		d.reject("material_done", "material", m.Key)
		return nil
	case !body.Method.Shared() || !slices.Contains(im.Methods, body.Method):
		d.reject("method_not_configured", "material", m.Key)
		return nil
	case body.Method == MethodPaper && (!granted || rights.SignOut == "" || len(rights.SignIn) == 0):
		d.reject("paper_without_rights", "detail", m.Key)
		return nil
	case len(m.Attempts) >= maxAttempts:
		d.reject("attempts_used_up", "material", m.Key)
		return nil
	case body.Method == MethodPaper:
		department = rights.SignOut
	}
	m.Ask, m.Failed = Ask{Op: d.op.ID, Method: body.Method, At: d.now}, false
	if err := d.effect(EffectShareQuery, m.Key, ShareQuery{Case: c.ID, Item: c.Item, Material: m.Key, Code: m.Code,
		Department: department, Method: body.Method, Ask: d.op.ID}); err != nil {
		return err
	}
	return d.putCase("material.asked", c)
}

// answerEvents are rows 1 and 2 with their n and f.
var answerEvents = map[Method]map[string]MaterialEvent{
	MethodEShare: {AnswerYes: EvAskedE, AnswerNo: EvRefusedE, AnswerFailed: EvFailedE},
	MethodPaper:  {AnswerYes: EvAskedPaper, AnswerNo: EvRefusedPaper, AnswerFailed: EvFailedPaper},
}

// shareAnswered is what the department says to the query.
func (d *decision) shareAnswered(body ShareAnsweredBody) error {
	c, ok, err := d.theCase()
	if !ok || err != nil {
		return err
	}
	m, known := c.Material(body.Material)
	if !known || !slices.Contains([]string{AnswerYes, AnswerNo, AnswerFailed}, body.Answer) {
		d.reject("malformed", "what", "answer")
		return nil
	}
	if m.Ask.Op == "" || m.Ask.Op != body.Ask || !c.State.Editable() {
		d.noop("query_superseded")
		return nil
	}
	ask := m.Ask
	to, ok := NextMaterialState(m.State, answerEvents[ask.Method][body.Answer])
	if !ok {
		d.noop("query_superseded")
		return nil
	}
	m.Ask = Ask{}
	if body.Answer == AnswerFailed {
		m.Failed = true
		return d.putCase("material.query_failed", c)
	}
	if err := d.newAttempt(&c, m, ask.Method); err != nil {
		return err
	}
	m.State = to
	a := &m.Attempts[len(m.Attempts)-1]
	if body.Answer == AnswerNo {
		a.State, a.Reason, a.EndedAt = AttemptFailed, NotShareable, d.now
		return d.putCase("material.not_shareable", c)
	}
	if ask.Method == MethodPaper {
		return d.putCase("material.paper_chosen", c)
	}
	if err := d.request(&c, m, a); err != nil {
		return err
	}
	return d.putCase("material.e_requested", c)
}

// newAttempt begins the next attempt and ends the one before: its state moves
// no more, whatever still comes for it. The version of the case goes up, and a
// case that is being accepted must be submitted again.
func (d *decision) newAttempt(c *Case, m *Material, method Method) error {
	if err := d.endAttempt(c, m, AttemptSuperseded); err != nil {
		return err
	}
	m.Attempts = append(m.Attempts, Attempt{No: len(m.Attempts) + 1, Method: method, State: AttemptActive, AskedAt: d.now})
	m.Ask, m.Failed = Ask{}, false
	d.changed(c)
	return nil
}

func (d *decision) changed(c *Case) {
	c.Version++
	if k := c.Clock(ClockDraft); k != nil && c.State == CaseDraft {
		k.From = DayOf(d.now) // it is kept as long again; what waits for its end finds that out
		*k = k.Reckon(d.cat.Calendar)
	}
	if c.State == CasePending {
		c.Resubmit = true
	}
}

// endAttempt ends the newest attempt, unless it has failed or ended before.
func (d *decision) endAttempt(c *Case, m *Material, state AttemptState) error {
	if len(m.Attempts) == 0 {
		return nil
	}
	a := &m.Attempts[len(m.Attempts)-1]
	if a.State == AttemptActive || a.State == AttemptExpired || state == AttemptSuperseded && a.State == AttemptSucceeded {
		a.State, a.EndedAt = state, d.now
	}
	if a.Method != MethodPaper {
		return nil
	}
	return d.custodyOnly(*c, *m, *a)
}

// request sends the request of electronic sharing and starts its clock.
func (d *decision) request(c *Case, m *Material, a *Attempt) error {
	a.Due, a.Provisional = d.cat.limitOf(m.Code, MethodEShare).Due(d.cat.Calendar, d.now)
	def, _ := d.cat.MaterialDef(m.Code)
	id := RequestID(c.ID, m.Key, a.No)
	if err := d.effect(EffectShareRequest, m.Key, ShareQuery{Case: c.ID, Item: c.Item, Material: m.Key, Code: m.Code,
		Department: def.Department, Method: MethodEShare, Attempt: a.No, Request: id}); err != nil {
		return err
	}
	return d.deadlineOf(MaterialDue, c.ID, c.ID+"/"+m.Key, a.No, afterDue(a.Due), AttemptBody{m.Key, a.No})
}

// dropMethod takes the choice of a method back (变更材料提交方式).
func (d *decision) dropMethod(body DropMethodBody) error {
	c, m, ok, err := d.editing(body.Edit, body.Material)
	if !ok || err != nil {
		return err
	}
	if m.State == MaterialPrepare && m.Ask.Op != "" {
		m.Ask = Ask{}
		c.Version++
		return d.putCase("material.dropped", c)
	}
	to, ok := NextMaterialState(m.State, EvDropped)
	if !ok {
		if m.State == MaterialPrepare {
			d.noop("already_so")
		} else {
			d.reject("material_done", "material", m.Key)
		}
		return nil
	}
	if err := d.endAttempt(&c, m, AttemptSuperseded); err != nil {
		return err
	}
	m.State, m.Ask, m.Failed = to, Ask{}, false
	d.changed(&c)
	return d.putCase("material.dropped", c)
}

var doneBy = map[Method]string{MethodUpload: DoneUploaded, MethodOriginal: DoneOriginal, MethodLicence: DoneLicence}

// handIn takes a material from the person. It has happened, so it is never
// refused: what comes too late or twice is put aside for a person to look at.
func (d *decision) handIn(body HandInBody) error {
	c, ok, err := d.witnessedCase()
	if !ok || err != nil {
		return err
	}
	if doneBy[body.Way] == "" || body.Way != MethodOriginal && !body.File.fine() || body.Way == MethodOriginal && body.File != (File{}) {
		d.reject("malformed", "what", "file")
		return nil
	}
	why := c.HandInBlocked(body.Material)
	if why.Code == "" && d.ctx.Unattested {
		why = text(FaultNoSession)
	}
	if why.Code != "" {
		c.Asides = append(c.Asides, Aside{Op: d.op.ID, Material: body.Material, Way: body.Way, File: body.File, Why: why.Code, At: d.now})
		return d.putCase("material.set_aside", c)
	}
	m, _ := c.Material(body.Material)
	if err := d.newAttempt(&c, m, body.Way); err != nil {
		return err
	}
	a := &m.Attempts[len(m.Attempts)-1]
	a.File = body.File
	if body.Way != MethodOriginal {
		if _, durable, err := Load[File](d.w, EntityFile, body.File.SHA256); err != nil {
			return err
		} else if !durable {
			a.Coming, m.State = true, MaterialPrepare
			return d.putCase("material.coming", c)
		}
	}
	d.done(m, EvHandedIn, doneBy[body.Way])
	return d.settle("material.handed_in", c)
}

// done ends the newest attempt well; false when the event cannot happen.
func (d *decision) done(m *Material, event MaterialEvent, by string) bool {
	to, ok := NextMaterialState(m.State, event)
	if !ok {
		return false
	}
	a := &m.Attempts[len(m.Attempts)-1]
	a.Late = a.Late || m.State == MaterialTimeout
	a.State, a.DoneBy, a.EndedAt, a.Coming = AttemptSucceeded, by, d.now, false
	m.State, m.Ask, m.Failed = to, Ask{}, false
	return true
}

// fileStored finishes what waited for a file that is durable now. The file may
// come before the operation that names it.
func (d *decision) fileStored(body FileStoredBody) error {
	c, known, err := Load[Case](d.w, EntityCase, d.op.Entity)
	if err != nil {
		return err
	}
	if !body.File.fine() {
		d.reject("malformed", "what", "file")
		return nil
	}
	if _, durable, err := Load[File](d.w, EntityFile, body.File.SHA256); err != nil {
		return err
	} else if !durable {
		if err := d.put(FeedCase, "file.stored", EntityFile, body.File.SHA256, body.File); err != nil {
			return err
		}
	}
	finished := false
	for i := range c.Materials {
		m := &c.Materials[i]
		if a, _ := m.Newest(); a.Coming && a.File.SHA256 == body.File.SHA256 && c.Awaits() {
			finished = d.done(m, EvHandedIn, doneBy[a.Method]) || finished
		}
	}
	if !known || !finished {
		return nil
	}
	return d.settle("material.handed_in", c)
}

// notTheirs says why who applies cannot take a material back themselves: only what
// they photographed, and only before it was handed in with the application. Later,
// and of anything else, it is a clerk's (requirements G1.3 row 13).
func (c *Case) notTheirs(m *Material) Text {
	a, _ := m.Newest()
	given := c.State == CaseDraft || c.State == CasePreReturned && c.Supplement != nil && a.AskedAt.After(c.Supplement.At)
	if a.Method != MethodUpload || !given {
		return text("material_done", "material", m.Key)
	}
	return Text{}
}

// replaceMaterial takes back a material that is in; the old one stays with its
// attempt.
func (d *decision) replaceMaterial(body ReplaceMaterialBody) error {
	c, m, ok, err := d.editing(body.Edit, body.Material)
	if !ok || err != nil {
		return err
	}
	to, ok := NextMaterialState(m.State, EvReplaced)
	switch {
	case !ok:
		d.reject("material_not_done", "material", m.Key)
		return nil
	case !isReason(body.Reason):
		d.reject("reason_needed")
		return nil
	case d.op.Actor.Role == RoleCitizen && d.settled(c.notTheirs(m)):
		return nil
	}
	if err := d.endAttempt(&c, m, AttemptSuperseded); err != nil {
		return err
	}
	m.Attempts[len(m.Attempts)-1].Reason = body.Reason
	m.State = to
	d.changed(&c)
	return d.putCase("material.replaced", c)
}
