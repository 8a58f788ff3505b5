package fuzz

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// head is the first line of a file of go test -fuzz.
const head = "go test fuzz v1"

// readCorpus reads what the fuzzer has kept for a body of this type. Files of an
// older body are passed over.
func readCorpus(dir string, body reflect.Type) (all [][]any, err error) {
	if dir == "" {
		return nil, nil
	}
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		raw, err := os.ReadFile(filepath.Join(dir, file.Name()))
		if err != nil {
			return nil, err
		}
		if in, err := unmarshal(raw, body); err == nil {
			all = append(all, in)
		}
	}
	return all, nil
}

// writeCorpus writes one input as the fuzzer would.
func writeCorpus(dir string, in []any) (path string, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	raw := marshal(in)
	h := fnv.New64a()
	h.Write(raw)
	path = filepath.Join(dir, fmt.Sprintf("loop-%016x", h.Sum64()))
	return path, os.WriteFile(path, raw, 0o644)
}

// marshal writes an input in the fuzzer's form.
func marshal(in []any) []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, head)
	for _, v := range in {
		switch v := v.(type) {
		case []byte:
			fmt.Fprintf(&b, "[]byte(%q)\n", v)
		case string:
			fmt.Fprintf(&b, "string(%q)\n", v)
		case uint8:
			fmt.Fprintf(&b, "byte(%q)\n", v)
		default: // a number or a truth
			fmt.Fprintf(&b, "%T(%v)\n", v, v)
		}
	}
	return b.Bytes()
}

// unmarshal reads it back; body says which types are wanted.
func unmarshal(raw []byte, body reflect.Type) (in []any, err error) {
	first, rest, _ := strings.Cut(strings.TrimSpace(string(raw)), "\n")
	lines := strings.Split(rest, "\n")
	if strings.TrimSpace(first) != head || len(lines) != body.NumIn()-1 {
		return nil, errors.New("no input of this target")
	}
	for i, line := range lines {
		v, err := value(line, body.In(i+1))
		if err != nil {
			return nil, err
		}
		in = append(in, v)
	}
	return in, nil
}

// value reads one line, a conversion of one literal.
func value(line string, want reflect.Type) (any, error) {
	x, err := parser.ParseExpr(line)
	if err != nil {
		return nil, err
	}
	call, ok := x.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return nil, fmt.Errorf("%q is no value", line)
	}
	arg, minus := call.Args[0], ""
	if u, ok := arg.(*ast.UnaryExpr); ok && u.Op == token.SUB {
		arg, minus = u.X, "-"
	}
	v := reflect.New(want).Elem()
	lit, ok := arg.(*ast.BasicLit)
	if !ok {
		id, ok := arg.(*ast.Ident)
		if !ok || want.Kind() != reflect.Bool {
			return nil, fmt.Errorf("%q is no %s", line, want)
		}
		v.SetBool(id.Name == "true")
		return v.Interface(), nil
	}
	err = literal(v, lit, minus)
	return v.Interface(), err
}

// literal puts a literal into v.
func literal(v reflect.Value, lit *ast.BasicLit, minus string) error {
	text := minus + lit.Value
	if lit.Kind == token.CHAR {
		r, _, _, err := strconv.UnquoteChar(lit.Value[1:len(lit.Value)-1], '\'')
		if err != nil {
			return err
		}
		text = strconv.Itoa(int(r))
	}
	switch {
	case lit.Kind == token.STRING && v.Kind() == reflect.String, lit.Kind == token.STRING && v.Kind() == reflect.Slice:
		s, err := strconv.Unquote(lit.Value)
		v.Set(reflect.ValueOf(s).Convert(v.Type()))
		return err
	case v.CanInt():
		n, err := strconv.ParseInt(text, 0, v.Type().Bits())
		v.SetInt(n)
		return err
	case v.CanUint():
		n, err := strconv.ParseUint(text, 0, v.Type().Bits())
		v.SetUint(n)
		return err
	}
	return fmt.Errorf("%s is no %s", lit.Value, v.Type())
}
