package hall

// Bodies of the operations of cases, in schema version 1. Entity = case id
// unless it says otherwise.

// LeaseApplicationNumbersBody asks for serials of application numbers to own.
// Entity = ApplicationSeries of the hall.
type LeaseApplicationNumbersBody struct {
	Count int `json:"count"`
}

// OpenCaseBody begins a case (PersonSealed is its sealed part).
type OpenCaseBody struct {
	Item         string `json:"item"`
	ItemVersion  int    `json:"item_version"`
	Applicants   int    `json:"applicants,omitempty"` // 0 = 1
	Window       string `json:"window,omitempty"`
	Ticket       string `json:"ticket,omitempty"`
	Owner        string `json:"owner"` // keyed hash under the hall's long key
	PasswordLook string `json:"password_look,omitempty"`
}

// NumberBody spends an owned application number, or carries the temporary
// number that was printed because there was none. It serves receive_case,
// apply_case and number_case.
type NumberBody struct {
	Number string `json:"number,omitempty"`
	Lease  string `json:"lease,omitempty"` // that the serial came from
	Window string `json:"window,omitempty"`
	Ticket string `json:"ticket,omitempty"`
}

// Edit is what every change of a case by a person carries: the version that the
// person saw, and for a citizen the keyed hash of the card on the reader.
type Edit struct {
	Version int    `json:"version"`
	Owner   string `json:"owner,omitempty"`
}

// ChooseSharingBody chooses 电子材料共享 or 纸档材料共享 for one material.
type ChooseSharingBody struct {
	Edit
	Material string `json:"material"` // key
	Method   Method `json:"method"`
}

// Answers to a query whether a department can supply.
const (
	AnswerYes    = "yes"
	AnswerNo     = "no"
	AnswerFailed = "failed" // nothing is known
)

// ShareAnsweredBody is the department's answer to the query of a choice.
type ShareAnsweredBody struct {
	Material string `json:"material"`
	Ask      OpID   `json:"ask"` // the choice
	Answer   string `json:"answer"`
	Reason   string `json:"reason,omitempty"`
}

// DropMethodBody takes a choice of sharing back.
type DropMethodBody struct {
	Edit
	Material string `json:"material"`
}

// HandInBody: a file was scanned or uploaded, or a paper or licence taken.
type HandInBody struct {
	Material string `json:"material"`
	Way      Method `json:"way"` // UPLOAD, ORIGINAL, LICENCE
	File     File   `json:"file,omitzero"`
}

// FileStoredBody: a file is durable at the writer.
type FileStoredBody struct {
	File File `json:"file"`
}

// ReplaceTakenBack is the reason of who applies and takes a photograph back.
const ReplaceTakenBack = "taken_back"

// ReplaceMaterialBody takes back a material that is in.
type ReplaceMaterialBody struct {
	Edit
	Material string `json:"material"`
	Reason   string `json:"reason"`
}

// SubmitCaseBody is the citizen's 提交; the number when it has none yet.
type SubmitCaseBody struct {
	Edit
	NumberBody
}

// AcceptCaseBody is the clerk's 受理, also the repeated one.
type AcceptCaseBody struct{ Edit }

// CancelCaseBody is 取消, after the question whether to.
type CancelCaseBody struct {
	Edit
	Reason string `json:"reason,omitempty"`
}

// CallbackBody is a department's call-back, checked by the adapter: digest,
// signature, and that the file is durable. It serves material_arrived (File)
// and material_refused (Reason).
type CallbackBody struct {
	Material string `json:"material"`
	Attempt  int    `json:"attempt"`
	Request  string `json:"request"`
	File     File   `json:"file,omitzero"`
	Reason   string `json:"reason,omitempty"`
}

// AttemptBody names an attempt; of material_due and paper_due.
type AttemptBody struct {
	Material string `json:"material"`
	Attempt  int    `json:"attempt"`
}

// SubmissionBody names a submission; of case_overdue.
type SubmissionBody struct {
	Submission int `json:"submission"`
}

// ClockBody names a clock of a case and which deadline of it has come; of
// clock_due.
type ClockBody struct {
	Clock  ClockKind `json:"clock"`
	Serial int       `json:"serial"`
}

// BeginPreReviewBody takes a case into pre-review.
type BeginPreReviewBody struct{ Edit }

// DecidePreReviewBody ends a pre-review. Words for the person are the sealed
// part.
type DecidePreReviewBody struct {
	Edit
	Result    string           `json:"result"`              // PreReviewPassed, PreReviewRefused, PreReviewReturned
	Reason    string           `json:"reason,omitempty"`    // refused: one of NonAcceptanceReasons
	Authority string           `json:"authority,omitempty"` // refused as outside the remit: where to go
	Items     []SupplementItem `json:"items,omitempty"`     // returned: everything that is missing
	Bring     []string         `json:"bring,omitempty"`     // passed: originals to bring
}

// NotifySupplementBody is the one notice of everything that is missing. What is
// said about each in words is the sealed part.
type NotifySupplementBody struct {
	Edit
	Items []SupplementItem `json:"items"`
}

// WordsSealed is the sealed part of a notice of what is missing and of a
// refusal: what a clerk says in words, in which people may be named.
type WordsSealed struct {
	Items map[string]string `json:"items,omitempty"` // by the material's key
	Words string            `json:"words,omitempty"` // about the reason of a refusal
}

// ReceiveSupplementBody: everything of the notice is there.
type ReceiveSupplementBody struct{ Edit }

// RefuseCaseBody is 不予受理. Words about the reason are the sealed part.
type RefuseCaseBody struct {
	Edit
	Reason    string `json:"reason"`              // one of NonAcceptanceReasons
	Authority string `json:"authority,omitempty"` // outside the remit: where to go
}

// ShareQuery is the payload of share_query and share_request.
type ShareQuery struct {
	Case       string `json:"case"`
	Item       string `json:"item"`
	Material   string `json:"material"` // key
	Code       string `json:"code"`
	Department string `json:"department"`
	Method     Method `json:"method"`
	Ask        OpID   `json:"ask,omitempty"`
	Attempt    int    `json:"attempt,omitempty"`
	Request    string `json:"request,omitempty"`
}

// PaperNotice is the payload of paper_notice and notice_withdrawn.
type PaperNotice struct {
	Case       string   `json:"case"`
	Number     string   `json:"number"`
	Department string   `json:"department"`
	Papers     []string `json:"papers,omitempty"`   // ids
	Requests   []string `json:"requests,omitempty"` // of electronic sharing
}

// CaseNotice is the payload of case_notice and case_accepted.
type CaseNotice struct {
	Case     string `json:"case"`
	Number   string `json:"number,omitempty"`
	Code     string `json:"code"` // what happened
	Material string `json:"material,omitempty"`
}
