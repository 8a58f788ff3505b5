package hall

import (
	"slices"
	"time"
)

// Custody (保管) of one paper: who holds it; requirements G1.7.
type Custody string

const (
	AtDepartment  Custody = "AT_DEPARTMENT"
	InTransit     Custody = "IN_TRANSIT"
	AtHall        Custody = "AT_COUNTER"
	Filed         Custody = "FILED_WITH_CASE"
	InTransitBack Custody = "IN_TRANSIT_BACK"
	Returned      Custody = "RETURNED"
	// Unverified (待核对): it was seen where it could not be yet, because a scan
	// before it has not arrived. That scan settles it, whenever it comes.
	Unverified Custody = "UNVERIFIED"
	// Disputed: scans that cannot all be true. A person settles it.
	Disputed Custody = "DISPUTED"
)

// Observation (扫码记录) is one scan of a paper. It is never deleted and never
// ordered by its time: what it means follows from what else was seen.
type Observation struct {
	Op          OpID      `json:"op"`
	Kind        Kind      `json:"kind"` // sign_out, sign_in, return_out, return_in, file_paper
	Staff       string    `json:"staff"`
	Terminal    string    `json:"terminal"`
	Stamp       Stamp     `json:"stamp"`
	At          time.Time `json:"at"` // received by the writer
	Consignment string    `json:"consignment,omitempty"`
	Copies      int       `json:"copies,omitempty"`
	Undone      OpID      `json:"undone,omitempty"`  // taken back by this operation
	Settled     bool      `json:"settled,omitempty"` // overruled by a person
	Fault       string    `json:"fault,omitempty"`   // why it moved nothing
}

// counts reports whether an observation moves the paper.
func (o Observation) counts() bool { return o.Undone == "" && !o.Settled && o.Fault == "" }

// DeriveCustody says who holds a paper by what was seen of it. It looks at the
// set of observations, not at their order, so that stations which cannot see
// each other lead to the same answer in whatever order they are heard.
func DeriveCustody(seen []Observation) Custody {
	at := map[Kind][]string{}
	for _, o := range seen {
		if o.counts() && !slices.Contains(at[o.Kind], o.Terminal) {
			at[o.Kind] = append(at[o.Kind], o.Terminal)
		}
	}
	for _, terminals := range at {
		if len(terminals) > 1 {
			return Disputed // one paper, twice the same step
		}
	}
	has := func(k Kind) bool { return len(at[k]) > 0 }
	out, in, filed, back, home := has(SignOut), has(SignIn), has(FilePaper), has(ReturnOut), has(ReturnIn)
	switch {
	case filed && (back || home):
		return Disputed
	case home && out && in == back: // returned by way of the hall, or from the road
		return Returned
	case home, (back || filed || in) && !out, (back || filed) && !in:
		return Unverified
	case back:
		return InTransitBack
	case filed:
		return Filed
	case in:
		return AtHall
	case out:
		return InTransit
	}
	return AtDepartment
}

// Paper (纸档材料) is one paper that a department was asked for: one attempt of
// one material of one case. Entity id = Label.ID. It exists from the notice to
// the department on, and is never gone.
type Paper struct {
	ID         string        `json:"id"`
	Case       string        `json:"case"`
	Number     string        `json:"number"`
	Item       string        `json:"item"`
	Material   string        `json:"material"` // key
	Code       string        `json:"code"`
	Attempt    int           `json:"attempt"`
	Department string        `json:"department"`
	Custody    Custody       `json:"custody"`
	Due        time.Time     `json:"due"`
	Seen       []Observation `json:"seen,omitempty"`
	// Only: its attempt or case has ended. Scans still say who holds it, and it
	// goes back to the department (退回提供部门).
	Only bool `json:"only,omitempty"`
	// Refused is why the department does not release it.
	Refused string `json:"refused,omitempty"`
	// Attention: a person must look (待核对 for too long, or disputed).
	Attention bool `json:"attention,omitempty"`
}

// GoesBack reports whether the paper is to be returned to its department.
func (p Paper) GoesBack() bool {
	return p.Only && (p.Custody == AtHall || p.Custody == InTransit || p.Custody == Unverified)
}

// Wanted reports whether the hall still asks for the paper.
func (p Paper) Wanted() bool { return !p.Only && p.Refused == "" }

// Overdue (逾期) reports whether a paper that is still wanted is not in, past
// its limit. What is in the hall, filed, on its way back, or in dispute is not:
// the last is for a person to look at, whatever its limit.
func (p Paper) Overdue(now time.Time) bool {
	return p.Wanted() && !p.Due.IsZero() && now.After(p.Due) &&
		(p.Custody == AtDepartment || p.Custody == InTransit || p.Custody == Unverified)
}

// BatchState (批次状态): requirements G1.7.
type BatchState string

const (
	BatchOpen    BatchState = "OPEN"
	BatchPartOut BatchState = "PART_OUT"
	BatchOut     BatchState = "OUT"
	BatchPartIn  BatchState = "PART_IN"
	BatchIn      BatchState = "IN"
	BatchClosed  BatchState = "CLOSED"
)

// BatchPaper is a paper as its batch knows it.
type BatchPaper struct {
	ID      string  `json:"id"`
	Custody Custody `json:"custody"`
	// Dropped: it stays in the department, refused or not wanted any more.
	Dropped bool `json:"dropped,omitempty"`
}

// Batch (批次) is all papers of one case from one department. Entity id =
// BatchID.
type Batch struct {
	ID         string       `json:"id"`
	Case       string       `json:"case"`
	Number     string       `json:"number"`
	Item       string       `json:"item"`
	Department string       `json:"department"`
	State      BatchState   `json:"state"`
	Papers     []BatchPaper `json:"papers"`
	Closed     bool         `json:"closed,omitempty"`
	OpenedAt   time.Time    `json:"opened_at"`
}

// BatchID is the identity of a case's batch at a department.
func BatchID(number, department string) string { return number + "/" + department }

// CustodyFeed is the feed of one department's papers, batches and
// consignments: its own stations follow it, and the sign-in stations of the
// hall follow all. No case and no person is in it.
func CustodyFeed(department string) Feed { return Feed("custody/" + department) }

// NoDepartment is the feed part of scans that belong to no department.
const NoDepartment = "-"

// DeriveBatch is the state of a batch by its papers. Papers that stay in the
// department do not hold it up; a batch of which all stay there is closed.
func DeriveBatch(papers []BatchPaper, closed bool) BatchState {
	total, out, in := 0, 0, 0
	for _, p := range papers {
		if p.Dropped {
			continue
		}
		total++
		switch p.Custody {
		case AtDepartment:
		case InTransit, Unverified, Disputed:
			out++
		default:
			out++
			in++
		}
	}
	switch {
	case closed, total == 0 && len(papers) > 0:
		return BatchClosed
	case out == 0:
		return BatchOpen
	case in == total:
		return BatchIn
	case in > 0:
		return BatchPartIn
	case out == total:
		return BatchOut
	}
	return BatchPartOut
}
