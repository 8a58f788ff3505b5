package print

import (
	"strconv"
	"strings"

	"hallway/app/hall"
)

// ItemForm (业务表格) is the form of an item: filled in, for the person to read and
// sign, or blank, to take home; requirements B-52, D-08, E-29. It carries no seal:
// it is the applicant's own statement. What was filled in is printed whole, since
// the person signs for it.
type ItemForm struct {
	Head
	Application string // empty on a blank one
	Temporary   string
	Applicant   Person
	Item        hall.Names
	ItemCode    string
	Version     int
	Authority   hall.Names
	Fields      []FormLine
	Blank       bool
	Filled      string // day YYYY-MM-DD on which it was filled in
}

// FormLine is one field of a form.
type FormLine struct {
	Name     hall.Names
	Hint     hall.Names // printed on a blank one
	Kind     hall.FormKind
	Value    string // as it was filled in
	Choices  []FormOption
	Required bool
}

// FormOption is one value of a choice.
type FormOption struct {
	Value string
	Name  hall.Names
}

// Form lays out a form.
func Form(f ItemForm) Paper {
	kind := "item_form"
	if f.Blank {
		kind = "blank_form"
	}
	w := begin(kind, f.Head)
	if number := firstOf(f.Application, f.Temporary); number != "" {
		w.numbers(f.Application, f.Temporary)
	}
	w.fact("item", w.both(f.Item))
	w.fact("item_code", f.ItemCode)
	w.fact("authority", w.both(f.Authority))
	w.fact("form_version", w.t("paper.form_version_value", "n", strconv.Itoa(f.Version)))
	if !f.Blank {
		w.applicant(f.Applicant)
	}
	w.heading("form_fields")
	for _, one := range f.Fields {
		label := w.both(one.Name)
		if f.Blank && one.Required {
			label += " *"
		}
		if f.Blank && len(one.Choices) == 0 && one.Kind != hall.FormYesNo {
			w.blank(label, name(one.Hint, w.locale))
			continue
		}
		w.add(fact{label: label, value: w.formValue(one)})
	}
	if f.Blank {
		w.note("form_required")
		w.add(line{})
		w.note("form_blank_note")
	} else {
		w.fact("form_filled_on", w.day(f.Filled))
		w.add(line{})
		w.note("form_note")
	}
	w.add(signatures{labels: []string{w.t("paper.sign_applicant"), w.t("paper.sign_date")}})
	return w.p
}

// blank is a field to write in by hand: a line with room above it.
func (w *writer) blank(label, hint string) {
	w.add(signatures{labels: []string{label}, long: true})
	if hint != "" {
		w.add(para{text: hint})
	}
}

// formValue is what stands beside the name of a field: the value, or the choices
// to tick.
func (w *writer) formValue(one FormLine) string {
	var boxes []string
	box := func(value, label string) {
		mark := "□ "
		if value == one.Value {
			mark = "■ "
		}
		boxes = append(boxes, mark+label)
	}
	for _, choice := range one.Choices {
		box(choice.Value, w.both(choice.Name))
	}
	if one.Kind == hall.FormYesNo {
		box("true", w.t("kiosk.apply.yes"))
		box("false", w.t("kiosk.apply.no"))
	}
	value := one.Value
	switch {
	case len(boxes) > 0:
		value = strings.Join(boxes, nbsp+nbsp+" ")
	case value == "":
		value = w.t("paper.form_empty")
	case one.Kind == hall.FormDate:
		value = w.day(value)
	}
	return value
}
