package print

import (
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
)

func applicationSample(locale string) Application {
	return Application{Head: head(locale), Number: application, Password: "824913", Applicant: somebody, Item: licence,
		Applied: time.Date(2026, 11, 23, 1, 40, 0, 0, time.UTC), Next: hall.Text{Code: "fetching"}, Materials: materials(),
		Bring: []hall.Names{plan}, Ask: "综合咨询台 0000-12345"}
}

func needsSample(locale string) Needs {
	n := Needs{Head: head(locale), Item: licence, ItemID: "licence", Version: 2, Authority: approval, Days: 20, Phone: "0000-12345", Ask: "综合咨询台 0000-12345"}
	for i, m := range materials() {
		n.Materials = append(n.Materials, Needed{Material: m, Required: i > 0, Originals: i, Shared: i == 2})
	}
	return n
}

// The password is on the first slip and on no other; the name is masked, because
// the slip may be left lying.
func TestApplicationSlip(t *testing.T) {
	a := applicationSample("zh-Hans")
	got := texts(ApplicationSlip(a).Roll())
	for _, want := range []string{"824913", application + "–9", "欧*䶮", "2026年11月23日 09:40", "QR " + application} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q:\n%s", want, got)
		}
	}
	a.Reprint = true
	if again := texts(ApplicationSlip(a).Roll()); strings.Contains(again, "824913") || !strings.Contains(again, "补打") || strings.Contains(again, "只印在本单上") {
		t.Errorf("a reprint with its password, or without its mark:\n%s", again)
	}
	a.Number, a.Temporary = "", "T37010001-kiosk-1-20261123-003"
	if temporary := texts(ApplicationSlip(a).Roll()); !strings.Contains(temporary, "QR "+a.Temporary) {
		t.Errorf("a temporary number alone:\n%s", temporary)
	}
}

// Two lists with the same digest ask for the same.
func TestNeedsDigest(t *testing.T) {
	first := needsSample("zh-Hans")
	other := needsSample("en")
	if first.Digest() != other.Digest() || len(first.Digest()) != 14 {
		t.Errorf("%q and %q of the same list", first.Digest(), other.Digest())
	}
	for name, change := range map[string]func(*Needs){
		"item": func(n *Needs) { n.ItemID = "other" }, "version": func(n *Needs) { n.Version = 3 },
		"copies": func(n *Needs) { n.Materials[0].Copies++ }, "required": func(n *Needs) { n.Materials[0].Required = true },
		"a material less": func(n *Needs) { n.Materials = n.Materials[1:] },
	} {
		n := needsSample("zh-Hans")
		change(&n)
		if n.Digest() == first.Digest() {
			t.Errorf("%s: still %s", name, n.Digest())
		}
	}
}
