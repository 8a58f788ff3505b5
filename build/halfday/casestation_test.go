package halfday

import (
	"fmt"
	"slices"
	"time"

	"hallway/app/hall"
	"hallway/app/terminal"
)

// shownScan is a scan that a station showed as done, confirmed or pending.
type shownScan struct {
	station, number, mode string
}

// officers sit at the stations.
var officers = map[string]string{outside: "2001", inside: "3001"}

func (d *caseDay) stationView(id string) (v terminal.StationView, err error) {
	if err = d.station[id].Get(d.ctx, "/api/v1/station/view", &v); err != nil {
		return v, err
	}
	for _, s := range v.Scans {
		if s.ID != "" && (s.Result == "ok" || s.Result == "return" || s.Pending) {
			d.scans[s.ID] = shownScan{id, s.Number, s.Mode}
		}
	}
	return v, nil
}

// at looks at a station again and again, somebody signed in, until try is
// content.
func (d *caseDay) at(station, what string, try func(v terminal.StationView) (bool, error)) {
	back := false // the line was put back for the sign-in only
	d.until(what+" at "+station, func() (bool, error) {
		v, err := d.stationView(station)
		switch {
		case err != nil:
			return false, err
		case v.Staff == nil && !v.Line.Online && d.cut && station == inside:
			back = true // without the line nobody can sign in
			return false, d.setLine(station, true)
		case v.Staff == nil:
			staff := officers[station]
			return false, d.station[station].Post(d.ctx, "/api/v1/station/signin", terminal.SignInRequest{Staff: staff, Password: d.stage.Passwords[staff]})
		case back:
			back = false
			return false, d.setLine(station, false)
		}
		return try(v)
	})
}

func (d *caseDay) setLine(id string, up bool) error {
	return d.bench.Post(d.ctx, "/bench/v1/lines", map[string]any{"id": id, "up": up})
}

// batchOf finds the batch of a case.
func batchOf(v terminal.StationView, e *errand) (terminal.BatchView, bool) {
	i := slices.IndexFunc(v.Batches, func(b terminal.BatchView) bool { return b.Number == e.number })
	if i < 0 {
		return terminal.BatchView{}, false
	}
	return v.Batches[i], true
}

// labels: the department's station prints a cover sheet and a label for each
// paper.
func (d *caseDay) labels(errands []*errand) {
	for _, e := range errands {
		d.at(outside, "labels", func(v terminal.StationView) (bool, error) {
			b, ok := batchOf(v, e)
			if !ok || len(b.Papers) != 1 {
				return false, fmt.Errorf("no batch of %s", e.number)
			}
			paper := b.Papers[0].ID
			outcome := map[string]string{"none": "", "printed": "confirmed"}[b.Labels]
			if b.Labels == "printing" || b.Labels == "unknown" || b.Labels == "failed" {
				outcome = b.Labels
			}
			if e.label = d.labelOf(paper); e.label != "" && outcome != "printing" {
				return true, nil
			}
			if _, again := d.looked("label", paper, outcome); !again && outcome != "confirmed" {
				return false, errNotYet
			}
			d.pressed["label "+paper]++
			if outcome == "" || outcome == "failed" {
				d.pressed["cover "+b.ID]++
				return false, d.press(d.station[outside], "/api/v1/station/labels", terminal.BatchRequest{Batch: b.ID})
			}
			return false, d.press(d.station[outside], "/api/v1/station/label", terminal.PaperRequest{Paper: paper})
		})
	}
}

// scanned reports whether a station shows the scan of a case's paper.
func scanned(v terminal.StationView, e *errand, mode string) bool {
	return slices.ContainsFunc(v.Scans, func(s terminal.StationScan) bool {
		return s.Number == e.number && s.Mode == mode && !s.Undone && s.ID != "" && s.Result != "wrong"
	})
}

// scanAll scans labels until the station shows each: one after the other, or
// all as fast as the scanner reads them. What is not shown is scanned again.
func (d *caseDay) scanAll(station, mode string, errands []*errand, burst bool) {
	d.at(station, "scan "+mode, func(v terminal.StationView) (bool, error) {
		if v.Mode != mode {
			return false, d.press(d.station[station], "/api/v1/station/mode", terminal.ModeRequest{Mode: mode})
		}
		left := slices.DeleteFunc(slices.Clone(errands), func(e *errand) bool { return scanned(v, e, mode) })
		if len(left) == 0 {
			return true, nil
		}
		if !burst {
			left = left[:1]
		}
		for _, e := range left {
			if err := d.act(func() error {
				return d.bench.Post(d.ctx, "/bench/v1/scanner/scan", map[string]any{"id": station + "/scanner", "text": e.label})
			}); err != nil {
				return false, err
			}
		}
		for range 15 { // the code crosses the line at 9,600 baud
			time.Sleep(100 * time.Millisecond)
			v, err := d.stationView(station)
			if err != nil || !slices.ContainsFunc(left, func(e *errand) bool { return !scanned(v, e, mode) }) {
				return false, err
			}
		}
		return false, fmt.Errorf("last %+v", v.Last)
	})
}

// signOut: a trip is opened, the labels are scanned, the courier takes it.
func (d *caseDay) signOut(errands []*errand, burst bool) {
	d.at(outside, "open a trip", func(v terminal.StationView) (bool, error) {
		if v.Trip != nil {
			d.trip = v.Trip.ID
			return true, nil
		}
		return false, d.press(d.station[outside], "/api/v1/station/trip/open", nil)
	})
	d.scanAll(outside, terminal.ModeOut, errands, burst)
	d.at(outside, "send the trip", func(v terminal.StationView) (bool, error) {
		if slices.ContainsFunc(v.Trips, func(t terminal.TripView) bool { return t.ID == d.trip }) {
			return v.Trip == nil, fmt.Errorf("trip %s is on the road, and %+v is being loaded", d.trip, v.Trip)
		}
		if v.Trip == nil || v.Trip.ID != d.trip || v.Trip.Papers != len(errands) {
			return false, fmt.Errorf("the trip being loaded is %+v, not %s with %d papers", v.Trip, d.trip, len(errands))
		}
		return false, d.press(d.station[outside], "/api/v1/station/trip/send", terminal.CourierRequest{Courier: "2002"})
	})
	d.slipOf(outside, "trip")
}

// slipOf waits for the slip of the trip.
func (d *caseDay) slipOf(station, paper string) {
	d.at(station, "the slip of the trip", func(v terminal.StationView) (bool, error) {
		outcome := ""
		for _, p := range v.Prints {
			if p.Paper == paper && p.Case == d.trip {
				outcome = p.Outcome
				break
			}
		}
		done, again := d.looked(paper, d.trip, outcome)
		if done || !again {
			return done, errNotYet
		}
		d.pressed[paper+" "+d.trip]++
		return false, d.press(d.station[station], "/api/v1/station/trip/print", terminal.TripRequest{Trip: d.trip})
	})
}

// signIn: the line of the hall's station is cut, the papers are scanned in, the
// line comes back, and everything is confirmed.
func (d *caseDay) signIn(errands []*errand, burst bool) {
	d.at(inside, "the trip is known", func(v terminal.StationView) (bool, error) {
		return slices.ContainsFunc(v.Trips, func(t terminal.TripView) bool { return t.ID == d.trip && t.Papers == len(errands) }), errNotYet
	})
	d.stationLine(false)
	d.scanAll(inside, terminal.ModeIn, errands, burst)
	d.stationLine(true)
	d.at(inside, "everything is confirmed", func(v terminal.StationView) (bool, error) {
		return v.Line.Online && v.Line.Pending == 0, errNotYet
	})
	d.at(inside, "close the trip", func(v terminal.StationView) (bool, error) {
		i := slices.IndexFunc(v.Trips, func(t terminal.TripView) bool { return t.ID == d.trip })
		if i < 0 {
			return true, nil
		}
		if v.Trips[i].Missing != 0 {
			return false, fmt.Errorf("%d papers of the trip are missing", v.Trips[i].Missing)
		}
		return false, d.press(d.station[inside], "/api/v1/station/trip/close", terminal.TripRequest{Trip: d.trip})
	})
}

func (d *caseDay) stationLine(up bool) {
	d.until(fmt.Sprintf("line of the station up=%v", up), func() (bool, error) {
		v, err := d.stationView(inside)
		if err != nil || v.Line.Online == up {
			return err == nil, err
		}
		d.cut = !up
		if err := d.act(func() error { return d.setLine(inside, up) }); err != nil {
			return false, err
		}
		time.Sleep(300 * time.Millisecond)
		return false, errNotYet
	})
}

// sendBack: the paper of an accepted case is filed, that of the cancelled one
// goes back to its department.
func (d *caseDay) sendBack(shop, gone *errand) {
	d.scanAll(inside, terminal.ModeFile, []*errand{shop}, false)
	d.at(inside, "the paper is for custody only", func(v terminal.StationView) (bool, error) {
		b, ok := batchOf(v, gone)
		return ok && len(b.Papers) == 1 && b.Papers[0].Custody == hall.AtHall && b.Papers[0].Back || scanned(v, gone, terminal.ModeReturnOut),
			fmt.Errorf("no paper of %s goes back: %+v", gone.number, v.Batches)
	})
	d.scanAll(inside, terminal.ModeReturnOut, []*errand{gone}, false)
	d.scanAll(outside, terminal.ModeReturnIn, []*errand{gone}, false)
	d.scanAll(inside, terminal.ModeIn, nil, false)
	d.scanAll(outside, terminal.ModeOut, nil, false)
}
