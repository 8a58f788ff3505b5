package terminal

import (
	"time"

	"hallway/app/hall"
)

// DeskView is the work on cases (办件) beside the queue: who sits in front of
// the clerk, the case in hand, and the list 受理中. Names and numbers of people
// are only here, in memory, for the clerk who handles them.
type DeskView struct {
	Enabled   bool        `json:"enabled"` // the hall takes cases
	Office    bool        `json:"office"`  // for somebody who decides cases and has no window
	Items     []DeskItem  `json:"items"`   // this window's first
	Open      Act         `json:"open"`    // begin a case for the applicant
	Applicant *Applicant  `json:"applicant,omitempty"`
	Notice    *DeskNotice `json:"notice,omitempty"` // what came of the card, the code or the choice
	// Theirs are the applicant's cases that are not accepted yet, when the card told
	// who it is: begun at a kiosk, or here before.
	Theirs    []CaseRow   `json:"theirs"`
	Draft     *DeskDraft  `json:"draft,omitempty"` // typed and not sent, of this clerk and ticket
	Case      *CaseView   `json:"case,omitempty"`
	Pending   []CaseRow   `json:"pending"` // 受理中: with anomalies first, at most 50
	Count     int         `json:"count"`   // all of 受理中
	Anomalies int         `json:"anomalies"`
	Reviews   int         `json:"reviews"` // 外网预审: began online, received by nobody
	Scans     []ScanFile  `json:"scans"`   // files in the scan folder, newest first, at most 20
	Prints    []DeskPrint `json:"prints"`
	Captures  bool        `json:"captures"` // there is a document camera or a sheet scanner
	// Capture is the taking of pages for a material, while it is open.
	Capture *CaptureView `json:"capture,omitempty"`
	// News are acceptances that happened by themselves since the sign-in,
	// newest first, at most 10; dismissed with POST /counter/news/{id}/dismiss.
	News []CaseNews `json:"news"`
}

// DeskNotice says what came of a card, a code or a choice. N rises with every
// card and code, so that the same thing twice is told twice.
type DeskNotice struct {
	Notice
	N int `json:"n"`
}

// DeskDraft is what the clerk has typed and not sent: the fields of each place
// of the page, for the ticket in hand ("" without one).
type DeskDraft struct {
	Ticket string                       `json:"ticket"`
	Places map[string]map[string]string `json:"places"`
}

// DeskItem is an item that cases can be opened for.
type DeskItem struct {
	ID      string        `json:"id"`
	Name    hall.Names    `json:"name"`
	Group   string        `json:"group"`
	Kind    hall.CaseKind `json:"kind"`
	Version int           `json:"version"` // published
	Here    bool          `json:"here"`    // of a group of this window
}

// Applicant (办件人) is who the case is for, from the card reader or typed.
type Applicant struct {
	Source     string `json:"source" enum:"card,typed"`
	Name       string `json:"name"`
	DocKind    string `json:"doc_kind"`
	DocNo      string `json:"doc_no"` // masked
	ValidUntil string `json:"valid_until,omitempty"`
	Phone      string `json:"phone,omitempty"` // masked
	Cases      int    `json:"cases"`           // of this person that are open here, as far as known
}

// CaseRow is a line of a list of cases.
type CaseRow struct {
	ID      string             `json:"id"`
	Number  string             `json:"number,omitempty"`
	Temp    string             `json:"temp,omitempty"`
	Item    hall.Names         `json:"item"`
	State   hall.CaseState     `json:"state"`   // label "case.counter.<state>"
	Summary hall.MaterialState `json:"summary"` // 材料状态; label "material.counter.<state>"
	Anomaly []hall.Text        `json:"anomaly"` // 材料异常: keys "anomaly.<code>"; empty = 正常
	// Named are the names of the materials that Anomaly tells of, by their key.
	Named     map[string]hall.Names `json:"named,omitempty"`
	Resubmit  bool                  `json:"resubmit"`
	Deemed    bool                  `json:"deemed"`          // 逾期视为受理
	Clock     *ClockView            `json:"clock,omitempty"` // the legal clock that runs
	Clerk     string                `json:"clerk"`
	Submitted time.Time             `json:"submitted,omitzero"`
	Mine      bool                  `json:"mine"`
	Pending   bool                  `json:"pending"` // an act of ours has no verdict yet
}

// CaseView is the case in hand, whole.
type CaseView struct {
	ID          string             `json:"id"`
	Version     int                `json:"version"`
	Number      string             `json:"number,omitempty"` // application number
	Typed       string             `json:"typed,omitempty"`  // with the digit for typing
	Temp        string             `json:"temp,omitempty"`
	ItemID      string             `json:"item_id"`
	Item        hall.Names         `json:"item"`
	ItemVersion int                `json:"item_version"`
	Kind        hall.CaseKind      `json:"kind"`  // label "case.kind.<kind>"
	State       hall.CaseState     `json:"state"` // label "case.counter.<state>"
	Applicant   string             `json:"applicant,omitempty"`
	Document    string             `json:"document,omitempty"` // masked
	Form        *FormView          `json:"form,omitempty"`     // when the item has one
	Materials   []CaseMaterial     `json:"materials"`
	Summary     hall.MaterialState `json:"summary"`
	Anomaly     []hall.Text        `json:"anomaly"`
	Resubmit    bool               `json:"resubmit"` // 待重新提交
	Pending     bool               `json:"pending"`  // an act of ours has no verdict yet
	AsOf        time.Time          `json:"as_of,omitzero"`
	Received    time.Time          `json:"received,omitzero"`
	Submitted   time.Time          `json:"submitted,omitzero"`
	Accepted    time.Time          `json:"accepted,omitzero"`
	ByItself    bool               `json:"by_itself"` // accepted automatically
	DueDay      string             `json:"due_day,omitempty"`
	Provisional bool               `json:"provisional"`
	Note        *hall.Text         `json:"note,omitempty"` // key "reason.<code>"
	Clocks      []ClockView        `json:"clocks"`         // legal clocks that have not ended
	Deemed      bool               `json:"deemed"`         // accepted because nothing was said in time
	Lapsed      bool               `json:"lapsed"`         // ended because the supplement never came
	MustBring   []string           `json:"must_bring"`     // keys that a notice of what is missing cannot leave out
	Bring       []hall.Names       `json:"bring"`          // originals that the pre-review asked for
	Supplement  *SupplementView    `json:"supplement,omitempty"`
	Refusal     *RefusalView       `json:"refusal,omitempty"`
	Office      *OfficeView        `json:"office,omitempty"` // of a case with a number
	// Asides came for the case and changed nothing: a person looks at them.
	Asides []CaseAside `json:"asides"`
	Acts   CaseActs    `json:"acts"`
	Help   *HelpView   `json:"help,omitempty"` // 帮我传, while it is open
}

// CaseAside is something that was handed in and could not be used: too late,
// twice, or by somebody who was never signed in there.
type CaseAside struct {
	Material hall.Names  `json:"material"`
	Way      hall.Method `json:"way"` // label "method.<way>"
	Why      hall.Text   `json:"why"`
	At       time.Time   `json:"at"`
}

// CaseActs says what may be done with the case in hand.
type CaseActs struct {
	Receive Act `json:"receive"` // 收件: take the materials in, give the number
	Accept  Act `json:"accept"`  // 受理, also again
	Cancel  Act `json:"cancel"`
	Help    Act `json:"help"` // 帮我传
	// Of the law: see desk_law.go.
	Begin    Act `json:"begin"`    // take into pre-review
	Pass     Act `json:"pass"`     // the pre-review is passed
	Missing  Act `json:"missing"`  // 补正告知, or the return of a pre-review
	Supplied Act `json:"supplied"` // 补交受理
	Refuse   Act `json:"refuse"`   // 不予受理
	// Papers that can be printed now.
	PrintReceipt    Act `json:"print_receipt"`    // 收件回执
	PrintTemporary  Act `json:"print_temporary"`  // 临时回执单
	PrintAcceptance Act `json:"print_acceptance"` // 受理通知书 on the receipt printer
	PrintSheet      Act `json:"print_sheet"`      // 受理通知书 on A4
	PrintSupplement Act `json:"print_supplement"` // 补正告知书 on A4
	PrintSupplied   Act `json:"print_supplied"`   // 补交材料接收凭证 on A4
	PrintRefusal    Act `json:"print_refusal"`    // 不予受理通知书 on A4
	PrintGrant      Act `json:"print_grant"`      // 准予许可决定书 on A4
	PrintDenial     Act `json:"print_denial"`     // 不予许可决定书 on A4
	PrintCollection Act `json:"print_collection"` // 领取登记单 on A4
	PrintProgress   Act `json:"print_progress"`
	PrintForm       Act `json:"print_form"` // 业务表格 on A4
}

// CaseMaterial is one material of the case in hand.
type CaseMaterial struct {
	Key        string             `json:"key"`
	Code       string             `json:"code"`
	Name       hall.Names         `json:"name"`
	Required   bool               `json:"required"`
	Originals  int                `json:"originals,omitempty"`
	Copies     int                `json:"copies,omitempty"`
	State      hall.MaterialState `json:"state"` // label "material.counter.<state>"
	Method     hall.Method        `json:"method,omitempty"`
	DoneBy     string             `json:"done_by,omitempty"` // label "material.done.<done_by>"
	Department hall.Names         `json:"department,omitempty"`
	Methods    []MaterialMethod   `json:"methods"`
	Drop       Act                `json:"drop"`    // take the choice of a method back
	Replace    Act                `json:"replace"` // take back what is in
	Asking     bool               `json:"asking"`  // the query is on its way
	WaitsLine  bool               `json:"waits_line"`
	Failed     bool               `json:"failed"` // the last query had no answer: M3
	Reason     string             `json:"reason,omitempty"`
	Due        time.Time          `json:"due,omitzero"`
	Late       bool               `json:"late"`
	File       *CaseFile          `json:"file,omitempty"`
	Custody    hall.Custody       `json:"custody,omitempty"` // label "custody.<custody>"
	History    []MaterialAttempt  `json:"history"`           // earlier attempts, newest first
}

// MaterialMethod is a way in which a material may come.
type MaterialMethod struct {
	Method hall.Method `json:"method"` // label "method.<method>"
	Act    Act         `json:"act"`
}

// MaterialAttempt is an attempt that is over (shown greyed).
type MaterialAttempt struct {
	No     int               `json:"no"`
	Method hall.Method       `json:"method"`
	State  hall.AttemptState `json:"state"` // label "attempt.<state>"
	Reason string            `json:"reason,omitempty"`
	At     time.Time         `json:"at"`
}

// CaseFile is the file of a material.
type CaseFile struct {
	SHA256 string `json:"sha256"`
	Type   string `json:"type"`
	Size   int64  `json:"size"`
	Coming bool   `json:"coming"` // on its way to the centre
}

// HelpView is the list of 帮我传: what the departments say they can supply.
// Asking changes nothing; the choice does.
type HelpView struct {
	State     string         `json:"state" enum:"asking,ready,failed"`
	Materials []HelpMaterial `json:"materials"`
}

// HelpMaterial is one material that departments were asked about.
type HelpMaterial struct {
	Key    string      `json:"key"`
	Name   hall.Names  `json:"name"`
	Offers []HelpOffer `json:"offers"`
}

// HelpOffer is a department's answer for one method.
type HelpOffer struct {
	Method hall.Method `json:"method"`
	Answer string      `json:"answer" enum:"yes,no,failed"`
	Act    Act         `json:"act"`
}

// ScanFile is a picture or document that the document scanner put into the
// scan folder.
type ScanFile struct {
	Name string    `json:"name"`
	Type string    `json:"type"`
	Size int64     `json:"size"`
	At   time.Time `json:"at"`
}

// DeskPrint is a paper that was sent to a printer, newest first.
type DeskPrint struct {
	ID      string    `json:"id"`
	Case    string    `json:"case"`
	Paper   string    `json:"paper" enum:"receipt,temporary,acceptance,sheet,progress,supplement,supplied,refusal,grant,denial,special,extension,collection,form,cover,label,trip,trip_closed"` // label "desk.paper.<paper>"
	Serial  int       `json:"serial,omitempty"`                                                                                                                                                 // of a special procedure
	Outcome string    `json:"outcome" enum:"printing,confirmed,parsed,failed,unknown"`
	Why     *Notice   `json:"why,omitempty"`
	At      time.Time `json:"at"`
}

// CaseNews is something that happened to a case without this clerk.
type CaseNews struct {
	ID     string     `json:"id"`
	Case   string     `json:"case"`
	Number string     `json:"number"`
	Item   hall.Names `json:"item"`
	// Code: key "news.<code>": accepted, deemed, missing, timeout, overdue, or a
	// reminder: urged, step_warn, step_late, case_warn, case_late.
	Code string    `json:"code"`
	At   time.Time `json:"at"`

	Words string `json:"words,omitempty"` // a supervisor's
	By    string `json:"by,omitempty"`    // name of the supervisor
	Days  int    `json:"days,omitempty"`  // working days over
}

// ApplicantRequest types an applicant in, where no card can be read.
type ApplicantRequest struct {
	Name    string `json:"name" minLength:"1" maxLength:"100"`
	DocKind string `json:"doc_kind" minLength:"1" maxLength:"20"`
	DocNo   string `json:"doc_no" minLength:"1" maxLength:"40"`
	Phone   string `json:"phone,omitempty" maxLength:"20"`
}

// DraftRequest keeps what was typed in one place and not sent; fields without
// any text erase it.
type DraftRequest struct {
	Place  string            `json:"place" enum:"applicant,items,list,cancel,replace,bring,missing,refuse,office,form"`
	Ticket string            `json:"ticket,omitempty" maxLength:"64"` // for which it was typed
	Fields map[string]string `json:"fields"`
}

// CodeRequest is what a scanner has typed.
type CodeRequest struct {
	Text string `json:"text" minLength:"1" maxLength:"200"`
}

// OpenCaseRequest begins a case of an item for the applicant.
type OpenCaseRequest struct {
	Item       string `json:"item" minLength:"1" maxLength:"64"`
	Applicants int    `json:"applicants,omitempty" minimum:"0" maximum:"20"`
}

// CaseRequest takes a case into the hand, by id, application number or
// temporary number.
type CaseRequest struct {
	Case string `json:"case" minLength:"1" maxLength:"100"`
}

// MethodRequest chooses sharing for a material of the case in hand.
type MethodRequest struct {
	Material string      `json:"material" minLength:"1" maxLength:"64"`
	Method   hall.Method `json:"method" enum:"E_SHARE,PAPER_SHARE"`
}

// MaterialRequest names a material of the case in hand.
type MaterialRequest struct {
	Material string `json:"material" minLength:"1" maxLength:"64"`
}

// ReplaceMaterialRequest takes back a material that is in.
type ReplaceMaterialRequest struct {
	Material string `json:"material" minLength:"1" maxLength:"64"`
	Reason   string `json:"reason" enum:"wrong_material,unreadable,outdated"` // label "replace.<reason>"
}

// ScanFileRequest hands a file of the scan folder in.
type ScanFileRequest struct {
	Material string `json:"material" minLength:"1" maxLength:"64"`
	Name     string `json:"name" minLength:"1" maxLength:"255"`
}

// CancelCaseRequest cancels the case in hand, after the question.
type CancelCaseRequest struct {
	Reason string `json:"reason" enum:"applicant_withdrew,wrong_item,duplicate"` // label "cancel.<reason>"
}

// PrintRequest prints a paper of the case in hand.
type PrintRequest struct {
	Paper  string `json:"paper" enum:"receipt,temporary,acceptance,sheet,progress,supplement,supplied,refusal,grant,denial,special,extension,collection,form"`
	Serial int    `json:"serial,omitempty" minimum:"0" maximum:"999"` // of a special procedure
}

// CaseListRequest asks for a list of cases.
type CaseListRequest struct {
	List  string // "pending" 受理中, "review" 外网预审, "approval" 审批, "mine" 我的办件, "done" 已受理 and ended
	Query string // number, or a part of it
}
