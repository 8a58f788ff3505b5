package terminal

import (
	"context"
	"io"
	"time"

	"hallway/app/hall"
	"hallway/app/store"
)

// What the desk's store takes and gives.
type (
	// CaseQuery picks cases.
	CaseQuery = store.CaseQuery
	// CaseCounts are how many cases there are.
	CaseCounts = store.CaseCounts
	// CasePlace is where a case stands in a list.
	CasePlace = store.CasePlace
	// NumberedDraft is an operation that spends an application number.
	NumberedDraft = store.NumberedDraft
	// Numbered is what was spent.
	Numbered = store.Numbered
	// PaperJob is what is to be printed of a case, a batch or a trip.
	PaperJob = store.PaperJob
	// PaperState is a paper job with what became of it.
	PaperState = store.PaperJobState
	// TypedText is what a clerk has typed and not sent.
	TypedText = store.Typed
)

// DeskStore is what the desk needs of the terminal's store beyond Store.
type DeskStore interface {
	Store
	// OwnerKey is the hall's key of people's cases, when the centre has given it.
	OwnerKey() ([]byte, bool)
	// ProposeNumbered spends an application number, or a temporary one when
	// none is owned, with the operation that names it.
	ProposeNumbered(ctx context.Context, d NumberedDraft) (Numbered, error)
	// Cases lists cases under the overlay.
	Cases(ctx context.Context, q CaseQuery) ([]hall.Case, error)
	// CaseCounts counts them.
	CaseCounts(ctx context.Context, now time.Time) (CaseCounts, error)
	// CasePlaces lists where cases stand in a part of some lists, of those submitted
	// in [from, to).
	CasePlaces(ctx context.Context, lists []hall.CaseList, part string, from, to time.Time) ([]CasePlace, error)
	// CaseChanges lists the cases that changed since a mark, and gives the next
	// mark; not known: any may have.
	CaseChanges(since int64) (ids []string, mark int64, known bool)
	// PutFile keeps a file, durably, and tells its digest.
	PutFile(ctx context.Context, r io.Reader, mediaType string, limit int64) (hall.File, error)
	// OpenFile opens a file that is kept here.
	OpenFile(ctx context.Context, sha256 string) (io.ReadCloser, hall.File, error)
	// HandIn writes hand_in down with the upload of its file.
	HandIn(ctx context.Context, d Draft, f hall.File) (hall.Op, error)
	// QueuePaper queues a paper to be printed; one that may have come out
	// before is a reprint (补打).
	QueuePaper(ctx context.Context, p PaperJob) (Job, error)
	// PapersOf lists what was printed of a case, newest first.
	PapersOf(ctx context.Context, key string) ([]PaperState, error)
	// OpenPapers lists the papers without an outcome.
	OpenPapers(ctx context.Context) ([]PaperState, error)
	// KeepTyped keeps what was typed and not sent, encrypted; without a text in
	// it, what was kept there is erased.
	KeepTyped(ctx context.Context, d TypedText) error
	// AllTyped lists what is kept.
	AllTyped(ctx context.Context) ([]TypedText, error)
	// GiveTyped gives what was typed without a ticket to the one that came.
	GiveTyped(ctx context.Context, staff, ticket string) error
	// EraseTyped erases what is over.
	EraseTyped(ctx context.Context, over func(staff, ticket string, at time.Time) bool) error
}

var _ DeskStore = (*store.Store)(nil)
