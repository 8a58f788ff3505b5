package central

import (
	"testing"

	"hallway/app/hall"
)

// A counter program is for clerks and for who decides the cases; whom a case is
// for is shown to them there, and to nobody else.
func TestWhoWorksOnCasesAtACounter(t *testing.T) {
	counter := &TerminalConfig{ID: "counter-1", Role: "counter"}
	for role, may := range map[hall.Role]bool{hall.RoleClerk: true, hall.RoleApprover: true, hall.RoleSpecialApprover: true,
		hall.RoleHallManager: false, hall.RoleCourier: false, hall.RoleSignIn: false, hall.RoleSysAdmin: false} {
		staff := hall.Staff{ID: "1", Roles: []hall.Role{role}}
		if got := mayUse(staff, counter) == nil; got != may {
			t.Errorf("%s signs in: %t", role, got)
		}
		p := principal{terminal: counter, session: &liveSession{terminal: counter.ID, staff: staff}}
		for _, route := range []string{"caseApplicant", "caseWords", "caseOpinions"} {
			if got := permissions[route].decide(p) == nil; got != may {
				t.Errorf("%s at %s: %t", role, route, got)
			}
		}
		if got := permissions["ticketPerson"].decide(p) == nil; got != (role == hall.RoleClerk) {
			t.Errorf("%s sees who has a ticket: %t", role, got)
		}
	}
}
