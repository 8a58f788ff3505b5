package hall

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"hallway/build/fuzz"
)

func inputCode(err error) string {
	var in *InputError
	if errors.As(err, &in) {
		return in.Code
	}
	return ""
}

// Vectors of the requirements' G6.
func TestApplicationNumberVectors(t *testing.T) {
	for _, c := range []struct {
		text  string
		valid bool
		next  string // "" = the last of its generator
	}{
		{"000101000001", true, "000101000002"},
		{"010102999999", true, "0101021000000"},
		{"021520999999999", true, ""},
		{"0001019999999", true, "00010110000000"},
		{"00010100001", false, ""},
		{"000001000001", false, ""},
		{"0001000000001", false, ""},
		{"000100000001", false, ""},
		{"000101000000", false, ""},
		{"0001010000001", false, ""},
		{"0001011000000000", false, ""},
		{"00010100000A", false, ""},
		{"", false, ""},
	} {
		n, err := ParseApplicationNumber(c.text)
		if (err == nil) != c.valid {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if !c.valid {
			if inputCode(err) != "application_number_form" {
				t.Errorf("%q: %v", c.text, err)
			}
			continue
		}
		if n.String() != c.text {
			t.Errorf("%q written as %q", c.text, n)
		}
		next, more := n.Next()
		if more != (c.next != "") || more && next.String() != c.next {
			t.Errorf("after %q: %q %v, want %q", c.text, next, more, c.next)
		}
	}
}

func TestKindsThatMayBeIssued(t *testing.T) {
	for kind, may := range map[string]bool{
		"01": true, "05": true, "07": true, "08": true, "09": true, "10": true, "20": true, "11": true, "21": true,
		"00": false, "02": false, "03": false, "04": false, "06": false, "1": false, "0A": false, "": false, "101": false,
	} {
		if MayIssueKind(kind) != may {
			t.Errorf("kind %q: %v", kind, !may)
		}
	}
	for division, area := range map[string]string{"370000": "00", "370100": "01", "370200": "02", "37010": "", "37010x": ""} {
		if got, ok := AreaOfDivision(division); got != area || ok != (area != "") {
			t.Errorf("division %q: area %q", division, got)
		}
	}
}

func TestTypedApplicationNumber(t *testing.T) {
	n, _ := ParseApplicationNumber("000101000001")
	typed := n.Typed()
	for _, s := range []string{typed, "0001 0100 0001", "０００１０１０００００１", typed[:12] + " – " + typed[13:]} {
		if got, err := ParseTypedApplicationNumber(s); err != nil || got != n {
			t.Errorf("%q: %v %v", s, got, err)
		}
	}
	if _, err := ParseTypedApplicationNumber("00010100001-1"); inputCode(err) != "application_number_form" {
		t.Errorf("too short: %v", err)
	}
	for d := byte('0'); d <= '9'; d++ {
		_, err := ParseTypedApplicationNumber(typed[:13] + string(d))
		if fits := d == typed[13]; fits != (err == nil) || !fits && inputCode(err) != "application_number_check" {
			t.Errorf("digit %c: %v", d, err)
		}
	}
}

// The digit outside the number finds every single wrong digit. (Of two
// neighbours that were swapped MOD 11,10 finds nearly all, not all.)
func TestTypingOneWrongDigitIsFound(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := ApplicationNumber{"00", "01", "01", rapid.IntRange(1, maxSerial).Draw(r, "serial")}
		if back, err := ParseTypedApplicationNumber(n.Typed()); err != nil || back != n {
			r.Fatalf("%s came back as %s: %v", n.Typed(), back, err)
		}
		s := []byte(n.Typed())
		i := rapid.IntRange(0, len(s)-3).Draw(r, "place")
		other := '0' + byte(rapid.IntRange(0, 9).Draw(r, "digit"))
		if s[i] == other {
			return
		}
		s[i] = other
		if got, err := ParseTypedApplicationNumber(string(s)); err == nil {
			r.Fatalf("%s was taken for %s", s, got)
		}
	})
}

func TestTemporaryNumber(t *testing.T) {
	n := TemporaryNumber{Hall: "37010001", Terminal: "counter-1", Day: "2026-11-23", N: 3}
	if s := n.String(); s != "T37010001-counter-1-20261123-003" {
		t.Fatal(s)
	}
	if got, err := ParseTemporaryNumber(n.String()); err != nil || got != n {
		t.Errorf("%v %v", got, err)
	}
	for _, s := range []string{"", "T", "T37010001-counter-1-20261132-003", "T37010001--20261123-003", "T37010001-20261123-003",
		"T3701000x-c-20261123-003", "T37010001-c-20261123-3", "T37010001-c-20261123-000", "X37010001-c-20261123-001", "000101000001"} {
		if _, err := ParseTemporaryNumber(s); inputCode(err) != "temporary_number_form" {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// mendTyped puts right the digit behind the dash.
func mendTyped(b []byte) []byte {
	number, _, _ := bytes.Cut(b, []byte("-"))
	if check, ok := Mod11_10(string(number)); ok {
		return append(bytes.Clone(number), '-', check)
	}
	return b
}

func FuzzApplicationNumber(f *testing.F) {
	for _, s := range []string{"000101000001", "021520999999999", "000101000001-5", "T37010001-counter-1-20261123-003", "０００１", "-"} {
		f.Add(s)
	}
	fuzz.Run(f, func(t *testing.T, s string) {
		if n, err := ParseTypedApplicationNumber(s); err == nil {
			if again, err := ParseApplicationNumber(n.String()); err != nil || again != n {
				t.Errorf("%q gives %s, which gives %s: %v", s, n, again, err)
			}
		}
		if n, err := ParseTemporaryNumber(s); err == nil {
			if again, err := ParseTemporaryNumber(n.String()); err != nil || again != n {
				t.Errorf("%q gives %s, which gives %s: %v", s, n, again, err)
			}
		}
	}, mendTyped)
}
