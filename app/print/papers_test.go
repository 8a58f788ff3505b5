package print

import (
	"fmt"
	"time"

	"hallway/app/hall"
	"hallway/devices/printer"
)

// rareNames are characters that printers, fonts and PDF libraries lose.
const rareName = "𠮷龑䶮"

func names(hans, hant, en, pt string) hall.Names {
	return hall.Names{"zh-Hans": hans, "zh-Hant": hant, "en": en, "pt": pt}
}

func head(locale string) Head {
	return Head{Locale: locale, Hall: sample(locale).Hall, At: time.Date(2026, 11, 23, 1, 41, 0, 0, time.UTC)}
}

// A person who does not exist: the number is of the test area 999999.
var somebody = Person{Name: "欧阳" + rareName, Document: "999999199001010014", Phone: "13800005678"}

var (
	licence  = names("示例餐饮经营许可（新办）", "示例餐飲經營許可（新辦）", "Catering licence, sample", "Licença de restauração, exemplo")
	certs    = names("示例用房产权证明", "示例用房產權證明", "Proof of ownership of the premises", "Prova de propriedade do imóvel")
	clean1   = names("示例无违法记录证明", "示例無違法記錄證明", "Certificate of good conduct", "Certificado de registo criminal")
	plan     = names("经营场所平面布局图及主要设备设施清单（一式两份，须加盖公章）", "經營場所平面佈局圖及主要設備設施清單（一式兩份，須加蓋公章）", "Floor plan and list of the main equipment (two copies, stamped)", "Planta e lista do equipamento principal (duas cópias, carimbadas)")
	bureau   = names("示例市自然资源局", "示例市自然資源局", "Shili Land Bureau", "Serviço de Solos de Shili")
	approval = names("示例市行政审批局", "示例市行政審批局", "Shili Licensing Bureau", "Serviço de Licenciamento de Shili")
)

const application = "000101000001"

func materials() []Material {
	return []Material{
		{Name: plan, Code: "M01", Form: "original", Copies: 2, State: "done"},
		{Name: certs, Code: "M02", Form: "original", Copies: 1, State: "p_wait_in", Attempt: 1},
		{Name: clean1, Code: "M03", Form: "electronic", State: "e_wait", Attempt: 2},
		{Name: names("示例健康证明", "示例健康證明", "Health certificate", "Certificado de saúde"), Code: "M04", Form: "copy", Copies: 1, State: "missing"},
	}
}

func labelSample(locale string) Label {
	return Label{Locale: locale, Application: application, Material: certs, Code: "M02", Attempt: 1, No: 2, Of: 3,
		To: "示例市政务服务中心 综窗 3", Scan: "HL1." + application + ".M02.1.K"}
}

func batchSample(locale string) Batch {
	return Batch{Head: head(locale), Department: bureau, Application: application, Item: licence, Applicant: somebody,
		Due: time.Date(2026, 11, 26, 17, 0, 0, 0, hall.Zone), Window: "综窗 3", Papers: []Material{
			{Name: certs, Code: "M02", Attempt: 1}, {Name: plan, Code: "M01", Attempt: 1}, {Name: clean1, Code: "M03", Attempt: 2}}}
}

func handOverSample(locale string, closed bool) HandOver {
	h := HandOver{Head: head(locale), Number: "JJ20261123-0007", Department: bureau, Courier: "示例递送员",
		GivenBy: "示例交出员", GivenAt: time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC), Batches: []HandOverBatch{
			{application, licence, []HandOverPaper{{Material: certs, Code: "M02", Attempt: 1, Out: true, In: true},
				{Material: plan, Code: "M01", Attempt: 2, Out: true}}},
			{"000101000002", licence, []HandOverPaper{{Material: certs, Code: "M02", Attempt: 1, Out: true, In: true, Back: true},
				{Material: clean1, Code: "M03", Attempt: 1, In: true}}},
		}}
	if closed {
		h.TakenBy, h.TakenAt = "示例接收员", time.Date(2026, 11, 23, 6, 5, 0, 0, time.UTC)
	}
	return h
}

// longHandOver is the trip of a busy morning: 100 batches.
func longHandOver() HandOver {
	h := handOverSample("zh-Hans", false)
	h.Batches = nil
	for i := range 100 {
		b := HandOverBatch{Application: fmt.Sprintf("000101%06d", i+1), Item: licence}
		for k := range 1 + i%3 {
			b.Papers = append(b.Papers, HandOverPaper{Material: []hall.Names{certs, plan, clean1}[k], Code: fmt.Sprintf("M%02d", k+1), Attempt: 1, Out: true})
		}
		h.Batches = append(h.Batches, b)
	}
	return h
}

func temporarySample(locale string) TemporaryReceipt {
	return TemporaryReceipt{Head: head(locale), Application: application, Password: "824913", Applicant: somebody, Item: licence,
		Materials: materials(), Handler: "示例经办员", Window: "综窗 3", Ask: "综合咨询台 0000-12345"}
}

func receivedSample(locale string) MaterialsReceipt {
	return MaterialsReceipt{Head: head(locale), Number: "SJ-2026-000123", Application: application, Applicant: somebody, Item: licence,
		Materials: materials(), Handler: "示例经办员", Window: "综窗 3", Ask: "综合咨询台 0000-12345", AnswerDays: 5}
}

func noticeSample(locale string) AcceptanceNotice {
	return AcceptanceNotice{Head: head(locale), Number: "示审餐许受〔2026〕000123 号", Application: application, Applicant: somebody,
		Item: licence, ItemCode: "11370000MB28400000400013100001", AppliedOn: "2026-11-20", AcceptedOn: "2026-11-23", DueOn: "2026-12-21",
		LimitDays: 20, Basis: "《中华人民共和国行政许可法》第三十二条第一款第五项", Materials: materials(),
		Authority: approval, Handler: "示例经办员", Phone: "0000-12345"}
}

func progressSample(locale string) Progress {
	at := func(h int) time.Time { return time.Date(2026, 11, 20, h, 12, 0, 0, time.UTC) }
	return Progress{Head: head(locale), Application: application, Applicant: somebody, Item: licence, State: "pending_share", Since: at(3),
		Steps:     []Step{{"applied", at(1)}, {"received", at(2)}, {"pending_share", at(3)}},
		Materials: materials(), Ask: "综合咨询台 0000-12345"}
}

func supplementSample(locale string) SupplementNotice {
	return SupplementNotice{Head: head(locale), Number: "37010001-2026-B000007", Application: application, Applicant: somebody, Item: licence,
		ItemCode: "11370000MB28400000400013100001", AppliedOn: "2026-11-20", ToldOn: "2026-11-23", Days: 30, DueOn: "2027-01-05", Provisional: true,
		Basis: "《中华人民共和国行政许可法》第三十二条第一款第四项", Authority: approval, Handler: "示例经办员", Phone: "0000-12345",
		Missing: []Missing{{Name: plan, Fault: "unsealed", Words: "两份都要加盖公章，示例第二页也要", Originals: 2}, {Name: certs, Fault: "missing"}}}
}

func suppliedSample(locale string) SupplementReceipt {
	return SupplementReceipt{Head: head(locale), Notice: "37010001-2026-B000007", Application: application, Applicant: somebody, Item: licence,
		Materials: materials(), Handler: "示例经办员", Window: "综窗 3", Ask: "综合咨询台 0000-12345"}
}

func refusalSample(locale string) RefusalNotice {
	return RefusalNotice{Head: head(locale), Number: "37010001-2026-J000002", Application: application, Applicant: somebody, Item: licence,
		ItemCode: "11370000MB28400000400013100001", AppliedOn: "2026-11-20", RefusedOn: "2026-11-23", Reason: "outside_remit",
		Words: "示例说明", Competent: "示例县税务局", Authority: approval, Handler: "示例经办员", Phone: "0000-12345"}
}

// must is a paper that is complete.
func must(p Paper, err error) Paper {
	if err != nil {
		panic(err)
	}
	return p
}

// allPapers are the papers with both sizes, by name.
func allPapers(locale string) map[string]Paper {
	return map[string]Paper{
		"batch_cover": BatchCover(batchSample(locale)), "hand_over": HandOverSlip(handOverSample(locale, false)),
		"hand_over_closed":  HandOverSlip(handOverSample(locale, true)),
		"temporary_receipt": Temporary(temporarySample(locale)), "materials_receipt": Received(receivedSample(locale)),
		"progress": ProgressSlip(progressSample(locale)), "acceptance_notice": must(Acceptance(noticeSample(locale))),
		"supplement_notice": must(Supplement(supplementSample(locale))), "supplement_receipt": Supplied(suppliedSample(locale)),
		"refusal_notice": must(Refusal(refusalSample(locale))), "grant_decision": must(Grant(decisionSample(locale))),
		"denial_decision": must(Denial(decisionSample(locale))), "special_notice": must(SpecialNotice(procedureSample(locale))),
		"extension_notice": must(ExtensionNotice(extensionSample(locale))), "collection_slip": Collected(collectionSample(locale)),
		"application_slip": ApplicationSlip(applicationSample(locale)), "needs_slip": NeedsSlip(needsSample(locale)),
		"item_form": Form(formSample(locale, false)), "blank_form": Form(formSample(locale, true)),
	}
}

// allRolls are all 80 mm documents.
func allRolls(locale string) map[string]printer.Document {
	out := map[string]printer.Document{"label": MaterialLabel(labelSample(locale))}
	for name, p := range allPapers(locale) {
		out[name] = p.Roll()
	}
	return out
}
