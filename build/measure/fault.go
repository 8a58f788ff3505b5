package main

import (
	"strings"
	"time"

	"hallway/app/central"
	"hallway/build/demo/stage"
)

// paperToManager pulls the printer's paper and puts it back, and gives the
// times until the manager's page shows each, and those of one bare request.
func paperToManager(s *stage.Stage, b *page) (fault, trip []time.Duration, err error) {
	m := &page{base: strings.TrimSuffix(s.Program("central").URL(), "/")}
	var session central.Session
	in := central.SignIn{Staff: "9001", Password: s.Passwords["9001"]}
	if err := m.call("POST", "/central/v1/sessions", in, &session); err != nil {
		return nil, nil, err
	}
	m.token = session.Token
	for i := range 10 {
		paper := []string{"end", "ok"}[i%2]
		t0 := time.Now()
		if err := b.call("POST", "/bench/v1/printer/set", map[string]string{"id": "kiosk-1/printer", "paper": paper}, nil); err != nil {
			return nil, nil, err
		}
		err := wait("the manager's page shows paper "+paper, func() (bool, error) {
			var v central.ManagerView
			t := time.Now()
			err := m.call("GET", "/central/v1/manager/view", nil, &v)
			trip = append(trip, time.Since(t))
			return noPaper(v) == (paper == "end"), err
		})
		if err != nil {
			return nil, nil, err
		}
		fault = append(fault, time.Since(t0))
		time.Sleep(300 * time.Millisecond)
	}
	return fault, trip, nil
}

// noPaper tells whether the page shows the kiosk's printer without paper.
func noPaper(v central.ManagerView) bool {
	for _, t := range v.Terminals {
		for _, d := range t.Devices {
			for _, f := range d.Faults {
				if t.ID == "kiosk-1" && f.Code == "paper_end" {
					return true
				}
			}
		}
	}
	return false
}
