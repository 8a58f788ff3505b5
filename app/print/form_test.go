package print

import "hallway/app/hall"

// formSample is a form with every look of a field.
func formSample(locale string, blank bool) ItemForm {
	four := func(hans, hant, en, pt string) hall.Names {
		return hall.Names{"zh-Hans": hans, "zh-Hant": hant, "en": en, "pt": pt}
	}
	f := ItemForm{Head: head(locale), Item: licence, ItemCode: "11370000MB28400000400013100001", Version: 3, Authority: approval, Blank: blank, Fields: []FormLine{
		{Name: four("收款人户名", "收款人戶名", "Account holder", "Titular da conta"), Hint: four("须与银行账户的户名一致", "須與銀行帳戶的戶名一致", "As the bank has the name", "Como consta no banco"), Kind: hall.FormText, Value: "示例户名", Required: true},
		{Name: four("银行账号", "銀行帳號", "Account number", "Número da conta"), Kind: hall.FormText, Value: "6200000000000000019", Required: true},
		{Name: four("就医日期", "就醫日期", "Date of treatment", "Data do tratamento"), Kind: hall.FormDate, Value: "2026-07-01", Required: true},
		{Name: four("就医类型", "就醫類型", "Kind of treatment", "Tipo de tratamento"), Kind: hall.FormChoice, Value: "hospital", Choices: []FormOption{
			{"outpatient", four("门诊", "門診", "Outpatient", "Consulta")}, {"hospital", four("住院", "住院", "Hospital stay", "Internamento")}}},
		{Name: four("是否首次", "是否首次", "The first time", "Pela primeira vez"), Kind: hall.FormYesNo, Value: "false"},
		{Name: four("联系手机", "聯絡電話", "Mobile phone", "Telemóvel"), Kind: hall.FormPhone},
	}}
	if blank {
		for i := range f.Fields {
			f.Fields[i].Value = ""
		}
		return f
	}
	f.Application, f.Applicant, f.Filled = application, somebody, "2026-11-23"
	return f
}
