package print

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hallway/app/hall"
	"hallway/devices/printer"
	"hallway/frontend"
)

// says is what a paper must say, and must not.
type says struct{ want, absent []string }

// papersSay holds papers to their words, by name.
func papersSay(t *testing.T, cases map[string]says) {
	t.Helper()
	papers := allPapers("zh-Hans")
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := texts(papers[name].Roll())
			for _, w := range c.want {
				if !strings.Contains(got, w) {
					t.Errorf("it does not say %q:\n%s", w, got)
				}
			}
			for _, a := range c.absent {
				if strings.Contains(got, a) {
					t.Errorf("it says %q:\n%s", a, got)
				}
			}
		})
	}
}

func TestPapersSayWhatTheyMust(t *testing.T) {
	papersSay(t, map[string]says{
		"batch_cover": {
			[]string{"批次封面", application, "示例市自然资源局", "综窗 3", "2026年11月26日 17:00", "示例用房产权证明", "M02", "第 2 次", "3 份", "QR " + application},
			[]string{rareName, "5678", "0014"}},
		"hand_over": {
			[]string{"材料交接单", "JJ20261123-0007", "示例递送员", "示例交出员", "2026年11月23日 09:30", "2 批", "签出\t3 份", "□", "差异说明 ___", "交出人签字", "递送人签字", "接收人签字"},
			[]string{"未到", "签入\t", "示例接收员"}},
		"hand_over_closed": {
			[]string{"示例接收员", "2026年11月23日 14:05", "签出\t3 份", "签入\t3 份", "已签入，退回",
				"未到：经营场所平面布局图及主要设备设施清单（一式两份，须加盖公章）（M01），流水号 " + application,
				"未签出，已到：示例无违法记录证明（M03），流水号 000101000002"},
			[]string{"□", "差异说明"}},
		"temporary_receipt": {
			[]string{"材料收讫暂存回执\n(非受理凭证)", "尚未受理", "本回执不是受理通知书", "正在向有关部门调取材料，尚未受理", application + "–9", "824913",
				"欧阳" + rareName, "尾号 0014", "138****5678", "材料缺失", "申请中", "已完成", "综合咨询台", "QR " + application},
			[]string{"加盖受理", "日期", "签字", "文号"}},
		"materials_receipt": {
			[]string{"收件凭证（材料接收清单）", "SJ-2026-000123", "2026年11月23日 09:41", "示例经办员", "原件" + nbsp + "2 份", "复印件", "4 种，5 份",
				"5 个工作日", "申请人签字 ___", "收件人签字 ___"}, []string{"查询密码"}},
		"progress": {
			[]string{"办理进度单", "申请中", "欧*䶮", "已申报", "2026年11月20日 10:12", "2026年11月23日 09:41"}, []string{"欧阳", "𠮷", "0014", "5678", "应办结"}},
		"application_slip": {
			[]string{"申报成功", application + "–9", "824913", "欧*䶮", "申办时间\t2026年11月23日 09:40", "正在替您向部门要材料", "□ 经营场所", "查询密码只印在本单上"},
			[]string{"欧阳", "0014", "5678", "受理日期"}},
		"needs_slip": {
			[]string{"办事材料清单", "20 个工作日", "必备", "如有", "可由部门代为提供", "原件" + nbsp + "2 份", "第 2 版"}, []string{"欧", application}},
		"item_form": {
			[]string{"业务申请表", application + "–9", "欧阳" + rareName, "第 3 版", "收款人户名\t示例户名", "6200000000000000019", "2026年7月1日", "□ 门诊", "■ 住院", "□ 是", "■ 不是", "（未填）", "填写日期\t2026年11月23日", "申请人签字 ___", "日期 ___"},
			[]string{"空白"}},
		"blank_form": {
			[]string{"业务申请表（空白）", "收款人户名 *", "______", "须与银行账户的户名一致", "□ 门诊", "□ 住院", "带 * 的必须填写", "申请人签字 ___"},
			[]string{"欧阳", application, "■", "示例户名"}},
		"acceptance_notice": {
			[]string{"受理通知书", "示审餐许受〔2026〕000123 号", "欧阳" + rareName, "138****5678", "11370000MB28400000400013100001", "2026年11月20日",
				"受理日期\t2026年11月23日", "应办结日期\t2026年12月21日", "20 个工作日", "行政许可法", "示例市行政审批局", "加盖受理专用章", "未盖章无效", "0000-12345", "申请人签字 ___"},
			[]string{"尚未受理"}},
		"supplement_notice": {
			[]string{"补正告知书", "37010001-2026-B000007", "欧阳" + rareName, "一次性告知", "告知日期\t2026年11月23日", "30 个工作日", "2027年1月5日（暂定",
				"没有签字或盖章", "原件 2 份；两份都要加盖公章，示例第二页也要", "未提交", "按办事指南提交", "示例经办员", "0000-12345", "加盖受理专用章", "未盖章无效", "收到人签字 ___"},
			[]string{"应办结"}},
		"supplement_receipt": {
			[]string{"补交材料接收凭证", "37010001-2026-B000007", "2026年11月23日 09:41", "4 种，5 份", "申请人签字 ___", "收件人签字 ___"}, []string{"加盖受理"}},
		"refusal_notice": {
			[]string{"不予受理通知书", "37010001-2026-J000002", "决定不予受理", "不属于本机关职权范围", "示例说明", "示例县税务局", "行政复议", "行政诉讼", "决定日期\t2026年11月23日",
				"加盖受理专用章", "未盖章无效", "收到人签字 ___"},
			[]string{"应办结", "现予受理"}},
	})
}

func TestLabelIsReadByPeopleAndScanners(t *testing.T) {
	s := labelSample("zh-Hans")
	s.Scan = "HL1." + application + ".M02.1.K"
	for _, c := range []struct {
		name    string
		change  func(*Label)
		want    []string
		absent  []string
		barCode bool
	}{
		{"inside", func(*Label) {}, []string{"示例用房产权证明", application, "M02", "第 1 次", "第 2 份，共 3 份"}, nil, true},
		{"outside, for strangers", func(l *Label) { l.Outside = true }, []string{"M02", "******000001"}, []string{"房产", "\t" + application, "\n" + application}, false},
		{"reprint", func(l *Label) { l.Reprint = true }, []string{"补打"}, nil, true},
		{"the longest application number", func(l *Label) { l.Scan = "HL1.021520999999999.M02.1.K" }, nil, nil, true},
		{"a code too long for bars", func(l *Label) { l.Scan = "HL1.000101000001.$JBSWY3DPEBLW64TMMQQQ.1.K" }, []string{"$JBSWY3DPEBLW64TMMQQQ"}, nil, false},
		{"58 mm", func(l *Label) { l.WidthMM, l.Scan = 58, "HL1.000101000001.M02.1.K" }, nil, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := s
			c.change(&l)
			doc := MaterialLabel(l)
			got := texts(doc)
			for _, w := range append(c.want, "QR "+l.Scan) {
				if !strings.Contains(got, w) {
					t.Errorf("it does not say %q:\n%s", w, got)
				}
			}
			for _, a := range c.absent {
				if strings.Contains(got, a) {
					t.Errorf("it says %q:\n%s", a, got)
				}
			}
			if bar := barOf(doc); (bar != "") != c.barCode || bar != "" && bar != l.Scan {
				t.Errorf("bar code %q", bar)
			}
		})
	}
}

func barOf(d printer.Document) string {
	for _, b := range d.Blocks {
		if b.Code128 != nil {
			return b.Code128.Data
		}
	}
	return ""
}

// A query password is printed once; a number that replaced a temporary one is
// printed with it.
func TestReceiptsKeepThePasswordOffReprints(t *testing.T) {
	r := temporarySample("zh-Hans")
	r.Reprint, r.Temporary = true, "T37010001-counter-1-20261123-003"
	got := texts(Temporary(r).Roll())
	if strings.Contains(got, "824913") || !strings.Contains(got, "补打") {
		t.Errorf("a reprint with its password, or without its mark:\n%s", got)
	}
	if !strings.Contains(got, r.Temporary) || !strings.Contains(got, application) {
		t.Errorf("not both numbers:\n%s", got)
	}
	r.Application = ""
	if got := texts(Temporary(r).Roll()); !strings.Contains(got, "QR "+r.Temporary) || strings.Contains(got, "–") {
		t.Errorf("a temporary number alone:\n%s", got)
	}
}

// Nobody can make a temporary receipt look like an acceptance: there is no
// field for what makes one. Whoever adds a field decides here.
func TestTemporaryReceiptHasNoFieldOfAnAcceptance(t *testing.T) {
	fine := map[string]bool{"Head": true, "Application": true, "Temporary": true, "Password": true, "Applicant": true, "Item": true,
		"Materials": true, "Handler": true, "Window": true, "Ask": true}
	typ := reflect.TypeFor[TemporaryReceipt]()
	for i := range typ.NumField() {
		if name := typ.Field(i).Name; !fine[name] {
			t.Errorf("field %s: a seal, a number of a notice or a due day have no place here; if it is neither, list it", name)
		}
	}
	for _, part := range Temporary(temporarySample("zh-Hans")).parts {
		if _, sealed := part.(seal); sealed {
			t.Error("a temporary receipt has a place for a seal")
		}
	}
}

// What the law accepted because nobody told in time says so, and not that it was
// found complete.
func TestDeemedAcceptanceSaysWhy(t *testing.T) {
	n := noticeSample("zh-Hans")
	n.Deemed = true
	n.Materials = append(slices.Clone(n.Materials), Material{Name: hall.Names{"zh-Hans": "示例材料"}, Copies: 1})
	got := texts(must(Acceptance(n)).Roll())
	for _, want := range []string{"第三十二条", "尚未收到"} {
		if !strings.Contains(got, want) {
			t.Errorf("it does not say %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "材料齐全") {
		t.Errorf("it says that nothing is missing:\n%s", got)
	}
}

func TestAcceptanceWithoutWhatTheLawAsksForIsNotPrinted(t *testing.T) {
	for name, change := range map[string]func(*AcceptanceNotice){
		"number": func(n *AcceptanceNotice) { n.Number = "" }, "application": func(n *AcceptanceNotice) { n.Application = "" },
		"due day": func(n *AcceptanceNotice) { n.DueOn = "" }, "day": func(n *AcceptanceNotice) { n.AcceptedOn = "" },
		"authority": func(n *AcceptanceNotice) { n.Authority = nil }, "applicant": func(n *AcceptanceNotice) { n.Applicant = Person{} },
	} {
		n := noticeSample("zh-Hans")
		change(&n)
		if _, err := Acceptance(n); !errors.Is(err, ErrIncomplete) || strings.Contains(err.Error(), rareName) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

func TestDocumentsOfTheLawAreWholeOrNotPrinted(t *testing.T) {
	for name, change := range map[string]func(*SupplementNotice){
		"number": func(n *SupplementNotice) { n.Number = "" }, "day": func(n *SupplementNotice) { n.ToldOn = "" },
		"list": func(n *SupplementNotice) { n.Missing = nil }, "authority": func(n *SupplementNotice) { n.Authority = nil },
	} {
		n := supplementSample("zh-Hans")
		change(&n)
		if _, err := Supplement(n); !errors.Is(err, ErrIncomplete) || strings.Contains(err.Error(), rareName) {
			t.Errorf("a notice without %s: %v", name, err)
		}
	}
	for name, change := range map[string]func(*RefusalNotice){
		"number": func(n *RefusalNotice) { n.Number = "" }, "day": func(n *RefusalNotice) { n.RefusedOn = "" },
		"reason": func(n *RefusalNotice) { n.Reason = "" }, "applicant": func(n *RefusalNotice) { n.Applicant = Person{} },
	} {
		n := refusalSample("zh-Hans")
		change(&n)
		if _, err := Refusal(n); !errors.Is(err, ErrIncomplete) || strings.Contains(err.Error(), rareName) {
			t.Errorf("a refusal without %s: %v", name, err)
		}
	}
}

// Whatever the numbers are, no paper shows a whole document number or phone
// number, and papers that others see show no whole name.
func TestPapersMaskPersonalData(t *testing.T) {
	// No other number of the papers has five signs of 6 to 9 in a row.
	rapid.Check(t, func(t *rapid.T) {
		p := Person{
			Name:     hall.Secret(rapid.StringMatching(`[一-龥]{2,5}`).Draw(t, "name")),
			Document: hall.Secret(rapid.StringMatching(`[6-9]{17}[6-9X]|Q[6-9]{8}|Q[A-Z][6-9]{6}`).Draw(t, "document")),
			Phone:    hall.Secret(rapid.StringMatching(`1[3-9][0-9]{9}`).Draw(t, "phone")),
		}
		batch, receipt, received, progress := batchSample("en"), temporarySample("zh-Hant"), receivedSample("pt"), progressSample("zh-Hans")
		notice := noticeSample("zh-Hans")
		batch.Applicant, receipt.Applicant, received.Applicant, progress.Applicant, notice.Applicant = p, p, p, p, p
		denial, collected := decisionSample("zh-Hans"), collectionSample("zh-Hant")
		denial.Applicant, collected.Applicant, collected.Collector = p, p, p
		for _, paper := range []Paper{BatchCover(batch), Temporary(receipt), Received(received), ProgressSlip(progress),
			must(Acceptance(notice)), must(Denial(denial)), Collected(collected)} {
			got := texts(paper.Roll())
			if n := p.Document.Reveal(); strings.Contains(got, n) || len(n) > 8 && strings.Contains(got, n[len(n)-5:]) {
				t.Fatalf("%s shows more of the document number than its end:\n%s", paper.Name(), got)
			}
			if strings.Contains(got, p.Phone.Reveal()) {
				t.Fatalf("%s shows the phone number", paper.Name())
			}
			masked := paper.Name() == "batch_cover" || paper.Name() == "progress"
			if masked && strings.Contains(got, p.Name.Reveal()) {
				t.Fatalf("%s shows the whole name", paper.Name())
			}
		}
	})
}

func TestEveryPaperHasEveryTextInEveryLanguage(t *testing.T) {
	for _, locale := range frontend.Locales() {
		for name, doc := range allRolls(locale) {
			if got := texts(doc); strings.Contains(got, "paper.") || strings.ContainsAny(got, "{}") {
				t.Errorf("%s in %s: a text is missing or a parameter is left:\n%s", name, locale, got)
			}
		}
		for _, state := range []string{"prepare", "e_wait", "p_wait_out", "p_wait_in", "missing", "timeout", "done"} {
			if !frontend.Has(locale, "paper.state."+state) {
				t.Errorf("%s has no name for the state %s", locale, state)
			}
		}
		for _, state := range []string{"draft", "applied", "pre_review", "pre_returned", "received", "pending_share", "supplement_due", "not_accepted",
			"accepted", "in_approval", "special_stop", "decided", "completed", "collected", "withdrawn", "voided"} {
			if !frontend.Has(locale, "paper.case."+state) {
				t.Errorf("%s has no name for the case state %s", locale, state)
			}
		}
	}
}

// The bar code promise of layouts is kept by the encoder: what fits here is
// printed (see TestPapersOnRolls), and pairs of digits are counted as it does.
func TestBarFitsWhatLabelsNeed(t *testing.T) {
	for data, fits := range map[string]bool{
		"HL1.000101000001.M01.1.X": true, "HL1.021520999999999.M01.1.X": true, "HL1.021520999999999.M01.999.X": false,
		"HL1.000101000001.ABCDEFGHIJKLM.1.X": false, "": false,
	} {
		if barFits(data, 80) != fits {
			t.Errorf("%q fits: %v", data, !fits)
		}
	}
}

func TestTail(t *testing.T) {
	for number, want := range map[hall.Secret]string{"999999199001010014": "0014", "99999919900101001X": "001X", "E12345678": "78", "A12": "2", "": "", "H0123456789": "6789"} {
		if got := tail(number); got != want {
			t.Errorf("tail of a number of %d signs is %q, not %q", len(number.Reveal()), got, want)
		}
	}
}
