package terminal

import (
	"time"

	"hallway/app/hall"
)

// KioskProgress is the look at one's own cases (办件进度), in the citizen's
// words; requirements G1.2, G2.1.
type KioskProgress struct {
	// Step: "ask" (card, or number and password), "reading", "list".
	Step string `json:"step" enum:"ask,reading,list"`
	By   string `json:"by,omitempty" enum:"card,number"`
	// Number is that of a receipt whose code was scanned: only the password is
	// still asked for.
	Number string      `json:"number,omitempty"`
	Left   int         `json:"left"` // how many more passwords may be tried
	Cases  []KioskCase `json:"cases"`
	// Print is the state of the printed progress: "", "printing", "confirmed",
	// "parsed", "failed", "unknown".
	Print string `json:"print,omitempty"`
	May   Act    `json:"may_print"`
}

// KioskCase is one case as its owner sees it.
type KioskCase struct {
	ID        string          `json:"id"`
	Number    string          `json:"number"` // empty: begun here and not submitted
	Item      hall.Names      `json:"item"`
	State     hall.CaseState  `json:"state"`   // label "case.citizen.<state>"
	Anomaly   []hall.Text     `json:"anomaly"` // keys "anomaly.citizen.<code>"
	Next      hall.Text       `json:"next"`    // key "progress.next.<code>": what happens now, what to do
	Applied   time.Time       `json:"applied,omitzero"`
	Accepted  time.Time       `json:"accepted,omitzero"`
	Since     time.Time       `json:"since,omitzero"` // in this state
	DueDay    string          `json:"due_day,omitempty"`
	Materials []KioskMaterial `json:"materials"`
	Online    bool            `json:"online,omitempty"` // applied for at a kiosk, and not taken back
	Reprint   Act             `json:"reprint"`          // its slip once more (补打), without the password: POST /kiosk/progress/print
	Continue  Act             `json:"continue"`         // by card: POST /kiosk/apply/continue with ID
	Cancel    Act             `json:"cancel"`           // by card: POST /kiosk/apply/cancel with ID
}

// KioskMaterial is one material of a case as its owner sees it.
type KioskMaterial struct {
	Name  hall.Names         `json:"name"`
	State hall.MaterialState `json:"state"`
	Label string             `json:"label"`           // key "material.citizen.<…>"
	Fault string             `json:"fault,omitempty"` // key "supplement.fault.<fault>": to be brought anew
	Bring bool               `json:"bring,omitempty"` // the original is to be brought
	// Original: it was photographed, and the paper itself is to be shown at the counter.
	Original bool `json:"original,omitempty"`
}

// ProgressRequest asks for a case by its number and query password (查询密码).
type ProgressRequest struct {
	Number   string `json:"number" minLength:"1" maxLength:"100"` // application number, or the temporary one
	Password string `json:"password" minLength:"1" maxLength:"16"`
}

// ProgressPrintRequest prints the progress of one case that is shown, or the slip of
// its application once more.
type ProgressPrintRequest struct {
	What   string `json:"what,omitempty" enum:"progress,slip"`
	Number string `json:"number" minLength:"1" maxLength:"100"`
	Locale string `json:"locale,omitempty" maxLength:"16"` // of the slip; the terminal's when empty
}
