package departments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"hallway/app/hall"
	"hallway/sync/writer"
)

// ErrErased says that nobody can be named any more: the sealed part is gone.
var ErrErased = errors.New("departments: erased: the applicant's data of this case were erased; ask the person again")

// subject opens whom a case is of. The caller sends it and keeps it nowhere.
func (a *Adapter) subject(ctx context.Context, caseID string) (Subject, error) {
	known, ok, err := hall.Load[hall.Applicant](a.opt.Writer.HallWorld(ctx, a.opt.Hall), hall.EntityApplicant, caseID)
	if err != nil {
		return Subject{}, err
	}
	if !ok {
		return Subject{}, ErrErased
	}
	plain, err := a.opt.Writer.OpenSealed(ctx, known.SealedIn)
	if errors.Is(err, writer.ErrErased) || errors.Is(err, writer.ErrNoOp) {
		return Subject{}, ErrErased
	}
	if err != nil {
		return Subject{}, fmt.Errorf("departments: %w", err)
	}
	defer clear(plain)
	var p hall.PersonSealed
	if json.Unmarshal(plain, &p) != nil { // its error could quote the person
		return Subject{}, fmt.Errorf("departments: the sealed part of %s cannot be read", known.SealedIn)
	}
	return Subject{DocKind: p.DocKind, DocNo: p.DocNo, Name: p.Name}, nil
}

// order asks for a material, if its attempt is still waited for.
func (a *Adapter) order(ctx context.Context, l *line, q hall.ShareQuery) error {
	c, ok, err := hall.Load[hall.Case](a.opt.Writer.HallWorld(ctx, a.opt.Hall), hall.EntityCase, q.Case)
	if err != nil || !ok {
		return err
	}
	m, there := c.Material(q.Material)
	if !there {
		return nil
	}
	if n, _ := m.Newest(); n.No != q.Attempt || n.State != hall.AttemptActive {
		return nil
	}
	s, err := a.subject(ctx, q.Case)
	if errors.Is(err, ErrErased) {
		return nil
	}
	if err != nil {
		return err
	}
	return a.call(ctx, l, l.Request, q.Request, Order{Request: q.Request, Subject: s, Item: q.Item, Material: q.Code}, nil)
}

// notice tells a department about the papers that are still to come out.
func (a *Adapter) notice(ctx context.Context, l *line, id string, n hall.PaperNotice) error {
	w := a.opt.Writer.HallWorld(ctx, a.opt.Hall)
	out := Notice{Request: id}
	for _, paper := range n.Papers {
		p, ok, err := hall.Load[hall.Paper](w, hall.EntityPaper, paper)
		if err != nil {
			return err
		}
		if ok && p.Custody == hall.AtDepartment && !p.Only && p.Refused == "" {
			out.Item = p.Item
			out.Papers = append(out.Papers, NoticePaper{ID: p.ID, Material: p.Code})
		}
	}
	if len(out.Papers) == 0 {
		return nil
	}
	var err error
	if out.Subject, err = a.subject(ctx, n.Case); errors.Is(err, ErrErased) {
		return nil
	} else if err != nil {
		return err
	}
	return a.call(ctx, l, l.Notice, id, out, nil)
}

// withdraw tells every department that is concerned what is not wanted any
// more. Telling one twice changes nothing there.
func (a *Adapter) withdraw(ctx context.Context, id string, n hall.PaperNotice) error {
	parts := map[string]*Withdrawal{}
	of := func(department string) *Withdrawal {
		if parts[department] == nil {
			parts[department] = &Withdrawal{Request: id}
		}
		return parts[department]
	}
	if len(n.Papers) > 0 {
		of(n.Department).Papers = n.Papers
	}
	for _, request := range n.Requests {
		department, err := a.departmentOf(ctx, n.Case, request)
		if err != nil {
			return err
		}
		w := of(department)
		w.Requests = append(w.Requests, request)
	}
	var failed error
	for department, w := range parts {
		l, ok := a.lineOf(department)
		if !ok || l.Withdraw == "" {
			continue // it was not told of anything either, or wants no withdrawals
		}
		err := a.call(ctx, l, l.Withdraw, id, w, nil)
		var gone *statusError
		if errors.As(err, &gone) && (gone.status == 404 || gone.status == 410) {
			err = nil // it does not know them any more
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

// departmentOf finds who supplies the material of a request.
func (a *Adapter) departmentOf(ctx context.Context, caseID, request string) (string, error) {
	w := a.opt.Writer.HallWorld(ctx, a.opt.Hall)
	cat, err := w.Catalogue()
	if err != nil {
		return "", err
	}
	rest, ours := strings.CutPrefix(request, caseID+"/")
	key, _, _ := strings.Cut(rest, "/")
	code, _, _ := strings.Cut(key, "#")
	def, ok := cat.MaterialDef(code)
	if !ours || !ok {
		return "", nil
	}
	return def.Department, nil
}
