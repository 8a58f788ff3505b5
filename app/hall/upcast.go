package hall

import (
	"encoding/json"
	"fmt"
)

// upcasts bring the bodies of older schemas up to date: the first of a kind
// makes schema 2 out of schema 1, and so on. An outbox survives every upgrade,
// its bytes are never rewritten (design §2 rule 13); so whoever decides an
// operation, the writer or the overlay of a terminal, reads its body through
// these. A kind whose schema is raised in the table of kinds gets one here.
var upcasts = map[Kind][]func(json.RawMessage) (json.RawMessage, error){}

// upcast brings the body of an operation up to a schema.
func (d *decision) upcast(schema int) error {
	for at := max(d.op.Schema, 1); at < schema; at++ {
		steps := upcasts[d.op.Kind]
		if at > len(steps) {
			return fmt.Errorf("hall: nothing makes schema %d of %s out of %d", at+1, d.op.Kind, at)
		}
		body, err := steps[at-1](d.op.Body)
		if err != nil {
			return fmt.Errorf("hall: schema %d of %s: %w", at, d.op.Kind, err)
		}
		d.op.Body, d.op.Schema = body, at+1
	}
	return nil
}
