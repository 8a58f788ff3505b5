package central

import (
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// Views of the manager's page (大厅管理). None holds personal data of anybody but
// the names of staff; of ratings they hold sums only.

// ManagerView is the manager's page, pushed whole on every change.
type ManagerView struct {
	Rev       int64             `json:"rev"`
	Now       time.Time         `json:"now"`
	Hall      hall.Names        `json:"hall"`
	Day       string            `json:"day"`
	Totals    ManagerTotals     `json:"totals"`
	Groups    []ManagerGroup    `json:"groups"`
	Windows   []ManagerWindow   `json:"windows"`
	Terminals []ManagerTerminal `json:"terminals"`
	Ratings   ManagerRatings    `json:"ratings"`
	Cases     ManagerCases      `json:"cases"`
	Notices   ManagerNotices    `json:"notices"`
	Recent    []ManagerEvent    `json:"recent"` // newest first, at most 30
	// Alarms are what is wrong now, the worst first.
	Alarms []ManagerAlarm `json:"alarms"`
	Series []hall.DaySpan `json:"series"`
	Open   bool           `json:"open"`
	Closed *hall.Text     `json:"closed,omitempty"` // key "kiosk.closed.<code>" when not open
	// Plan is which plan of the hall this is: a page that shows another one asks anew.
	Plan string `json:"plan"`
}

// ManagerAlarm is one thing that is wrong: key "manager.alarm.<code>", what to do
// "manager.alarm.<code>.do", except for a device, whose fault has its own words.
type ManagerAlarm struct {
	Code     string            `json:"code" enum:"no_window,device_fault,terminal_offline,idle_window,wait_long,long_service,work,papers_overdue,papers_attention,cases_pending,recovering,rows_lost"`
	Severity string            `json:"severity" enum:"bad,warn"`
	Kind     string            `json:"kind" enum:"window,group,terminal,cases,hall"` // of what it points to
	ID       string            `json:"id,omitempty"`
	Params   map[string]string `json:"params,omitempty"`
	Since    time.Time         `json:"since,omitzero"`
}

// ManagerTotals of the day. Times in seconds.
type ManagerTotals struct {
	Issued    int `json:"issued"`
	Waiting   int `json:"waiting"`
	Serving   int `json:"serving"`
	Done      int `json:"done"`
	Missed    int `json:"missed"`
	Booked    int `json:"booked"`
	CheckedIn int `json:"checked_in"`
	WaitMean  int `json:"wait_mean"`
	WaitP90   int `json:"wait_p90"`
	ServeMean int `json:"serve_mean"`
	// IdleWithWaiting: open windows without a ticket while somebody waits for them.
	IdleWithWaiting int `json:"idle_with_waiting"`
}

// ManagerGroup is one service group. Times in seconds.
type ManagerGroup struct {
	ID       string     `json:"id"`
	Prefix   string     `json:"prefix"`
	Name     hall.Names `json:"name"`
	Waiting  int        `json:"waiting"`
	Longest  int        `json:"longest"`
	Open     int        `json:"open"` // windows that serve it now
	Serving  int        `json:"serving"`
	Done     int        `json:"done"`
	WaitMean int        `json:"wait_mean"`
}

// ManagerWindow is one window.
type ManagerWindow struct {
	ID     string     `json:"id"`
	Name   hall.Names `json:"name"`
	State  string     `json:"state" enum:"closed,open,paused,called,serving"`
	Staff  string     `json:"staff,omitempty"`
	Number string     `json:"number,omitempty"`
	Since  time.Time  `json:"since,omitzero"`
	Done   int        `json:"done"`
	// Alert: free while somebody waits for it, or at one matter for too long.
	Alert    string   `json:"alert,omitempty" enum:"idle,long"`
	Waiting  int      `json:"waiting"` // whom it could call
	Groups   []string `json:"groups"`
	Terminal string   `json:"terminal,omitempty"`
}

// ManagerTerminal is a terminal with its devices.
type ManagerTerminal struct {
	ID   string `json:"id"`
	Role string `json:"role"`
	// Nth of its role in the hall, from 1, as people call it: kiosk 1.
	Nth        int        `json:"nth"`
	Window     string     `json:"window,omitempty"`
	Department string     `json:"department,omitempty"` // where a station stands that is not in the hall
	Place      hall.Names `json:"place,omitempty"`      // name of the window or department
	// State is the worst of line and devices; revoked: the centre shut it out.
	State   string              `json:"state" enum:"ok,warn,fault,offline,revoked"`
	Issued  int                 `json:"issued"` // numbers that it gave today
	Online  bool                `json:"online"`
	SeenAt  time.Time           `json:"seen_at,omitzero"`
	Revoked time.Time           `json:"revoked_at,omitzero"` // since when it is shut out
	Version string              `json:"version"`
	Outbox  int                 `json:"outbox"`
	Work    int                 `json:"work"`
	Leased  map[string]int      `json:"leased,omitempty"`
	Devices []sync.DeviceStatus `json:"devices"`
}

// ManagerRatings of the day, by level 1 (very satisfied) … 5; NotRated apart.
type ManagerRatings struct {
	Levels   [5]int `json:"levels"`
	NotRated int    `json:"not_rated"`
}

// ManagerEvent is one line of what happened; key "event.<code>".
type ManagerEvent struct {
	At   time.Time `json:"at"`
	Text hall.Text `json:"text"`
}

// ManagerTicket is one ticket of the day. Times in seconds.
type ManagerTicket struct {
	Number  string     `json:"number"`
	Group   string     `json:"group"`
	Item    hall.Names `json:"item,omitempty"`
	Class   hall.Class `json:"class"`
	State   string     `json:"state"` // label "ticket.state.<state>"
	Issued  time.Time  `json:"issued"`
	Called  time.Time  `json:"called,omitzero"` // for the first time
	Served  time.Time  `json:"served,omitzero"`
	Done    time.Time  `json:"done,omitzero"`
	Wait    int        `json:"wait"` // until the first call, or until now
	Serve   int        `json:"serve"`
	Calls   int        `json:"calls"`
	Window  string     `json:"window,omitempty"`
	Staff   string     `json:"staff,omitempty"`
	Slot    string     `json:"slot,omitempty"` // of its appointment
	Offline bool       `json:"offline,omitempty"`
	Why     *hall.Text `json:"why,omitempty"` // reason of its place, or of its call: key "why.<code>"
}

// ManagerWindowDay is the day of one window.
type ManagerWindowDay struct {
	Window    ManagerWindow     `json:"window"`
	Staff     []ManagerStaffDay `json:"staff"`
	Tickets   []ManagerTicket   `json:"tickets"` // newest call first
	Ratings   ManagerRatings    `json:"ratings"`
	WaitMean  int               `json:"wait_mean"`
	ServeMean int               `json:"serve_mean"`
}

// ManagerStaffDay is what one member of staff did at a window today.
type ManagerStaffDay struct {
	Name      string    `json:"name"`
	Done      int       `json:"done"`
	ServeMean int       `json:"serve_mean"`
	First     time.Time `json:"first,omitzero"` // first and latest call
	Last      time.Time `json:"last,omitzero"`
}

// ManagerGroupDay is the queue of one service, in the order of calling.
type ManagerGroupDay struct {
	Group   ManagerGroup    `json:"group"`
	Waiting []ManagerTicket `json:"waiting"`
	Windows []string        `json:"windows"` // that may serve it
}

// ManagerTickets are the tickets behind a figure; Total counts also those that
// are left out.
type ManagerTickets struct {
	Total   int             `json:"total"`
	Tickets []ManagerTicket `json:"tickets"`
}

// ManagerAppointment is an appointment of the day, of nobody in particular.
type ManagerAppointment struct {
	Slot   string                `json:"slot"`
	Group  string                `json:"group"`
	Item   hall.Names            `json:"item"`
	State  hall.AppointmentState `json:"state"`
	Number string                `json:"number,omitempty"`
}

// ManagerFloor is the plan of the hall, with a place for everything that stands
// in it.
type ManagerFloor struct {
	Plan  string     `json:"plan"`
	Floor hall.Floor `json:"floor"`
}
