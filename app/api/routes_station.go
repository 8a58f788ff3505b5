package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"hallway/app/terminal"
)

// Station is what the station's page may do (签出 at a department, 签入 in the
// hall).
type Station interface {
	Source
	View() terminal.StationView
	SignIn(ctx context.Context, r terminal.SignInRequest) error
	SignOut(ctx context.Context) error
	SetMode(ctx context.Context, r terminal.ModeRequest) error
	Scan(ctx context.Context, r terminal.ScanRequest) error
	Undo(ctx context.Context, r terminal.UndoRequest) error
	PrintBatch(ctx context.Context, r terminal.BatchRequest) error
	PrintLabel(ctx context.Context, r terminal.PaperRequest) error
	Refuse(ctx context.Context, r terminal.RefuseRequest) error
	OpenTrip(ctx context.Context) error
	SendTrip(ctx context.Context, r terminal.CourierRequest) error
	CloseTrip(ctx context.Context, r terminal.TripRequest) error
	PrintTrip(ctx context.Context, r terminal.TripRequest) error
	Dismiss(ctx context.Context, id string) error
}

func (h *Handler) registerStation() {
	view := func() (terminal.StationView, *terminal.Problem) {
		if h.opts.Station == nil {
			return terminal.StationView{}, h.otherRole()
		}
		return h.opts.Station.View(), nil
	}
	get(h, "station-view", "/station/view", "The whole station", "station", view)
	s := func() Station { return h.opts.Station }
	actWith(h, view, "station-signin", "/station/signin", "Sign a member of staff in through the centre", func(ctx context.Context, r terminal.SignInRequest) error { return s().SignIn(ctx, r) })
	act(h, view, "station-signout", "/station/signout", "Sign out", func(ctx context.Context) error { return s().SignOut(ctx) })
	actWith(h, view, "station-mode", "/station/mode", "What the next scans mean", func(ctx context.Context, r terminal.ModeRequest) error { return s().SetMode(ctx, r) })
	actWith(h, view, "station-scan", "/station/scan", "A label that was typed, or read by a keyboard scanner", func(ctx context.Context, r terminal.ScanRequest) error { return s().Scan(ctx, r) })
	actWith(h, view, "station-undo", "/station/undo", "Take a scan back", func(ctx context.Context, r terminal.UndoRequest) error { return s().Undo(ctx, r) })
	actWith(h, view, "station-labels", "/station/labels", "Print a batch's cover sheet and its labels", func(ctx context.Context, r terminal.BatchRequest) error { return s().PrintBatch(ctx, r) })
	actWith(h, view, "station-label", "/station/label", "Print one label again", func(ctx context.Context, r terminal.PaperRequest) error { return s().PrintLabel(ctx, r) })
	actWith(h, view, "station-refuse", "/station/refuse", "The department does not release a paper", func(ctx context.Context, r terminal.RefuseRequest) error { return s().Refuse(ctx, r) })
	act(h, view, "station-trip-open", "/station/trip/open", "Begin a trip", func(ctx context.Context) error { return s().OpenTrip(ctx) })
	actWith(h, view, "station-trip-send", "/station/trip/send", "The courier takes the open trip; prints its hand-over slip", func(ctx context.Context, r terminal.CourierRequest) error { return s().SendTrip(ctx, r) })
	actWith(h, view, "station-trip-close", "/station/trip/close", "What came of a trip has been scanned; prints what is missing", func(ctx context.Context, r terminal.TripRequest) error { return s().CloseTrip(ctx, r) })
	actWith(h, view, "station-trip-print", "/station/trip/print", "Print a trip's hand-over slip again", func(ctx context.Context, r terminal.TripRequest) error { return s().PrintTrip(ctx, r) })
	huma.Register(h.api, operation("station-dismiss", "POST", "/station/work/{id}/dismiss", "A work item was dealt with", "station"),
		func(ctx context.Context, r *idInput) (*out[terminal.StationView], error) {
			return perform(view, func() error { return s().Dismiss(ctx, r.ID) })
		})
}
