package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"hallway/app/hall"
)

// waiting measures what a window's next fifty cost with ten thousand waiting.
func waiting(context.Context, string) ([]Figure, error) {
	const day = "2026-11-23"
	now := time.Date(2026, 11, 23, 9, 40, 0, 0, hall.Zone)
	cat := &hall.Catalogue{Groups: []hall.Group{{ID: "g", Prefix: "A"}},
		Windows: []hall.WindowDef{{ID: "1", Groups: []string{"g"}}}, Queue: hall.QueueRules{Policy: hall.PolicyRatio}}
	next := func(people, runs int) ([]time.Duration, error) {
		q := hall.NewQueue(day)
		for i := range people {
			id := fmt.Sprintf("%06d", i)
			class := []hall.Class{hall.ClassOrdinary, hall.ClassAppointment, hall.ClassPriority}[i%3]
			raw, err := json.Marshal(hall.Ticket{ID: id, Number: "A" + id, Day: day, Group: "g", Class: class,
				State: hall.TicketIssued, Order: int64(i), SlotAt: now, IssuedAt: now})
			if err != nil {
				return nil, err
			}
			if err := q.Apply(hall.Change{Kind: hall.EntityTicket, ID: id, Value: raw}); err != nil {
				return nil, err
			}
		}
		var took []time.Duration
		for range runs {
			t0 := time.Now()
			if n := len(q.OrderFirst("1", cat, now, 50)); n != 50 {
				return nil, fmt.Errorf("%d of %d waiting came in order, 50 were asked for", n, people)
			}
			took = append(took, time.Since(t0))
		}
		return took, nil
	}
	few, err := next(100, 200)
	if err != nil {
		return nil, err
	}
	many, err := next(10000, 200)
	if err != nil {
		return nil, err
	}
	return []Figure{figure("the next fifty of ten thousand waiting", "of a hundred waiting", many, few)}, nil
}
