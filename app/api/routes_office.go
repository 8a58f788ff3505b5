package api

import (
	"context"

	"hallway/app/terminal"
)

// DeskOffice is what the counter's page may do with a case after its acceptance;
// requirements G2.2, rows 15 to 25.
type DeskOffice interface {
	StepCase(ctx context.Context, r terminal.StepRequest) error
	HangCase(ctx context.Context, r terminal.HangRequest) error
	BeginSpecial(ctx context.Context, r terminal.SpecialRequest) error
	EndSpecial(ctx context.Context, r terminal.SpecialEndRequest) error
	ExtendCase(ctx context.Context, r terminal.ExtendRequest) error
	DecideCase(ctx context.Context, r terminal.DecideRequest) error
	CompleteCase(ctx context.Context, r terminal.CompleteRequest) error
	TransferUp(ctx context.Context, r terminal.TransferUpRequest) error
	DecideInstant(ctx context.Context, r terminal.InstantRequest) error
	CollectCase(ctx context.Context, r terminal.CollectRequest) error
	AskVoid(ctx context.Context, r terminal.VoidRequest) error
	DecideVoid(ctx context.Context, r terminal.DecideVoidRequest) error
}

// registerOffice puts the routes of the approval and of what follows it into the
// table.
func registerOffice(h *Handler, view func() (terminal.CounterView, *terminal.Problem)) {
	c := func() Desk { return h.opts.Counter }
	actWith(h, view, "counter-case-step", "/counter/case/step", "One step of the approval", func(ctx context.Context, r terminal.StepRequest) error { return c().StepCase(ctx, r) })
	actWith(h, view, "counter-case-hang", "/counter/case/hang", "Set or lift the flag that the case hangs", func(ctx context.Context, r terminal.HangRequest) error { return c().HangCase(ctx, r) })
	actWith(h, view, "counter-case-special", "/counter/case/special", "Begin a special procedure", func(ctx context.Context, r terminal.SpecialRequest) error { return c().BeginSpecial(ctx, r) })
	actWith(h, view, "counter-case-special-end", "/counter/case/special-end", "The result of a special procedure", func(ctx context.Context, r terminal.SpecialEndRequest) error { return c().EndSpecial(ctx, r) })
	actWith(h, view, "counter-case-extend", "/counter/case/extend", "Extend the time for the decision", func(ctx context.Context, r terminal.ExtendRequest) error { return c().ExtendCase(ctx, r) })
	actWith(h, view, "counter-case-decide", "/counter/case/decide", "Decide the case", func(ctx context.Context, r terminal.DecideRequest) error { return c().DecideCase(ctx, r) })
	actWith(h, view, "counter-case-complete", "/counter/case/complete", "Complete the case", func(ctx context.Context, r terminal.CompleteRequest) error { return c().CompleteCase(ctx, r) })
	actWith(h, view, "counter-case-transfer", "/counter/case/transfer", "Send the case up", func(ctx context.Context, r terminal.TransferUpRequest) error { return c().TransferUp(ctx, r) })
	actWith(h, view, "counter-case-instant", "/counter/case/instant", "Accept, decide and complete an instant case", func(ctx context.Context, r terminal.InstantRequest) error { return c().DecideInstant(ctx, r) })
	actWith(h, view, "counter-case-collect", "/counter/case/collect", "The result was handed over", func(ctx context.Context, r terminal.CollectRequest) error { return c().CollectCase(ctx, r) })
	actWith(h, view, "counter-case-void", "/counter/case/void", "Ask that the case is voided", func(ctx context.Context, r terminal.VoidRequest) error { return c().AskVoid(ctx, r) })
	actWith(h, view, "counter-case-decide-void", "/counter/case/decide-void", "Answer a request to void the case", func(ctx context.Context, r terminal.DecideVoidRequest) error { return c().DecideVoid(ctx, r) })
}
