package hall

import "slices"

// Terminal roles of the kind table.
const (
	AtKiosk     = "kiosk"
	AtCounter   = "counter"
	AtEvaluator = "evaluator"
	AtCentre    = "centre"
)

var (
	atCentre  = []string{AtCentre}
	atCounter = []string{AtCounter}
	atIssue   = []string{AtKiosk, AtCounter}
	atRating  = []string{AtCounter, AtEvaluator, AtKiosk}
	byCentre  = []Role{RoleSysAdmin, RoleSystem}
	bySystem  = []Role{RoleSystem}
	byClerk   = []Role{RoleClerk}
	byManager = []Role{RoleHallManager}
	byPerson  = []Role{RoleCitizen, RoleClerk}
	touchesWn = []EntityKind{EntityWindow}
)

// kindTable is the one table of operation kinds. What is not in it may not be
// done by anyone.
var kindTable = slices.Concat(queueKinds, caseKinds, decisionKinds, custodyKinds)

// queueKinds are the rows of the catalogue, appointments, the queue and ratings.
var queueKinds = []KindInfo{
	{PublishCatalogue, "shared", EntityCatalogue, nil, Claim, byCentre, atCentre, false, 1},
	{EnrolTerminal, "shared", EntityTerminal, []EntityKind{EntityLetter}, Claim, byCentre, atCentre, false, 1},
	{Book, "hall", EntityAppointment, []EntityKind{EntitySlot, EntityPerson, EntityBooking}, Claim,
		[]Role{RoleCitizen, RoleSystem}, atCentre, false, 1},
	{CancelBooking, "hall", EntityAppointment, []EntityKind{EntitySlot, EntityPerson, EntityBooking}, Claim,
		[]Role{RoleCitizen, RoleHallManager, RoleSystem}, atCentre, false, 1},
	{AppointmentNoShow, "hall", EntityAppointment, []EntityKind{EntityPerson}, Claim, bySystem, atCentre, false, 1},
	{LeaseNumbers, "hall", EntitySeries, []EntityKind{EntityLease}, Claim, []Role{RoleDevice}, atIssue, false, 1},
	{TakeTicket, "hall", EntityTicket, nil, Witness, byPerson, atIssue, true, 1},
	{CheckIn, "hall", EntityTicket, []EntityKind{EntityAppointment, EntityPerson}, Witness, byPerson, atIssue, true, 1},
	{SlipPrinted, "hall", EntitySlip, nil, Witness, []Role{RoleDevice}, atIssue, true, 1},
	{OpenWindow, "hall", EntityWindow, nil, Claim, byClerk, atCounter, false, 1},
	{CloseWindow, "hall", EntityWindow, nil, Claim, []Role{RoleClerk, RoleHallManager, RoleSystem},
		[]string{AtCounter, AtCentre}, false, 1},
	{CallNext, "hall", EntityWindow, []EntityKind{EntityTicket}, Claim, byClerk, atCounter, false, 1},
	{Recall, "hall", EntityTicket, touchesWn, Claim, byClerk, atCounter, false, 1},
	{StartService, "hall", EntityTicket, touchesWn, Claim, byClerk, atCounter, false, 1},
	{MissTicket, "hall", EntityTicket, touchesWn, Claim, byClerk, atCounter, false, 1},
	{RequeueTicket, "hall", EntityTicket, nil, Claim, byPerson, atIssue, false, 1}, // a person at the kiosk, with the missed slip
	{HoldTicket, "hall", EntityTicket, touchesWn, Claim, byClerk, atCounter, false, 1},
	{ResumeTicket, "hall", EntityTicket, touchesWn, Claim, byClerk, atCounter, false, 1},
	{TransferTicket, "hall", EntityTicket, touchesWn, Claim, byClerk, atCounter, false, 1},
	{FinishService, "hall", EntityTicket, []EntityKind{EntityWindow, EntityAppointment}, Claim, byClerk, atCounter, false, 1},
	{VoidTicket, "hall", EntityTicket, touchesWn, Claim, []Role{RoleClerk, RoleHallManager},
		[]string{AtCounter, AtCentre}, false, 1},
	{Rate, "hall", EntityTicket, []EntityKind{EntityRating}, Witness, []Role{RoleCitizen, RoleDevice}, atRating, true, 1},
	{CloseDay, "hall", EntityTicket, touchesWn, Claim, bySystem, atCentre, false, 1},
	{PostNotice, "hall", EntityNoticeBoard, nil, Claim, byManager, atCentre, false, 1},
	{WithdrawNotice, "hall", EntityNoticeBoard, nil, Claim, byManager, atCentre, false, 1},
}

// Kinds is the table of operation kinds.
func Kinds() []KindInfo { return slices.Clone(kindTable) }

// KindOf is the row of one kind.
func KindOf(kind Kind) (KindInfo, bool) {
	i, known := kindRow[kind]
	if !known {
		return KindInfo{}, false
	}
	return kindTable[i], true
}

var kindRow = func() map[Kind]int {
	rows := map[Kind]int{}
	for i, k := range kindTable {
		rows[k.Kind] = i
	}
	return rows
}()

// May reports whether a role may do a kind at a terminal of a role. What the
// table does not say is refused.
func May(kind Kind, role Role, terminalRole string) bool {
	k, ok := KindOf(kind)
	return ok && slices.Contains(k.Roles, role) && slices.Contains(k.Terminals, terminalRole)
}
