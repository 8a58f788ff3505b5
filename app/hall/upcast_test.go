package hall

import (
	"encoding/json"
	"errors"
	"testing"
)

// Whoever raises a schema in the table writes how the older bodies become new.
func TestEverySchemaHasItsUpcasts(t *testing.T) {
	for _, k := range Kinds() {
		if n := len(upcasts[k.Kind]); n != k.Schema-1 {
			t.Errorf("%s is at schema %d and has %d upcasts", k.Kind, k.Schema, n)
		}
	}
}

// An operation of an older program, two schemas back, is decided as if it had
// been written today; one that cannot be brought up to date is malformed.
func TestOlderSchemasAreDecided(t *testing.T) {
	for i := range kindTable {
		if kindTable[i].Kind == LeaseNumbers {
			kindTable[i].Schema = 3
			defer func() { kindTable[i].Schema = 1 }()
		}
	}
	rename := func(from, to string) func(json.RawMessage) (json.RawMessage, error) {
		return func(raw json.RawMessage) (json.RawMessage, error) {
			var body map[string]json.RawMessage
			if err := json.Unmarshal(raw, &body); err != nil {
				return nil, err
			}
			if body[from] == nil {
				return nil, errors.New("not of this schema")
			}
			body[to] = body[from]
			delete(body, from)
			return json.Marshal(body)
		}
	}
	defer delete(upcasts, LeaseNumbers)
	all := []func(json.RawMessage) (json.RawMessage, error){rename("n", "number"), rename("number", "count")}
	for _, c := range []struct {
		name, field string
		schema      int
		upcasts     int
		applied     bool
	}{
		{"of today", "count", 3, 2, true},
		{"one back", "number", 2, 2, true},
		{"two back", "n", 1, 2, true},
		{"without a number of its schema", "n", 0, 2, true},
		{"body of another schema", "count", 1, 2, false},
		{"nobody wrote how", "number", 2, 1, false},
		{"newer", "count", 4, 2, false},
	} {
		upcasts[LeaseNumbers] = all[:c.upcasts]
		m := newMemory()
		series := SeriesID("A", today)
		op := m.op(LeaseNumbers, series, device, "kiosk-1", map[string]any{"series": series, "group": "social", "day": today, c.field: 1})
		op.Schema = c.schema
		before := string(op.Body)
		out := m.do(t, op)
		if (out.Status == Applied) != c.applied {
			t.Errorf("%s: %s %v", c.name, out.Status, out.Reason)
		}
		if string(op.Body) != before {
			t.Errorf("%s: the bytes of the operation were changed", c.name)
		}
	}
}
