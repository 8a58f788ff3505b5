package writer

import (
	"encoding/json"
	"fmt"

	"hallway/app/hall"
	"hallway/sync"
)

// pending is what one transaction knows of the database and what it will write:
// everything that was read once, with what the transaction itself changed.
type pending struct {
	conn   *connTx
	known  *known
	locked map[string]bool // lanes

	senders   map[senderKey]*sender
	ops       map[hall.OpID]*storedOp // nil: there is none
	envelopes map[envelopeKey]*storedEnvelope
	entities  map[entityKey]*storedEntity

	catalogues map[string]*hall.Catalogue // as they were before this transaction

	newOps, newEnvelopes, rows, holes, effects, states, kept, notKept [][]any
	queued                                                            []sync.Row // rows of windows and tickets
	effectIDs                                                         map[string]bool
	touched                                                           []*storedEntity
}

type senderKey struct{ terminal, incarnation, lane string }

// sender is how far one terminal has come in one lane.
type sender struct {
	seq   int64
	hash  string
	dirty bool
}

type storedOp struct {
	bodyHash string
	verdict  sync.Verdict // Seq is not set
}

type envelopeKey struct {
	senderKey
	seq int64
}

type storedEnvelope struct {
	hash, opID   string
	conflict, at int64
}

type entityKey struct{ lane, kind, id string }

type storedEntity struct {
	key   entityKey
	found bool // also: a value of this transaction
	feed  string
	value []byte
	part  string // of a value of this transaction
	row   int64
	dirty bool
	kept  int // bytes, see known
}

func newPending(c *connTx, k *known) *pending {
	return &pending{
		conn: c, known: k, locked: map[string]bool{}, senders: map[senderKey]*sender{}, ops: map[hall.OpID]*storedOp{}, envelopes: map[envelopeKey]*storedEnvelope{},
		entities: map[entityKey]*storedEntity{}, catalogues: map[string]*hall.Catalogue{}, effectIDs: map[string]bool{},
	}
}

// prefetch reads at once what a batch of requests will ask for.
func (p *pending) prefetch(batch []*request, centre string) error {
	var senders [][]any
	for _, r := range batch {
		k := r.sender(centre)
		if _, known := p.senders[k]; !known {
			p.senders[k] = &sender{}
			senders = append(senders, k.values())
		}
	}
	if err := p.conn.find(&senderOf, senders, p.gotSender); err != nil {
		return fmt.Errorf("senders: %w", err)
	}
	var ops, envelopes, entities [][]any
	op := func(id hall.OpID) {
		if _, known := p.ops[id]; !known {
			p.ops[id] = nil
			ops = append(ops, []any{string(id)})
		}
	}
	for _, r := range batch {
		for i := range r.ops {
			a := &r.ops[i]
			if r.push != nil && !a.whole {
				continue // nothing of it may be believed, or looked for
			}
			if r.push != nil {
				if e := &r.push.Ops[i]; e.Seq <= p.senders[r.sender(centre)].seq {
					k := envelopeKey{senderKey{e.Terminal, e.Incarnation, e.Lane}, e.Seq}
					if _, known := p.envelopes[k]; !known {
						p.envelopes[k] = nil
						envelopes = append(envelopes, k.values())
					}
				}
				if !a.ok {
					op(malformedID(&r.push.Ops[i]))
				}
			}
			if !a.ok {
				continue
			}
			op(a.op.ID)
			for _, d := range a.op.DependsOn {
				op(d)
			}
			for _, k := range a.reads {
				if p.recall(k) == nil {
					p.entities[k] = &storedEntity{key: k}
					entities = append(entities, k.values())
				}
			}
		}
	}
	if err := p.conn.find(&opOf, ops, p.gotOp); err != nil {
		return fmt.Errorf("operations: %w", err)
	}
	if err := p.conn.find(&envelopeOf, envelopes, p.gotEnvelope); err != nil {
		return fmt.Errorf("envelopes: %w", err)
	}
	if err := p.conn.find(&entityOf, entities, p.gotEntity); err != nil {
		return fmt.Errorf("entities: %w", err)
	}
	return nil
}

// laneOf is where an entity that the rules of a lane read lives.
func laneOf(lane string, kind hall.EntityKind) string {
	if kind == hall.EntityCatalogue || kind == hall.EntityTerminal {
		return sync.SharedLane
	}
	return lane
}

func (k senderKey) values() []any   { return []any{k.terminal, k.incarnation, k.lane} }
func (k envelopeKey) values() []any { return append(k.senderKey.values(), k.seq) }
func (k entityKey) values() []any   { return []any{k.lane, k.kind, k.id} }

func (p *pending) gotSender(v []any) error {
	p.senders[senderKey{str(v[0]), str(v[1]), str(v[2])}] = &sender{seq: num(v[3]), hash: str(v[4])}
	return nil
}

func (p *pending) gotOp(v []any) error {
	o := &storedOp{bodyHash: str(v[1])}
	o.verdict = sync.Verdict{OpID: hall.OpID(str(v[0])), Status: hall.VerdictStatus(str(v[2])), Row: num(v[5]), At: microTime(num(v[6])), Order: num(v[7])}
	if b, _ := v[4].([]byte); len(b) > 0 {
		o.verdict.Result = b
	}
	if reason := str(v[3]); reason != "" {
		if err := hall.Decode([]byte(reason), &o.verdict.Reason); err != nil {
			return fmt.Errorf("reason: %w", err)
		}
	}
	p.ops[o.verdict.OpID] = o
	return nil
}

func (p *pending) gotEnvelope(v []any) error {
	k := envelopeKey{senderKey{str(v[0]), str(v[1]), str(v[2])}, num(v[3])}
	p.envelopes[k] = &storedEnvelope{hash: str(v[4]), opID: str(v[5]), conflict: num(v[6]), at: num(v[7])}
	return nil
}

func (p *pending) gotEntity(v []any) error {
	k := entityKey{str(v[0]), str(v[1]), str(v[2])}
	value, _ := v[4].([]byte)
	p.entities[k] = &storedEntity{key: k, found: true, feed: str(v[3]), value: value, row: num(v[5])}
	return nil
}

func str(v any) string { s, _ := v.(string); return s }

func num(v any) int64 { n, _ := v.(int64); return n }

// sender is how far a terminal has come.
func (p *pending) sender(k senderKey) (*sender, error) {
	if p.senders[k] == nil {
		p.senders[k] = &sender{}
		if err := p.conn.find(&senderOf, [][]any{k.values()}, p.gotSender); err != nil {
			return nil, fmt.Errorf("sender: %w", err)
		}
	}
	return p.senders[k], nil
}

// op is an operation that has a verdict, or nil.
func (p *pending) op(id hall.OpID) (*storedOp, error) {
	if o, known := p.ops[id]; known {
		return o, nil
	}
	p.ops[id] = nil
	err := p.conn.find(&opOf, [][]any{{string(id)}}, p.gotOp)
	if err != nil {
		return nil, fmt.Errorf("operation: %w", err)
	}
	return p.ops[id], nil
}

// decided is an envelope that was decided before, or nil.
func (p *pending) decided(e *sync.Envelope) (*storedEnvelope, error) {
	k := envelopeKey{senderKey{e.Terminal, e.Incarnation, e.Lane}, e.Seq}
	if o, known := p.envelopes[k]; known {
		return o, nil
	}
	p.envelopes[k] = nil
	err := p.conn.find(&envelopeOf, [][]any{k.values()}, p.gotEnvelope)
	if err != nil {
		return nil, fmt.Errorf("envelope: %w", err)
	}
	return p.envelopes[k], nil
}

// entity is one entity as this transaction has it.
func (p *pending) entity(k entityKey) (*storedEntity, error) {
	if e := p.recall(k); e != nil {
		return e, nil
	}
	p.entities[k] = &storedEntity{key: k}
	if err := p.conn.find(&entityOf, [][]any{k.values()}, p.gotEntity); err != nil {
		return nil, err
	}
	return p.entities[k], nil
}

// recall is an entity that this transaction has, or knows from the ones before;
// nil: it must be read.
func (p *pending) recall(k entityKey) *storedEntity {
	e := p.entities[k]
	if e == nil && p.locked[k.lane] {
		if e = p.known.all[k]; e != nil {
			p.entities[k] = e
		}
	}
	return e
}

// remember keeps what is committed now for the next transactions.
func (p *pending) remember() {
	for k, e := range p.entities {
		if p.locked[k.lane] {
			p.known.keep(e)
		}
	}
}

// catalogue is a hall's catalogue, also one that this transaction published.
func (p *pending) catalogue(t *txn, code string) (*hall.Catalogue, error) {
	if e := p.entities[entityKey{sync.SharedLane, string(hall.EntityCatalogue), code}]; e != nil && e.dirty {
		if !e.found {
			return nil, nil
		}
		return t.hot.parsed(code, e.row, e.value)
	}
	if cat, known := p.catalogues[code]; known {
		return cat, nil
	}
	cat, err := t.hot.catalogue(p.conn.ctx, p.conn, code)
	if err == nil {
		p.catalogues[code] = cat
	}
	return cat, err
}

// change notes that an entity must be written.
func (p *pending) change(e *storedEntity) {
	if !e.dirty {
		e.dirty = true
		p.touched = append(p.touched, e)
	}
}

// bulks is everything that is written, table by table.
func (p *pending) bulks(t *txn) []bulk {
	lanes, feeds := bulk{table: laneTable}, bulk{table: feedTable}
	for _, ls := range t.dirty {
		lanes.put = append(lanes.put, []any{ls.lane, ls.row, ls.epoch})
		for name, f := range ls.feeds {
			if f.dirty {
				feeds.put = append(feeds.put, []any{ls.lane, string(name), f.row, f.hash, f.sum.String()})
				f.dirty = false
			}
		}
	}
	entities := bulk{table: entityTable}
	for _, e := range p.touched {
		if e.found {
			entities.put = append(entities.put, []any{e.key.lane, e.key.kind, e.key.id, e.feed, e.part, e.value, e.row})
		} else {
			entities.del = append(entities.del, e.key.values())
		}
	}
	senders := bulk{table: senderTable}
	for k, s := range p.senders {
		if s.dirty {
			senders.put = append(senders.put, append(k.values(), s.seq, s.hash, t.now.UnixMicro()))
		}
	}
	return append(p.appended(), lanes, feeds, entities, senders, bulk{table: keptTable, put: p.kept, del: p.notKept})
}

// appended is what is only ever added, and will not change in this transaction.
func (p *pending) appended() []bulk {
	out := []bulk{
		{table: logTable, put: p.rows}, {table: opTable, put: p.newOps}, {table: envelopeTable, put: p.newEnvelopes},
		{table: holeTable, put: p.holes}, {table: effectTable, put: p.effects}, {table: stateTable, put: p.states},
	}
	p.rows, p.newOps, p.newEnvelopes, p.holes, p.effects, p.states = nil, nil, nil, nil, nil, nil
	return out
}

// writeAhead is after how many operations what was decided is written while the
// next are decided.
const writeAhead = 100

// spill writes ahead when there is enough.
func (p *pending) spill() {
	if len(p.newOps) >= writeAhead {
		p.conn.ahead(p.appended())
	}
}

// value is an entity as the rules read it.
func (t *txn) value(k entityKey) (json.RawMessage, bool, error) {
	e, err := t.entity(k)
	if err != nil || !e.found {
		return nil, false, err
	}
	return e.value, true, nil
}

// queue is the queue of a day with what this transaction did to it.
func (t *txn) queue(ls *laneState, day string) (*hall.Queue, error) {
	built := ls.days[day] == nil
	q, err := ls.queue(t.conn.ctx, t.conn, day)
	if err != nil || !built {
		return q, err
	}
	for _, r := range t.queued { // not in the database yet
		if r.Lane != ls.lane {
			continue
		}
		if err := applyTo(q, day, hall.Change{Feed: r.Feed, Event: r.Event, Kind: r.Kind, ID: r.ID, Value: r.Value}); err != nil {
			return nil, err
		}
	}
	return q, nil
}
