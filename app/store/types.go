package store

import (
	"time"

	"hallway/app/hall"
)

// Draft is an operation to be written down: the store gives it its identity,
// its stamp and its place in the lane.
type Draft struct {
	Kind      hall.Kind
	Entity    string
	Actor     hall.Actor
	Body      any
	Sealed    any // plain personal fields; sealed here, kept nowhere in clear
	DependsOn []hall.OpID
}

// TicketDraft is a take_ticket, or a check_in when Appointment is set.
type TicketDraft struct {
	Actor       hall.Actor
	Group       string
	Item        string
	Class       hall.Class
	Locale      string
	Person      *hall.PersonSealed // nil: nobody is known
	Appointment string
	Way         string // card, qr, phone
	// Begun writes the slip's job down as begun, with the number: its first byte goes
	// out at once, and no second commit stands before it.
	Begun bool
}

// Issued is a number that was spent (出号).
type Issued struct {
	Op      hall.Op
	Ticket  string
	Number  string
	Offline bool
	Job     string // id of the print job, queued or begun
}

// Job is a print job without an outcome.
type Job struct {
	ID      string
	Kind    string // of paper; "" for a ticket's slip
	Ticket  string // or, for a paper, the case, batch or trip that it is of
	Begun   bool
	Reprint bool // 补打
}

// States of a print job. The last four are outcomes and final.
const (
	JobQueued    = "queued"
	JobBegun     = "begun"
	JobConfirmed = "confirmed"
	JobParsed    = "parsed"
	JobFailed    = "failed"
	JobUnknown   = "unknown"
)

// Rejection is an operation that the writer refused (需处理). ID is its op_id.
type Rejection struct {
	ID     string
	Kind   hall.Kind
	Entity string
	Reason hall.Text
	At     time.Time
}

// Lease is a block of numbers (号段) and what is left of it. A block of
// application numbers has no group and no day.
type Lease struct {
	ID      string
	Series  string
	Group   string
	Day     string
	Offline bool
	Prefix  string
	Next    int // the number to spend
	Last    int // the last of the block
}

// Left is how many numbers are left.
func (l Lease) Left() int { return max(0, l.Last-l.Next+1) }

// Periods.
const (
	keepAcked    = 30 * 24 * time.Hour // operations with a verdict
	jobFresh     = 2 * time.Minute     // a queued job of a dead process is still wanted
	settleFor    = time.Second         // how long Await waits for the rows of an applied operation
	reserveWait  = 300 * time.Millisecond
	keepDays     = 3 // queues in memory
	defaultBlock = 20
)
