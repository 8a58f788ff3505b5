// Package idcard is the contract of identity-card readers (身份证阅读器).
//
// Guarantees: one placing of a card is one event; kind is decided by the type
// marker first, then by the number; nothing of a card is ever logged.
// Source: GA 490-2013 layout, protocol sheet §A.
package idcard

import (
	"time"

	"hallway/devices"
)

// CardKind is the layout on the chip.
type CardKind string

const (
	Resident     CardKind = "resident"       // 居民身份证
	HMTResidence CardKind = "hmt_residence"  // 港澳台居民居住证, marker J
	Foreigner17  CardKind = "foreigner_2017" // marker I
	Foreigner23  CardKind = "foreigner_2023" // marker Y
)

// Card is what the chip says. Times are dates at +08:00. Photo stays opaque.
type Card struct {
	Kind        CardKind
	NameAsRead  []byte // UTF-16LE bytes of the chip
	Name        string
	NameLatin   string
	Sex         string // GB/T 2261.1 code
	Nation      string // GB/T 3304 code
	Nationality string
	Birth       string // YYYYMMDD
	Address     string
	Number      string
	Issuer      string
	ValidFrom   string // YYYYMMDD
	ValidUntil  string // YYYYMMDD or 长期
	PassNumber  string
	IssueCount  string
	Photo       []byte // WLT, opaque
	NumberOK    bool   // check character right, for the kinds that have one
}

// ReadError codes: what went wrong, as a key "card.<code>" of the catalogues.
const (
	ErrUnreadable = "unreadable" // moved, damaged, cut frame: place again
	ErrOtherKind  = "other_kind" // not a card this reader knows (40, or an unknown marker)
	ErrSuspect    = "suspect"    // 31, 32, 33, 37, 3F
	ErrBadNumber  = "bad_number" // check character wrong
)

// Event is one placing of a card: a Card, or why it could not be read.
type Event struct {
	At   time.Time
	Card *Card
	Err  string // one of the codes above
}

// Reader is a card reader.
type Reader interface {
	devices.Device
	// Events delivers one Event a placing. It is never closed before Run ends.
	Events() <-chan Event
	// Identity of the secure module, "" until known.
	SAM() string
}
