package writer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"

	"hallway/app/hall"
	"hallway/sync"
)

// The same pushes leave the same rows, hashes, verdicts and answers: on both
// databases, and the very bytes that earlier releases left. The sums of «hall»
// change with the rules and the shape of their values; that of «many feeds» is
// the writer's alone: when it changes, followers and terminals hold something
// else than before.
func TestSamePushesLeaveTheSame(t *testing.T) {
	for _, c := range []struct {
		name, want string
		step       StepFunc
		seed       uint64
	}{
		{"hall", "a0eebfa715c73b9e", nil, 1},
		{"hall again", "3e5c425788b4ceb0", nil, 2},
		{"many feeds", "51ee943362f325cb", counting, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachDB(t, func(t *testing.T, dsn string) {
				n := start(t, dsn, func(o *Options) {
					o.Step = c.step
					o.Keys = Keys{MAC: fixedKey("mac"), Seal: fixedKey("seal"), Lookup: fixedKey("lookup")}
				})
				m := &mess{t: t, n: n, rnd: rand.New(rand.NewPCG(c.seed, 7)), counting: c.step != nil}
				m.run(150)
				n.verify()
				if got := m.digest(); got != c.want {
					t.Errorf("the digest is %s, not %s", got, c.want)
				}
			})
		})
	}
}

func fixedKey(name string) []byte {
	sum := sha256.Sum256([]byte(name))
	return sum[:]
}

// mess sends pushes of every kind, also wrong ones, drawn from one seed.
type mess struct {
	t        *testing.T
	n        *node
	rnd      *rand.Rand
	counting bool
	answers  []string
	leases   map[string]hall.Lease
	spent    map[string]int
}

func (m *mess) run(steps int) {
	var devices []*device
	if !m.counting {
		m.n.furnish(3)
		devices = []*device{counter(m.t, 1), counter(m.t, 2), counter(m.t, 3)}
		for _, c := range devices {
			c.do(m.n, hall.OpenWindow, c.id[1:], hall.OpenWindowBody{})
		}
	}
	k1, k2 := kiosk(m.t), kiosk(m.t)
	k2.id = "K2"
	devices = append(devices, k1, k2)
	if !m.counting {
		m.n.own(hall.EnrolTerminal, "enrol-k2", "K2", hall.EnrolTerminalBody{Role: "kiosk", Letter: "M"})
		m.leases, m.spent = map[string]hall.Lease{"K1": k1.lease(m.n, 500)}, map[string]int{}
		v := k2.do(m.n, hall.LeaseNumbers, "AM/"+today, hall.LeaseNumbersBody{Series: "AM/" + today, Group: "g", Day: today, Count: 500, Offline: true})
		var r hall.LeaseResult
		if err := json.Unmarshal(v.Result, &r); err != nil {
			m.t.Fatal(err)
		}
		m.leases["K2"] = r.Lease
	}
	for range steps {
		d := devices[m.rnd.IntN(len(devices))]
		mark := len(d.sent)
		for range 1 + m.rnd.IntN(30) {
			m.one(d)
		}
		p := d.push(d.sent[mark:]...)
		switch m.rnd.IntN(10) {
		case 0: // sent again, from somewhere before
			p.Ops = d.sent[m.rnd.IntN(mark+1):]
		case 1: // a gap, then everything
			if len(p.Ops) > 3 {
				gap := p
				gap.Ops = p.Ops[2:]
				m.send(d, gap)
			}
		case 2: // a hole
			if len(p.Ops) > 3 {
				p.HoleFrom, p.Ops = p.Ops[0].Seq, p.Ops[2:]
			}
		case 3: // a fork: other content under a number that was used
			if mark > 0 {
				e := d.sent[mark-1]
				e.Body = raw(m.t, d.op(hall.SlipPrinted, "other", struct{}{}))
				e.Hash = sync.EnvelopeHash(e.Terminal, e.Incarnation, e.Lane, e.Seq, e.PrevHash, e.Body)
				m.send(d, d.push(e))
			}
		case 4: // damaged on the way
			bad := p
			bad.Ops = append([]sync.Envelope{}, p.Ops...)
			bad.Ops[len(bad.Ops)/2].Hash = "00"
			m.send(d, bad)
		case 5: // a new incarnation sends everything again
			old := d.sent
			d.incarnation, d.sent = fmt.Sprint("i", len(m.answers)), nil
			for _, e := range old[max(0, len(old)-40):] {
				d.sealBytes(e.Body)
			}
			p = d.push(d.sent...)
		}
		if len(p.Ops) > 0 {
			m.send(d, p)
		}
	}
}

// one seals one more operation.
func (m *mess) one(d *device) {
	switch m.rnd.IntN(40) {
	case 0:
		d.sealBytes([]byte(`{"op_id":"x"`))
		return
	case 1:
		d.sealBytes(raw(m.t, d.op("no_such_kind", "e", struct{}{})))
		return
	case 2:
		op := d.op(hall.LeaseNumbers, "AK/"+today, struct{}{})
		op.Schema = 9
		d.seal(op)
		return
	case 3: // the identity of another operation
		op := d.op(hall.SlipPrinted, "t", hall.SlipPrintedBody{Job: "j", Outcome: "failed"})
		if len(d.sent) > 0 {
			var first hall.Op
			_ = json.Unmarshal(d.sent[m.rnd.IntN(len(d.sent))].Body, &first)
			if first.ID != "" {
				op.ID = first.ID
			}
		}
		d.seal(op)
		return
	}
	op := m.plain(d)
	switch m.rnd.IntN(12) {
	case 0:
		op.DependsOn = []hall.OpID{"nobody-knows"}
	case 1:
		if len(d.sent) > 0 {
			var before hall.Op
			if json.Unmarshal(d.sent[len(d.sent)-1].Body, &before) == nil && before.ID != "" {
				op.DependsOn = []hall.OpID{before.ID}
			}
		}
	}
	d.seal(op)
}

func (m *mess) plain(d *device) hall.Op {
	if m.counting {
		return countOp(d, m.rnd.IntN(6))
	}
	if d.role == "counter" {
		w := d.id[1:]
		number := "t-" + hall.FormatNumber("AK", 1+m.rnd.IntN(60))
		switch m.rnd.IntN(7) {
		case 0, 1, 2:
			return d.op(hall.CallNext, w, hall.CallNextBody{})
		case 3:
			return d.op(hall.StartService, number, hall.TicketActBody{Window: w})
		case 4:
			return d.op(hall.FinishService, number, hall.TicketActBody{Window: w})
		case 5:
			return d.op(hall.OpenWindow, w, hall.OpenWindowBody{})
		}
		return d.op(hall.Recall, number, hall.TicketActBody{Window: w})
	}
	switch m.rnd.IntN(6) {
	case 0:
		return d.op(hall.SlipPrinted, "t-"+hall.FormatNumber("AK", 1+m.spent[d.id]), hall.SlipPrintedBody{Job: fmt.Sprint("j", d.n), Outcome: "confirmed"})
	case 1:
		return d.op(hall.LeaseNumbers, "AM/"+today, hall.LeaseNumbersBody{Series: "AM/" + today, Group: "g", Day: today, Count: 1 + m.rnd.IntN(5), Offline: true})
	}
	m.spent[d.id]++
	return d.ticket(m.leases[d.id], m.spent[d.id])
}

func (m *mess) send(d *device, p sync.Push) {
	m.t.Helper()
	reply, err := m.n.Submit(context.Background(), p, d.origin())
	for i := range reply.Verdicts { // for restores; restore_test.go looks at them
		reply.Verdicts[i].Order, reply.Verdicts[i].MAC = 0, ""
	}
	m.answers = append(m.answers, fmt.Sprint(string(raw(m.t, reply)), err))
}

// digest sums up the answers and everything stored, but the centre's own
// sequence, whose name is random.
func (m *mess) digest() string {
	m.t.Helper()
	h := sha256.New()
	for _, a := range m.answers {
		fmt.Fprintln(h, a)
	}
	statuses := map[hall.VerdictStatus]int{}
	for _, q := range []string{
		`SELECT lane, last_row, epoch FROM lane`,
		`SELECT lane, feed, last_row, last_hash, state_sum FROM feed`,
		`SELECT lane, row_no, feed, event, kind, id, value, op_id, at_us, epoch, prev_hash, hash, mac FROM log`,
		`SELECT lane, kind, id, feed, part, value, row_no FROM entity`,
		`SELECT op_id, lane, kind, entity, terminal, actor, body, body_hash, status, reason, result, row_no, at_us, erased_us FROM op`,
		`SELECT terminal, incarnation, lane, seq, hash, op_id, conflict, at_us FROM envelope WHERE terminal <> 'centre'`,
		`SELECT terminal, incarnation, lane, last_seq, last_hash, at_us FROM sender WHERE terminal <> 'centre'`,
		`SELECT terminal, incarnation, lane, from_seq, to_seq, at_us FROM hole`,
		`SELECT id, lane, op_id, kind, payload, due_us, done_us, attempts, note FROM effect`,
		`SELECT lane, row_no, feed, state_sum FROM state_hash`,
	} {
		rows, err := m.n.db.read.QueryContext(m.t.Context(), q)
		if err != nil {
			m.t.Fatal(err)
		}
		columns, _ := rows.Columns()
		var lines []string
		for rows.Next() {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				m.t.Fatal(err)
			}
			var line []byte
			for i, v := range values {
				if b, ok := v.([]byte); ok {
					v = string(b)
				}
				line = fmt.Appendf(line, "%s=%v|", columns[i], v)
				if columns[i] == "status" {
					statuses[hall.VerdictStatus(fmt.Sprint(v))]++
				}
			}
			lines = append(lines, string(line))
		}
		if err := rows.Close(); err != nil {
			m.t.Fatal(err)
		}
		sort.Strings(lines) // databases collate in their own ways
		fmt.Fprintln(h, strings.Join(lines, "\n"))
	}
	if statuses[hall.Applied] < 400 || statuses[hall.Rejected] < 30 || statuses[hall.RejectedDependency] < 10 {
		m.t.Errorf("the pushes prove little: %v", statuses)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
