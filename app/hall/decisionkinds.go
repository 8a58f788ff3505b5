package hall

// Operation kinds of a case after its acceptance; requirements G2.2 rows 15 to 25.
const (
	ApproveStep   Kind = "approve_step"
	HangCase      Kind = "hang_case"
	BeginSpecial  Kind = "begin_special"
	EndSpecial    Kind = "end_special"
	ExtendCase    Kind = "extend_case"
	DecideCase    Kind = "decide_case"
	CompleteCase  Kind = "complete_case"
	TransferCase  Kind = "transfer_case"
	CollectCase   Kind = "collect_case"
	AskVoid       Kind = "ask_void"
	DecideVoid    Kind = "decide_void"
	DecideInstant Kind = "decide_instant"
)

var (
	// atOffice is where the office acts: at the centre, and at the counter program
	// on a desk of its own. A clerk at a window does there no more than handle what
	// an item lets the window handle (requirements G2.5): the roles say so.
	atOffice   = []string{AtCounter, AtCentre}
	byOffice   = []Role{RoleApprover}
	byHandlers = []Role{RoleApprover, RoleClerk}
	// documents are of kinds that number a document.
	documents = []EntityKind{EntitySeries}
)

// decisionKinds are the rows of the kind table for what follows the acceptance.
// Nothing of it happens without the line but the hand-over of a result: that is
// seen, and the centre confirms it.
var decisionKinds = []KindInfo{
	{ApproveStep, "hall", EntityCase, nil, Claim, byHandlers, atOffice, false, 1},
	{HangCase, "hall", EntityCase, nil, Claim, byHandlers, atOffice, false, 1},
	{BeginSpecial, "hall", EntityCase, documents, Claim, []Role{RoleSpecialApprover}, atOffice, false, 1},
	{EndSpecial, "hall", EntityCase, nil, Claim, []Role{RoleSpecialApprover, RoleApprover}, atOffice, false, 1},
	{ExtendCase, "hall", EntityCase, documents, Claim, byOffice, atOffice, false, 1},
	{DecideCase, "hall", EntityCase, mayAccept, Claim, byOffice, atOffice, false, 1},
	{CompleteCase, "hall", EntityCase, nil, Claim, byHandlers, atOffice, false, 1},
	{TransferCase, "hall", EntityCase, nil, Claim, byOffice, atOffice, false, 1},
	{CollectCase, "hall", EntityCase, nil, Witness, []Role{RoleClerk, RoleCourier, RoleSystem},
		[]string{AtCounter, AtStation, AtCentre}, true, 1},
	{AskVoid, "hall", EntityCase, nil, Claim, byHandlers, atOffice, false, 1},
	{DecideVoid, "hall", EntityCase, touchesPaper, Claim, byOffice, atOffice, false, 1},
	{DecideInstant, "hall", EntityCase, mayAccept, Claim, byClerk, atCounter, false, 1},
	{RemindCase, "hall", EntityCase, nil, Claim, []Role{RoleSupervisor, RoleSystem}, atCentre, false, 1},
}

// decisionRules decide them.
var decisionRules = map[Kind]rule{
	ApproveStep:   with((*decision).approveStep),
	HangCase:      with((*decision).hangCase),
	BeginSpecial:  with((*decision).beginSpecial),
	EndSpecial:    with((*decision).endSpecial),
	ExtendCase:    with((*decision).extendCase),
	DecideCase:    with((*decision).decideCase),
	CompleteCase:  with((*decision).completeCase),
	TransferCase:  with((*decision).transferCase),
	CollectCase:   with((*decision).collectCase),
	AskVoid:       with((*decision).askVoid),
	DecideVoid:    with((*decision).decideVoid),
	DecideInstant: with((*decision).decideInstant),
	RemindCase:    with((*decision).remindCase),
}

// ApproveStepBody is one step of the approval. The opinion is the sealed part.
type ApproveStepBody struct {
	Edit
	Status string `json:"status"`         // StepPassed and so on
	Step   int    `json:"step,omitempty"` // a jump's
	To     string `json:"to,omitempty"`   // staff whose turn it is then; a hand-over needs it
}

// HangCaseBody sets or lifts the flag that a case hangs.
type HangCaseBody struct {
	Edit
	Hung   bool   `json:"hung"`
	Reason string `json:"reason,omitempty"`
}

// BeginSpecialBody begins a special procedure that is no extension. Its content
// is the sealed part.
type BeginSpecialBody struct {
	Edit
	Name   string `json:"name"` // one of SpecialNames, or the item's own
	Reason string `json:"reason"`
	Expect Limit  `json:"expect"` // days or working days
}

// EndSpecialBody is the result of a special procedure.
type EndSpecialBody struct {
	Edit
	Serial int    `json:"serial"`
	Result string `json:"result"` // one of SpecialResults
}

// ExtendCaseBody extends the time for the decision.
type ExtendCaseBody struct {
	Edit
	Days   int    `json:"days"` // working days
	Reason string `json:"reason"`
}

// DecideCaseBody is the decision. The reasons of a refusal in words are the sealed
// part.
type DecideCaseBody struct {
	Edit
	Result string `json:"result"` // DecisionGranted, DecisionDenied
	Reason string `json:"reason,omitempty"`
}

// CompleteCaseBody is 办结. The name, number, validity and issuer of a certificate
// are the sealed part.
type CompleteCaseBody struct {
	Edit
	Result string `json:"result"` // ResultCertificate, ResultReturned, ResultDone
}

// CertificateSealed is the sealed part of a completion with a certificate (证件).
type CertificateSealed struct {
	Name   string `json:"name"`
	No     string `json:"no"`
	Until  string `json:"until,omitempty"` // last day, YYYY-MM-DD; empty: without end
	Issuer string `json:"issuer"`
}

// TransferCaseBody sends a case up.
type TransferCaseBody struct {
	Edit
	Authority string `json:"authority"` // that it goes to
}

// CollectBody is 领取登记. The name of who collects and the number of the document
// are the sealed part.
type CollectBody struct {
	Way     string `json:"way"`
	DocKind string `json:"doc_kind,omitempty"` // at the counter
	Checked string `json:"checked,omitempty"`  // CheckedCard, CheckedEye
}

// AskVoidBody asks that a case is voided.
type AskVoidBody struct {
	Edit
	Reason string `json:"reason"`
}

// DecideVoidBody answers it.
type DecideVoidBody struct {
	Edit
	Approved bool `json:"approved"`
}

// DecideInstantBody accepts, decides and completes in one act. The reasons of a
// refusal, or the certificate, are the sealed part.
type DecideInstantBody struct {
	Edit
	Result     string `json:"result"`
	Reason     string `json:"reason,omitempty"`
	Completion string `json:"completion"` // as CompleteCaseBody.Result
}
