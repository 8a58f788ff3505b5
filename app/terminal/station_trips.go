package terminal

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"time"

	"hallway/app/hall"
)

// tripsShown is how many trips a view lists.
const tripsShown = 20

// listTrips lists the trip that is being loaded here, and those on the road.
func (v *lister) listTrips() {
	v.l.tripList = []TripView{}
	if v.l.open != nil {
		t := v.tripView(*v.l.open)
		v.l.tripView = &t
	}
	for _, c := range slices.Backward(v.l.trips) {
		v.l.tripList = append(v.l.tripList, v.tripView(*c))
	}
}

func (v *lister) tripView(c hall.Consignment) TripView {
	t := TripView{ID: c.ID, Department: departmentName(v.cat, c.Department), State: c.State, Papers: len(c.Papers),
		Courier: staffName(v.cat, c.Courier), Opened: inZone(c.OpenedAt), Sent: inZone(c.SentAt),
		Pending: v.station.Store.PendingFor(c.ID), Print: v.printAct(), Close: v.closeAct(c)}
	for _, id := range c.Papers {
		if p, ok := v.l.paper(id); ok && arrived(p.Custody) {
			t.Arrived++
		}
	}
	t.Missing = t.Papers - t.Arrived
	return t
}

// arrived reports whether a paper of a trip was seen at the hall.
func arrived(c hall.Custody) bool {
	switch c {
	case hall.AtHall, hall.Filed, hall.InTransitBack, hall.Returned, hall.Unverified:
		return true
	}
	return false
}

func (v *lister) closeAct(c hall.Consignment) Act {
	switch {
	case v.session == nil:
		return deny("not_signed_in")
	case v.station.department != "":
		return deny("at_hall_only")
	case c.State == hall.ConsignmentClosed:
		return deny("trip_closed")
	}
	if _, may := v.station.actor(v.session, hall.CloseConsignment); !may {
		return deny("forbidden")
	}
	return allow()
}

func staffName(cat *hall.Catalogue, id string) string {
	if s, ok := cat.StaffByID(id); ok {
		return s.Name
	}
	return id
}

// couriers are who can take a trip: the couriers of this department and of
// none, and whoever is signed in here.
func (v *lister) couriers() []StaffName {
	list := []StaffName{}
	if v.session == nil || v.cat == nil {
		return list
	}
	for _, m := range v.cat.Staff {
		if m.ID == v.session.Staff || slices.Contains(m.Roles, hall.RoleCourier) && (m.Department == "" || m.Department == v.station.department) {
			list = append(list, StaffName{ID: m.ID, Name: m.Name})
		}
	}
	return list
}

// tripAct: may a trip be begun, or sent, now?
func (s *Station) tripAct(session *Session, kind hall.Kind, open *TripView) Act {
	switch {
	case session == nil:
		return deny("not_signed_in")
	case s.department == "":
		return deny("at_department_only")
	case kind == hall.OpenConsignment && open != nil:
		return deny("trip_open")
	case kind == hall.SendConsignment && open == nil:
		return deny("no_trip")
	}
	if _, may := s.actor(session, kind); !may {
		return deny("forbidden")
	}
	return allow()
}

// newTripID is the number that stands on the slip: department, day, time and
// something of chance, so that two stations without a line never choose the
// same.
func newTripID(department string, now time.Time) string {
	return strings.ToUpper(department) + "-" + now.In(hall.Zone).Format("20060102-1504") + "-" + rand.Text()[:5]
}

// OpenTrip begins a trip (交接单): from here every sign-out goes aboard.
func (s *Station) OpenTrip(ctx context.Context) error {
	defer s.show()
	return s.inTurn(ctx, func() error {
		session := s.signedIn()
		if a := s.tripAct(session, hall.OpenConsignment, s.openTrip()); !a.Allowed {
			return refused(a)
		}
		actor, _ := s.actor(session, hall.OpenConsignment)
		id := newTripID(s.department, s.now())
		_, err := s.Store.Propose(context.WithoutCancel(ctx), Draft{Kind: hall.OpenConsignment, Entity: id, Actor: actor,
			Body: hall.OpenConsignmentBody{Department: s.department}})
		if err != nil {
			return s.storeProblem(err, hall.OpenConsignment)
		}
		s.mu.Lock()
		s.trip, s.stale = id, true
		s.mu.Unlock()
		s.relist(s.life)
		return nil
	})
}

// openTrip is the trip that is being loaded here, nil when there is none.
func (s *Station) openTrip() *TripView {
	s.mu.Lock()
	id := s.trip
	s.mu.Unlock()
	if id == "" {
		return nil
	}
	c, ok, err := hall.Load[hall.Consignment](s.Store.World(), hall.EntityConsignment, id)
	if err != nil {
		s.Logger.Error("a trip cannot be read", "trip", id, "err", err)
	}
	if err != nil || !ok || c.State != hall.ConsignmentOpen {
		return nil
	}
	return &TripView{ID: id, Papers: len(c.Papers)}
}

// SendTrip: the courier takes the papers. Its hand-over slip is printed; from
// here no sign-out can be taken back.
func (s *Station) SendTrip(ctx context.Context, r CourierRequest) error {
	defer s.show()
	return s.inTurn(ctx, func() error {
		session, open := s.signedIn(), s.openTrip()
		if a := s.tripAct(session, hall.SendConsignment, open); !a.Allowed {
			return refused(a)
		}
		if open.Papers == 0 {
			return refused(deny("trip_empty"))
		}
		v := lister{station: s, cat: s.catalogue(), session: session}
		if !slices.ContainsFunc(v.couriers(), func(c StaffName) bool { return c.ID == r.Courier }) {
			return Fail(http.StatusNotFound, "courier_unknown")
		}
		actor, _ := s.actor(session, hall.SendConsignment)
		_, err := s.Store.Propose(context.WithoutCancel(ctx), Draft{Kind: hall.SendConsignment, Entity: open.ID, Actor: actor,
			Body: hall.SendConsignmentBody{Courier: r.Courier}})
		if err != nil {
			return s.storeProblem(err, hall.SendConsignment)
		}
		s.mu.Lock()
		s.trip, s.stale = "", true
		s.mu.Unlock()
		s.printTrip(open.ID)
		s.relist(s.life)
		return nil
	})
}

// CloseTrip: what came has been scanned. What was signed out for the trip and
// did not come is counted, listed on the slip, and stays on the road.
func (s *Station) CloseTrip(ctx context.Context, r TripRequest) error {
	defer s.show()
	return s.inTurn(ctx, func() error {
		session := s.signedIn()
		c, ok, err := hall.Load[hall.Consignment](s.Store.World(), hall.EntityConsignment, r.Trip)
		if err != nil {
			return err
		}
		if !ok {
			return Fail(http.StatusNotFound, "trip_unknown")
		}
		v := lister{station: s, session: session}
		if a := v.closeAct(c); !a.Allowed {
			return refused(a)
		}
		actor, _ := s.actor(session, hall.CloseConsignment)
		_, err = s.Store.Propose(context.WithoutCancel(ctx), Draft{Kind: hall.CloseConsignment, Entity: c.ID, Actor: actor,
			Body: hall.CloseConsignmentBody{}})
		if err != nil {
			return s.storeProblem(err, hall.CloseConsignment)
		}
		s.listsChanged()
		s.printTrip(c.ID)
		s.relist(s.life)
		return nil
	})
}

// restoreTrip goes on with the latest trip that was begun here and not sent.
func (s *Station) restoreTrip(ctx context.Context, now time.Time) {
	opened, err := s.store.Recent(ctx, now.AddDate(0, 0, -30), 50, hall.OpenConsignment)
	if err != nil {
		s.Logger.Error("the trips begun here cannot be read", "err", err)
		return
	}
	for _, o := range opened {
		c, ok, err := hall.Load[hall.Consignment](s.Store.World(), hall.EntityConsignment, o.Op.Entity)
		if err == nil && ok && c.State == hall.ConsignmentOpen {
			s.trip = c.ID
			return
		}
	}
}
