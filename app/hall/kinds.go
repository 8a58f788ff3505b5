package hall

// Role (角色) of a person or a terminal; the codes follow the requirements' F1.
type Role string

const (
	RoleCitizen     Role = "citizen"          // R1, at a kiosk or evaluator
	RoleClerk       Role = "clerk"            // R3 综窗工作人员
	RoleSignOut     Role = "sign_out_officer" // R4, of the providing department
	RoleSignIn      Role = "sign_in_officer"  // R5
	RoleCourier     Role = "courier"          // R6, carries paper between them
	RolePreReviewer Role = "pre_reviewer"     // R7 外网预审
	RoleApprover    Role = "approver"         // R8 承办、审核、批准, each by its right
	// RoleSpecialApprover is R9 特别程序批准人.
	RoleSpecialApprover Role = "special_approver"
	RoleSupervisor      Role = "supervisor"   // R12 电子监察、督办
	RoleHallManager     Role = "hall_manager" // R13
	RoleSysAdmin        Role = "sysadmin"     // R17
	RoleDevice          Role = "device"       // a terminal for itself
	RoleSystem          Role = "system"       // R16
)

// Operation kinds. The table below says everything about each.
const (
	PublishCatalogue  Kind = "publish_catalogue"
	EnrolTerminal     Kind = "enrol_terminal"
	Book              Kind = "book"
	CancelBooking     Kind = "cancel_booking"
	AppointmentNoShow Kind = "appointment_no_show"
	LeaseNumbers      Kind = "lease_numbers"
	TakeTicket        Kind = "take_ticket"
	CheckIn           Kind = "check_in"
	SlipPrinted       Kind = "slip_printed"
	OpenWindow        Kind = "open_window"
	CloseWindow       Kind = "close_window"
	CallNext          Kind = "call_next"
	Recall            Kind = "recall"
	StartService      Kind = "start_service"
	MissTicket        Kind = "miss_ticket"
	RequeueTicket     Kind = "requeue_ticket"
	HoldTicket        Kind = "hold_ticket"
	ResumeTicket      Kind = "resume_ticket"
	TransferTicket    Kind = "transfer_ticket"
	FinishService     Kind = "finish_service"
	VoidTicket        Kind = "void_ticket"
	Rate              Kind = "rate"
	CloseDay          Kind = "close_day"
	PostNotice        Kind = "post_notice"
	WithdrawNotice    Kind = "withdraw_notice"
)

// Nature says how an operation is shown before its verdict.
type Nature string

const (
	Claim   Nature = "claim"   // shown as done only after its verdict
	Witness Nature = "witness" // happened; shown at once, never refused
)

// KindInfo is one row of the table of operation kinds (design §2 rule 13).
type KindInfo struct {
	Kind      Kind
	Lane      string       // "hall" or "shared"
	Aggregate EntityKind   // what Entity names
	Touches   []EntityKind // further aggregates, for the few kinds that touch two
	Nature    Nature
	Roles     []Role   // who may
	Terminals []string // at which terminal roles; "centre" is the centre itself
	Offline   bool     // may be done without the writer
	Schema    int      // current version of its body
}
