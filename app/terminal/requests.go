package terminal

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
