package sync

import "hallway/app/hall"

// After a restore of the writer (design §2 rule 5) followers bring the rows that
// they keep: what nobody can bring as an operation (web bookings, the centre's
// own acts, the acts of a terminal that is gone) comes back as the rows that it
// became. Each row proves itself by the writer's MAC.
//
// A follower asks with the newest row that it keeps of each feed (Newest). The
// answer says what is wanted of it; it sends that in pages of one feed, oldest
// first, each answered by what is wanted now, until it has nothing more; then
// come its operations, and then «offered».

// Held is what a follower keeps of a lane: the question, or a page of rows.
type Held struct {
	Terminal string    `json:"terminal"`
	Lane     string    `json:"lane"`
	Feed     hall.Feed `json:"feed,omitempty"` // of Rows
	// Newest are the newest rows kept, one per feed: a centre that does not know
	// one of them, and wrote it in this very term, was put back.
	Newest []Row `json:"newest,omitempty"`
	Rows   []Row `json:"rows,omitempty"`
}

// HeldReply says what is wanted of a follower; nothing in most answers.
type HeldReply struct {
	Wants []Want `json:"wants,omitempty"`
}

// Want asks for the rows of a feed that stand between two places in the order of
// ArrivalOrder, both excluded.
type Want struct {
	Feed   hall.Feed `json:"feed"`
	After  int64     `json:"after"`
	Before int64     `json:"before"`
}

// Order is where a row stands, also across restores.
func (r Row) Order() int64 { return ArrivalOrder(r.Epoch, r.Row) }
