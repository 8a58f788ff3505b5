package central

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"hallway/app/hall"
)

// access says who may use a route. Several conditions hold together.
type access struct {
	public   bool        // anybody, rate limited
	signedIn bool        // any member of staff
	roles    []hall.Role // one of these roles
	device   []string    // any terminal of one of these roles, nobody signed in
	at       []string    // from a terminal of one of these roles, with its session there
}

// deskRoles work on cases at a counter program: clerks, and who decides the cases.
var deskRoles = []hall.Role{hall.RoleClerk, hall.RoleApprover, hall.RoleSpecialApprover}

// managerRoles see the manager's pages. A supervisor changes nothing there but
// reminds.
var managerRoles = []hall.Role{hall.RoleHallManager, hall.RoleSysAdmin, hall.RoleSupervisor}

// permissions is the one table: route → who. A route without a line here is
// refused to everybody.
var permissions = map[string]access{
	"signIn":              {public: true},
	"signOut":             {signedIn: true},
	"me":                  {signedIn: true},
	"bookingInfo":         {public: true},
	"bookingSlots":        {public: true},
	"book":                {public: true},
	"cancelBooking":       {public: true},
	"managerView":         {roles: managerRoles},
	"managerEvents":       {roles: managerRoles},
	"managerFloor":        {roles: managerRoles},
	"managerWindow":       {roles: managerRoles},
	"managerGroup":        {roles: managerRoles},
	"managerTickets":      {roles: managerRoles},
	"managerAppointments": {roles: managerRoles},
	"supervision":         {roles: managerRoles},
	"remindCase":          {roles: []hall.Role{hall.RoleSupervisor}},
	"postNotice":          {roles: []hall.Role{hall.RoleHallManager}},
	"withdrawNotice":      {roles: []hall.Role{hall.RoleHallManager}},
	"revokeTerminal":      {roles: []hall.Role{hall.RoleHallManager, hall.RoleSysAdmin}},
	"readmitTerminal":     {roles: []hall.Role{hall.RoleHallManager, hall.RoleSysAdmin}},
	"ticketPerson":        {roles: []hall.Role{hall.RoleClerk}, at: []string{"counter"}},

	"progress":         {device: []string{"kiosk", "counter"}},
	"applications":     {device: []string{"kiosk", "counter"}},
	"caseApplicant":    {roles: deskRoles, at: []string{"counter"}},
	"caseWords":        {roles: deskRoles, at: []string{"counter"}},
	"caseOpinions":     {roles: deskRoles, at: []string{"counter"}},
	"caseForm":         {roles: deskRoles, at: []string{"counter"}},
	"applicationForm":  {device: []string{"kiosk", "counter"}},
	"caseAvailability": {roles: []hall.Role{hall.RoleClerk}, at: []string{"counter"}},
}

// principal is who a request comes from.
type principal struct {
	terminal *TerminalConfig // by its token
	session  *liveSession    // of a member of staff
	address  string          // for rate limits only
}

type principalKey struct{}

// principalOf is who the guard found.
func principalOf(ctx context.Context) principal {
	p, _ := ctx.Value(principalKey{}).(principal)
	return p
}

// decide applies a line of the table: 0 or the status and code of the refusal.
func (a access) decide(p principal) *Problem {
	switch {
	case a.public:
		return nil
	case len(a.device) > 0 && (p.terminal == nil || !slices.Contains(a.device, p.terminal.Role)):
		return problem(http.StatusForbidden, "forbidden")
	case len(a.device) > 0:
		return nil
	case p.session == nil && (a.signedIn || len(a.roles) > 0):
		return problem(http.StatusUnauthorized, "signed_out")
	case a.signedIn:
		return nil
	case len(a.roles) == 0:
		return problem(http.StatusForbidden, "forbidden")
	case !slices.ContainsFunc(p.session.staff.Roles, func(r hall.Role) bool { return slices.Contains(a.roles, r) }):
		return problem(http.StatusForbidden, "forbidden")
	case len(a.at) == 0:
		return nil
	case p.terminal == nil || !slices.Contains(a.at, p.terminal.Role) || p.session.terminal != p.terminal.ID:
		return problem(http.StatusForbidden, "forbidden")
	}
	return nil
}

// managerActs are the routes by which something is done on the manager's pages.
var managerActs = []string{"postNotice", "withdrawNotice", "revokeTerminal", "readmitTerminal", "remindCase"}

// actsOf says of each act of the manager's pages whether it is allowed to somebody.
func actsOf(p principal) []SessionAct {
	list := []SessionAct{}
	for _, id := range managerActs {
		act := SessionAct{Act: id}
		if refusal := permissions[id].decide(p); refusal != nil {
			act.Why = &hall.Text{Code: refusal.Code, Params: refusal.Params}
		}
		list = append(list, act)
	}
	return list
}

// identify finds terminal and session from the headers. A bearer token is a
// terminal's or a session's; beside a terminal's token the session's comes in
// X-Staff-Session.
func (c *Centre) identify(ctx context.Context, header func(string) string, address string, on *tls.ConnectionState) (principal, error) {
	p := principal{address: address}
	bearer, _ := strings.CutPrefix(header("Authorization"), "Bearer ")
	staffToken := header("X-Staff-Session")
	if t, ok := c.terminalByToken(bearer); ok {
		if wrong := c.speaks(t.ID, on); wrong != nil {
			c.log.WarnContext(ctx, "a terminal is refused", "terminal", t.ID, "why", wrong.Message)
			return principal{}, problem(http.StatusForbidden, "terminal_refused")
		}
		p.terminal = &t
	} else if staffToken == "" {
		staffToken = bearer
	}
	s, ok, err := c.sessions.byToken(ctx, staffToken)
	if err != nil {
		return principal{}, err
	}
	if ok && (p.terminal == nil || s.terminal == "" || s.terminal == p.terminal.ID) {
		p.session = &s
	}
	return p, nil
}

// guard runs before anything of a request is read: who is it, may they.
func (c *Centre) guard(ctx huma.Context, next func(huma.Context)) {
	op := ctx.Operation()
	rule, known := permissions[op.OperationID]
	if !known {
		refuse(ctx, problem(http.StatusForbidden, "forbidden"))
		return
	}
	p, err := c.identify(ctx.Context(), ctx.Header, clientAddress(ctx.RemoteAddr()), ctx.TLS())
	var refused *Problem
	if errors.As(err, &refused) {
		refuse(ctx, refused)
		return
	}
	if err != nil {
		c.log.ErrorContext(ctx.Context(), "who a request comes from cannot be found", "route", op.OperationID, "error", err)
		refuse(ctx, problem(http.StatusServiceUnavailable, "busy"))
		return
	}
	if refusal := rule.decide(p); refusal != nil {
		refuse(ctx, refusal)
		return
	}
	next(huma.WithValue(ctx, principalKey{}, p))
}

// refuse answers with a Problem.
func refuse(ctx huma.Context, p *Problem) {
	ctx.SetHeader("Content-Type", "application/json")
	ctx.SetHeader("Cache-Control", "no-store")
	ctx.SetStatus(p.Status)
	// A client that went away is no error of ours.
	_ = json.NewEncoder(ctx.BodyWriter()).Encode(p)
}
