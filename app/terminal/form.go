package terminal

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"hallway/app/hall"
	"hallway/app/print"
	"hallway/sync/seal"
)

// heldForm is what is known here of a case's form: what the centre told, and what
// was written here. In memory only, as long as the case is in the hand or the
// person stands there.
type heldForm struct {
	told   map[hall.OpID]hall.FormValues
	wrote  map[string]hall.FormValues // by digest
	faults []hall.FormFault           // of what was sent last
	from   string                     // the fillings of others that the fields were made from
	tried  time.Time                  // when the centre was asked
}

// wipe forgets everything.
func (h *heldForm) wipe() {
	for _, values := range h.told {
		clear(values)
	}
	for _, values := range h.wrote {
		clear(values)
	}
	*h = heldForm{}
}

// theirs tells the fillings of others that a case has from those that it had.
func (h *heldForm) theirs(c hall.Case) string {
	var list []string
	for _, fill := range c.Form {
		if _, own := h.wrote[fill.Digest]; !own {
			list = append(list, string(fill.SealedIn))
		}
	}
	return strings.Join(list, " ")
}

// merged is what was filled in of a case; not known while the centre has not told.
func (h *heldForm) merged(c hall.Case, f *hall.Form) (values hall.FormValues, known bool) {
	known = true
	written := map[hall.OpID]hall.FormValues{}
	for _, fill := range c.Form {
		one, ok := h.wrote[fill.Digest]
		if !ok {
			one, ok = h.told[fill.SealedIn]
		}
		written[fill.SealedIn], known = one, known && ok
	}
	return c.FormMerged(f, func(op hall.OpID) hall.FormValues { return written[op] }), known
}

// filling is a filling in that can be written down.
type filling struct {
	body   hall.FillFormBody
	sealed hall.FormSealed
}

// fillOf makes one of what was typed at a step, or notes what is wrong with it.
func (h *heldForm) fillOf(key []byte, id string, f *hall.Form, step hall.FormStep, edit hall.Edit, typed map[string]string) (filling, error) {
	values, faults := f.Read(step, typed)
	h.faults = faults
	if len(faults) > 0 {
		return filling{}, Fail(http.StatusUnprocessableEntity, "form_wrong")
	}
	raw, err := json.Marshal(values)
	if err != nil {
		return filling{}, err
	}
	defer clear(raw)
	body := hall.FillFormBody{Edit: edit, Given: f.Given(values), Digest: seal.FormLook(key, id, raw)}
	if h.wrote == nil {
		h.wrote = map[string]hall.FormValues{}
	}
	h.wrote[body.Digest] = values
	return filling{body, hall.FormSealed{Fields: values}}, nil
}

// formDefaults are the values that a form begins with: by the centre's clock, and
// whose case it is, when that is known; requirements C-58, E-29.
func formDefaults(f *hall.Form, step hall.FormStep, now time.Time, who *hall.PersonSealed) map[string]string {
	out := map[string]string{}
	for field, p := range f.Properties {
		switch {
		case !f.May(field, step, hall.FormWritable):
		case p.Default == hall.FormToday:
			out[field] = hall.DayOf(now)
		case p.Default == hall.FormOwnerName && who != nil:
			out[field] = who.Name
		case p.Default == hall.FormOwnerNumber && who != nil:
			out[field] = who.DocNo
		}
	}
	return out
}

// formFields are the fields of a form as a step sees them.
func formFields(f *hall.Form, step hall.FormStep, texts map[string]string, faults []hall.FormFault) []FormFieldView {
	views := []FormFieldView{}
	needed := f.Needed(step)
	for _, field := range f.Order {
		if !f.May(field, step, hall.FormReadable) {
			continue
		}
		p := f.Properties[field]
		v := FormFieldView{Key: field, Name: p.Name, Hint: p.Hint, Kind: p.Kind(), Choices: []FormChoice{}, Longest: p.Longest(), Digits: p.Digits(),
			Required: slices.Contains(needed, field), Writable: f.May(field, step, hall.FormWritable), Text: texts[field]}
		for _, value := range p.Enum {
			v.Choices = append(v.Choices, FormChoice{value, p.Choices[value]})
		}
		for _, fault := range faults {
			if fault.Field == field {
				why := fault.Why
				v.Fault = &why
			}
		}
		views = append(views, v)
	}
	return views
}

// newForm is a form of a case before anything of it is known.
func newForm(c hall.Case, f *hall.Form, step hall.FormStep) *FormView {
	v := &FormView{Fields: []FormFieldView{}, Done: len(f.Missing(step, c.FormGiven(f))) == 0}
	if n := len(c.Form); n > 0 {
		v.Filled = local(c.Form[n-1].At)
	}
	return v
}

// formLines are the fields of a form on paper, as a step sees them.
func formLines(f *hall.Form, step hall.FormStep, texts map[string]string) []print.FormLine {
	var lines []print.FormLine
	for _, v := range formFields(f, step, texts, nil) {
		line := print.FormLine{Name: v.Name, Hint: v.Hint, Kind: v.Kind, Value: v.Text, Required: v.Required}
		for _, choice := range v.Choices {
			line.Choices = append(line.Choices, print.FormOption(choice))
		}
		lines = append(lines, line)
	}
	return lines
}
