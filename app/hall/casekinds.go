package hall

// Operation kinds of cases.
const (
	LeaseApplicationNumbers Kind = "lease_application_numbers"
	OpenCase                Kind = "open_case"
	ReceiveCase             Kind = "receive_case"
	ApplyCase               Kind = "apply_case"
	NumberCase              Kind = "number_case"
	ChooseSharing           Kind = "choose_sharing"
	ShareAnswered           Kind = "share_answered"
	DropMethod              Kind = "drop_method"
	HandIn                  Kind = "hand_in"
	FileStored              Kind = "file_stored"
	ReplaceMaterial         Kind = "replace_material"
	SubmitCase              Kind = "submit_case"
	AcceptCase              Kind = "accept_case"
	CancelCase              Kind = "cancel_case"
	MaterialArrived         Kind = "material_arrived"
	MaterialRefused         Kind = "material_refused"
	MaterialDue             Kind = "material_due"
	PaperDue                Kind = "paper_due"
	CaseOverdue             Kind = "case_overdue"
	ClockDue                Kind = "clock_due"
	BeginPreReview          Kind = "begin_pre_review"
	DecidePreReview         Kind = "decide_pre_review"
	NotifySupplement        Kind = "notify_supplement"
	ReceiveSupplement       Kind = "receive_supplement"
	RefuseCase              Kind = "refuse_case"
	// FillForm fills the form of a case's item in.
	FillForm Kind = "fill_form"
)

// AtStation is the terminal role of a sign-out or sign-in station.
const AtStation = "station"

// Entities of cases.
const (
	EntityCase       EntityKind = "case"
	EntityApplicant  EntityKind = "applicant"   // whose case, by keyed hash
	EntityOwnerCases EntityKind = "owner_cases" // cases of one person, by keyed hash
	EntityNumber     EntityKind = "number"      // which case has an application number
	EntityFile       EntityKind = "file"        // a file that is durable at the writer
)

// Feeds of cases.
const (
	FeedCase      Feed = "case"      // cases, files: counter; no kiosk and no display
	FeedApplicant Feed = "applicant" // applicants by keyed hash: centre only
)

// Effects of cases.
const (
	EffectShareQuery      = "share_query"      // ask a department whether it can supply: ShareQuery
	EffectShareRequest    = "share_request"    // ask it to return the material: ShareQuery with Attempt
	EffectPaperNotice     = "paper_notice"     // tell a department which papers to bring out: PaperNotice
	EffectNoticeWithdrawn = "notice_withdrawn" // what was asked is not wanted any more: PaperNotice
	EffectCaseNotice      = "case_notice"      // tell the handler or the person: CaseNotice
	EffectCaseAccepted    = "case_accepted"    // 受理通知书 and the records: CaseNotice
)

var (
	atDesk       = []string{AtKiosk, AtCounter, AtCentre}
	byDevice     = []Role{RoleDevice}
	byReviewer   = []Role{RolePreReviewer}
	touchesPaper = []EntityKind{EntityPaper, EntityBatch}
	// mayAccept are of kinds that can end in an acceptance or in another document
	// of the law: it takes the next number.
	mayAccept = []EntityKind{EntityPaper, EntityBatch, EntitySeries}
)

// caseKinds are the rows of the kind table that belong to cases.
var caseKinds = []KindInfo{
	{LeaseApplicationNumbers, "hall", EntitySeries, []EntityKind{EntityLease}, Claim, byDevice, atIssue, false, 1},
	{OpenCase, "hall", EntityCase, []EntityKind{EntityApplicant, EntityOwnerCases}, Witness, byPerson, atDesk, true, 1},
	{ReceiveCase, "hall", EntityCase, []EntityKind{EntityNumber}, Witness, byClerk, atCounter, true, 1},
	{ApplyCase, "hall", EntityCase, []EntityKind{EntityNumber}, Witness, []Role{RoleCitizen}, atDesk, true, 1},
	{NumberCase, "hall", EntityCase, []EntityKind{EntityNumber}, Claim, byDevice, atIssue, false, 1},
	{FillForm, "hall", EntityCase, nil, Claim, append([]Role{RoleApprover}, byPerson...), atDesk, false, 1},
	{ChooseSharing, "hall", EntityCase, nil, Claim, byPerson, atDesk, false, 1},
	{ShareAnswered, "hall", EntityCase, touchesPaper, Claim, bySystem, atCentre, false, 1},
	{DropMethod, "hall", EntityCase, touchesPaper, Claim, byPerson, atDesk, false, 1},
	{HandIn, "hall", EntityCase, mayAccept, Witness, byPerson, atDesk, true, 1},
	{FileStored, "hall", EntityCase, []EntityKind{EntityFile, EntityBatch, EntitySeries}, Claim, bySystem, atCentre, false, 1},
	{ReplaceMaterial, "hall", EntityCase, touchesPaper, Claim, byPerson, atDesk, false, 1},
	{SubmitCase, "hall", EntityCase, []EntityKind{EntityNumber, EntityPaper, EntityBatch, EntitySeries}, Claim, []Role{RoleCitizen}, atDesk, false, 1},
	{AcceptCase, "hall", EntityCase, mayAccept, Claim, byClerk, atCounter, false, 1},
	{CancelCase, "hall", EntityCase, touchesPaper, Claim, byPerson, atDesk, false, 1},
	{MaterialArrived, "hall", EntityCase, []EntityKind{EntityFile, EntityBatch, EntitySeries}, Claim, bySystem, atCentre, false, 1},
	{MaterialRefused, "hall", EntityCase, nil, Claim, bySystem, atCentre, false, 1},
	{MaterialDue, "hall", EntityCase, nil, Claim, bySystem, atCentre, false, 1},
	{PaperDue, "hall", EntityCase, nil, Claim, bySystem, atCentre, false, 1},
	{CaseOverdue, "hall", EntityCase, nil, Claim, bySystem, atCentre, false, 1},
	{ClockDue, "hall", EntityCase, mayAccept, Claim, bySystem, atCentre, false, 1},
	{BeginPreReview, "hall", EntityCase, nil, Claim, byReviewer, atCounter, false, 1},
	{DecidePreReview, "hall", EntityCase, mayAccept, Claim, byReviewer, atCounter, false, 1},
	{NotifySupplement, "hall", EntityCase, mayAccept, Claim, byClerk, atCounter, false, 1},
	{ReceiveSupplement, "hall", EntityCase, mayAccept, Claim, byClerk, atCounter, false, 1},
	{RefuseCase, "hall", EntityCase, mayAccept, Claim, byClerk, atCounter, false, 1},
}

// caseRules decide them.
var caseRules = map[Kind]rule{
	LeaseApplicationNumbers: with((*decision).leaseApplicationNumbers),
	OpenCase:                with((*decision).openCase),
	ReceiveCase:             with((*decision).receiveCase),
	ApplyCase:               with((*decision).applyCase),
	NumberCase:              with((*decision).numberCase),
	FillForm:                with((*decision).fillForm),
	ChooseSharing:           with((*decision).chooseSharing),
	ShareAnswered:           with((*decision).shareAnswered),
	DropMethod:              with((*decision).dropMethod),
	HandIn:                  with((*decision).handIn),
	FileStored:              with((*decision).fileStored),
	ReplaceMaterial:         with((*decision).replaceMaterial),
	SubmitCase:              with((*decision).submitCase),
	AcceptCase:              with((*decision).acceptCase),
	CancelCase:              with((*decision).cancelCase),
	MaterialArrived:         with((*decision).materialArrived),
	MaterialRefused:         with((*decision).materialRefused),
	MaterialDue:             with((*decision).materialDue),
	PaperDue:                with((*decision).materialDue),
	CaseOverdue:             with((*decision).caseOverdue),
	ClockDue:                with((*decision).clockDue),
	BeginPreReview:          with((*decision).beginPreReview),
	DecidePreReview:         with((*decision).decidePreReview),
	NotifySupplement:        with((*decision).notifySupplement),
	ReceiveSupplement:       with((*decision).receiveSupplement),
	RefuseCase:              with((*decision).refuseCase),
}
