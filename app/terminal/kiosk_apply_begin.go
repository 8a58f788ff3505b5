package terminal

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

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
		return c.Item == a.item.ID && c.Origin == hall.OriginOnline && (c.State == hall.CaseDraft || k.unsent(c))
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

// unsent: the case was submitted here without the line, and the centre does not know:
// whoever comes back for its slip applies for nothing a second time.
func (k *Kiosk) unsent(c hall.Case) bool {
	return firstText(c.Number, c.TempNumber) != "" && c.State != hall.CaseWithdrawn && k.Store.PendingFor(c.ID)
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
	a.kase.stale = k.Store.PendingFor(c.ID) // what was done before is still on its way
	a.step = applyDone
	if c.State.Editable() {
		a.step = afterOpening(c, a.version)
	}
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
		a.step = afterOpening(hall.Case{}, a.version)
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

// openNamed opens a case of the list, unless it is open; "" is the open one. What is
// done to it next is done to this one, whatever is opened meanwhile.
func (k *Kiosk) openNamed(ctx context.Context, named string) (*session, *applying, error) {
	k.mu.Lock()
	s := k.s
	if named == "" || s != nil && s.apply != nil && s.apply.id == named {
		defer k.mu.Unlock()
		return k.applyOpen()
	}
	a, err := k.openToContinue(named)
	k.mu.Unlock()
	if err != nil {
		return nil, nil, err
	}
	k.beginCase(ctx, s, a, named)
	return s, a, nil
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
