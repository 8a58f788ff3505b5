package writer

import (
	"context"
	"fmt"
	"testing"

	"hallway/sync"
)

// BenchmarkSubmit is one durable operation per request, with many requests in
// flight (group commit), and batches of 256.
func BenchmarkSubmit(b *testing.B) {
	for _, size := range []int{1, 256} {
		b.Run(fmt.Sprintf("ops=%d", size), func(b *testing.B) {
			n := start(b, "sqlite:"+b.TempDir()+"/c.db", func(o *Options) { o.Step = counting })
			b.SetParallelism(32)
			id := make(chan int, 1)
			id <- 0
			b.RunParallel(func(pb *testing.PB) {
				next := <-id
				id <- next + 1
				k := kiosk(b)
				k.id = fmt.Sprint("K", next)
				for pb.Next() {
					es := make([]sync.Envelope, size)
					for i := range es {
						es[i] = k.seal(countOp(k, 1))
					}
					if reply, err := n.Submit(context.Background(), k.push(es...), k.origin()); err != nil || reply.Problem != nil {
						b.Error(err, reply.Problem)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "ops/s")
		})
	}
}
