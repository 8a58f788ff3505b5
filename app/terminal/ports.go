package terminal

import (
	"context"
	"time"

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/sync"
)

// What the store takes and gives.
type (
	// Draft is an operation to be written down.
	Draft = store.Draft
	// TicketDraft is a take_ticket, or a check_in.
	TicketDraft = store.TicketDraft
	// Issued is a number that was spent (出号).
	Issued = store.Issued
	// Job is a print job without an outcome.
	Job = store.Job
	// Rejection is an operation that the writer refused (需处理).
	Rejection = store.Rejection
)

// Store is what the use-cases need of the terminal's store.
type Store interface {
	// Propose writes an operation down, durably, in one transaction.
	Propose(ctx context.Context, d Draft) (hall.Op, error)
	// Issue spends an owned number for a ticket, durably, in one transaction.
	// A Problem «no_numbers» when none is owned.
	Issue(ctx context.Context, d TicketDraft) (Issued, error)
	// Await waits for the verdict of an operation until ctx ends.
	Await(ctx context.Context, id hall.OpID) (sync.Verdict, error)
	// World is the confirmed state under this terminal's overlay.
	World() hall.World
	// Confirmed is the confirmed state alone.
	Confirmed() hall.World
	// Appointments lists the appointments of a day, under the overlay.
	Appointments(ctx context.Context, day string) ([]hall.Appointment, error)
	// Numbers says whether a number of the group could be spent now.
	Numbers(group string) bool
	// JobBegun records that the first byte of a job is about to go out.
	JobBegun(ctx context.Context, job string) error
	// JobEnded records what became of a job (a printer.Outcome), and writes
	// slip_printed down, in one transaction.
	JobEnded(ctx context.Context, job, outcome string) error
	// OpenJobs lists the jobs that are queued and still wanted, from before a
	// restart. The store has settled the others.
	OpenJobs(ctx context.Context) ([]Job, error)
	// LostJobs lists the recent jobs of which nobody can say whether they were
	// printed, newest first.
	LostJobs(ctx context.Context, within time.Duration) ([]Job, error)
	// Outbox counts the operations without a verdict.
	Outbox() int
	// PendingFor reports whether an operation on this entity has no verdict yet.
	PendingFor(entity string) bool
	// WorkList lists what somebody must deal with.
	WorkList() []Rejection
	// Dismiss takes one off the list.
	Dismiss(ctx context.Context, id string) error
	// Now is the centre's clock as far as this terminal knows it.
	Now() (time.Time, hall.Stamp)
	// LookupKey is the keyed-hash key of a day, when the centre has given it.
	LookupKey(day string) (key []byte, ok bool)
	// Watch calls f after every change of state; f must not block.
	Watch(f func()) (stop func())
}

// Uplink is the line to the centre as the sync client sees it.
type Uplink interface {
	Online() (online bool, since time.Time)
	// Problem is what the centre has against this terminal, or what is wrong with
	// the centre's end of TLS; nil while all is well, or only the line is down.
	Problem() *sync.Problem
	// Recovering: the centre was put back from a backup and takes in what the
	// terminals hold.
	Recovering() bool
	// Watch calls f when the line comes or goes; f must not block.
	Watch(f func()) (stop func())
}

// Session of a member of staff, as the centre gave it. The token stays in Go.
type Session struct {
	Token   string      `json:"token"`
	ID      string      `json:"id"`
	Staff   string      `json:"staff"`
	Name    string      `json:"name"`
	Roles   []hall.Role `json:"roles"`
	Expires time.Time   `json:"expires"`
}

// Centre is what a counter asks of the centre directly: never a change of
// state, which only operations make.
type Centre interface {
	SignIn(ctx context.Context, staff, password string) (Session, error)
	SignOut(ctx context.Context, token string) error
	// Person is the name of the person of the ticket in hand; "" when unknown.
	Person(ctx context.Context, ticket, token string) (string, error)
}

// Texts gives the text of a catalogue key in a locale.
type Texts func(locale, key string, params map[string]string) string

var _ Store = (*store.Store)(nil)
