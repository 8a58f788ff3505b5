package writer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"hallway/app/hall"
	"hallway/sync"
)

const laneShared = "shared" // KindInfo.Lane

// Limits of one push (design: a client sends at most 256 operations and 1 MiB).
const (
	MaxOps   = 1024
	MaxBytes = 4 << 20
)

// admitted is an operation's body as decoded before the queue, with what the
// permission table says about it.
type admitted struct {
	op     hall.Op
	ok     bool      // the body is an operation
	denied hall.Text // Code is set when it may not be done
	// unattested: see Origin.Witnessed.
	unattested bool
	whole      bool // the envelope's hash is right
	bodyHash   string
	reads      []entityKey // a guess
}

// weigh does what takes time and needs no transaction.
func (a *admitted) weigh(body []byte) {
	sum := sha256.Sum256(body)
	a.bodyHash = hex.EncodeToString(sum[:])
	if a.ok {
		a.reads = guesses(&a.op)
	}
}

// admit checks a push before it waits for the writer: shape, sender, and the
// permission of each operation. Only what concerns the whole push is an error;
// a forbidden or malformed operation gets its verdict in its turn.
func (w *Writer) admit(ctx context.Context, p sync.Push, from Origin) ([]admitted, error) {
	if p.Terminal == "" || p.Terminal != from.Terminal || p.Terminal == Centre {
		return nil, &sync.Problem{Code: sync.ProblemAuth, Message: "the push is of another terminal than the token", Hint: "sign the terminal in again with its own token"}
	}
	if !slices.Contains(from.Lanes, p.Lane) {
		return nil, &sync.Problem{Code: sync.ProblemAuth, Message: "this terminal may not write to this lane", Hint: "check the hall that the terminal is enrolled in"}
	}
	if !goodID(p.Incarnation) || !goodText(p.Lane) {
		return nil, &sync.Problem{Code: sync.ProblemInvalid, Message: "incarnation or lane is malformed", Hint: "correct the client"}
	}
	if len(p.Ops) == 0 || len(p.Ops) > MaxOps {
		return nil, &sync.Problem{Code: sync.ProblemInvalid, Message: fmt.Sprintf("a push carries 1 to %d operations", MaxOps), Hint: "send smaller batches"}
	}
	ops := make([]admitted, len(p.Ops))
	seen := map[hall.Actor]bool{} // who attested; a push is mostly of one person
	for i, e := range p.Ops {
		a := &ops[i]
		a.whole = e.Terminal == p.Terminal && e.Incarnation == p.Incarnation && e.Lane == p.Lane &&
			e.Hash == sync.EnvelopeHash(e.Terminal, e.Incarnation, e.Lane, e.Seq, e.PrevHash, e.Body)
		field, ok := decodeOp(e.Body, &a.op)
		a.ok = ok && !a.op.ID.IsDeadline()
		a.weigh(e.Body)
		if !a.ok {
			continue
		}
		denied, err := deny(ctx, a.op, from)
		if err != nil {
			return nil, w.unchecked(a.op, err)
		}
		a.denied = denied
		if info, known := w.opts.kindOf(a.op.Kind); field != "" && known && a.op.Schema <= info.Schema { // of a newer schema it may be right
			a.denied = hall.Text{Code: "malformed", Params: map[string]string{"what": "op." + field}}
		}
		if a.unattested, err = unattested(ctx, a.op, from, seen); err != nil {
			return nil, w.unchecked(a.op, err)
		}
	}
	return ops, nil
}

// deny answers why an operation may not be done; an empty Text if it may.
// Default deny: kind, actor's role and terminal's role must be in the table.
func deny(ctx context.Context, op hall.Op, from Origin) (hall.Text, error) {
	if !permitted(op, from.Role) {
		return hall.Text{Code: "forbidden"}, nil
	}
	info, _ := hall.KindOf(op.Kind)
	if op.Actor.Kind != hall.ActorStaff || info.Nature == hall.Witness {
		return hall.Text{}, nil
	}
	if from.Session == nil {
		return hall.Text{Code: "session_ended"}, nil
	}
	live, err := from.Session(ctx, op.Actor)
	if err != nil || live {
		return hall.Text{}, err
	}
	return hall.Text{Code: "session_ended"}, nil
}

// unattested says whether a witness of staff comes from somebody who was never
// signed in there. That the session has ended since means nothing: what
// happened offline arrives later.
func unattested(ctx context.Context, op hall.Op, from Origin, seen map[hall.Actor]bool) (bool, error) {
	info, _ := hall.KindOf(op.Kind)
	if from.Witnessed == nil || op.Actor.Kind != hall.ActorStaff || info.Nature != hall.Witness {
		return false, nil
	}
	attested, asked := seen[op.Actor]
	if !asked {
		var err error
		if attested, err = from.Witnessed(ctx, op.Actor); err != nil {
			return false, err
		}
		seen[op.Actor] = attested
	}
	return !attested, nil
}

func (w *Writer) unchecked(op hall.Op, err error) error {
	w.log.Error("the permission of an operation cannot be checked", "op", op.ID, "kind", op.Kind, "error", err)
	return busy("the centre cannot check permissions now")
}

// permitted looks the operation up in the table of kinds, and holds the kind
// of actor to the role that it claims: only staff can carry a staff role, only
// the centre is the system.
func permitted(op hall.Op, terminalRole string) bool {
	role := op.Actor.Role
	own := map[hall.ActorKind]hall.Role{
		hall.ActorCitizen: hall.RoleCitizen, hall.ActorDevice: hall.RoleDevice, hall.ActorSystem: hall.RoleSystem,
	}[op.Actor.Kind]
	switch {
	case own != "":
		if role == "" {
			role = own
		}
		if role != own || (op.Actor.Kind == hall.ActorSystem && op.Terminal != Centre) {
			return false
		}
	case op.Actor.Kind == hall.ActorStaff:
		if op.Actor.ID == "" || role == "" || role == hall.RoleCitizen || role == hall.RoleDevice || role == hall.RoleSystem {
			return false
		}
	default:
		return false
	}
	return hall.May(op.Kind, role, terminalRole)
}

// decodeOp reads the exact bytes of an operation; anything that cannot be
// stored as it is in every database (control characters, endless names) is no
// operation.
//
// unknown names a field that operations do not have.
func decodeOp(body []byte, op *hall.Op) (unknown string, ok bool) {
	unknown, err := hall.DecodeStrict(body, op)
	if unknown != "" { // the decoder stopped there
		err = hall.Decode(body, op)
	}
	return unknown, err == nil && goodOp(op)
}

// readable reads an operation that was taken in before.
func readable(body []byte, op *hall.Op) bool {
	_, ok := decodeOp(body, op)
	return ok
}

func goodOp(op *hall.Op) bool {
	for _, s := range []string{string(op.Kind), op.Lane, op.Entity, op.Terminal} {
		if s == "" || !goodText(s) {
			return false
		}
	}
	for _, d := range op.DependsOn {
		if !goodID(string(d)) {
			return false
		}
	}
	return goodID(string(op.ID)) && goodText(op.Hall) && goodText(op.Actor.ID) && goodText(string(op.Actor.Kind)) && len(op.DependsOn) <= 64
}

// goodID accepts identifiers of operations and incarnations.
func goodID(s string) bool {
	if s == "" || len(s) > 128 {
		return false
	}
	for _, c := range []byte(s) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-_.:/", c) >= 0) {
			return false
		}
	}
	return true
}

// goodText accepts names that every database can hold.
func goodText(s string) bool {
	if len(s) > 256 || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r < 0x20 || r == 0x7f {
			return false
		}
	}
	return true
}

func busy(message string) *sync.Problem {
	return &sync.Problem{Code: sync.ProblemBusy, Message: message, Hint: "nothing is lost; the terminal sends again by itself", RetryMS: 1000}
}

func full() *sync.Problem {
	return &sync.Problem{Code: sync.ProblemBusy, Message: "the disk of the centre is full", Hint: "make room on the centre's disk; nothing is lost, the terminals send again by themselves", RetryMS: 5000}
}
