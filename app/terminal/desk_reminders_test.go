package terminal

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"hallway/app/hall"
)

// reminder proposes a reminder, as the centre does.
func (s *fakeStore) reminder(t *testing.T, id string, body hall.RemindCaseBody) {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	v, err := s.w.decide(hall.Op{ID: hall.OpID(s.next("REMIND")), Kind: hall.RemindCase, Schema: 1, Lane: "hall/37010001", Hall: "37010001", Entity: id,
		Actor: hall.Actor{Kind: hall.ActorStaff, ID: "9003", Role: hall.RoleSupervisor}, Terminal: hall.AtCentre, Body: raw}, s.clock())
	if err != nil || v.Status != hall.Applied {
		t.Fatalf("%v %v", v, err)
	}
}

// A supervisor's reminder is told to the clerk whose turn it is, again at the next
// sign-in, and no more once the turn is over; what comes by itself beside it.
func TestReminders(t *testing.T) {
	w, c := newWorld(), &clock{t: at("10:00")}
	w.cat = deskCatalogue()
	w.cat.Staff = append(w.cat.Staff, hall.Staff{ID: "9003", Name: "监察", Roles: []hall.Role{hall.RoleSupervisor}})
	r := newDeskRig(t, w, c, "1", nil)
	id := r.begun("simple")
	r.originals("M01")
	r.must(r.ReceiveCase(r.ctx))
	r.store.reminder(t, id, hall.RemindCaseBody{Words: "请今天受理"})
	told := func(codes ...string) func(DeskView) bool {
		return func(v DeskView) bool {
			var got []string
			for _, n := range v.News {
				if n.Case == id {
					got = append(got, n.Code)
				}
			}
			slices.Sort(got)
			return slices.Equal(got, codes)
		}
	}
	r.until("the reminder", told("urged"))
	if n := r.desk1().News[0]; n.Words != "请今天受理" || n.By != "监察" || n.Number != r.kase().Number {
		t.Errorf("%+v", n)
	}
	c.add(9 * 24 * time.Hour)
	r.store.system(t, hall.RemindCase, id, hall.RemindCaseBody{Clock: hall.ClockNotice, Serial: 1})
	r.until("and that it is late", told("step_late", "urged"))
	for _, n := range r.desk1().News {
		if n.Code == hall.ReminderStepLate && n.Days < 1 {
			t.Errorf("%+v", n)
		}
	}
	r.must(r.SignOut(r.ctx))
	r.must(r.SignIn(r.ctx, SignInRequest{Staff: "1001", Password: "right"}))
	r.until("both again", told("step_late", "urged"))
	r.must(r.ShowCase(r.ctx, CaseRequest{Case: id}))
	r.must(r.AcceptCase(r.ctx))
	r.until("it is done", told())
}
