package terminal

import (
	"time"

	"hallway/app/hall"
)

// StationView is the whole station: at a department, where papers are signed
// out, or in the hall, where they are signed in. It holds no person.
type StationView struct {
	Rev        int64      `json:"rev"`
	Now        time.Time  `json:"now"`
	Line       Line       `json:"line"`
	Staff      *StaffView `json:"staff,omitempty"`      // nil: sign-in page
	Department string     `json:"department,omitempty"` // empty: the hall's own station
	Name       hall.Names `json:"name"`                 // of the department, or of the hall
	// Mode is what a scan means now; Modes are those that this station and this
	// person have. Keys "station.mode.<mode>".
	Mode   string        `json:"mode" enum:"out,in,return_out,return_in,file"`
	Modes  []StationMode `json:"modes"`
	Counts StationCounts `json:"counts"`
	// Last is the latest scan, to be seen from a metre away; Scans are those of
	// this sitting, newest first, at most 30.
	Last  *StationScan  `json:"last,omitempty"`
	Scans []StationScan `json:"scans"`
	// Batches are sorted by item, then by what is due first; at most 100. The
	// one that was looked up by its application number stands in front.
	Batches  []BatchView  `json:"batches"`
	Selected string       `json:"selected,omitempty"` // id of that batch
	Trip     *TripView    `json:"trip,omitempty"`     // being loaded here (department)
	Trips    []TripView   `json:"trips"`              // sent and not closed (department: its own; hall: arriving)
	Couriers []StaffName  `json:"couriers"`
	Acts     StationActs  `json:"acts"`
	Prints   []DeskPrint  `json:"prints"`
	Work     []WorkItem   `json:"work"`
	Devices  []DeviceView `json:"devices"`
	Voice    SpeechView   `json:"voice"`
}

// StationMode is one way of scanning.
type StationMode struct {
	Mode string `json:"mode"`
	Act  Act    `json:"act"`
}

// StationCounts are the big numbers.
type StationCounts struct {
	Waiting    int `json:"waiting"`    // department: to sign out; hall: on the road here
	Today      int `json:"today"`      // scanned in this sitting
	Pending    int `json:"pending"`    // 待同步
	Unverified int `json:"unverified"` // 待核对
	Attention  int `json:"attention"`  // for a person
	Overdue    int `json:"overdue"`    // past their limit
}

// StationScan is one scan and what it meant.
type StationScan struct {
	ID   string    `json:"id"` // of the operation; empty when nothing was written down
	At   time.Time `json:"at"`
	Mode string    `json:"mode"`
	// Result is what to show and sound: "ok", "again" (already scanned: harmless),
	// "wrong" (nothing moved), "return" (taken in for custody only: goes back).
	Result string `json:"result" enum:"ok,again,wrong,return"`
	// Text says it: key "scan.<code>".
	Text     hall.Text    `json:"text"`
	Number   string       `json:"number,omitempty"`
	Material hall.Names   `json:"material,omitempty"`
	Code     string       `json:"code,omitempty"` // of the material
	Custody  hall.Custody `json:"custody,omitempty"`
	Pending  bool         `json:"pending"` // 待同步
	Undo     Act          `json:"undo"`
	Undone   bool         `json:"undone"`
}

// BatchView is one batch (批次): the papers of one case from one department.
type BatchView struct {
	ID         string          `json:"id"`
	Number     string          `json:"number"`
	Item       hall.Names      `json:"item"`
	Department hall.Names      `json:"department"`
	State      hall.BatchState `json:"state"` // label "batch.<state>"
	Due        time.Time       `json:"due,omitzero"`
	Overdue    bool            `json:"overdue"`
	Withdrawn  bool            `json:"withdrawn"` // not wanted any more
	Labels     string          `json:"labels" enum:"none,printing,printed,failed,unknown"`
	Print      Act             `json:"print"`
	Papers     []PaperView     `json:"papers"`
}

// PaperView is one paper of a batch.
type PaperView struct {
	ID       string       `json:"id"`
	Material hall.Names   `json:"material"`
	Code     string       `json:"code"`
	Attempt  int          `json:"attempt"`
	Custody  hall.Custody `json:"custody"` // label "custody.<custody>"
	Pending  bool         `json:"pending"`
	Back     bool         `json:"back"`              // goes back to the department
	Refused  string       `json:"refused,omitempty"` // label "refusal.<reason>"
	Attend   bool         `json:"attention"`
	Refuse   Act          `json:"refuse"`
}

// TripView is a consignment (交接单).
type TripView struct {
	ID         string                `json:"id"`
	Department hall.Names            `json:"department"`
	State      hall.ConsignmentState `json:"state"` // label "trip.<state>"
	Papers     int                   `json:"papers"`
	Arrived    int                   `json:"arrived"`
	Missing    int                   `json:"missing"`
	Courier    string                `json:"courier,omitempty"`
	Opened     time.Time             `json:"opened"`
	Sent       time.Time             `json:"sent,omitzero"`
	Pending    bool                  `json:"pending"`
	Close      Act                   `json:"close"`
	Print      Act                   `json:"print"`
}

// StaffName is somebody to choose.
type StaffName struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// StationActs says what may be done now.
type StationActs struct {
	Scan    Act `json:"scan"`
	Open    Act `json:"open"` // begin a trip
	Send    Act `json:"send"` // the courier takes the open trip
	SignOut Act `json:"sign_out"`
}

// ModeRequest says what the next scans mean.
type ModeRequest struct {
	Mode string `json:"mode" enum:"out,in,return_out,return_in,file"`
}

// ScanRequest is a label typed by hand, where the scanner fails.
type ScanRequest struct {
	Text string `json:"text" minLength:"1" maxLength:"120"`
}

// UndoRequest takes a scan back.
type UndoRequest struct {
	Scan string `json:"scan" minLength:"1" maxLength:"64"`
}

// BatchRequest names a batch.
type BatchRequest struct {
	Batch string `json:"batch" minLength:"1" maxLength:"100"`
}

// PaperRequest names a paper.
type PaperRequest struct {
	Paper string `json:"paper" minLength:"1" maxLength:"128"`
}

// RefuseRequest: the department does not release a paper.
type RefuseRequest struct {
	Paper  string `json:"paper" minLength:"1" maxLength:"128"`
	Reason string `json:"reason" enum:"not_found,lent,not_allowed"`
}

// CourierRequest: who takes the open trip.
type CourierRequest struct {
	Courier string `json:"courier" minLength:"1" maxLength:"64"`
}

// TripRequest names a trip.
type TripRequest struct {
	Trip string `json:"trip" minLength:"1" maxLength:"64"`
}
