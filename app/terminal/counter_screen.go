package terminal

import (
	"context"
	"reflect"

	"hallway/app/hall"
	"hallway/devices/evaluator"
)

// keepDesk tells an evaluator that can show it where the citizen is, whenever
// that changes.
func (c *Counter) keepDesk(ctx context.Context, host evaluator.Host) {
	var told *evaluator.Desk
	for {
		_, _, newer := c.Snapshot()
		if desk := c.deskShown(); told == nil || !reflect.DeepEqual(*told, desk) {
			host.Host(desk)
			told = &desk
		}
		select {
		case <-newer:
		case <-ctx.Done():
			return
		}
	}
}

// deskShown is what the public may know of this window: its name, whether it is
// open, the number in hand, the clerk's staff number, never a name; and the
// language in which the number was taken.
func (c *Counter) deskShown() evaluator.Desk {
	st := c.state()
	desk := evaluator.Desk{Window: c.window, Locale: c.Config.Locale, State: "closed", Staff: c.Staff()}
	if st.cat != nil {
		desk.Hall, desk.Name = st.cat.Name, st.def.Name
	}
	if st.ticket != nil && st.ticket.Locale != "" {
		desk.Locale = st.ticket.Locale
	}
	switch {
	case st.ticket != nil && st.ticket.State == hall.TicketServing:
		desk.State, desk.Number = "serving", st.ticket.Number
	case st.ticket != nil:
		desk.State, desk.Number = "called", st.ticket.Number
	case st.window.Open && st.window.Paused:
		desk.State = "paused"
	case st.window.Open:
		desk.State = "open"
	}
	return desk
}
