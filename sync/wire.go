package sync

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"time"

	"hallway/app/hall"
)

// SharedLane is the lane of what all halls share.
const SharedLane = "shared"

// HallLane is the lane of one hall.
func HallLane(code string) string { return "hall/" + code }

// Envelope carries one operation's bytes in its lane. Body is the exact JSON
// of a hall.Op, produced once and never rewritten.
type Envelope struct {
	Terminal    string          `json:"terminal"`
	Incarnation string          `json:"incarnation"`
	Lane        string          `json:"lane"`
	Seq         int64           `json:"seq"`       // 1, 2, 3 … per (terminal, incarnation, lane)
	PrevHash    string          `json:"prev_hash"` // Hash of seq-1, "" for the first
	Body        json.RawMessage `json:"body"`
	Hash        string          `json:"hash"`
	// Held is the verdict that the sender has already. A writer that was put back
	// from a backup knows its own by the MAC, and decides again as it was decided.
	Held *Verdict `json:"held,omitempty"`
}

// EnvelopeHash is SHA-256 over the length-prefixed fields, in hex.
func EnvelopeHash(terminal, incarnation, lane string, seq int64, prev string, body []byte) string {
	h := sha256.New()
	for _, s := range [][]byte{[]byte(terminal), []byte(incarnation), []byte(lane), []byte(prev), body} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write(s)
	}
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(seq))
	h.Write(n[:])
	return hex.EncodeToString(h.Sum(nil))
}

// Verdict is the writer's one durable answer to one operation.
type Verdict struct {
	OpID   hall.OpID          `json:"op_id"`
	Seq    int64              `json:"seq"`
	Status hall.VerdictStatus `json:"status"`
	Reason hall.Text          `json:"reason,omitzero"`
	Result json.RawMessage    `json:"result,omitempty"`
	Row    int64              `json:"row"` // last lane row that it wrote, 0 if none
	At     time.Time          `json:"at"`
	// Order is where the operation stood when it was first decided: ArrivalOrder
	// of the first row that it could write. It stays through restores.
	Order int64 `json:"order,omitempty"`
	// MAC is the writer's, over all but Seq, and the operation's bytes.
	MAC string `json:"mac,omitempty"`
}

// Push is a batch of consecutive envelopes of one (terminal, incarnation, lane).
type Push struct {
	Terminal    string     `json:"terminal"`
	Incarnation string     `json:"incarnation"`
	Lane        string     `json:"lane"`
	Ops         []Envelope `json:"ops"`
	// HoleFrom declares a hole (HOLE), only in answer to a GAP: the sender no
	// longer has the operations HoleFrom … Ops[0].Seq-1. The writer records it
	// as somebody's work item and goes on from Ops[0]. 0 = none.
	HoleFrom int64 `json:"hole_from,omitempty"`
}

// PushReply answers a push: verdicts in order; or a Problem that stopped it,
// after the verdicts that could still be given.
type PushReply struct {
	Verdicts []Verdict `json:"verdicts"`
	Problem  *Problem  `json:"problem,omitempty"`
}

// Problem codes of the protocol.
const (
	ProblemGap     = "GAP"    // resend from ResendFrom
	ProblemFork    = "FORK"   // this seq is known with another hash: new incarnation
	ProblemHole    = "HOLE"   // declared by a sender that no longer has what GAP asks for
	ProblemRewind  = "REWIND" // the follower is ahead of the writer, or on another chain
	ProblemEpoch   = "EPOCH"  // the writer's term changed
	ProblemGone    = "GONE"   // rows no longer kept: take a snapshot
	ProblemAuth    = "AUTH"
	ProblemInvalid = "INVALID"
	ProblemBusy    = "BUSY" // try again after RetryAfter
	// ProblemRevoked: the centre has shut this terminal out (hallway-central revoke).
	ProblemRevoked = "REVOKED"
	// Of the certificate that a terminal shows (sync/secure).
	ProblemCertMissing = "CERT_MISSING" // the centre asks for one
	ProblemCertUnknown = "CERT_UNKNOWN" // not of the centre's CA
	ProblemCertExpired = "CERT_EXPIRED" // run out, or not valid yet
	ProblemCertOther   = "CERT_OTHER"   // it names another terminal than the token
)

// What a terminal finds wrong with its centre's end of TLS; never on the wire.
const (
	ProblemCentreUnknown = "CENTRE_UNKNOWN" // its certificate is of no CA that is trusted here
	ProblemCentreExpired = "CENTRE_EXPIRED"
	ProblemCentreHost    = "CENTRE_HOST"  // its certificate is of another address
	ProblemCentrePlain   = "CENTRE_PLAIN" // it speaks no TLS
	ProblemCentreTLS     = "CENTRE_TLS"   // it speaks TLS only
)

// Problem is an error on the wire: a code, what happened, what to do next.
type Problem struct {
	Code       string `json:"code"`
	Message    string `json:"message"`
	Hint       string `json:"hint,omitempty"`
	ResendFrom int64  `json:"resend_from,omitempty"`
	Epoch      int64  `json:"epoch,omitempty"`
	RetryMS    int64  `json:"retry_ms,omitempty"`
}

func (p *Problem) Error() string { return p.Code + ": " + p.Message }

// Row is one row of a lane's log. In its brief form it has no lane, feed (but in a
// Commit) and previous hash, its epoch only where it is not the page's, and its
// hash only as the last of its feed.
type Row struct {
	Lane  string          `json:"lane,omitempty"`
	Row   int64           `json:"row"`
	Feed  hall.Feed       `json:"feed,omitempty"`
	Event string          `json:"event"`
	Kind  hall.EntityKind `json:"kind"`
	ID    string          `json:"id"`
	Value json.RawMessage `json:"value"` // null = gone
	OpID  hall.OpID       `json:"op_id"`
	At    time.Time       `json:"at"`
	// PrevHash and Hash chain the rows of this (lane, feed). MAC is the
	// writer's, over Hash and Epoch.
	Epoch    int64  `json:"epoch,omitempty"`
	PrevHash string `json:"prev_hash,omitempty"`
	Hash     string `json:"hash,omitempty"`
	MAC      string `json:"mac"`
}

// Page is an answer to GET rows: every row of the feed with From < row ≤ To.
// To may be beyond the last row given: the rows between are of other feeds.
type Page struct {
	Epoch int64     `json:"epoch"`
	Lane  string    `json:"lane"`
	Feed  hall.Feed `json:"feed"`
	From  int64     `json:"from"`
	To    int64     `json:"to"`
	Rows  []Row     `json:"rows"`
	More  bool      `json:"more"`
	// StateHash is the hash of the feed's state (StateSum) at StateRow, every
	// StateEvery rows of the lane. Such a page ends there: StateRow == To, so
	// the follower compares after applying the page.
	StateRow  int64  `json:"state_row,omitempty"`
	StateHash string `json:"state_hash,omitempty"`
}

// Snapshot is the whole state of one feed at Row, for a follower whose state
// hash differs or that starts late. The cursor goes on from (Epoch, Row, Hash).
type Snapshot struct {
	Epoch     int64         `json:"epoch"`
	Lane      string        `json:"lane"`
	Feed      hall.Feed     `json:"feed"`
	Row       int64         `json:"row"`
	Hash      string        `json:"hash"` // of the last row of the feed at or before Row
	Entities  []EntityValue `json:"entities"`
	StateHash string        `json:"state_hash"`
}

// EntityValue is one entity of a snapshot.
type EntityValue struct {
	Kind  hall.EntityKind `json:"kind"`
	ID    string          `json:"id"`
	Value json.RawMessage `json:"value"`
}

// Cursor is how far a follower has come in one feed.
type Cursor struct {
	Epoch int64     `json:"epoch"`
	Lane  string    `json:"lane"`
	Feed  hall.Feed `json:"feed"`
	Row   int64     `json:"row"`
	Hash  string    `json:"hash"` // of the last row of the feed at or before Row; "" if none
}

// Hello opens a session with the centre. ServerTime is the anchor (design §2
// rule 9): the client notes its monotonic time on both sides of the request.
type Hello struct {
	Terminal    string `json:"terminal"`
	Incarnation string `json:"incarnation"`
	Version     string `json:"version"`
	// Day asks for the look-up key of a day; empty = today.
	Day string `json:"day,omitempty"`
}

// HelloReply is what a terminal needs from its centre.
type HelloReply struct {
	ServerTime time.Time     `json:"server_time"`
	Epoch      int64         `json:"epoch"`
	Hall       string        `json:"hall"`
	Terminal   hall.Terminal `json:"terminal"`
	Lanes      []LaneFeeds   `json:"lanes"` // what this role follows
	// SealKey is the writer's HPKE public key (X25519), base64.
	SealKey   []byte `json:"seal_key"`
	SealKeyID string `json:"seal_key_id"`
	// LookupKey is the keyed-hash key of (hall, day) for finding appointments;
	// only roles that check people in get it. Kept in memory, never on disk in clear.
	LookupDay string `json:"lookup_day,omitempty"`
	LookupKey []byte `json:"lookup_key,omitempty"`
	// OwnerKey is the keyed-hash key of the hall under which people's cases are
	// found; only roles that begin cases get it. Kept at rest as LookupKey is.
	OwnerKey []byte `json:"owner_key,omitempty"`
	// Sent is, by lane, the number of the last operation that the centre has of
	// Incarnation, which is the one that said hello. A terminal that has not come so
	// far was copied or put back.
	Incarnation string           `json:"incarnation,omitempty"`
	Sent        map[string]int64 `json:"sent,omitempty"`
	// Recovering: the centre was put back from a backup and takes in what
	// terminals still hold. New operations wait until then.
	Recovering bool `json:"recovering,omitempty"`
}

// LaneFeeds lists the feeds of one lane.
type LaneFeeds struct {
	Lane  string      `json:"lane"`
	Feeds []hall.Feed `json:"feeds"`
}

// Wake is one event of the wake stream.
type Wake struct {
	Lane string `json:"lane"`
	Row  int64  `json:"row"`
}

// Heads are the ends of the lanes that a terminal follows: what a slow poll asks.
type Heads struct {
	Heads []Head `json:"heads"`
}

// Head is the end of one lane.
type Head struct {
	Lane  string `json:"lane"`
	Row   int64  `json:"row"`
	Epoch int64  `json:"epoch"`
}

// DeviceStatus is telemetry of one device at a terminal. It mirrors
// devices.Status without importing it.
type DeviceStatus struct {
	ID     string        `json:"id"`
	Kind   string        `json:"kind"`
	Model  string        `json:"model"`
	State  string        `json:"state"`
	Faults []DeviceFault `json:"faults,omitempty"`
	Since  time.Time     `json:"since"`
}

// DeviceFault mirrors devices.Fault.
type DeviceFault struct {
	Code     string    `json:"code"`
	Severity string    `json:"severity"`
	Since    time.Time `json:"since"`
}

// TerminalStatus is what a terminal tells of itself, at once on a change and
// every few minutes otherwise. Telemetry: replaced, never replayed.
type TerminalStatus struct {
	Terminal string         `json:"terminal"`
	Role     string         `json:"role"`
	Version  string         `json:"version"`
	Outbox   int            `json:"outbox"` // ops without a verdict
	Work     int            `json:"work"`   // 需处理
	Staff    string         `json:"staff,omitempty"`
	Window   string         `json:"window,omitempty"`
	Leased   map[string]int `json:"leased,omitempty"` // numbers left per offline series
	Devices  []DeviceStatus `json:"devices"`
	At       time.Time      `json:"at"`
}
