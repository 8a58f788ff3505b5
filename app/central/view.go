package central

import (
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// Views of the centre's pages: booking (公众预约) and manager (大厅管理).

// BookingItem is an item that can be booked.
type BookingItem struct {
	ID    string     `json:"id"`
	Group string     `json:"group"`
	Name  hall.Names `json:"name"`
	Hint  hall.Names `json:"hint,omitempty"`
}

// BookingInfo is what the booking page starts from.
type BookingInfo struct {
	Hall  hall.Names        `json:"hall"`
	Area  string            `json:"area"`
	Now   time.Time         `json:"now"`
	Items []BookingItem     `json:"items"`
	Days  []BookingDay      `json:"days"`
	Rules hall.BookingRules `json:"rules"`
}

// BookingDay is a day that can be booked; Provisional when its calendar year
// is not published yet.
type BookingDay struct {
	Day         string `json:"day"`
	Weekday     int    `json:"weekday"` // 0 = Sunday
	Provisional bool   `json:"provisional"`
}

// BookingSlot is one slot of one item and day.
type BookingSlot struct {
	Start string     `json:"start"`
	End   string     `json:"end"`
	Left  int        `json:"left"`
	Open  bool       `json:"open"`
	Why   *hall.Text `json:"why,omitempty"` // key "reason.<code>" when not open
}

// BookingRequest is what the person filled in.
type BookingRequest struct {
	Item    string `json:"item"`
	Day     string `json:"day"`
	Slot    string `json:"slot"`
	Name    string `json:"name"`
	DocKind string `json:"doc_kind"` // 111
	DocNo   string `json:"doc_no"`
	Phone   string `json:"phone"`
	// Key makes a repeated request the same booking (a lost reply, a double press).
	Key string `json:"key"`
}

// BookingReply confirms. Code (six digits, for phone + code) and QR are shown
// once and stored nowhere in clear.
type BookingReply struct {
	ID    string     `json:"id"`
	Item  hall.Names `json:"item"`
	Day   string     `json:"day"`
	Slot  string     `json:"slot"`
	Code  string     `json:"code"`
	QR    string     `json:"qr"`     // text of the code
	QRSVG string     `json:"qr_svg"` // drawn
	Name  string     `json:"name"`   // masked
}

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
	Recent    []ManagerEvent    `json:"recent"` // newest first, at most 30
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
}

// ManagerTerminal is a terminal with its devices.
type ManagerTerminal struct {
	ID      string              `json:"id"`
	Role    string              `json:"role"`
	Online  bool                `json:"online"`
	SeenAt  time.Time           `json:"seen_at,omitzero"`
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

// SignIn asks for a staff session at a terminal or at the centre's pages.
type SignIn struct {
	Staff    string `json:"staff"`
	Password string `json:"password"`
	Terminal string `json:"terminal,omitempty"`
}

// Session of a member of staff.
type Session struct {
	Token   string      `json:"token"`
	ID      string      `json:"id"` // goes into op actors
	Staff   string      `json:"staff"`
	Name    string      `json:"name"`
	Roles   []hall.Role `json:"roles"`
	Expires time.Time   `json:"expires"`
}
