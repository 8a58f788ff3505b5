package terminal

import (
	"time"

	"hallway/app/hall"
)

// ClockView is a legal clock (时限) of a case that has not ended; requirements G3.
type ClockView struct {
	Kind        hall.ClockKind `json:"kind"`          // label "clock.<kind>"
	Due         string         `json:"due,omitempty"` // YYYY-MM-DD; none while it is stopped
	Left        int            `json:"left"`          // working days; below zero: over by so many
	Light       hall.Light     `json:"light" enum:"green,yellow,red,paused"`
	Provisional bool           `json:"provisional"` // the calendar of a day on the way is not published yet
}

// SupplementView is the one notice of what is missing (补正告知).
type SupplementView struct {
	No        string           `json:"no,omitempty"` // of the document
	At        time.Time        `json:"at"`
	PreReview bool             `json:"pre_review"` // told by the return of a pre-review
	Received  time.Time        `json:"received,omitzero"`
	Items     []SupplementLine `json:"items"`
}

// SupplementLine is one material of that notice.
type SupplementLine struct {
	Key   string     `json:"key"`
	Name  hall.Names `json:"name"`
	Fault string     `json:"fault"`           // label "supplement.fault.<fault>"
	Words string     `json:"words,omitempty"` // as far as the centre has told
	Open  bool       `json:"open"`            // still to come
}

// RefusalView is why a case was not accepted (不予受理).
type RefusalView struct {
	No        string    `json:"no,omitempty"` // of the document
	At        time.Time `json:"at"`
	Reason    string    `json:"reason"`              // label "refuse.<reason>"
	Authority string    `json:"authority,omitempty"` // to go to instead
	Words     string    `json:"words,omitempty"`     // as far as the centre has told
}

// PassRequest passes a pre-review.
type PassRequest struct {
	Bring []string `json:"bring" maxItems:"200"` // keys of materials of which the original is to be brought
}

// MissingRequest tells everything that is missing, once.
type MissingRequest struct {
	Items []MissingItem `json:"items" maxItems:"200"`
}

// MissingItem is one material of that list.
type MissingItem struct {
	Material string `json:"material" minLength:"1" maxLength:"64"`
	Fault    string `json:"fault" enum:"missing,incomplete,illegible,expired,wrong_form,unsealed,mismatch"` // label "supplement.fault.<fault>"
	Words    string `json:"words,omitempty" maxLength:"400"`
}

// NotAcceptRequest refuses to accept the case in hand.
type NotAcceptRequest struct {
	Reason    string `json:"reason" enum:"outside_remit,no_licence_needed,conditions_not_met,not_supplemented,false_materials"` // label "refuse.<reason>"
	Authority string `json:"authority,omitempty" maxLength:"80"`                                                                // outside the remit: where to go
	Words     string `json:"words,omitempty" maxLength:"400"`
}
