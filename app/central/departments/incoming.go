package departments

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"hallway/app/hall"
	wire "hallway/sync"
)

// callbackOpID is the identity of a call-back: the same request and the same
// digest are the same operation, however often and whenever they come.
func callbackOpID(kind hall.Kind, request string, d Digest) hall.OpID {
	h := sha256.New()
	for _, part := range []string{"hallway/callback/1", string(kind), request, d.Hex()} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hall.OpID("callback-" + hex.EncodeToString(h.Sum(nil)[:16]))
}

// wanted says whether a call-back still counts: the rule's own check, made
// before a file is stored. late is true when its limit has passed.
func (a *Adapter) wanted(ctx context.Context, m message) (late bool, err error) {
	w := a.opt.Writer.HallWorld(ctx, a.opt.Hall)
	c, known, err := hall.Load[hall.Case](w, hall.EntityCase, m.caseID)
	if err != nil {
		return false, err
	}
	mat, there := c.Material(m.material)
	if !known || !there {
		return false, ErrUnknown
	}
	cat, err := w.Catalogue()
	if err != nil {
		return false, err
	}
	def, _ := cat.MaterialDef(mat.Code)
	n, asked := mat.Newest()
	switch {
	case def.Department != m.department, !asked, m.attempt > n.No:
		return false, ErrUnknown
	case mat.Attempts[m.attempt-1].Method != hall.MethodEShare:
		return false, ErrUnknown
	case c.State == hall.CaseWithdrawn:
		return false, ErrCancelled
	case n.No != m.attempt || n.State != hall.AttemptActive && n.State != hall.AttemptExpired:
		return false, ErrEnded
	}
	return n.State == hall.AttemptExpired, nil
}

// arrived takes a material (G1.3 row 6, or 6x).
func (a *Adapter) arrived(ctx context.Context, m message) (Receipt, error) {
	id := callbackOpID(hall.MaterialArrived, m.request, m.digest)
	late, receipt, err := a.fresh(ctx, m, id)
	if err != nil || receipt.Code != "" {
		return receipt, a.answered(ctx, hall.MaterialArrived, m, receipt, err)
	}
	file, err := a.store(ctx, m)
	if err == nil {
		receipt, err = a.decide(ctx, hall.MaterialArrived, id, m, late, hall.CallbackBody{File: file})
	}
	return receipt, a.answered(ctx, hall.MaterialArrived, m, receipt, err)
}

// refused takes a refusal (G1.3 row 7).
func (a *Adapter) refused(ctx context.Context, m message, reason string) (Receipt, error) {
	id := callbackOpID(hall.MaterialRefused, m.request, m.digest)
	late, receipt, err := a.fresh(ctx, m, id)
	if err == nil && receipt.Code == "" {
		if !isCode(reason) {
			err = ErrReason
		} else {
			receipt, err = a.decide(ctx, hall.MaterialRefused, id, m, late, hall.CallbackBody{Reason: reason})
		}
	}
	return receipt, a.answered(ctx, hall.MaterialRefused, m, receipt, err)
}

// isCode accepts a reason that is a code: the rules keep no words of people.
func isCode(s string) bool {
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-' && r != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// fresh looks whether a call-back came before and whether it still counts.
func (a *Adapter) fresh(ctx context.Context, m message, id hall.OpID) (late bool, known Receipt, err error) {
	late, err = a.wanted(ctx, m)
	if errors.Is(err, ErrUnknown) {
		return false, Receipt{}, err
	}
	v, decided, verr := a.opt.Writer.Verdict(ctx, id)
	switch {
	case verr != nil:
		return false, Receipt{}, verr
	case decided && v.Status == hall.Applied:
		return false, Receipt{Request: m.request, Code: CodeKnown, Do: DoNothing}, nil
	}
	return late, Receipt{}, err
}

// store makes the file durable: type, size and digest are checked on the way.
func (a *Adapter) store(ctx context.Context, m message) (hall.File, error) {
	head, whole, err := peek(m.body)
	mediaType, ok := hall.SniffFile(head, declared(m.contentType))
	switch {
	case err != nil:
		return hall.File{}, broken(err)
	case len(head) == 0:
		return hall.File{}, ErrEmpty
	case !ok:
		return hall.File{}, ErrType
	}
	if a.opt.Files == nil {
		return hall.File{}, ErrBusy
	}
	watched := &watchedReader{r: whole}
	file, err := a.opt.Files.Put(ctx, watched, mediaType, m.digest.Hex())
	switch {
	case err == nil && file.Size > hall.MaxFileBytes:
		return hall.File{}, ErrTooLarge
	case err == nil:
		return file, nil
	case watched.err != nil:
		return hall.File{}, broken(watched.err)
	}
	return hall.File{}, notStored(err)
}

// notStored is the answer to a file that the store did not take.
func notStored(err error) error {
	var p *wire.Problem
	if errors.As(err, &p) {
		switch p.Code {
		case wire.ProblemFileDigest:
			return ErrDigest
		case wire.ProblemFileType:
			return ErrType
		case wire.ProblemFileSize:
			return ErrTooLarge
		}
	}
	return fmt.Errorf("departments: file: %w", err)
}

// broken is the answer when the body could not be read to its end.
func broken(err error) error {
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		return ErrTooLarge
	}
	return ErrBusy // the sender went away or is too slow: the same again
}

// watchedReader keeps the error of reading apart from that of storing.
type watchedReader struct {
	r   io.Reader
	err error
}

// Read implements io.Reader.
func (w *watchedReader) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
	}
	return n, err
}

// decide proposes the operation; the rule checks once more whether it counts.
func (a *Adapter) decide(ctx context.Context, kind hall.Kind, id hall.OpID, m message, late bool, body hall.CallbackBody) (Receipt, error) {
	body.Material, body.Attempt, body.Request = m.material, m.attempt, m.request
	raw, err := json.Marshal(body)
	if err != nil {
		return Receipt{}, fmt.Errorf("departments: %s: %w", kind, err)
	}
	v, err := a.opt.Writer.Propose(ctx, hall.Op{
		ID: id, Kind: kind, Hall: a.opt.Hall, Entity: m.caseID,
		Actor: hall.Actor{Kind: hall.ActorSystem, Role: hall.RoleSystem}, Body: raw,
	})
	if err != nil {
		return Receipt{}, err
	}
	return receiptOf(v, m.request, late)
}

// receiptOf says what a verdict means for the department.
func receiptOf(v wire.Verdict, request string, late bool) (Receipt, error) {
	switch {
	case v.Status == hall.Applied && late:
		return Receipt{request, CodeLate, DoNothing}, nil
	case v.Status == hall.Applied:
		return Receipt{request, CodeTaken, DoNothing}, nil
	case v.Status == hall.Noop && v.Reason.Code == "callback_unknown":
		return Receipt{}, ErrUnknown
	case v.Status == hall.Noop:
		return Receipt{}, ErrEnded
	}
	return Receipt{}, ErrRefused
}

// answered leaves a trace of every call-back whose sender was proved, and makes
// an error fit for the outside: what is no Fault is logged here, once.
func (a *Adapter) answered(ctx context.Context, kind hall.Kind, m message, r Receipt, err error) error {
	p, told := problemOf(err)
	if err != nil && !told {
		a.log.Error("a call-back could not be taken", "department", m.department, "request", m.request, "error", err)
		p = ErrBusy
	}
	e := Event{Code: string(kind), Department: m.department, Subject: m.request, Reason: r.Code, Allowed: err == nil}
	if p != nil {
		e.Reason = p.Code
	}
	if auditErr := a.opt.Audit(ctx, e); auditErr != nil && ctx.Err() == nil {
		a.log.Error("a call-back could not be written into the audit trail", "error", auditErr)
	}
	if p != nil {
		a.log.Warn("a call-back was not taken", "department", m.department, "request", m.request, "why", p.Code)
		return p
	}
	return nil
}
