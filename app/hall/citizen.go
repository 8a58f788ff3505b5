package hall

import (
	"slices"
	"strings"
	"time"
)

// CitizenNext says what happens with a case now and what its owner can do, in
// a code of the citizen's own: key "progress.next.<code>". Inner steps of
// offices are not in it (requirements G1.2, A-55).
func CitizenNext(c Case) Text {
	switch c.State {
	case CasePending:
		return citizenWaits(c)
	case CaseDraft:
		if k := c.Clock(ClockDraft); k != nil && k.Due != "" {
			return text("draft_until", "day", k.Due)
		}
	case CaseWithdrawn:
		if c.Reason == ReasonForgotten {
			return text("forgotten")
		}
	case CaseReceived:
		if len(c.Bring) > 0 {
			return text("bring")
		}
	case CaseSupplementDue, CasePreReturned:
		if k := c.Clock(ClockSupplement); k != nil && k.Due != "" {
			return text("supplement_by", "day", k.Due)
		}
		return text("supplement")
	case CaseAccepted, CaseInApproval:
		if c.DueDay != "" {
			return text("deciding", "day", c.DueDay)
		}
		return text("deciding_undated")
	case CaseSpecialStop:
		if s := c.OpenSpecial(); s != nil && !s.Stops && c.DueDay != "" {
			return text("special_running", "day", c.DueDay)
		}
	case CaseCompleted:
		switch c.Result {
		case ResultLapsed:
			return text("lapsed")
		case ResultReturned:
			return text("denied")
		case ResultTransferred:
			return text("transferred")
		}
	}
	return text(strings.ToLower(string(c.State)))
}

// citizenWaits is CitizenNext of 受理中: the worst first.
func citizenWaits(c Case) Text {
	has := func(s MaterialState) bool {
		return slices.ContainsFunc(c.Materials, func(m Material) bool { return m.State == s })
	}
	switch {
	case has(MaterialMissing):
		return text("missing")
	case has(MaterialTimeout):
		return text("timeout")
	case c.Resubmit:
		return text("resubmit")
	case c.Origin == OriginOnline && c.ReceivedAt.IsZero():
		return text("fetching_online") // where it goes then, the item says
	}
	return text("fetching")
}

// CitizenMaterialLabel is the key under which the owner of a case reads the
// state of a material.
func CitizenMaterialLabel(s MaterialState) string {
	row, _ := find(materialTable, func(r MaterialInfo) bool { return r.State == s })
	return row.Citizen
}

// CitizenFault is what the notice of what is missing says is wrong with a
// material, as long as it has not been brought; "" when it says nothing. Its key
// is "supplement.fault.<fault>".
func CitizenFault(c Case, key string) string {
	m, known := c.Material(key)
	if c.Supplement == nil || !known || !m.Open() || !c.State.BeforeAcceptance() {
		return ""
	}
	it, _ := find(c.Supplement.Items, func(it SupplementItem) bool { return it.Material == key })
	return it.Fault
}

// CitizenBring reports whether the person is to bring the original of a material
// to the counter.
func CitizenBring(c Case, key string) bool {
	return c.State == CaseReceived && slices.Contains(c.Bring, key)
}

// CitizenSlip reports whether the slip of an application can be printed once more:
// one that was made at a kiosk and handed in, as long as it was not taken back.
func CitizenSlip(c Case) bool {
	return c.Origin == OriginOnline && !slices.Contains([]CaseState{CaseDraft, CaseWithdrawn, CaseVoided}, c.State)
}

// CitizenOriginal reports whether the paper of a material that was handed in as a
// picture is still to be shown at the counter.
func CitizenOriginal(c Case, v ItemVersion, m Material) bool {
	def, _ := v.Material(m.Code)
	return def.Originals > 0 && m.HandedIn() && c.State.BeforeAcceptance()
}

// CitizenSince is when a case came into the state that it is in, as far as the
// case tells.
func CitizenSince(c Case) time.Time {
	if (c.State == CaseSupplementDue || c.State == CasePreReturned) && c.Supplement != nil {
		return c.Supplement.At
	}
	if n := len(c.Collections); n > 0 && c.State == CaseCollected {
		return c.Collections[n-1].At
	}
	if c.Decision != nil && c.EndedAt.IsZero() {
		return c.Decision.At
	}
	for _, t := range []time.Time{c.EndedAt, c.AcceptedAt, c.SubmittedAt, c.ReceivedAt, c.AppliedAt} {
		if !t.IsZero() {
			return t
		}
	}
	return c.CreatedAt
}
