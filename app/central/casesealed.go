package central

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"hallway/app/hall"
	"hallway/sync/writer"
)

// CaseWords is what a clerk said in words: about each material of the notice of
// what is missing, and about the reason of a refusal.
type CaseWords struct {
	Items map[string]string `json:"items"`
	Words string            `json:"words,omitempty"`
}

type wordsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         CaseWords
}

// caseApplicant shows in full whom a case is for to a clerk at a counter.
func (c *Centre) caseApplicant(ctx context.Context, in *personInput) (*personOutput, error) {
	person, err := audited(ctx, c, "read_applicant", in.ID, c.applicantOf)
	if err != nil {
		return nil, c.fail(ctx, "applicant of a case", err)
	}
	return &personOutput{CacheControl: "no-store", Body: person}, nil
}

// caseWords shows the words of a case's documents to a clerk at a counter, who
// prints them.
func (c *Centre) caseWords(ctx context.Context, in *personInput) (*wordsOutput, error) {
	words, err := audited(ctx, c, "read_words", in.ID, c.wordsOf)
	if err != nil {
		return nil, c.fail(ctx, "words of a case", err)
	}
	return &wordsOutput{CacheControl: "no-store", Body: words}, nil
}

// audited reads something personal of a case. Every reading and every refusal
// leaves an audit row; without the row there is no answer.
func audited[T any](ctx context.Context, c *Centre, act, id string, read func(context.Context, string) (T, error)) (T, error) {
	p := principalOf(ctx)
	v, err := read(ctx, id)
	row := audit{at: c.now(), staff: p.session.staff.ID, session: p.session.id, terminal: p.terminal.ID,
		act: act, subj: id, allowed: err == nil}
	var refusal *Problem
	switch {
	case errors.As(err, &refusal):
		row.reason = refusal.Code
	case err != nil:
		row.reason = "failed"
	}
	if auditErr := c.store.writeAudit(ctx, row); auditErr != nil {
		var none T
		return none, auditErr
	}
	return v, err
}

// applicantOf opens the sealed part of the operation that began a case.
func (c *Centre) applicantOf(ctx context.Context, id string) (TicketPerson, error) {
	who, ok, err := hall.Load[hall.Applicant](c.writer.HallWorld(ctx, c.hallCode), hall.EntityApplicant, id)
	if err != nil {
		return TicketPerson{}, err
	}
	if !ok {
		return TicketPerson{}, problem(http.StatusNotFound, "no_person")
	}
	var sealed hall.PersonSealed
	if err := c.opened(ctx, who.SealedIn, &sealed); err != nil {
		return TicketPerson{}, err
	}
	return TicketPerson{Name: sealed.Name, DocKind: sealed.DocKind, DocNo: sealed.DocNo, Phone: sealed.Phone}, nil
}

// wordsOf opens the sealed parts of the operations that made the documents of a
// case.
func (c *Centre) wordsOf(ctx context.Context, id string) (CaseWords, error) {
	out := CaseWords{Items: map[string]string{}}
	one, ok, err := hall.Load[hall.Case](c.writer.HallWorld(ctx, c.hallCode), hall.EntityCase, id)
	if err != nil {
		return out, err
	}
	if !ok {
		return out, problem(http.StatusNotFound, "unknown_case")
	}
	if s := one.Supplement; s != nil && s.SealedIn != "" {
		var sealed hall.WordsSealed
		if err := c.opened(ctx, s.SealedIn, &sealed); err != nil {
			return out, err
		}
		for key, words := range sealed.Items {
			out.Items[key] = words
		}
	}
	if one.RefusedIn != "" {
		var sealed hall.WordsSealed
		if err := c.opened(ctx, one.RefusedIn, &sealed); err != nil {
			return out, err
		}
		out.Words = sealed.Words
	}
	return out, nil
}

// opened reads the sealed part of an operation.
func (c *Centre) opened(ctx context.Context, op hall.OpID, into any) error {
	plain, err := c.writer.OpenSealed(ctx, op)
	if errors.Is(err, writer.ErrErased) || errors.Is(err, writer.ErrNoOp) {
		return problem(http.StatusNotFound, "no_person")
	}
	if err != nil {
		return err
	}
	defer clear(plain)
	if json.Unmarshal(plain, into) != nil {
		return fmt.Errorf("sealed part of %s cannot be read", op)
	}
	return nil
}
