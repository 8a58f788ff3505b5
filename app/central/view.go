package central

import (
	"time"

	"hallway/app/hall"
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
