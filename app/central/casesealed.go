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

// CaseWords is what stands on the documents of a case and only in sealed parts:
// what was said in words about each material of the notice of what is missing,
// about the reason of a refusal, a decision, a special procedure and an extension;
// the certificate; who collected it.
type CaseWords struct {
	Items       map[string]string `json:"items"`
	Words       string            `json:"words,omitempty"`
	Said        map[string]string `json:"said"` // by operation
	Certificate *CaseCertificate  `json:"certificate,omitempty"`
	Collector   *TicketPerson     `json:"collector,omitempty"`
}

// CaseCertificate (证件) is what the completion of a case issued.
type CaseCertificate struct {
	Name   string `json:"name"`
	No     string `json:"no"`
	Until  string `json:"until,omitempty"` // YYYY-MM-DD; empty: without end
	Issuer string `json:"issuer"`
}

// CaseOpinions is what was said in the approval of a case.
type CaseOpinions struct {
	Said map[string]string `json:"said"` // by operation
}

type opinionsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         CaseOpinions
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

// caseWords shows what only the sealed parts have of a case's documents to who
// prints them at a counter.
func (c *Centre) caseWords(ctx context.Context, in *personInput) (*wordsOutput, error) {
	words, err := audited(ctx, c, "read_words", in.ID, c.wordsOf)
	if err != nil {
		return nil, c.fail(ctx, "words of a case", err)
	}
	return &wordsOutput{CacheControl: "no-store", Body: words}, nil
}

// caseOpinions shows what was said in the approval of a case to whoever has its
// next step, at a counter.
func (c *Centre) caseOpinions(ctx context.Context, in *personInput) (*opinionsOutput, error) {
	said, err := audited(ctx, c, "read_opinions", in.ID, c.opinionsOf)
	if err != nil {
		return nil, c.fail(ctx, "opinions of a case", err)
	}
	return &opinionsOutput{CacheControl: "no-store", Body: said}, nil
}

// opinionsOf opens the sealed parts of the steps of a case, for who may see them.
func (c *Centre) opinionsOf(ctx context.Context, id string) (CaseOpinions, error) {
	out := CaseOpinions{Said: map[string]string{}}
	one, ok, err := hall.Load[hall.Case](c.writer.HallWorld(ctx, c.hallCode), hall.EntityCase, id)
	if err != nil {
		return out, err
	}
	if !ok {
		return out, problem(http.StatusNotFound, "unknown_case")
	}
	if !c.cat.Load().SeesOpinions(one, principalOf(ctx).session.staff.ID) {
		return out, problem(http.StatusForbidden, "forbidden")
	}
	return out, c.saidIn(ctx, out.Said, one.Opinions())
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
	out := CaseWords{Items: map[string]string{}, Said: map[string]string{}}
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
	if err := c.saidIn(ctx, out.Said, documentOps(one)); err != nil {
		return out, err
	}
	return out, c.handedOver(ctx, &one, &out)
}

// documentOps are the operations whose words stand on the documents that come
// after an acceptance.
func documentOps(one hall.Case) []hall.OpID {
	var ops []hall.OpID
	if one.Decision != nil {
		ops = append(ops, one.Decision.SealedIn)
	}
	for _, s := range one.Specials {
		ops = append(ops, s.SealedIn)
	}
	return ops
}

// saidIn adds what was said in words in operations.
func (c *Centre) saidIn(ctx context.Context, said map[string]string, ops []hall.OpID) error {
	for _, op := range ops {
		if op == "" {
			continue
		}
		var sealed hall.WordsSealed
		var gone *Problem
		if err := c.opened(ctx, op, &sealed); errors.As(err, &gone) {
			continue // erased
		} else if err != nil {
			return err
		}
		said[string(op)] = sealed.Words
	}
	return nil
}

// handedOver adds the certificate of a case, and who collected it.
func (c *Centre) handedOver(ctx context.Context, one *hall.Case, out *CaseWords) error {
	if op := one.CertificateIn(); op != "" {
		var sealed hall.CertificateSealed
		if err := c.opened(ctx, op, &sealed); err != nil {
			return err
		}
		out.Certificate = (*CaseCertificate)(&sealed)
	}
	if last := one.Collected(); last != nil && last.SealedIn != "" {
		var sealed hall.PersonSealed
		if err := c.opened(ctx, last.SealedIn, &sealed); err != nil {
			return err
		}
		out.Collector = &TicketPerson{Name: sealed.Name, DocKind: sealed.DocKind, DocNo: sealed.DocNo}
	}
	return nil
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
