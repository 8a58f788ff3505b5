package central

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"

	"hallway/app/hall"
)

// TestPermissionMatrix asks every route as every kind of caller: default deny
// is the whole table, not a list of examples.
func TestPermissionMatrix(t *testing.T) {
	b := newBed(t, func(cfg *Config) {
		cfg.Terminals = append(cfg.Terminals, TerminalConfig{ID: "station-9", Role: "station", TokenSHA256: tokenHash("token-station-9")})
	})
	page := b.signIn("1001", "")
	desk := b.signIn("1002", "counter-2")
	manager, admin, supervisor := b.signIn("9001", ""), b.signIn("9002", ""), b.signIn("9003", "")
	callers := map[string][]string{
		"nobody":                      nil,
		"wrong token":                 bearer("nothing"),
		"kiosk":                       bearer("token-kiosk-1"),
		"display":                     bearer("token-display-1"),
		"station":                     bearer("token-station-9"),
		"page session at a station":   append(bearer("token-station-9"), "X-Staff-Session", page.Token),
		"counter without a session":   bearer("token-counter-2"),
		"clerk at a page":             bearer(page.Token),
		"clerk at the counter":        append(bearer("token-counter-2"), "X-Staff-Session", desk.Token),
		"clerk's session elsewhere":   append(bearer("token-counter-1"), "X-Staff-Session", desk.Token),
		"counter's session, no token": bearer(desk.Token),
		"page session at a counter":   append(bearer("token-counter-1"), "X-Staff-Session", page.Token),
		"manager":                     bearer(manager.Token),
		"manager at a kiosk":          append(bearer("token-kiosk-1"), "X-Staff-Session", manager.Token),
		"administrator":               bearer(admin.Token),
		"supervisor":                  bearer(supervisor.Token),
	}
	showsCards := []string{"kiosk", "counter without a session", "clerk at the counter", "clerk's session elsewhere",
		"page session at a counter", "manager at a kiosk"}
	signed := []string{"page session at a station", "clerk at a page", "clerk at the counter", "counter's session, no token", "page session at a counter", "manager", "manager at a kiosk", "administrator", "supervisor"}
	sees := []string{"manager", "manager at a kiosk", "administrator", "supervisor"}
	allowed := map[string][]string{
		"me":             signed,
		"managerView":    sees,
		"managerEvents":  sees,
		"postNotice":     {"manager", "manager at a kiosk"},
		"withdrawNotice": {"manager", "manager at a kiosk"},
		"ticketPerson":   {"clerk at the counter"},

		"revokeTerminal":  {"manager", "manager at a kiosk", "administrator"},
		"readmitTerminal": {"manager", "manager at a kiosk", "administrator"},

		"managerFloor":        sees,
		"managerWindow":       sees,
		"managerGroup":        sees,
		"managerTickets":      sees,
		"managerAppointments": sees,
		"supervision":         sees,
		"remindCase":          {"supervisor"},

		"caseAvailability": {"clerk at the counter"},
		"caseApplicant":    {"clerk at the counter"},
		"caseWords":        {"clerk at the counter"},
		"caseOpinions":     {"clerk at the counter"},
		"caseForm":         {"clerk at the counter"},
		"applicationForm":  showsCards,
		"progress":         showsCards,
		"applications":     showsCards,
	}
	public := []string{"signIn", "bookingInfo", "bookingSlots", "book", "cancelBooking"}
	tested := 0
	for _, r := range routeTable {
		if r.id == "signOut" {
			continue // it ends the sessions; its own test below
		}
		for name, headers := range callers {
			status := b.status(r, headers)
			refused := status == 401 || status == 403
			want := contains(public, r.id) || contains(allowed[r.id], name)
			if r.id == "ticketPerson" && name == "clerk at the counter" {
				// The guard lets pass; the ticket is not at that window.
				if status != 403 {
					t.Errorf("%s as %s: %d", r.id, name, status)
				}
				continue
			}
			if r.id == "cancelBooking" || r.id == "signIn" {
				refused = status == 401 && r.id != "signIn"
			}
			if refused == want {
				t.Errorf("%s as %s: status %d, allowed should be %v", r.id, name, status, want)
			}
			tested++
		}
	}
	if tested < 100 {
		t.Errorf("only %d combinations", tested)
	}
	for i := len(signed) - 1; i >= 0; i-- { // the first three share sessions with later ones
		status := b.status(operationRow("signOut"), callers[signed[i]])
		again := b.status(operationRow("signOut"), callers[signed[i]])
		shared := map[string]int{"page session at a station": 401, "clerk at the counter": 401, "clerk at a page": 401, "manager": 401}
		if want := shared[signed[i]]; want == 0 && status != 204 || want != 0 && status != want || again != 401 {
			t.Errorf("signOut as %s: %d, then %d", signed[i], status, again)
		}
	}
	for _, name := range []string{"nobody", "wrong token", "kiosk", "counter without a session", "clerk's session elsewhere"} {
		if status := b.status(operationRow("signOut"), callers[name]); status != 401 {
			t.Errorf("signOut as %s: %d", name, status)
		}
	}
}

func operationRow(id string) route {
	for _, r := range routeTable {
		if r.id == id {
			return r
		}
	}
	return route{}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// status calls a route with a body that is well formed and harmless.
func (b *bed) status(r route, headers []string) int {
	b.t.Helper()
	path := Prefix + strings.NewReplacer("{id}", "nothing", "{figure}", "waiting").Replace(r.path)
	var body any
	switch r.id {
	case "signIn":
		body = SignIn{Staff: "1001", Password: "wrong"}
		b.c.limits.signIn = newLimiter(1000, 1000)
		if err := b.c.sessions.setFailures(b.t.Context(), "1001", 0, 0); err != nil {
			b.t.Fatal(err)
		}
	case "bookingSlots":
		path += "?item=card-lost&day=" + today
	case "book":
		b.c.limits.book = newLimiter(1000, 1000)
		body = request(personA, "card-lost", today, "09:30", key(1))
	case "postNotice":
		body = NoticeRequest{Key: key(2), Text: hall.Names{"zh-Hans": "测试"}, Displays: true}
	case "cancelBooking":
		b.c.limits = newLimits()
		body = CancelRequest{Phone: personA.phone, Code: "123456"}
	case "managerEvents":
		ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
		defer cancel()
		status, events, stop := b.stream(ctx, headers...)
		defer stop()
		if status == 200 {
			<-events
		}
		return status
	}
	status, _ := b.call(r.method, path, body, headers...)
	return status
}

func TestEveryRouteHasAPermission(t *testing.T) {
	for _, r := range routeTable {
		if _, ok := permissions[r.id]; !ok {
			t.Errorf("route %s has no line in the permission table", r.id)
		}
	}
	for id := range permissions {
		if operationRow(id).id == "" {
			t.Errorf("permission for %s, which is no route", id)
		}
	}
	if p := (access{}).decide(principal{session: &liveSession{staff: hall.Staff{Roles: []hall.Role{hall.RoleSysAdmin}}}}); p == nil || p.Status != 403 {
		t.Error("an empty line of the table lets pass")
	}
}

func TestSignInRefusals(t *testing.T) {
	b := newBed(t)
	for _, c := range []struct {
		name, staff, password, terminal, token, code string
		status                                       int
	}{
		{"wrong password", "1001", "x", "", "", "wrong_password", 401},
		{"empty", "1001", "", "", "", "wrong_password", 401},
		{"unknown", "7777", testPassword, "", "", "wrong_password", 401},
		{"odd", "1001' OR '1'='1", testPassword, "", "", "wrong_password", 401},
		{"endless", "1001", strings.Repeat("A1-a", 100), "", "", "wrong_password", 401},
		{"terminal without its token", "1001", testPassword, "counter-1", "", "forbidden", 403},
		{"terminal with another's token", "1001", testPassword, "counter-1", "token-counter-2", "forbidden", 403},
		{"manager at a counter", "9001", testPassword, "counter-1", "token-counter-1", "not_a_clerk", 403},
		{"clerk of other windows", "1003", testPassword, "counter-1", "token-counter-1", "wrong_window", 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := b.refused(c.status, c.code, "POST", "/central/v1/sessions", SignIn{Staff: c.staff, Password: c.password, Terminal: c.terminal}, bearer(c.token)...)
			if strings.Contains(fmt.Sprint(p), testPassword) {
				t.Error("the refusal repeats the password")
			}
		})
	}
}

func TestLockAfterFailures(t *testing.T) {
	b := newBed(t)
	wrong := SignIn{Staff: "1001", Password: "wrong"}
	for range 4 {
		b.refused(401, "wrong_password", "POST", "/central/v1/sessions", wrong)
	}
	p := b.refused(429, "locked", "POST", "/central/v1/sessions", wrong)
	if p.Params["minutes"] != "15" {
		t.Errorf("%+v", p)
	}
	right := SignIn{Staff: "1001", Password: testPassword}
	b.refused(429, "locked", "POST", "/central/v1/sessions", right)
	b.restart()
	b.refused(429, "locked", "POST", "/central/v1/sessions", right)
	b.signIn("1002", "")
	b.clock.forward(15*time.Minute + time.Second)
	b.signIn("1001", "")
	for range 4 { // the count began anew
		b.refused(401, "wrong_password", "POST", "/central/v1/sessions", wrong)
	}
	b.signIn("1001", "")
}

func TestSessionEnds(t *testing.T) {
	for name, c := range map[string]func(b *bed, s Session){
		"sign out": func(b *bed, s Session) { b.want(204, "DELETE", "/central/v1/sessions", nil, nil, bearer(s.Token)...) },
		"idle":     func(b *bed, _ Session) { b.clock.forward(61 * time.Minute) },
		"absolute": func(b *bed, s Session) {
			for range 14 { // used all the time
				b.clock.forward(50 * time.Minute)
				b.call("GET", "/central/v1/me", nil, bearer(s.Token)...)
			}
			b.clock.forward(21 * time.Minute)
		},
		"new password": func(b *bed, _ Session) {
			if err := b.c.store.setPassword(b.t.Context(), "1001", "Another-one-2", func() int64 { return 5 }); err != nil {
				b.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t)
			s := b.signIn("1001", "")
			var me Me
			b.want(200, "GET", "/central/v1/me", nil, &me, bearer(s.Token)...)
			if me.Staff != "1001" || me.ID != s.ID {
				t.Errorf("%+v", me)
			}
			c(b, s)
			b.refused(401, "signed_out", "GET", "/central/v1/me", nil, bearer(s.Token)...)
		})
	}
}

func TestSessionAtTerminals(t *testing.T) {
	b := newBed(t)
	first := b.signIn("1001", "counter-1")
	live := func(s Session, terminal string, role hall.Role) bool {
		ok, err := b.c.sessions.live(t.Context(), terminal, hall.Actor{Kind: hall.ActorStaff, ID: s.Staff, Role: role, Session: s.ID})
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if !live(first, "counter-1", hall.RoleClerk) {
		t.Error("the session is not live at its terminal")
	}
	if live(first, "counter-2", hall.RoleClerk) || live(first, "counter-1", hall.RoleHallManager) || live(first, "", hall.RoleClerk) {
		t.Error("the session is live elsewhere or in another role")
	}
	b.restart()
	if !live(first, "counter-1", hall.RoleClerk) {
		t.Error("the session did not outlive a restart")
	}
	second := b.signIn("1002", "counter-1")
	if live(first, "counter-1", hall.RoleClerk) || !live(second, "counter-1", hall.RoleClerk) {
		t.Error("a terminal has two people")
	}
	third := b.signIn("1002", "counter-2")
	if live(second, "counter-1", hall.RoleClerk) || !live(third, "counter-2", hall.RoleClerk) {
		t.Error("a person is at two terminals")
	}
}

func TestPasswords(t *testing.T) {
	for _, weak := range []string{"", "short-1", "alllowercase", "ALLUPPER123", "12345678", strings.Repeat("Aa1-", 80)} {
		if strongEnough(weak) == nil {
			t.Errorf("%q passes", weak)
		}
	}
	hash, err := hashPassword(testPassword)
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("%s %v", hash, err)
	}
	if !checkPassword(hash, testPassword) || checkPassword(hash, testPassword+" ") || checkPassword(nobody, "") {
		t.Error("passwords are compared wrongly")
	}
	for _, damaged := range []string{"", "$", "$argon2id$v=19$m=1,t=0,p=1$$", "$argon2id$v=19$m=99999999,t=1,p=1$AAAA$AAAA", strings.Replace(hash, "v=19", "v=18", 1)} {
		if checkPassword(damaged, testPassword) {
			t.Errorf("%q matches", damaged)
		}
	}
}

func TestSetPasswordCommand(t *testing.T) {
	b := newBed(t)
	if err := SetPassword(t.Context(), b.cfg, "1001", strings.NewReader("Fresh-one-3\r\n")); err != nil {
		t.Fatal(err)
	}
	b.want(200, "POST", "/central/v1/sessions", SignIn{Staff: "1001", Password: "Fresh-one-3"}, nil)
	if err := SetPassword(t.Context(), b.cfg, "1001", strings.NewReader("weak\n")); err == nil {
		t.Error("a weak password was taken")
	}
	if err := SetPassword(t.Context(), b.cfg, "7777", strings.NewReader("Fresh-one-3\n")); err == nil || !strings.Contains(err.Error(), "7777") {
		t.Errorf("unknown staff: %v", err)
	}
}

func TestAuditTrail(t *testing.T) {
	b := newBed(t)
	b.signIn("1001", "counter-1")
	b.refused(401, "wrong_password", "POST", "/central/v1/sessions", SignIn{Staff: "1001", Password: "wrong"})
	n, err := b.c.store.verifyAudit(t.Context())
	if err != nil || n != 2 {
		t.Fatalf("%d rows: %v", n, err)
	}
	if bytes.Contains(bytesOf(t, b.cfg), []byte("wrong-password-typed")) {
		t.Error("a typed password is in the trail")
	}
	for name, change := range map[string]string{
		"changed": `UPDATE central_audit SET allowed = 1 WHERE n = 2`,
		"removed": `DELETE FROM central_audit WHERE n = 1`,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := b.c.store.db.ExecContext(t.Context(), change); err != nil {
				t.Fatal(err)
			}
			if _, err := b.c.store.verifyAudit(t.Context()); err == nil {
				t.Error("nobody noticed")
			}
		})
	}
}

// Whoever signs in while the centre's disk is full is told that, and what to do.
func TestAFullDiskIsTold(t *testing.T) {
	b := newBed(t)
	err := fmt.Errorf("database: commit: %w", sqlite3.Error{Code: sqlite3.ErrFull})
	var p *Problem
	if !errors.As(b.c.fail(t.Context(), "sign in", err), &p) || p.Code != "disk_full" || p.Status != http.StatusServiceUnavailable {
		t.Errorf("%+v", p)
	}
}

// A centre that was put back from a backup has lost the sessions that came after
// it. What their people witnessed is theirs all the same; what they may do now
// wants a new sign-in.
func TestSessionsOfALostDatabaseAreKnown(t *testing.T) {
	b := newBed(t)
	s := b.signIn("1001", "counter-1")
	if _, err := b.c.store.db.ExecContext(t.Context(), `DELETE FROM central_session`); err != nil {
		t.Fatal(err)
	}
	actor := hall.Actor{Kind: hall.ActorStaff, ID: s.Staff, Role: hall.RoleClerk, Session: s.ID}
	if known, err := b.c.witnessed(t.Context(), "counter-1", actor); err != nil || !known {
		t.Errorf("its own session: %v %v", known, err)
	}
	if live, err := b.c.sessions.live(t.Context(), "counter-1", actor); err != nil || live {
		t.Errorf("it is live: %v %v", live, err)
	}
	for name, change := range map[string]func(*hall.Actor) string{
		"another terminal": func(*hall.Actor) string { return "counter-2" },
		"another person":   func(a *hall.Actor) string { a.ID = "1002"; return "counter-1" },
		"no session":       func(a *hall.Actor) string { a.Session = ""; return "counter-1" },
		"no mark":          func(a *hall.Actor) string { a.Session, _, _ = strings.Cut(a.Session, "-"); return "counter-1" },
		"another mark":     func(a *hall.Actor) string { a.Session += "0"; return "counter-1" },
	} {
		forged := actor
		at := change(&forged)
		if known, err := b.c.witnessed(t.Context(), at, forged); err != nil || known {
			t.Errorf("%s: %v %v", name, known, err)
		}
	}
}
