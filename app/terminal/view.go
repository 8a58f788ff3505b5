package terminal

import (
	"time"

	"hallway/app/hall"
	"hallway/devices"
)

// The views are what a role's page shows. The page renders them and nothing
// else: what may be done now, and why not, is decided here. A view is pushed
// whole on every change; Rev rises with each.

// Boot tells the page which role this terminal has.
type Boot struct {
	Role     string     `json:"role" enum:"kiosk,counter,station,display,evaluator,manager"`
	Terminal string     `json:"terminal"`
	Hall     hall.Names `json:"hall"`
	Locale   string     `json:"locale"` // to start with
	Demo     bool       `json:"demo"`
	Dock     bool       `json:"dock,omitempty"` // the simulated devices can be played from the page
	Version  string     `json:"version"`
	Width    int        `json:"width_mm,omitempty"` // of the panel, for sizes in millimetres
}

// Problem answers an act that failed. The page shows "error.<code>" and
// "remedy.<code>" of its catalogue with Params.
type Problem struct {
	Status int               `json:"status"`
	Code   string            `json:"code"`
	Params map[string]string `json:"params,omitempty"`
	// Reason is why the writer refused (code "refused"): key "reason.<code>".
	Reason *hall.Text `json:"reason,omitempty"`
	// Why is why it may not be done now (code "refused_now"): key
	// "why_not.<code>", or "fault.<code>" of a device.
	Why *hall.Text `json:"why,omitempty"`
}

// Act says whether something may be done now, and if not, why.
type Act struct {
	Allowed bool       `json:"allowed"`
	Why     *hall.Text `json:"why,omitempty"` // key "why_not.<code>", or "fault.<code>" of a device
}

// Line is the state of the line to the centre.
type Line struct {
	Online  bool       `json:"online"`
	Since   time.Time  `json:"since"`
	Pending int        `json:"pending"` // 待同步: ops without a verdict
	Work    int        `json:"work"`    // 需处理
	Clock   hall.Trust `json:"clock"`
	// Fault is why the line stays down until somebody does something: "fault.<it>",
	// "remedy.<it>". Empty: it is down by itself, or up.
	Fault string `json:"fault,omitempty"`
	// Recovering: the centre was put back from a backup and takes in what the
	// terminals hold; what is done here waits until then.
	Recovering bool `json:"recovering,omitempty"`
}

// DeviceView is a device as the page shows it: "device.<kind>",
// "fault.<code>", "remedy.<code>".
type DeviceView struct {
	ID     string          `json:"id"`
	Kind   devices.Kind    `json:"kind"`
	State  devices.State   `json:"state"`
	Faults []devices.Fault `json:"faults"`
	// Lies: a card lies on this reader that was taken already. Where a card is asked
	// for, the page says that it must be taken away first.
	Lies bool `json:"lies,omitempty"`
}

// Wait is an expected wait as a range of whole minutes; Known is false when
// nobody serves the group now.
type Wait struct {
	Known bool `json:"known"`
	Low   int  `json:"low"`
	High  int  `json:"high"`
}

// KioskView is the whole kiosk.
type KioskView struct {
	Rev     int64         `json:"rev"`
	Now     time.Time     `json:"now"`
	Line    Line          `json:"line"`
	Open    bool          `json:"open"`             // working day and hours
	Closed  *hall.Text    `json:"closed,omitempty"` // key "kiosk.closed.<code>"
	Issue   Act           `json:"issue"`            // may a number be issued now: printer, numbers, hours
	Groups  []KioskGroup  `json:"groups"`
	Session *KioskSession `json:"session,omitempty"`
	Voice   SpeechView    `json:"voice"`
	Devices []DeviceView  `json:"devices"`
	Notices []NoticeView  `json:"notices"` // in force, the most important first
}

// SpeechView says whether prompts are heard at this terminal, and how loud
// they are (0–3).
type SpeechView struct {
	CanSpeak bool       `json:"can_speak"`
	Why      *hall.Text `json:"why,omitempty"` // not: "fault.<code>" of the voice, or "why_not.voice_off"
	Volume   int        `json:"volume"`
}

// KioskGroup is one service group to touch.
type KioskGroup struct {
	ID      string      `json:"id"`
	Prefix  string      `json:"prefix"`
	Name    hall.Names  `json:"name"`
	Icon    string      `json:"icon"`
	Items   []KioskItem `json:"items"`
	Waiting int         `json:"waiting"`
	Wait    Wait        `json:"wait"`
	Take    Act         `json:"take"`
}

// KioskItem is one service item.
type KioskItem struct {
	ID   string     `json:"id"`
	Name hall.Names `json:"name"`
	Hint hall.Names `json:"hint,omitempty"`
	// Online: it may be applied for here (POST /kiosk/apply).
	Online bool `json:"online"`
}

// KioskSession is one person's time at the kiosk; wiped at its end.
type KioskSession struct {
	ID string `json:"id"`
	// Phase: "reading" (card or code being looked up), "choose" (appointments
	// or a service to choose), "notice" (a sentence and what to do), "printing",
	// "ticket" (done; the slip is out or its trouble is told).
	Phase        string             `json:"phase" enum:"reading,choose,notice,printing,ticket,progress,apply"`
	Progress     *KioskProgress     `json:"progress,omitempty"` // phase "progress"
	Apply        *KioskApply        `json:"apply,omitempty"`    // phase "apply"
	Person       string             `json:"person,omitempty"`   // masked name, after a card
	Appointments []KioskAppointment `json:"appointments,omitempty"`
	Notice       *Notice            `json:"notice,omitempty"`
	Ticket       *KioskTicket       `json:"ticket,omitempty"`
	// Other: another person's card or code is waiting; the page asks whether to
	// finish here and begin anew (POST /kiosk/replace), never mixes the two.
	Other bool `json:"other"`
	// Requeue: the scanned number was missed; may it queue again (POST /kiosk/requeue).
	Requeue *Act `json:"requeue,omitempty"`
	// PhoneLeft: how many more phone codes may be tried.
	PhoneLeft int `json:"phone_left"`
	// Help: a member of staff was called.
	Help   bool      `json:"help"`
	WarnAt time.Time `json:"warn_at"` // show the time-out warning from here on
	EndsAt time.Time `json:"ends_at"` // then it is wiped
}

// Notice is a sentence that says what to do: key "notice.<code>" (title) and
// "notice.<code>.do" (what to do next).
type Notice struct {
	Severity devices.Severity  `json:"severity"`
	Code     string            `json:"code"`
	Params   map[string]string `json:"params,omitempty"`
}

// KioskAppointment is an appointment found for the person.
type KioskAppointment struct {
	ID      string     `json:"id"`
	Item    hall.Names `json:"item"`
	Slot    string     `json:"slot"` // HH:MM
	Outcome string     `json:"outcome" enum:"on_time,early,late,wrong_day,used,cancelled"`
	CheckIn Act        `json:"check_in"`
}

// KioskTicket is the number that was issued.
type KioskTicket struct {
	ID      string     `json:"id"`
	Number  string     `json:"number"`
	Group   hall.Names `json:"group"`
	Class   hall.Class `json:"class"`
	Ahead   int        `json:"ahead"`
	Wait    Wait       `json:"wait"`
	Offline bool       `json:"offline"`
	// Slip: "printing", "confirmed", "parsed", "failed", "unknown".
	Slip string `json:"slip"`
	// State and Window when the person asks where they are (scan of the slip).
	State  hall.TicketState `json:"state,omitempty"`
	Window string           `json:"window,omitempty"`
}

// CounterView is the whole counter.
type CounterView struct {
	Rev     int64          `json:"rev"`
	Now     time.Time      `json:"now"`
	Line    Line           `json:"line"`
	Staff   *StaffView     `json:"staff,omitempty"` // nil: sign-in page
	Window  *WindowView    `json:"window,omitempty"`
	Current *CounterTicket `json:"current,omitempty"`
	Queue   []QueueEntry   `json:"queue"`   // in calling order for this window, at most 50
	Waiting int            `json:"waiting"` // all of this window's groups
	Missed  []QueueEntry   `json:"missed"`
	Held    []QueueEntry   `json:"held"`
	Groups  []KioskGroup   `json:"groups"` // where one can transfer to
	Acts    CounterActs    `json:"acts"`
	Rating  RatingView     `json:"rating"`
	Pressed PressedView    `json:"pressed"`
	Work    []WorkItem     `json:"work"` // 需处理
	Desk    DeskView       `json:"desk"`
	Voice   SpeechView     `json:"voice"`
	Devices []DeviceView   `json:"devices"`
}

// StaffView is who is signed in.
type StaffView struct {
	ID    string      `json:"id"`
	Name  string      `json:"name"`
	Roles []hall.Role `json:"roles"`
}

// WindowView is the window of this counter.
type WindowView struct {
	ID     string     `json:"id"`
	Name   hall.Names `json:"name"`
	Open   bool       `json:"open"`
	Paused bool       `json:"paused"`
	Groups []string   `json:"groups"`
	Served int        `json:"served"` // today
}

// CounterTicket is the ticket at the window.
type CounterTicket struct {
	ID       string           `json:"id"`
	Number   string           `json:"number"`
	State    hall.TicketState `json:"state"`
	Class    hall.Class       `json:"class"`
	Group    hall.Names       `json:"group"`
	Item     hall.Names       `json:"item,omitempty"`
	Why      hall.Text        `json:"why"` // key "why.<code>"
	Calls    int              `json:"calls"`
	Person   string           `json:"person,omitempty"` // full name for the clerk who handles it, when known
	IssuedAt time.Time        `json:"issued_at"`
	CalledAt time.Time        `json:"called_at"`
	ServedAt time.Time        `json:"served_at,omitzero"`
	Pending  bool             `json:"pending"` // an act of ours has no verdict yet
}

// QueueEntry is one line of the queue list.
type QueueEntry struct {
	ID       string           `json:"id"`
	Number   string           `json:"number"`
	Class    hall.Class       `json:"class"`
	Group    string           `json:"group"`
	Name     hall.Names       `json:"group_name"` // of the group
	State    hall.TicketState `json:"state"`
	Slot     string           `json:"slot,omitempty"`
	IssuedAt time.Time        `json:"issued_at"`
	Why      hall.Text        `json:"why"`
}

// CounterActs says what may be done now.
type CounterActs struct {
	Open     Act `json:"open"`
	Pause    Act `json:"pause"`
	Close    Act `json:"close"`
	Next     Act `json:"next"`
	Recall   Act `json:"recall"`
	Start    Act `json:"start"`
	Miss     Act `json:"miss"`
	Hold     Act `json:"hold"`
	Transfer Act `json:"transfer"`
	Finish   Act `json:"finish"`
	Resume   Act `json:"resume"`  // a ticket of Held
	Requeue  Act `json:"requeue"` // a ticket of Missed
	SignOut  Act `json:"sign_out"`
}

// RatingView is the evaluator beside the counter. It never says which key
// was pressed.
type RatingView struct {
	State  string `json:"state" enum:"none,asking,rated,not_rated,unavailable"`
	Number string `json:"number,omitempty"`
}

// PressedView is the last key of the caller (呼叫器) that did something, or was
// refused; N counts them.
type PressedView struct {
	N       int      `json:"n"`
	Act     string   `json:"act,omitempty"`
	Problem *Problem `json:"problem,omitempty"`
}

// WorkItem is something that this person must deal with.
type WorkItem struct {
	ID     string    `json:"id"`
	Kind   hall.Kind `json:"kind"`
	Reason hall.Text `json:"reason"` // key "reason.<code>"
	At     time.Time `json:"at"`
}

// DisplayView is the hall display: numbers and windows, never names.
type DisplayView struct {
	Rev     int64           `json:"rev"`
	Now     time.Time       `json:"now"`
	Hall    hall.Names      `json:"hall"`
	Line    Line            `json:"line"`
	Layout  string          `json:"layout" enum:"calls,windows,waiting,notices"`
	Look    DisplayLook     `json:"look"`
	Open    bool            `json:"open"`              // working day and hours
	Closed  *hall.Text      `json:"closed,omitempty"`  // key "kiosk.closed.<code>"
	Trouble *hall.Text      `json:"trouble,omitempty"` // of its configuration: key "display.trouble.<code>"
	Hero    *DisplayCall    `json:"hero,omitempty"`    // the call that is shown large
	Calls   []DisplayCall   `json:"calls"`             // newest first, at most 12 beside those that wait to be large
	Groups  []DisplayGroup  `json:"groups"`
	Windows []DisplayWindow `json:"windows"`
	Voice   VoiceView       `json:"voice"`
	Notices []NoticeView    `json:"notices"` // in force, the most important first
}

// DisplayLook is how a display is to look, as it is configured.
type DisplayLook struct {
	Contrast string `json:"contrast" enum:"normal,dark,light"`
	Still    bool   `json:"still"` // nothing moves or blinks
}

// NoticeView is a sentence for everyone in the hall.
type NoticeView struct {
	ID     string     `json:"id"`
	Text   hall.Names `json:"text"`
	Urgent bool       `json:"urgent"`
}

// DisplayCall is one called number.
type DisplayCall struct {
	Ticket string    `json:"ticket"`
	Number string    `json:"number"`
	Window string    `json:"window"`
	At     time.Time `json:"at"`
	Calls  int       `json:"calls"`
	Flash  bool      `json:"flash"` // called within the last seconds: visual alarm
	Next   bool      `json:"next"`  // waits to be shown large
}

// DisplayGroup is how many wait.
type DisplayGroup struct {
	ID      string     `json:"id"`
	Prefix  string     `json:"prefix"`
	Name    hall.Names `json:"name"`
	Waiting int        `json:"waiting"`
	Wait    Wait       `json:"wait"`
}

// DisplayWindow is one window of the hall.
type DisplayWindow struct {
	ID     string     `json:"id"`
	Name   hall.Names `json:"name"`
	Open   bool       `json:"open"`
	Paused bool       `json:"paused"`
	Number string     `json:"number,omitempty"`
	Flash  bool       `json:"flash"` // its number was called within the last seconds
}

// VoiceView says whether announcements are heard.
type VoiceView struct {
	State    string     `json:"state" enum:"on,silent,speaking"`
	Why      *hall.Text `json:"why,omitempty"`
	Speaking string     `json:"speaking,omitempty"`
}
