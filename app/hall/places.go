package hall

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Place is where a value stands in a list. A list is read in the order of At, then
// of the ids: whoever keeps places finds the next fifty of a list, and how many
// there are, without a look at all the rest.
type Place struct {
	List string // "" is only counted
	At   int64  // microseconds since 1970
	Note string // what is searched for in a list, or leads on from it
	// Count names what the value is counted in, at At; "" in nothing.
	Count string
}

// PlacesVersion changes when values stand elsewhere than before: whoever keeps
// places makes them again.
const PlacesVersion = 2

// Listed are the kinds that have places.
func Listed() []EntityKind {
	return []EntityKind{EntityBatch, EntityCase, EntityConsignment, EntityPaper}
}

// PlacesOf are the places of a value as it is stored; none of one that is gone, or
// of another kind.
func PlacesOf(kind EntityKind, value json.RawMessage) ([]Place, error) {
	if len(value) == 0 || string(value) == "null" {
		return nil, nil
	}
	switch kind {
	case EntityCase:
		return placesIn(value, Case.Places)
	case EntityPaper:
		return placesIn(value, Paper.Places)
	case EntityBatch:
		return placesIn(value, Batch.Places)
	case EntityConsignment:
		return placesIn(value, Consignment.Places)
	}
	return nil, nil
}

func placesIn[T any](value json.RawMessage, places func(T) []Place) ([]Place, error) {
	var v T
	if err := Decode(value, &v); err != nil {
		return nil, err
	}
	return places(v), nil
}

// PlacesFrom is what the names of all lists and counts of a feed begin with.
func PlacesFrom(feed Feed) string { return string(feed) + "/" }

// PlaceAt is a time as lists are ordered by it.
func PlaceAt(t time.Time) int64 { return t.UnixMicro() }

// PlaceBefore is the place before which everything was before a time.
func PlaceBefore(t time.Time) int64 { return t.Add(time.Microsecond - 1).UnixMicro() }

// CaseList names a list of cases (办件列表).
type CaseList string

// The lists in which every case stands, each in one of them.
const (
	CasesPending CaseList = "pending" // 受理中
	CasesReview  CaseList = "review"  // began online, and nobody has received it (外网预审)
	CasesDone    CaseList = "done"    // accepted or over
	CasesBegun   CaseList = "begun"   // everything else: drafts, and what somebody must bring to
)

// Lists in which a case stands besides.
const (
	casesTurn      = "turn/" // waits for somebody of the office: see Catalogue.Turns
	casesOf        = "clerk/"
	casesWaiting   = "waiting/"
	casesAt        = "window/"
	casesNumbered  = "number/"
	casesEnding    = "ending/"
	casesTemporary = "temporary/"
	casesUrged     = "urged/" // reminded of: see Catalogue.Urged
)

// CasesOf are the cases of a clerk.
func CasesOf(clerk string) CaseList { return CaseList(casesOf + clerk) }

// CasesWaiting are the cases of a clerk that are in 受理中.
func CasesWaiting(clerk string) CaseList { return CaseList(casesWaiting + clerk) }

// CasesAt are the cases of a window that are in 受理中.
func CasesAt(window string) CaseList { return CaseList(casesAt + window) }

// CasesNumbered are the cases with an application number or a temporary one: one,
// or none. A place's Note there is the lists in which the case stands, one a line.
func CasesNumbered(number string) CaseList {
	return NumberedAs(number) + CaseList(strings.ToUpper(number))
}

// NumberedAs is what the names of the lists of all numbers begin with that are
// written as long as one; or of all temporary ones.
func NumberedAs(number string) CaseList {
	if !onlyDigits(number) {
		return casesNumbered + "t/"
	}
	return CaseList(casesNumbered + strconv.Itoa(len(number)) + "/")
}

// LastDigits is how many last digits of their numbers cases are found by.
const LastDigits = 4

// CasesEnding are the cases whose application numbers end with LastDigits digits.
// Note is as of CasesNumbered.
func CasesEnding(digits string) CaseList { return CaseList(casesEnding + digits) }

// CasesTemporary are the cases to which a terminal gave a temporary number, and
// that have no other.
func CasesTemporary(terminal string) CaseList { return CaseList(casesTemporary + terminal) }

// CasesTemporaryAtKiosks are those that kiosks gave one to.
const CasesTemporaryAtKiosks CaseList = "kiosks/temporary"

// Each list of cases is kept in three parts, after what time makes of them: an
// anomaly (材料异常) at no time, at any time, and from 24 hours after the submission.
const (
	AnomalyNever  = "0"
	AnomalyAlways = "1"
	AnomalyLater  = "2"
)

// Part names a part of a list of cases, as Place does.
func (l CaseList) Part(part string) string { return PlacesFrom(FeedCase) + string(l) + "/" + part }

// AnomalyBefore is the submission before which a case of 受理中 is an anomaly now.
func AnomalyBefore(now time.Time) time.Time { return now.Add(-anomalyAfter) }

// StateList is the list in which the cases of a state stand.
func StateList(s CaseState) CaseList {
	switch s {
	case CasePending:
		return CasesPending
	case CaseApplied, CasePreReview:
		return CasesReview
	case CaseDraft, CasePreReturned, CaseReceived, CaseSupplementDue:
		return CasesBegun
	}
	return CasesDone
}

// Places are where a case stands, by its latest submission: requirements A-14 and
// G2.4.
func (c Case) Places() []Place {
	at := c.SubmittedAt
	if at.IsZero() {
		at = c.CreatedAt
	}
	part, note := c.anomalyPart(), strings.TrimSpace(c.Number+" "+strings.ToUpper(c.TempNumber))
	var all []Place
	var lists []string
	in := func(l CaseList, count bool) {
		lists = append(lists, string(l))
		p := Place{List: l.Part(part), At: PlaceAt(at), Note: note}
		if count {
			p.Count = p.List
		}
		all = append(all, p)
	}
	list := StateList(c.State)
	in(list, list == CasesPending || list == CasesReview)
	if c.Clerk != "" {
		in(CasesOf(c.Clerk), false)
	}
	if c.State == CasePending {
		if c.Clerk != "" {
			in(CasesWaiting(c.Clerk), false)
		}
		if c.Window != "" {
			in(CasesAt(c.Window), false)
		}
	}
	if c.Number == "" && c.TempNumber != "" {
		in(CasesTemporary(c.Terminal), false)
		if c.Origin == OriginOnline {
			in(CasesTemporaryAtKiosks, false)
		}
	}
	for _, turn := range c.turns() {
		in(turn, false)
	}
	for _, urged := range c.urged() {
		in(urged, false)
	}
	note = strings.Join(lists, "\n")
	for _, number := range []string{c.Number, c.TempNumber} {
		if number != "" {
			in(CasesNumbered(number), false)
		}
	}
	if len(c.Number) > LastDigits {
		in(CasesEnding(c.Number[len(c.Number)-LastDigits:]), false)
	}
	return all
}

// anomalyPart is the part of its lists in which a case stands. Anomaly says the
// same of one moment.
func (c *Case) anomalyPart() string {
	switch {
	case len(c.Anomaly(c.SubmittedAt)) > 0, c.State == CasePending && c.SubmittedAt.IsZero():
		return AnomalyAlways
	case c.State == CasePending:
		return AnomalyLater
	}
	return AnomalyNever
}

// Turns of the office, for the names of lists.
const (
	turnVoid     CaseList = casesTurn + "void"    // somebody asked to void it
	turnSpecial  CaseList = casesTurn + "special" // a special procedure runs
	turnApproval CaseList = casesTurn + "approval"
	turnDecided  CaseList = casesTurn + "decided" // to be completed
)

func turnOf(staff string) CaseList { return CaseList(casesTurn + "by/" + staff) }
func turnStep(step int) CaseList   { return CaseList(casesTurn + "step/" + strconv.Itoa(step)) }

// turns are the lists of what waits for somebody of the office (审批) in which a
// case stands.
func (c *Case) turns() (lists []CaseList) {
	if c.Voiding != nil {
		lists = append(lists, turnVoid)
	}
	switch {
	case c.State == CaseSpecialStop:
		lists = append(lists, turnSpecial)
	case c.State == CaseDecided:
		lists = append(lists, turnDecided)
	case caseMay("15", c.State):
		if c.State == CaseInApproval {
			lists = append(lists, turnApproval)
		}
		step, by := c.turn()
		if by != "" {
			return append(lists, turnOf(by))
		}
		lists = append(lists, turnStep(step))
	}
	return lists
}

// turn is the step at which a case is, and whose it is; "" anybody's who may.
func (c *Case) turn() (step int, by string) {
	if c.Approval == nil {
		return StepHandle, ""
	}
	return c.Approval.At, c.Approval.By
}

// Turns are the lists of cases that may wait for somebody of the office. Whether
// one of them does WaitsFor says: nobody reviews what they handled.
func (c *Catalogue) Turns(staff string) []CaseList {
	s, _ := c.StaffByID(staff)
	lists := []CaseList{turnOf(staff)}
	if s.office(RightVoidCases) {
		lists = append(lists, turnVoid)
	}
	special := slices.Contains(s.Roles, RoleSpecialApprover)
	if special {
		lists = append(lists, turnApproval)
	}
	if special || s.office(RightHandleCases, RightReviewCases, RightApproveCases) {
		lists = append(lists, turnSpecial)
	}
	if s.office(RightHandleCases, RightApproveCases) {
		lists = append(lists, turnDecided)
	}
	for _, step := range []int{StepHandle, StepReview, StepApprove} {
		if s.office(stepRights[step]) {
			lists = append(lists, turnStep(step))
		}
	}
	return lists
}
