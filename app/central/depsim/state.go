package depsim

import (
	"time"

	"hallway/app/hall"
)

// What a department says to a query.
const (
	QueryYes    = "yes"
	QueryNo     = "no"
	QuerySilent = "silent" // it never answers
	QueryError  = "error"
)

// How a department delivers what it was asked for.
const (
	AtOnce      = "at_once"
	After       = "after"        // so many seconds later
	Late        = "late"         // after the limit: 26 hours later when no seconds are given
	Never       = "never"        // only by hand
	Refuse      = "refuse"       // that it cannot, at once or so many seconds later
	Twice       = "twice"        // the same call-back two times
	Forged      = "forged"       // signed with another secret
	WrongDigest = "wrong_digest" // of other bytes than it sends
)

// Behaviour of a department with one material; material "" is every other one.
type Behaviour struct {
	Department string `json:"department" toml:"department" maxLength:"32"`
	Material   string `json:"material" toml:"material" maxLength:"64" doc:"code; empty: every other material"`
	Query      string `json:"query" toml:"query" enum:"yes,no,silent,error"`
	Delivery   string `json:"delivery" toml:"delivery" enum:"at_once,after,late,never,refuse,twice,forged,wrong_digest"`
	Seconds    int    `json:"seconds" toml:"seconds" minimum:"0" maximum:"2592000" doc:"of after, late and refuse"`
	Think      int    `json:"think" toml:"think" minimum:"0" maximum:"600" doc:"seconds before it answers a query: slow"`
	Reason     string `json:"reason,omitempty" toml:"reason" maxLength:"64" doc:"code of a refusal"`
}

// DepartmentState is one department as the page shows it.
type DepartmentState struct {
	ID   string     `json:"id"`
	Name hall.Names `json:"name"`
	Up   bool       `json:"up"`
	Open int        `json:"open"` // orders that wait
}

// Kinds of requests.
const (
	KindQuery  = "query"
	KindOrder  = "order"
	KindNotice = "notice"
)

// States of requests.
const (
	Answered  = "answered" // a query
	Told      = "told"     // a notice
	Waiting   = "waiting"  // an order
	Delivered = "delivered"
	Refused   = "refused"
	Withdrawn = "withdrawn"
	Stopped   = "stopped" // the centre does not want it any more
)

// Request is what the department was asked or told.
type Request struct {
	ID         string    `json:"id"`
	Department string    `json:"department"`
	Kind       string    `json:"kind" enum:"query,order,notice"`
	State      string    `json:"state" enum:"answered,told,waiting,delivered,refused,withdrawn,stopped"`
	Item       string    `json:"item"`
	Material   string    `json:"material,omitempty"`
	Method     string    `json:"method,omitempty"`
	Papers     []string  `json:"papers,omitempty"`
	Person     string    `json:"person"`   // masked
	Document   string    `json:"document"` // masked
	Received   time.Time `json:"received"`
	Due        time.Time `json:"due,omitzero"` // of the next call-back; zero: by hand
	Answer     string    `json:"answer,omitempty" doc:"what it answered, or what the centre answered last: a code"`
	Tries      int       `json:"tries"`
	plan       string    // the delivery that it was taken with
	reason     string
}

// State is everything that the page shows.
type State struct {
	Rev         int64             `json:"rev"`
	Now         time.Time         `json:"now"`
	Centre      string            `json:"centre"`
	Departments []DepartmentState `json:"departments"`
	Behaviours  []Behaviour       `json:"behaviours"`
	Requests    []Request         `json:"requests"` // newest first, at most 200
}

// DeliverRequest sends an order's call-back now.
type DeliverRequest struct {
	ID  string `json:"id" maxLength:"200"`
	How string `json:"how" enum:"at_once,twice,forged,wrong_digest"`
}

// RefuseRequest says that an order cannot be supplied.
type RefuseRequest struct {
	ID     string `json:"id" maxLength:"200"`
	Reason string `json:"reason" maxLength:"64" doc:"a code, e.g. not_found"`
}

// DepartmentRequest takes a department down, or up again.
type DepartmentRequest struct {
	ID string `json:"id" maxLength:"32"`
	Up bool   `json:"up"`
}

// ClockRequest puts the departments' clock forward.
type ClockRequest struct {
	Seconds int `json:"seconds" minimum:"1" maximum:"31536000"`
}
