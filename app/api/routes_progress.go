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

// Applying is what the kiosk's page may do about an application (申办).
type Applying interface {
	Apply(ctx context.Context, r terminal.ApplyRequest) error
	ApplyContinue(ctx context.Context, r terminal.ApplyContinueRequest) error
	ApplyCheck(ctx context.Context, r terminal.ApplyCheckRequest) error
	ApplyStart(ctx context.Context) error
	ApplyMethod(ctx context.Context, r terminal.ApplyMethodRequest) error
	ApplyDrop(ctx context.Context, r terminal.MaterialRequest) error
	ApplySubmit(ctx context.Context, r terminal.ApplySubmitRequest) error
	ApplyField(ctx context.Context, r terminal.FormFieldRequest) error
	ApplyFormOpen(ctx context.Context) error
	ApplyFill(ctx context.Context) error
	ApplyCancel(ctx context.Context, r terminal.ApplyCancelRequest) error
	ApplyPrint(ctx context.Context, r terminal.ApplyPrintRequest) error
	ApplyBack(ctx context.Context) error
	Capturing
}

// registerApply puts the kiosk's routes about an application into the table.
func (h *Handler) registerApply(view func() (terminal.KioskView, *terminal.Problem)) {
	k := func() Applying { return h.opts.Kiosk }
	actWith(h, view, "kiosk-apply", "/kiosk/apply", "Begin an application for an item", func(ctx context.Context, r terminal.ApplyRequest) error { return k().Apply(ctx, r) })
	actWith(h, view, "kiosk-apply-continue", "/kiosk/apply/continue", "Go on with an application of the list", func(ctx context.Context, r terminal.ApplyContinueRequest) error { return k().ApplyContinue(ctx, r) })
	actWith(h, view, "kiosk-apply-check", "/kiosk/apply/check", "Answer a question of the self-check", func(ctx context.Context, r terminal.ApplyCheckRequest) error { return k().ApplyCheck(ctx, r) })
	act(h, view, "kiosk-apply-start", "/kiosk/apply/start", "Go on to the questions, the card, the materials", func(ctx context.Context) error { return k().ApplyStart(ctx) })
	actWith(h, view, "kiosk-apply-method", "/kiosk/apply/method", "Choose how a material comes", func(ctx context.Context, r terminal.ApplyMethodRequest) error { return k().ApplyMethod(ctx, r) })
	actWith(h, view, "kiosk-apply-drop", "/kiosk/apply/drop", "Take a choice back", func(ctx context.Context, r terminal.MaterialRequest) error { return k().ApplyDrop(ctx, r) })
	actWith(h, view, "kiosk-apply-field", "/kiosk/apply/field", "What was typed into a field of the form", func(ctx context.Context, r terminal.FormFieldRequest) error { return k().ApplyField(ctx, r) })
	act(h, view, "kiosk-apply-form-open", "/kiosk/apply/form/open", "Change what was filled in", func(ctx context.Context) error { return k().ApplyFormOpen(ctx) })
	act(h, view, "kiosk-apply-form", "/kiosk/apply/form", "Fill the form in", func(ctx context.Context) error { return k().ApplyFill(ctx) })
	actWith(h, view, "kiosk-apply-submit", "/kiosk/apply/submit", "Submit the application", func(ctx context.Context, r terminal.ApplySubmitRequest) error { return k().ApplySubmit(ctx, r) })
	actWith(h, view, "kiosk-apply-cancel", "/kiosk/apply/cancel", "Cancel the application, after the question", func(ctx context.Context, r terminal.ApplyCancelRequest) error { return k().ApplyCancel(ctx, r) })
	actWith(h, view, "kiosk-apply-print", "/kiosk/apply/print", "Print the slip, or what is needed", func(ctx context.Context, r terminal.ApplyPrintRequest) error { return k().ApplyPrint(ctx, r) })
	act(h, view, "kiosk-apply-back", "/kiosk/apply/back", "One step back", func(ctx context.Context) error { return k().ApplyBack(ctx) })
	registerCapture(h, view, "kiosk", func() Capturing {
		if h.opts.Kiosk == nil {
			return nil
		}
		return h.opts.Kiosk
	})
}

// registerProgress puts the kiosk's routes about cases into the table.
func (h *Handler) registerProgress(view func() (terminal.KioskView, *terminal.Problem)) {
	k := func() Progress { return h.opts.Kiosk }
	act(h, view, "kiosk-progress", "/kiosk/progress", "Look at one's own cases; the card reader answers next", func(ctx context.Context) error { return k().Progress(ctx) })
	actWith(h, view, "kiosk-progress-number", "/kiosk/progress/number", "Find a case by its number and query password", func(ctx context.Context, r terminal.ProgressRequest) error { return k().ProgressNumber(ctx, r) })
	actWith(h, view, "kiosk-progress-print", "/kiosk/progress/print", "Print the progress of a case that is shown", func(ctx context.Context, r terminal.ProgressPrintRequest) error { return k().ProgressPrint(ctx, r) })
}
