package sync

import (
	"errors"

	"hallway/app/hall"
)

// ErrFileLost: a file of the upload queue cannot be had any more.
var ErrFileLost = errors.New("sync: the file is damaged or gone; hand the material in again")

// Upload is a file on its way from a terminal to the centre, for one case.
type Upload struct {
	Pos  int64 // place in the terminal's queue
	Case string
	File hall.File
}

// FileChunk is the length of the pieces in which a file travels. A piece begins
// at a multiple of it; only the last may be shorter.
const FileChunk = 256 << 10

// Headers of a file's transfer.
const (
	HeaderOffset   = "Upload-Offset"   // of a piece; in an answer: how much is durable
	HeaderComplete = "Upload-Complete" // ?1: all of it is durable and its digest is right
	HeaderSession  = "X-Staff-Session" // token of the member of staff who reads a file
)

// Problem codes of files.
const (
	ProblemFileOffset = "FILE_OFFSET" // the piece does not begin where the last ended; ask how far it is
	ProblemFileDigest = "FILE_DIGEST" // what arrived is not what was announced; it was dropped
	ProblemFileType   = "FILE_TYPE"   // not a type of material, or not what was declared
	ProblemFileSize   = "FILE_SIZE"   // empty, or larger than the limit
	ProblemFileGone   = "FILE_GONE"   // there is no such file
)
