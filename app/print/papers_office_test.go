package print

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"hallway/app/hall"
	"hallway/frontend"
)

func decisionSample(locale string) DecisionNotice {
	return DecisionNotice{Head: head(locale), Number: "37010001-2026-F000003", Licence: true, Application: application, Applicant: somebody, Item: licence,
		ItemCode: "11370000MB28400000400013100001", AppliedOn: "2026-11-20", AcceptedOn: "2026-11-23", DecidedOn: "2026-12-11",
		DeliverBy: "2026-12-25", Reason: "conditions_not_met", Words: "经营场所与污染源的距离不足，示例第二处也不足。",
		Basis: "《中华人民共和国食品安全法》第三十三条", Authority: approval, Handler: "示例经办员", Phone: "0000-12345"}
}

func procedureSample(locale string) ProcedureNotice {
	return ProcedureNotice{Head: head(locale), Number: "37010001-2026-T000004", Licence: true, Application: application, Applicant: somebody, Item: licence,
		ItemCode: "11370000MB28400000400013100001", AppliedOn: "2026-11-20", AcceptedOn: "2026-11-23", ToldOn: "2026-11-26",
		Procedure: hall.SpecialHearing, Stops: true, Days: 20, Unit: hall.UnitWorkingDay, EndsOn: "2026-12-24", Reason: "law_requires",
		Words: "示例内容", Approver: "示例批准人", Authority: approval, Handler: "示例经办员", Phone: "0000-12345"}
}

func extensionSample(locale string) ProcedureNotice {
	n := procedureSample(locale)
	n.Number, n.Procedure, n.Stops, n.Days, n.EndsOn, n.Provisional, n.Reason = "37010001-2026-Y000005", "", false, 10, "2027-01-04", true, "complex"
	return n
}

func collectionSample(locale string) CollectionSlip {
	return CollectionSlip{Head: head(locale), Application: application, Decision: "37010001-2026-Z000003", Applicant: somebody, Item: licence,
		Result: hall.ResultCertificate, Certificate: Certificate{Name: "示例食品经营许可证", No: "JY-000001", Until: "2031-12-10", Issuer: "示例市行政审批局"},
		Way: hall.CollectCounter, Collector: somebody, DocKind: hall.DocResident, Checked: hall.CheckedCard,
		Handler: "示例经办员", Window: "综窗 3", Ask: "综合咨询台 0000-12345"}
}

func TestDecisionsSayWhatTheyMust(t *testing.T) {
	papersSay(t, map[string]says{
		"grant_decision": {
			[]string{"准予许可决定书", "37010001-2026-F000003", "欧阳" + rareName, "决定准予许可", "决定日期\t2026年12月11日", "证件送达期限\t2026年12月25日", "第三十八条第一款",
				"十个工作日", "食品安全法", "示例经办员", "0000-12345", "加盖本机关印章", "未盖章无效", "收到人签字 ___", "QR " + application},
			[]string{"不予", "行政复议"}},
		"denial_decision": {
			[]string{"不予许可决定书", "决定不予许可", "不符合条件", "示例第二处也不足", "第三十八条第二款", "行政复议", "六十日", "行政诉讼", "六个月", "决定日期\t2026年12月11日",
				"加盖本机关印章", "未盖章无效", "收到人签字 ___", "QR " + application},
			[]string{"送达期限", "准予许可"}},
		"special_notice": {
			[]string{"特别程序所需时间告知书", "37010001-2026-T000004", "听证", "所需时间\t20 个工作日", "2026年12月24日", "法律规定要做", "示例内容", "第四十五条", "不计算在作出决定的期限内",
				"示例批准人", "加盖本机关印章", "未盖章无效", "收到人签字 ___"},
			[]string{"延长"}},
		"extension_notice": {
			[]string{"延长期限告知书", "37010001-2026-Y000005", "情况复杂", "10 个工作日", "2027年1月4日（暂定", "第四十二条", "示例批准人", "加盖本机关印章", "未盖章无效"},
			[]string{"听证"}},
		"collection_slip": {
			[]string{"领取登记单", application + "–9", "37010001-2026-Z000003", "出证办结", "示例食品经营许可证", "JY-000001", "2031年12月10日", "2026年11月23日 09:41", "窗口领取",
				"欧阳" + rareName, "居民身份证", "尾号 0014", "刷证核对", "示例经办员", "领取人签字 ___", "发放人签字 ___"},
			[]string{"未盖章无效", "加盖"}},
	})
}

// What is no licence (行政许可) is decided on without the law of licences, under
// its own title; a procedure that is an item's own, and one that stops nothing,
// say so.
func TestDecisionsOnWhatIsNoLicence(t *testing.T) {
	n, p := decisionSample("zh-Hans"), procedureSample("zh-Hans")
	n.Licence, p.Licence, p.Name = false, false, hall.Names{"zh-Hans": "现场踏勘"}
	idle := p
	idle.Stops, idle.Unit, idle.Days = false, hall.UnitDay, 3
	for name, c := range map[string]struct {
		paper Paper
		want  []string
	}{
		"grant": {must(Grant(n)), []string{"准予办理决定书", "决定准予办理"}}, "denial": {must(Denial(n)), []string{"不予办理决定书", "决定不予办理", "六十日"}},
		"special": {must(SpecialNotice(p)), []string{"现场踏勘", "按照本事项的规定"}}, "idle": {must(SpecialNotice(idle)), []string{"现场踏勘", "期限照常计算", "3 日（自然日）"}},
		"extension": {must(ExtensionNotice(p)), []string{"经负责人批准"}},
	} {
		got := texts(c.paper.Roll())
		for _, w := range c.want {
			if !strings.Contains(got, w) {
				t.Errorf("%s does not say %q:\n%s", name, w, got)
			}
		}
		if strings.Contains(got, "行政许可法") || strings.Contains(got, "许可决定") {
			t.Errorf("%s names the law of licences:\n%s", name, got)
		}
	}
}

func TestDecisionsAreWholeOrNotPrinted(t *testing.T) {
	for name, change := range map[string]func(*DecisionNotice){
		"number": func(n *DecisionNotice) { n.Number = "" }, "day": func(n *DecisionNotice) { n.DecidedOn = "" },
		"authority": func(n *DecisionNotice) { n.Authority = nil }, "applicant": func(n *DecisionNotice) { n.Applicant = Person{} },
	} {
		n := decisionSample("zh-Hans")
		change(&n)
		for _, lay := range []func(DecisionNotice) (Paper, error){Grant, Denial} {
			if _, err := lay(n); !errors.Is(err, ErrIncomplete) || strings.Contains(err.Error(), rareName) {
				t.Errorf("a decision without %s: %v", name, err)
			}
		}
	}
	for name, change := range map[string]func(*DecisionNotice){
		"reason": func(n *DecisionNotice) { n.Reason = "" }, "reasons in words": func(n *DecisionNotice) { n.Words = "" },
	} {
		n := decisionSample("zh-Hans")
		change(&n)
		if _, err := Denial(n); !errors.Is(err, ErrIncomplete) {
			t.Errorf("a refusal without %s: %v", name, err)
		}
	}
	for name, change := range map[string]func(*ProcedureNotice){
		"number": func(n *ProcedureNotice) { n.Number = "" }, "day": func(n *ProcedureNotice) { n.ToldOn = "" },
		"reason": func(n *ProcedureNotice) { n.Reason = "" }, "time": func(n *ProcedureNotice) { n.EndsOn = "" },
	} {
		n := procedureSample("zh-Hans")
		change(&n)
		for _, lay := range []func(ProcedureNotice) (Paper, error){SpecialNotice, ExtensionNotice} {
			if _, err := lay(n); !errors.Is(err, ErrIncomplete) {
				t.Errorf("a notice without %s: %v", name, err)
			}
		}
	}
}

// What came by mail names nobody who was never seen; a certificate that was not
// issued has no place.
func TestCollectionByMail(t *testing.T) {
	s := collectionSample("zh-Hans")
	s.Way, s.Collector, s.DocKind, s.Checked, s.Certificate = hall.CollectMail, Person{}, "", "", Certificate{}
	got := texts(Collected(s).Roll())
	for _, absent := range []string{"领取人签字", "领取人证件", "身份核对", "证件编号", "desk.doc", "office."} {
		if strings.Contains(got, absent) {
			t.Errorf("it says %q:\n%s", absent, got)
		}
	}
	if !strings.Contains(got, "邮寄") || !strings.Contains(got, "发放人签字") {
		t.Errorf("%s", got)
	}
}

// Every reason, result and way that the rules know has a text on these papers.
func TestDecisionsHaveEveryWord(t *testing.T) {
	for _, locale := range frontend.Locales() {
		for family, codes := range map[string][]string{
			"office.result.":  {hall.ResultCertificate, hall.ResultReturned, hall.ResultVoided, hall.ResultTransferred, hall.ResultLapsed, hall.ResultDone},
			"office.way.":     {hall.CollectCounter, hall.CollectMail, hall.CollectLicence},
			"office.checked.": {hall.CheckedCard, hall.CheckedEye},
			"desk.doc.":       hall.DocKinds(), "office.special.": hall.SpecialNames(),
		} {
			for _, code := range codes {
				if !frontend.Has(locale, family+code) {
					t.Errorf("%s has no %s%s", locale, family, code)
				}
			}
		}
	}
}

// awkward are the papers with a very long item, a name of characters that no font
// has, and a name written from right to left; one is a reprint.
func awkward() map[string]Paper {
	long := hall.Names{"zh-Hans": strings.Repeat("示例建设项目环境影响评价文件审批及水土保持方案许可", 4) + "（省级权限委托下放）"}
	rare := Person{Name: "测试·样\U0002EBF0例𫖯㛃" + rareName, Document: somebody.Document, Phone: somebody.Phone}
	uyghur := Person{Name: "ئابدۇرەھىم تۇرسۇن", Document: somebody.Document, Phone: somebody.Phone}
	denial, grant, special, collected := decisionSample("zh-Hans"), decisionSample("zh-Hans"), procedureSample("zh-Hans"), collectionSample("zh-Hans")
	denial.Item, denial.Words, denial.Reprint = long, strings.Repeat("经营场所与污染源的距离不足，示例第二处也不足。", 12), true
	grant.Applicant, grant.Item = uyghur, long
	special.Applicant, special.Item = rare, long
	collected.Applicant, collected.Collector, collected.Reprint = rare, uyghur, true
	return map[string]Paper{"awkward_denial": must(Denial(denial)), "awkward_grant": must(Grant(grant)),
		"awkward_special": must(SpecialNotice(special)), "awkward_collection": Collected(collected)}
}

// However long a name is, nothing of it is lost, the seal's place stays whole on
// one page, and a copy says that it is one.
func TestAwkwardDecisionsOnA4(t *testing.T) {
	pdf := pdfForTests(t)
	for name, p := range awkward() {
		t.Run(name, func(t *testing.T) {
			data, err := pdf.Bytes(p)
			if err != nil {
				t.Fatal(err)
			}
			keepPDF(t, name, data)
			got := pdfText(t, data)
			if p.reprint != strings.Contains(got, "补打") {
				t.Error("a copy without its mark, or a mark on what is none")
			}
			if strings.Contains(name, "denial") && strings.Count(got, "示例第二处也不足。") != 12 {
				t.Error("reasons are lost")
			}
			if strings.Contains(got, "U+06") {
				t.Error("letters of a name are boxes")
			}
			if !strings.Contains(name, "collection") && strings.Count(got, "示例建设项目环境影响评价文件审批及水土保持方案许可") < 8 {
				t.Errorf("the item is not whole twice:\n%s", got)
			}
		})
	}
}

// A name that is written from right to left is drawn whole, joined, first word
// right, thicker where it is bold; lines break between its words; and it copies
// as itself.
func TestRightToLeftNamesOnA4(t *testing.T) {
	f := pdfForTests(t).fonts.in("zh-Hans")
	const name = "ئابدۇرەھىم تۇرسۇن"
	whole := f.pieces([]rune("申请人 "+name+"："), false, true)
	if n := len(whole); n != 6 || string(whole[4].runes) != name || whole[4].word == nil || whole[4].word.Width < 3 || whole[4].word.Width > 12 {
		t.Fatalf("%d pieces: %+v", len(whole), whole)
	}
	width := f.measure(name, 10, false) - 5
	if lines := f.breakText(name, 10, false, width); len(lines) != 2 || lines[0] != "ئابدۇرەھىم" || lines[1] != "تۇرسۇن" {
		t.Errorf("broken as %q", lines)
	}
	if lines := f.breakText(name, 10, false, 12); strings.ReplaceAll(strings.Join(lines, ""), " ", "") != strings.ReplaceAll(name, " ", "") {
		t.Errorf("in a narrow place it is %q", lines)
	}
	s := newSheet(f, awkward()["awkward_collection"])
	s.put("甲"+name+"乙", 100, 100, 10, true, 0)
	if page := s.pages[0].String(); strings.Count(page, fmt.Sprintf("/ActualText <%X>", utf16BE(name))) != 1 || !strings.Contains(page, "h 0.032 w B") {
		t.Errorf("the name is not one drawn word:\n%s", page)
	}
}

// keepPDF keeps a paper to be looked at when HALLWAY_SLIPS names a folder.
func keepPDF(t *testing.T, name string, data []byte) {
	t.Helper()
	dir := os.Getenv("HALLWAY_SLIPS")
	if dir == "" {
		return
	}
	if err := os.WriteFile(dir+"/"+name+".pdf", data, 0o644); err != nil {
		t.Fatal(err)
	}
}
