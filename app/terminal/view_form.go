package terminal

import (
	"time"

	"hallway/app/hall"
)

// FormView is the form (表单) of a case as a page shows it, at the step of whoever
// sits there; requirements B-15, B-51, C-52, C-58, E-29.
type FormView struct {
	Fields []FormFieldView `json:"fields"` // that the step may read, in their order
	Known  bool            `json:"known"`  // what was filled in before is here; false: the centre is asked
	Done   bool            `json:"done"`   // nothing is missing for this step
	Filled time.Time       `json:"filled,omitzero"`
	Fill   Act             `json:"fill"`
}

// FormFieldView is one field.
type FormFieldView struct {
	Key      string        `json:"key"`
	Name     hall.Names    `json:"name"`
	Hint     hall.Names    `json:"hint,omitempty"`
	Kind     hall.FormKind `json:"kind" enum:"text,choice,date,phone,id-number,credit-code,integer,number,boolean"`
	Choices  []FormChoice  `json:"choices"`
	Required bool          `json:"required"`
	Writable bool          `json:"writable"`
	Longest  int           `json:"longest"` // characters
	Digits   bool          `json:"digits"`  // of a text: only digits
	// Text is what stands in it: filled in or typed before, else the default.
	Text string `json:"text"`
	// Fault is what is wrong with what was sent: key "form.fault.<code>".
	Fault *hall.Text `json:"fault,omitempty"`
}

// FormChoice is one value of a choice.
type FormChoice struct {
	Value string     `json:"value"`
	Name  hall.Names `json:"name"`
}

// FormRequest is what was typed into the fields of a form.
type FormRequest struct {
	Fields map[string]string `json:"fields"`
}

// FormFieldRequest is what was typed into one field.
type FormFieldRequest struct {
	Field string `json:"field" minLength:"1" maxLength:"32"`
	Text  string `json:"text" maxLength:"1000"`
}
