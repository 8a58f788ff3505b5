package sdtsim

import (
	"encoding/binary"
	"fmt"
	"slices"
	"unicode/utf16"
)

// Layout is the layout of a card's text.
type Layout byte

const (
	ResidentCard Layout = ' '
	Permit       Layout = 'J' // 港澳台居民居住证
	Foreigner17  Layout = 'I'
	Foreigner23  Layout = 'Y'
)

// Card is a card to put on the reader. All persons are made up.
type Card struct {
	Layout      Layout
	Name        string // in Chinese
	Latin       string // I and Y
	Sex         string
	Nation      string
	Nationality string // I and Y
	Birth       string
	Address     string
	Number      string
	Issuer      string
	ValidFrom   string
	ValidUntil  string
	PassNumber  string // J
	IssueCount  string // J; renewal count of Y
	Version     string // I
	Office      string // I
	Link        string // Y
	Photo       []byte // 1024 bytes, zeros when nil
	Finger      []byte // fingerprint templates; nil: the card has none

	// Second is the additional address, "" when there is none.
	Second string
	// Text, when not nil, is the whole text file instead of the fields.
	Text []byte
	// Status, when not 0, is what reading answers instead of 90.
	Status byte
	// SelectStatus, when not 0, is what selecting answers instead of 90.
	SelectStatus byte
	// Spoil is how many readings fail with Status before one succeeds; 0 means
	// all of them.
	Spoil int
}

// Samples are the cards that a bench offers, by name.
func Samples() map[string]Card {
	resident := Card{
		Layout: ResidentCard, Name: "测试甲", Sex: "1", Nation: "01", Birth: "19900307",
		Address: "测试省示例市样例路1号", Number: "110101199003074514", Issuer: "示例市公安局",
		ValidFrom: "20200101", ValidUntil: "长期",
	}
	expired := resident
	expired.Name, expired.Number, expired.Birth = "测试戊", "110101198001010053", "19800101"
	expired.ValidFrom, expired.ValidUntil = "20050101", "20250101"
	unreadable := resident
	unreadable.Status = 0x41
	suspect := resident
	suspect.Status = 0x31
	other := resident
	other.SelectStatus = 0x40
	badNumber := resident
	badNumber.Number = "110101199003074515"
	return map[string]Card{
		"resident": resident,
		"J": {
			Layout: Permit, Name: "測試乙", Sex: "2", Birth: "19850612", Address: "测试省示例市样例路2号",
			Number: "810000198506120024", Issuer: "示例市公安局", ValidFrom: "20220101", ValidUntil: "20270101",
			PassNumber: "H12345678", IssueCount: "01",
		},
		"I": {
			Layout: Foreigner17, Name: "测试丙", Latin: "TEST, SAMPLE PERSON", Sex: "1", Birth: "19800101",
			Number: "USA110080010100", Nationality: "USA", ValidFrom: "20180101", ValidUntil: "20280101",
			Version: "01", Office: "1500",
		},
		"Y": {
			Layout: Foreigner23, Name: "测试丁", Latin: "SAMPLE TEST PERSON", Sex: "1", Birth: "19800101",
			Number: "911156198001010032", Nationality: "840", IssueCount: "00", Link: "000",
			ValidFrom: "20240101", ValidUntil: "20340101",
		},
		"expired":    expired,
		"unreadable": unreadable,
		"suspect":    suspect,
		"other":      other,
		"bad_number": badNumber,
	}
}

// SampleNames gives the names of the samples, in order.
func SampleNames() []string {
	return []string{"resident", "J", "I", "Y", "expired", "unreadable", "suspect", "other", "bad_number"}
}

// Sample finds a sample card.
func Sample(name string) (Card, error) {
	c, ok := Samples()[name]
	if !ok {
		return Card{}, fmt.Errorf("there is no sample card %q; there are %v", name, SampleNames())
	}
	return c, nil
}

// put writes a text into its field of the text file.
type put struct {
	text   string
	offset int
	size   int
}

// fields places the card's texts (protocol sheet §A.6).
func (c Card) fields() ([]put, error) {
	switch c.Layout {
	case ResidentCard, Permit:
		f := []put{
			{c.Name, 0, 30}, {c.Sex, 30, 2}, {c.Nation, 32, 4}, {c.Birth, 36, 16}, {c.Address, 52, 70},
			{c.Number, 122, 36}, {c.Issuer, 158, 30}, {c.ValidFrom, 188, 16}, {c.ValidUntil, 204, 16},
		}
		if c.Layout == Permit {
			f = append(f, put{c.PassNumber, 220, 18}, put{c.IssueCount, 238, 4}, put{"J", 248, 2})
		}
		return f, nil
	case Foreigner17:
		return []put{
			{c.Latin, 0, 120}, {c.Sex, 120, 2}, {c.Number, 122, 30}, {c.Nationality, 152, 6}, {c.Name, 158, 30},
			{c.ValidFrom, 188, 16}, {c.ValidUntil, 204, 16}, {c.Birth, 220, 16}, {c.Version, 236, 4},
			{c.Office, 240, 8}, {"I", 248, 2},
		}, nil
	case Foreigner23:
		first, rest := c.Latin, ""
		if r := []rune(c.Latin); len(r) > 35 {
			first, rest = string(r[:35]), string(r[35:])
		}
		return []put{
			{c.Name, 0, 30}, {c.Sex, 30, 2}, {c.IssueCount, 32, 4}, {c.Birth, 36, 16}, {first, 52, 70},
			{c.Number, 122, 36}, {c.ValidFrom, 188, 16}, {c.ValidUntil, 204, 16}, {rest, 220, 22},
			{c.Nationality, 242, 6}, {"Y", 248, 2}, {c.Link, 250, 6},
		}, nil
	}
	return nil, fmt.Errorf("a card with layout %q cannot be made", string(rune(c.Layout)))
}

// TextFile is the 256 bytes of text on the chip. A text that does not fit its
// field is an error.
func (c Card) TextFile() ([]byte, error) {
	if c.Text != nil {
		return slices.Clone(c.Text), nil
	}
	b := make([]byte, 256)
	for i := 0; i < len(b); i += 2 {
		b[i] = ' '
	}
	fs, err := c.fields()
	if err != nil {
		return nil, err
	}
	for _, f := range fs {
		u := utf16.Encode([]rune(f.text))
		if 2*len(u) > f.size {
			return nil, fmt.Errorf("the text for offset %d has %d characters; there is room for %d", f.offset, len(u), f.size/2)
		}
		for i, v := range u {
			binary.LittleEndian.PutUint16(b[f.offset+2*i:], v)
		}
	}
	return b, nil
}

// content is the data of the answer to «read text and photo».
func (c Card) content() ([]byte, error) {
	text, err := c.TextFile()
	if err != nil {
		return nil, err
	}
	photo := make([]byte, 1024)
	copy(photo, c.Photo)
	return append(append([]byte{1, 0, 4, 0}, text...), photo...), nil
}

// all is the data of the answer to «read text, photo and fingerprints».
func (c Card) all() ([]byte, error) {
	b, err := c.content()
	if err != nil {
		return nil, err
	}
	if len(c.Finger) > 2048 {
		return nil, fmt.Errorf("fingerprints of %d bytes; there is room for 2048", len(c.Finger))
	}
	head := binary.BigEndian.AppendUint16(slices.Clone(b[:4]), uint16(len(c.Finger)))
	return slices.Concat(head, b[4:], c.Finger), nil
}

// second is the data of the answer to «read additional address».
func (c Card) second() ([]byte, error) {
	u := utf16.Encode([]rune(c.Second))
	if len(u) > 35 {
		return nil, fmt.Errorf("an additional address has at most 35 characters, not %d", len(u))
	}
	b := make([]byte, 0, 70)
	for _, v := range u {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	for len(b) < 70 {
		b = append(b, ' ', 0)
	}
	return b, nil
}
