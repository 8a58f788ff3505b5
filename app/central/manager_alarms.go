package central

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/writer"
)

// What is wrong in the hall, for somebody to do something about.
const (
	// idleGrace is how long a window may stay free while people wait, so that
	// the moment between two persons is no alarm.
	idleGrace = time.Minute
	// longService is how many times the expected minutes one matter may take.
	longService = 3
)

// Severities of an alarm.
const (
	alarmBad  = "bad"
	alarmWarn = "warn"
)

// States of a terminal on the manager's page.
const (
	terminalOK      = "ok"
	terminalWarn    = "warn"
	terminalFault   = "fault"
	terminalOffline = "offline"
	terminalRevoked = "revoked"
)

// named gives the terminals the names that people call them by, and their state.
func (s daySnapshot) named(tickets []hall.Ticket) []ManagerTerminal {
	issued := map[string]int{}
	for _, t := range tickets {
		issued[t.Terminal]++
	}
	nth := map[string]int{}
	list := slices.Clone(s.terminals)
	for i := range list {
		t := &list[i]
		home := t.Role + "/" + t.Department
		nth[home]++
		t.Nth, t.Issued, t.State = nth[home], issued[t.ID], stateOf(*t)
		if def, ok := s.cat.Window(t.Window); ok {
			t.Place = def.Name
		} else if d, ok := s.cat.Department(t.Department); ok {
			t.Place = d.Name
		}
	}
	return list
}

// stateOf is the worst of a terminal's line and devices.
func stateOf(t ManagerTerminal) string {
	if !t.Revoked.IsZero() {
		return terminalRevoked
	}
	if !t.Online {
		return terminalOffline
	}
	state := terminalOK
	for _, d := range t.Devices {
		switch weightOf(d) {
		case "error":
			return terminalFault
		case "warn":
			state = terminalWarn
		}
	}
	return state
}

// weightOf is the worst severity of a device's faults; a device without a fault
// of its own that does not work counts as an error.
func weightOf(d sync.DeviceStatus) string {
	worst := ""
	for _, f := range d.Faults {
		if f.Severity == "error" || worst == "" || worst == "info" {
			worst = f.Severity
		}
	}
	switch {
	case worst != "":
		return worst
	case d.State == "failed" || d.State == "absent":
		return "error"
	case d.State == "degraded":
		return "warn"
	}
	return ""
}

// alarmOrder is what is told first among alarms of one severity.
var alarmOrder = []string{"recovering", "rows_lost", "no_window", "idle_window", "wait_long", "long_service", "device_fault", "terminal_offline", "terminal_revoked",
	"work", "papers_overdue", "papers_attention", "cases_pending"}

// alarms lists what is wrong in a view: the urgent first, and among equals people
// and windows, then devices and lines, then cases.
func alarms(v *ManagerView, cat *hall.Catalogue, restored []writer.Restore) []ManagerAlarm {
	list := append([]ManagerAlarm{}, restoreAlarms(restored, v.Now)...)
	for _, g := range v.Groups {
		list = append(list, groupAlarms(g, cat)...)
	}
	for _, w := range v.Windows {
		switch w.Alert {
		case "idle":
			list = append(list, ManagerAlarm{Code: "idle_window", Severity: alarmWarn, Kind: "window", ID: w.ID,
				Since: w.Since, Params: map[string]string{"n": strconv.Itoa(w.Waiting)}})
		case "long":
			list = append(list, ManagerAlarm{Code: "long_service", Severity: alarmWarn, Kind: "window", ID: w.ID,
				Since: w.Since, Params: map[string]string{"number": w.Number}})
		}
	}
	for _, t := range v.Terminals {
		list = append(list, terminalAlarms(t, v.Open)...)
	}
	for _, c := range []struct {
		code string
		n    int
		bad  bool
	}{
		{"papers_overdue", v.Cases.Papers.Overdue, true},
		{"papers_attention", v.Cases.Papers.Attention, true},
		{"cases_pending", len(v.Cases.Pending), false},
	} {
		if c.n > 0 {
			list = append(list, ManagerAlarm{Code: c.code, Severity: severity(c.bad), Kind: "cases", Params: map[string]string{"n": strconv.Itoa(c.n)}})
		}
	}
	slices.SortStableFunc(list, func(a, b ManagerAlarm) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), // "bad" before "warn"
			cmp.Compare(slices.Index(alarmOrder, a.Code), slices.Index(alarmOrder, b.Code)))
	})
	return list
}

func severity(bad bool) string {
	if bad {
		return alarmBad
	}
	return alarmWarn
}

// groupAlarms: people wait and no window serves them, or one waits longer than
// the hall allows before somebody goes first for it.
func groupAlarms(g ManagerGroup, cat *hall.Catalogue) []ManagerAlarm {
	params := map[string]string{"n": strconv.Itoa(g.Waiting), "minutes": strconv.Itoa(g.Longest / 60)}
	switch {
	case g.Waiting > 0 && g.Open == 0:
		return []ManagerAlarm{{Code: "no_window", Severity: alarmBad, Kind: "group", ID: g.ID, Params: params}}
	case cat.Queue.AgeMinutes > 0 && g.Waiting > 0 && g.Longest >= cat.Queue.AgeMinutes*60:
		return []ManagerAlarm{{Code: "wait_long", Severity: alarmWarn, Kind: "group", ID: g.ID, Params: params}}
	}
	return nil
}

// terminalAlarms: a terminal that was shut out or is gone, else the faults of its devices and
// what waits there for a person.
func terminalAlarms(t ManagerTerminal, open bool) []ManagerAlarm {
	if !t.Revoked.IsZero() {
		return []ManagerAlarm{{Code: "terminal_revoked", Severity: alarmWarn, Kind: "terminal", ID: t.ID, Since: t.Revoked}}
	}
	if !t.Online {
		return []ManagerAlarm{{Code: "terminal_offline", Severity: severity(open), Kind: "terminal", ID: t.ID, Since: t.SeenAt}}
	}
	var list []ManagerAlarm
	for _, d := range t.Devices {
		for _, f := range d.Faults {
			if f.Severity == "info" {
				continue
			}
			list = append(list, ManagerAlarm{Code: "device_fault", Severity: severity(f.Severity == "error"), Kind: "terminal", ID: t.ID,
				Since: f.Since, Params: map[string]string{"device": d.Kind, "fault": f.Code}})
		}
	}
	if t.Work > 0 {
		list = append(list, ManagerAlarm{Code: "work", Severity: alarmWarn, Kind: "terminal", ID: t.ID, Params: map[string]string{"n": strconv.Itoa(t.Work)}})
	}
	return list
}
