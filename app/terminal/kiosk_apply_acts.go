package terminal

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"

	"hallway/app/hall"
	"hallway/devices"
	"hallway/sync/seal"
)

// applyByCard goes on for the session's card: a draft of the same item goes on
// where it was left, or a case is opened. k.mu is held.
func (k *Kiosk) applyByCard(s *session) {
	a := s.apply
	a.step, s.phase, s.notice = applyReading, phaseApply, nil
	k.spawn(func(life context.Context) { k.beginCase(life, s, a, ""); k.show() })
}

// beginCase takes a case of the session's person up: the one that was named, or
// a draft of the item; else a new one is opened.
func (k *Kiosk) beginCase(ctx context.Context, s *session, a *applying, named string) {
	k.mu.Lock()
	if k.s != s || s.apply != a || s.person == nil {
		k.mu.Unlock()
		return
	}
	ask := askOf(s)
	k.mu.Unlock()
	found, err := k.applications(ctx, ask)
	k.mu.Lock()
	if k.s != s || s.apply != a {
		k.mu.Unlock()
		return
	}
	k.touch()
	found = append(found, k.ownCases(s)...)
	i := slices.IndexFunc(found, func(c hall.Case) bool {
		if named != "" {
			return c.ID == named || c.Number == named || c.TempNumber == named
		}
		return c.Item == a.item.ID && c.State == hall.CaseDraft && c.Origin == hall.OriginOnline
	})
	switch {
	case i >= 0:
		k.takeUp(s, a, found[i])
	case named != "":
		k.leaveApply(s)
		code := "apply_unknown"
		if err != nil {
			code = "apply_offline"
		}
		k.say(devices.Warn, code)
	default:
		k.mu.Unlock()
		k.openCase(ctx, s, a)
		return
	}
	k.mu.Unlock()
}

// ownCases are the cases of the session's person of which this terminal's own
// operations have not reached the centre; k.mu is held.
func (k *Kiosk) ownCases(s *session) []hall.Case {
	w := k.Store.World()
	mine, _, err := hall.Load[hall.OwnerCases](w, hall.EntityOwnerCases, k.ownerOf(s))
	if err != nil {
		k.Logger.Error("own applications cannot be read", "err", err)
	}
	var list []hall.Case
	for _, id := range mine.Cases {
		if c, ok, err := hall.Load[hall.Case](w, hall.EntityCase, id); err == nil && ok {
			list = append(list, c)
		}
	}
	return list
}

// takeUp goes on with a case; k.mu is held.
func (k *Kiosk) takeUp(s *session, a *applying, c hall.Case) {
	raw, err := json.Marshal(c)
	cat := k.catalogue()
	if err != nil || cat == nil {
		k.leaveApply(s)
		k.say(devices.Warn, "apply_unknown")
		return
	}
	a.item, _ = cat.Item(c.Item)
	a.version, _ = a.item.Version(c.ItemVersion)
	a.id, a.kase.base, a.kase.fetched, a.resumed = c.ID, raw, k.Clock(), c.CreatedAt
	a.step = applyDone
	if citizenEdits(c.State) {
		a.step = applyMaterials
	}
}

// citizenEdits says whether the owner has something to do with materials in a
// state.
func citizenEdits(s hall.CaseState) bool {
	return slices.Contains([]hall.CaseState{hall.CaseDraft, hall.CasePending, hall.CasePreReturned, hall.CaseReceived, hall.CaseSupplementDue}, s)
}

// openCase writes the case down: its id was chosen with the session, so that it is
// one whatever happens.
func (k *Kiosk) openCase(ctx context.Context, s *session, a *applying) {
	err := k.applyDo(ctx, s, a, hall.OpenCase, func(applyWorld, hall.Case, bool) (applyWrite, error) {
		key, known := k.ownerKey()
		if !known || s.person == nil {
			return nil, refused(deny("never_synced"))
		}
		who := *s.person
		body := hall.OpenCaseBody{Item: a.item.ID, ItemVersion: a.version.Version, Owner: k.ownerOf(s),
			PasswordLook: seal.PasswordLook(key, a.id, seal.QueryPassword(key, a.id))}
		d := Draft{Kind: hall.OpenCase, Entity: a.id, Actor: citizenActor(), Body: body, Sealed: who}
		a.step = applyMaterials
		return func(ctx context.Context) (hall.Op, error) { return k.Store.Propose(ctx, d) }, nil
	})
	if err == nil {
		return
	}
	k.Logger.Warn("an application could not be begun", "err", err)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.s == s && s.apply == a {
		a.step = applyNeeds
		k.say(devices.Error, "apply_failed")
	}
}

// applyWrite writes one operation down.
type applyWrite func(ctx context.Context) (hall.Op, error)

// applyAct does one act of the person with the open application.
func (k *Kiosk) applyAct(ctx context.Context, what hall.Kind, prepare func(s *session, a *applying, w applyWorld, c hall.Case) (applyWrite, error)) error {
	defer k.show()
	k.mu.Lock()
	s, a, err := k.applyOpen()
	k.mu.Unlock()
	if err != nil {
		return err
	}
	return k.applyDo(ctx, s, a, what, func(w applyWorld, c hall.Case, known bool) (applyWrite, error) {
		if !known || a.step != applyMaterials && a.step != applyDone {
			return nil, Fail(http.StatusConflict, "apply_not_open")
		}
		return prepare(s, a, w, c)
	})
}

// applyDo writes one operation down, and of a claim waits for its verdict,
// bounded. One at a time: what is pressed meanwhile does nothing.
func (k *Kiosk) applyDo(ctx context.Context, s *session, a *applying, what hall.Kind, prepare func(w applyWorld, c hall.Case, known bool) (applyWrite, error)) error {
	k.mu.Lock()
	if k.s != s || s.apply != a {
		k.mu.Unlock()
		return Fail(http.StatusConflict, "session_over")
	}
	if a.doing != "" {
		twice := a.doing == what && what != hall.HandIn
		k.mu.Unlock()
		if twice {
			return nil
		}
		return refused(deny("pending"))
	}
	w, c, known := k.caseNow(a)
	write, err := prepare(w, c, known)
	if err != nil || write == nil {
		k.mu.Unlock()
		return err
	}
	a.doing, a.message, a.refused = what, nil, nil
	a.kase.begun++
	k.mu.Unlock()
	k.show()

	// The page may go away; what was pressed is being written down all the same.
	op, err := write(context.WithoutCancel(ctx))
	k.mu.Lock()
	mine := k.s == s && s.apply == a
	if mine {
		a.doing = ""
	}
	if err != nil {
		k.mu.Unlock()
		return k.storeProblem(err, op.Kind)
	}
	if !mine {
		k.mu.Unlock()
		return Fail(http.StatusConflict, "session_over")
	}
	act := &ownAct{op: op, done: make(chan struct{})}
	a.kase.acts = append(a.kase.acts, act)
	a.offline = a.offline || !k.online()
	k.follow(s, a, act)
	life := a.life
	k.mu.Unlock()
	k.show()
	return awaitAct(ctx, life, act)
}

// awaitAct waits for the verdict of a claim. None in time is no error: the view
// shows that it waits.
func awaitAct(ctx, life context.Context, act *ownAct) error {
	if info, _ := hall.KindOf(act.op.Kind); info.Nature == hall.Witness {
		return nil
	}
	wait, cancel := context.WithTimeout(ctx, verdictWait)
	defer cancel()
	select {
	case <-act.done:
	case <-wait.Done():
		return nil
	case <-life.Done():
		return nil
	}
	if act.refused() {
		reason := act.verdict.Reason
		return &Problem{Status: http.StatusConflict, Code: "refused", Reason: &reason}
	}
	return nil
}

// afterVerdict follows what a verdict means to the person; k.mu is held.
func (k *Kiosk) afterVerdict(s *session, a *applying, act *ownAct) {
	if act.refused() {
		reason := act.verdict.Reason
		a.refused = &reason
		if act.op.Kind == hall.OpenCase {
			k.leaveApply(s)
			k.say(devices.Error, "apply_failed")
		}
		return
	}
	t := hall.Text{}
	switch act.op.Kind {
	case hall.SubmitCase, hall.ApplyCase:
		t, a.step = text("applied"), applyDone
	case hall.CancelCase:
		t, a.step = text("cancelled"), applyDone
	default:
		return
	}
	a.message = &t
	if act.op.Kind == hall.SubmitCase {
		k.slipOnce(s, a)
	}
}

// mayApply says whether the person may do an act now; k.mu is held.
func (k *Kiosk) mayApply(a *applying, w applyWorld, kind hall.Kind, body any) Act {
	info, _ := hall.KindOf(kind)
	switch {
	case !info.Offline && !k.online():
		return deny("offline")
	case !info.Offline && k.applyWaits(a), a.kase.waits(true):
		return deny("pending")
	case !hall.May(kind, hall.RoleCitizen, RoleKiosk):
		return deny("forbidden")
	}
	return k.try(w, k.now(), citizenActor(), actDraft{kind, a.id, body}, nil)
}

// applyWaits says whether an act on the case has no verdict yet; k.mu is held.
func (k *Kiosk) applyWaits(a *applying) bool {
	return a.doing != "" || a.kase.waits(false) || k.Store.PendingFor(a.id)
}

// applyClaim is the writing of a claim that may be done.
func (k *Kiosk) applyClaim(a *applying, w applyWorld, kind hall.Kind, body any) (applyWrite, error) {
	if act := k.mayApply(a, w, kind, body); !act.Allowed {
		return nil, refused(act)
	}
	d := Draft{Kind: kind, Entity: a.id, Actor: citizenActor(), Body: body}
	return func(ctx context.Context) (hall.Op, error) { return k.Store.Propose(ctx, d) }, nil
}

func (k *Kiosk) editOf(s *session, c hall.Case) hall.Edit {
	return hall.Edit{Version: c.Version, Owner: k.ownerOf(s)}
}

// ApplyMethod chooses how a material comes: a department is asked for it, or it
// is to be brought to the counter.
func (k *Kiosk) ApplyMethod(ctx context.Context, r ApplyMethodRequest) error {
	return k.applyAct(ctx, hall.ChooseSharing, func(s *session, a *applying, w applyWorld, c hall.Case) (applyWrite, error) {
		m, known := c.Material(r.Material)
		if !known {
			return nil, refused(deny("unknown_material"))
		}
		if r.Method == hall.MethodOriginal {
			if act := bringAct(c, *m); !act.Allowed {
				return nil, refused(act)
			}
			a.bring[m.Key], a.message, a.refused = true, nil, nil
			return nil, nil
		}
		write, err := k.applyClaim(a, w, hall.ChooseSharing, hall.ChooseSharingBody{Edit: k.editOf(s, c), Material: m.Key, Method: r.Method})
		if err == nil {
			delete(a.bring, m.Key)
			a.asked[m.Key] = query{r.Method, len(m.Attempts)}
		}
		return write, err
	})
}

// bringAct says whether a material may be left for the counter.
func bringAct(c hall.Case, m hall.Material) Act {
	switch {
	case !c.Awaits():
		return deny("case_state", "state", string(c.State))
	case m.State == hall.MaterialDone:
		return deny("material_done", "material", m.Key)
	case m.State != hall.MaterialPrepare || m.Ask.Op != "":
		return deny("drop_first", "material", m.Key)
	}
	return allow()
}

// ApplyDrop takes the choice of a way back (变更材料提交方式).
func (k *Kiosk) ApplyDrop(ctx context.Context, r MaterialRequest) error {
	return k.applyAct(ctx, hall.DropMethod, func(s *session, a *applying, w applyWorld, c hall.Case) (applyWrite, error) {
		if a.bring[r.Material] {
			delete(a.bring, r.Material)
			return nil, nil
		}
		delete(a.asked, r.Material)
		return k.applyClaim(a, w, hall.DropMethod, hall.DropMethodBody{Edit: k.editOf(s, c), Material: r.Material})
	})
}

// submitAct says whether the application can be submitted now: with the line, or
// without it when no department is needed. k.mu is held.
func (k *Kiosk) submitAct(s *session, a *applying, w applyWorld, c hall.Case) Act {
	if brought := k.mustBring(a, c); brought != "" {
		return deny("bring_to_counter", "materials", brought)
	}
	if kind, body := k.submitOf(s, a, c); kind == hall.ApplyCase {
		switch {
		case c.State != hall.CaseDraft:
			return deny("offline")
		case c.Sharing() || slices.ContainsFunc(c.Materials, func(m hall.Material) bool { return m.Ask.Op != "" }):
			return deny("offline_sharing")
		}
		return k.mayApply(a, w, kind, body)
	} else if c.Number == "" && k.applyStore().ApplicationNumbers() == 0 {
		return deny("no_numbers")
	} else {
		return k.mayApply(a, w, kind, body)
	}
}

// mustBring lists the required materials that are still open and that the person
// wants to bring to the counter: there the application goes on.
func (k *Kiosk) mustBring(a *applying, c hall.Case) string {
	var keys []string
	for _, m := range c.Materials {
		if m.Required && m.Open() && a.bring[m.Key] {
			keys = append(keys, m.Key)
		}
	}
	return strings.Join(keys, " ")
}

// submitOf is the operation that would submit the case now, with a sample number.
func (k *Kiosk) submitOf(s *session, a *applying, c hall.Case) (hall.Kind, any) {
	n := hall.NumberBody{}
	if cat := k.catalogue(); cat != nil && c.Number == "" {
		n = hall.NumberBody{Number: cat.SampleNumber(c), Lease: "sample"}
	}
	if k.online() {
		return hall.SubmitCase, hall.SubmitCaseBody{Edit: k.editOf(s, c), NumberBody: n}
	}
	return hall.ApplyCase, n
}

// ApplySubmit submits the application (申办). Pressed twice, it is submitted once.
func (k *Kiosk) ApplySubmit(ctx context.Context, r ApplySubmitRequest) error {
	err := k.applyAct(ctx, hall.SubmitCase, func(s *session, a *applying, w applyWorld, c hall.Case) (applyWrite, error) {
		if a.kase.has(hall.SubmitCase, hall.ApplyCase) != nil || a.step == applyDone {
			return nil, nil // pressed twice
		}
		if act := k.submitAct(s, a, w, c); !act.Allowed {
			return nil, refused(act)
		}
		a.locale = r.Locale
		kind, _ := k.submitOf(s, a, c)
		edit := k.editOf(s, c)
		if c.Number != "" {
			d := Draft{Kind: kind, Entity: a.id, Actor: citizenActor(), Body: hall.SubmitCaseBody{Edit: edit}}
			return func(ctx context.Context) (hall.Op, error) { return k.Store.Propose(ctx, d) }, nil
		}
		d := NumberedDraft{Kind: kind, Case: a.id, Nature: a.version.Nature, Actor: citizenActor(), Edit: edit}
		return func(ctx context.Context) (hall.Op, error) {
			n, err := k.applyStore().ProposeNumbered(ctx, d)
			return n.Op, err
		}, nil
	})
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if s := k.s; s != nil && s.apply != nil && s.phase == phaseApply {
		if act := s.apply.kase.has(hall.ApplyCase); act != nil && s.apply.step == applyMaterials {
			t := text("applied")
			s.apply.step, s.apply.message = applyDone, &t
			k.slipOnce(s, s.apply)
		}
	}
	return nil
}

// ApplyCancel cancels an application, after the question whether to (取消).
func (k *Kiosk) ApplyCancel(ctx context.Context, r ApplyCancelRequest) error {
	if !r.Confirmed {
		return Fail(http.StatusConflict, "confirm_needed")
	}
	if err := k.openNamed(ctx, r.Case); err != nil {
		return err
	}
	return k.applyAct(ctx, hall.CancelCase, func(s *session, a *applying, w applyWorld, c hall.Case) (applyWrite, error) {
		if c.State == hall.CaseWithdrawn {
			return nil, nil // pressed twice
		}
		return k.applyClaim(a, w, hall.CancelCase, hall.CancelCaseBody{Edit: k.editOf(s, c), Reason: "applicant_withdrew"})
	})
}

// openNamed opens a case of the list, unless it is open.
func (k *Kiosk) openNamed(ctx context.Context, named string) error {
	k.mu.Lock()
	s := k.s
	if named == "" || s != nil && s.apply != nil && s.apply.id == named {
		k.mu.Unlock()
		return nil
	}
	a, err := k.openToContinue(named)
	k.mu.Unlock()
	if err != nil {
		return err
	}
	k.beginCase(ctx, s, a, named)
	return nil
}

// openToContinue makes room for a case of the session's person; k.mu is held.
func (k *Kiosk) openToContinue(named string) (*applying, error) {
	s := k.s
	switch {
	case k.applyStore() == nil:
		return nil, refused(deny("no_catalogue"))
	case s == nil || s.person == nil:
		return nil, Fail(http.StatusConflict, "card_needed")
	case s.busy() || s.phase == phaseTicket:
		return nil, Fail(http.StatusConflict, "still_printing")
	}
	k.touch()
	k.leaveApply(s)
	a := k.newApply(hall.Item{}, hall.ItemVersion{})
	a.id, a.step = named, applyReading
	s.apply, s.phase, s.notice, s.progress = a, phaseApply, nil, nil
	return a, nil
}

// ApplyContinue goes on with a case of the session's person, from the list of
// their cases.
func (k *Kiosk) ApplyContinue(_ context.Context, r ApplyContinueRequest) error {
	defer k.show()
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.s
	if s != nil && s.apply != nil && s.phase == phaseApply && s.apply.id == r.Case {
		return nil // pressed twice
	}
	a, err := k.openToContinue(r.Case)
	if err != nil {
		return err
	}
	k.spawn(func(life context.Context) { k.beginCase(life, s, a, r.Case); k.show() })
	return nil
}

// CaptureBegin begins to take pages for a material of the open application.
func (k *Kiosk) CaptureBegin(_ context.Context, r MaterialRequest) error {
	defer k.show()
	k.mu.Lock()
	defer k.mu.Unlock()
	_, a, err := k.applyOpen()
	if err != nil {
		return err
	}
	_, c, known := k.caseNow(a)
	if !known || a.step != applyMaterials {
		return Fail(http.StatusConflict, "apply_not_open")
	}
	if act := k.uploadAct(a, c, r.Material); !act.Allowed {
		return refused(act)
	}
	return k.captures.begin(a.id, r.Material)
}

// uploadAct says whether pages can be taken for a material; k.mu is held.
func (k *Kiosk) uploadAct(a *applying, c hall.Case, key string) Act {
	if len(k.Devices.Captures) == 0 {
		return deny("no_capture")
	}
	if why := c.HandInBlocked(key); why.Code != "" {
		return Act{Why: &why}
	}
	if a.kase.waits(true) {
		return deny("pending")
	}
	return allow()
}

// CaptureFinish binds the pages into one PDF and hands it in. When it returns
// without an error the document is on disk and the pages are wiped.
func (k *Kiosk) CaptureFinish(ctx context.Context, r CaptureRequest) error {
	material := ""
	n, err := k.captures.finish(r, func(held *capturing, document io.Reader) error {
		material = held.material
		return k.handInPages(ctx, held.kase, held.material, document)
	})
	if err != nil {
		return err
	}
	k.mu.Lock()
	if s := k.s; s != nil && s.apply != nil {
		s.apply.pages[material] = n
	}
	k.mu.Unlock()
	k.show()
	return nil
}

// handInPages keeps the document and writes down that it was handed in.
func (k *Kiosk) handInPages(ctx context.Context, kase, material string, document io.Reader) error {
	store := k.applyStore()
	file, err := store.PutFile(ctx, document, "application/pdf", MaxFile)
	if err != nil {
		return k.storeProblem(err, hall.HandIn)
	}
	return k.applyAct(ctx, hall.HandIn, func(_ *session, a *applying, _ applyWorld, c hall.Case) (applyWrite, error) {
		if a.id != kase {
			return nil, refused(deny("no_case")) // another was taken up meanwhile
		}
		if act := k.uploadAct(a, c, material); !act.Allowed {
			return nil, refused(act)
		}
		delete(a.bring, material)
		d := Draft{Kind: hall.HandIn, Entity: kase, Actor: citizenActor(),
			Body: hall.HandInBody{Material: material, Way: hall.MethodUpload, File: file}}
		return func(ctx context.Context) (hall.Op, error) { return store.HandIn(ctx, d, file) }, nil
	})
}

// captureMay says whether somebody is here whose pages are taken.
func (k *Kiosk) captureMay() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.s == nil || k.s.apply == nil {
		return Fail(http.StatusConflict, "apply_not_open")
	}
	return nil
}
