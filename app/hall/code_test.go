package hall

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hallway/build/fuzz"
)

func TestCodesOnPaper(t *testing.T) {
	appointment := Code{CodeAppointment, "37010001", today, "Q7K2M9"}
	ticket := Code{Type: CodeTicket, Hall: "37010001", Value: "01JDABCDEFGHJKMNPQRSTVWXYZ"}
	for _, c := range []struct {
		name, text string
		code       Code
		err        error
	}{
		{"appointment", EncodeCode(appointment), appointment, nil},
		{"ticket without a day", EncodeCode(ticket), ticket, nil},
		{"swapped capitals and a line end", strings.ToLower(EncodeCode(ticket)) + "\r\n", ticket, nil},
		{"another hall", EncodeCode(Code{CodeTicket, "37020001", "", "X1"}), Code{CodeTicket, "37020001", "", "X1"}, nil},
		{"empty", "", Code{}, ErrCodeForeign},
		{"payment code", "https://qr.example.com/123", Code{}, ErrCodeForeign},
		{"newer version", "HW2.T.37010001..X1.3", Code{}, ErrCodeForeign},
		{"cut in the middle", EncodeCode(appointment)[:20], Code{}, ErrCodeDamaged},
		{"cut before the check", EncodeCode(appointment)[:len(EncodeCode(appointment))-1], Code{}, ErrCodeDamaged},
		{"mark alone", "HW1.", Code{}, ErrCodeDamaged},
		{"two codes in one", EncodeCode(ticket) + EncodeCode(ticket), Code{}, ErrCodeDamaged},
	} {
		got, err := DecodeCode(c.text)
		if got != c.code || !errors.Is(err, c.err) {
			t.Errorf("%s: %+v %v, want %+v %v", c.name, got, err, c.code, c.err)
		}
	}
	if strings.Trim(EncodeCode(appointment), alnum+" $%*+-./:") != "" {
		t.Errorf("%s is not in the alphanumeric mode", EncodeCode(appointment))
	}
}

// One thing has one code: another spelling with a right check is refused.
func TestOtherSpellingsOfACodeAreRefused(t *testing.T) {
	for _, body := range []string{"HW1.T.1..$IE", "HW1.T.1..$IF", "HW1.T.$GE..X1", "HW1.T.1.$GIYDENRNGEYS2MRT.X1"} {
		check, ok := Mod37_36(signs(body))
		if !ok {
			t.Fatalf("%s has no check character", body)
		}
		if c, err := DecodeCode(body + "." + string(check)); !errors.Is(err, ErrCodeDamaged) {
			t.Errorf("%s: %+v %v", body, c, err)
		}
	}
}

func TestEveryWrongSignOfACodeIsFound(t *testing.T) {
	good := EncodeCode(Code{CodeAppointment, "37010001", today, "Q7K2M9"})
	for i := len(codeMark) + 1; i < len(good); i++ {
		for _, c := range alnum + "." {
			bad := good[:i] + string(c) + good[i+1:]
			if _, err := DecodeCode(bad); (err == nil) != (bad == good) {
				t.Errorf("%s: %v", bad, err)
			}
		}
	}
}

func TestCodesReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringMatching(`[0-9A-Z]{0,26}`), rapid.StringN(0, 12, 36))
		c := Code{text.Draw(t, "type"), text.Draw(t, "hall"),
			rapid.SampledFrom([]string{"", today, "2026-02-30", "20261123"}).Draw(t, "day"), text.Draw(t, "value")}
		s := EncodeCode(c)
		if got, err := DecodeCode(s); err != nil || got != c {
			t.Fatalf("%q: %+v %v, want %+v", s, got, err, c)
		}
	})
}

// mendCode puts right the check character behind the last dot.
func mendCode(b []byte) []byte {
	end := bytes.LastIndexByte(b, '.')
	if end < 0 {
		return b
	}
	check, ok := Mod37_36(signs(strings.ToUpper(string(b[:end]))))
	if !ok {
		return b
	}
	return append(b[:end+1], check)
}

func FuzzDecodeCode(f *testing.F) {
	f.Add(EncodeCode(Code{CodeAppointment, "37010001", today, "Q7K2M9"}))
	f.Add(EncodeCode(Code{CodeTicket, "h", "", "lower-case"}))
	f.Add("HW1.T.$A..X.0")
	f.Add("HW1.....")
	f.Add("\x00\xff")
	fuzz.Run(f, func(t *testing.T, s string) {
		c, err := DecodeCode(s)
		if err != nil {
			if !errors.Is(err, ErrCodeDamaged) && !errors.Is(err, ErrCodeForeign) {
				t.Fatalf("error %v", err)
			}
			return
		}
		if again, err := DecodeCode(EncodeCode(c)); err != nil || again != c {
			t.Fatalf("%+v does not read back: %v", c, err)
		}
	}, mendCode)
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		in, prefix string
		seq        int
		printed    string
	}{
		{"A012", "A", 12, "A012"}, {"a12", "A", 12, "A012"}, {"Ａ０１２", "A", 12, "A012"}, {" AK003 ", "AK", 3, "AK003"}, {"A1000", "A", 1000, "A1000"},
		{"A000", "", 0, ""}, {"012", "", 0, ""}, {"ABC1", "", 0, ""}, {"A", "", 0, ""}, {"", "", 0, ""}, {"A12B", "", 0, ""}, {"A1234567", "", 0, ""},
	} {
		prefix, seq, err := ParseNumber(c.in)
		if prefix != c.prefix || seq != c.seq || (err == nil) != (c.seq > 0) {
			t.Errorf("%q: %s %d %v", c.in, prefix, seq, err)
		}
		if err == nil && FormatNumber(prefix, seq) != c.printed {
			t.Errorf("%q prints %s, want %s", c.in, FormatNumber(prefix, seq), c.printed)
		}
	}
	if prefix, day, ok := SplitSeries(SeriesID("AK", today)); !ok || prefix != "AK" || day != today {
		t.Errorf("series: %s %s %v", prefix, day, ok)
	}
	for _, bad := range []string{"", "A", "A/", "/2026-11-23", "ABC/2026-11-23", "a/2026-11-23", "A/2026-11-23/x"} {
		if _, _, ok := SplitSeries(bad); ok {
			t.Errorf("series %q accepted", bad)
		}
	}
}

func TestMasking(t *testing.T) {
	for _, c := range []struct {
		name     string
		got, out string
	}{
		{"two characters", MaskName("张三"), "张*"},
		{"three", MaskName("张小三"), "张*三"},
		{"compound surname", MaskName("欧阳小三"), "欧*三"},
		{"one", MaskName("龑"), "*"},
		{"beyond the BMP", MaskName("𠮷小三"), "𠮷*三"},
		{"separator", MaskName("测试·样例"), "测***·**"},
		{"none", MaskName(""), ""},
		{"citizen number", MaskIDNumber("370102199002280011"), "370***********0011"},
		{"pass", MaskIDNumber("H12345678"), "H1*****78"},
		{"short", MaskIDNumber("A1234"), "A**34"},
		{"shorter", MaskIDNumber("A12"), "***"},
		{"mobile", MaskPhone("13812345678"), "138****5678"},
		{"Macau", MaskPhone("+85366125678"), "+853****5678"},
		{"eight digits", MaskPhone("66125678"), "****5678"},
		{"too short", MaskPhone("1234"), "****"},
	} {
		if c.got != c.out {
			t.Errorf("%s: %s, want %s", c.name, c.got, c.out)
		}
	}
}

func TestSecretsHideFromEveryWayOfPrinting(t *testing.T) {
	const canary = "370102199002280011"
	doc, err := ParseDocument(DocResident, canary)
	if err != nil {
		t.Fatal(err)
	}
	id, _ := ParseIDNumber(canary)
	person := PersonSealed{Name: "张" + canary, DocNo: canary, Phone: canary}
	facts := CardFacts{Kind: CardResident, Number: canary}
	op := Op{ID: "1", Body: json.RawMessage(`"` + canary + `"`), Sealed: []byte(canary)}
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, nil))
	words := slog.New(slog.NewTextHandler(&out, nil))
	for _, v := range []any{Secret(canary), doc, id, person, facts} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
			fmt.Fprintf(&out, verb+"\n", []any{v})
		}
		fmt.Fprintln(&out, v)
		log.Info("test", "v", v)
		words.Info("test", "v", v)
	}
	log.Info("test", "op", op)
	_, bad := ParseIDNumber(canary + "1")
	fmt.Fprintln(&out, bad)
	raw, err := json.Marshal(struct{ S Secret }{canary})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(raw)
	if strings.Contains(out.String(), canary) || strings.Contains(out.String(), fmt.Sprintf("%x", canary)) {
		t.Errorf("a secret got out:\n%s", out.String())
	}
	var back struct{ S Secret }
	if err := json.Unmarshal([]byte(`{"S":"`+canary+`"}`), &back); err != nil || back.S.Reveal() != canary {
		t.Errorf("a secret cannot be read from JSON: %v", err)
	}
	sealed, err := json.Marshal(person)
	if err != nil || !strings.Contains(string(sealed), canary) {
		t.Error("what gets sealed must hold the person")
	}
}
