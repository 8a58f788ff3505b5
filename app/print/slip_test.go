package print

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hallway/app/hall"
	"hallway/devices/printer"
	"hallway/frontend"
)

func sample(locale string) Slip {
	return Slip{
		Locale: locale,
		Hall: hall.Names{"zh-Hans": "示例市政务服务中心", "zh-Hant": "示例市政務服務中心",
			"en": "Shili Government Service Hall", "pt": "Centro de Serviços de Shili"},
		Number: "A012",
		Group:  hall.Names{"zh-Hans": "户籍业务", "zh-Hant": "戶籍業務", "en": "Household registration", "pt": "Registo de residência"},
		Item:   hall.Names{"zh-Hans": "居民户口簿补领", "zh-Hant": "居民戶口簿補領", "en": "Household booklet, new copy", "pt": "Segunda via do livrete"},
		Class:  hall.ClassOrdinary, Ahead: 7, Wait: Wait{Known: true, Low: 15, High: 25},
		Code: "T37010001A012", At: time.Date(2026, 11, 23, 1, 41, 0, 0, time.UTC), MaxCalls: 3, Behind: 3,
	}
}

// texts are all texts of a document, in order.
func texts(d printer.Document) string {
	var out []string
	for _, b := range d.Blocks {
		switch {
		case b.Text != nil:
			out = append(out, b.Text.S)
		case b.Columns != nil:
			out = append(out, b.Columns.Left+"\t"+b.Columns.Right)
		case b.QR != nil:
			out = append(out, "QR "+b.QR.Data)
		}
	}
	return strings.Join(out, "\n")
}

func TestSlipSaysWhatItMust(t *testing.T) {
	with := func(change func(*Slip)) Slip { s := sample("zh-Hans"); change(&s); return s }
	for _, c := range []struct {
		name   string
		slip   Slip
		want   []string
		absent []string
	}{
		{"ordinary", sample("zh-Hans"),
			[]string{"示例市政务服务中心", "A012", "户籍业务", "居民户口簿补领", "7 人", "15–25 分钟", "2026年11月23日 09:41", "QR T37010001A012", "过号"},
			[]string{"预约", "离线", "补打"}},
		{"appointment", with(func(s *Slip) { s.Appointment, s.Class = "09:30", hall.ClassAppointment }), []string{"预约 09:30"}, []string{"优先"}},
		{"priority", with(func(s *Slip) { s.Class = hall.ClassPriority }), []string{"优先"}, nil},
		{"offline", with(func(s *Slip) { s.Offline = true }), []string{"离线取号", "号码有效"}, []string{"分钟", "7 人"}},
		{"reprint", with(func(s *Slip) { s.Reprint = true }), []string{"补打"}, nil},
		{"next", with(func(s *Slip) { s.Ahead, s.Wait = 0, Wait{Known: true, Low: 0, High: 1} }), []string{"下一位就是您", "很快叫到"}, []string{"0 人"}},
		{"nobody serves", with(func(s *Slip) { s.Wait = Wait{} }), []string{"暂无法估计"}, nil},
		{"one minute figure", with(func(s *Slip) { s.Wait = Wait{true, 5, 5} }), []string{"约 5 分钟"}, []string{"5–5"}},
		{"in English, with the sign's Chinese", sample("en"), []string{"Shili Government", "Household registration", "户籍业务", "15–25 min"}, []string{"分钟"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := texts(Ticket(c.slip))
			for _, w := range c.want {
				if !strings.Contains(got, w) {
					t.Errorf("the slip does not say %q:\n%s", w, got)
				}
			}
			for _, a := range c.absent {
				if strings.Contains(got, a) {
					t.Errorf("the slip says %q:\n%s", a, got)
				}
			}
		})
	}
}

func TestEveryLanguageHasEveryText(t *testing.T) {
	for _, locale := range frontend.Locales() {
		for _, change := range []func(*Slip){
			func(*Slip) {}, func(s *Slip) { s.Offline, s.Reprint, s.Behind = true, true, 0 },
			func(s *Slip) { s.Appointment, s.Ahead, s.Wait = "10:00", 0, Wait{} },
			func(s *Slip) { s.Class, s.Wait = hall.ClassPriority, Wait{true, 0, 0} }, func(s *Slip) { s.Wait = Wait{true, 4, 4} },
		} {
			s := sample(locale)
			change(&s)
			if got := texts(Ticket(s)); strings.Contains(got, "slip.") || strings.ContainsAny(got, "{}") {
				t.Errorf("%s: a text is missing or a parameter is left:\n%s", locale, got)
			}
		}
	}
	for key := range frontend.Catalogue(frontend.Fallback) {
		if !strings.HasPrefix(key, "slip.") {
			continue
		}
		for _, locale := range frontend.Locales() {
			if !frontend.Has(locale, key) {
				t.Errorf("%s has no %s", locale, key)
			}
		}
	}
}

// A slip can only say what it has fields for. Whoever adds a field decides
// here that it is not personal.
func TestSlipHasNoFieldForPersonalData(t *testing.T) {
	public := map[string]bool{
		"Locale": true, "Hall": true, "Number": true, "Group": true, "Item": true, "Class": true, "Appointment": true,
		"Ahead": true, "Wait": true, "Offline": true, "Reprint": true, "Code": true, "At": true, "MaxCalls": true, "Behind": true,
	}
	typ := reflect.TypeFor[Slip]()
	for i := range typ.NumField() {
		if name := typ.Field(i).Name; !public[name] {
			t.Errorf("field %s: is it personal? A slip lies about in the hall; if it is not personal, list it here", name)
		}
	}
}

// The ticket code on the slip carries the ticket's id and nothing of the person.
func TestTicketCodeHoldsOnlyTheTicket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`[0-9A-Z]{26}`).Draw(t, "id")
		code, err := hall.DecodeCode(hall.EncodeCode(hall.Code{Type: "T", Hall: "37010001", Value: id}))
		if err != nil || code.Type != "T" || code.Value != id || code.Hall != "37010001" || code.Day != "" {
			t.Fatalf("code %+v, %v", code, err)
		}
	})
}

func TestSameValuesSameDocument(t *testing.T) {
	if !reflect.DeepEqual(Ticket(sample("pt")), Ticket(sample("pt"))) {
		t.Error("two layouts of the same slip differ")
	}
}
