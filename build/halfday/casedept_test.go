package halfday

import (
	"fmt"
	"strings"
	"time"

	"hallway/app/central/depsim"
	"hallway/app/hall"
	"hallway/app/terminal"
)

// behave: a department can supply a material and sends it when it is told to.
func (d *caseDay) behave(department, material string) {
	d.until("how departments behave", func() (bool, error) {
		err := d.departments.Post(d.ctx, "/depsim/v1/behaviour",
			depsim.Behaviour{Department: department, Material: material, Query: depsim.QueryYes, Delivery: depsim.Never})
		return err == nil, err
	})
}

// order finds the order of a material at its department.
func (d *caseDay) order(e *errand, key string) (depsim.Request, error) {
	var all []depsim.Request
	if err := d.departments.Get(d.ctx, "/depsim/v1/requests", &all); err != nil {
		return depsim.Request{}, err
	}
	for _, r := range all {
		if r.Kind == depsim.KindOrder && strings.HasPrefix(r.ID, e.id+"/"+key+"/") {
			return r, nil
		}
	}
	return depsim.Request{}, fmt.Errorf("no order of %s", key)
}

// callBack: one department sends what it was asked for, once or twice, another
// says that it cannot. Each goes on until its own page says that it is done.
func (d *caseDay) callBack(shop, child *errand, twice bool) {
	how := map[bool]string{false: depsim.AtOnce, true: depsim.Twice}[twice]
	d.until("deliver", func() (bool, error) {
		r, err := d.order(shop, "M02")
		if err != nil || r.State == depsim.Delivered {
			return err == nil, err
		}
		if r.State != depsim.Waiting {
			return false, fmt.Errorf("the order is %s: %s", r.State, r.Answer)
		}
		return false, d.press(d.departments, "/depsim/v1/deliver", depsim.DeliverRequest{ID: r.ID, How: how})
	})
	d.until("refuse", func() (bool, error) {
		r, err := d.order(child, "M10")
		if err != nil || r.State == depsim.Refused {
			return err == nil, err
		}
		if r.State != depsim.Waiting {
			return false, fmt.Errorf("the order is %s: %s", r.State, r.Answer)
		}
		return false, d.press(d.departments, "/depsim/v1/refuse", depsim.RefuseRequest{ID: r.ID, Reason: "not_found"})
	})
	d.inHand("the material is in", shop, func(_ terminal.CounterView, k *terminal.CaseView) (bool, error) {
		return material(k, "M02").State == hall.MaterialDone, errNotYet
	})
}

// progress looks a case up at the kiosk, by number and password, or with the
// card when the receipt with the password was lost, and prints it.
func (d *caseDay) progress(e *errand) {
	d.endSession()
	d.until("progress at the kiosk", func() (bool, error) {
		v, err := d.kioskView()
		if err != nil {
			return false, err
		}
		s := v.Session
		if s != nil && s.Phase != "progress" && s.Phase != "reading" {
			d.endSession()
			return false, errNotYet
		}
		if s == nil || s.Progress == nil {
			return false, d.press(d.kiosk, "/api/v1/kiosk/progress", nil)
		}
		switch p := s.Progress; p.Step {
		case "ask":
			return false, d.identify(e)
		case "list":
			if !lists(p, e) {
				return false, fmt.Errorf("the kiosk shows %+v", p.Cases)
			}
			return d.progressSlip(p, e)
		}
		return false, errNotYet
	})
	d.until("lift the card", func() (bool, error) {
		err := d.bench.Post(d.ctx, "/bench/v1/idcard/remove", map[string]any{"id": "kiosk-1/idcard"})
		return err == nil, err
	})
	d.endSession()
}

func (d *caseDay) identify(e *errand) error {
	if e.password != "" {
		return d.press(d.kiosk, "/api/v1/kiosk/progress/number", terminal.ProgressRequest{Number: e.number, Password: e.password})
	}
	return d.placeCard("kiosk-1", e.person, func() bool {
		v, err := d.kioskView()
		return err == nil && v.Session != nil && v.Session.Progress != nil && v.Session.Progress.Step == "list"
	})
}

// lists reports whether the kiosk shows the case as accepted.
func lists(p *terminal.KioskProgress, e *errand) bool {
	for _, c := range p.Cases {
		if c.Number == e.number && c.State == hall.CaseAccepted {
			return true
		}
	}
	return false
}

// progressSlip prints what is shown; a slip of which the kiosk does not know is
// looked for in the outlet.
func (d *caseDay) progressSlip(p *terminal.KioskProgress, e *errand) (bool, error) {
	done, again := d.looked("progress", e.number, p.Print)
	if done || !again {
		return done, errNotYet
	}
	d.pressed["progress "+e.number]++
	return false, d.press(d.kiosk, "/api/v1/kiosk/progress/print", terminal.ProgressPrintRequest{Number: e.number})
}

// looked tells what a person makes of the outcome of a paper: it is there, or
// it is to be asked for again. Of what is unknown the outlet tells.
func (d *caseDay) looked(paper, of, outcome string) (done, again bool) {
	switch outcome {
	case "confirmed", "parsed":
		if d.victim != "bench" { // a killed bench loses its paper
			d.said[paper+" "+of] = true
		}
		return true, false
	case "printing":
		return false, false
	case "unknown":
		time.Sleep(800 * time.Millisecond) // what the printer has comes out
		d.collect()
		if paper != "sheet" && d.count(paper, of, "") > 0 {
			return true, false
		}
	}
	return false, true
}
