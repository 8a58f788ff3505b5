package store

import (
	"errors"
	"syscall"

	"github.com/mattn/go-sqlite3"
)

// Codes of this package's errors; the catalogues' keys are error.<code> and
// remedy.<code>.
const (
	CodeLocked      = "store_locked"  // another program has this data folder
	CodeDamaged     = "store_damaged" // the database does not check out
	CodeFailed      = "store_failed"  // the disk did not take it
	CodeDiskFull    = "disk_full"     // nothing was lost, nothing was done
	CodeNeverSynced = "never_synced"  // not before the first contact with the centre
	CodeNoNumbers   = "no_numbers"    // none owned for this group today
	CodeUnknownKind = "unknown_kind"
	CodeUnknownOp   = "unknown_op"
	CodeUnknownCase = "unknown_case"
	CodeNature      = "item_nature"  // nobody applies for items of this nature
	CodeFileType    = "file_type"    // no file that can be a material
	CodeFileSize    = "file_size"    // empty, or larger than the limit
	CodeUnknownFile = "unknown_file" // not kept here
	CodeFileDamaged = "file_damaged" // what is kept is not what was put
	CodeJobState    = "job_state"    // the print job is not in the state for this
	CodeClosed      = "store_closed"
	CodeStale       = "stale_page" // rows that do not follow the cursor
	CodeDiverged    = "diverged"   // the replica is not what the writer has
)

// Error is an error of the store: a code, what happened, and what to do next.
type Error struct {
	Code    string
	Message string
	Next    string
	Err     error
}

func (e *Error) Error() string {
	s := "store: " + e.Code + ": " + e.Message
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	if e.Next != "" {
		s += " (" + e.Next + ")"
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf is the code of an error of this package, "" for any other.
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func fail(code, message, next string, err error) error {
	return &Error{Code: code, Message: message, Next: next, Err: err}
}

// disk names what the disk did. Errors of this package pass unchanged.
func disk(doing string, err error) error {
	if err == nil || CodeOf(err) != "" {
		return err
	}
	if isFull(err) {
		return fail(CodeDiskFull, doing+": the disk is full; nothing was written", "free some space, then try again", err)
	}
	return fail(CodeFailed, doing+": the disk did not take it", "try again; if it stays, look at the disk and restart the terminal", err)
}

func isFull(err error) bool {
	var s sqlite3.Error
	if errors.As(err, &s) && (s.Code == sqlite3.ErrFull || s.SystemErrno == syscall.ENOSPC) {
		return true
	}
	return errors.Is(err, syscall.ENOSPC)
}

// isDead says that the database handle cannot be trusted any more. That is so after
// a sync that found the disk full, too; a write that did is only refused.
func isDead(err error) bool {
	var s sqlite3.Error
	if !errors.As(err, &s) {
		return false
	}
	switch s.Code {
	case sqlite3.ErrIoErr, sqlite3.ErrCorrupt, sqlite3.ErrNotADB, sqlite3.ErrCantOpen:
		return true
	}
	return false
}

// isTrouble says that the disk failed, which tells nothing of what is on it.
func isTrouble(err error) bool {
	var s sqlite3.Error
	return errors.As(err, &s) && s.Code == sqlite3.ErrIoErr || isFull(err)
}
