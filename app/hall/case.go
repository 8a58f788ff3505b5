package hall

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// CaseState (办件状态); requirements G2.1.
type CaseState string

const (
	CaseDraft         CaseState = "DRAFT"          // 草稿
	CaseApplied       CaseState = "APPLIED"        // 已申办
	CasePreReview     CaseState = "PRE_REVIEW"     // 网上预受理中
	CasePreReturned   CaseState = "PRE_RETURNED"   // 预受理退回补正
	CaseReceived      CaseState = "RECEIVED"       // 已收件
	CasePending       CaseState = "PENDING_SHARE"  // 受理中
	CaseSupplementDue CaseState = "SUPPLEMENT_DUE" // 补正中
	CaseNotAccepted   CaseState = "NOT_ACCEPTED"   // 不予受理
	CaseAccepted      CaseState = "ACCEPTED"       // 已受理
	CaseInApproval    CaseState = "IN_APPROVAL"    // 审批中
	CaseSpecialStop   CaseState = "SPECIAL_STOP"   // 特别程序中
	CaseDecided       CaseState = "DECIDED"        // 已决定
	CaseCompleted     CaseState = "COMPLETED"      // 办结
	CaseCollected     CaseState = "COLLECTED"      // 已领取
	CaseWithdrawn     CaseState = "WITHDRAWN"      // 已取消
	CaseVoided        CaseState = "VOIDED"         // 已作废
)

// CaseStates lists them in the order of a case's life.
func CaseStates() []CaseState {
	return []CaseState{CaseDraft, CaseApplied, CasePreReview, CasePreReturned, CaseReceived, CasePending,
		CaseSupplementDue, CaseNotAccepted, CaseAccepted, CaseInApproval, CaseSpecialStop, CaseDecided,
		CaseCompleted, CaseCollected, CaseWithdrawn, CaseVoided}
}

// BeforeAcceptance reports whether the case is neither accepted nor over.
func (s CaseState) BeforeAcceptance() bool {
	return slices.Contains([]CaseState{CaseDraft, CaseApplied, CasePreReview, CasePreReturned, CaseReceived, CasePending, CaseSupplementDue}, s)
}

// Decided reports whether nobody decides on a case in that state any more.
func (s CaseState) Decided() bool {
	return slices.Contains([]CaseState{CaseDecided, CaseCompleted, CaseCollected, CaseVoided, CaseWithdrawn, CaseNotAccepted}, s)
}

// Awaits reports whether materials may still come to the case. After a deemed
// acceptance they may: it is the only one with materials open.
func (c *Case) Awaits() bool {
	return c.State.BeforeAcceptance() || c.Deemed && slices.Contains([]CaseState{CaseAccepted, CaseInApproval, CaseSpecialStop}, c.State)
}

// Editable reports whether a person may change how a material comes; requirements G1.6.
func (s CaseState) Editable() bool {
	return slices.Contains([]CaseState{CaseDraft, CaseReceived, CasePending, CaseSupplementDue, CasePreReturned}, s)
}

// Where a case began: values of Case.Origin.
const (
	OriginCounter = "counter"
	OriginOnline  = "online" // kiosk and online hall
)

// BySystem is Case.AcceptedBy of an automatic acceptance.
const BySystem = "system"

// Process records (过程记录) by the order number of a public implementation;
// standards §5.4.
const (
	RecordApplication = 0 // 申办
	RecordPreReview   = 1 // 网上预受理
	RecordAcceptance  = 2 // 受理
	RecordApproval    = 3 // 审批(处理)
	RecordCompletion  = 4 // 办结

	RecordSpecialBegun       = 5 // 特别程序申请
	RecordSpecialEnded       = 6 // 特别程序结果
	RecordSupplementNotice   = 7 // 补交告知
	RecordSupplementReceived = 8 // 补交受理
	RecordCollection         = 9 // 领取登记
)

// Values of CaseRecord.Status and Case.Result; standards §5.4.
const (
	AcceptanceGiven   = "1" // 受理
	AcceptanceRefused = "2" // 不受理

	ResultCertificate = "0" // 出证办结
	ResultReturned    = "1" // 退回办结: refused
	ResultVoided      = "2" // 作废办结: also of a case that was withdrawn
	ResultTransferred = "4" // 转报办结
	ResultLapsed      = "5" // 补正不来办结
	ResultDone        = "6" // 办结: everything else
)

// noteDeemed is CaseRecord.Note of an acceptance that the law made.
const noteDeemed = "deemed"

// CaseRecord is one process record that was written. Applicant and texts come
// from the sealed parts when it is sent.
type CaseRecord struct {
	No     int       `json:"no"`
	At     time.Time `json:"at"`
	Staff  string    `json:"staff,omitempty"` // empty: the person; BySystem: by itself
	Status string    `json:"status,omitempty"`
	Note   string    `json:"note,omitempty"` // code
	// Step and Serial are of an approval (审批环节代码, 审批步骤号); Serial also
	// tells special procedures apart (序号).
	Step   int `json:"step,omitempty"`
	Serial int `json:"serial,omitempty"`
	// Version is above 1 for a record that replaces one (数据版本); 0: the first.
	Version int `json:"version,omitempty"`
	// SealedIn is the operation that wrote it, when it has a sealed part: an
	// opinion, a certificate, who collected.
	SealedIn OpID `json:"sealed_in,omitempty"`
}

// Aside is something that came for a case and changed nothing: a person looks.
type Aside struct {
	Op       OpID      `json:"op"`
	Material string    `json:"material"`
	Way      Method    `json:"way"`
	File     File      `json:"file,omitzero"`
	Why      string    `json:"why"`
	At       time.Time `json:"at"`
}

// Case (办件). Who it is for is only in the sealed part of its op and, by
// keyed hash, in Applicant.
type Case struct {
	ID          string     `json:"id"`
	Number      string     `json:"number,omitempty"`      // application number
	TempNumber  string     `json:"temp_number,omitempty"` // printed before there was one
	Area        string     `json:"area"`                  // six-digit division code
	Item        string     `json:"item"`
	ItemVersion int        `json:"item_version"` // pinned
	Kind        CaseKind   `json:"kind"`
	Origin      string     `json:"origin"`
	State       CaseState  `json:"state"`
	Version     int        `json:"version"` // of what people and its state made of it
	Clerk       string     `json:"clerk,omitempty"`
	Window      string     `json:"window,omitempty"`
	Terminal    string     `json:"terminal"`
	Ticket      string     `json:"ticket,omitempty"`
	Materials   []Material `json:"materials"`
	// Resubmit: a method was changed; nothing is accepted by itself until the
	// case is submitted again (待重新提交).
	Resubmit    bool         `json:"resubmit,omitempty"`
	Overdue     bool         `json:"overdue,omitempty"`     // more than 24 h since the latest submission
	Submissions int          `json:"submissions,omitempty"` // how often it was submitted with sharing open
	CreatedAt   time.Time    `json:"created_at"`
	AppliedAt   time.Time    `json:"applied_at,omitzero"`
	ReceivedAt  time.Time    `json:"received_at,omitzero"`
	FirstSentAt time.Time    `json:"first_sent_at,omitzero"`
	SubmittedAt time.Time    `json:"submitted_at,omitzero"` // the latest
	AcceptedAt  time.Time    `json:"accepted_at,omitzero"`
	AcceptedBy  string       `json:"accepted_by,omitempty"`
	NoticeNo    string       `json:"notice_no,omitempty"` // of the acceptance notice; given with the acceptance, without gaps
	DueDay      string       `json:"due_day,omitempty"`   // of the decision
	Provisional bool         `json:"provisional,omitempty"`
	EndedAt     time.Time    `json:"ended_at,omitzero"`
	Reason      string       `json:"reason,omitempty"`
	Authority   string       `json:"authority,omitempty"`  // to go to instead, of a case that is not accepted
	RefusedIn   OpID         `json:"refused_in,omitempty"` // operation of a refusal whose sealed part has words
	Form        []FormFill   `json:"form,omitempty"`       // the newest of each step, in the order of time
	Records     []CaseRecord `json:"records,omitempty"`
	Asides      []Aside      `json:"asides,omitempty"`

	// The law's part: see clock.go and supplement.go.
	Clocks     []Clock       `json:"clocks,omitempty"` // one of each kind at most
	Supplement *Supplement   `json:"supplement,omitempty"`
	Bring      []string      `json:"bring,omitempty"`  // materials whose originals the pre-review asked for
	Deemed     bool          `json:"deemed,omitempty"` // accepted because nothing was said in time (逾期视为受理)
	Result     string        `json:"result,omitempty"` // of the completion: ResultCertificate and so on
	Documents  []DocumentRef `json:"documents,omitempty"`
	Note       Text          `json:"note,omitzero"`

	// After the acceptance: see approval.go, special.go, decide.go and collect.go.
	Approval    *Approval    `json:"approval,omitempty"`
	Specials    []Special    `json:"specials,omitempty"` // extensions too, by their number
	Hung        *Hanging     `json:"hung,omitempty"`
	Decision    *Decision    `json:"decision,omitempty"`
	Collections []Collection `json:"collections,omitempty"`
	Voiding     *Voiding     `json:"voiding,omitempty"`

	// Supervision's part: see supervision.go and remind.go.
	StepWatch Watch      `json:"step_watch,omitzero"`
	Reminders []Reminder `json:"reminders,omitempty"` // the latest
}

// Applicant is whose case it is, known by keyed hashes only. Entity id = case
// id; followed by nobody but the centre.
type Applicant struct {
	Case         string `json:"case"`
	Owner        string `json:"owner"`                   // keyed hash of document kind and number
	PasswordLook string `json:"password_look,omitempty"` // keyed hash of number and query password
	SealedIn     OpID   `json:"sealed_in"`
}

// OwnerCases lists the cases of one person. Entity id = Applicant.Owner.
type OwnerCases struct {
	Cases []string `json:"cases"`
}

// NumberUse says which case has an application number. Entity id = the number.
type NumberUse struct {
	Case string `json:"case"`
}

// Material finds a material of the case by its key.
func (c *Case) Material(key string) (*Material, bool) {
	for i := range c.Materials {
		if c.Materials[i].Key == key {
			return &c.Materials[i], true
		}
	}
	return nil, false
}

// Complete reports whether everything is in: every required material, and every
// optional one that was chosen.
func (c *Case) Complete() bool {
	for _, m := range c.Materials {
		if m.State == MaterialDone {
			continue
		}
		a, _ := m.Newest()
		if m.Required || m.State != MaterialPrepare || a.Coming {
			return false
		}
	}
	return true
}

// Sharing reports whether a department is asked for any material.
func (c *Case) Sharing() bool { return slices.ContainsFunc(c.Materials, Material.Waits) }

// Blocked says why the case cannot be submitted, or an empty Text.
func (c *Case) Blocked() Text {
	for _, b := range []struct {
		code string
		is   func(Material) bool
	}{
		{"material_missing", func(m Material) bool { return m.State == MaterialMissing }},
		{"material_timeout", func(m Material) bool { return m.State == MaterialTimeout }},
		{"query_open", func(m Material) bool { return m.Ask.Op != "" }},
		{"materials_open", func(m Material) bool { return m.State == MaterialPrepare && m.Required && !m.coming() }},
		{"file_coming", func(m Material) bool { return m.State == MaterialPrepare && m.coming() }},
	} {
		var keys []string
		for _, m := range c.Materials {
			if b.is(m) {
				keys = append(keys, m.Key)
			}
		}
		if keys != nil {
			return text(b.code, "materials", strings.Join(keys, " "))
		}
	}
	return Text{}
}

// Anomaly (材料异常) gives the reasons, none when the case is normal: codes
// anomaly_missing, anomaly_timeout (material), anomaly_overdue (hours) and
// anomaly_deemed.
func (c *Case) Anomaly(now time.Time) []Text {
	var why []Text
	if !c.Awaits() {
		return nil
	}
	if c.Deemed && !c.Complete() {
		why = append(why, text("anomaly_deemed"))
	}
	for _, m := range c.Materials {
		switch m.State {
		case MaterialMissing:
			why = append(why, text("anomaly_missing", "material", m.Key))
		case MaterialTimeout:
			why = append(why, text("anomaly_timeout", "material", m.Key))
		}
	}
	if c.State == CasePending && now.Sub(c.SubmittedAt) > anomalyAfter {
		why = append(why, text("anomaly_overdue", "hours", strconv.Itoa(int(now.Sub(c.SubmittedAt)/time.Hour))))
	}
	return why
}

// Summary is the state of the column 材料状态.
func (c *Case) Summary() MaterialState { return MaterialSummary(c.Materials) }

// RequestID is the identity of a request to a department.
func RequestID(caseID, material string, attempt int) string {
	return caseID + "/" + material + "/" + strconv.Itoa(attempt)
}
