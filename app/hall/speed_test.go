package hall

import (
	"encoding/json"
	"testing"
)

// Ten thousand waiting: the order is whole, its beginning is the beginning of
// the whole, and who is called leaves it. What it costs is in build/bench.
func TestTenThousandWaiting(t *testing.T) {
	m := newMemory()
	m.cat.Queue.Policy = PolicyRatio
	q, _ := m.Queue(today)
	for i := range 10000 {
		class := []Class{ClassOrdinary, ClassOrdinary, ClassAppointment, ClassPriority}[i%4]
		k := Ticket{ID: pad(i), Number: "A" + pad(i), Day: today, Group: []string{"social", "house"}[i%2], Class: class,
			State: TicketIssued, Order: int64(i), SlotAt: at("09:30"), IssuedAt: at("09:00")}
		raw, _ := json.Marshal(k)
		m.take(t, Outcome{Changes: []Change{{Kind: EntityTicket, ID: k.ID, Value: raw}}})
	}
	m.open(t, "2", "S1")
	for calls := range 10 {
		whole := q.Order("2", m.cat, m.now)
		if len(whole) != 10000-calls {
			t.Fatalf("%d in order after %d calls", len(whole), calls)
		}
		page := q.OrderFirst("2", m.cat, m.now, 50)
		for i, c := range page {
			if c.Ticket.ID != whole[i].Ticket.ID {
				t.Fatalf("place %d is %s on the page and %s in the whole", i, c.Ticket.ID, whole[i].Ticket.ID)
			}
		}
		if len(page) != 50 || q.Ahead(pad(9999), m.cat, m.now) == 0 {
			t.Fatal("nobody ahead of the last")
		}
		m.serve(t, "2", "S1")
	}
}

func BenchmarkCallNext(b *testing.B) {
	q, cat := line(PolicyRatio)
	for i := range 10000 {
		raw, _ := json.Marshal(Ticket{ID: pad(i), Day: today, Group: "social", Class: ClassOrdinary, State: TicketIssued, Order: int64(i)})
		if err := q.Apply(Change{Kind: EntityTicket, ID: pad(i), Value: raw}); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	for range b.N {
		q.OrderFirst("2", cat, at("09:00"), 1)
	}
}
