package central

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"hallway/app/hall"
)

// casesTable is [cases]: the hall's rules of cases (办件).
type casesTable struct {
	Service          string            `toml:"service"`
	ELimit           *limitTable       `toml:"e_limit"`
	PaperLimit       *limitTable       `toml:"paper_limit"`
	UnmatchedMinutes int               `toml:"unmatched_minutes"`
	NumberBlock      int               `toml:"number_block"`
	SupplementDays   int               `toml:"supplement_days"`
	DraftDays        int               `toml:"draft_days"`
	Ask              map[string]string `toml:"ask"`
	Supervision      supervisionTable  `toml:"supervision"`
}

// supervisionTable is [cases.supervision]: the hall's rules of supervision (电子监察).
type supervisionTable struct {
	RemindPercent  int `toml:"remind_percent"`
	RemindEvery    int `toml:"remind_every"`
	HandlePercent  int `toml:"handle_percent"`
	CompleteWithin int `toml:"complete_within"`
}

// limitTable is a limit with its unit: { n = 24, unit = "hour" }.
type limitTable struct {
	N    int    `toml:"n"`
	Unit string `toml:"unit"`
}

// departmentRow is a department that supplies materials (材料提供部门).
type departmentRow struct {
	ID   string            `toml:"id"`
	Name map[string]string `toml:"name"`
}

// materialRow is a material (材料).
type materialRow struct {
	Code       string            `toml:"code"`
	Department string            `toml:"department"`
	Unit       string            `toml:"unit"`
	ELimit     *limitTable       `toml:"e_limit"`
	PaperLimit *limitTable       `toml:"paper_limit"`
	Name       map[string]string `toml:"name"`
}

// versionRow is one version of how an item is handled (事项版本).
type versionRow struct {
	Item         string            `toml:"item"`
	Version      int               `toml:"version"`
	Kind         string            `toml:"kind"`
	Nature       string            `toml:"nature"`
	PreReview    bool              `toml:"pre_review"`
	OnComplete   string            `toml:"on_complete"`
	PromisedDays int               `toml:"promised_days"`
	LegalDays    int               `toml:"legal_days"`
	Supplement   int               `toml:"supplement_days"`
	StepDays     stepDaysTable     `toml:"step_days"`
	Code         string            `toml:"code"`
	Authority    map[string]string `toml:"authority"`
	Basis        string            `toml:"basis"`
	Phone        string            `toml:"phone"`
	Window       bool              `toml:"window_handles"`
	Specials     []specialRow      `toml:"specials"`
	Online       bool              `toml:"online"`
	Checks       []checkRow        `toml:"checks"`
	Materials    []versionMaterial `toml:"materials"`
	Form         string            `toml:"form"` // a JSON Schema: see hall.Form
}

// stepDaysTable are the limits of the steps of an item (环节时限) in working days.
type stepDaysTable struct {
	Handle  int `toml:"handle"`
	Review  int `toml:"review"`
	Approve int `toml:"approve"`
}

// specialRow is a special procedure (特别程序) of an item's own.
type specialRow struct {
	Code       string            `toml:"code"`
	Name       map[string]string `toml:"name"`
	StopsClock bool              `toml:"stops_clock"`
}

// checkRow is a question of the self-check (条件自检).
type checkRow struct {
	ID        string            `toml:"id"`
	Wanted    string            `toml:"wanted"`
	Stops     bool              `toml:"stops"`
	Question  map[string]string `toml:"question"`
	Otherwise map[string]string `toml:"otherwise"`
}

type versionMaterial struct {
	Code         string   `toml:"code"`
	Required     bool     `toml:"required"`
	PerApplicant bool     `toml:"per_applicant"`
	Originals    int      `toml:"originals"`
	Copies       int      `toml:"copies"`
	Methods      []string `toml:"methods"`
}

// paperRow says who signs a paper material out and in (签出签入权限).
type paperRow struct {
	Material string   `toml:"material"`
	Items    []string `toml:"items"`
	SignOut  string   `toml:"sign_out"`
	SignIn   []string `toml:"sign_in"`
}

// handling reads what a hall needs that takes cases.
func (l *hallLoader) handling(c *fileChecker, f *hallFile) {
	if f.Cases != nil {
		l.cases(c, f.Cases)
	}
	for i, d := range f.Departments {
		l.department(c, i, d)
	}
	for i, m := range f.Materials {
		l.material(c, i, m)
	}
	for i, v := range f.Versions {
		l.version(c, i, v)
	}
	for i, p := range f.Paper {
		l.paperRights(c, i, p)
	}
}

func (l *hallLoader) cases(c *fileChecker, t *casesTable) {
	if !l.once(c, "cases", 0, "[cases]") {
		return
	}
	if len(t.Service) != 2 || t.Service == "00" || strings.Trim(t.Service, "0123456789") != "" {
		c.add("cases", 0, fmt.Sprintf("service %q", t.Service), "two digits from 01 to 99 that no other number service of the province has")
	}
	c.between("cases", "unmatched_minutes", t.UnmatchedMinutes, 0, 7*24*60)
	c.between("cases", "number_block", t.NumberBlock, 0, 1000)
	c.between("cases", "supplement_days", t.SupplementDays, 0, 365)
	c.between("cases", "draft_days", t.DraftDays, 0, 365)
	c.between("cases", "supervision.remind_percent", t.Supervision.RemindPercent, 0, 100)
	c.between("cases", "supervision.remind_every", t.Supervision.RemindEvery, 0, 60)
	c.between("cases", "supervision.handle_percent", t.Supervision.HandlePercent, 0, 98)
	c.between("cases", "supervision.complete_within", t.Supervision.CompleteWithin, 0, 60)
	l.cat.Cases = hall.CaseRules{
		Supervision: hall.SupervisionRules(t.Supervision),
		Service:     t.Service, ELimit: c.limit("cases", 0, "e_limit", t.ELimit), PaperLimit: c.limit("cases", 0, "paper_limit", t.PaperLimit),
		UnmatchedMinutes: t.UnmatchedMinutes, NumberBlock: t.NumberBlock, SupplementDays: t.SupplementDays, DraftDays: t.DraftDays, Ask: c.names("cases", 0, "ask", t.Ask, false),
	}
}

// limit checks a limit; nothing is the hall's own or the rules' default.
func (c *fileChecker) limit(table string, n int, key string, t *limitTable) hall.Limit {
	if t == nil {
		return hall.Limit{}
	}
	if t.N < 1 || t.N > 1000 || !slices.Contains(hall.Units(), t.Unit) {
		c.add(table, n, fmt.Sprintf("%s = { n = %d, unit = %q }", key, t.N, t.Unit),
			"n from 1 to 1000, unit one of "+strings.Join(hall.Units(), ", "))
	}
	return hall.Limit{N: t.N, Unit: t.Unit}
}

func (l *hallLoader) department(c *fileChecker, n int, d departmentRow) {
	if !validID(d.ID) {
		c.add("department", n, fmt.Sprintf("id %q", d.ID), "small letters, digits and -, 1 to 32 of them")
	}
	l.once(c, "department", n, "department "+d.ID)
	l.cat.Departments = append(l.cat.Departments, hall.Department{ID: d.ID, Name: c.names("department", n, "name", d.Name, true)})
}

// departmentExists checks the name of a department.
func (l *hallLoader) departmentExists(c *fileChecker, table string, n int, id string) {
	if _, ok := l.cat.Department(id); ok {
		return
	}
	var known []string
	for _, d := range l.cat.Departments {
		known = append(known, d.ID)
	}
	c.add(table, n, fmt.Sprintf("department %q is not defined", id), "known are "+strings.Join(known, ", "))
}

// materialCode is what fits into a label that a scanner reads.
var materialCode = regexp.MustCompile(`^[0-9A-Za-z_-]{1,20}$`)

func (l *hallLoader) material(c *fileChecker, n int, m materialRow) {
	if !materialCode.MatchString(m.Code) {
		c.add("material", n, fmt.Sprintf("code %q", m.Code), "letters, digits, - and _, 1 to 20 of them: it stands on labels")
	}
	if len([]rune(m.Unit)) > 80 {
		c.add("material", n, "unit of "+m.Code+" is longer than 80 characters", "say it shorter")
	}
	l.once(c, "material", n, "material "+m.Code)
	l.cat.Materials = append(l.cat.Materials, hall.MaterialDef{
		Code: m.Code, Department: m.Department, Unit: m.Unit, Name: c.names("material", n, "name", m.Name, true),
		ELimit: c.limit("material", n, "e_limit", m.ELimit), PaperLimit: c.limit("material", n, "paper_limit", m.PaperLimit),
	})
	if m.Department != "" {
		l.deferred(c, func(c *fileChecker) { l.departmentExists(c, "material", n, m.Department) })
	}
}

// caseKinds that an item can be of.
var caseKinds = []hall.CaseKind{hall.CaseInstant, hall.CasePromised, hall.CaseJoint, hall.CaseReportedUp}

func (l *hallLoader) version(c *fileChecker, n int, v versionRow) {
	bad := func(what, hint string) { c.add("item_version", n, what, hint) }
	if v.Version < 1 {
		bad(fmt.Sprintf("version = %d of %s", v.Version, v.Item), "a number from 1 on, one more than the last that was published")
	}
	if !slices.Contains(caseKinds, hall.CaseKind(v.Kind)) {
		bad(fmt.Sprintf("kind %q", v.Kind), "INSTANT, PROMISED, JOINT or REPORTED_UP")
	}
	if !hall.MayIssueKind(v.Nature) {
		bad(fmt.Sprintf("nature %q", v.Nature), "two digits of the item types that people apply for, e.g. 01 licence, 05 payment, 07 confirmation, 10 other")
	}
	if v.OnComplete != "" && v.OnComplete != hall.OnCompleteAccept {
		bad(fmt.Sprintf("on_complete %q", v.OnComplete), `"accept", or leave it out`)
	}
	if v.PromisedDays < 0 || v.PromisedDays > 365 || v.LegalDays < 0 || v.LegalDays > 365 || v.LegalDays > 0 && v.PromisedDays > v.LegalDays {
		bad(fmt.Sprintf("promised_days = %d, legal_days = %d", v.PromisedDays, v.LegalDays), "working days up to 365, promised not more than legal")
	}
	if v.Supplement < 0 || v.Supplement > 365 {
		bad(fmt.Sprintf("supplement_days = %d", v.Supplement), "working days up to 365, or leave it out for the hall's")
	}
	for _, n := range []int{v.StepDays.Handle, v.StepDays.Review, v.StepDays.Approve} {
		if n < 0 || n > 365 {
			bad(fmt.Sprintf("step_days of %d", n), "working days up to 365, or leave it out for the hall's part of the promised time")
		}
	}
	for what, s := range map[string]string{"code": v.Code, "basis": v.Basis, "phone": v.Phone} {
		if len([]rune(s)) > 240 {
			bad(what+" is longer than 240 characters", "it must fit on the acceptance notice; say it shorter")
		}
	}
	l.once(c, "item_version", n, versionName(v.Item, v.Version))
	out := hall.ItemVersion{Version: v.Version, Kind: hall.CaseKind(v.Kind), Nature: v.Nature, PreReview: v.PreReview, OnComplete: v.OnComplete,
		PromisedDays: v.PromisedDays, LegalDays: v.LegalDays, SupplementDays: v.Supplement, StepDays: hall.StepDays(v.StepDays), Code: v.Code, Authority: c.names("item_version", n, "authority", v.Authority, false),
		Basis: v.Basis, Phone: v.Phone, WindowHandles: v.Window, Specials: c.specials(n, v.Specials),
		Online: v.Online, Checks: c.checks(n, v.Checks), Form: c.form(n, v.Form)}
	seen := map[string]bool{}
	for _, m := range v.Materials {
		if seen[m.Code] {
			bad("material "+m.Code+" is there twice", "one line with its copies")
		}
		seen[m.Code] = true
		if m.Originals < 0 || m.Originals > 99 || m.Copies < 0 || m.Copies > 99 {
			bad(fmt.Sprintf("material %s: originals = %d, copies = %d", m.Code, m.Originals, m.Copies), "numbers from 0 to 99")
		}
		out.Materials = append(out.Materials, hall.ItemMaterial{Code: m.Code, Required: m.Required, PerApplicant: m.PerApplicant,
			Originals: m.Originals, Copies: m.Copies, Methods: c.methods(n, m)})
	}
	l.versions[v.Item] = append(l.versions[v.Item], out)
	l.deferred(c, func(c *fileChecker) { l.versionFits(c, n, v.Item, out) })
}

// specials checks the special procedures of an item's own.
func (c *fileChecker) specials(n int, rows []specialRow) []hall.ItemSpecial {
	var out []hall.ItemSpecial
	for _, s := range rows {
		law := hall.SpecialNames()
		twice := slices.ContainsFunc(out, func(o hall.ItemSpecial) bool { return o.Code == s.Code })
		if !materialCode.MatchString(s.Code) || slices.Contains(law, s.Code) || twice {
			c.add("item_version", n, fmt.Sprintf("special procedure %q", s.Code),
				"letters, digits, - and _, once, and none of the law's own: "+strings.Join(law, ", "))
		}
		out = append(out, hall.ItemSpecial{Code: s.Code, Name: c.names("item_version", n, "name", s.Name, true), StopsClock: s.StopsClock})
	}
	return out
}

// checks reads the questions of the self-check.
func (c *fileChecker) checks(n int, rows []checkRow) []hall.ItemCheck {
	var out []hall.ItemCheck
	for _, r := range rows {
		if !validID(r.ID) || slices.ContainsFunc(out, func(o hall.ItemCheck) bool { return o.ID == r.ID }) {
			c.add("item_version", n, fmt.Sprintf("check %q", r.ID), "small letters, digits and -, 1 to 32 of them, once")
		}
		if r.Wanted != hall.CheckYes && r.Wanted != hall.CheckNo {
			c.add("item_version", n, fmt.Sprintf("wanted %q of check %s", r.Wanted, r.ID), `the answer with which one may go on: "yes" or "no"`)
		}
		out = append(out, hall.ItemCheck{ID: r.ID, Wanted: r.Wanted, Stops: r.Stops,
			Question: c.names("item_version", n, "question", r.Question, true), Otherwise: c.names("item_version", n, "otherwise", r.Otherwise, true)})
	}
	return out
}

// form reads the form of an item.
func (c *fileChecker) form(n int, schema string) *hall.Form {
	if schema == "" {
		return nil
	}
	f, err := hall.ParseForm([]byte(schema))
	if err != nil {
		c.add("item_version", n, err.Error(), "a JSON Schema of one flat object; see the form of the demo's medical-refund, and hall.Form")
	}
	return f
}

// versionName is how a version is called in messages.
func versionName(item string, version int) string {
	return fmt.Sprintf("version %d of %s", version, item)
}

// methods checks how departments may supply a material.
func (c *fileChecker) methods(n int, m versionMaterial) []hall.Method {
	var out []hall.Method
	for _, s := range m.Methods {
		if !hall.Method(s).Shared() || slices.Contains(out, hall.Method(s)) {
			c.add("item_version", n, fmt.Sprintf("material %s: method %q", m.Code, s), "E_SHARE, PAPER_SHARE, both, or nothing; handing in is always possible")
		}
		out = append(out, hall.Method(s))
	}
	return out
}

// versionFits checks a version against everything else of the hall.
func (l *hallLoader) versionFits(c *fileChecker, n int, item string, v hall.ItemVersion) {
	it, ok := l.cat.Item(item)
	if !ok {
		c.add("item_version", n, fmt.Sprintf("item %q is not defined", item), "see [[item]]")
	}
	for _, m := range v.Materials {
		def, ok := l.cat.MaterialDef(m.Code)
		if !ok {
			c.add("item_version", n, fmt.Sprintf("material %q is not defined", m.Code), "see [[material]]")
			continue
		}
		if len(m.Methods) > 0 && def.Department == "" {
			c.add("item_version", n, "material "+m.Code+" is shared, but no department supplies it", "set department of the [[material]], or leave methods out")
		}
		if !slices.Contains(m.Methods, hall.MethodPaper) {
			continue
		}
		if rights, ok := it.RightsOf(m.Code); !ok || rights.SignOut == "" || len(rights.SignIn) == 0 {
			c.cause("item_version", n, fmt.Sprintf("material %s of %s", m.Code, item), hall.ErrPaperRights,
				"add a [[paper]] block with this material and item, sign_out and sign_in")
		}
	}
}

// cause notes an error that a rule of the hall names.
func (c *fileChecker) cause(table string, n int, what string, cause error, hint string) {
	c.add(table, n, what+": "+cause.Error(), hint)
	if e, ok := c.errs[len(c.errs)-1].(*FileError); ok {
		e.Cause = cause
	}
}

func (l *hallLoader) paperRights(c *fileChecker, n int, p paperRow) {
	if len(p.Items) == 0 {
		c.add("paper", n, "items is empty", "the items whose paper this department hands out")
	}
	for _, item := range p.Items {
		l.once(c, "paper", n, "paper rights for "+p.Material+" of "+item)
		l.paper[item] = append(l.paper[item], hall.PaperRights{Material: p.Material, SignOut: p.SignOut, SignIn: p.SignIn})
	}
	l.deferred(c, func(c *fileChecker) {
		for _, item := range p.Items {
			if _, ok := l.cat.Item(item); !ok {
				c.add("paper", n, fmt.Sprintf("item %q is not defined", item), "see [[item]]")
			}
		}
		if _, ok := l.cat.MaterialDef(p.Material); !ok {
			c.add("paper", n, fmt.Sprintf("material %q is not defined", p.Material), "see [[material]]")
		}
		l.departmentExists(c, "paper", n, p.SignOut)
		for _, id := range p.SignIn {
			if s, ok := l.cat.StaffByID(id); !ok || !slices.Contains(s.Roles, hall.RoleSignIn) {
				c.add("paper", n, fmt.Sprintf("sign_in %q is no sign-in officer", id), "staff with the role sign_in_officer; see [[staff]]")
			}
		}
	})
}

// assemble puts versions and rights to their items.
func (l *hallLoader) assemble() {
	for i := range l.cat.Items {
		it := &l.cat.Items[i]
		it.Versions, it.Paper = l.versions[it.ID], l.paper[it.ID]
		slices.SortStableFunc(it.Versions, func(a, b hall.ItemVersion) int { return cmp.Compare(a.Version, b.Version) })
	}
}
