package terminal

import "hallway/app/hall"

// Requests are what a page may ask for. Each act answers with the whole view
// of the role after it, or with a Problem.

// TakeRequest asks for a number (取号).
type TakeRequest struct {
	Group  string `json:"group" minLength:"1" maxLength:"40"`
	Item   string `json:"item,omitempty" maxLength:"80"`
	Locale string `json:"locale,omitempty" maxLength:"16"` // of the slip; the terminal's when empty
}

// CheckInRequest checks in with an appointment of the open session (预约签到).
type CheckInRequest struct {
	Appointment string `json:"appointment" minLength:"1" maxLength:"64"`
	Locale      string `json:"locale,omitempty" maxLength:"16"`
}

// PhoneRequest looks for an appointment by phone and six-digit code.
type PhoneRequest struct {
	Phone string `json:"phone" minLength:"1" maxLength:"32"`
	Code  string `json:"code" minLength:"1" maxLength:"16"`
}

// ReplaceRequest answers the question whether to finish the open session and
// begin one for the card or code that is waiting.
type ReplaceRequest struct {
	Accept bool `json:"accept"`
}

// SayRequest asks for a prompt to be spoken: a sentence of the catalogues in a
// language. A parameter is a count, a time (HH:MM), a ticket number, or
// «group:ID», «item:ID», «window:ID» for the hall's own name; anything else is
// refused.
type SayRequest struct {
	Key    string            `json:"key" minLength:"1" maxLength:"80"`
	Params map[string]string `json:"params,omitempty"`
	Locale string            `json:"locale,omitempty" maxLength:"16"` // the terminal's when empty
	// Always: it must be heard also at volume 0, such as the warning before the
	// person's time is over.
	Always bool `json:"always,omitempty"`
}

// SayReply says whether a prompt will be heard.
type SayReply struct {
	Spoken bool       `json:"spoken"`
	Why    *hall.Text `json:"why,omitempty"` // not: key "fault.<code>" or "why_not.<code>"
	Volume int        `json:"volume"`
}

// VolumeRequest sets how loud prompts are until the person leaves: 0 only what
// must be heard, 1 soft, 2 as usual, 3 loud.
type VolumeRequest struct {
	Volume int `json:"volume" minimum:"0" maximum:"3"`
}

// SignInRequest signs a clerk in (登录). The password goes to the centre and
// is kept nowhere.
type SignInRequest struct {
	Staff    string `json:"staff" minLength:"1" maxLength:"40"`
	Password string `json:"password" minLength:"1" maxLength:"200"`
}

// NextRequest calls the next person, or a named ticket.
type NextRequest struct {
	Ticket string `json:"ticket,omitempty" maxLength:"64"`
}

// TicketRequest names a ticket.
type TicketRequest struct {
	Ticket string `json:"ticket" minLength:"1" maxLength:"64"`
}

// TransferRequest sends the person at the window to another group (转窗).
type TransferRequest struct {
	Group string `json:"group" minLength:"1" maxLength:"40"`
}
