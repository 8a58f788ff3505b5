package hall

import (
	"encoding/json"
	"time"
)

// OpID is the identity of one operation: a ULID for what people and devices
// do, and a hash of (entity, attempt, kind) for deadlines, so that a deadline
// can never fire twice.
type OpID string

// Kind names what was intended or witnessed, never a resulting state.
type Kind string

// ActorKind says who stands behind an operation.
type ActorKind string

const (
	ActorCitizen ActorKind = "citizen" // the person at a kiosk or evaluator; never named
	ActorStaff   ActorKind = "staff"   // a signed-in member of staff
	ActorDevice  ActorKind = "device"  // the terminal itself (leases, print outcomes)
	ActorSystem  ActorKind = "system"  // deadlines, imports, web bookings at the centre
)

// Actor is who did it. ID is the staff number for staff and empty for
// citizens: a citizen's identity is only ever in the sealed part.
type Actor struct {
	Kind    ActorKind `json:"kind"`
	ID      string    `json:"id,omitempty"`
	Role    Role      `json:"role,omitempty"`
	Session string    `json:"session,omitempty"`
}

// Trust says how far a Stamp can be believed.
type Trust string

const (
	TrustSynced    Trust = "synced"    // anchor + elapsed monotonic time
	TrustClamped   Trust = "clamped"   // outside [last sync, receipt], moved to the edge
	TrustUntrusted Trust = "untrusted" // rebooted without a sync since
)

// Stamp is the device's evidence of when something happened. It never orders
// anything.
type Stamp struct {
	At      time.Time `json:"at"`
	BoundMS int64     `json:"bound_ms"`
	Trust   Trust     `json:"trust"`
	// SyncedAt is the centre's time when the device last met it: nothing that it
	// did since can have been before. It is for the decision only.
	SyncedAt time.Time `json:"synced_at,omitzero"`
}

// Clamped is the stamp held between the last sync and the receipt. A device that
// was wrong by more than it said is told so in Trust; of one that does not know
// the time nothing is made better.
func (s Stamp) Clamped(received time.Time) Stamp {
	synced, bound := s.SyncedAt, time.Duration(max(s.BoundMS, 0))*time.Millisecond
	s.SyncedAt = time.Time{}
	if s.Trust != TrustSynced || s.At.IsZero() {
		return s
	}
	at := s.At
	if !synced.IsZero() && at.Before(synced) {
		s.At = synced
	}
	if s.At.After(received) {
		s.At = received
	}
	if off := s.At.Sub(at).Abs(); off > bound {
		s.Trust = TrustClamped
	}
	return s
}

// Op is the immutable body of an operation (操作). Its bytes are hashed once
// and never rewritten; lane sequence and chain live in the envelope (package
// sync).
type Op struct {
	ID        OpID            `json:"op_id"`
	Kind      Kind            `json:"kind"`
	Schema    int             `json:"schema"`
	Lane      string          `json:"lane"`
	Hall      string          `json:"hall,omitempty"`
	Entity    string          `json:"entity"` // id of the aggregate that the kind names
	Actor     Actor           `json:"actor"`
	Terminal  string          `json:"terminal"`
	Stamp     Stamp           `json:"stamp"`
	DependsOn []OpID          `json:"depends_on,omitempty"`
	Body      json.RawMessage `json:"body"`             // public part, shape by kind (see bodies.go)
	Sealed    []byte          `json:"sealed,omitempty"` // HPKE to the writer; personal fields only
}

// VerdictStatus is the writer's answer to an operation (裁定).
type VerdictStatus string

const (
	Applied            VerdictStatus = "applied"
	Noop               VerdictStatus = "noop" // already so
	Rejected           VerdictStatus = "rejected"
	RejectedDependency VerdictStatus = "rejected_dependency"
)

// Text is a sentence as data: a key of the catalogues and its parameters.
// Reasons, explanations of calls and notices travel in this shape, so that
// every reader sees them in their own language.
type Text struct {
	Code   string            `json:"code"`
	Params map[string]string `json:"params,omitempty"`
}

// EntityKind names a table of confirmed state.
type EntityKind string

const (
	EntityTicket      EntityKind = "ticket"
	EntityWindow      EntityKind = "window"
	EntityAppointment EntityKind = "appointment"
	EntitySlot        EntityKind = "slot"
	EntitySeries      EntityKind = "series" // counter of one number series
	EntityLease       EntityKind = "lease"  // a block of numbers owned by a terminal
	EntityRating      EntityKind = "rating"
	EntityCatalogue   EntityKind = "catalogue"   // one per hall: Catalogue
	EntityTerminal    EntityKind = "terminal"    // enrolled terminals
	EntitySlip        EntityKind = "slip"        // what happened to a printed slip
	EntityBooking     EntityKind = "booking"     // whose appointment it is, by keyed hash
	EntityPerson      EntityKind = "person"      // what one person booked, by keyed hash
	EntityLetter      EntityKind = "letter"      // which terminal has an offline letter
	EntityNoticeBoard EntityKind = "noticeboard" // what the manager posted, one per hall
)

// Feed is the part of a lane's log for one audience. Each row is in exactly
// one feed.
type Feed string

const (
	FeedCatalogue Feed = "catalogue" // everyone; lane "shared"
	FeedQueue     Feed = "queue"     // tickets, windows, notices: kiosk, counter, display; no personal data
	FeedCheckIn   Feed = "checkin"   // appointments by keyed hash: kiosk, counter
	FeedBooking   Feed = "booking"   // slots: centre only
	FeedLease     Feed = "lease"     // number series and leases: centre only
	FeedRating    Feed = "rating"    // ratings, slips: centre only
)

// Change is one row of the log: what became of one entity. Value is the whole
// new value as canonical JSON, or nil when the entity is gone.
type Change struct {
	Feed  Feed            `json:"feed"`
	Event string          `json:"event"` // what happened, e.g. "ticket.called"
	Kind  EntityKind      `json:"kind"`
	ID    string          `json:"id"`
	Value json.RawMessage `json:"value"`
}

// Effect is what must happen outside because of a row: announce, print,
// notify. Written in the transaction of the row.
type Effect struct {
	ID      string          `json:"id"` // stable: derived from the op, so that a repeat is the same effect
	Kind    string          `json:"kind"`
	Payload json.RawMessage `json:"payload"`
	// Due is when it is to happen; zero means now.
	Due time.Time `json:"due,omitzero"`
}

// Outcome is what Step makes of an operation.
type Outcome struct {
	Status  VerdictStatus
	Reason  Text     // set unless Applied
	Changes []Change // empty unless Applied
	Effects []Effect
	Result  json.RawMessage // carried back in the verdict, e.g. LeaseResult, CallResult
}

// Context is what a decision may know beside the state and the operation.
type Context struct {
	Now time.Time // the writer's clock when deciding; the terminal's estimate for an overlay
	// Row is the lane row that the first change will get. It is the only order
	// of arrival. An overlay passes a number beyond every confirmed row: at
	// least OverlayRow.
	Row int64
	// Unattested: the writer never gave the actor a session at that terminal. A
	// scan, its undo and a material that was handed in are kept all the same, and
	// move nothing until a person looks.
	Unattested bool
	// Order is what Row says of arrival across restores of the writer; 0 is Row.
	// An operation that was decided before a restore keeps the order that it had.
	Order int64
	// Held is the result that the operation had before its writer was put back
	// from a backup: the numbers in it were given, and are given again as they
	// were. nil for any other.
	Held json.RawMessage
	// Term counts the restores of this lane, and Restored is the day of the last.
	// In a term after a restore nobody knows which numbers were given last: what
	// is given afresh begins far behind.
	Term     int64
	Restored string
}

func (c Context) order() int64 {
	if c.Order != 0 {
		return c.Order
	}
	return c.Row
}

// OverlayRow is where the rows of overlays begin. No lane ever has so many.
const OverlayRow int64 = 1 << 40

// Overlay reports whether a terminal is guessing. What only the centre follows
// (leases, series, slots) is then taken as given when it is not in the World.
func (c Context) Overlay() bool { return c.Row >= OverlayRow }

// World is the confirmed state that rules read. Implementations: the writer
// (inside its transaction), a terminal (replica under overlay), the simulation.
type World interface {
	// Entity returns the value of one entity.
	Entity(kind EntityKind, id string) (json.RawMessage, bool, error)
	// Queue returns the queue of one hall day (YYYY-MM-DD, +08:00); empty when
	// nothing happened that day. The caller must not change it.
	Queue(day string) (*Queue, error)
	// Catalogue returns the hall's published catalogue.
	Catalogue() (*Catalogue, error)
}

// NumberWorld is a World that can say whether a queue number is taken without
// giving the whole queue: who asks for nothing else does not depend on every
// ticket of the day.
type NumberWorld interface {
	NumberTaken(day, number string) (bool, error)
}

func numberTaken(w World, day, number string) (bool, error) {
	if nw, ok := w.(NumberWorld); ok {
		return nw.NumberTaken(day, number)
	}
	q, err := w.Queue(day)
	if err != nil {
		return false, err
	}
	_, taken := q.ByNumber(number)
	return taken, nil
}
