package hall

import (
	"slices"
	"time"
)

// MaterialState (材料状态) of one material in a case; requirements G1.2.
type MaterialState string

const (
	MaterialPrepare MaterialState = "PREPARE"    // 准备
	MaterialEWait   MaterialState = "E_WAIT"     // 待共享
	MaterialWaitOut MaterialState = "P_WAIT_OUT" // 待签出
	MaterialWaitIn  MaterialState = "P_WAIT_IN"  // 待签入
	MaterialMissing MaterialState = "MISSING"    // 材料缺失: the other side said no
	MaterialTimeout MaterialState = "TIMEOUT"    // 共享超时: nobody answered in time
	MaterialDone    MaterialState = "DONE"       // 已完成
)

// Method (提交方式) by which a material comes.
type Method string

const (
	MethodEShare   Method = "E_SHARE"     // 电子材料共享
	MethodPaper    Method = "PAPER_SHARE" // 纸档材料共享
	MethodUpload   Method = "UPLOAD"      // a scanned or uploaded file
	MethodOriginal Method = "ORIGINAL"    // the paper itself, handed in
	MethodLicence  Method = "LICENCE"     // an electronic licence
)

// Shared reports whether a department supplies the material.
func (m Method) Shared() bool { return m == MethodEShare || m == MethodPaper }

// How a material was done: values of Attempt.DoneBy.
const (
	DoneEShared  = "E_SHARED"
	DoneSignedIn = "SIGNED_IN"
	DoneUploaded = "UPLOADED"
	DoneOriginal = "ORIGINAL_RECEIVED"
	DoneLicence  = "LICENCE"
)

// AttemptState of one choice of one method.
type AttemptState string

const (
	AttemptActive     AttemptState = "ACTIVE"
	AttemptSucceeded  AttemptState = "SUCCEEDED"
	AttemptFailed     AttemptState = "FAILED"
	AttemptExpired    AttemptState = "EXPIRED"
	AttemptSuperseded AttemptState = "SUPERSEDED" // the method was changed
	AttemptVoid       AttemptState = "VOID"       // the case was cancelled
)

// NotShareable is the reason of an attempt that failed at its query.
const NotShareable = "NOT_SHAREABLE"

// File is a durable or coming file of a material, known by its digest.
type File struct {
	SHA256 string `json:"sha256"`
	Type   string `json:"type"` // media type
	Size   int64  `json:"size"`
}

// Attempt (一次提交) is one choice of one method for one material.
type Attempt struct {
	No      int          `json:"no"`
	Method  Method       `json:"method"`
	State   AttemptState `json:"state"`
	Reason  string       `json:"reason,omitempty"`
	DoneBy  string       `json:"done_by,omitempty"`
	File    File         `json:"file,omitzero"`
	Coming  bool         `json:"coming,omitempty"` // the file is on its way to the writer
	AskedAt time.Time    `json:"asked_at,omitzero"`
	// Due is the last moment of the limit: of electronic sharing from the
	// query, of paper from the submission; zero while no clock runs.
	Due         time.Time `json:"due,omitzero"`
	Provisional bool      `json:"provisional,omitempty"` // Due lies beyond the published calendar
	Late        bool      `json:"late,omitempty"`        // came after its limit
	EndedAt     time.Time `json:"ended_at,omitzero"`
}

// Ask (查询) is a choice of sharing whose query has no answer yet: nothing is
// known, so the material's state is still what it was.
type Ask struct {
	Op     OpID      `json:"op"`
	Method Method    `json:"method"`
	At     time.Time `json:"at"`
}

// Material (办件材料) is one material of a case. Its state is that of its
// newest attempt.
type Material struct {
	Key      string        `json:"key"`  // code, with "#n" for the n-th applicant from the second on
	Code     string        `json:"code"` // material code
	Required bool          `json:"required,omitempty"`
	State    MaterialState `json:"state"`
	Attempts []Attempt     `json:"attempts,omitempty"`
	Ask      Ask           `json:"ask,omitzero"`
	// Failed is set when the last query gave no answer; a person may try again.
	Failed bool `json:"failed,omitempty"`
}

// Newest is the attempt that the state belongs to.
func (m Material) Newest() (Attempt, bool) {
	if len(m.Attempts) == 0 {
		return Attempt{}, false
	}
	return m.Attempts[len(m.Attempts)-1], true
}

// Open reports whether the material is not in yet.
func (m Material) Open() bool { return m.State != MaterialDone }

// HandedIn reports whether the person gave the material here: what a department
// sends, nobody brings.
func (m Material) HandedIn() bool {
	a, ok := m.Newest()
	return ok && !a.Method.Shared() && (m.State == MaterialDone || a.Coming)
}

// coming reports whether a file was handed in that is still on its way.
func (m Material) coming() bool {
	a, _ := m.Newest()
	return a.Coming
}

// shared reports whether the newest attempt asks a department.
func (m Material) shared() bool {
	a, ok := m.Newest()
	return ok && a.Method.Shared()
}

// Waits reports whether a department was asked and has neither answered nor
// let its time go.
func (m Material) Waits() bool {
	return m.State == MaterialEWait || m.State == MaterialWaitOut || m.State == MaterialWaitIn
}

// MaterialInfo is a row of the table of states.
type MaterialInfo struct {
	State   MaterialState
	Code    int    // of the sources' tables
	Counter string // key of the label at the counter
	Citizen string // key of the label at the kiosk and online: no inner steps
	Blocks  bool   // stands in the way of 受理 (PREPARE only if required)
}

var materialTable = []MaterialInfo{
	{MaterialPrepare, 10, "material.counter.PREPARE", "material.citizen.PREPARE", true},
	{MaterialEWait, 20, "material.counter.E_WAIT", "material.citizen.WAIT", false},
	{MaterialWaitOut, 30, "material.counter.P_WAIT_OUT", "material.citizen.WAIT", false},
	{MaterialWaitIn, 40, "material.counter.P_WAIT_IN", "material.citizen.WAIT", false},
	{MaterialMissing, 50, "material.counter.MISSING", "material.citizen.MISSING", true},
	{MaterialTimeout, 60, "material.counter.TIMEOUT", "material.citizen.TIMEOUT", true},
	{MaterialDone, 90, "material.counter.DONE", "material.citizen.DONE", false},
}

// MaterialStates is the table of states, by code.
func MaterialStates() []MaterialInfo { return slices.Clone(materialTable) }

// ImportMaterialState reads a label of an older system, in either script of
// the counter or the citizen. One label of theirs stands for several states,
// so the method and the reason are needed. A paper of which only
// 申请共享/申请中 is known counts as not signed out: its scans will tell.
// Code of its error: material_label.
func ImportMaterialState(label string, method Method, reason string) (MaterialState, error) {
	switch label {
	case "准备", "準備":
		return MaterialPrepare, nil
	case "待共享":
		return MaterialEWait, nil
	case "待签出", "待簽出":
		return MaterialWaitOut, nil
	case "待签入", "待簽入":
		return MaterialWaitIn, nil
	case "材料缺失":
		return MaterialMissing, nil
	case "已完成", "共享完成", "已签入", "已簽入":
		return MaterialDone, nil
	case "共享超时", "共享超時":
		if reason == NotShareable {
			return MaterialMissing, nil
		}
		return MaterialTimeout, nil
	case "申请共享", "申請共享", "申请中", "申請中":
		switch method {
		case MethodEShare:
			return MaterialEWait, nil
		case MethodPaper:
			return MaterialWaitOut, nil
		}
	}
	return "", &InputError{Code: "material_label"}
}

// summaryOrder goes from the worst to the best.
var summaryOrder = []MaterialState{MaterialMissing, MaterialTimeout, MaterialWaitOut, MaterialWaitIn,
	MaterialEWait, MaterialPrepare, MaterialDone}

// MaterialSummary is the state of the column 材料状态: the worst of all. An
// optional material that nobody chose does not count.
func MaterialSummary(materials []Material) MaterialState {
	worst := len(summaryOrder) - 1
	for _, m := range materials {
		if a, _ := m.Newest(); !m.Required && m.State == MaterialPrepare && !a.Coming {
			continue
		}
		if i := slices.Index(summaryOrder, m.State); i >= 0 {
			worst = min(worst, i)
		}
	}
	return summaryOrder[worst]
}

// MaterialEvent is what can happen to a material; requirements G1.3.
type MaterialEvent string

const (
	EvAskedE       MaterialEvent = "choose_e"        // answered: shareable
	EvRefusedE     MaterialEvent = "choose_e_no"     // answered: not shareable
	EvFailedE      MaterialEvent = "choose_e_failed" // not answered
	EvAskedPaper   MaterialEvent = "choose_paper"
	EvRefusedPaper MaterialEvent = "choose_paper_no"
	EvFailedPaper  MaterialEvent = "choose_paper_failed"
	EvDropped      MaterialEvent = "change_method" // back to the beginning
	EvHandedIn     MaterialEvent = "choose_other"
	EvSubmitted    MaterialEvent = "case_submitted"
	EvArrived      MaterialEvent = "e_callback_ok"
	EvNotSupplied  MaterialEvent = "e_callback_fail"
	EvELate        MaterialEvent = "e_due_passed"
	EvSignedOut    MaterialEvent = "sign_out"
	EvNotReleased  MaterialEvent = "sign_out_refused"
	EvSignedIn     MaterialEvent = "sign_in"         // after its sign-out
	EvSeenEarly    MaterialEvent = "sign_in_early"   // its sign-out is not known
	EvPaperLate    MaterialEvent = "p_due_passed"    //
	EvVoided       MaterialEvent = "case_cancelled"  //
	EvReplaced     MaterialEvent = "replace"         //
	EvOutUndone    MaterialEvent = "sign_out_undone" // G1.7
	EvInUndone     MaterialEvent = "sign_in_undone"  // G1.7
)

// MaterialRow is a row of the table of transitions. An empty To leaves the
// state as it is.
type MaterialRow struct {
	No    string // row of the requirements' G1.3
	Event MaterialEvent
	From  []MaterialState
	To    MaterialState
}

var (
	openStates = []MaterialState{MaterialPrepare, MaterialEWait, MaterialWaitOut, MaterialWaitIn, MaterialMissing, MaterialTimeout}
	waitStates = []MaterialState{MaterialEWait, MaterialWaitOut, MaterialWaitIn}
)

// materialRows is the one table of transitions. What is not in it does not
// happen. Rows 1 and 2 from a material that waits are row 3 with the new
// choice in one act: the old attempt is superseded.
var materialRows = []MaterialRow{
	{"1", EvAskedE, openStates, MaterialEWait},
	{"1n", EvRefusedE, openStates, MaterialMissing},
	{"1f", EvFailedE, openStates, ""},
	{"2", EvAskedPaper, openStates, MaterialWaitOut},
	{"2n", EvRefusedPaper, openStates, MaterialMissing},
	{"2f", EvFailedPaper, openStates, ""},
	{"3", EvDropped, []MaterialState{MaterialEWait, MaterialWaitOut, MaterialWaitIn, MaterialMissing, MaterialTimeout}, MaterialPrepare},
	{"4", EvHandedIn, openStates, MaterialDone},
	{"5", EvSubmitted, waitStates, ""},
	{"6", EvArrived, []MaterialState{MaterialEWait, MaterialTimeout}, MaterialDone},
	{"7", EvNotSupplied, []MaterialState{MaterialEWait, MaterialTimeout}, MaterialMissing},
	{"8", EvELate, []MaterialState{MaterialEWait}, MaterialTimeout},
	{"9", EvSignedOut, []MaterialState{MaterialWaitOut, MaterialTimeout}, MaterialWaitIn},
	{"9r", EvNotReleased, []MaterialState{MaterialWaitOut}, MaterialMissing},
	{"10", EvSignedIn, []MaterialState{MaterialWaitIn, MaterialTimeout}, MaterialDone},
	{"10x", EvSeenEarly, []MaterialState{MaterialWaitOut, MaterialTimeout}, ""},
	{"11", EvPaperLate, []MaterialState{MaterialWaitOut, MaterialWaitIn}, MaterialTimeout},
	{"12", EvVoided, openStates, ""},
	{"13", EvReplaced, []MaterialState{MaterialDone}, MaterialPrepare},
	{"9u", EvOutUndone, []MaterialState{MaterialWaitIn}, MaterialWaitOut},
	{"10u", EvInUndone, []MaterialState{MaterialDone}, MaterialWaitIn},
}

// MaterialRows is the table of transitions of a material.
func MaterialRows() []MaterialRow { return slices.Clone(materialRows) }

// NextMaterialState is what an event makes of a state, not ok when the event
// cannot happen there.
func NextMaterialState(from MaterialState, event MaterialEvent) (to MaterialState, ok bool) {
	for _, r := range materialRows {
		if r.Event == event && slices.Contains(r.From, from) {
			if r.To == "" {
				return from, true
			}
			return r.To, true
		}
	}
	return from, false
}
