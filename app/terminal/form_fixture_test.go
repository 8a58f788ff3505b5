package terminal

import (
	"testing"

	"hallway/app/hall"
)

// refundSchema is a form with a field of the clerk's own.
const refundSchema = `{
 "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "additionalProperties": false,
 "x-order": ["holder", "account", "amount", "day", "kind", "checked"],
 "required": ["holder", "account", "amount", "day", "checked"],
 "properties": {
  "holder": {"type": "string", "minLength": 2, "x-name": {"zh-Hans": "户名"}, "x-default": "applicant.name"},
  "account": {"type": "string", "pattern": "^[0-9]{10,19}$", "x-name": {"zh-Hans": "账号"}, "x-hint": {"zh-Hans": "10 到 19 位"}},
  "amount": {"type": "number", "minimum": 0.01, "multipleOf": 0.01, "x-name": {"zh-Hans": "金额"}},
  "day": {"type": "string", "format": "date", "x-name": {"zh-Hans": "日期"}, "x-default": "today"},
  "kind": {"type": "string", "enum": ["a", "b"], "x-choices": {"a": {"zh-Hans": "门诊"}, "b": {"zh-Hans": "住院"}}, "x-name": {"zh-Hans": "类型"}},
  "checked": {"type": "boolean", "x-name": {"zh-Hans": "已核对"}, "x-rights": {"accept": ["readable", "writable"]}}
 }}`

// bankAccount stands for what a person types and nobody else may see.
const bankAccount = "6200000000000000019"

// withForm gives an item of a catalogue the form.
func withForm(t *testing.T, c *hall.Catalogue, item string) *hall.Catalogue {
	t.Helper()
	return withSchema(t, c, item, refundSchema)
}

func withSchema(t *testing.T, c *hall.Catalogue, item, schema string) *hall.Catalogue {
	t.Helper()
	f, err := hall.ParseForm([]byte(schema))
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.Items {
		if it := &c.Items[i]; it.ID == item {
			it.Versions[len(it.Versions)-1].Form = f
			return c
		}
	}
	t.Fatalf("no item %s", item)
	return nil
}

func formField(t *testing.T, v *FormView, key string) FormFieldView {
	t.Helper()
	if v == nil {
		t.Fatal("there is no form")
	}
	for _, one := range v.Fields {
		if one.Key == key {
			return one
		}
	}
	return FormFieldView{}
}
