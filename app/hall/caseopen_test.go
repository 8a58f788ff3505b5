package hall

import (
	"strings"
	"testing"
)

func TestChoicesThatAreRefused(t *testing.T) {
	m := newCases()
	m.begin(t, "C")
	m.refuse(t, "method_not_configured", m.choose(t, "C", "FORM", MethodEShare))
	m.refuse(t, "method_not_configured", m.choose(t, "C", "MARRIAGE", MethodUpload))
	m.refuse(t, "unknown_material", m.choose(t, "C", "NOTHING", MethodEShare))
	m.cat.Items[len(m.cat.Items)-1].Paper = nil
	m.refuse(t, "paper_without_rights", m.choose(t, "C", "MARRIAGE", MethodPaper))
	m.refuse(t, "unknown_case", m.op(CancelCase, "X", clerk("S1"), "counter-1", CancelCaseBody{}))
	first := m.choose(t, "C", "MARRIAGE", MethodEShare)
	m.must(t, first)
	m.must(t, m.choose(t, "C", "MARRIAGE", MethodEShare)) // asked again: the older answer counts no more
	m.idle(t, m.op(ShareAnswered, "C", system, AtCentre, ShareAnsweredBody{Material: "MARRIAGE", Ask: first.ID, Answer: AnswerYes}))
	m.must(t, m.op(DropMethod, "C", clerk("S1"), "counter-1", DropMethodBody{m.edit(t, "C"), "MARRIAGE"}))
	if a := m.material(t, "C", "MARRIAGE"); a.Ask.Op != "" || len(a.Attempts) != 0 {
		t.Errorf("taken back: %+v", a)
	}
}

func TestPinnedVersionAndApplicants(t *testing.T) {
	m := newCases()
	open := func(id string, version, applicants int) Op {
		op := m.op(OpenCase, id, clerk("S1"), "counter-1", OpenCaseBody{Item: "licence", ItemVersion: version, Applicants: applicants, Owner: "o"})
		op.Sealed = []byte("sealed")
		return op
	}
	m.must(t, open("OLD", 1, 1)) // begun without the line, under the version of then
	if c := m.kase(t, "OLD"); len(c.Materials) != 1 || c.ItemVersion != 1 {
		t.Errorf("%+v", c)
	}
	if out, err := Step(m, open("OLD2", 1, 1), Context{Now: m.now, Row: OverlayRow}); err != nil || out.Reason.Code != "item_version" {
		t.Errorf("a new intake under an old version: %v %v", out.Reason, err)
	}
	m.refuse(t, "unknown_item", open("NEW", 3, 1))
	m.refuse(t, "malformed", open("MANY", 2, 21))
	m.cat.Items[len(m.cat.Items)-1].Versions[1].Materials[0].PerApplicant = true
	m.must(t, open("TWO", 2, 2))
	var keys []string
	for _, mat := range m.kase(t, "TWO").Materials {
		keys = append(keys, mat.Key)
	}
	if strings.Join(keys, " ") != "FORM FORM#2 MARRIAGE RESIDENCE" {
		t.Errorf("%v", keys)
	}
	if o := load[OwnerCases](t, m, EntityOwnerCases, "o"); len(o.Cases) != 2 {
		t.Errorf("cases of the person: %v", o.Cases)
	}
	m.idle(t, open("TWO", 2, 2))
}
