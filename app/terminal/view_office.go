package terminal

import (
	"time"

	"hallway/app/hall"
)

// OfficeView is what becomes of a case after its acceptance: where it is in its
// approval, its special procedures, the decision, the collection, and what may be
// done about it; requirements G2.2 rows 15 to 25.
type OfficeView struct {
	Step        int              `json:"step,omitempty"` // that it waits at: label "office.step.<step>"
	Turn        string           `json:"turn,omitempty"` // name of whose turn it is; empty: whoever may
	Mine        bool             `json:"mine"`           // the turn is the signed-in person's
	Steps       []StepView       `json:"steps"`
	Opinions    string           `json:"opinions" enum:"none,shown,asked,offline,closed"` // what was said in them; label "office.opinions.<opinions>"
	Hung        *FlagView        `json:"hung,omitempty"`                                  // label "office.hang.<reason>"
	Specials    []SpecialView    `json:"specials"`
	Decision    *DecisionView    `json:"decision,omitempty"`
	Result      string           `json:"result,omitempty"` // of the completion: label "office.result.<result>"
	Ended       time.Time        `json:"ended,omitzero"`
	Voiding     *FlagView        `json:"voiding,omitempty"` // label "office.void.<reason>"
	Collections []CollectionView `json:"collections"`
	Colleagues  []Colleague      `json:"colleagues"` // who can be given a step
	Procedures  []ProcedureName  `json:"procedures"` // special procedures that the item knows
	// Results are how a case can be completed after each decision, Endings how a
	// special procedure ends; labels "office.result." and "office.ended.".
	Results map[string][]string `json:"results"`
	Endings []string            `json:"endings"`
	Acts    OfficeActs          `json:"acts"`
}

// StepView is one act of an approval that was done.
type StepView struct {
	No     int       `json:"no"`
	Step   int       `json:"step"`
	Status string    `json:"status"` // label "office.did.<status>"
	By     string    `json:"by"`     // name
	At     time.Time `json:"at"`
	Words  string    `json:"words,omitempty"` // opinion
}

// FlagView is something that was noted on a case with a reason.
type FlagView struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	Words  string    `json:"words,omitempty"`
}

// SpecialView is a special procedure (特别程序) of a case.
type SpecialView struct {
	Serial int        `json:"serial"`
	Kind   string     `json:"kind"` // label "office.special.kind.<kind>"
	Code   string     `json:"code,omitempty"`
	Name   hall.Names `json:"name,omitempty"` // the item's own; else label "office.special.<code>"
	Stops  bool       `json:"stops"`          // the clock of the decision
	By     string     `json:"by"`             // name of who approved it
	Reason string     `json:"reason"`         // label "office.why.<reason>"
	At     time.Time  `json:"at"`
	Expect string     `json:"expect,omitempty"` // day on which it should end
	Days   int        `json:"days"`
	Result string     `json:"result,omitempty"` // label "office.ended.<result>"
	Ended  time.Time  `json:"ended,omitzero"`
	No     string     `json:"no,omitempty"` // of the document that told of it
	Print  Act        `json:"print"`        // that document on A4
	Words  string     `json:"words,omitempty"`
	Ending string     `json:"ending,omitempty"` // words of its result
}

// DecisionView is how a case was decided (决定).
type DecisionView struct {
	Result string    `json:"result" enum:"grant,refuse"`
	Reason string    `json:"reason,omitempty"` // label "office.deny.<reason>"
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	No     string    `json:"no,omitempty"` // of the document
}

// CollectionView is one hand-over of the result (领取登记). It names nobody.
type CollectionView struct {
	At      time.Time `json:"at"`
	Way     string    `json:"way"` // label "office.way.<way>"
	DocKind string    `json:"doc_kind,omitempty"`
	Checked string    `json:"checked,omitempty"` // label "office.checked.<checked>"
	Why     string    `json:"why,omitempty"`     // why it changed nothing: key "reason.<why>"
}

// Colleague is somebody who can be given steps of the case.
type Colleague struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Steps []int  `json:"steps"`
}

// ProcedureName is a special procedure that can be begun.
type ProcedureName struct {
	Code  string     `json:"code"`
	Name  hall.Names `json:"name,omitempty"`
	Stops bool       `json:"stops"`
}

// OfficeActs says what may be done after the acceptance, each under the name by
// which the page knows it.
type OfficeActs struct {
	Pass       Act `json:"pass"` // 通过; at the first step 承办
	Return     Act `json:"return"`
	HandOver   Act `json:"hand_over"`
	SendBack   Act `json:"send_back"`
	Recall     Act `json:"recall"`
	Jump       Act `json:"jump"`
	Hang       Act `json:"hang"`
	Unhang     Act `json:"unhang"`
	Special    Act `json:"special"`
	SpecialEnd Act `json:"special_end"`
	Extend     Act `json:"extend"`
	Decide     Act `json:"decide"`
	Complete   Act `json:"complete"`
	Transfer   Act `json:"transfer"`
	Collect    Act `json:"collect"`
	Instant    Act `json:"instant"` // 即办件: accept, decide and complete
	Void       Act `json:"void"`    // ask for it
	DecideVoid Act `json:"decide_void"`
}

// StepRequest is one step of the approval of the case in hand.
type StepRequest struct {
	Status string `json:"status" enum:"pass,return,hand_over,send_back,recall,jump"`
	Step   int    `json:"step,omitempty" minimum:"0" maximum:"3"` // of a jump
	To     string `json:"to,omitempty" maxLength:"64"`            // whose turn it is then
	Words  string `json:"words,omitempty" maxLength:"400"`        // opinion
}

// HangRequest sets the flag that the case hangs, or without a reason lifts it.
type HangRequest struct {
	Reason string `json:"reason,omitempty" enum:"waits_applicant,waits_department,waits_case"`
}

// SpecialRequest begins a special procedure.
type SpecialRequest struct {
	Name   string `json:"name" minLength:"1" maxLength:"64"`
	Reason string `json:"reason" enum:"law_requires,facts_unclear,interests_of_others,applicant_asked"`
	N      int    `json:"n" minimum:"1" maximum:"365"`
	Unit   string `json:"unit" enum:"day,working_day"`
	Words  string `json:"words,omitempty" maxLength:"400"`
}

// SpecialEndRequest is the result of the special procedure that runs.
type SpecialEndRequest struct {
	Serial int    `json:"serial" minimum:"1"`
	Result string `json:"result" enum:"passed,failed,stopped"`
	Words  string `json:"words,omitempty" maxLength:"400"`
}

// ExtendRequest extends the time for the decision.
type ExtendRequest struct {
	Days   int    `json:"days" minimum:"1" maximum:"15"`
	Reason string `json:"reason" enum:"complex,many_people,waits_proof"`
	Words  string `json:"words,omitempty" maxLength:"400"`
}

// DecideRequest is the decision.
type DecideRequest struct {
	Result string `json:"result" enum:"grant,refuse"`
	Reason string `json:"reason,omitempty" enum:"conditions_not_met,false_materials,quota_used,against_law"`
	Words  string `json:"words,omitempty" maxLength:"400"`
}

// CertificateRequest is a certificate (证件) that a completion issues.
type CertificateRequest struct {
	Name   string `json:"name" minLength:"1" maxLength:"100"`
	No     string `json:"no" minLength:"1" maxLength:"60"`
	Until  string `json:"until,omitempty" maxLength:"10"` // YYYY-MM-DD
	Issuer string `json:"issuer" minLength:"1" maxLength:"80"`
}

// CompleteRequest is 办结, with the certificate where there is one.
type CompleteRequest struct {
	Result      string              `json:"result" enum:"0,1,6"` // label "office.result.<result>"
	Certificate *CertificateRequest `json:"certificate,omitempty"`
}

// InstantRequest accepts, decides and completes an instant case.
type InstantRequest struct {
	Result      string              `json:"result" enum:"grant,refuse"`
	Reason      string              `json:"reason,omitempty" enum:"conditions_not_met,false_materials,quota_used,against_law"`
	Words       string              `json:"words,omitempty" maxLength:"400"`
	Completion  string              `json:"completion" enum:"0,1,6"`
	Certificate *CertificateRequest `json:"certificate,omitempty"`
}

// TransferUpRequest sends a case up (转报).
type TransferUpRequest struct {
	Authority string `json:"authority" minLength:"1" maxLength:"80"`
	Words     string `json:"words,omitempty" maxLength:"400"`
}

// CollectRequest is 领取登记. At the counter without a name it is the person whose
// card was read.
type CollectRequest struct {
	Way     string `json:"way" enum:"counter,mail,e_licence"`
	Name    string `json:"name,omitempty" maxLength:"100"`
	DocKind string `json:"doc_kind,omitempty" maxLength:"20"`
	DocNo   string `json:"doc_no,omitempty" maxLength:"40"`
}

// VoidRequest asks that the case is voided.
type VoidRequest struct {
	Reason string `json:"reason" enum:"wrong_item,duplicate,false_materials,decided_wrongly"`
	Words  string `json:"words,omitempty" maxLength:"400"`
}

// DecideVoidRequest answers that.
type DecideVoidRequest struct {
	Approved bool   `json:"approved"`
	Words    string `json:"words,omitempty" maxLength:"400"`
}
