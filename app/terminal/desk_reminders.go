package terminal

import (
	"slices"
	"time"

	"hallway/app/hall"
)

// urged lists the cases of which whoever is signed in may be reminded (督办、催办).
func (c *Counter) urged(st counterState, s *Session) (ids []string, err error) {
	for _, part := range []string{hall.AnomalyNever, hall.AnomalyAlways, hall.AnomalyLater} {
		found, err := c.desk.store.CasePlaces(c.life, st.cat.Urged(s.Staff), part, time.Time{}, time.Time{})
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			ids = append(ids, p.ID)
		}
	}
	return ids, nil
}

// remind tells the reminders of a case to whose turn it is, the latest of each
// kind; once the turn is over they go. k.mu is held.
func (k *desk) remind(st counterState, s *Session, one hall.Case) {
	gone := func(kinds ...string) {
		k.news = slices.DeleteFunc(k.news, func(n CaseNews) bool { return n.Case == one.ID && slices.Contains(kinds, n.Code) })
	}
	if !st.cat.UrgedFor(one, s.Staff) {
		if k.watch.urged[one.ID] > 0 {
			gone(hall.ReminderUrged, hall.ReminderStepWarn, hall.ReminderStepLate, hall.ReminderCaseWarn, hall.ReminderCaseLate)
		}
		return
	}
	for _, r := range one.Urging() {
		if r.No <= k.watch.urged[one.ID] {
			continue
		}
		k.watch.urged[one.ID] = r.No
		gone(r.Kind)
		by, _ := st.cat.StaffByID(r.By)
		k.tell(st, one, CaseNews{Code: r.Kind, At: local(r.At), Words: r.Words, By: by.Name, Days: r.Days})
	}
}
