package hall

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"unicode/utf8"
)

// A form (表单) of an item is a JSON Schema (draft 2020-12) of one flat object,
// stored with the item's version; requirements B-15, C-52, C-54. What a form here
// can say is small on purpose and checked by hand, because the rules import
// nothing that reads a clock or a disk: type string (minLength, maxLength,
// pattern, enum, format date, phone, id-number or credit-code), integer and number
// (minimum, maximum, multipleOf), boolean, and required. Keywords of our own begin
// with x-: a validator of others passes over them, and finds the same values right.
// A form that says anything else is refused, as is a field that a form does not have.
// A pattern is of Go's regexp, which every input takes linear time in.

// FormStep (环节) is where in its life a case is when somebody has its form.
type FormStep string

// Steps, in the order of a case's life.
const (
	FormApply   FormStep = "apply"   // 申请: the person, at a kiosk
	FormAccept  FormStep = "accept"  // 受理: the clerk
	FormHandle  FormStep = "handle"  // 承办
	FormReview  FormStep = "review"  // 审核
	FormApprove FormStep = "approve" // 批准
)

// FormSteps lists them.
func FormSteps() []FormStep {
	return []FormStep{FormApply, FormAccept, FormHandle, FormReview, FormApprove}
}

// FormRight is what a step may do with a field; requirements C-52.
type FormRight string

// Rights of a field.
const (
	FormReadable FormRight = "readable" // 可读
	FormWritable FormRight = "writable" // 可写
	FormNullable FormRight = "nullable" // 可空: may be left empty here although the form wants it
)

// FormKind is how a field is asked for.
type FormKind string

// Kinds of fields.
const (
	FormText    FormKind = "text"
	FormChoice  FormKind = "choice"
	FormDate    FormKind = "date"
	FormPhone   FormKind = "phone"
	FormID      FormKind = "id-number"
	FormCredit  FormKind = "credit-code"
	FormInteger FormKind = "integer"
	FormNumber  FormKind = "number"
	FormYesNo   FormKind = "boolean"
)

// Default values of fields (缺省值); requirements C-58, E-29.
const (
	FormToday       = "today"            // by the centre's clock
	FormOwnerName   = "applicant.name"   // as the card says it
	FormOwnerNumber = "applicant.number" // of the document
)

// FormSchema is what $schema of a form says.
const FormSchema = "https://json-schema.org/draft/2020-12/schema"

// Form is the form of an item.
type Form struct {
	Schema     string               `json:"$schema"`
	Type       string               `json:"type"`                 // object
	Closed     *bool                `json:"additionalProperties"` // false: other fields are refused
	Properties map[string]FormField `json:"properties"`
	Required   []string             `json:"required,omitempty"`
	Order      []string             `json:"x-order"` // of the fields, each once
}

// FormField is one field of a form.
type FormField struct {
	Type       string   `json:"type"`
	Format     string   `json:"format,omitempty"`
	MinLength  int      `json:"minLength,omitempty"`
	MaxLength  int      `json:"maxLength,omitempty"` // characters; 0: formLong
	Pattern    string   `json:"pattern,omitempty"`
	Enum       []string `json:"enum,omitempty"`
	Minimum    Decimal  `json:"minimum,omitempty"`
	Maximum    Decimal  `json:"maximum,omitempty"`
	MultipleOf Decimal  `json:"multipleOf,omitempty"`

	Name    Names                    `json:"x-name"`
	Hint    Names                    `json:"x-hint,omitempty"`
	Choices map[string]Names         `json:"x-choices,omitempty"` // what the values of enum are called
	Default string                   `json:"x-default,omitempty"`
	Rights  map[FormStep][]FormRight `json:"x-rights,omitempty"` // none at all: see formRights
}

// formRights are of a field that says nothing about them: whoever applies and
// whoever accepts fills it in, everybody after them sees it.
var formRights = map[FormStep][]FormRight{
	FormApply: {FormReadable, FormWritable}, FormAccept: {FormReadable, FormWritable},
	FormHandle: {FormReadable}, FormReview: {FormReadable}, FormApprove: {FormReadable},
}

// Bounds of a form.
const (
	maxFormFields = 60
	formLong      = 400 // characters of a field: what a draft of it can hold
)

// ParseForm reads a form as it is written in an item's version, and checks it.
func ParseForm(raw []byte) (*Form, error) {
	f := &Form{}
	unknown, err := DecodeStrict(raw, f)
	switch {
	case err != nil:
		return nil, fmt.Errorf("form: %w", err)
	case unknown != "":
		return nil, fmt.Errorf("form: %q is no keyword that a form may use", unknown)
	}
	if faults := f.faults(); len(faults) > 0 {
		return nil, fmt.Errorf("form: %s", faults[0])
	}
	return f, nil
}

// Kind is how the field is asked for.
func (p FormField) Kind() FormKind {
	switch {
	case p.Type != "string":
		return FormKind(p.Type)
	case len(p.Enum) > 0:
		return FormChoice
	case p.Format != "":
		return FormKind(p.Format)
	}
	return FormText
}

// digitsOnly is a pattern that nothing but digits fits.
var digitsOnly = regexp.MustCompile(`^\^(\[0-9\]|\\d)(\{[0-9]+(,[0-9]*)?\}|\+)\$$`)

// Digits reports whether only digits can stand in a text: it is typed on a pad.
func (p FormField) Digits() bool { return p.Kind() == FormText && digitsOnly.MatchString(p.Pattern) }

// Longest is how many characters the field takes.
func (p FormField) Longest() int {
	if p.MaxLength > 0 {
		return p.MaxLength
	}
	return formLong
}

// May reports whether a step has a right to a field.
func (f *Form) May(field string, step FormStep, right FormRight) bool {
	p, known := f.Properties[field]
	if !known {
		return false
	}
	rights := p.Rights
	if len(rights) == 0 {
		rights = formRights
	}
	return slices.Contains(rights[step], right)
}

// Needed lists the fields without which a step is not done: what the form
// requires, as soon as a step up to this one writes it and may not leave it empty,
// unless this one may.
func (f *Form) Needed(step FormStep) []string {
	var need []string
	for _, field := range f.Order {
		if !slices.Contains(f.Required, field) || f.May(field, step, FormNullable) {
			continue
		}
		for _, s := range FormSteps() {
			if f.May(field, s, FormWritable) && !f.May(field, s, FormNullable) {
				need = append(need, field)
				break
			}
			if s == step {
				break
			}
		}
	}
	return need
}

// officeSteps are the steps of the approval, in their order.
var officeSteps = []FormStep{FormHandle, FormReview, FormApprove}

// OfficeNeeds lists the fields that the office itself must have written when a step
// of the approval is done. What a person or a clerk owes is asked for before: an
// acceptance by the law comes without it, and no later step waits for it.
func (f *Form) OfficeNeeds(step FormStep) []string {
	upTo := officeSteps[:slices.Index(officeSteps, step)+1]
	return slices.DeleteFunc(slices.Clone(f.Order), func(field string) bool {
		return !slices.Contains(f.Required, field) || f.May(field, step, FormNullable) ||
			!slices.ContainsFunc(upTo, func(s FormStep) bool { return f.May(field, s, FormWritable) && !f.May(field, s, FormNullable) })
	})
}

// writes reports whether a step fills anything in.
func (f *Form) writes(step FormStep) bool {
	return f != nil && slices.ContainsFunc(f.Order, func(field string) bool { return f.May(field, step, FormWritable) })
}

// Missing lists what is needed at a step and not among what is given.
func (f *Form) Missing(step FormStep, given []string) []string {
	return slices.DeleteFunc(f.Needed(step), func(field string) bool { return slices.Contains(given, field) })
}

// faults says what is wrong with a form.
func (f *Form) faults() []string {
	var list []string
	bad := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	switch {
	case f.Schema != FormSchema:
		bad("$schema: %q", FormSchema)
	case f.Type != "object" || f.Closed == nil || *f.Closed:
		bad("type is \"object\" and additionalProperties is false")
	case len(f.Order) == 0 || len(f.Order) > maxFormFields || len(f.Order) != len(f.Properties):
		bad("x-order: every field once, 1 to %d of them", maxFormFields)
	}
	seen := map[string]bool{}
	for _, field := range f.Order {
		p, known := f.Properties[field]
		switch {
		case !known || seen[field]:
			bad("x-order: %q is no field, or is there twice", field)
		case !formFieldName.MatchString(field):
			bad("properties: %q: small letters, digits and _, 1 to 32 of them, a letter first", field)
		default:
			for _, what := range p.faults() {
				bad("%s.%s", field, what)
			}
		}
		seen[field] = true
	}
	for i, field := range f.Required {
		if _, known := f.Properties[field]; !known || slices.Contains(f.Required[:i], field) {
			bad("required: %q is no field, or is there twice", field)
		}
	}
	if list == nil {
		list = f.rightFaults()
	}
	return list
}

var formFieldName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

// faults says what is wrong with a field.
func (p FormField) faults() []string {
	var list []string
	bad := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	number := p.Type == "integer" || p.Type == "number"
	text := p.Type == "string" && p.Format == "" && len(p.Enum) == 0
	switch {
	case !slices.Contains([]string{"string", "integer", "number", "boolean"}, p.Type):
		bad("type: string, integer, number or boolean")
	case p.Format != "" && (p.Type != "string" || !slices.Contains([]FormKind{FormDate, FormPhone, FormID, FormCredit}, FormKind(p.Format))):
		bad("format: of a string, date, phone, id-number or credit-code")
	case !text && (p.MinLength != 0 || p.MaxLength != 0 || p.Pattern != ""):
		bad("minLength, maxLength, pattern: of a string without format and enum")
	case p.MinLength < 0 || p.MaxLength < 0 || p.MinLength > p.Longest() || p.MaxLength > formLong:
		bad("maxLength: from minLength to %d", formLong)
	case !number && (p.Minimum != "" || p.Maximum != "" || p.MultipleOf != ""):
		bad("minimum, maximum, multipleOf: of an integer or a number")
	case number && !p.bounds():
		bad("minimum, maximum: numbers of up to 15 digits, the smaller first; multipleOf: above 0")
	case len(p.Enum) > 0 && (p.Type != "string" || p.Format != "") || len(p.Enum) != len(p.Choices):
		bad("enum: of a string, and x-choices names each value")
	case !slices.Contains([]string{"", FormToday, FormOwnerName, FormOwnerNumber}, p.Default),
		p.Default == FormToday && p.Kind() != FormDate, p.Default == FormOwnerName && p.Kind() != FormText,
		p.Default == FormOwnerNumber && p.Kind() != FormText && p.Kind() != FormID:
		bad("x-default: %s of a date, %s of a text, %s of a text or an id-number", FormToday, FormOwnerName, FormOwnerNumber)
	}
	if _, err := regexp.Compile(p.Pattern); err != nil || len(p.Pattern) > 200 {
		bad("pattern: a regular expression of up to 200 characters")
	}
	for i, value := range p.Enum {
		if !formChoice.MatchString(value) || slices.Contains(p.Enum[:i], value) || p.Choices[value]["zh-Hans"] == "" {
			bad("enum: %q: letters, digits, - and _, once, with a name", value)
		}
	}
	if p.Name["zh-Hans"] == "" {
		bad("x-name: needed, at least in zh-Hans")
	}
	for _, n := range append(slices.Collect(maps.Values(p.Choices)), p.Name, p.Hint) {
		for locale, words := range n {
			if !slices.Contains(Locales(), locale) || utf8.RuneCountInString(words) > 160 {
				bad("x-name, x-hint, x-choices: in %v, up to 160 characters", Locales())
			}
		}
	}
	return list
}

var formChoice = regexp.MustCompile(`^[0-9A-Za-z_-]{1,40}$`)

// rightFaults says which rights contradict each other.
func (f *Form) rightFaults() []string {
	var list []string
	for _, field := range f.Order {
		for step, rights := range f.Properties[field].Rights {
			switch {
			case !slices.Contains(FormSteps(), step):
				list = append(list, fmt.Sprintf("%s.x-rights: there is no step %q", field, step))
			case slices.ContainsFunc(rights, func(r FormRight) bool {
				return !slices.Contains([]FormRight{FormReadable, FormWritable, FormNullable}, r)
			}):
				list = append(list, fmt.Sprintf("%s.x-rights.%s: readable, writable, nullable", field, step))
			case slices.Contains(rights, FormWritable) && !slices.Contains(rights, FormReadable):
				list = append(list, fmt.Sprintf("%s.x-rights.%s: who writes it sees it", field, step))
			}
		}
		if f.May(field, FormApply, FormWritable) && !f.May(field, FormAccept, FormWritable) && slices.Contains(f.Needed(FormApply), field) {
			list = append(list, fmt.Sprintf("%s.x-rights.accept: a case can begin at the counter, so what is needed of a person can be written there", field))
		}
		if slices.Contains(f.Required, field) && !slices.Contains(slices.Concat(f.Needed(FormApply), f.Needed(FormAccept), f.OfficeNeeds(FormHandle), f.OfficeNeeds(FormReview), f.OfficeNeeds(FormApprove)), field) {
			list = append(list, fmt.Sprintf("%s is required, and nobody has to write it", field))
		}
	}
	slices.Sort(list) // rights are a map
	return list
}
