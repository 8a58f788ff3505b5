package hall

// Operation kinds of papers and their trips.
const (
	SignOut          Kind = "sign_out"
	SignIn           Kind = "sign_in"
	SignOutUndone    Kind = "sign_out_undone"
	SignInUndone     Kind = "sign_in_undone"
	ReturnOut        Kind = "return_out"
	ReturnIn         Kind = "return_in"
	FilePaper        Kind = "file_paper"
	RefusePaper      Kind = "refuse_paper"
	PaperUnmatched   Kind = "paper_unmatched"
	SettlePaper      Kind = "settle_paper"
	OpenConsignment  Kind = "open_consignment"
	SendConsignment  Kind = "send_consignment"
	CloseConsignment Kind = "close_consignment"
)

// Entities of custody.
const (
	EntityPaper       EntityKind = "paper"
	EntityBatch       EntityKind = "batch"
	EntityConsignment EntityKind = "consignment"
	EntityStray       EntityKind = "stray" // a scan of a label that nobody knows
)

var (
	atStation   = []string{AtStation}
	atHallDesk  = []string{AtStation, AtCounter}
	byOut       = []Role{RoleSignOut}
	byIn        = []Role{RoleSignIn}
	byCarriers  = []Role{RoleSignOut, RoleSignIn, RoleCourier}
	touchesCase = []EntityKind{EntityBatch, EntityCase, EntityConsignment, EntityStray, EntitySeries}
)

// custodyKinds are the rows of the kind table that belong to custody.
var custodyKinds = []KindInfo{
	{SignOut, "hall", EntityPaper, touchesCase, Witness, byOut, atStation, true, 1},
	{SignIn, "hall", EntityPaper, touchesCase, Witness, byIn, atHallDesk, true, 1},
	{SignOutUndone, "hall", EntityPaper, touchesCase, Witness, byOut, atStation, true, 1},
	{SignInUndone, "hall", EntityPaper, touchesCase, Witness, byIn, atHallDesk, true, 1},
	{ReturnOut, "hall", EntityPaper, touchesCase, Witness, byIn, atHallDesk, true, 1},
	{ReturnIn, "hall", EntityPaper, touchesCase, Witness, byOut, atStation, true, 1},
	{FilePaper, "hall", EntityPaper, touchesCase, Witness, byIn, atHallDesk, true, 1},
	{RefusePaper, "hall", EntityPaper, []EntityKind{EntityBatch, EntityCase}, Claim, byOut, atStation, false, 1},
	{PaperUnmatched, "hall", EntityPaper, nil, Claim, bySystem, atCentre, false, 1},
	{SettlePaper, "hall", EntityPaper, []EntityKind{EntityBatch, EntityCase, EntitySeries}, Claim,
		[]Role{RoleHallManager}, []string{AtCounter, AtStation, AtCentre}, false, 1},
	{OpenConsignment, "hall", EntityConsignment, nil, Witness, byOut, atStation, true, 1},
	{SendConsignment, "hall", EntityConsignment, nil, Witness, byCarriers, atStation, true, 1},
	{CloseConsignment, "hall", EntityConsignment, []EntityKind{EntityBatch}, Witness, byIn, atHallDesk, true, 1},
}

// custodyRules decide them.
var custodyRules = map[Kind]rule{
	SignOut:          with((*decision).scan),
	SignIn:           with((*decision).scan),
	ReturnOut:        with((*decision).scan),
	ReturnIn:         with((*decision).scan),
	FilePaper:        with((*decision).scan),
	SignOutUndone:    with((*decision).undoScan),
	SignInUndone:     with((*decision).undoScan),
	RefusePaper:      with((*decision).refusePaper),
	PaperUnmatched:   with((*decision).paperUnmatched),
	SettlePaper:      with((*decision).settlePaper),
	OpenConsignment:  with((*decision).openConsignment),
	SendConsignment:  with((*decision).sendConsignment),
	CloseConsignment: with((*decision).closeConsignment),
}

// ScanBody is one scan of a label: sign_out, sign_in, return_out, return_in,
// file_paper. Entity = Label.ID of what was read.
type ScanBody struct {
	Label       string `json:"label"` // as read
	Consignment string `json:"consignment,omitempty"`
	Copies      int    `json:"copies,omitempty"`
}

// ScanResult is the verdict's result for a scan: what to tell who scanned.
type ScanResult struct {
	Paper    string  `json:"paper"`
	Number   string  `json:"number,omitempty"`
	Material string  `json:"material,omitempty"`
	Custody  Custody `json:"custody,omitempty"`
	Fault    string  `json:"fault,omitempty"` // code: why it moved nothing
	Return   bool    `json:"return,omitempty"`
	// Of the acceptance that the scan led to: given again as it was after a
	// restore of the writer.
	NoticeNo string `json:"notice_no,omitempty"`
	Serial   int    `json:"serial,omitempty"`
}

// UndoScanBody takes a scan back. Entity = the paper.
type UndoScanBody struct {
	Scan OpID `json:"scan"`
}

// RefusePaperBody: the department does not release it. Entity = the paper.
type RefusePaperBody struct {
	Reason string `json:"reason"` // one of RefusalReasons
}

// SettlePaperBody is a person's word on who holds a disputed or unverified
// paper. Entity = the paper.
type SettlePaperBody struct {
	Custody Custody `json:"custody"`
}

// OpenConsignmentBody begins a trip's list. Entity = consignment id.
type OpenConsignmentBody struct {
	Department string `json:"department"`
}

// SendConsignmentBody: the courier takes it. Entity = consignment id.
type SendConsignmentBody struct {
	Courier string `json:"courier"` // staff
}

// CloseConsignmentBody: what arrived has been scanned. Entity = consignment id.
type CloseConsignmentBody struct{}
