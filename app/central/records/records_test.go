package records

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
)

// everything is a case with one record of each kind, and what was sealed of it.
func everything() Source {
	n := func(s string) hall.Names { return hall.Names{"zh-Hans": s} }
	at := time.Date(2026, 3, 2, 1, 5, 0, 0, time.UTC)
	cat := &hall.Catalogue{Code: "37010001", Name: n("示例大厅"), Materials: []hall.MaterialDef{{Code: "M01", Name: n("申请表")}, {Code: "M02", Name: n("章程")}},
		Staff: []hall.Staff{{ID: "1001", Name: "示例经办员"}, {ID: "4003", Name: "示例批准人"}},
		Items: []hall.Item{{ID: "shop", Name: n("开办商店"), Versions: []hall.ItemVersion{{Version: 1, Code: "12441500196720244T3442199806003", Nature: "01",
			Authority: n("示例局"), Phone: "0000-12345", Materials: []hall.ItemMaterial{{Code: "M01", Originals: 1}, {Code: "M02", Copies: 2}}}}}}}
	c := hall.Case{ID: "C1", Number: "000101000001", TempNumber: "T1", Area: "370100", Item: "shop", ItemVersion: 1, Origin: hall.OriginCounter,
		Materials: []hall.Material{{Key: "M01", Code: "M01"}, {Key: "M02", Code: "M02"}}, AppliedAt: at, AcceptedAt: at.Add(time.Hour),
		NoticeNo: "37010001-2026-000001", Reason: "conditions_not_met", Supplement: &hall.Supplement{Items: []hall.SupplementItem{{Material: "M02", Fault: "unsealed"}}},
		Specials: []hall.Special{{Serial: 1, Kind: hall.SpecialOther, Name: hall.SpecialHearing, At: at, Approver: "4003", Reason: "law_requires",
			Expect: hall.Limit{N: 20, Unit: hall.UnitWorkingDay}, Result: "passed", EndedAt: at}}}
	for no := range len(makers) {
		rec := hall.CaseRecord{No: no, At: at, Staff: "1001", Status: "1", Serial: 1}
		switch no {
		case hall.RecordApproval:
			rec.Step, rec.Status = hall.StepApprove, hall.DecisionGranted
		case hall.RecordCompletion:
			rec.Status = hall.ResultCertificate
		case hall.RecordPreReview:
			rec.Status = hall.PreReviewReturned
		case hall.RecordCollection:
			rec.Status = hall.CollectCounter
		}
		c.Records = append(c.Records, rec)
	}
	return Source{Catalogue: cat, Case: c, Queue: "A001", Password: "824913",
		Applicant:   hall.PersonSealed{Name: "测试甲", DocKind: "111", DocNo: "999999199001010014", Phone: "13800005678"},
		Words:       hall.WordsSealed{Words: "示例意见", Items: map[string]string{"M02": "第二页也要盖章"}},
		Certificate: hall.CertificateSealed{Name: "示例许可证", No: "JY-1", Until: "2031-12-10", Issuer: "示例局"},
		Collector:   hall.PersonSealed{Name: "测试乙", DocKind: "414", DocNo: "E12345678"}}
}

// Each of the ten records has the fields that standards §5.4 lists.
func TestEveryRecordHasItsFields(t *testing.T) {
	s := everything()
	common := map[string]string{"SBLSH": "000101000001", "SXBM": "12441500196720244T3442199806003", "SXMC": "开办商店", "XZQHDM": "370100", "SJBBH": "2", "PDH": "A001", "BZ": ""}
	for no, want := range []map[string]string{
		{"FSXBM": "", "FSXMC": "", "SQRLX": "1", "SQRMC": "测试甲", "SQRZJLX": "111", "SQRZJHM": "999999199001010014", "LXRXM": "测试甲", "LXRZJLX": "111",
			"LXRZJHM": "999999199001010014", "LXRSJ": "13800005678", "LXRYX": "", "SBXMMC": "", "TJFS": "1", "SBHZH": "000101000001", "SBSJ": "20260302T090500",
			"SBJTWD": "示例大厅", "YSBLSH": "T1", "LXDH": "13800005678", "XMHGCBH": "", "LXWH": ""},
		{"YWLSH": "000101000001", "BMMC": "示例局", "BMBM": "12441500196720244T", "BLRXM": "示例经办员", "BLRGH": "1001", "YSLZTDM": "3", "BSLYY": "",
			"BJBZSM": "示例意见", "YSLSJ": "20260302T090500", "YSLDD": "示例大厅"},
		{"SLZTDM": "1", "BSLYY": "", "SLHZH": "37010001-2026-000001", "SLSJ": "20260302T100500", "SJXZQHDM": "370100", "CXMM": "824913", "GDBLSX": "20",
			"GDBLSXDW": "工作日", "GDSF": "0.00", "SQRMC": "测试甲", "LXDH": "0000-12345", "LXYX": "", "SLDD": "示例大厅", "TJFS": "1"},
		{"SPBZH": "1", "SPHJDM": "3", "SPHJMC": "批准", "SPRXM": "示例经办员", "SPRGH": "1001", "SPRZW": "批准人", "SPYJ": "示例意见", "SPSJ": "20260302T090500",
			"SPZTDM": "1", "SPZTMC": "准予"},
		{"BJJGDM": "0", "BJJGMS": "出证办结", "ZFHTHYY": "", "ZJMC": "示例许可证", "ZJBH": "JY-1", "ZJYXQ": "20311210", "FZDW": "示例局", "SFJE": "0.00",
			"JEDWDM": "CNY", "BJSJ": "20260302T090500"},
		{"XH": "1", "TBCXZL": "B", "TBCXMC": "听证", "KSSJ": "20260302T090500", "PZRXM": "示例批准人", "PZRSJ": "", "PZRDH": "", "QDLY": "法律规定要做",
			"NR": "示例意见", "SX": "20", "SXDW": "工作日"},
		{"XH": "1", "TBCXJG": "通过", "JGRQ": "20260302T090500", "JSRQ": "20260302T090500", "SF": "0.00"},
		{"FSRXM": "示例经办员", "BZYY": "示例意见", "GZSJ": "20260302T090500"},
		{"BLRXM": "示例经办员", "BLRGH": "1001", "BZSJ": "20260302T090500", "BZDD": "示例大厅"},
		{"LQRXM": "测试乙", "LQRZJLX": "414", "LQRZJHM": "E12345678", "LQFS": "1", "LQSJ": "20260302T090500"},
	} {
		r := Build(s, no, 2)
		if r.No != no || r.Name == "" || r.Name != Name(no) || r.Version != 2 || r.ID != "C1/"+string(rune('0'+no))+"/1" {
			t.Errorf("%+v", r)
		}
		for _, fields := range []map[string]string{common, want} {
			for code, value := range fields {
				at := slices.IndexFunc(r.Fields, func(f Field) bool { return f.Code == code })
				if at < 0 || r.Fields[at].Value != value {
					t.Errorf("%s: %s is %q (%d), want %q", r.Name, code, r.Fields.Get(code), at, value)
				}
			}
		}
		seen := map[string]bool{}
		for _, f := range r.Fields {
			if seen[f.Code] {
				t.Errorf("%s has %s twice", r.Name, f.Code)
			}
			seen[f.Code] = true
		}
	}
	if list := Build(s, hall.RecordSupplementNotice, 1).Materials; len(list) != 1 || list[0].Code != "M02" || list[0].Remark != "没有签字或盖章；第二页也要盖章" {
		t.Errorf("what is missing: %+v", list)
	}
	if list := Build(s, hall.RecordApplication, 1).Materials; len(list) != 2 || list[1].Copies != 2 || list[0].Originals != 1 || list[0].Remark != "" {
		t.Errorf("materials: %+v", list)
	}
}

// A refusal says why and has no password; an extension is of kind A; what the centre
// did by itself has nobody's name.
func TestRecordsOfOtherOutcomes(t *testing.T) {
	s := everything()
	s.Case.Records[2].Status, s.Case.Documents = hall.AcceptanceRefused, []hall.DocumentRef{{Kind: hall.DocumentRefusal, No: "37010001-2026-J000001"}}
	s.Case.Specials[0].Kind, s.Case.Specials[0].Name, s.Case.Records[4].Note = hall.SpecialExtension, "", "duplicate"
	s.Case.Records[4].Status, s.Case.Records[4].Staff = hall.ResultVoided, hall.BySystem
	refused, extended, voided := Build(s, 2, 1).Fields, Build(s, 5, 1).Fields, Build(s, 4, 1).Fields
	if refused.Get("SLZTDM") != "2" || refused.Get("CXMM") != "" || refused.Get("SLHZH") != "37010001-2026-J000001" || !strings.HasSuffix(refused.Get("BSLYY"), "；示例意见") {
		t.Errorf("%+v", refused)
	}
	if extended.Get("TBCXZL") != "A" || extended.Get("TBCXMC") != "延长审批" || Build(s, 6, 1).Fields.Get("TBCXJG") != "准予延长" {
		t.Errorf("%+v", extended)
	}
	if voided.Get("BJJGDM") != "2" || voided.Get("ZFHTHYY") != "重复办件" || voided.Get("BJRXM") != "系统" {
		t.Errorf("%+v", voided)
	}
}

// An identity is of a record, not of its place; a completion is one, however often.
func TestIdentityAndDigest(t *testing.T) {
	s := everything()
	s.Case.Records = append(s.Case.Records, hall.CaseRecord{No: hall.RecordApproval}, hall.CaseRecord{No: hall.RecordCompletion, Version: 2})
	for place, want := range map[int]string{0: "C1/0/1", 3: "C1/3/1", 4: "C1/4/1", 10: "C1/3/2", 11: "C1/4/1"} {
		if got := IdentityOf(s.Case, place); got != want {
			t.Errorf("%d: %s, want %s", place, got, want)
		}
	}
	digest := func(version int) string {
		d, err := Build(s, 3, version).Digest()
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	first := digest(1)
	if digest(2) != first {
		t.Error("a version alone is another digest")
	}
	if s.Words.Words = "另一意见"; digest(1) == first {
		t.Error("another opinion is the same digest")
	}
}

// Both formats hold every field of every record, and JSON comes back as it was.
func TestFormats(t *testing.T) {
	s := everything()
	s.Words.Words = `<意见> & "引号" ` + "\u0001"
	b := Batch{Hall: "37010001", Batch: 7}
	for no := range len(makers) {
		b.Records = append(b.Records, Build(s, no, 1))
	}
	raw, err := b.Encode(JSON)
	var back Batch
	if err == nil {
		err = json.Unmarshal(raw, &back)
	}
	if err != nil || len(back.Records) != len(makers) || !slices.Equal(back.Records[3].Fields, b.Records[3].Fields) {
		t.Fatalf("%v: %+v", err, back)
	}
	raw, err = b.Encode(XML)
	if err != nil {
		t.Fatal(err)
	}
	var elements, lists int
	for d := xml.NewDecoder(strings.NewReader(string(raw))); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok {
			elements++
			if e.Name.Local == "CL" {
				lists++
			}
		}
	}
	fields := 0
	for _, r := range b.Records {
		fields += len(r.Fields)
	}
	if elements < fields+len(makers) || lists == 0 || !strings.Contains(string(raw), `batch="7"`) {
		t.Errorf("%d elements for %d fields, %d materials", elements, fields, lists)
	}
}

// A file of a batch is there whole, under its number, and nothing else is.
func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "up")
	b := Batch{Hall: "37010001", Batch: 12, Records: []Record{Build(everything(), 0, 1)}}
	for range 2 { // the same again, as after a crash
		results, err := Folder{Dir: dir, Format: XML}.Send(t.Context(), b)
		if err != nil || len(results) != 1 || results[0].Result != Accepted {
			t.Fatalf("%+v %v", results, err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 || files[0].Name() != "37010001-00000012.xml" {
		t.Fatalf("%v %v", files, err)
	}
	if info, err := files[0].Info(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var e *Error
	if _, err := (Folder{Dir: blocked, Format: JSON}).Send(t.Context(), b); !errors.As(err, &e) || e.Code != "folder" {
		t.Errorf("a folder that is none: %v", err)
	}
}

// An answer names each record of its batch once and nothing else, with codes only.
func TestAnswersAreHeldToTheBatch(t *testing.T) {
	b := Batch{Batch: 3, Records: []Record{{ID: "a", Version: 1}, {ID: "b", Version: 2}}}
	voided := Batch{Batch: 3, Records: []Record{{ID: "a", Version: 1}, {ID: "a", Version: 2}}}
	ok := func(id string, v int) Result { return Result{ID: id, Version: v, Result: Accepted} }
	for name, c := range map[string]struct {
		a    Answer
		good bool
	}{
		"whole":          {Answer{3, []Result{ok("b", 2), ok("a", 1)}}, true},
		"refused":        {Answer{3, []Result{ok("a", 1), {"b", 2, Refused, "missing", "SXBM"}}}, true},
		"another batch":  {Answer{4, []Result{ok("a", 1), ok("b", 2)}}, false},
		"one missing":    {Answer{3, []Result{ok("a", 1)}}, false},
		"one twice":      {Answer{3, []Result{ok("a", 1), ok("a", 1)}}, false},
		"a stranger":     {Answer{3, []Result{ok("a", 1), ok("c", 1)}}, false},
		"other version":  {Answer{3, []Result{ok("a", 1), ok("b", 1)}}, false},
		"no code":        {Answer{3, []Result{ok("a", 1), {"b", 2, Refused, "", ""}}}, false},
		"words as code":  {Answer{3, []Result{ok("a", 1), {"b", 2, Refused, "测试甲 is unknown", ""}}}, false},
		"words as field": {Answer{3, []Result{ok("a", 1), {"b", 2, Refused, "missing", "a b"}}}, false},
		"unheard of":     {Answer{3, []Result{ok("a", 1), {"b", 2, "perhaps", "", ""}}}, false},
	} {
		if err := c.a.check(b); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, c := range map[string]struct {
		results []Result
		good    bool
	}{
		"both versions":        {[]Result{ok("a", 1), ok("a", 2)}, true},
		"the later one before": {[]Result{ok("a", 2), {"a", 1, Refused, "late", ""}}, true},
		"the later one twice":  {[]Result{ok("a", 2), ok("a", 2)}, false},
		"a third":              {[]Result{ok("a", 1), ok("a", 3)}, false},
	} {
		if err := (Answer{3, c.results}).check(voided); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}
