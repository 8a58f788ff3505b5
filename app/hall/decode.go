package hall

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// How JSON is read, everywhere in the product: names as they are written, each
// once. A time span is a number of nanoseconds, as encoding/json writes it.
var (
	reading = jsonv1.FormatDurationAsNano(true)
	strict  = json.JoinOptions(reading, json.RejectUnknownMembers(true))
)

// Decode reads one JSON value into v, and passes over names that v has not.
// What it writes is what encoding/json writes; it reads in half of the time. An
// error says where, and never what stood there.
func Decode(raw []byte, v any) error { return whereOnly(json.Unmarshal(raw, v, reading)) }

// DecodeStrict is Decode of what a sender must have meant: where there is a name
// that v has not it is told, and v holds only a part.
func DecodeStrict(raw []byte, v any) (unknown string, err error) {
	err = json.Unmarshal(raw, v, strict)
	var wrong *json.SemanticError
	if errors.As(err, &wrong) && errors.Is(wrong.Err, json.ErrUnknownName) {
		return wrong.JSONPointer.LastToken(), nil
	}
	return "", whereOnly(err)
}

// whereOnly leaves out the value that an error of the library may tell.
func whereOnly(err error) error {
	var wrong *json.SemanticError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%q cannot be read as %v", wrong.JSONPointer, wrong.GoType)
	}
	return err
}
