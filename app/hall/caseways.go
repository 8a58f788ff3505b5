package hall

import (
	"fmt"
	"time"
)

// Ways lists how a material of a case may come, in the order in which a clerk
// is offered them: handed in as a file or as the paper, and from departments as
// the pinned version of the item says. Whether one may be chosen now is for the
// rules to say.
func (c *Catalogue) Ways(k Case, key string) []Method {
	ways := []Method{MethodUpload, MethodOriginal}
	m, known := k.Material(key)
	if !known {
		return ways
	}
	it, _ := c.Item(k.Item)
	version, _ := it.Version(k.ItemVersion)
	im, _ := version.Material(m.Code)
	return append(ways, im.Methods...)
}

// HandInBlocked says why a material cannot be handed in now, or an empty Text.
// What has been handed in all the same is never refused: it is put aside.
func (c *Case) HandInBlocked(key string) Text {
	m, known := c.Material(key)
	switch {
	case !known:
		return text("unknown_material")
	case !c.Awaits():
		return text("case_state", "state", string(c.State))
	case m.State == MaterialDone:
		return text("material_done", "material", key)
	case len(m.Attempts) >= maxAttempts:
		return text("attempts_used_up", "material", key)
	}
	return Text{}
}

// SampleNumber is an application number of the right form that no hall gives:
// the rules can be asked with it before a number is spent.
func (c *Catalogue) SampleNumber(k Case) string {
	area, _ := AreaOfDivision(c.Area)
	it, _ := c.Item(k.Item)
	version, _ := it.Version(k.ItemVersion)
	return ApplicationNumber{Area: area, Service: c.Cases.Service, Kind: version.Nature, Serial: maxSerial}.String()
}

// NoticeSeries is the series of the numbers of acceptance notices of a hall
// and year.
func NoticeSeries(hallCode, year string) string { return "notice/" + hallCode + "/" + year }

// numberNotice gives the acceptance its number (受理通知书编号), without gaps per
// hall and year: it is spent with the acceptance, in one decision. An overlay
// gives none, because it only guesses. An acceptance of before a restore keeps
// the number that is on its notice.
func (d *decision) numberNotice(c *Case) error {
	if d.ctx.Overlay() || c.NoticeNo != "" {
		return nil
	}
	year := d.now.Format("2006")
	n, err := d.nextDocument(NoticeSeries(d.cat.Code, year), year)
	if err != nil {
		return err
	}
	c.NoticeNo = fmt.Sprintf("%s-%s-%06d", d.cat.Code, year, n)
	return d.numbered(c.NoticeNo, n)
}

// numbered adds a number to the result; what is numbered first is its own.
func (d *decision) numbered(no string, n int) error {
	d.numbers = append(d.numbers, NoticeResult{NoticeNo: no, Serial: n})
	first := d.numbers[0]
	first.Also = d.numbers[1:]
	return d.result(first)
}

// DocumentKind (文书) of which each has its own series of numbers.
type DocumentKind string

const (
	DocumentSupplement DocumentKind = "supplement" // 补正告知书
	DocumentRefusal    DocumentKind = "refusal"    // 不予受理通知书
	DocumentSpecial    DocumentKind = "special"    // 特别程序所需时间告知书
	DocumentExtension  DocumentKind = "extension"  // 延长期限告知书
	DocumentGrant      DocumentKind = "grant"      // 准予许可决定书
	DocumentDenial     DocumentKind = "denial"     // 不予许可决定书
)

// documentLetters tell the numbers of the kinds apart.
var documentLetters = map[DocumentKind]string{DocumentSupplement: "B", DocumentRefusal: "J",
	DocumentSpecial: "T", DocumentExtension: "Y", DocumentGrant: "Z", DocumentDenial: "F"}

// DocumentRef is a document that was numbered for a case.
type DocumentRef struct {
	Kind DocumentKind `json:"kind"`
	No   string       `json:"no"`
	At   time.Time    `json:"at"`
}

// DocumentSeries is the series of the numbers of a kind of document of a hall
// and year.
func DocumentSeries(kind DocumentKind, hallCode, year string) string {
	return "document/" + string(kind) + "/" + hallCode + "/" + year
}

// document numbers a document of the case, as numberNotice does.
func (d *decision) document(c *Case, kind DocumentKind) error {
	if d.ctx.Overlay() {
		return nil
	}
	year := d.now.Format("2006")
	n, err := d.nextDocument(DocumentSeries(kind, d.cat.Code, year), year)
	if err != nil {
		return err
	}
	no := fmt.Sprintf("%s-%s-%s%06d", d.cat.Code, year, documentLetters[kind], n)
	c.Documents = append(c.Documents, DocumentRef{Kind: kind, No: no, At: d.now})
	return d.numbered(no, n)
}

// nextDocument takes the next number of a series of a year.
func (d *decision) nextDocument(series, year string) (int, error) {
	s, _, err := staged[Series](d, EntitySeries, series)
	if err != nil {
		return 0, err
	}
	d.newTerm(&s, skipNotice, year == d.ctx.Restored[:min(4, len(d.ctx.Restored))])
	n := d.from(&s, 1)
	s.ID = series
	return n, d.put(FeedLease, "notice.numbered", EntitySeries, series, s)
}

// NoticeResult is the verdict's result for an acceptance, and for any other
// document that got its number.
type NoticeResult struct {
	NoticeNo string         `json:"notice_no"`
	Serial   int            `json:"serial"`
	Also     []NoticeResult `json:"also,omitempty"` // further documents of the same act
}
