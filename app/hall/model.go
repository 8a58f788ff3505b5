package hall

import "time"

// Names is a text in several languages, by catalogue locale: zh-Hans,
// zh-Hant, en, pt. zh-Hans is always there.
type Names map[string]string

// Catalogue (目录) is everything about one hall that operators edit: it comes
// from files, is published as one operation in the shared lane, and every
// terminal keeps it.
type Catalogue struct {
	Version  string         `json:"version"` // hash of the source files
	Code     string         `json:"code"`    // hall code: six-digit division code + two digits
	Area     string         `json:"area"`    // GB/T 2260, six digits
	Name     Names          `json:"name"`
	Groups   []Group        `json:"groups"`
	Items    []Item         `json:"items"`
	Windows  []WindowDef    `json:"windows"`
	Staff    []Staff        `json:"staff"` // without credentials
	Calendar []CalendarYear `json:"calendar"`
	Hours    []OpenHours    `json:"hours"`
	Booking  BookingRules   `json:"booking"`
	Queue    QueueRules     `json:"queue"`

	// What a hall needs that takes cases; see itemversion.go.
	Departments []Department  `json:"departments,omitempty"`
	Materials   []MaterialDef `json:"materials,omitempty"`
	Cases       CaseRules     `json:"cases,omitzero"`

	// Floor is the plan of the hall, where somebody drew one; see floor.go.
	Floor *Floor `json:"floor,omitempty"`

	Notices []Notice `json:"notices,omitempty"` // in the order of the files
}

// Group is a service group (业务组): one letter, one queue.
type Group struct {
	ID             string `json:"id"`
	Prefix         string `json:"prefix"` // one capital letter
	Name           Names  `json:"name"`
	Icon           string `json:"icon,omitempty"`
	ServiceMinutes int    `json:"service_minutes"` // expected, until measured
}

// Item is a service item (事项) as the kiosk and the booking page show it.
type Item struct {
	ID       string `json:"id"`
	Group    string `json:"group"`
	Name     Names  `json:"name"`
	Hint     Names  `json:"hint,omitempty"` // what to bring
	Bookable bool   `json:"bookable"`
	Quota    int    `json:"quota"` // per slot

	// Versions of how it is handled, oldest first; the last one is published.
	// Without any, the hall gives numbers for it and takes no cases.
	Versions  []ItemVersion `json:"versions,omitempty"`
	Paper     []PaperRights `json:"paper,omitempty"` // who signs its papers out and in
	Abolished bool          `json:"abolished,omitempty"`
}

// WindowDef is a window (窗口) of the hall.
type WindowDef struct {
	ID     string   `json:"id"` // "1".."6"
	Name   Names    `json:"name"`
	Groups []string `json:"groups"`           // what it serves, in order of preference
	Policy string   `json:"policy,omitempty"` // empty: the hall's
}

// Staff is a member of staff without credentials.
type Staff struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Roles   []Role   `json:"roles"`
	Windows []string `json:"windows,omitempty"`

	Department string  `json:"department,omitempty"` // of a sign-out officer or courier
	Rights     []Right `json:"rights,omitempty"`
}

// CalendarYear holds the exceptions of one notice year (State Council).
type CalendarYear struct {
	Year   int      `json:"year"`
	Off    []string `json:"off"`    // YYYY-MM-DD days off on weekdays or weekends
	Worked []string `json:"worked"` // weekend days that are worked
}

// OpenHours is one span of a working day, HH:MM at +08:00.
type OpenHours struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// BookingRules: see requirements G5 and the standards' §12.
type BookingRules struct {
	MinDaysAhead int      `json:"min_days_ahead"`
	MaxDaysAhead int      `json:"max_days_ahead"` // working days
	PerPersonDay int      `json:"per_person_day"`
	CancelHours  int      `json:"cancel_hours"`
	EarlyMinutes int      `json:"early_minutes"` // check-in window before the slot
	LateMinutes  int      `json:"late_minutes"`  // and after its start
	Slots        []string `json:"slots"`         // HH:MM starts
	SlotMinutes  int      `json:"slot_minutes"`
	// NoShowLimit no-shows within NoShowDays days bar a person from booking;
	// 0 = no limit.
	NoShowLimit int `json:"no_show_limit,omitempty"`
	NoShowDays  int `json:"no_show_days,omitempty"`
}

// QueueRules: see requirements G5.
type QueueRules struct {
	Policy        string `json:"policy"`          // first_come, strict, ratio, ageing, appointment_time
	Ratio         []int  `json:"ratio,omitempty"` // priority : ordinary, e.g. [2,1]
	AgeMinutes    int    `json:"age_minutes"`     // an ordinary ticket older than this goes first
	MaxCalls      int    `json:"max_calls"`
	RecallSeconds int    `json:"recall_seconds"` // least time between calls of one ticket
	RequeueBehind int    `json:"requeue_behind"`
	MaxRequeues   int    `json:"max_requeues"`
	OfflineBlock  int    `json:"offline_block"` // numbers per group that a terminal owns
}

// TicketState (票状态): requirements G5.
type TicketState string

const (
	TicketIssued      TicketState = "ISSUED"
	TicketCalled      TicketState = "CALLED"
	TicketRecalled    TicketState = "RECALLED"
	TicketMissed      TicketState = "MISSED"
	TicketServing     TicketState = "SERVING"
	TicketHeld        TicketState = "HELD"
	TicketTransferred TicketState = "TRANSFERRED" // waiting again, in another group
	TicketDone        TicketState = "DONE"
	TicketAbandoned   TicketState = "ABANDONED"
	TicketVoid        TicketState = "VOID"
)

// Class is the priority class of a ticket.
type Class string

const (
	ClassPriority    Class = "priority"    // 特殊人群
	ClassAppointment Class = "appointment" // 预约
	ClassOrdinary    Class = "ordinary"
)

// Ticket (排队号) is one person's place in the queue of one day. It never
// holds personal data.
type Ticket struct {
	ID          string      `json:"id"`
	Number      string      `json:"number"`
	Day         string      `json:"day"`
	Group       string      `json:"group"` // where it waits now
	Home        string      `json:"home"`  // where it was issued; its letter stays
	Item        string      `json:"item,omitempty"`
	Class       Class       `json:"class"`
	State       TicketState `json:"state"`
	Order       int64       `json:"order"`            // lane row of its arrival: the only order
	Behind      int         `json:"behind,omitempty"` // re-entry: how many may still go first; -1: transferred to the front
	Terminal    string      `json:"terminal"`
	Offline     bool        `json:"offline,omitempty"`
	Locale      string      `json:"locale,omitempty"` // that the person chose, one of Locales
	Appointment string      `json:"appointment,omitempty"`
	SlotAt      time.Time   `json:"slot_at,omitzero"`
	IssuedAt    time.Time   `json:"issued_at"`              // writer's clock at arrival
	TakenAt     Stamp       `json:"taken_at"`               // device's evidence
	Calls       int         `json:"calls,omitempty"`        // of its whole life, so that each call is another
	CallsBefore int         `json:"calls_before,omitempty"` // of earlier attempts, before a re-entry or transfer
	CalledAt    time.Time   `json:"called_at,omitzero"`     // the latest call
	// FirstCalledAt ends the wait of the statistics.
	FirstCalledAt time.Time `json:"first_called_at,omitzero"`
	Window        string    `json:"window,omitempty"`
	Staff         string    `json:"staff,omitempty"`
	Why           Text      `json:"why,omitzero"` // why it was called when it was
	ServedAt      time.Time `json:"served_at,omitzero"`
	DoneAt        time.Time `json:"done_at,omitzero"`
	Requeues      int       `json:"requeues,omitempty"`
	Rated         int       `json:"rated,omitempty"` // 0 open, 1 rated or explicitly not rated; the level is not in this feed
	Note          Text      `json:"note,omitzero"`   // e.g. the appointment was already used
}

// Window (窗口) at work. Entity id = "<window>" of the hall.
type Window struct {
	ID       string    `json:"id"`
	Open     bool      `json:"open"`
	Paused   bool      `json:"paused,omitempty"`
	Staff    string    `json:"staff,omitempty"`
	Terminal string    `json:"terminal,omitempty"`
	Groups   []string  `json:"groups,omitempty"`
	Ticket   string    `json:"ticket,omitempty"` // the one it called or serves
	Number   string    `json:"number,omitempty"`
	Day      string    `json:"day,omitempty"`
	Since    time.Time `json:"since,omitzero"`
	Run      int       `json:"run,omitempty"` // calls of this round of the ratio; [2,1]: consecutive priority calls
}

// AppointmentState: requirements G5.
type AppointmentState string

const (
	Booked      AppointmentState = "BOOKED"
	CheckedIn   AppointmentState = "CHECKED_IN"
	Rescheduled AppointmentState = "RESCHEDULED"
	Cancelled   AppointmentState = "CANCELLED"
	NoShow      AppointmentState = "NO_SHOW"
	Completed   AppointmentState = "COMPLETED"
)

// Appointment (预约). Who it is for is only in the sealed part of its op; the
// look-ups are keyed hashes with the day's key.
type Appointment struct {
	ID        string           `json:"id"`
	Day       string           `json:"day"`
	Slot      string           `json:"slot"`
	SlotAt    time.Time        `json:"slot_at"`
	Item      string           `json:"item"`
	Group     string           `json:"group"`
	State     AppointmentState `json:"state"`
	IDLookup  string           `json:"id_lookup"`
	PhoneLook string           `json:"phone_look"`
	CodeLook  string           `json:"code_look"`
	Ticket    string           `json:"ticket,omitempty"`
	SealedIn  OpID             `json:"sealed_in"` // op whose sealed part holds the person
}

// Slot counts bookings. Entity id = "<day>/<item>/<HH:MM>".
type Slot struct {
	Day   string `json:"day"`
	Item  string `json:"item"`
	Start string `json:"start"`
	Quota int    `json:"quota"`
	Taken int    `json:"taken"`
}

// Series counts the numbers of one series ever leased. Entity id = series id.
// Next is the number that is given next, from 1. A series of a terminal's own
// letter belongs to the first terminal that leased from it.
type Series struct {
	ID       string `json:"id"`
	Next     int    `json:"next"`
	Terminal string `json:"terminal,omitempty"`
	// Term is the restore after which its numbers went on far behind; 0: none.
	Term int64 `json:"term,omitempty"`
}

// Lease (号段) is a block of numbers that a terminal owns: [From, To].
type Lease struct {
	ID       string `json:"id"` // the op that asked for it
	Series   string `json:"series"`
	Group    string `json:"group"`
	Day      string `json:"day"`
	Terminal string `json:"terminal"`
	Offline  bool   `json:"offline"`
	From     int    `json:"from"`
	To       int    `json:"to"`
	Prefix   string `json:"prefix"` // printed before the digits
}

// Rating (评价) of one service. Entity id = ticket id.
type Rating struct {
	Ticket  string    `json:"ticket"`
	Number  string    `json:"number"`
	Day     string    `json:"day"`
	Window  string    `json:"window"`
	Staff   string    `json:"staff"`
	Group   string    `json:"group"`
	Level   int       `json:"level"` // 1..5; 0 = not rated, never a default
	Options []string  `json:"options,omitempty"`
	Channel string    `json:"channel"`
	At      time.Time `json:"at"`
}

// Terminal as enrolled. Entity id = terminal id.
type Terminal struct {
	ID     string `json:"id"`
	Role   string `json:"role"`
	Letter string `json:"letter"`
	Window string `json:"window,omitempty"`
	// Department of a sign-out station; empty: a station of the hall.
	Department string `json:"department,omitempty"`
}

// Slip is what became of the paper of a ticket. Entity id = ticket id.
type Slip struct {
	Ticket   string `json:"ticket"`
	Job      string `json:"job,omitempty"` // the latest
	Outcome  string `json:"outcome"`
	Reprints int    `json:"reprints"`
}

// Booking is what only the centre needs to know of an appointment. Entity id =
// appointment id.
type Booking struct {
	Appointment string `json:"appointment"`
	Person      string `json:"person"` // PersonLook
	Day         string `json:"day"`
	Slot        string `json:"slot"` // id of the slot
}

// Person counts what one person booked, known only by the keyed hash. Entity
// id = PersonLook.
type Person struct {
	Bookings map[string]int `json:"bookings"`           // open or kept, by day
	NoShows  []string       `json:"no_shows,omitempty"` // days, in order
}

// Letter says whose offline letter it is. Entity id = "<hall>/<letter>".
type Letter struct {
	Terminal string `json:"terminal"`
}
