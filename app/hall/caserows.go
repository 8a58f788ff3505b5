package hall

import "slices"

// CaseRow is a row of the table of a case's transitions.
type CaseRow struct {
	No    string // row of the requirements' G2.2
	From  []CaseState
	To    CaseState
	Kinds []Kind // operations that make it
}

var (
	// comesIn are the operations with which the last material of a case can come in.
	comesIn = []Kind{HandIn, FileStored, MaterialArrived, SignOut, SignIn, FilePaper, SignOutUndone, SignInUndone, SettlePaper}
	// completes are those that complete a case begun online.
	completes = slices.Concat(comesIn, []Kind{AcceptCase, SubmitCase})
)

// caseRows are the transitions that operations of this package make. What is
// not here does not happen.
var caseRows = []CaseRow{
	{"1", []CaseState{CaseDraft}, CaseApplied, []Kind{ApplyCase, SubmitCase}},
	{"1b", []CaseState{CaseDraft}, CasePending, []Kind{ApplyCase, SubmitCase}},
	{"2", []CaseState{CaseDraft}, CaseReceived, []Kind{ReceiveCase}},
	{"3", []CaseState{CaseApplied}, CasePreReview, []Kind{BeginPreReview}},
	{"4", []CaseState{CasePreReview}, CaseReceived, []Kind{DecidePreReview}},
	{"5", []CaseState{CasePreReview}, CaseNotAccepted, []Kind{DecidePreReview}},
	{"6", []CaseState{CasePreReview}, CasePreReturned, []Kind{DecidePreReview}},
	{"6b", []CaseState{CasePreReturned}, CasePreReview, []Kind{SubmitCase}},
	{"6b shared", []CaseState{CasePreReturned}, CasePending, []Kind{SubmitCase}},
	{"7", []CaseState{CaseReceived}, CaseAccepted, []Kind{AcceptCase}},
	{"8", []CaseState{CaseReceived}, CasePending, []Kind{AcceptCase}},
	{"9", []CaseState{CasePending}, CaseAccepted, slices.Concat(comesIn, []Kind{AcceptCase})},
	{"9b applied", []CaseState{CasePending}, CaseApplied, completes},
	{"9b pre-review", []CaseState{CasePending}, CasePreReview, completes},
	{"9b accepted", []CaseState{CasePending}, CaseAccepted, completes},
	// Whole when it is submitted: it never waits.
	{"9b at once, applied", []CaseState{CaseDraft}, CaseApplied, []Kind{SubmitCase}},
	{"9b at once, pre-review", []CaseState{CaseDraft}, CasePreReview, []Kind{SubmitCase}},
	{"9b at once, accepted", []CaseState{CaseDraft}, CaseAccepted, []Kind{SubmitCase}},
	{"9c", []CaseState{CaseApplied}, CaseReceived, []Kind{ReceiveCase}},
	{"9d", []CaseState{CasePreReturned}, CaseCompleted, []Kind{ClockDue}},
	{"10", []CaseState{CaseReceived, CasePending}, CaseSupplementDue, []Kind{NotifySupplement}},
	{"11", []CaseState{CaseSupplementDue}, CaseAccepted, []Kind{ReceiveSupplement}},
	{"11 shared", []CaseState{CaseSupplementDue}, CasePending, []Kind{ReceiveSupplement}},
	{"12", []CaseState{CaseSupplementDue}, CaseCompleted, []Kind{ClockDue}},
	{"13", []CaseState{CaseReceived, CasePending, CaseSupplementDue}, CaseNotAccepted, []Kind{RefuseCase}},
	{"14", []CaseState{CaseReceived, CasePreReview, CasePending}, CaseAccepted, []Kind{ClockDue}},
	{"15", []CaseState{CaseAccepted, CaseInApproval}, CaseInApproval, []Kind{ApproveStep}},
	{"16", []CaseState{CaseInApproval}, CaseSpecialStop, []Kind{BeginSpecial}},
	{"17", []CaseState{CaseSpecialStop}, CaseInApproval, []Kind{EndSpecial}},
	{"18", []CaseState{CaseInApproval}, CaseInApproval, []Kind{ExtendCase}},
	{"19", []CaseState{CaseInApproval}, CaseDecided, []Kind{DecideCase}},
	{"20", []CaseState{CaseDecided}, CaseCompleted, []Kind{CompleteCase}},
	{"21", []CaseState{CaseInApproval}, CaseCompleted, []Kind{TransferCase}},
	{"22", []CaseState{CaseCompleted}, CaseCollected, []Kind{CollectCase}},
	{"23", []CaseState{CaseDraft, CaseApplied, CasePreReview, CasePreReturned, CaseReceived, CasePending,
		CaseSupplementDue, CaseAccepted, CaseInApproval}, CaseWithdrawn, []Kind{CancelCase}},
	{"23 forgotten", []CaseState{CaseDraft}, CaseWithdrawn, []Kind{ClockDue}},
	// What happened to a forgotten draft where the centre could not be heard.
	{"23 back", []CaseState{CaseWithdrawn}, CaseDraft, []Kind{HandIn}},
	{"23 back, received", []CaseState{CaseWithdrawn}, CaseReceived, []Kind{ReceiveCase}},
	{"23 back, applied", []CaseState{CaseWithdrawn}, CaseApplied, []Kind{ApplyCase}},
	{"23 back, waits", []CaseState{CaseWithdrawn}, CasePending, []Kind{ApplyCase}},
	// Any with a number; what was withdrawn is over by the applicant's own will.
	{"24", []CaseState{CaseApplied, CasePreReview, CasePreReturned, CaseReceived, CasePending, CaseSupplementDue,
		CaseNotAccepted, CaseAccepted, CaseInApproval, CaseSpecialStop, CaseDecided, CaseCompleted, CaseCollected},
		CaseVoided, []Kind{DecideVoid}},
	{"25", []CaseState{CaseReceived}, CaseCompleted, []Kind{DecideInstant}},
	{"hung", []CaseState{CaseInApproval}, CaseInApproval, []Kind{HangCase}}, // 挂起: a flag
}

// CaseRows is the table of transitions of a case.
func CaseRows() []CaseRow { return slices.Clone(caseRows) }

// May reports whether the table has a row from the state by a kind of operation.
func (s CaseState) May(kind Kind) bool {
	return slices.ContainsFunc(caseRows, func(r CaseRow) bool { return slices.Contains(r.Kinds, kind) && slices.Contains(r.From, s) })
}

func caseMay(row string, from CaseState) bool {
	r, ok := find(caseRows, func(r CaseRow) bool { return r.No == row })
	return ok && slices.Contains(r.From, from)
}
