package terminal

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/seal"
)

// applyCase is a case as the session knows it: as the centre told it, and what
// was done here that is not in that. A kiosk follows no cases, so nothing else
// tells it.
type applyCase struct {
	base     json.RawMessage // nil: the centre has told of none
	acts     []*ownAct       // in their order
	begun    int             // acts so far
	stale    bool            // a verdict has come since base
	fetching bool
	fetched  time.Time // by this machine's clock
	failed   time.Time // when the centre did not answer
}

// ownAct is an operation of this session.
type ownAct struct {
	op      hall.Op
	done    chan struct{} // closed with the verdict
	verdict sync.Verdict  // read after done
}

// settled says whether the act has its verdict.
func (a *ownAct) settled() bool {
	select {
	case <-a.done:
		return true
	default:
		return false
	}
}

// refused says whether the writer said no.
func (a *ownAct) refused() bool {
	return a.settled() && (a.verdict.Status == hall.Rejected || a.verdict.Status == hall.RejectedDependency)
}

// shown says whether the act is in what the person sees: what happened at once, a
// claim after its verdict.
func (a *ownAct) shown() bool {
	info, _ := hall.KindOf(a.op.Kind)
	return !a.refused() && (info.Nature == hall.Witness || a.settled())
}

// waits says whether an act has no verdict yet; claims asks for claims only.
func (c *applyCase) waits(claims bool) bool {
	return slices.ContainsFunc(c.acts, func(a *ownAct) bool {
		info, _ := hall.KindOf(a.op.Kind)
		return !a.settled() && (!claims || info.Nature == hall.Claim)
	})
}

// has finds the newest act of a kind that was not refused.
func (c *applyCase) has(kinds ...hall.Kind) *ownAct {
	for _, a := range slices.Backward(c.acts) {
		if slices.Contains(kinds, a.op.Kind) && !a.refused() {
			return a
		}
	}
	return nil
}

// applyWorld is a World with one case in it, or none. Whether there is a line is asked
// once: what is shown together, and what is written and why it may be, is of one moment.
type applyWorld struct {
	hall.World
	id     string
	raw    json.RawMessage
	online bool
}

// Entity implements hall.World.
func (w applyWorld) Entity(kind hall.EntityKind, id string) (json.RawMessage, bool, error) {
	if kind == hall.EntityCase && id == w.id {
		return w.raw, w.raw != nil, nil
	}
	return w.World.Entity(kind, id)
}

// caseNow is the case with everything that was done here; k.mu is held.
func (k *Kiosk) caseNow(a *applying) (applyWorld, hall.Case, bool) {
	w := applyWorld{k.Store.World(), a.id, a.kase.base, k.online()}
	for i, act := range a.kase.acts {
		if !act.shown() {
			continue
		}
		out, err := hall.Step(w, act.op, hall.Context{Now: act.op.Stamp.At, Row: hall.OverlayRow + int64(i)})
		if err != nil {
			k.Logger.Error("an application cannot be shown as it is", "case", a.id, "kind", act.op.Kind, "err", err)
			break
		}
		for _, c := range out.Changes {
			if c.Kind == hall.EntityCase && c.ID == a.id {
				w.raw = c.Value
			}
		}
	}
	var c hall.Case
	if w.raw == nil || json.Unmarshal(w.raw, &c) != nil {
		return w, c, false
	}
	return w, c, true
}

// applyStore is the terminal's store, nil where it cannot take applications.
func (k *Kiosk) applyStore() ApplyStore {
	s, _ := k.Store.(ApplyStore)
	return s
}

func (k *Kiosk) ownerKey() ([]byte, bool) {
	s := k.applyStore()
	if s == nil {
		return nil, false
	}
	return s.OwnerKey()
}

// ownerOf is the keyed hash of the session's person; "" when not known.
func (k *Kiosk) ownerOf(s *session) string {
	key, known := k.ownerKey()
	if !known || s.person == nil {
		return ""
	}
	return seal.OwnerLook(key, s.person.DocKind, s.person.DocNo)
}

// follow waits for the verdict of an act, as long as the session lasts, and then
// asks the centre how the case stands.
func (k *Kiosk) follow(s *session, a *applying, act *ownAct) {
	life := a.life
	k.spawn(func(ctx context.Context) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(life, cancel)()
		v, err := k.Store.Await(ctx, act.op.ID)
		if err != nil {
			return // the session is over; the operation is on its way all the same
		}
		k.mu.Lock()
		act.verdict = v
		close(act.done)
		mine := k.s == s && s.apply == a
		if mine {
			a.kase.stale = true
			k.afterVerdict(s, a, act)
		}
		k.mu.Unlock()
		if act.refused() { // the person is told; nobody else need deal with it
			if err := k.Store.Dismiss(ctx, string(act.op.ID)); err != nil && ctx.Err() == nil {
				k.Logger.Warn("answered refusal stays in the work list", "op", act.op.ID, "err", err)
			}
		}
		if mine {
			k.changed()
		}
	})
}

// settleApply asks the centre how the open application stands, when something is
// expected to have happened to it.
func (k *Kiosk) settleApply() {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.s
	if s == nil || s.apply == nil || s.person == nil || !k.online() {
		return
	}
	a := s.apply
	if a.kase.fetching || k.applyWaits(a) || a.kase.begun == 0 && a.kase.base == nil {
		return
	}
	now := k.Clock()
	every := k.expects(a)
	switch {
	case a.kase.stale && now.Sub(a.kase.failed) < applyPoll, !a.kase.stale && (every == 0 || now.Sub(a.kase.fetched) < every):
		return
	}
	a.kase.fetching, a.kase.fetched = true, now
	begun, ask := a.kase.begun, askOf(s)
	k.spawn(func(ctx context.Context) {
		found, err := k.applications(ctx, ask)
		k.mu.Lock()
		if k.s == s && s.apply == a {
			a.kase.fetching = false
			if err != nil {
				a.kase.failed = k.Clock()
			}
			if err == nil && a.kase.begun == begun {
				k.tookCase(a, found)
			}
		}
		k.mu.Unlock()
		k.changed()
	})
}

// expects says how soon something may happen to the case by itself while the
// person stands here, 0 for never; k.mu is held.
func (k *Kiosk) expects(a *applying) time.Duration {
	_, c, _ := k.caseNow(a)
	every := time.Duration(0)
	for _, m := range c.Materials {
		n, _ := m.Newest()
		switch {
		case m.Ask.Op != "" || n.Coming:
			return applyPoll
		case m.State == hall.MaterialEWait:
			every = applyWatch
		}
	}
	return every
}

// tookCase takes the case as the centre tells it, which has everything in it that
// was done here; k.mu is held.
func (k *Kiosk) tookCase(a *applying, found []hall.Case) {
	a.kase.stale = false
	i := slices.IndexFunc(found, func(c hall.Case) bool { return c.ID == a.id })
	if i < 0 {
		return // another centre that has not caught up: asked again later
	}
	raw, err := json.Marshal(found[i])
	if err != nil {
		k.Logger.Error("an application cannot be kept", "case", a.id, "err", err)
		return
	}
	a.kase.base, a.kase.acts = raw, nil
	k.applyAnswers(a, found[i])
}

// applyAnswers tells what departments answered to what was asked here, once each;
// k.mu is held.
func (k *Kiosk) applyAnswers(a *applying, c hall.Case) {
	for key, q := range a.asked {
		code, answered := q.answer(c, key)
		if !answered {
			continue
		}
		delete(a.asked, key)
		if code != "" {
			t := text(code, "material", key)
			a.message = &t
		}
	}
}

// applications asks the centre, when there is a line.
func (k *Kiosk) applications(ctx context.Context, ask ProgressAsk) ([]hall.Case, error) {
	if k.Deps.Applications == nil || !k.online() {
		return nil, refused(deny("offline"))
	}
	return k.Deps.Applications.Applications(ctx, ask)
}

func askOf(s *session) ProgressAsk {
	return ProgressAsk{DocKind: s.person.DocKind, DocNo: hall.Secret(s.person.DocNo)}
}
