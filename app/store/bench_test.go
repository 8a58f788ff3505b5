//go:build linux

package store

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hallway/app/hall"
)

// BenchmarkProposeToDurable is a scan (a witness) written down: operation,
// chain, overlay, one transaction. Compare with BenchmarkRawAppend: the same
// bytes appended to a file and synced.
func BenchmarkProposeToDurable(b *testing.B) {
	d, p := newDesk(b, 40), newPlace(b)
	d.meet(p.s)
	p.s.SetLine(false)
	tk := issue(b, p.s).Ticket
	ctx := context.Background()
	bytes := 0
	b.ResetTimer()
	for i := range b.N {
		if i%1000 == 999 { // an outbox is drained at some time
			b.StopTimer()
			for p.s.Outbox() > 0 {
				d.push(p.s, 256, false)
			}
			d.pull(p.s)
			b.StartTimer()
		}
		op, err := p.s.Propose(ctx, rating(tk))
		if err != nil {
			b.Fatal(err)
		}
		bytes = len(op.Body)
	}
	b.StopTimer()
	b.ReportMetric(float64(bytes), "body-bytes")
}

// BenchmarkIssue is a ticket written down: number, operation, overlay of the
// queue, print job, generation file.
func BenchmarkIssue(b *testing.B) {
	d, p := newDesk(b, 500), newPlace(b)
	d.meet(p.s)
	p.s.SetLine(false)
	ctx := context.Background()
	b.ResetTimer()
	for range b.N {
		_, err := p.s.Issue(ctx, ticket())
		if CodeOf(err) == CodeNoNumbers {
			b.StopTimer()
			d.meet(p.s)
			p.s.SetLine(false)
			b.StartTimer()
			_, err = p.s.Issue(ctx, ticket())
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

func rating(ticket string) Draft {
	return Draft{Kind: hall.SlipPrinted, Entity: ticket, Actor: hall.Actor{Kind: hall.ActorDevice, Role: hall.RoleDevice},
		Body: hall.SlipPrintedBody{Job: "01JBENCH0000000000000000ZZ", Outcome: JobConfirmed}}
}

// BenchmarkRawAppend appends the bytes of one operation and syncs them.
func BenchmarkRawAppend(b *testing.B) {
	body, err := json.Marshal(hall.SlipPrintedBody{Job: "01JBENCH0000000000000000ZZ", Outcome: JobConfirmed})
	if err != nil {
		b.Fatal(err)
	}
	op, err := json.Marshal(hall.Op{ID: hall.OpID(newIDs().next(time.Now())), Kind: hall.SlipPrinted, Schema: 1, Lane: lane, Hall: hallCode,
		Entity: newIDs().next(time.Now()), Actor: hall.Actor{Kind: hall.ActorDevice, Role: hall.RoleDevice}, Terminal: "K1",
		Stamp: hall.Stamp{At: noon, BoundMS: 1, Trust: hall.TrustSynced}, Body: body})
	if err != nil {
		b.Fatal(err)
	}
	line := append(op, bytes.Repeat([]byte("h"), 128)...) // the two hashes of its envelope
	f, err := os.OpenFile(filepath.Join(b.TempDir(), "raw"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	b.ResetTimer()
	for range b.N {
		if _, err := f.Write(line); err != nil {
			b.Fatal(err)
		}
		if err := unix.Fdatasync(int(f.Fd())); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkScanAmongPapers is one scan of a label written down and shown, at a
// station that knows 10,000 papers: compare with BenchmarkProposeToDurable.
func BenchmarkScanAmongPapers(b *testing.B) {
	for _, shown := range []struct {
		name string
		list bool
	}{{"written", false}, {"written and listed", true}} {
		b.Run(shown.name, func(b *testing.B) {
			h := newCaseHall(b, 40)
			st := h.station(b)
			ctx := context.Background()
			st.meet()
			const known, row = 10_000, 500
			snap := manyPapers(b, known)
			st.s.SetLine(false)
			b.ResetTimer()
			for i := range b.N {
				if i%row == 0 { // 500 in a row, then the papers are on the road again
					b.StopTimer()
					if i > 0 {
						st.close()
						st.opt.Dir += "x"
						st.open()
						st.meet()
						st.s.SetLine(false)
					}
					if err := st.s.ApplySnapshot(ctx, snap); err != nil {
						b.Fatal(err)
					}
					if _, err := st.s.PaperCounts(ctx, []string{"civil"}, noon); err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
				}
				if _, err := st.s.Propose(ctx, scan(1+i%row*7)); err != nil {
					b.Fatal(err)
				}
				if !shown.list {
					continue
				}
				if list, err := st.s.BatchesOf(ctx, []string{"civil"}, 100, hall.PapersOut); err != nil || len(list) != 100 {
					b.Fatalf("%d batches: %v", len(list), err)
				}
			}
		})
	}
}
