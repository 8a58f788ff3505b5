package hall

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hallway/build/fuzz"
)

func TestLabel(t *testing.T) {
	l := Label{Number: "000101000001", Material: "M0102", Attempt: 2}
	code := EncodeLabel(l)
	if !strings.HasPrefix(code, "HL1.000101000001.M0102.2.") || strings.Trim(code, alnum+".$") != "" {
		t.Fatalf("label %q", code)
	}
	for _, s := range []string{code, " " + strings.ToLower(code) + "\r\n"} {
		if got, err := DecodeLabel(s); err != nil || got != l {
			t.Errorf("%q: %v %v", s, got, err)
		}
	}
	if got, ok := LabelOfPaper(l.ID()); !ok || got != l {
		t.Errorf("paper %q: %v", l.ID(), got)
	}
	for s, want := range map[string]error{
		"":                   ErrCodeForeign,
		"000101000001":       ErrCodeForeign,
		"HW1.T...X.1":        ErrCodeForeign,
		"HL2" + code[3:]:     ErrCodeForeign,
		code[:len(code)-2]:   ErrCodeDamaged,
		code + ".1":          ErrCodeDamaged,
		"HL1.":               ErrCodeDamaged,
		EncodeLabel(Label{}): ErrCodeDamaged,
		EncodeLabel(Label{Number: l.Number, Material: "a/b", Attempt: 1}):  ErrCodeDamaged,
		EncodeLabel(Label{Number: l.Number, Material: "A", Attempt: 1000}): ErrCodeDamaged,
	} {
		if _, err := DecodeLabel(s); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", s, err, want)
		}
	}
	for _, id := range []string{"", "a", "000101000001/M/0", "000101000001/M/01", "000101000001//1", "00/M/1", "000101000001/M/1/2"} {
		if l, ok := LabelOfPaper(id); ok {
			t.Errorf("%q is the paper of %v", id, l)
		}
	}
}

func TestLabelSurvivesAndShowsOneWrongSign(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		l := Label{
			Number:   ApplicationNumber{"00", "01", "01", rapid.IntRange(1, maxSerial).Draw(r, "serial")}.String(),
			Material: rapid.StringMatching(`[A-Za-z0-9_#-]{1,20}`).Draw(r, "material"),
			Attempt:  rapid.IntRange(1, maxAttempts).Draw(r, "attempt"),
		}
		code := EncodeLabel(l)
		if got, err := DecodeLabel(code); err != nil || got != l {
			r.Fatalf("%q: %v %v", code, got, err)
		}
		i := rapid.IntRange(4, len(code)-1).Draw(r, "place")
		wrong := alnum[rapid.IntRange(0, 35).Draw(r, "sign")]
		if code[i] == wrong || code[i] == '.' || code[i] == '$' {
			return
		}
		if got, err := DecodeLabel(code[:i] + string(wrong) + code[i+1:]); err == nil {
			r.Fatalf("one wrong sign was read as %v", got)
		}
	})
}

func FuzzDecodeLabel(f *testing.F) {
	f.Add(EncodeLabel(Label{Number: "000101000001", Material: "M0102", Attempt: 1}))
	f.Add(EncodeLabel(Label{Number: "021520999999999", Material: "birth#2", Attempt: 999}))
	f.Add("HL1.....")
	f.Add("HW1.A.37010001.20261123.X.1")
	fuzz.Run(f, func(t *testing.T, s string) {
		l, err := DecodeLabel(s)
		if err != nil {
			if !errors.Is(err, ErrCodeForeign) && !errors.Is(err, ErrCodeDamaged) {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		if again, err := DecodeLabel(EncodeLabel(l)); err != nil || again != l {
			t.Errorf("%q gives %v, which gives %v: %v", s, l, again, err)
		}
		if _, ok := LabelOfPaper(l.ID()); !ok {
			t.Errorf("%q gives %v, which is no paper", s, l)
		}
	}, mendCode)
}
