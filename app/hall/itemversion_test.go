package hall

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

func copied(t *testing.T, c *Catalogue) *Catalogue {
	t.Helper()
	raw, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var again Catalogue
	if err := json.Unmarshal(raw, &again); err != nil {
		t.Fatal(err)
	}
	return &again
}

func check(id, wanted, question, otherwise string) ItemCheck {
	return ItemCheck{ID: id, Wanted: wanted, Question: Names{"zh-Hans": question}, Otherwise: Names{"zh-Hans": otherwise}}
}

func TestCatalogueOfCases(t *testing.T) {
	if faults := caseCatalogue().Validate(); len(faults) != 0 {
		t.Fatalf("%v", faults)
	}
	last := func(c *Catalogue) *Item { return &c.Items[len(c.Items)-1] }
	for _, b := range []struct {
		says   string
		broken func(c *Catalogue)
	}{
		{"choose which department", func(c *Catalogue) { last(c).Paper = nil }},
		{"choose which department", func(c *Catalogue) { last(c).Paper[0].SignIn = nil }},
		{"choose which department", func(c *Catalogue) { last(c).Paper[1].SignOut = "" }},
		{"no department \"sea\" to sign it out", func(c *Catalogue) { last(c).Paper[1].SignOut = "sea" }},
		{"\"S1\" is no sign-in officer", func(c *Catalogue) { last(c).Paper[0].SignIn = []string{"S1"} }},
		{"no department supplies", func(c *Catalogue) { last(c).Versions[1].Materials[0].Methods = []Method{MethodEShare} }},
		{"neither E_SHARE nor PAPER_SHARE", func(c *Catalogue) { last(c).Versions[1].Materials[1].Methods = []Method{MethodUpload} }},
		{"no such material", func(c *Catalogue) { last(c).Versions[1].Materials[0].Code = "GHOST" }},
		{"is used twice", func(c *Catalogue) { last(c).Versions[1].Materials[0].Code = "MARRIAGE" }},
		{"version: must be more than 2", func(c *Catalogue) { last(c).Versions[0].Version = 2 }},
		{"nature", func(c *Catalogue) { last(c).Versions[1].Nature = "02" }},
		{"kind", func(c *Catalogue) { last(c).Versions[1].Kind = "RETURNED" }},
		{"on_complete", func(c *Catalogue) { last(c).Versions[1].OnComplete = "PENDING" }},
		{"wanted", func(c *Catalogue) { last(c).Versions[1].Checks = []ItemCheck{check("own", "never", "q", "o")} }},
		{"is used twice", func(c *Catalogue) {
			last(c).Versions[1].Checks = []ItemCheck{check("own", CheckYes, "q", "o"), check("own", CheckNo, "q", "o")}
		}},
		{"checks[0] own.otherwise", func(c *Catalogue) { last(c).Versions[1].Checks = []ItemCheck{check("own", CheckYes, "q", "")} }},
		{"not more than the legal 20", func(c *Catalogue) { last(c).Versions[1].PromisedDays = 21 }},
		{"cases.service: needed", func(c *Catalogue) { c.Cases.Service = "" }},
		{"cases.service: two digits", func(c *Catalogue) { c.Cases.Service = "00" }},
		{"cases.number_block", func(c *Catalogue) { c.Cases.NumberBlock = 501 }},
		{"unit", func(c *Catalogue) { c.Materials[0].ELimit = Limit{1, "week"} }},
		{"e_limit.n", func(c *Catalogue) { c.Materials[0].ELimit = Limit{0, UnitDay} }},
		{"there is no department", func(c *Catalogue) { c.Materials[0].Department = "sea" }},
		{"letters, digits", func(c *Catalogue) { c.Materials[2].Code = "FO/RM" }},
		{"is used twice", func(c *Catalogue) { c.Departments[1].ID = "civil" }},
		{"belongs to a department", func(c *Catalogue) { c.Staff[3].Department = "" }},
		{"rights", func(c *Catalogue) { c.Staff[2].Rights = []Right{"everything"} }},
	} {
		c := copied(t, caseCatalogue())
		b.broken(c)
		if !slices.ContainsFunc(c.Validate(), func(err error) bool { return strings.Contains(err.Error(), b.says) }) {
			t.Errorf("%q was not found: %v", b.says, c.Validate())
		}
	}
}

// M6: an item whose paper nobody may sign cannot be published.
func TestPublishingVersions(t *testing.T) {
	m := newCases()
	publish := func(c *Catalogue) Op {
		return m.op(PublishCatalogue, c.Code, system, AtCentre, PublishCatalogueBody{*c})
	}
	m.must(t, publish(m.cat))
	c := copied(t, m.cat)
	c.Version = "2"
	item := &c.Items[len(c.Items)-1]
	item.Paper = nil
	if err := errors.Join(c.Validate()...); !errors.Is(err, ErrPaperRights) {
		t.Errorf("%v", err)
	}
	m.refuse(t, "paper_without_rights", publish(c))
	c = copied(t, m.cat)
	c.Version = "3"
	item = &c.Items[len(c.Items)-1]
	item.Versions[0].PromisedDays = 1
	m.refuse(t, "item_version_changed", publish(c))
	item.Versions = item.Versions[1:]
	m.refuse(t, "item_version_changed", publish(c))
	c.Items = c.Items[:len(c.Items)-1]
	m.refuse(t, "item_version_changed", publish(c))
	c = copied(t, m.cat)
	c.Version = "4"
	item = &c.Items[len(c.Items)-1]
	item.Versions = append(item.Versions, ItemVersion{Version: 3, Kind: CaseInstant, Nature: "01"})
	m.must(t, publish(c))
	if v, ok := item.Published(); !ok || v.Version != 3 {
		t.Errorf("published %+v", v)
	}
	item.Abolished = true
	if _, ok := item.Published(); ok {
		t.Error("an abolished item takes new cases")
	}
}

func TestVersionFacts(t *testing.T) {
	for _, c := range []struct {
		v    ItemVersion
		days int
		code string
	}{
		{ItemVersion{Kind: CaseInstant}, 20, "1"},
		{ItemVersion{Kind: CasePromised, LegalDays: 15}, 15, "2"},
		{ItemVersion{Kind: CasePromised, PromisedDays: 5, LegalDays: 15}, 5, "2"},
		{ItemVersion{Kind: CaseJoint}, 45, "9"},
		{ItemVersion{Kind: CaseReportedUp}, 20, "9"},
	} {
		if c.v.Decision() != c.days || c.v.Kind.NationalCode() != c.code {
			t.Errorf("%+v: %d days, code %s", c.v, c.v.Decision(), c.v.Kind.NationalCode())
		}
	}
	cat := caseCatalogue()
	for _, c := range []struct {
		code   string
		method Method
		want   Limit
	}{
		{"MARRIAGE", MethodEShare, Limit{2, UnitHour}},
		{"RESIDENCE", MethodEShare, Limit{24, UnitHour}},
		{"RESIDENCE", MethodPaper, Limit{3, UnitWorkingDay}},
		{"MARRIAGE", MethodPaper, Limit{3, UnitWorkingDay}},
	} {
		if got := cat.limitOf(c.code, c.method); got != c.want {
			t.Errorf("%s by %s: %v", c.code, c.method, got)
		}
	}
	cat.Cases.PaperLimit = Limit{90, UnitMinute}
	if got := cat.limitOf("MARRIAGE", MethodPaper); got != cat.Cases.PaperLimit {
		t.Errorf("the hall's limit: %v", got)
	}
}
