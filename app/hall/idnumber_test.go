package hall

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"hallway/build/fuzz"
)

func codeOf(err error) string {
	var e *InputError
	if errors.As(err, &e) {
		return e.Code
	}
	if err != nil {
		return "other: " + err.Error()
	}
	return ""
}

func TestParseIDNumber(t *testing.T) {
	for _, c := range []struct{ name, in, number, kind, sex, code string }{
		{"the standard's example", "11010519491231002X", "11010519491231002X", DocResident, "2", ""},
		{"the standard's other example", "440524188001010014", "440524188001010014", DocResident, "1", ""},
		{"check X from the table", "34052419800101001X", "34052419800101001X", DocResident, "1", ""},
		{"sequence 013", "110101199003070134", "110101199003070134", DocResident, "1", ""},
		{"leap February", "370102199002280011", "370102199002280011", DocResident, "1", ""},
		{"lower-case x", "11010519491231002x", "11010519491231002X", DocResident, "2", ""},
		{"full width", "１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X", DocResident, "2", ""},
		{"spaces around", " 11010519491231002X ", "11010519491231002X", DocResident, "2", ""},
		{"Taiwan residence permit", "830000199201300022", "830000199201300022", DocHMTResidence, "2", ""},
		{"Macau residence permit", "82000019850302002X", "82000019850302002X", DocHMTResidence, "2", ""},
		{"Hong Kong residence permit", "810000198001010014", "810000198001010014", DocHMTResidence, "1", ""},
		{"wrong check", "110105194912310021", "", "", "", "id_check"},
		{"no such day", "370102199002300013", "", "", "", "id_date"},
		{"before 1800", "110105179912310023", "", "", "", "id_date"},
		{"15 digits are no identification", "110105491231002", "", "", "", "id_length"},
		{"X inside", "1101051949123100X2", "", "", "", "id_char"},
		{"letter at the end", "11010519491231002Y", "", "", "", "id_char"},
		{"empty", "", "", "", "", "id_length"},
	} {
		n, err := ParseIDNumber(c.in)
		if n.Number() != c.number || n.Kind != c.kind || n.Sex != c.sex || codeOf(err) != c.code {
			t.Errorf("%s: %q %s %s %q, want %q %s %s %q", c.name, n.Number(), n.Kind, n.Sex, codeOf(err), c.number, c.kind, c.sex, c.code)
		}
	}
	for _, check := range "0123456789X" { // no such day, whatever the check
		if _, err := ParseIDNumber("37010219900230001" + string(check)); codeOf(err) != "id_date" {
			t.Errorf("30 February with check %c: %q", check, codeOf(err))
		}
	}
	n, err := ParseIDNumber("370102199002280011")
	if err != nil || n.Area != "370102" || n.Birth != "19900228" || !n.BornBy(at("09:00")) {
		t.Errorf("parts: %s %s %v", n.Area, n.Birth, err)
	}
	future := "37010220990101001"
	check, _ := Mod11_2(future)
	if n, err = ParseIDNumber(future + string(check)); err != nil || n.BornBy(at("09:00")) {
		t.Errorf("born in 2099: %v, must not be born by 2026", err)
	}
}

func TestEveryWrongSignOfAnIDNumberIsFound(t *testing.T) {
	const good = "370102199002280011"
	for i := range good {
		for _, c := range "0123456789X" {
			bad := good[:i] + string(c) + good[i+1:]
			if _, err := ParseIDNumber(bad); (err == nil) != (bad == good) {
				t.Errorf("%s: %v", bad, err)
			}
		}
	}
}

func TestWiden(t *testing.T) {
	for _, c := range []struct{ name, in, out, code string }{
		{"the standard's example", "110105491231002", "11010519491231002X", ""},
		{"1967", "130503670401001", "130503196704010016", ""},
		{"1975", "370102750615123", "370102197506151230", ""},
		{"born in the 1800s", "110105990101996", "", ""},
		{"no such day", "110105990230001", "", "id_date"},
		{"too short", "11010549123100", "", "id_length"},
		{"letters", "11010549123100X", "", "id_length"},
	} {
		out, err := Widen(c.in)
		if codeOf(err) != c.code || c.out != "" && out != c.out {
			t.Errorf("%s: %s %q, want %s %q", c.name, out, codeOf(err), c.out, c.code)
		}
		if c.code == "" {
			if _, err := ParseIDNumber(out); err != nil {
				t.Errorf("%s: %s does not check: %v", c.name, out, err)
			}
		}
	}
	if out, _ := Widen("110105990101996"); out[6:10] != "1899" {
		t.Errorf("sequence 996 gives year %s, want 1899", out[6:10])
	}
}

func TestCreditCode(t *testing.T) {
	for _, c := range []struct{ name, in, code string }{
		{"blog's right one", "91350100M000100Y43", ""},
		{"public institution", "11320000MB151840XJ", ""},
		{"company", "91370100000000019N", ""},
		{"letters", "12370100MB0DEM0A04", ""},
		{"office", "11370000000000991C", ""},
		{"shop", "92370102MAC0FFEE5Y", ""},
		{"lower case", "91350100m000100y43", ""},
		{"illegal letter", "91350100M000100Y4Z", "credit_char"},
		{"a blog's example", "91310115MA1H8R7C6D", "credit_check"},
		{"short", "91350100M000100Y4", "credit_length"},
		{"letter I", "9135010IM000100Y43", "credit_char"},
	} {
		got, err := ParseCreditCode(c.in)
		if codeOf(err) != c.code {
			t.Errorf("%s: %q, want %q", c.name, codeOf(err), c.code)
		}
		if err == nil && (got.Area != strings.ToUpper(c.in)[2:8] || len(got.Organisation) != 9) {
			t.Errorf("%s: parts %+v", c.name, got)
		}
	}
	// The outer check is right here, the organisation's own is not.
	body := "91370100000000011"
	sum, w := 0, 1
	for i := range body {
		sum += strings.IndexByte(creditAlphabet, body[i]) * w
		w = w * 3 % 31
	}
	if _, err := ParseCreditCode(body + string(creditAlphabet[(31-sum%31)%31])); codeOf(err) != "credit_org_check" {
		t.Errorf("wrong organisation code inside: %q", codeOf(err))
	}
	for eight, want := range map[string]byte{"M000100Y": '4', "00001333": '8', "19220382": '1'} {
		if check, ok := OrganisationCheck(eight); !ok || check != want {
			t.Errorf("organisation %s: %c, want %c", eight, check, want)
		}
	}
}

func TestCheckCharacters(t *testing.T) {
	for _, c := range []struct {
		name, in string
		of       func(string) (byte, bool)
		want     byte
	}{
		{"MOD 11,10 application number", "000101000001", Mod11_10, '9'},
		{"MOD 11,10 textbook", "0794", Mod11_10, '5'},
		{"MOD 37,36 licence", "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U", LicenceCheck, 'U'},
		{"MOD 37,36 licence of a city", "1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9", LicenceCheck, '9'},
		{"post", "47312482", PostCheck, '9'},
		{"passport field", "L898902C3", MRZCheck, '6'},
		{"birth field", "740812", MRZCheck, '2'},
		{"filler", "ZE184226B<<<<<", MRZCheck, '1'},
	} {
		if got, ok := c.of(c.in); !ok || got != c.want {
			t.Errorf("%s: %c %v, want %c", c.name, got, ok, c.want)
		}
	}
	for name, of := range map[string]func(string) (byte, bool){
		"MOD 11-2": Mod11_2, "MOD 11,10": Mod11_10, "MOD 37,36": Mod37_36, "post": PostCheck, "MRZ": MRZCheck,
		"licence": LicenceCheck, "organisation": OrganisationCheck,
	} {
		if _, ok := of("1a 中"); ok {
			t.Errorf("%s accepts signs outside its alphabet", name)
		}
	}
}

func TestParseDocument(t *testing.T) {
	for _, c := range []struct{ name, kind, in, number, as, code string }{
		{"resident", DocResident, "11010519491231002x", "11010519491231002X", DocResident, ""},
		{"residence permit chosen as resident", DocResident, "810000198001010014", "810000198001010014", DocHMTResidence, ""},
		{"HKID", DocHKID, "a123456(3)", "A123456(3)", DocHKID, ""},
		{"HKID without brackets", DocHKID, "A1234563", "A123456(3)", DocHKID, ""},
		{"HKID check A", DocHKID, "G123456(A)", "G123456(A)", DocHKID, ""},
		{"HKID check 0", DocHKID, "L555555(0)", "L555555(0)", DocHKID, ""},
		{"HKID two letters", DocHKID, "AB987654(3)", "AB987654(3)", DocHKID, ""},
		{"HKID wrong check", DocHKID, "A123456(4)", "", DocHKID, "doc_check"},
		{"HKID form", DocHKID, "A12345(3)", "", DocHKID, "doc_form"},
		{"Macau", DocMacauBIR, "1234567(8)", "1234567(8)", DocMacauBIR, ""},
		{"Macau first digit 2", DocMacauBIR, "2234567(8)", "2234567(8)", DocMacauBIR, ""},
		{"Macau form", DocMacauBIR, "123456(8)", "", DocMacauBIR, "doc_form"},
		{"HM pass", DocHMPass, "h12345678", "H12345678", DocHMPass, ""},
		{"HM pass with renewals", DocHMPass, "M1234567802", "M12345678", DocHMPass, ""},
		{"HM pass form", DocHMPass, "X12345678", "", DocHMPass, "doc_form"},
		{"Taiwan pass", DocTaiwanPass, "12345678", "12345678", DocTaiwanPass, ""},
		{"Taiwan pass old", DocTaiwanPass, "1234567890AB", "1234567890AB", DocTaiwanPass, ""},
		{"Taiwan pass form", DocTaiwanPass, "1234567", "", DocTaiwanPass, "doc_form"},
		{"passport", DocPassport, "e12345678", "E12345678", DocPassport, ""},
		{"passport form", DocPassport, "ABCDEFG", "", DocPassport, "doc_form"},
		{"old permanent residence", DocForeigner17, "abc123456789012", "ABC123456789012", DocForeigner17, ""},
		{"unknown kind", "999", "1", "", "", "doc_kind"},
	} {
		d, err := ParseDocument(c.kind, c.in)
		if d.Number() != c.number || codeOf(err) != c.code || err == nil && d.Kind != c.as {
			t.Errorf("%s: %q %s %q, want %q %s %q", c.name, d.Number(), d.Kind, codeOf(err), c.number, c.as, c.code)
		}
	}
	for _, kind := range DocKinds() {
		if _, err := ParseDocument(kind, "!"); err == nil || codeOf(err) == "doc_kind" {
			t.Errorf("kind %s is listed but not read: %v", kind, err)
		}
	}
}

func TestCardUsable(t *testing.T) {
	good := CardFacts{Kind: CardResident, Number: "370102199002280011", NumberOK: true, ValidFrom: "20200101", ValidUntil: "20400101"}
	with := func(change func(*CardFacts)) CardFacts {
		c := good
		change(&c)
		return c
	}
	for _, c := range []struct {
		name string
		card CardFacts
		code string
	}{
		{"good", good, ""},
		{"for ever", with(func(c *CardFacts) { c.ValidUntil = "长期" }), ""},
		{"last day", with(func(c *CardFacts) { c.ValidUntil = "20261123" }), ""},
		{"expired yesterday", with(func(c *CardFacts) { c.ValidUntil = "20261122" }), CardExpired},
		{"from tomorrow", with(func(c *CardFacts) { c.ValidFrom = "20261124" }), CardTooEarly},
		{"unknown marker", with(func(c *CardFacts) { c.Kind = "bus" }), CardOtherKind},
		{"wrong check", with(func(c *CardFacts) { c.Number = "370102199002280012" }), CardBadNumber},
		{"driver found it wrong", with(func(c *CardFacts) { c.NumberOK = false }), CardBadNumber},
		{"no date", with(func(c *CardFacts) { c.ValidUntil = "2026" }), CardBadDates},
		{"old permanent residence", CardFacts{Kind: CardForeigner17, Number: "ABC123456789012", ValidFrom: "20200101", ValidUntil: "20300101"}, ""},
		{"Hong Kong permit", with(func(c *CardFacts) { c.Kind, c.Number = CardHMTResidence, "810000198001010014" }), ""},
	} {
		why, ok := CardUsable(c.card, at("09:00"))
		if why.Code != c.code || ok != (c.code == "") {
			t.Errorf("%s: %v %v, want %q", c.name, why, ok, c.code)
		}
	}
	if why, _ := CardUsable(with(func(c *CardFacts) { c.ValidUntil = "20261122" }), at("09:00")); why.Params["until"] != "2026-11-22" {
		t.Errorf("expired until %q", why.Params["until"])
	}
	typed, _ := ParseDocument(DocResident, "810000198001010014")
	read, err := CardDocument(CardHMTResidence, "810000198001010014")
	if err != nil || typed != read {
		t.Error("what is typed and what the card says are not the same document")
	}
}

func TestParsePhoneAndName(t *testing.T) {
	for in, want := range map[string]string{
		"138 0013 8000": "13800138000", "+86-13800138000": "13800138000", "0086 13800138000": "13800138000", "１３８００１３８０００": "13800138000",
		"+853 6612 3456": "+85366123456", "00852-9123-4567": "+85291234567", "+886912345678": "+886912345678",
		"12800138000": "", "1380013800": "", "": "", "+1 555 0100": "", "1380013800a": "",
	} {
		got, err := ParsePhone(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("phone %q: %q %v, want %q", in, got, err, want)
		}
	}
	long := strings.Repeat("长", 25)
	for in, want := range map[string]string{
		" 张三 ": "张三", "测试・样例": "测试·样例", "测试.样例": "测试·样例", "测试．样例": "测试·样例", "JOHN Q. PUBLIC": "JOHN Q. PUBLIC",
		"龑": "龑", "𠮷": "𠮷", "𮯰": "𮯰", "𫖯": "𫖯", long: long,
		"": "", "   ": "", "张\n三": "", "123": "", "\xff": "", strings.Repeat("长", 61): "",
	} {
		got, err := ParseName(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("name %q: %q %v, want %q", in, got, err, want)
		}
	}
}

func TestHKIDPropertyOneCheckEach(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.StringMatching(`[A-Z]{1,2}[0-9]{6}`).Draw(t, "body")
		right := 0
		for _, c := range "0123456789A" {
			if _, err := ParseHKID(body + "(" + string(c) + ")"); err == nil {
				right++
			}
		}
		if right != 1 {
			t.Fatalf("%s has %d right check characters", body, right)
		}
	})
}

// mendIDNumber puts right the check character of what is as long as a number.
func mendIDNumber(b []byte) []byte {
	if len(b) >= 18 {
		if check, ok := Mod11_2(string(b[:17])); ok {
			return append(b[:17], check)
		}
	}
	return b
}

// mendCreditCode puts right both check characters.
func mendCreditCode(b []byte) []byte {
	if len(b) < 18 {
		return b
	}
	b = b[:18]
	if check, ok := OrganisationCheck(string(b[8:16])); ok {
		b[16] = check
	}
	for _, c := range []byte(creditAlphabet) {
		b[17] = c
		if _, err := ParseCreditCode(string(b)); err == nil {
			break
		}
	}
	return b
}

func FuzzParseIDNumber(f *testing.F) {
	for _, s := range []string{"11010519491231002X", "370102199002300013", "１１０１０５１９４９１２３１００２ｘ", "", "\xff\xfe", "110105491231002"} {
		f.Add(s)
	}
	fuzz.Run(f, func(t *testing.T, s string) {
		n, err := ParseIDNumber(s)
		if err != nil {
			return
		}
		if again, err := ParseIDNumber(n.Number()); err != nil || again != n || len(n.Number()) != 18 {
			t.Fatalf("%q does not read back: %v", n.Number(), err)
		}
	}, mendIDNumber)
}

func FuzzParseDocument(f *testing.F) {
	for _, kind := range DocKinds() {
		f.Add(kind, "A123456(3)")
		f.Add(kind, "M1234567802")
		f.Add(kind, "11010519491231002X")
	}
	fuzz.Run(f, func(t *testing.T, kind, s string) {
		d, err := ParseDocument(kind, s)
		if err != nil {
			return
		}
		if again, err := ParseDocument(d.Kind, d.Number()); err != nil || again != d {
			t.Fatalf("%s %q does not read back: %v", d.Kind, d.Number(), err)
		}
	}, mendIDNumber)
}

func FuzzParseCreditCode(f *testing.F) {
	for _, s := range []string{"91350100M000100Y43", "91350100M000100Y4Z", "", "９１350100M000100Y43"} {
		f.Add(s)
	}
	fuzz.Run(f, func(t *testing.T, s string) {
		c, err := ParseCreditCode(s)
		if err != nil {
			return
		}
		if again, err := ParseCreditCode(c.Code); err != nil || again != c {
			t.Fatalf("%q does not read back: %v", c.Code, err)
		}
	}, mendCreditCode)
}

func FuzzPeople(f *testing.F) {
	for _, s := range []string{"13800138000", "+85366123456", "张三", "测试·样例", "\x00", "110105491231002", "a012"} {
		f.Add(s)
	}
	fuzz.Run(f, func(t *testing.T, s string) {
		if p, err := ParsePhone(s); err == nil {
			if again, err := ParsePhone(p); err != nil || again != p {
				t.Fatalf("phone %q does not read back", p)
			}
		}
		if n, err := ParseName(s); err == nil {
			if again, err := ParseName(n); err != nil || again != n {
				t.Fatalf("name %q does not read back as itself: %q %v", n, again, err)
			}
		}
		if w, err := Widen(s); err == nil && len(w) != 18 {
			t.Fatalf("widened to %q", w)
		}
		if prefix, seq, err := ParseNumber(s); err == nil {
			if p, n, err := ParseNumber(FormatNumber(prefix, seq)); err != nil || p != prefix || n != seq {
				t.Fatalf("number %s %d does not read back", prefix, seq)
			}
		}
		if again := MaskIDNumber(MaskIDNumber(s)); again != MaskIDNumber(s) {
			t.Fatalf("document number masked twice: %q, then %q", MaskIDNumber(s), again)
		}
		for _, masked := range []string{MaskName(s), MaskIDNumber(s), MaskPhone(s)} {
			if utf8.RuneCountInString(s) > 1 && masked == s && !strings.Contains(s, "*") {
				t.Fatalf("masking hides nothing of %q", s)
			}
		}
	}, mendIDNumber)
}
