package hall

import (
	"strconv"
	"strings"
	"time"
)

// Kinds of identity documents, GA/T 2000.156 where a code is known to us. The
// list is data that is easy to change: the standard was not at hand, its codes
// come from implementations. A code with L is local.
const (
	DocResident     = "111" // 居民身份证
	DocPassport     = "414" // 普通护照
	DocTaiwanPass   = "511" // 台湾居民来往大陆通行证
	DocHMPass       = "516" // 港澳居民来往内地通行证
	DocForeigner17  = "553" // 外国人永久居留身份证 until 2023, 15 characters
	DocForeigner23  = "554" // 外国人永久居留身份证 from 2023, 18 digits that begin with 9
	DocHMTResidence = "L01" // 港澳台居民居住证, number built like a citizen's
	DocHKID         = "L02" // 香港身份证
	DocMacauBIR     = "L03" // 澳門居民身份證
)

// DocKinds lists the document kinds that ParseDocument reads.
func DocKinds() []string {
	return []string{DocResident, DocHMTResidence, DocForeigner23, DocForeigner17,
		DocHMPass, DocTaiwanPass, DocPassport, DocHKID, DocMacauBIR}
}

// Document is an identity document by kind and number. Its number is a secret
// of the person and hides itself from logs.
type Document struct {
	Kind   string
	number Secret
}

// Number is the number in its one spelling.
func (d Document) Number() string { return d.number.Reveal() }

// ParseDocument reads a document's number in its one spelling, so that what is
// typed at home and what a card says give the same look-up. The three kinds
// with a citizen-style number are told apart by the number itself, whatever
// kind was chosen.
//
// Codes of its errors: those of ParseIDNumber, doc_kind, doc_form, doc_check.
func ParseDocument(kind, number string) (Document, error) {
	switch kind {
	case DocResident, DocHMTResidence, DocForeigner23:
		n, err := ParseIDNumber(number)
		if err != nil {
			return Document{}, err
		}
		return Document{n.Kind, n.number}, nil
	}
	parse, ok := map[string]func(string) (string, error){
		DocForeigner17: parseForeigner17,
		DocHMPass:      ParseHMPass,
		DocTaiwanPass:  ParseTaiwanPass,
		DocPassport:    parsePassport,
		DocHKID:        ParseHKID,
		DocMacauBIR:    ParseMacauBIR,
	}[kind]
	if !ok {
		return Document{}, &InputError{Code: "doc_kind"}
	}
	n, err := parse(number)
	return Document{kind, Secret(n)}, err
}

var unspaced = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "")

// tidy is a typed number in capitals without spaces, hyphens and brackets.
func tidy(s string) string {
	return unspaced.Replace(strings.ToUpper(narrow(strings.TrimSpace(s))))
}

// shape matches a pattern of A (letter), 9 (digit) and * (either).
func shape(s, pattern string) bool {
	if len(s) != len(pattern) {
		return false
	}
	for i := range len(s) {
		letter := s[i] >= 'A' && s[i] <= 'Z'
		digit := s[i] >= '0' && s[i] <= '9'
		if pattern[i] == 'A' && !letter || pattern[i] == '9' && !digit || pattern[i] == '*' && !letter && !digit {
			return false
		}
	}
	return true
}

var errDocForm = &InputError{Code: "doc_form"}

// ParseHKID reads a Hong Kong identity card number (香港身份證), A123456(3), and
// checks it: weights 9…2 with a missing first letter as 36.
func ParseHKID(s string) (string, error) {
	s = tidy(s)
	if !shape(s, "A999999*") && !shape(s, "AA999999*") {
		return "", errDocForm
	}
	sum, body := 0, s[:len(s)-1]
	if len(body) == 7 {
		sum = 36 * 9
	}
	for i := range len(body) {
		sum += strings.IndexByte(alnum, body[i]) * (len(body) + 1 - i)
	}
	check := "0123456789A"[(11-sum%11)%11]
	if s[len(s)-1] != check {
		return "", &InputError{Code: "doc_check"}
	}
	return body + "(" + string(check) + ")", nil
}

// ParseMacauBIR reads a Macau resident's number (澳門居民身份證), 1234567(8). How
// its check digit is made is not public: only the form is checked, and any
// first digit is taken.
func ParseMacauBIR(s string) (string, error) {
	s = tidy(s)
	if !shape(s, "99999999") {
		return "", errDocForm
	}
	return s[:7] + "(" + s[7:] + ")", nil
}

// ParseHMPass reads a mainland travel permit of Hong Kong and Macau people
// (港澳居民来往内地通行证): H or M and eight digits that stay for life. The two
// digits of renewals on old ones are dropped: they are not the person.
func ParseHMPass(s string) (string, error) {
	s = tidy(s)
	if len(s) == 11 && onlyDigits(s[9:]) {
		s = s[:9]
	}
	if !shape(s, "A99999999") || s[0] != 'H' && s[0] != 'M' {
		return "", errDocForm
	}
	return s, nil
}

// ParseTaiwanPass reads a mainland travel permit of Taiwan people
// (台湾居民来往大陆通行证): eight digits, or the older ten and more.
func ParseTaiwanPass(s string) (string, error) {
	s = tidy(s)
	if shape(s, "99999999") || len(s) >= 10 && len(s) <= 12 && onlyDigits(s[:10]) && shape(s[10:], "**"[:len(s)-10]) {
		return s, nil
	}
	return "", errDocForm
}

func parseForeigner17(s string) (string, error) {
	if s = tidy(s); !shape(s, "AAA999999999999") {
		return "", errDocForm
	}
	return s, nil
}

func parsePassport(s string) (string, error) {
	s = tidy(s)
	if len(s) < 5 || len(s) > 9 || !shape(s, strings.Repeat("*", len(s))) || strings.Trim(s, alnum[10:]) == "" {
		return "", errDocForm
	}
	return s, nil
}

// MRZCheck is the check digit of a machine-readable field (ICAO 9303): weights
// 7 3 1, letters A=10…Z=35, filler < = 0.
func MRZCheck(field string) (check byte, ok bool) {
	sum := 0
	for i := range len(field) {
		v := strings.IndexByte(alnum, field[i])
		if field[i] == '<' {
			v = 0
		}
		if v < 0 {
			return 0, false
		}
		sum += v * [3]int{7, 3, 1}[i%3]
	}
	return strconv.Itoa(sum % 10)[0], true
}

// Kinds of cards by their layout on the chip.
const (
	CardResident     = "resident"
	CardHMTResidence = "hmt_residence"
	CardForeigner17  = "foreigner_2017"
	CardForeigner23  = "foreigner_2023"
)

// CardFacts is what deciding on a card needs of it.
type CardFacts struct {
	Kind       string // by the type marker
	Number     string
	NumberOK   bool
	ValidFrom  string // YYYYMMDD
	ValidUntil string // YYYYMMDD or 长期
}

// Why a card cannot be used: codes of "notice.<code>".
const (
	CardOtherKind = "card_other_kind"
	CardBadNumber = "card_bad_number"
	CardExpired   = "card_expired"       // until
	CardTooEarly  = "card_not_valid_yet" // from
	CardBadDates  = "card_unreadable"
)

// CardUsable decides whether a card identifies a person today
// (居民身份证法: an expired card does not). Not usable comes with the reason; the
// person is still served, by taking a number or by a clerk.
func CardUsable(c CardFacts, now time.Time) (Text, bool) {
	kind, ok := docKindOfCard[c.Kind]
	if !ok {
		return text(CardOtherKind), false
	}
	if _, err := ParseDocument(kind, c.Number); err != nil || !c.NumberOK && kind != DocForeigner17 {
		return text(CardBadNumber), false
	}
	today := now.In(Zone).Format("20060102")
	if !isCompactDay(c.ValidFrom) || c.ValidUntil != "长期" && !isCompactDay(c.ValidUntil) {
		return text(CardBadDates), false
	}
	switch {
	case c.ValidUntil != "长期" && c.ValidUntil < today:
		return text(CardExpired, "until", spread(c.ValidUntil)), false
	case c.ValidFrom > today:
		return text(CardTooEarly, "from", spread(c.ValidFrom)), false
	}
	return Text{}, true
}

// CardDocument is the document that a card is, for the look-up.
func CardDocument(cardKind, number string) (Document, error) {
	kind, ok := docKindOfCard[cardKind]
	if !ok {
		return Document{}, &InputError{Code: "doc_kind"}
	}
	return ParseDocument(kind, number)
}

var docKindOfCard = map[string]string{
	CardResident:     DocResident,
	CardHMTResidence: DocHMTResidence,
	CardForeigner17:  DocForeigner17,
	CardForeigner23:  DocForeigner23,
}

func isCompactDay(s string) bool {
	_, err := time.Parse("20060102", s)
	return err == nil
}

// spread is a compact date with hyphens.
func spread(s string) string { return s[:4] + "-" + s[4:6] + "-" + s[6:] }
