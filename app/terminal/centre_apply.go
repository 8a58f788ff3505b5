package terminal

import (
	"context"
	"io"
	"net/http"

	"hallway/app/hall"
)

// ApplyStore is what applying at a kiosk needs of the terminal's store beyond
// Store.
type ApplyStore interface {
	Store
	// OwnerKey is the hall's key of people's cases, when the centre has given it.
	OwnerKey() ([]byte, bool)
	// ApplicationNumbers counts the application numbers that are owned here.
	ApplicationNumbers() int
	// ProposeNumbered spends an application number with the operation that names
	// it.
	ProposeNumbered(ctx context.Context, d NumberedDraft) (Numbered, error)
	// PutFile keeps a file, durably, and tells its digest.
	PutFile(ctx context.Context, r io.Reader, mediaType string, limit int64) (hall.File, error)
	// HandIn writes hand_in down with the upload of its file.
	HandIn(ctx context.Context, d Draft, f hall.File) (hall.Op, error)
	// QueuePaper queues a paper to be printed; one that may have come out
	// before is a reprint (补打).
	QueuePaper(ctx context.Context, p PaperJob) (Job, error)
	// OpenPapers lists the papers without an outcome.
	OpenPapers(ctx context.Context) ([]PaperState, error)
}

// ApplyCentre tells the cases of whoever's card lies on the reader. It changes
// nothing; a kiosk follows no feed of cases.
type ApplyCentre interface {
	Applications(ctx context.Context, ask ProgressAsk) ([]hall.Case, error)
}

// Applications implements ApplyCentre, by card alone.
func (h *HTTPCentre) Applications(ctx context.Context, ask ProgressAsk) ([]hall.Case, error) {
	ctx, cancel := context.WithTimeout(ctx, progressTimeout)
	defer cancel()
	var answer struct {
		Cases []hall.Case `json:"cases"`
	}
	body := map[string]string{"doc_kind": ask.DocKind, "doc_no": ask.DocNo.Reveal()}
	err := h.call(ctx, http.MethodPost, "/central/v1/applications", "", body, &answer)
	return answer.Cases, err
}

var _ ApplyCentre = (*HTTPCentre)(nil)
