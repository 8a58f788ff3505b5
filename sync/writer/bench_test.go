package writer

import (
	"context"
	"fmt"
	"testing"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/pgtest"
)

// BenchmarkSubmit is one durable operation per request with 64 in flight (group
// commit), and one sender after another with batches of 500, under the rules of
// the hall: slips printed for 500 tickets.
func BenchmarkSubmit(b *testing.B) {
	base, err := pgtest.Postgres()
	if err != nil {
		b.Fatal(err)
	}
	for _, database := range []string{"sqlite", "postgres"} {
		for _, c := range []struct{ size, senders int }{{1, 64}, {500, 2}} {
			b.Run(fmt.Sprintf("%s/ops=%d", database, c.size), func(b *testing.B) {
				dsn := "sqlite:" + b.TempDir() + "/c.db"
				if database == "postgres" {
					if base == "" {
						b.Skip("no PostgreSQL is installed")
					}
					dsn = pgtest.Schema(b, base)
				}
				benchmarkSubmit(b, dsn, c.size, c.senders)
			})
		}
	}
}

func benchmarkSubmit(b *testing.B, dsn string, size, senders int) {
	n := start(b, dsn)
	n.furnish(1)
	k := kiosk(b)
	l := k.lease(n, 500)
	for i := range 500 {
		k.seal(k.ticket(l, i+1))
	}
	k.submit(n, k.sent[1:]...)
	ks := make(chan *device, senders)
	for i := range senders {
		k := kiosk(b)
		k.id = fmt.Sprint("K", i+2)
		ks <- k
	}
	b.SetParallelism((senders + 1) / 2)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		k := <-ks
		for pb.Next() {
			es := make([]sync.Envelope, size)
			for i := range es {
				es[i] = k.seal(k.op(hall.SlipPrinted, "t-"+hall.FormatNumber("AK", 1+k.n%500), hall.SlipPrintedBody{Job: fmt.Sprint(k.id, k.n), Outcome: "confirmed"}))
			}
			if reply, err := n.Submit(context.Background(), k.push(es...), k.origin()); err != nil || reply.Problem != nil {
				b.Error(err, reply.Problem)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "ops/s")
}
