package central

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"hallway/app/central/departments"
	"hallway/app/hall"
	"hallway/sync/writer"
)

// DepartmentConfig is how one department is reached: its base address, or each
// address by itself. The secret signs both ways.
type DepartmentConfig struct {
	ID         string `toml:"id"`
	Base       string `toml:"base"` // with the contract's own paths below it
	Query      string `toml:"query"`
	Request    string `toml:"request"`
	Notice     string `toml:"notice"`
	Withdraw   string `toml:"withdraw"`
	SecretFile string `toml:"secret_file"`
}

// departments checks the [[department]] tables.
func (c *fileChecker) departments(list []DepartmentConfig) {
	seen := map[string]bool{}
	for i, d := range list {
		if d.ID == "" || seen[d.ID] {
			c.add("department", i, fmt.Sprintf("department %q is empty or there twice", d.ID), "give each its own id, as in the hall's files")
		}
		seen[d.ID] = true
		if d.SecretFile == "" {
			c.add("department", i, d.ID+" has no secret_file", "name a file with its secret: openssl rand -hex 32")
		}
		if d.Base == "" && d.Query == "" && d.Request == "" && d.Notice == "" {
			c.add("department", i, d.ID+" has no address", `write base = "https://…" or query, request, notice and withdraw`)
		}
		for _, address := range []string{d.Base, d.Query, d.Request, d.Notice, d.Withdraw} {
			if why := badAddress(address); address != "" && why != "" {
				c.add("department", i, fmt.Sprintf("an address of %s %s", d.ID, why), "personal data goes there: https, or http on this machine only")
			}
		}
	}
}

// badAddress says what is wrong with an address that personal data goes to.
func badAddress(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "":
		return "is no plain address"
	case u.Scheme == "https":
		return ""
	case u.Scheme != "http":
		return "is neither https nor http"
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
		return ""
	}
	return "is not encrypted"
}

// addresses reads the secrets and holds the departments to the hall's.
func (c Config) addresses(cat *hall.Catalogue) ([]departments.Address, error) {
	check := fileChecker{file: c.terminalsAt.file, lines: c.terminalsAt.lines}
	var list []departments.Address
	for i, d := range c.Departments {
		if _, known := cat.Department(d.ID); !known {
			check.add("department", i, fmt.Sprintf("the hall has no department %q", d.ID), "add it to the hall's files, or correct the id")
		}
		secret, err := departments.ReadSecret(c.path(d.SecretFile))
		if err != nil {
			check.add("department", i, err.Error(), "the department holds the same secret")
		}
		a := departments.Address{ID: d.ID, Query: d.Query, Request: d.Request, Notice: d.Notice, Withdraw: d.Withdraw, Secret: secret}
		for _, f := range []struct {
			address *string
			path    string
		}{{&a.Query, "/query"}, {&a.Request, "/request"}, {&a.Notice, "/notice"}, {&a.Withdraw, "/withdraw"}} {
			if *f.address == "" && d.Base != "" {
				*f.address = strings.TrimSuffix(d.Base, "/") + departments.ProviderPrefix + f.path
			}
		}
		list = append(list, a)
	}
	return list, errors.Join(check.errs...)
}

// newDepartments starts the departments' adapter.
func (c *Centre) newDepartments(list []departments.Address) *departments.Adapter {
	return departments.New(departments.Options{
		Hall: c.hallCode, Departments: list, Writer: c.writer, Files: c.files,
		Now: c.now, Real: c.clock.real, Logger: c.log,
		Audit: func(ctx context.Context, e departments.Event) error {
			return c.store.writeAudit(ctx, audit{at: c.now(), staff: "department/" + e.Department, act: e.Code, subj: e.Subject, allowed: e.Allowed, reason: e.Reason})
		},
		Note: func(e departments.Event) {
			c.tele.note(hall.Text{Code: e.Code, Params: map[string]string{"department": e.Department}})
		},
	})
}

// caseNews puts what became of a case by itself before the manager's eyes and
// into the audit trail; its handler sees it in the case. After a crash in
// between it may stand there twice.
func (c *Centre) caseNews(ctx context.Context, e writer.StoredEffect) error {
	var n hall.CaseNotice
	if err := json.Unmarshal(e.Payload, &n); err != nil {
		return fmt.Errorf("notice of a case: %w", err)
	}
	code := strings.ReplaceAll(n.Code, ".", "_")
	if err := c.store.writeAudit(ctx, audit{at: c.now(), act: code, subj: strings.TrimSuffix(n.Case+"/"+n.Material, "/"), allowed: true}); err != nil {
		return err
	}
	params := map[string]string{"number": n.Number}
	if n.Material != "" {
		params["material"] = n.Material
	}
	c.tele.note(hall.Text{Code: code, Params: params})
	return nil
}

// Availability is what the departments say they can supply (帮传清单).
type Availability struct {
	Materials []departments.MaterialOffers `json:"materials"`
}

type availabilityOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         Availability
}

// caseAvailability asks the departments of every open material of a case.
func (c *Centre) caseAvailability(ctx context.Context, in *personInput) (*availabilityOutput, error) {
	p := principalOf(ctx)
	if !c.limits.availability.allow(ctx, p.terminal.ID) {
		return nil, problem(http.StatusTooManyRequests, "too_many")
	}
	offers, err := c.availability(ctx, in.ID)
	row := audit{at: c.now(), staff: p.session.staff.ID, session: p.session.id, terminal: p.terminal.ID, act: "ask_departments", subj: in.ID, allowed: err == nil}
	var refusal *Problem
	if errors.As(err, &refusal) {
		row.reason = refusal.Code
	} else if err != nil {
		row.reason = "failed"
	}
	if auditErr := c.store.writeAudit(ctx, row); auditErr != nil {
		return nil, c.fail(ctx, "audit", auditErr)
	}
	if err != nil {
		return nil, c.fail(ctx, "what departments can supply", err)
	}
	return &availabilityOutput{CacheControl: "no-store", Body: Availability{offers}}, nil
}

// availability asks for a case that may still be changed.
func (c *Centre) availability(ctx context.Context, id string) ([]departments.MaterialOffers, error) {
	k, ok, err := hall.Load[hall.Case](c.writer.HallWorld(ctx, c.hallCode), hall.EntityCase, id)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, problem(http.StatusNotFound, "unknown_case")
	case !k.State.BeforeAcceptance():
		return nil, problem(http.StatusConflict, "case_state", "state", string(k.State))
	}
	offers, err := c.departments.Available(ctx, k)
	if errors.Is(err, departments.ErrErased) {
		return nil, problem(http.StatusGone, "no_person")
	}
	return offers, err
}
