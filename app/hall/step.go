package hall

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"
)

// decision is one operation being decided.
type decision struct {
	w   World
	op  Op
	ctx Context
	cat *Catalogue
	now time.Time // of the hall, whole milliseconds
	out Outcome
	// numbers of documents that this operation gave, in their order.
	numbers []NoticeResult
	clocks  []askedClock // deadlines that this operation asks for
}

// hallLane begins the name of every hall's lane.
const hallLane = "hall/"

type rule func(*decision) error

// rules decide the kinds of the table.
var rules = merged(queueRules, caseRules, decisionRules, custodyRules)

func merged(parts ...map[Kind]rule) map[Kind]rule {
	all := map[Kind]rule{}
	for _, p := range parts {
		maps.Copy(all, p)
	}
	return all
}

var queueRules = map[Kind]rule{
	PublishCatalogue:  with((*decision).publishCatalogue),
	EnrolTerminal:     with((*decision).enrolTerminal),
	Book:              with((*decision).book),
	CancelBooking:     with((*decision).cancelBooking),
	AppointmentNoShow: with((*decision).appointmentNoShow),
	LeaseNumbers:      with((*decision).leaseNumbers),
	TakeTicket:        with((*decision).takeTicket),
	CheckIn:           with((*decision).checkIn),
	SlipPrinted:       with((*decision).slipPrinted),
	OpenWindow:        with((*decision).openWindow),
	CloseWindow:       with((*decision).closeWindow),
	CallNext:          with((*decision).callNext),
	Recall:            with((*decision).recall),
	StartService:      with((*decision).startService),
	MissTicket:        with((*decision).missTicket),
	RequeueTicket:     with((*decision).requeueTicket),
	HoldTicket:        with((*decision).holdTicket),
	ResumeTicket:      with((*decision).resumeTicket),
	TransferTicket:    with((*decision).transferTicket),
	FinishService:     with((*decision).finishService),
	VoidTicket:        with((*decision).voidTicket),
	Rate:              with((*decision).rate),
	CloseDay:          with((*decision).closeDay),
	PostNotice:        with((*decision).postNotice),
	WithdrawNotice:    with((*decision).withdrawNotice),
}

// with reads the body of an operation for its rule. A field that the schema does
// not have is refused by name: what it says would be lost.
func with[B any](apply func(*decision, B) error) rule {
	return func(d *decision) error {
		var body B
		field, err := DecodeStrict(d.op.Body, &body)
		if field != "" {
			d.reject("malformed", "what", "body."+field)
			return nil
		}
		if err != nil {
			d.reject("malformed", "what", "body")
			return nil
		}
		return apply(d, body)
	}
}

// Step decides one operation: the events and effects that it causes, or the
// reason why not. It is the only place where state changes are made up. The
// writer calls it for the verdict, a terminal for its overlay and to learn
// what may be done now, the simulation to check. It changes nothing: the owner
// of the state applies the Changes.
//
// An error means only that World could not be read. Whatever is wrong with the
// operation is an Outcome with status Rejected.
func Step(w World, op Op, ctx Context) (Outcome, error) {
	d := &decision{w: w, op: op, ctx: ctx, now: ctx.Now.In(Zone).Truncate(time.Millisecond)}
	d.out.Status = Applied
	info, known := KindOf(op.Kind)
	switch {
	case !known:
		return d.reject("unknown_kind"), nil
	case op.Schema > info.Schema:
		return d.reject("newer_schema"), nil
	case op.Entity == "" || len(op.Entity) > 128:
		return d.reject("malformed", "what", "entity"), nil
	}
	if err := d.upcast(info.Schema); err != nil {
		return d.reject("malformed", "what", "schema"), nil
	}
	d.onTime()
	d.op.Stamp = d.op.Stamp.Clamped(d.now)
	if info.Lane == "hall" {
		cat, err := w.Catalogue()
		if err != nil {
			return Outcome{}, fmt.Errorf("hall: catalogue for %s: %w", op.Kind, err)
		}
		if cat == nil {
			return d.reject("no_catalogue"), nil
		}
		if op.Hall != "" && op.Hall != cat.Code || op.Lane != "" && op.Lane != hallLane+cat.Code {
			return d.reject("other_hall"), nil
		}
		d.cat = cat
	} else if op.Lane != "" && op.Lane != info.Lane {
		return d.reject("malformed", "what", "lane"), nil
	}
	if err := rules[op.Kind](d); err != nil {
		return Outcome{}, fmt.Errorf("hall: state for %s: %w", op.Kind, err)
	}
	if d.out.Status == Applied && len(d.out.Changes) == 0 {
		d.out.Status, d.out.Reason = Noop, Text{Code: "already_so"}
	}
	if d.out.Status != Applied {
		d.out.Changes, d.out.Effects = nil, nil
	}
	return d.out, nil
}

// onTime lets no deadline come too early. It is asked for at its moment, by a
// clock that may be ahead of the one that decides (two centres; a clock that was
// set back): it is decided as of its own moment then. Refused, it would never
// come again.
func (d *decision) onTime() {
	at := d.op.Stamp.At.In(Zone)
	if d.op.ID.IsDeadline() && d.op.Actor.Kind == ActorSystem && at.After(d.now) {
		d.now = at.Truncate(time.Millisecond)
	}
}

// Load reads one entity.
func Load[T any](w World, kind EntityKind, id string) (T, bool, error) {
	var v T
	raw, ok, err := w.Entity(kind, id)
	if err != nil {
		return v, false, fmt.Errorf("hall: read %s: %w", kind, err)
	}
	if !ok || gone(raw) {
		return v, false, nil
	}
	if err := Decode(raw, &v); err != nil {
		return v, false, fmt.Errorf("hall: stored %s cannot be read, restore it from the log: %w", kind, err)
	}
	return v, true, nil
}

// reject settles the outcome; params are names and values by turns.
func (d *decision) reject(code string, params ...string) Outcome {
	d.out = Outcome{Status: Rejected, Reason: text(code, params...)}
	return d.out
}

// noop settles the outcome as already so.
func (d *decision) noop(code string, params ...string) {
	d.out = Outcome{Status: Noop, Reason: text(code, params...)}
}

func text(code string, params ...string) Text {
	t := Text{Code: code}
	for i := 0; i+1 < len(params); i += 2 {
		if t.Params == nil {
			t.Params = map[string]string{}
		}
		t.Params[params[i]] = params[i+1]
	}
	return t
}

// emit adds one row.
func (d *decision) emit(feed Feed, event string, kind EntityKind, id string, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("hall: write %s: %w", kind, err)
	}
	d.out.Changes = append(d.out.Changes, Change{Feed: feed, Event: event, Kind: kind, ID: id, Value: raw})
	return nil
}

func (d *decision) emitTicket(event string, t Ticket) error {
	return d.emit(FeedQueue, event, EntityTicket, t.ID, t)
}

func (d *decision) emitWindow(event string, w Window) error {
	return d.emit(FeedQueue, event, EntityWindow, w.ID, w)
}

func (d *decision) result(v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("hall: write result: %w", err)
	}
	d.out.Result = raw
	return nil
}

// deadlineIDs begins the identities of deadlines; no terminal may use it.
const deadlineIDs = "deadline-"

// IsDeadline reports whether an identity is one that DeadlineOpID gives. Anybody
// can work such a name out; under one of a terminal's operations the deadline would
// never run.
func (id OpID) IsDeadline() bool { return strings.HasPrefix(string(id), deadlineIDs) }

// DeadlineOpID is the identity of a deadline's operation: the same deadline
// asked for twice is the same operation.
func DeadlineOpID(entity string, attempt int, kind Kind) OpID {
	h := sha256.New()
	for _, part := range []string{entity, strconv.Itoa(attempt), string(kind)} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		h.Write(n[:])
		h.Write([]byte(part))
	}
	return OpID(deadlineIDs + hex.EncodeToString(h.Sum(nil)[:16]))
}

// EffectDeadline is the kind of effect whose payload is an Op that the writer
// proposes to itself when Due has come.
const EffectDeadline = "deadline"

// deadline asks for an operation at a moment.
func (d *decision) deadline(kind Kind, entity string, attempt int, due time.Time) error {
	return d.deadlineOf(kind, entity, entity, attempt, due, struct{}{})
}

// deadlineOf asks for an operation on an entity at a moment; what says whose
// deadline it is when the entity has several.
func (d *decision) deadlineOf(kind Kind, entity, what string, attempt int, due time.Time, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("hall: write deadline: %w", err)
	}
	op := Op{
		ID: DeadlineOpID(what, attempt, kind), Kind: kind, Schema: 1,
		Lane: d.op.Lane, Hall: d.cat.Code, Entity: entity,
		Actor: Actor{Kind: ActorSystem, Role: RoleSystem}, Terminal: AtCentre,
		Stamp: Stamp{At: due, Trust: TrustSynced}, Body: raw,
	}
	payload, err := json.Marshal(op)
	if err != nil {
		return fmt.Errorf("hall: write deadline: %w", err)
	}
	d.out.Effects = append(d.out.Effects, Effect{ID: string(op.ID), Kind: EffectDeadline, Payload: payload, Due: due})
	return nil
}

// witnessed is when something happened that the device saw: its own stamp as
// far as that can be believed, otherwise now. It decides on time or late,
// never who comes first.
func (d *decision) witnessed() time.Time {
	s := d.op.Stamp
	if s.Trust == TrustUntrusted || s.At.IsZero() || s.At.After(d.now) {
		return d.now
	}
	return s.At.In(Zone).Truncate(time.Millisecond)
}
