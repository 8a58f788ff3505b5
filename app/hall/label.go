package hall

import (
	"strconv"
	"strings"
)

// Label is what the code on one paper says (标签): whose application, which
// material, which attempt at it. It holds no personal data.
type Label struct {
	Number   string // application number
	Material string // key of the material in the case
	Attempt  int
}

// labelMark begins every label; its digit is the version of the form.
const labelMark = "HL1"

// maxAttempts bounds the attempts of one material.
const maxAttempts = 999

// ID is the identity of the paper that the label stands on.
func (l Label) ID() string {
	return l.Number + "/" + l.Material + "/" + strconv.Itoa(l.Attempt)
}

// LabelOfPaper takes the identity of a paper apart.
func LabelOfPaper(id string) (Label, bool) {
	parts := strings.Split(id, "/")
	if len(parts) != 3 {
		return Label{}, false
	}
	attempt, err := strconv.Atoi(parts[2])
	l := Label{Number: parts[0], Material: parts[1], Attempt: attempt}
	return l, err == nil && l.fine() && l.ID() == id
}

func (l Label) fine() bool {
	_, err := ParseApplicationNumber(l.Number)
	return err == nil && l.Material != "" && len(l.Material) <= 64 && !strings.Contains(l.Material, "/") &&
		l.Attempt >= 1 && l.Attempt <= maxAttempts
}

// EncodeLabel writes the code of a label, for QR and Code 128:
// HL1.<application number>.<material>.<attempt>.<check>, the check character
// by ISO 7064 MOD 37,36 over the letters and digits before it. A material code
// of capitals and digits stays readable; any other is written in base 32
// behind a $.
func EncodeLabel(l Label) string {
	body := strings.Join([]string{labelMark, l.Number, escape(l.Material), strconv.Itoa(l.Attempt)}, ".")
	check, _ := Mod37_36(signs(body))
	return body + "." + string(check)
}

// DecodeLabel reads a label. Errors: ErrCodeForeign for whatever is no label
// of ours, also one of our other codes; ErrCodeDamaged for one that was read in
// part or changed.
func DecodeLabel(s string) (Label, error) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if !strings.HasPrefix(s, labelMark+".") {
		return Label{}, ErrCodeForeign
	}
	end := strings.LastIndexByte(s, '.')
	parts := strings.Split(s, ".")
	if len(s) > maxCode || len(parts) != 5 || len(s)-end != 2 {
		return Label{}, ErrCodeDamaged
	}
	check, ok := Mod37_36(signs(s[:end]))
	material, readable := unescape(parts[2])
	attempt, err := strconv.Atoi(parts[3])
	l := Label{Number: parts[1], Material: material, Attempt: attempt}
	if !ok || check != s[end+1] || !readable || err != nil || !l.fine() || EncodeLabel(l) != s {
		return Label{}, ErrCodeDamaged
	}
	return l, nil
}
