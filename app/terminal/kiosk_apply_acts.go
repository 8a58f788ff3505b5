package terminal

import (
	"context"
	"encoding/json"
	"net/http"

	"hallway/app/hall"
	"hallway/devices"
)

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
	return k.applyTo(ctx, s, a, what, prepare)
}

// applyTo is applyAct for an application that was open a moment ago.
func (k *Kiosk) applyTo(ctx context.Context, s *session, a *applying, what hall.Kind, prepare func(s *session, a *applying, w applyWorld, c hall.Case) (applyWrite, error)) error {
	return k.applyDo(ctx, s, a, what, func(w applyWorld, c hall.Case, known bool) (applyWrite, error) {
		if !known || a.step != applyMaterials && a.step != applyForm && a.step != applyDone {
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
		return k.storeProblem(err, what)
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
	case hall.ReplaceMaterial:
		t = text("taken_back", "material", a.forget(act.op))
	case hall.FillForm:
		t, a.step = text("form_saved"), applyMaterials
	default:
		return
	}
	a.message = &t
	k.slipOnce(s, a)
}

// forget lets go of how many pages were taken of a material that was taken back, and
// says which that is.
func (a *applying) forget(op hall.Op) string {
	var body hall.ReplaceMaterialBody
	if json.Unmarshal(op.Body, &body) == nil {
		delete(a.pages, body.Material)
	}
	return body.Material
}

// mayApply says whether the person may do an act now; k.mu is held.
func (k *Kiosk) mayApply(a *applying, w applyWorld, kind hall.Kind, body any) Act {
	return k.mayApplySealed(a, w, kind, body, nil)
}

// mayApplySealed is mayApply for an act with a sealed part; k.mu is held.
func (k *Kiosk) mayApplySealed(a *applying, w applyWorld, kind hall.Kind, body any, sealed []byte) Act {
	info, _ := hall.KindOf(kind)
	switch {
	case !info.Offline && !w.online:
		return deny("offline")
	case !info.Offline && k.applyWaits(a), a.kase.waits(true):
		return deny("pending")
	case !hall.May(kind, hall.RoleCitizen, RoleKiosk):
		return deny("forbidden")
	}
	return k.try(w, k.now(), citizenActor(), actDraft{kind, a.id, body}, sealed)
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

// ApplyDrop takes the choice of a way back (变更材料提交方式), or what was
// photographed and is not handed in yet.
func (k *Kiosk) ApplyDrop(ctx context.Context, r MaterialRequest) error {
	return k.applyAct(ctx, hall.DropMethod, func(s *session, a *applying, w applyWorld, c hall.Case) (applyWrite, error) {
		if a.bring[r.Material] {
			delete(a.bring, r.Material)
			return nil, nil
		}
		delete(a.asked, r.Material)
		kind, body := k.dropOf(s, c, r.Material)
		return k.applyClaim(a, w, kind, body)
	})
}

// dropOf is the act by which a material of the case is taken back.
func (k *Kiosk) dropOf(s *session, c hall.Case, key string) (hall.Kind, any) {
	if m, known := c.Material(key); known && !m.Open() {
		return hall.ReplaceMaterial, hall.ReplaceMaterialBody{Edit: k.editOf(s, c), Material: key, Reason: hall.ReplaceTakenBack}
	}
	return hall.DropMethod, hall.DropMethodBody{Edit: k.editOf(s, c), Material: key}
}
