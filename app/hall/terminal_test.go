package hall

import "testing"

// Only a station belongs to a department, and it learns that it does.
func TestEnrolStationOfADepartment(t *testing.T) {
	m := newCases()
	m.must(t, m.op(EnrolTerminal, "station-civil-1", system, AtCentre, EnrolTerminalBody{Role: AtStation, Department: "civil"}))
	if got := load[Terminal](t, m, EntityTerminal, "station-civil-1"); got.Department != "civil" {
		t.Errorf("%+v", got)
	}
	m.must(t, m.op(EnrolTerminal, "station-civil-1", system, AtCentre, EnrolTerminalBody{Role: AtStation}))
	if got := load[Terminal](t, m, EntityTerminal, "station-civil-1"); got.Department != "" {
		t.Errorf("now the hall's own: %+v", got)
	}
	m.refuse(t, "malformed", m.op(EnrolTerminal, "kiosk-9", system, AtCentre, EnrolTerminalBody{Role: AtKiosk, Department: "civil"}))
}
