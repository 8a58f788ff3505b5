package terminal

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"time"

	"hallway/app/hall"
)

// phaseApply of a session: somebody applies for an item here.
const phaseApply = "apply"

// Steps of an application: see KioskApply.
const (
	applyNeeds     = "needs"
	applyCheck     = "check"
	applyIdentify  = "identify"
	applyReading   = "reading"
	applyMaterials = "materials"
	applySending   = "sending"
	applyDone      = "done"
)

// applying is an application in a session: what the person answered, the case as
// the centre told it, and what was done here since. It is wiped with the session.
type applying struct {
	id      string // of the case: chosen once, so that a second press begins no second one
	item    hall.Item
	version hall.ItemVersion
	step    string
	answers map[string]string // of the self-check
	bring   map[string]bool   // materials that are to be brought to the counter
	pages   map[string]int    // taken in this session, by material
	kase    applyCase
	form    typedForm
	asked   map[string]query // of departments, without an answer so far
	message *hall.Text
	refused *hall.Text
	slip    string
	owes    bool            // the slip prints by itself as soon as there is a number
	sent    time.Time       // when it was submitted: local clock
	doing   hall.Kind       // an act is being written down
	offline bool            // something was done without the line
	locale  string          // that the person reads
	resumed time.Time       // when a case that goes on here was opened
	life    context.Context // ends with the session
	cancel  context.CancelFunc
}

// wipe forgets everything; the session's lock is held.
func (a *applying) wipe() {
	if a.cancel != nil {
		a.cancel()
	}
	clear(a.form.texts)
	a.form.wipe()
	*a = applying{step: applyDone}
}

// onlineItem is an item that may be applied for here, and its version.
func onlineItem(cat *hall.Catalogue, id string) (hall.Item, hall.ItemVersion, bool) {
	it, known := cat.Item(id)
	v, published := it.Published()
	return it, v, known && published && v.Online && cat.Cases.Service != ""
}

// Apply begins an application for an item (办理申请): what it needs is shown. Only
// then the person says who it is.
func (k *Kiosk) Apply(_ context.Context, r ApplyRequest) error {
	defer k.show()
	cat := k.catalogue()
	if cat == nil || k.applyStore() == nil {
		return refused(deny("no_catalogue"))
	}
	it, version, ok := onlineItem(cat, r.Item)
	if !ok {
		return Fail(http.StatusNotFound, "item_unknown")
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if s := k.s; s != nil && s.phase == phaseTicket && !trouble(s) {
		k.wipe() // the slip is out; whoever stands here begins anew
	}
	if k.s == nil {
		k.open("")
	}
	s := k.s
	if s.busy() || s.phase == phaseTicket {
		return Fail(http.StatusConflict, "ticket_taken")
	}
	k.touch()
	if a := s.apply; a != nil && a.item.ID == it.ID && a.step != applyDone {
		s.phase, s.notice = phaseApply, nil // pressed twice, or back from elsewhere
		return nil
	}
	k.leaveApply(s)
	s.apply = k.newApply(it, version)
	s.phase, s.notice, s.progress = phaseApply, nil, nil
	return nil
}

func (k *Kiosk) newApply(it hall.Item, v hall.ItemVersion) *applying {
	life, cancel := context.WithCancel(k.life)
	return &applying{life: life, cancel: cancel, id: rand.Text(), item: it, version: v, step: applyNeeds, answers: map[string]string{},
		bring: map[string]bool{}, pages: map[string]int{}, asked: map[string]query{}}
}

// leaveApply forgets the open application; what was done stays. k.mu is held.
func (k *Kiosk) leaveApply(s *session) {
	if s.apply != nil {
		k.captures.end()
		s.apply.wipe()
		s.apply = nil
	}
}

// ApplyBack goes one step back, from the first one to the services.
func (k *Kiosk) ApplyBack(context.Context) error {
	defer k.show()
	k.mu.Lock()
	defer k.mu.Unlock()
	s, a, err := k.applyOpen()
	if err != nil {
		return err
	}
	if s.busy() {
		return Fail(http.StatusConflict, "still_printing")
	}
	switch {
	case a.step == applyCheck, a.step == applyIdentify && len(a.version.Checks) == 0:
		a.step = applyNeeds
	case a.step == applyIdentify:
		a.step = applyCheck
	case a.step == applyForm && k.formDone(a):
		a.step = applyMaterials
	default:
		k.leaveApply(s)
		s.phase, s.notice = phaseChoose, nil
	}
	return nil
}

// applyOpen is the open application; k.mu is held.
func (k *Kiosk) applyOpen() (*session, *applying, error) {
	s := k.s
	if s == nil || s.apply == nil || s.phase != phaseApply {
		return nil, nil, Fail(http.StatusConflict, "apply_not_open")
	}
	k.touch()
	return s, s.apply, nil
}

// ApplyCheck answers a question of the self-check (条件自检).
func (k *Kiosk) ApplyCheck(_ context.Context, r ApplyCheckRequest) error {
	defer k.show()
	k.mu.Lock()
	defer k.mu.Unlock()
	_, a, err := k.applyOpen()
	if err != nil {
		return err
	}
	if a.step != applyCheck || !slices.ContainsFunc(a.version.Checks, func(c hall.ItemCheck) bool { return c.ID == r.ID }) {
		return Fail(http.StatusConflict, "apply_not_open")
	}
	a.answers[r.ID] = r.Answer
	return nil
}

// startAct says whether the person may go on from where the application stands;
// k.mu is held.
func (k *Kiosk) startAct(a *applying) Act {
	_, known := k.ownerKey()
	switch {
	case a.step != applyNeeds && a.step != applyCheck:
		return deny("already_so")
	case !known:
		return deny("never_synced")
	}
	if a.step == applyNeeds {
		return allow()
	}
	if why := a.version.CheckFault(a.answers); why.Code != "" {
		return Act{Why: &why}
	}
	return allow()
}

// ApplyStart goes on: to the questions, to the card, and with the card on the
// reader to the materials.
func (k *Kiosk) ApplyStart(ctx context.Context) error {
	defer k.show()
	k.mu.Lock()
	s, a, err := k.applyOpen()
	if err != nil {
		k.mu.Unlock()
		return err
	}
	if act := k.startAct(a); !act.Allowed {
		twice := a.step == applyReading || a.step == applyMaterials || a.step == applyForm
		k.mu.Unlock()
		if twice {
			return nil
		}
		return refused(act)
	}
	switch {
	case a.step == applyNeeds && len(a.version.Checks) > 0:
		a.step = applyCheck
	case s.person == nil:
		a.step = applyIdentify
	default:
		k.applyByCard(s)
	}
	k.mu.Unlock()
	return nil
}

// How often the centre is asked about an application: while an answer is awaited,
// and while a department works on what it promised.
const (
	applyPoll  = 2 * time.Second
	applyWatch = 10 * time.Second
)
