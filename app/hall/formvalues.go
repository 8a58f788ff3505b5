package hall

import (
	"encoding/json"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// FormValues are the values of a form's fields as the schema has them: a JSON
// instance of it. They are personal: they stand in sealed parts and nowhere else.
type FormValues map[string]json.RawMessage

// FormFault says that a field is wrong, and why; never what stands in it.
type FormFault struct {
	Field string `json:"field"`
	Why   Text   `json:"why"` // key "form.fault.<code>"
}

// Decimal is a number as JSON writes it, compared exactly.
type Decimal string

// MarshalJSON writes the number.
func (n Decimal) MarshalJSON() ([]byte, error) { return []byte(n), nil }

// UnmarshalJSON reads a number as it stands.
func (n *Decimal) UnmarshalJSON(raw []byte) error {
	*n = Decimal(raw)
	return nil
}

// formDecimal bounds what is read as a number: nothing with an exponent.
var formDecimal = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,6})?$`)

func exact(n Decimal) (*big.Rat, bool) {
	if !formDecimal.MatchString(string(n)) {
		return nil, false
	}
	return new(big.Rat).SetString(string(n))
}

// bounds reports whether the field's numbers make sense.
func (p FormField) bounds() bool {
	for _, n := range []Decimal{p.Minimum, p.Maximum, p.MultipleOf} {
		if _, ok := exact(n); n != "" && !ok {
			return false
		}
	}
	low, _ := exact(p.Minimum)
	high, _ := exact(p.Maximum)
	step, _ := exact(p.MultipleOf)
	return (low == nil || high == nil || low.Cmp(high) <= 0) && (step == nil || step.Sign() > 0)
}

// Read makes values of what was typed at a step, or says what is wrong with it:
// every field that the form has not, that the step may not write, that is needed
// and empty, or whose text will not do. The order is that of the form.
func (f *Form) Read(step FormStep, typed map[string]string) (FormValues, []FormFault) {
	values := FormValues{}
	faults := []FormFault{}
	needed := f.Needed(step)
	bad := func(field string, why Text) { faults = append(faults, FormFault{field, why}) }
	for _, field := range f.Order {
		s := strings.TrimSpace(typed[field])
		switch {
		case s == "" && slices.Contains(needed, field) && f.May(field, step, FormWritable):
			bad(field, text("required"))
		case s == "":
		case !f.May(field, step, FormWritable):
			bad(field, text("not_writable"))
		default:
			v, why := f.Properties[field].read(s)
			if why.Code != "" {
				bad(field, why)
				continue
			}
			values[field] = v
		}
	}
	var unknown []string
	for field := range typed {
		if _, known := f.Properties[field]; !known {
			unknown = append(unknown, field)
		}
	}
	if len(unknown) > 0 { // their names are not the form's: they are not told
		bad("", text("unknown"))
	}
	return values, faults
}

// read makes a value of one field's text.
func (p FormField) read(s string) (json.RawMessage, Text) {
	switch p.Kind() {
	case FormInteger, FormNumber:
		return p.readNumber(strings.ReplaceAll(narrow(s), ",", ""))
	case FormYesNo:
		if s != "true" && s != "false" {
			return nil, text("boolean")
		}
		return json.RawMessage(s), Text{}
	}
	s, why := p.readText(s)
	if why.Code != "" {
		return nil, why
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return nil, text("text")
	}
	return raw, Text{}
}

// readText reads a string and gives its one spelling.
func (p FormField) readText(s string) (string, Text) {
	switch p.Kind() {
	case FormDate:
		day := narrow(s)
		if t, err := time.Parse(time.DateOnly, day); err != nil || t.Year() < 1800 {
			return "", text("date")
		}
		return day, Text{}
	case FormPhone:
		n, err := ParsePhone(s)
		return n, faultOf(err, "phone")
	case FormID:
		n, err := ParseIDNumber(s)
		return n.Number(), faultOf(err, "id_number")
	case FormCredit:
		n, err := ParseCreditCode(s)
		return string(n.Code), faultOf(err, "credit_code")
	case FormChoice:
		if !slices.Contains(p.Enum, s) {
			return "", text("choice")
		}
		return s, Text{}
	}
	n := utf8.RuneCountInString(s)
	switch {
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }):
		return "", text("text")
	case n < p.MinLength:
		return "", limitText("short", p.MinLength)
	case n > p.Longest():
		return "", limitText("long", p.Longest())
	}
	if p.Pattern != "" {
		if is, err := regexp.MatchString(p.Pattern, s); err != nil || !is {
			return "", text("pattern")
		}
	}
	return s, Text{}
}

func faultOf(err error, code string) Text {
	if err != nil {
		return text(code)
	}
	return Text{}
}

// readNumber reads a number, exactly.
func (p FormField) readNumber(s string) (json.RawMessage, Text) {
	n, ok := exact(Decimal(s))
	low, isLow := exact(p.Minimum)
	high, isHigh := exact(p.Maximum)
	step, isStep := exact(p.MultipleOf)
	switch {
	case !ok:
		return nil, text("number")
	case p.Type == "integer" && !n.IsInt():
		return nil, text("integer")
	case isLow && n.Cmp(low) < 0:
		return nil, text("minimum", "min", string(p.Minimum))
	case isHigh && n.Cmp(high) > 0:
		return nil, text("maximum", "max", string(p.Maximum))
	case isStep && !new(big.Rat).Quo(n, step).IsInt():
		return nil, text("multiple", "of", string(p.MultipleOf))
	}
	digits := 0
	if _, after, cut := strings.Cut(s, "."); cut && p.Type != "integer" {
		digits = len(after)
	}
	return json.RawMessage(n.FloatString(digits)), Text{} // without leading zeros: JSON has none
}

// Given lists the fields that have a value, in the form's order.
func (f *Form) Given(values FormValues) []string {
	given := []string{}
	for _, field := range f.Order {
		if len(values[field]) > 0 {
			given = append(given, field)
		}
	}
	return given
}

// Typed is what values look like where they are typed and printed.
func (v FormValues) Typed() map[string]string {
	out := map[string]string{}
	for field, raw := range v {
		var s string
		if json.Unmarshal(raw, &s) != nil {
			s = string(raw)
		}
		out[field] = s
	}
	return out
}

// Readable leaves of values what a step may see.
func (f *Form) Readable(step FormStep, values FormValues) FormValues {
	out := FormValues{}
	for field, v := range values {
		if f.May(field, step, FormReadable) {
			out[field] = v
		}
	}
	return out
}

// FormFill is one filling in of a form, the newest of its step. What was written
// is the sealed part of its operation: the centre's rules see which fields have a
// value, and a keyed digest of the values.
type FormFill struct {
	Step     FormStep  `json:"step"`
	At       time.Time `json:"at"`
	By       string    `json:"by,omitempty"` // staff; empty: the person
	SealedIn OpID      `json:"sealed_in"`
	Given    []string  `json:"given"`
	Digest   string    `json:"digest"`
}

// FormGiven lists the fields of a case's form that have a value: every filling in
// is whole for what its step may write, and a later one replaces it there.
func (c *Case) FormGiven(f *Form) []string {
	has := map[string]bool{}
	for _, fill := range c.Form {
		for _, field := range f.Order {
			if f.May(field, fill.Step, FormWritable) {
				has[field] = slices.Contains(fill.Given, field)
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(f.Order), func(field string) bool { return !has[field] })
}

// FormMerged puts together what the fillings in of a case hold, in their order.
func (c *Case) FormMerged(f *Form, written func(OpID) FormValues) FormValues {
	out := FormValues{}
	for _, fill := range c.Form {
		values := written(fill.SealedIn)
		for _, field := range f.Order {
			if !f.May(field, fill.Step, FormWritable) {
				continue
			}
			delete(out, field)
			if v, ok := values[field]; ok {
				out[field] = v
			}
		}
	}
	return out
}
