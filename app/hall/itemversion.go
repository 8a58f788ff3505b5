package hall

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// Department (材料提供部门) supplies materials.
type Department struct {
	ID   string `json:"id"`
	Name Names  `json:"name"`
}

// MaterialDef (材料) is a material that departments keep. Its limits are of new
// attempts: one that runs keeps its own.
type MaterialDef struct {
	Code       string `json:"code"`
	Name       Names  `json:"name"`
	Department string `json:"department,omitempty"` // 所属部门: supplies it; empty: nobody does
	Unit       string `json:"unit,omitempty"`       // 归属单位: the legal entity that owns it
	ELimit     Limit  `json:"e_limit,omitzero"`     // zero: the hall's
	PaperLimit Limit  `json:"paper_limit,omitzero"` // zero: the hall's
}

// CaseKind (办件类型); requirements G2.3.
type CaseKind string

const (
	CaseInstant    CaseKind = "INSTANT"     // 即办件
	CasePromised   CaseKind = "PROMISED"    // 承诺件
	CaseJoint      CaseKind = "JOINT"       // 并联件
	CaseReportedUp CaseKind = "REPORTED_UP" // 上报件
)

// NationalCode is the kind's code of GB/T 39046-2020 A.6.
func (k CaseKind) NationalCode() string {
	switch k {
	case CaseInstant:
		return "1"
	case CasePromised:
		return "2"
	}
	return "9"
}

// OnCompleteAccept takes an online case straight to acceptance when its
// materials are all in; otherwise it goes to pre-acceptance (网上预受理).
const OnCompleteAccept = "accept"

// ItemVersion (事项版本) is how an item is handled. Cases pin the version that
// they were taken under, so a published version is never changed or dropped.
type ItemVersion struct {
	Version      int            `json:"version"` // from 1
	Kind         CaseKind       `json:"kind"`
	Nature       string         `json:"nature"` // 事项性质, GB/T 39046-2020 A.1, e.g. 01
	PreReview    bool           `json:"pre_review,omitempty"`
	OnComplete   string         `json:"on_complete,omitempty"`
	PromisedDays int            `json:"promised_days,omitempty"` // working days; 0: the legal limit
	LegalDays    int            `json:"legal_days,omitempty"`    // working days; 0: 20, joint 45
	Materials    []ItemMaterial `json:"materials,omitempty"`
	// SupplementDays are the working days for what a person is told to bring;
	// 0: the hall's.
	SupplementDays int `json:"supplement_days,omitempty"`

	// What the acceptance notice says (standards §7).
	Code      string `json:"code,omitempty"`      // 基本编码
	Authority Names  `json:"authority,omitempty"` // 实施机关: whose seal the notice bears
	Basis     string `json:"basis,omitempty"`     // 法律依据
	Phone     string `json:"phone,omitempty"`     // of the authority

	// WindowHandles: the window is authorised to handle it (承办); requirements G2.5.
	WindowHandles bool          `json:"window_handles,omitempty"`
	Specials      []ItemSpecial `json:"specials,omitempty"` // beside those of SpecialNames

	// Online: a person may apply for it without a clerk, at a kiosk (网上服务情况);
	// requirements B-48, B-49. Checks are asked before (条件自检); requirements E-28.
	Online bool        `json:"online,omitempty"`
	Checks []ItemCheck `json:"checks,omitempty"`

	StepDays StepDays `json:"step_days,omitzero"` // limits of its steps; requirements T5
	Form     *Form    `json:"form,omitempty"`     // 表单, that is filled in before the case is accepted
}

// Answers to an ItemCheck.
const (
	CheckYes = "yes"
	CheckNo  = "no"
)

// ItemCheck is a question that people answer for themselves before they apply.
type ItemCheck struct {
	ID        string `json:"id"`
	Question  Names  `json:"question"`
	Wanted    string `json:"wanted"`          // CheckYes or CheckNo
	Otherwise Names  `json:"otherwise"`       // what to do with any other answer
	Stops     bool   `json:"stops,omitempty"` // with any other answer one cannot apply
}

// CheckFault says why the answers of a self-check (条件自检), yes or no by its id, let
// nobody apply, or is an empty Text; requirements E-28.
func (v ItemVersion) CheckFault(answers map[string]string) Text {
	for _, c := range v.Checks {
		switch {
		case answers[c.ID] == "":
			return text("checks_open")
		case c.Stops && answers[c.ID] != c.Wanted:
			return text("checks_failed")
		}
	}
	return Text{}
}

// ItemSpecial is a special procedure of an item beside those of the law, e.g.
// 现场踏勘. It stops the clock of the decision only when the item's own law says so.
type ItemSpecial struct {
	Code       string `json:"code"`
	Name       Names  `json:"name"`
	StopsClock bool   `json:"stops_clock,omitempty"`
}

// ItemMaterial is one material of an item. Handing in a file, the original or
// a licence is always possible; Methods adds how departments may supply it.
type ItemMaterial struct {
	Code         string   `json:"code"`
	Required     bool     `json:"required,omitempty"`
	PerApplicant bool     `json:"per_applicant,omitempty"`
	Originals    int      `json:"originals,omitempty"` // 原件份数
	Copies       int      `json:"copies,omitempty"`    // 复印件份数
	Methods      []Method `json:"methods,omitempty"`   // E_SHARE, PAPER_SHARE
}

// PaperRights (签出签入权限) says who may sign a paper material of an item out
// and in: out a whole department, in persons.
type PaperRights struct {
	Material string   `json:"material"`
	SignOut  string   `json:"sign_out"` // department
	SignIn   []string `json:"sign_in"`  // staff
}

// CaseRules are the hall's rules of cases.
type CaseRules struct {
	Service          string `json:"service,omitempty"` // 服务标识 of its application numbers, 01–99
	ELimit           Limit  `json:"e_limit,omitzero"`
	PaperLimit       Limit  `json:"paper_limit,omitzero"`
	UnmatchedMinutes int    `json:"unmatched_minutes,omitempty"` // 待核对 goes to a person after this
	NumberBlock      int    `json:"number_block,omitempty"`      // application numbers that a terminal owns
	SupplementDays   int    `json:"supplement_days,omitempty"`   // working days for a supplement; 0: 30
	DraftDays        int    `json:"draft_days,omitempty"`        // days that a draft is kept after its last change; 0: 30
	Ask              Names  `json:"ask,omitempty"`               // where to ask: place, phone, hours; on every receipt

	Supervision SupervisionRules `json:"supervision,omitzero"`
}

// Right (权限) of one member of staff beyond the role.
type Right string

const (
	RightEditCases   Right = "case_edit"   // 受理编辑: also cases that another clerk took
	RightCancelCases Right = "case_cancel" // 受理取消: also cases that another clerk took

	RightHandleCases  Right = "case_handle"  // 承办
	RightReviewCases  Right = "case_review"  // 审核
	RightApproveCases Right = "case_approve" // 批准: decides
	RightExtendCases  Right = "case_extend"  // 延长审批: head of the authority
	RightVoidCases    Right = "case_void"    // 作废审批
)

// Rights lists them.
func Rights() []Right {
	return []Right{RightEditCases, RightCancelCases, RightHandleCases, RightReviewCases, RightApproveCases, RightExtendCases, RightVoidCases}
}

// ErrPaperRights is the fault of an item whose paper may be fetched while
// nobody may sign it out or in (请选择材料签出和签入操作人员权限).
var ErrPaperRights = errors.New("choose which department signs the paper out and who signs it in")

// Version is the version of that number.
func (it Item) Version(n int) (ItemVersion, bool) {
	return find(it.Versions, func(v ItemVersion) bool { return v.Version == n })
}

// Published is the version that new cases are taken under.
func (it Item) Published() (ItemVersion, bool) {
	if len(it.Versions) == 0 || it.Abolished {
		return ItemVersion{}, false
	}
	return it.Versions[len(it.Versions)-1], true
}

// RightsOf says who signs a paper material of the item out and in.
func (it Item) RightsOf(material string) (PaperRights, bool) {
	return find(it.Paper, func(p PaperRights) bool { return p.Material == material })
}

// Material finds one material of the version.
func (v ItemVersion) Material(code string) (ItemMaterial, bool) {
	return find(v.Materials, func(m ItemMaterial) bool { return m.Code == code })
}

// Decision is how many working days the decision may take.
func (v ItemVersion) Decision() int {
	switch {
	case v.PromisedDays > 0:
		return v.PromisedDays
	case v.LegalDays > 0:
		return v.LegalDays
	case v.Kind == CaseJoint:
		return 45
	}
	return 20
}

// MaterialDef finds a material.
func (c *Catalogue) MaterialDef(code string) (MaterialDef, bool) {
	if c == nil {
		return MaterialDef{}, false
	}
	return find(c.Materials, func(m MaterialDef) bool { return m.Code == code })
}

// Department finds a providing department.
func (c *Catalogue) Department(id string) (Department, bool) {
	if c == nil {
		return Department{}, false
	}
	return find(c.Departments, func(d Department) bool { return d.ID == id })
}

// limitOf is a material's limit for a method: its own, the hall's, or the
// default of 24 hours and 3 working days.
func (c *Catalogue) limitOf(code string, method Method) Limit {
	def, _ := c.MaterialDef(code)
	choice := []Limit{def.ELimit, c.Cases.ELimit, {24, UnitHour}}
	if method == MethodPaper {
		choice = []Limit{def.PaperLimit, c.Cases.PaperLimit, {3, UnitWorkingDay}}
	}
	for _, l := range choice {
		if l.N > 0 {
			return l
		}
	}
	return Limit{}
}

// changedVersion finds a version that was published and is now another or gone.
func changedVersion(old, next *Catalogue) (item, version string, changed bool) {
	for _, was := range old.Items {
		is, _ := next.Item(was.ID)
		for _, v := range was.Versions {
			now, ok := is.Version(v.Version)
			a, errA := json.Marshal(v)
			b, errB := json.Marshal(now)
			if !ok || errA != nil || errB != nil || !bytes.Equal(a, b) {
				return was.ID, strconv.Itoa(v.Version), true
			}
		}
	}
	return "", "", false
}

// handling checks what belongs to cases.
func (v *checker) handling(c *Catalogue) {
	departments := map[string]bool{}
	for i, d := range c.Departments {
		at := fmt.Sprintf("departments[%d] %s", i, d.ID)
		v.id(at, d.ID, departments)
		v.name(at+".name", d.Name)
	}
	seen := map[string]bool{}
	for i, m := range c.Materials {
		at := fmt.Sprintf("materials[%d] %s", i, m.Code)
		v.id(at, m.Code, seen)
		if !goodMaterialCode(m.Code) {
			v.fault("%s.code: letters, digits, - and _ only", at)
		}
		v.name(at+".name", m.Name)
		if m.Department != "" && !departments[m.Department] {
			v.fault("%s.department: there is no department %q", at, m.Department)
		}
		v.limit(at+".e_limit", m.ELimit)
		v.limit(at+".paper_limit", m.PaperLimit)
	}
	for i, s := range c.Staff {
		at := fmt.Sprintf("staff[%d] %s", i, s.ID)
		if s.Department != "" && !departments[s.Department] {
			v.fault("%s.department: there is no department %q", at, s.Department)
		}
		if slices.Contains(s.Roles, RoleSignOut) && s.Department == "" {
			v.fault("%s.department: a sign-out officer belongs to a department", at)
		}
		for _, r := range s.Rights {
			if !slices.Contains(Rights(), r) {
				v.fault("%s.rights: %q is none of %v", at, r, Rights())
			}
		}
	}
	for i, it := range c.Items {
		v.versions(c, it, fmt.Sprintf("items[%d] %s", i, it.ID))
	}
	v.caseRules(c.Cases)
}

func goodMaterialCode(code string) bool {
	for _, r := range code {
		if !(r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '-' || r == '_') {
			return false
		}
	}
	return true
}

func (v *checker) limit(at string, l Limit) {
	if l == (Limit{}) {
		return
	}
	v.within(at+".n", l.N, 1, maxLimit)
	if !slices.Contains(Units(), l.Unit) {
		v.fault("%s.unit: %q is none of %v", at, l.Unit, Units())
	}
}

func (v *checker) caseRules(r CaseRules) {
	if r.Service != "" && (len(r.Service) != 2 || !onlyDigits(r.Service) || r.Service == "00") {
		v.fault("cases.service: two digits from 01 to 99, is %q", r.Service)
	}
	v.limit("cases.e_limit", r.ELimit)
	v.limit("cases.paper_limit", r.PaperLimit)
	v.within("cases.unmatched_minutes", r.UnmatchedMinutes, 0, 7*24*60)
	v.within("cases.number_block", r.NumberBlock, 0, maxLease)
	v.within("cases.supplement_days", r.SupplementDays, 0, 365)
	v.within("cases.draft_days", r.DraftDays, 0, 365)
	v.within("cases.supervision.remind_percent", r.Supervision.RemindPercent, 0, 100)
	v.within("cases.supervision.remind_every", r.Supervision.RemindEvery, 0, 60)
	v.within("cases.supervision.handle_percent", r.Supervision.HandlePercent, 0, 98)
	v.within("cases.supervision.complete_within", r.Supervision.CompleteWithin, 0, 60)
}

// versions checks how one item is handled.
func (v *checker) versions(c *Catalogue, it Item, at string) {
	last := 0
	for i, iv := range it.Versions {
		at := fmt.Sprintf("%s.versions[%d]", at, i)
		if iv.Version <= last {
			v.fault("%s.version: must be more than %d, is %d", at, last, iv.Version)
		}
		last = iv.Version
		kinds := []CaseKind{CaseInstant, CasePromised, CaseJoint, CaseReportedUp}
		if !slices.Contains(kinds, iv.Kind) {
			v.fault("%s.kind: %q is none of %v", at, iv.Kind, kinds)
		}
		if !MayIssueKind(iv.Nature) {
			v.fault("%s.nature: an item type of two digits that people apply for, e.g. 01, is %q", at, iv.Nature)
		}
		if iv.OnComplete != "" && iv.OnComplete != OnCompleteAccept {
			v.fault("%s.on_complete: %q or nothing, is %q", at, OnCompleteAccept, iv.OnComplete)
		}
		v.within(at+".promised_days", iv.PromisedDays, 0, 365)
		v.within(at+".legal_days", iv.LegalDays, 0, 365)
		v.within(at+".supplement_days", iv.SupplementDays, 0, 365)
		for _, n := range []int{iv.StepDays.Handle, iv.StepDays.Review, iv.StepDays.Approve} {
			v.within(at+".step_days", n, 0, 365)
		}
		if iv.LegalDays > 0 && iv.PromisedDays > iv.LegalDays {
			v.fault("%s.promised_days: not more than the legal %d", at, iv.LegalDays)
		}
		seen := map[string]bool{}
		for j, m := range iv.Materials {
			v.itemMaterial(c, it, m, fmt.Sprintf("%s.materials[%d] %s", at, j, m.Code), seen)
		}
		v.specials(at, iv.Specials)
		v.checks(at, iv.Checks)
		if iv.Form != nil {
			for _, what := range iv.Form.faults() {
				v.fault("%s.form: %s", at, what)
			}
			for _, field := range iv.Form.Needed(FormAccept) {
				if iv.OnComplete == OnCompleteAccept && !slices.Contains(iv.Form.Needed(FormApply), field) {
					v.fault("%s.form: %s is filled in at a counter, and on_complete = %q asks none", at, field, OnCompleteAccept)
				}
			}
		}
	}
	if last > 0 && c.Cases.Service == "" {
		v.fault("cases.service: needed, because %s has versions", at)
	}
}

// specials checks the special procedures of an item's own.
func (v *checker) specials(at string, own []ItemSpecial) {
	seen := map[string]bool{}
	for i, s := range own {
		at := fmt.Sprintf("%s.specials[%d] %s", at, i, s.Code)
		v.id(at, s.Code, seen)
		v.name(at+".name", s.Name)
		if !goodMaterialCode(s.Code) || slices.Contains(SpecialNames(), s.Code) {
			v.fault("%s.code: letters, digits, - and _ only, and none of %v", at, SpecialNames())
		}
	}
}

// checks checks the questions of a self-check.
func (v *checker) checks(at string, list []ItemCheck) {
	seen := map[string]bool{}
	for i, c := range list {
		at := fmt.Sprintf("%s.checks[%d] %s", at, i, c.ID)
		v.id(at, c.ID, seen)
		v.name(at+".question", c.Question)
		v.name(at+".otherwise", c.Otherwise)
		if c.Wanted != CheckYes && c.Wanted != CheckNo {
			v.fault("%s.wanted: %q or %q, is %q", at, CheckYes, CheckNo, c.Wanted)
		}
	}
}

func (v *checker) itemMaterial(c *Catalogue, it Item, m ItemMaterial, at string, seen map[string]bool) {
	v.id(at, m.Code, seen)
	def, known := c.MaterialDef(m.Code)
	if !known {
		v.fault("%s: there is no such material", at)
		return
	}
	for _, method := range m.Methods {
		if !method.Shared() {
			v.fault("%s.methods: %q is neither %s nor %s; handing in needs no line", at, method, MethodEShare, MethodPaper)
		}
	}
	if len(m.Methods) > 0 && def.Department == "" {
		v.fault("%s.methods: no department supplies the material", at)
	}
	if slices.Contains(m.Methods, MethodPaper) {
		v.paperRights(c, it, m.Code, at)
	}
}

// paperRights refuses paper sharing that nobody could carry out.
func (v *checker) paperRights(c *Catalogue, it Item, material, at string) {
	rights, ok := it.RightsOf(material)
	if !ok || rights.SignOut == "" || len(rights.SignIn) == 0 {
		v.fault("%s: %w", at, ErrPaperRights)
		return
	}
	if _, ok := c.Department(rights.SignOut); !ok {
		v.fault("%s: there is no department %q to sign it out", at, rights.SignOut)
	}
	for _, id := range rights.SignIn {
		if s, ok := c.StaffByID(id); !ok || !slices.Contains(s.Roles, RoleSignIn) {
			v.fault("%s: %q is no sign-in officer", at, id)
		}
	}
}
