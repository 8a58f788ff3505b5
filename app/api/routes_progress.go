package api

import (
	"context"

	"hallway/app/terminal"
)

// Progress is what the kiosk's page may do about one's own cases (办件进度).
type Progress interface {
	Progress(ctx context.Context) error
	ProgressNumber(ctx context.Context, r terminal.ProgressRequest) error
	ProgressPrint(ctx context.Context, r terminal.ProgressPrintRequest) error
}

// registerProgress puts the kiosk's routes about cases into the table.
func (h *Handler) registerProgress(view func() (terminal.KioskView, *terminal.Problem)) {
	k := func() Progress { return h.opts.Kiosk }
	act(h, view, "kiosk-progress", "/kiosk/progress", "Look at one's own cases; the card reader answers next", func(ctx context.Context) error { return k().Progress(ctx) })
	actWith(h, view, "kiosk-progress-number", "/kiosk/progress/number", "Find a case by its number and query password", func(ctx context.Context, r terminal.ProgressRequest) error { return k().ProgressNumber(ctx, r) })
	actWith(h, view, "kiosk-progress-print", "/kiosk/progress/print", "Print the progress of a case that is shown", func(ctx context.Context, r terminal.ProgressPrintRequest) error { return k().ProgressPrint(ctx, r) })
}
