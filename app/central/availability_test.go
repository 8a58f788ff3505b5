package central

import (
	"testing"

	"hallway/app/central/depsim"
	"hallway/app/hall"
)

// 帮我传: every open material in every way that the item offers; nothing changes.
func TestAvailability(t *testing.T) {
	o := newOutside(t, police("no", depsim.Never), depsim.Behaviour{Department: "civil", Query: depsim.QueryError, Delivery: depsim.AtOnce})
	id := o.open("house-transfer")
	before := o.kase(id)
	headers := append(bearer("token-counter-1"), "X-Staff-Session", o.clerk.Token)
	var got Availability
	o.want(200, "POST", "/central/v1/cases/"+id+"/availability", nil, &got, headers...)
	want := map[string]string{"M04 E_SHARE": "yes", "M04 PAPER_SHARE": "yes", "M02 E_SHARE": "no", "M03 PAPER_SHARE": "failed"}
	n := 0
	for _, m := range got.Materials {
		for _, offer := range m.Offers {
			n++
			if key := m.Key + " " + string(offer.Method); want[key] != offer.Answer {
				t.Errorf("%s: %s, want %s", key, offer.Answer, want[key])
			}
		}
	}
	if n != len(want) {
		t.Errorf("%d offers: %+v", n, got)
	}
	if after := o.kase(id); after.Version != before.Version || after.Materials[1].Ask.Op != "" {
		t.Error("asking changed the case")
	}
	o.refused(404, "unknown_case", "POST", "/central/v1/cases/nothing/availability", nil, headers...)
	o.must(hall.CancelCase, id, hall.CancelCaseBody{Edit: o.edit(id)})
	o.refused(409, "case_state", "POST", "/central/v1/cases/"+id+"/availability", nil, headers...)
	o.leanMessages(t, []string{"request", "subject", "item", "material", "method"})
}
