package hall

import (
	"encoding/json"
	"testing"
	"time"
)

// Ten thousand waiting, and still far below the 100 ms of a call.
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
	start := time.Now()
	const calls = 20
	for range calls {
		m.serve(t, "2", "S1")
	}
	each := time.Since(start) / calls
	start = time.Now()
	if n := len(q.Order("2", m.cat, m.now)); n != 10000-calls {
		t.Errorf("%d in order", n)
	}
	whole := time.Since(start)
	if each > 100*time.Millisecond || whole > 100*time.Millisecond*raceFactor {
		t.Errorf("a call with service takes %v, the whole order %v; 100 ms is the bound", each, whole)
	}
	start = time.Now()
	if len(q.OrderFirst("2", m.cat, m.now, 50)) != 50 || q.Ahead(pad(9999), m.cat, m.now) == 0 {
		t.Error("nobody ahead of the last")
	}
	t.Logf("call, start and finish %v; whole order %v; first 50 and ahead of the last %v", each, whole, time.Since(start))
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
