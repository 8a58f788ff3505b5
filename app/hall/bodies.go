package hall

import "time"

// Bodies of the operations: the public part of each kind, in schema version 1.
// Lane: hall lane "hall/<code>" unless the kind table says "shared".

// PublishCatalogueBody replaces the catalogue of a hall. Entity = hall code.
type PublishCatalogueBody struct {
	Catalogue Catalogue `json:"catalogue"`
}

// EnrolTerminalBody makes a terminal known. Entity = terminal id.
type EnrolTerminalBody struct {
	Role   string `json:"role"`   // kiosk, counter, station, display, manager
	Letter string `json:"letter"` // of its offline numbers, unique in the hall
	Window string `json:"window,omitempty"`
	// Department of a sign-out station; empty: a station of the hall.
	Department string `json:"department,omitempty"`
}

// BookBody books an appointment (预约). Entity = appointment id. Personal
// fields are in the sealed part (PersonSealed).
type BookBody struct {
	Item      string `json:"item"`
	Day       string `json:"day"`        // YYYY-MM-DD, +08:00
	Slot      string `json:"slot"`       // HH:MM start
	IDLookup  string `json:"id_lookup"`  // keyed hash of document kind + number, day key
	PhoneLook string `json:"phone_look"` // keyed hash of phone + code, day key
	CodeLook  string `json:"code_look"`  // keyed hash of the secret in the QR code, day key
	// PersonLook is a keyed hash under the hall's long key, for «n per day per person».
	PersonLook string `json:"person_look"`
}

// CancelBookingBody cancels before the cut-off, or by the hall. Entity = appointment id.
type CancelBookingBody struct {
	ByHall bool `json:"by_hall,omitempty"`
}

// AppointmentNoShowBody is the writer's own: the check-in window closed.
type AppointmentNoShowBody struct{}

// PersonSealed is the sealed part of book, take_ticket and check_in.
type PersonSealed struct {
	Name    string `json:"name"`
	DocKind string `json:"doc_kind"` // GA/T 2000.156: 111 resident card, ...
	DocNo   string `json:"doc_no"`
	Phone   string `json:"phone,omitempty"`
}

// LeaseNumbersBody asks for numbers to own before they are used. Entity =
// series id: "<group prefix>/<day>" for the online reserve and
// "<group prefix><terminal letter>/<day>" for the terminal's own block.
type LeaseNumbersBody struct {
	Series  string `json:"series"`
	Group   string `json:"group"`
	Day     string `json:"day"`
	Count   int    `json:"count"`
	Offline bool   `json:"offline"` // a block with the terminal's own letter
}

// LeaseResult is the verdict's result for lease_numbers.
type LeaseResult struct {
	Lease Lease `json:"lease"`
}

// TakeTicketBody issues a ticket with an owned number (witness). Entity = ticket id.
type TakeTicketBody struct {
	Number  string `json:"number"` // as printed, e.g. A012 or AK003
	Lease   string `json:"lease"`  // id of the lease that the number came from
	Seq     int    `json:"seq"`    // place in the series
	Day     string `json:"day"`
	Group   string `json:"group"`
	Item    string `json:"item,omitempty"`
	Class   Class  `json:"class"`
	Offline bool   `json:"offline,omitempty"`
	Locale  string `json:"locale,omitempty"`
}

// CheckInBody is TakeTicketBody with the appointment that it fulfils.
type CheckInBody struct {
	TakeTicketBody
	Appointment string `json:"appointment"`
	Way         string `json:"way"` // card, qr, phone
}

// SlipPrintedBody says what became of a slip (witness). Entity = ticket id.
type SlipPrintedBody struct {
	Job     string `json:"job"`
	Outcome string `json:"outcome"`           // confirmed, parsed, failed, unknown
	Reprint bool   `json:"reprint,omitempty"` // 补打
}

// OpenWindowBody: a clerk begins work at a window. Entity = window id.
type OpenWindowBody struct {
	Groups []string `json:"groups,omitempty"` // empty: those of the catalogue
}

// CloseWindowBody: work ends or pauses. Entity = window id.
type CloseWindowBody struct {
	Pause bool `json:"pause,omitempty"`
}

// CallNextBody calls the next person to a window (叫号). Entity = window id.
type CallNextBody struct {
	Ticket string `json:"ticket,omitempty"` // a named ticket, with the right for it
}

// CallResult is the verdict's result for call_next.
type CallResult struct {
	Ticket Ticket `json:"ticket"`
}

// TicketActBody serves recall, start_service, miss_ticket, hold_ticket,
// resume_ticket, requeue_ticket, finish_service and void_ticket. Entity = ticket id.
type TicketActBody struct {
	Window string `json:"window,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// TransferTicketBody sends the person to another group, keeping the number.
// Entity = ticket id.
type TransferTicketBody struct {
	Window string `json:"window"`
	Group  string `json:"group"`
	First  bool   `json:"first,omitempty"` // keeps the place at the front
}

// RateBody is a rating of one service (评价; witness). Entity = ticket id.
// Level by GB/T 39046 A.8: 1 非常满意 … 5 非常不满意; 0 = not rated.
type RateBody struct {
	Level   int       `json:"level"`
	Options []string  `json:"options,omitempty"`
	Channel string    `json:"channel"` // evaluator, screen, qr
	Device  string    `json:"device,omitempty"`
	AskedAt time.Time `json:"asked_at,omitzero"`
}

// CloseDayBody closes what is left of a day (writer only). Entity = day.
type CloseDayBody struct {
	Day string `json:"day"`
}
