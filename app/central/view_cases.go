package central

import (
	"time"

	"hallway/app/hall"
)

// ManagerCases are the hall's cases and papers, without any person.
type ManagerCases struct {
	Counts  []ManagerCaseCount `json:"counts"`  // in the order of a case's life; only states that there are
	Pending []ManagerCase      `json:"pending"` // 受理中 with anomalies, the oldest first, at most 100
	Papers  ManagerPapers      `json:"papers"`
	// Attention are papers that a person must look at, at most 100.
	Attention   []ManagerPaper          `json:"attention"`
	Departments []ManagerDepartmentWork `json:"departments"`
	Trips       []ManagerTrip           `json:"trips"`            // sent and not closed
	Export      *ManagerExport          `json:"export,omitempty"` // none when no records go up
}

// ManagerExport is how far the process records (过程记录) of cases went up.
type ManagerExport struct {
	Sent    int `json:"sent"`
	Waiting int `json:"waiting"`
	Refused int `json:"refused"`
	// Reason and Record are of the latest that was refused: the receiver's code, and
	// which of the ten records, label "manager.export.record.<record>".
	Reason string `json:"reason,omitempty"`
	Record string `json:"record,omitempty"`
	// Trouble is why nothing is acknowledged now: label "manager.export.trouble.<trouble>".
	Trouble string `json:"trouble,omitempty" enum:"unreachable,no_answer,refused,wrong_answer,folder,unreadable"`
}

// ManagerCaseCount is how many cases are in a state; label "case.counter.<state>".
type ManagerCaseCount struct {
	State hall.CaseState `json:"state"`
	Count int            `json:"count"`
}

// ManagerCase is a case of 受理中 that somebody must look at.
type ManagerCase struct {
	Number    string             `json:"number"`
	Item      hall.Names         `json:"item"`
	Summary   hall.MaterialState `json:"summary"` // label "material.counter.<state>"
	Anomaly   []hall.Text        `json:"anomaly"` // keys "anomaly.<code>"
	Submitted time.Time          `json:"submitted,omitzero"`
}

// ManagerPapers counts papers by who holds them.
type ManagerPapers struct {
	Waiting    int `json:"waiting"`    // at the department, asked for
	InTransit  int `json:"in_transit"` // on the road, either way
	AtCounter  int `json:"at_counter"`
	Unverified int `json:"unverified"`
	Disputed   int `json:"disputed"`
	Attention  int `json:"attention"` // a person must look
	Overdue    int `json:"overdue"`   // asked for, not in, and past the limit
}

// ManagerPaper is one paper that a person must look at.
type ManagerPaper struct {
	Paper      string       `json:"paper"`
	Number     string       `json:"number"`
	Material   string       `json:"material"` // code
	Name       hall.Names   `json:"name,omitempty"`
	Department string       `json:"department"`
	Custody    hall.Custody `json:"custody"` // label "custody.<custody>"
	Since      time.Time    `json:"since,omitzero"`
}

// ManagerDepartmentWork is what a department was asked for: electronic
// materials and papers that are not in.
type ManagerDepartmentWork struct {
	ID      string     `json:"id"`
	Name    hall.Names `json:"name"`
	Open    int        `json:"open"`
	Overdue int        `json:"overdue"` // of these, past their limit
}

// ManagerTrip is a consignment on the road.
type ManagerTrip struct {
	ID         string     `json:"id"`
	Department string     `json:"department"`
	Name       hall.Names `json:"name,omitempty"`
	Papers     int        `json:"papers"`
	Missing    int        `json:"missing"` // not scanned in yet
	Sent       time.Time  `json:"sent,omitzero"`
}
