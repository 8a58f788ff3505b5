package central

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"hallway/app/hall"
	"hallway/sync/seal"
)

// CaseForm is what was filled in of a case's form, by operation, as far as whoever
// asks may read it; requirements C-52.
type CaseForm struct {
	Fills map[string]map[string]any `json:"fills"`
}

type formOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         CaseForm
}

// FormQuestion asks for the form of a case of the document whose card lies on a
// reader.
type FormQuestion struct {
	ApplicationsQuestion
	Case string `json:"case" minLength:"1" maxLength:"64"`
}

type formInput struct {
	Body FormQuestion
}

// caseForm shows what was filled in to who has the case at a counter.
func (c *Centre) caseForm(ctx context.Context, in *personInput) (*formOutput, error) {
	form, err := audited(ctx, c, "read_form", in.ID, func(ctx context.Context, id string) (CaseForm, error) {
		one, ok, err := hall.Load[hall.Case](c.writer.HallWorld(ctx, c.hallCode), hall.EntityCase, id)
		if err != nil {
			return CaseForm{}, err
		}
		if !ok {
			return CaseForm{}, problem(http.StatusNotFound, "unknown_case")
		}
		return c.formOf(ctx, one, c.cat.Load().FormStepOf(one, principalOf(ctx).session.staff.ID))
	})
	if err != nil {
		return nil, c.fail(ctx, "form of a case", err)
	}
	return &formOutput{CacheControl: "no-store", Body: form}, nil
}

// applicationForm shows the person whose card lies on the reader what they have
// filled in.
func (c *Centre) applicationForm(ctx context.Context, in *formInput) (*formOutput, error) {
	p := principalOf(ctx)
	if !c.limits.progress.allow(ctx, p.terminal.ID) {
		return nil, problem(http.StatusTooManyRequests, "too_many")
	}
	form, err := c.ownForm(ctx, in.Body)
	if err := c.auditRead(ctx, "read_form", p.terminal.ID, "card", err); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, c.fail(ctx, "form of an application", err)
	}
	return &formOutput{CacheControl: "no-store", Body: form}, nil
}

func (c *Centre) ownForm(ctx context.Context, q FormQuestion) (CaseForm, error) {
	list, err := c.casesOf(ctx, q.DocKind, q.DocNo)
	if err != nil {
		return CaseForm{}, err
	}
	i := slices.IndexFunc(list, func(one hall.Case) bool { return one.ID == q.Case })
	if i < 0 {
		return CaseForm{}, problem(http.StatusNotFound, "unknown_case")
	}
	return c.formOf(ctx, list[i], hall.FormApply)
}

// formOf opens what was filled in of a case, for a step.
func (c *Centre) formOf(ctx context.Context, one hall.Case, step hall.FormStep) (CaseForm, error) {
	out := CaseForm{Fills: map[string]map[string]any{}}
	item, _ := c.cat.Load().Item(one.Item)
	version, _ := item.Version(one.ItemVersion)
	if version.Form == nil {
		return out, nil
	}
	for _, fill := range one.Form {
		var sealed hall.FormSealed
		var gone *Problem
		fields := map[string]any{}
		out.Fills[string(fill.SealedIn)] = fields // nothing in it is an answer too: it can be filled in anew
		if err := c.opened(ctx, fill.SealedIn, &sealed); errors.As(err, &gone) {
			continue // erased
		} else if err != nil {
			return out, err
		}
		if err := c.asWritten(one.ID, version.Form, fill, sealed.Fields); err != nil {
			c.log.ErrorContext(ctx, "a form is not shown", "case", one.ID, "error", err)
			continue
		}
		for field, raw := range version.Form.Readable(step, sealed.Fields) {
			fields[field] = raw
		}
	}
	return out, nil
}

// asWritten holds the sealed values against what the rules were told of them.
func (c *Centre) asWritten(id string, f *hall.Form, fill hall.FormFill, values hall.FormValues) error {
	raw, err := json.Marshal(values)
	if err != nil {
		return fmt.Errorf("form in %s cannot be read", fill.SealedIn)
	}
	defer clear(raw)
	if seal.FormLook(c.ownerKey(), id, raw) != fill.Digest || !slices.Equal(f.Given(values), fill.Given) {
		return fmt.Errorf("form in %s is not what was told of it: the terminal that wrote it is to be looked at", fill.SealedIn)
	}
	return nil
}
