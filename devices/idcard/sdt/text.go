package sdt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"

	"hallway/devices/idcard"
)

const (
	textLen = 256
	// samLen and addressLen: of the module's identity and of one additional address.
	samLen, addressLen = 16, 70
	photoLen           = 1024
	marker             = 248 // offset of the type mark (§A.6)
)

// Why a card's content is refused. They carry nothing of the card.
var (
	errShape  = errors.New("the card's content has a wrong length")
	errMarker = errors.New("the card's type mark is not known")
	errNumber = errors.New("the card's number has a wrong check character")
	errName   = errors.New("the card holds no name")
)

// parts are the files of a card's chip in one answer.
type parts struct{ text, photo, finger []byte }

// parseRead takes the data of an answer to 30 01 apart: lengths, text, photo.
func parseRead(data []byte) (parts, error) { return cut(data, 2) }

// parseFinger takes the data of an answer to 30 10 apart: lengths, text, photo,
// fingerprints (§A.5).
func parseFinger(data []byte) (parts, error) { return cut(data, 3) }

// cut cuts data into so many files by the lengths in front.
func cut(data []byte, files int) (parts, error) {
	if len(data) < 2*files {
		return parts{}, errShape
	}
	var file [3][]byte
	rest := data[2*files:]
	for i := range files {
		n := int(binary.BigEndian.Uint16(data[2*i:]))
		if n > len(rest) {
			return parts{}, errShape
		}
		file[i], rest = rest[:n], rest[n:]
	}
	if len(file[0]) != textLen || (len(file[1]) != photoLen && len(file[1]) != 0) {
		return parts{}, errShape
	}
	return parts{file[0], file[1], file[2]}, nil
}

// templateLen is the length of one fingerprint template.
const templateLen = 512

// templates copies the fingerprint templates, nil where there are none. What is
// left over is the last: nobody here reads them.
func templates(finger []byte) [][]byte {
	var all [][]byte
	for t := range slices.Chunk(finger, templateLen) {
		all = append(all, bytes.Clone(t))
	}
	return all
}

// ParseText reads the 256 bytes of text of a card's chip in any of the four
// layouts, chosen by the type mark at offset 248, and for cards without one by
// the number: 810000, 820000 and 830000 are residence permits of people from
// Hong Kong, Macao and Taiwan (GA 490-2013, GB 11643; protocol sheet §A.6).
// A number with a wrong check character is an error.
func ParseText(b []byte) (*idcard.Card, error) {
	if len(b) != textLen {
		return nil, errShape
	}
	t := chip(b)
	var c *idcard.Card
	switch binary.LittleEndian.Uint16(b[marker:]) {
	case ' ':
		c = t.resident()
	case 'J':
		c = t.permit()
	case 'I':
		c = t.foreigner17()
	case 'Y':
		c = t.foreigner23()
	default:
		return nil, errMarker
	}
	if c.Name == "" && c.NameLatin == "" {
		return nil, errName
	}
	if c.Name == "" {
		c.Name = c.NameLatin
	}
	if err := checkNumber(c); err != nil {
		return nil, err
	}
	return c, nil
}

// checkNumber decides what the number itself says.
func checkNumber(c *idcard.Card) error {
	if c.Kind == idcard.Foreigner17 {
		if !shape(c.Number, "AAA000000000000") {
			return errNumber
		}
		return nil
	}
	c.NumberOK = CheckNumber(c.Number)
	if !c.NumberOK {
		return errNumber
	}
	permit := false
	switch c.Number[:6] {
	case "810000", "820000", "830000":
		permit = true
	}
	foreign := c.Number[0] == '9'
	switch {
	case c.Kind == idcard.Resident && permit:
		c.Kind = idcard.HMTResidence
	case c.Kind == idcard.Resident && foreign, c.Kind == idcard.HMTResidence && !permit,
		c.Kind == idcard.Foreigner23 && !foreign:
		return errMarker
	}
	return nil
}

// chip is the text of a card.
type chip []byte

// field gives a text field without its padding.
func (t chip) field(offset, n int) string { return text(t[offset : offset+n]) }

// text decodes UTF-16LE and cuts the padding off.
func text(b []byte) string {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return strings.Trim(string(utf16.Decode(u)), " \x00\u3000")
}

// raw gives the bytes of a text field without padding, as the chip has them.
func (t chip) raw(offset, n int) []byte {
	b := t[offset : offset+n]
	for len(b) >= 2 && (bytes.HasSuffix(b, []byte{0x20, 0}) || bytes.HasSuffix(b, []byte{0, 0})) {
		b = b[:len(b)-2]
	}
	return bytes.Clone(b)
}

func (t chip) resident() *idcard.Card {
	return &idcard.Card{
		Kind: idcard.Resident, NameAsRead: t.raw(0, 30), Name: t.field(0, 30),
		Sex: t.field(30, 2), Nation: t.field(32, 4), Birth: t.field(36, 16), Address: t.field(52, 70),
		Number: t.field(122, 36), Issuer: t.field(158, 30),
		ValidFrom: t.field(188, 16), ValidUntil: t.field(204, 16),
	}
}

func (t chip) permit() *idcard.Card {
	c := t.resident()
	c.Kind, c.Nation = idcard.HMTResidence, ""
	c.PassNumber, c.IssueCount = t.field(220, 18), t.field(238, 4)
	return c
}

func (t chip) foreigner17() *idcard.Card {
	return &idcard.Card{
		Kind: idcard.Foreigner17, NameAsRead: t.raw(158, 30), Name: t.field(158, 30), NameLatin: t.field(0, 120),
		Sex: t.field(120, 2), Number: t.field(122, 30), Nationality: t.field(152, 6),
		ValidFrom: t.field(188, 16), ValidUntil: t.field(204, 16), Birth: t.field(220, 16),
		Version: t.field(236, 4), Issuer: t.field(240, 8),
	}
}

func (t chip) foreigner23() *idcard.Card {
	latin := append(append([]byte(nil), t[52:122]...), t[220:242]...)
	return &idcard.Card{
		Kind: idcard.Foreigner23, NameAsRead: t.raw(0, 30), Name: t.field(0, 30), NameLatin: text(latin),
		Sex: t.field(30, 2), IssueCount: t.field(32, 4), Birth: t.field(36, 16),
		Number: t.field(122, 36), ValidFrom: t.field(188, 16), ValidUntil: t.field(204, 16),
		Nationality: t.field(242, 6), Earlier: t.field(250, 6),
	}
}

// parseAddress reads the additional addresses (30 03): up to four of 35
// characters. The last is where the person lives now.
func parseAddress(data []byte) (string, error) {
	if len(data) < addressLen || len(data) > 4*addressLen || len(data)%addressLen != 0 {
		return "", errShape
	}
	last := ""
	for ; len(data) > 0; data = data[addressLen:] {
		if s := text(data[:addressLen]); s != "" {
			last = s
		}
	}
	return last, nil
}

// CheckCharacter is the 18th character to seventeen digits: ISO 7064 MOD 11-2
// (GB 11643-1999). It is 0 when they are no digits.
func CheckCharacter(first17 string) byte {
	if len(first17) != 17 {
		return 0
	}
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		d := first17[i]
		if d < '0' || d > '9' {
			return 0
		}
		sum += w * int(d-'0')
	}
	return "10X98765432"[sum%11]
}

// CheckNumber says whether an 18-character number has its right check
// character.
func CheckNumber(s string) bool {
	return len(s) == 18 && CheckCharacter(s[:17]) == s[17] && s[17] != 0
}

// shape compares a text with a pattern of A (letter) and 0 (digit).
func shape(s, pattern string) bool {
	if len(s) != len(pattern) {
		return false
	}
	for i := range len(s) {
		letter, digit := s[i] >= 'A' && s[i] <= 'Z', s[i] >= '0' && s[i] <= '9'
		if (pattern[i] == 'A' && !letter) || (pattern[i] == '0' && !digit) {
			return false
		}
	}
	return true
}

// samID prints the identity of the secure module (12 FF, §A.5).
func samID(d []byte) string {
	if len(d) != samLen {
		return ""
	}
	return formatSAM(binary.LittleEndian.Uint16(d), binary.LittleEndian.Uint16(d[2:]),
		binary.LittleEndian.Uint32(d[4:]), binary.LittleEndian.Uint32(d[8:]), binary.LittleEndian.Uint32(d[12:]))
}

func formatSAM(kind, version uint16, date, a, b uint32) string {
	return fmt.Sprintf("%02d.%02d-%d-%010d-%010d", kind, version, date, a, b)
}
