package central

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"sort"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// FileError is one thing wrong in a file that an operator edits: where, what,
// and what to do.
type FileError struct {
	File string
	Line int // 0 = the file as a whole
	What string
	Hint string
	// Cause is what a rule says, for whoever asks with errors.Is; its text is
	// in What.
	Cause error
}

// Unwrap gives the cause.
func (e *FileError) Unwrap() error { return e.Cause }

// Error gives «file:line: what; hint».
func (e *FileError) Error() string {
	where := e.File
	if e.Line > 0 {
		where = fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	if e.Hint == "" {
		return where + ": " + e.What
	}
	return where + ": " + e.What + "; " + e.Hint
}

// decodeStrict reads TOML into v. Unknown keys and wrong types are errors that
// name file and line and, for keys, what is known there.
func decodeStrict(file string, data []byte, v any) error {
	err := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields().Decode(v)
	if err == nil {
		return nil
	}
	var missing *toml.StrictMissingError
	if errors.As(err, &missing) {
		var all []error
		for i := range missing.Errors {
			e := &missing.Errors[i]
			row, _ := e.Position()
			key := strings.Join(e.Key(), ".")
			all = append(all, &FileError{File: file, Line: row, What: fmt.Sprintf("unknown key %q", key),
				Hint: "known here: " + strings.Join(knownKeys(reflect.TypeOf(v), e.Key()), ", ")})
		}
		return errors.Join(all...)
	}
	var de *toml.DecodeError
	if errors.As(err, &de) {
		row, _ := de.Position()
		return &FileError{File: file, Line: row, What: strings.TrimPrefix(de.Error(), "toml: ")}
	}
	return &FileError{File: file, What: err.Error()}
}

// knownKeys lists the keys that may stand beside the last element of key.
func knownKeys(t reflect.Type, key []string) []string {
	for _, k := range key[:max(len(key)-1, 0)] {
		t = structOf(t)
		if t == nil {
			break
		}
		next := reflect.Type(nil)
		for i := range t.NumField() {
			if t.Field(i).Tag.Get("toml") == k {
				next = t.Field(i).Type
			}
		}
		t = next
	}
	var names []string
	if t = structOf(t); t != nil {
		for i := range t.NumField() {
			if n := t.Field(i).Tag.Get("toml"); n != "" && n != "-" {
				names = append(names, n)
			}
		}
	}
	sort.Strings(names)
	return names
}

// structOf follows pointers and slices to a struct, or nil.
func structOf(t reflect.Type) reflect.Type {
	for t != nil {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array:
			t = t.Elem()
		case reflect.Struct:
			return t
		default:
			return nil
		}
	}
	return nil
}

// tableLines finds the line of every table header: "[[item]]" of the third
// item is lines["item"][2].
func tableLines(data []byte) map[string][]int {
	lines := map[string][]int{}
	p := unstable.Parser{}
	p.Reset(data)
	for p.NextExpression() {
		node := p.Expression()
		if node.Kind != unstable.ArrayTable && node.Kind != unstable.Table {
			continue
		}
		var parts []string
		line := 0
		for it := node.Key(); it.Next(); {
			k := it.Node()
			parts = append(parts, string(k.Data))
			if line == 0 {
				line = p.Shape(k.Raw).Start.Line
			}
		}
		name := strings.Join(parts, ".")
		lines[name] = append(lines[name], line)
	}
	return lines
}
