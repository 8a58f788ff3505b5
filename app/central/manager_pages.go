package central

import (
	"context"
	"net/http"
	"time"

	"hallway/app/hall"
)

type figureInput struct {
	Figure string `path:"figure" maxLength:"16"`
}

type placeInput struct {
	ID string `path:"id" maxLength:"64"`
}

// fresh answers are never kept by anybody.
type fresh[T any] struct {
	CacheControl string `header:"Cache-Control"`
	Body         T
}

func freshly[T any](body T) *fresh[T] { return &fresh[T]{CacheControl: "no-store", Body: body} }

// snapshot reads the hall's day.
func (c *Centre) snapshot(ctx context.Context) (daySnapshot, error) {
	s := daySnapshot{now: c.now(), cat: c.cat.Load()}
	day := hall.DayOf(s.now)
	var err error
	if s.queue, err = c.writer.HallWorld(ctx, c.hallCode).Queue(day); err != nil {
		return daySnapshot{}, err
	}
	if s.appointments, err = ofDay[hall.Appointment](ctx, c, hall.EntityAppointment, day); err != nil {
		return daySnapshot{}, err
	}
	if s.ratings, err = ofDay[hall.Rating](ctx, c, hall.EntityRating, day); err != nil {
		return daySnapshot{}, err
	}
	if s.restored, err = c.restoresNow(ctx); err != nil {
		return daySnapshot{}, err
	}
	s.terminals, s.events = c.tele.view(c.cfg.Terminals)
	revoked := *c.revoked.Load()
	for i := range s.terminals {
		if at, out := revoked[s.terminals[i].ID]; out {
			s.terminals[i].Revoked = time.UnixMicro(at).In(hall.Zone)
		}
	}
	return s, nil
}

// drill answers with a part of the day; no such part is «not found».
func drill[T any](ctx context.Context, c *Centre, part func(daySnapshot) (T, bool)) (*fresh[T], error) {
	s, err := c.snapshot(ctx)
	if err != nil {
		return nil, c.fail(ctx, "manager's page", err)
	}
	v, ok := part(s)
	if !ok {
		return nil, problem(http.StatusNotFound, "not_found")
	}
	return freshly(v), nil
}

// managerFloor answers with the plan of the hall.
func (c *Centre) managerFloor(ctx context.Context, _ *emptyInput) (*fresh[ManagerFloor], error) {
	return drill(ctx, c, func(s daySnapshot) (ManagerFloor, bool) {
		return ManagerFloor{Plan: s.cat.Version, Floor: s.floor()}, true
	})
}

// managerWindow answers with the day of one window.
func (c *Centre) managerWindow(ctx context.Context, in *placeInput) (*fresh[ManagerWindowDay], error) {
	return drill(ctx, c, func(s daySnapshot) (ManagerWindowDay, bool) { return s.windowDay(in.ID) })
}

// managerGroup answers with the queue of one service.
func (c *Centre) managerGroup(ctx context.Context, in *placeInput) (*fresh[ManagerGroupDay], error) {
	return drill(ctx, c, func(s daySnapshot) (ManagerGroupDay, bool) { return s.groupDay(in.ID) })
}

// managerTickets answers with the tickets behind a figure.
func (c *Centre) managerTickets(ctx context.Context, in *figureInput) (*fresh[ManagerTickets], error) {
	return drill(ctx, c, func(s daySnapshot) (ManagerTickets, bool) { return s.tickets(in.Figure) })
}

// managerAppointments answers with the appointments of the day.
func (c *Centre) managerAppointments(ctx context.Context, _ *emptyInput) (*fresh[[]ManagerAppointment], error) {
	return drill(ctx, c, func(s daySnapshot) ([]ManagerAppointment, bool) { return s.booked(), true })
}
