// Package idcard is the contract of identity-card readers (身份证阅读器).
//
// Guarantees: one placing of a card is one event; kind is decided by the type
// marker first, then by the number; nothing of a card is ever logged; Wipe
// leaves none of its bytes.
// Photos are in a patented form (WLT) that only the vendors' licensed libraries
// read. None is shipped: whoever has one registers it (RegisterPhotoDecoder) and
// names it in the reader's configuration. Fingerprint templates are carried
// unopened, for the same reason.
// Source: GA 490-2013 layout, protocol sheet §A.
package idcard

import (
	"image"
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

// Card is what the chip says. Times are dates at +08:00. Photo and Finger stay
// opaque.
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
	Version     string      // of the 2017 foreigner's card
	Earlier     string      // 2023 foreigner's card: link to the holder's earlier number
	Photo       []byte      // WLT, opaque
	Picture     image.Image // Photo read by a registered decoder; nil without one
	Finger      [][]byte    // fingerprint templates, opaque; none where the card or the reader has none
	NumberOK    bool        // check character right, for the kinds that have one
}

// Wipe overwrites the bytes of a card and lets go of its texts.
func (c *Card) Wipe() {
	if c == nil {
		return
	}
	clear(c.NameAsRead)
	clear(c.Photo)
	for _, f := range c.Finger {
		clear(f)
	}
	wipePicture(c.Picture)
	*c = Card{}
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
	// Lies says that a card lies there that was delivered, and is delivered again
	// only when it was taken away: it may be of the person before. False also where
	// the reader cannot tell.
	Lies() bool
}
