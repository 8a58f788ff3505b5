package terminal

import (
	"hallway/app/hall"
)

// show builds the view and publishes it when it says something new.
func (s *Station) show() {
	s.show1.Lock()
	defer s.show1.Unlock()
	s.board.publish(s.build(), s.now().In(hall.Zone))
}

// showScans publishes a view that certainly says something new.
func (s *Station) showScans() {
	s.show1.Lock()
	defer s.show1.Unlock()
	s.board.put(s.build(), s.now().In(hall.Zone))
}

func (s *Station) build() StationView {
	session, mode := s.at.is(s.online(), s.now())
	cat := s.catalogue()
	v := StationView{Mode: mode, Line: s.line(), Devices: s.deviceViews(), Voice: s.speechView(), Department: s.department, Modes: []StationMode{},
		Scans: []StationScan{}, Batches: []BatchView{}, Trips: []TripView{}, Couriers: []StaffName{}, Prints: []DeskPrint{}, Work: []WorkItem{}}
	if cat != nil {
		v.Name = cat.Name
		if s.department != "" {
			v.Name = departmentName(cat, s.department)
		}
	}
	for _, mode := range modesOf(s.department) {
		v.Modes = append(v.Modes, StationMode{Mode: mode, Act: s.modeAct(session, mode)})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	v.Counts = s.lists.counts
	v.Counts.Today, v.Counts.Pending = s.log.today, v.Line.Pending
	v.Acts = s.acts(session, mode)
	if session == nil {
		return v // nothing of the papers before the sign-in
	}
	v.Staff = &StaffView{ID: session.Staff, Name: session.Name, Roles: append([]hall.Role{}, session.Roles...)}
	for _, w := range s.Store.WorkList() {
		v.Work = append(v.Work, WorkItem{ID: w.ID, Kind: w.Kind, Reason: w.Reason, At: w.At.In(hall.Zone)})
	}
	for _, e := range s.log.newest(scansShown) {
		v.Scans = append(v.Scans, s.scanView(cat, session, e))
	}
	if len(v.Scans) > 0 {
		last := v.Scans[0]
		v.Last = &last
	}
	v.Selected = s.selected
	v.Batches = append(v.Batches, s.lists.shown...)
	v.Trips = append(v.Trips, s.lists.tripList...)
	v.Couriers = append(v.Couriers, s.lists.couriers...)
	v.Trip = s.lists.tripView
	v.Prints = append(v.Prints, s.prints...)
	return v
}

// acts says what may be done now, and why not. Callers hold mu.
func (s *Station) acts(session *Session, mode string) StationActs {
	a := StationActs{Scan: s.modeAct(session, mode), SignOut: allow(),
		Open: s.tripAct(session, hall.OpenConsignment, s.lists.tripView), Send: s.tripAct(session, hall.SendConsignment, s.lists.tripView)}
	if session == nil {
		a.SignOut = deny("not_signed_in")
	}
	if a.Send.Allowed && s.lists.tripView.Papers == 0 {
		a.Send = deny("trip_empty")
	}
	return a
}

// scanView is one scan as it stands now: what was unclear when it was scanned
// becomes clear by itself when the scan before it is heard of.
func (s *Station) scanView(cat *hall.Catalogue, session *Session, e *scanned) StationScan {
	if p, ok := s.paper(e.paper); ok && e.id != "" && !e.pending && !e.undone && !e.fault && e.result != resultAgain && p.Custody != e.custody {
		s.resolve(e, p)
	}
	v := StationScan{ID: string(e.id), At: e.at, Mode: e.mode, Result: e.result, Text: e.text, Number: e.number, Custody: e.custody,
		Pending: e.pending || e.undoing, Undone: e.undone, Undo: s.undoAct(session, e)}
	if e.paper != "" {
		v.Number, v.Code = e.label.Number, materialCode(e.label.Material)
		if p, ok := s.paper(e.paper); ok {
			v.Code = p.Code
		}
		v.Material = materialName(cat, v.Code)
	}
	return v
}

// resolve follows what has become known of a paper since its scan. What was
// clear stays as it was: who holds the paper later is not the scan's doing.
func (s *Station) resolve(e *scanned, p hall.Paper) {
	if e.custody == hall.Unverified || e.custody == hall.Disputed || p.Custody == hall.Disputed {
		e.settle(p.Custody, p.GoesBack())
	}
}

// materialCode is the code in a material's key: applicants after the first have
// «#n» behind it.
func materialCode(key string) string {
	for i := range key {
		if key[i] == '#' {
			return key[:i]
		}
	}
	return key
}
