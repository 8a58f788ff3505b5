package terminal

import (
	"time"

	"hallway/app/hall"
)

// KioskApply is an application that its owner makes at the kiosk (申办), in the
// citizen's words; requirements, E-23 to E-30, G2.2 rows 1 and 1b.
type KioskApply struct {
	// Step: "needs" (what to bring), "check" (questions of oneself), "identify"
	// (place the card), "reading", "materials", "sending" (no verdict yet),
	// "form" before "materials", "done". "confirm" is the page's own, before it submits.
	Step      string               `json:"step" enum:"identify,reading,needs,check,form,materials,confirm,sending,done"`
	Item      KioskApplyItem       `json:"item"`
	Checks    []KioskCheck         `json:"checks"`
	Form      *FormView            `json:"form,omitempty"` // with its fields in the step "form"
	Materials []KioskApplyMaterial `json:"materials"`
	State     hall.CaseState       `json:"state,omitempty"` // label "case.citizen.<state>"; empty before it is begun
	// Begun is when an application was begun that goes on here.
	Begun     time.Time `json:"begun,omitzero"`
	Number    string    `json:"number,omitempty"`
	Temporary bool      `json:"temporary,omitempty"` // Number was printed while no block was owned; another follows
	Resubmit  bool      `json:"resubmit,omitempty"`  // changed: must be submitted again
	Waiting   bool      `json:"waiting"`             // an act has no verdict yet: what is pressed waits
	Offline   bool      `json:"offline"`             // something was done without the line: it is sent later
	// Message is what came of the last act: key "message.<code>" with the
	// material's key in Params: share_requested (M1), paper_requested (M2),
	// share_refused, share_failed (M3), applied (M17), cancelled, taken_back.
	Message *hall.Text `json:"message,omitempty"`
	// Refused is why the centre did not do what was asked: key "reason.<code>".
	Refused *hall.Text `json:"refused,omitempty"`
	Start   Act        `json:"start"`  // from needs and check on: key "why_not.<code>"
	Submit  Act        `json:"submit"` // key "why_not.<code>"
	Cancel  Act        `json:"cancel"`
	// Slip is the state of the slip that was printed last: "", "printing",
	// "confirmed", "parsed", "failed", "unknown".
	Slip  string `json:"slip,omitempty" enum:",printing,confirmed,parsed,failed,unknown"`
	Print Act    `json:"may_print"`
	// Capture is the taking of pages for a material, while it is open.
	Capture *CaptureView `json:"capture,omitempty"`
}

// KioskApplyItem is the item that is applied for.
type KioskApplyItem struct {
	ID           string        `json:"id"`
	Name         hall.Names    `json:"name"`
	Authority    hall.Names    `json:"authority,omitempty"`
	Kind         hall.CaseKind `json:"kind"` // label "case.kind.<kind>"
	PromisedDays int           `json:"promised_days,omitempty"`
	LegalDays    int           `json:"legal_days,omitempty"`
	Phone        string        `json:"phone,omitempty"`
	Counter      bool          `json:"counter"` // originals must be shown at the counter later
	Form         bool          `json:"form"`    // there is a form to fill in; a blank one can be printed
}

// KioskCheck is a question of the self-check (条件自检).
type KioskCheck struct {
	ID        string     `json:"id"`
	Question  hall.Names `json:"question"`
	Answer    string     `json:"answer" enum:",yes,no"`
	Otherwise hall.Names `json:"otherwise,omitempty"` // filled when the answer is not the wanted one: what to do
	Stops     bool       `json:"stops"`               // with that answer one cannot apply here
}

// KioskApplyMaterial is a material of the application.
type KioskApplyMaterial struct {
	Key       string             `json:"key"`
	Name      hall.Names         `json:"name"`
	Person    int                `json:"person"` // of which applicant, from 1
	Required  bool               `json:"required"`
	Originals int                `json:"originals,omitempty"`
	Copies    int                `json:"copies,omitempty"`
	State     hall.MaterialState `json:"state"`
	Label     string             `json:"label"` // key "material.citizen.<…>"
	// Department is who would be asked for it.
	Department hall.Names `json:"department,omitempty"`
	// Method is how it comes; ORIGINAL: it is to be brought to the counter.
	Method hall.Method `json:"method,omitempty"`
	Asking bool        `json:"asking"`          // the department is being asked whether it can
	Coming bool        `json:"coming"`          // pages were taken and are on their way
	Bring  bool        `json:"bring"`           // the original is to be brought to the counter
	Due    time.Time   `json:"due,omitzero"`    // the department's limit
	Pages  int         `json:"pages,omitempty"` // taken in this session
	Fault  string      `json:"fault,omitempty"` // key "supplement.fault.<fault>": to be brought anew
	Ways   []KioskWay  `json:"ways"`
	Drop   Act         `json:"drop"` // take back the choice of a method, or what was photographed
}

// KioskWay is a way to bring a material: E_SHARE and PAPER_SHARE (a department
// is asked), UPLOAD (photographed here: /kiosk/capture/begin), ORIGINAL (brought
// to the counter later).
type KioskWay struct {
	Method hall.Method `json:"method"`
	May    Act         `json:"may"`
}

// ApplyRequest begins an application for an item.
type ApplyRequest struct {
	Item string `json:"item" minLength:"1" maxLength:"64"`
}

// ApplySubmitRequest submits the application.
type ApplySubmitRequest struct {
	Locale string `json:"locale,omitempty" maxLength:"16"` // of the slip; the terminal's when empty
}

// ApplyContinueRequest goes on with an application of the session's person.
type ApplyContinueRequest struct {
	Case string `json:"case" minLength:"1" maxLength:"100"` // id, or number
}

// ApplyCheckRequest answers a question of the self-check.
type ApplyCheckRequest struct {
	ID     string `json:"id" minLength:"1" maxLength:"40"`
	Answer string `json:"answer" enum:"yes,no"`
}

// ApplyMethodRequest chooses how a material comes.
type ApplyMethodRequest struct {
	Material string      `json:"material" minLength:"1" maxLength:"64"`
	Method   hall.Method `json:"method" enum:"E_SHARE,PAPER_SHARE,ORIGINAL"`
}

// ApplyCancelRequest cancels the application, after the question (M5): the one
// that is open, or one of the list.
type ApplyCancelRequest struct {
	Case      string `json:"case,omitempty" maxLength:"100"` // id, or number
	Confirmed bool   `json:"confirmed"`
}

// ApplyPrintRequest prints the success slip, what is needed, or the blank form.
type ApplyPrintRequest struct {
	What   string `json:"what" enum:"slip,needs,form"`
	Locale string `json:"locale,omitempty" maxLength:"16"`
}
