package records

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"hallway/app/hall"
	"hallway/frontend"
)

// Source is what the records of a case are made of. What is sealed was opened by
// the centre for this and is kept nowhere.
type Source struct {
	Catalogue *hall.Catalogue
	Case      hall.Case
	Applicant hall.PersonSealed
	Queue     string // number of the ticket (排队号)
	Password  string // query password (查询密码)

	// Of the operation that wrote the record.
	Words       hall.WordsSealed
	Certificate hall.CertificateSealed
	Collector   hall.PersonSealed
}

// maker collects the fields of a record.
type maker struct {
	Source
	rec     hall.CaseRecord
	item    hall.Item
	version hall.ItemVersion
	out     Record
}

// Build makes the record at a place of a case, in a data version: every field that
// standards §5.4 lists, with GB/T 39046-2020's codes. It says nothing that changes
// after the record was written, so that it may be made again.
func Build(s Source, index, version int) Record {
	rec := s.Case.Records[index]
	m := maker{Source: s, rec: rec, out: Record{ID: IdentityOf(s.Case, index), Version: version, No: rec.No, Name: Name(rec.No)}}
	m.item, _ = s.Catalogue.Item(s.Case.Item)
	m.version, _ = m.item.Version(s.Case.ItemVersion)
	m.put("SBLSH", s.Case.Number, "SXBM", m.version.Code, "SXMC", han(m.item.Name))
	makers[rec.No](&m)
	m.put("XZQHDM", s.Case.Area, "SJBBH", strconv.Itoa(version), "PDH", s.Queue, "BZ", m.remark())
	return m.out
}

var makers = [...]func(*maker){(*maker).application, (*maker).preReview, (*maker).acceptance, (*maker).approval, (*maker).completion,
	(*maker).specialBegun, (*maker).specialEnded, (*maker).supplementNotice, (*maker).supplementReceived, (*maker).collection}

// put adds fields: code and value in turn.
func (m *maker) put(kv ...string) {
	for i := 0; i+1 < len(kv); i += 2 {
		m.out.Fields = append(m.out.Fields, Field{kv[i], kv[i+1]})
	}
}

// stamp is a time as GB/T 39046-2020 writes it.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(hall.Zone).Format("20060102T150405")
}

func han(n hall.Names) string { return n[frontend.Fallback] }

// label is what a code is called in the catalogue, "" when it has no name.
func label(family, code string) string {
	if key := family + "." + code; code != "" && frontend.Has(frontend.Fallback, key) {
		return frontend.Format(frontend.Fallback, key, nil)
	}
	return ""
}

// joined are words with nothing left out between them.
func joined(all ...string) string {
	return strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), "；")
}

// department is who handles the item: name, and the credit code that its
// implementation code begins with (standards §5.1).
func (m *maker) department() {
	code := ""
	if len(m.version.Code) == 31 {
		code = m.version.Code[:18]
	}
	m.put("BMMC", han(m.version.Authority), "BMBM", code)
}

// person is a member of staff by name and number; what the centre does by itself
// has a number only.
func (m *maker) person(name, number, id string) {
	s, known := m.Catalogue.StaffByID(id)
	if !known && id == hall.BySystem {
		s.Name = label("manager.export", "system")
	}
	m.put(name, s.Name, number, id)
}

// applicant is whose case it is, a natural person (A.4: 1).
func (m *maker) applicant() {
	m.put("SQRLX", "1", "SQRMC", m.Applicant.Name, "SQRZJLX", m.Applicant.DocKind, "SQRZJHM", m.Applicant.DocNo)
}

// way is how it was applied for, GB/T 39046-2020 A.5: 1 窗口, 9 其他.
func (m *maker) way() string {
	if m.Case.Origin == hall.OriginCounter {
		return "1"
	}
	return "9"
}

// place is where it was done.
func (m *maker) place() string { return han(m.Catalogue.Name) }

func (m *maker) remark() string {
	if m.rec.No == hall.RecordAcceptance && m.Case.Deemed {
		return label("manager.export", "deemed")
	}
	return ""
}

// materials lists what the item asks for, or what was told to be missing.
func (m *maker) materials(told bool) {
	for _, one := range m.Case.Materials {
		def, _ := m.Catalogue.MaterialDef(one.Code)
		im, _ := m.version.Material(one.Code)
		line := Material{Code: one.Key, Name: han(def.Name), Originals: im.Originals, Copies: im.Copies}
		if told {
			at := -1
			if m.Case.Supplement != nil {
				at = slices.IndexFunc(m.Case.Supplement.Items, func(it hall.SupplementItem) bool { return it.Material == one.Key })
			}
			if at < 0 {
				continue
			}
			line.Remark = joined(label("supplement.fault", m.Case.Supplement.Items[at].Fault), m.Words.Items[one.Key])
		}
		m.out.Materials = append(m.out.Materials, line)
	}
}

// application is 申办.
func (m *maker) application() {
	m.put("FSXBM", "", "FSXMC", "")
	m.applicant()
	m.put("LXRXM", m.Applicant.Name, "LXRZJLX", m.Applicant.DocKind, "LXRZJHM", m.Applicant.DocNo, "LXRSJ", m.Applicant.Phone, "LXRYX", "",
		"SBXMMC", "", "TJFS", m.way(), "SBHZH", m.Case.Number, "SBSJ", stamp(m.Case.AppliedAt), "SBJTWD", m.place(), "YSBLSH", m.Case.TempNumber,
		"LXDH", m.Applicant.Phone, "XMHGCBH", "", "LXWH", "")
	m.materials(false)
}

// preReview is 网上预受理: 1 审核通过, 2 不受理, 3 补交补正材料.
func (m *maker) preReview() {
	reason, missing := "", ""
	switch m.rec.Status {
	case hall.PreReviewRefused:
		reason = joined(label("refuse", m.Case.Reason), m.Words.Words)
	case hall.PreReviewReturned:
		missing = joined(m.Words.Words)
		m.materials(true)
	}
	m.put("YWLSH", m.Case.Number)
	m.department()
	m.person("BLRXM", "BLRGH", m.rec.Staff)
	m.put("YSLZTDM", m.rec.Status, "BSLYY", reason, "BJBZSM", missing, "YSLSJ", stamp(m.rec.At), "YSLDD", m.place())
}

// acceptance is 受理: 1 受理, 2 不受理.
func (m *maker) acceptance() {
	at, receipt, reason, password := m.Case.AcceptedAt, m.Case.NoticeNo, "", m.Password
	if m.rec.Status == hall.AcceptanceRefused {
		at, receipt, password, reason = m.rec.At, "", "", joined(label("refuse", m.Case.Reason), m.Words.Words)
		for _, d := range m.Case.Documents {
			if d.Kind == hall.DocumentRefusal {
				receipt = d.No
			}
		}
	}
	m.put("YWLSH", m.Case.Number)
	m.department()
	m.person("BLRXM", "BLRGH", m.rec.Staff)
	m.put("SLZTDM", m.rec.Status, "BSLYY", reason, "SLHZH", receipt, "SLSJ", stamp(at), "SJXZQHDM", m.Case.Area, "CXMM", password,
		"GDBLSX", strconv.Itoa(m.version.Decision()), "GDBLSXDW", label("office.unit", hall.UnitWorkingDay), "GDSF", "0.00")
	m.applicant()
	m.put("LXDH", m.version.Phone, "LXYX", "", "SLDD", m.place(), "TJFS", m.way())
	m.materials(false)
}

// approval is 审批(处理): 1 承办, 2 审核, 3 批准.
func (m *maker) approval() {
	step, status := strconv.Itoa(m.rec.Step), "9"
	switch m.rec.Status {
	case hall.StepPassed, hall.DecisionGranted:
		status = "1"
	case hall.StepReturned, hall.StepSentBack, hall.DecisionDenied:
		status = "2"
	}
	m.put("SPBZH", strconv.Itoa(m.rec.Serial), "SPHJDM", step, "SPHJMC", label("office.step", step))
	m.department()
	m.person("SPRXM", "SPRGH", m.rec.Staff)
	m.put("SPRZW", label("manager.export.duty", step), "SPYJ", m.Words.Words, "SPSJ", stamp(m.rec.At), "SPZTDM", status, "SPZTMC", label("office.did", m.rec.Status))
}

// completion is 办结, with the certificate when there is one.
func (m *maker) completion() {
	reason := ""
	switch m.rec.Status {
	case hall.ResultVoided: // by request, or because the applicant withdrew
		code := cmp.Or(m.rec.Note, m.Case.Reason)
		reason = cmp.Or(label("office.void", code), label("cancel", code), code)
	case hall.ResultReturned:
		if m.Case.Decision != nil {
			reason = label("office.deny", m.Case.Decision.Reason)
		}
	}
	m.department()
	m.person("BJRXM", "BJRGH", m.rec.Staff)
	m.put("BJJGDM", m.rec.Status, "BJJGMS", label("office.result", m.rec.Status), "ZFHTHYY", reason, "ZJMC", m.Certificate.Name, "ZJBH", m.Certificate.No,
		"ZJYXQ", strings.ReplaceAll(m.Certificate.Until, "-", ""), "FZDW", m.Certificate.Issuer, "SFJE", "0.00", "JEDWDM", "CNY", "BJSJ", stamp(m.rec.At))
}

// special is the special procedure that a record is of.
func (m *maker) special() hall.Special {
	for _, s := range m.Case.Specials {
		if s.Serial == m.rec.Serial {
			return s
		}
	}
	return hall.Special{}
}

// specialBegun is 特别程序申请: A 延长审批, B any other.
func (m *maker) specialBegun() {
	s := m.special()
	kind := "B"
	title := label("office.special", s.Name)
	if s.Kind == hall.SpecialExtension {
		kind, title = "A", label("office.act", "extend")
	}
	for _, own := range m.version.Specials {
		if own.Code == s.Name {
			title = han(own.Name)
		}
	}
	m.put("XH", strconv.Itoa(s.Serial), "TBCXZL", kind, "TBCXMC", title, "KSSJ", stamp(m.rec.At))
	m.person("PZRXM", "PZRGH", s.Approver)
	m.put("PZRSJ", "", "PZRDH", "", "QDLY", label("office.why", s.Reason), "NR", m.Words.Words, "SX", strconv.Itoa(s.Expect.N), "SXDW", label("office.unit", s.Expect.Unit))
}

// specialEnded is 特别程序结果.
func (m *maker) specialEnded() {
	s := m.special()
	result := label("office.ended", s.Result)
	if s.Kind == hall.SpecialExtension {
		result = label("manager.export", "extended")
	}
	m.put("XH", strconv.Itoa(s.Serial), "TBCXJG", result, "JGMS", m.Words.Words, "JGRQ", stamp(m.rec.At), "JSRQ", stamp(s.EndedAt), "SF", "0.00")
}

// supplementNotice is 补交告知.
func (m *maker) supplementNotice() {
	m.department()
	m.person("FSRXM", "FSRGH", m.rec.Staff)
	m.put("BZYY", m.Words.Words, "GZSJ", stamp(m.rec.At))
	m.materials(true)
}

// supplementReceived is 补交受理.
func (m *maker) supplementReceived() {
	m.department()
	m.person("BLRXM", "BLRGH", m.rec.Staff)
	m.put("BZSJ", stamp(m.rec.At), "BZDD", m.place())
	m.materials(true)
}

// collection is 领取登记: 1 窗口, 2 邮寄, 3 电子证照.
func (m *maker) collection() {
	way := map[string]string{hall.CollectCounter: "1", hall.CollectMail: "2", hall.CollectLicence: "3"}[m.rec.Status]
	m.put("LQRXM", m.Collector.Name, "LQRZJLX", m.Collector.DocKind, "LQRZJHM", m.Collector.DocNo, "LQFS", way, "LQSJ", stamp(m.rec.At))
}
