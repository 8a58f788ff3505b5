package central

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"hallway/app/hall"
)

// Prefix of the centre's own API.
const Prefix = "/central/v1"

// Version of the API document.
const Version = "1.0.0"

// handlers is what the routes call. Centre implements it; the document is made
// from the same registration without one.
type handlers interface {
	signIn(context.Context, *signInInput) (*sessionOutput, error)
	signOut(context.Context, *emptyInput) (*struct{}, error)
	me(context.Context, *emptyInput) (*meOutput, error)
	bookingInfo(context.Context, *emptyInput) (*bookingInfoOutput, error)
	bookingSlots(context.Context, *slotsInput) (*slotsOutput, error)
	book(context.Context, *bookInput) (*bookOutput, error)
	cancelBooking(context.Context, *cancelInput) (*struct{}, error)
	managerView(context.Context, *emptyInput) (*managerOutput, error)
	managerEvents(context.Context, *eventsInput) (*huma.StreamResponse, error)
	managerFloor(context.Context, *emptyInput) (*fresh[ManagerFloor], error)
	managerWindow(context.Context, *placeInput) (*fresh[ManagerWindowDay], error)
	managerGroup(context.Context, *placeInput) (*fresh[ManagerGroupDay], error)
	managerTickets(context.Context, *figureInput) (*fresh[ManagerTickets], error)
	managerAppointments(context.Context, *emptyInput) (*fresh[[]ManagerAppointment], error)
	supervision(context.Context, *supervisionInput) (*fresh[Supervision], error)
	remindCase(context.Context, *remindInput) (*struct{}, error)
	postNotice(context.Context, *noticeInput) (*managerOutput, error)
	withdrawNotice(context.Context, *noticeIDInput) (*managerOutput, error)
	revokeTerminal(context.Context, *terminalInput) (*managerOutput, error)
	readmitTerminal(context.Context, *terminalInput) (*managerOutput, error)
	ticketPerson(context.Context, *personInput) (*personOutput, error)
	progress(context.Context, *progressInput) (*progressOutput, error)
	applications(context.Context, *applicationsInput) (*applicationsOutput, error)
	caseApplicant(context.Context, *personInput) (*personOutput, error)
	caseWords(context.Context, *personInput) (*wordsOutput, error)
	caseOpinions(context.Context, *personInput) (*opinionsOutput, error)
	caseForm(context.Context, *personInput) (*formOutput, error)
	applicationForm(context.Context, *formInput) (*formOutput, error)
	caseAvailability(context.Context, *personInput) (*availabilityOutput, error)
}

type emptyInput struct{}

type signInInput struct {
	Body SignIn
}

type sessionOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         Session
}

// Me is who the session belongs to, without its token.
type Me struct {
	ID      string      `json:"id"`
	Staff   string      `json:"staff"`
	Name    string      `json:"name"`
	Roles   []hall.Role `json:"roles"`
	Windows []string    `json:"windows,omitempty"`
	Expires time.Time   `json:"expires"`
	// Acts are those of the manager's pages: a page offers what is allowed.
	Acts []SessionAct `json:"acts"`
}

// SessionAct is whether an act of the manager's pages is allowed to who is signed in.
type SessionAct struct {
	Act string     `json:"act" enum:"postNotice,withdrawNotice,revokeTerminal,readmitTerminal,remindCase"`
	Why *hall.Text `json:"why,omitempty"` // it is not: key "error.<code>"
}

type meOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         Me
}

type bookingInfoOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         BookingInfo
}

type slotsInput struct {
	Item string `query:"item" required:"true" maxLength:"64"`
	Day  string `query:"day" required:"true" maxLength:"10"`
}

type slotsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         []BookingSlot
}

type bookInput struct {
	Body BookingRequest
}

type bookOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         BookingReply
}

// CancelRequest proves by phone and code that the booking is one's own.
type CancelRequest struct {
	Phone string `json:"phone" maxLength:"32"`
	Code  string `json:"code" maxLength:"16"`
}

type cancelInput struct {
	ID   string `path:"id" maxLength:"64"`
	Body CancelRequest
}

type managerOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         ManagerView
}

type eventsInput struct {
	LastEventID string `header:"Last-Event-ID"`
}

// TicketPerson is the person of a ticket, in full, for the clerk who handles
// the matter. It is never cached and never logged; each reading is audited.
type TicketPerson struct {
	Name    string `json:"name"`
	DocKind string `json:"doc_kind"`
	DocNo   string `json:"doc_no"`
	Phone   string `json:"phone,omitempty"`
}

type personInput struct {
	ID string `path:"id" maxLength:"64"`
}

type personOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         TicketPerson
}

// route is one line of the route table: what it is called, where it is, who
// may use it (see permissions.go).
type route struct {
	id, method, path, summary string
	status                    int
	maxBody                   int64
}

var routeTable = []route{
	{id: "signIn", method: http.MethodPost, path: "/sessions", summary: "Sign in a member of staff", maxBody: 4 << 10},
	{id: "signOut", method: http.MethodDelete, path: "/sessions", summary: "End the session", status: http.StatusNoContent},
	{id: "me", method: http.MethodGet, path: "/me", summary: "Who is signed in"},
	{id: "bookingInfo", method: http.MethodGet, path: "/booking/info", summary: "What can be booked, and when"},
	{id: "bookingSlots", method: http.MethodGet, path: "/booking/slots", summary: "The slots of an item on a day"},
	{id: "book", method: http.MethodPost, path: "/booking", summary: "Book an appointment", maxBody: 8 << 10},
	{id: "cancelBooking", method: http.MethodPost, path: "/booking/{id}/cancel", summary: "Cancel by phone and code", status: http.StatusNoContent, maxBody: 4 << 10},
	{id: "managerView", method: http.MethodGet, path: "/manager/view", summary: "The hall as it is now"},
	{id: "managerEvents", method: http.MethodGet, path: "/manager/events", summary: "The manager's view, pushed whole on every change (event stream)"},
	{id: "managerFloor", method: http.MethodGet, path: "/manager/floor", summary: "The plan of the hall, with a place for every window and terminal"},
	{id: "managerWindow", method: http.MethodGet, path: "/manager/windows/{id}", summary: "The day of one window"},
	{id: "managerGroup", method: http.MethodGet, path: "/manager/groups/{id}", summary: "Who waits for one service, in the order of calling"},
	{id: "managerTickets", method: http.MethodGet, path: "/manager/tickets/{figure}", summary: "The tickets behind a figure: waiting, serving, done, missed, issued, wait_mean, wait_p90, serve_mean"},
	{id: "managerAppointments", method: http.MethodGet, path: "/manager/appointments", summary: "The appointments of the day, without persons"},
	{id: "supervision", method: http.MethodGet, path: "/manager/supervision", summary: "The cases that are not done, by their lights, and figures of who decides them"},
	{id: "remindCase", method: http.MethodPost, path: "/manager/supervision/{id}/remind", summary: "Remind of a case, as a supervisor", status: http.StatusNoContent, maxBody: 4 << 10},
	{id: "postNotice", method: http.MethodPost, path: "/manager/notices", summary: "Post a notice on displays and kiosks", maxBody: 16 << 10},
	{id: "withdrawNotice", method: http.MethodPost, path: "/manager/notices/{id}/withdraw", summary: "Take a posted notice down", maxBody: 1 << 10},
	{id: "revokeTerminal", method: http.MethodPost, path: "/manager/terminals/{id}/revoke", summary: "Shut a terminal out: it is refused until it is let in again", maxBody: 1 << 10},
	{id: "readmitTerminal", method: http.MethodPost, path: "/manager/terminals/{id}/readmit", summary: "Let a terminal in again", maxBody: 1 << 10},
	{id: "ticketPerson", method: http.MethodGet, path: "/tickets/{id}/person", summary: "The person of a ticket, for the clerk at whose window it is"},
	{id: "applications", method: http.MethodPost, path: "/applications", summary: "Cases of whoever shows a card, to go on with", maxBody: 4 << 10},
	{id: "progress", method: http.MethodPost, path: "/progress", summary: "Cases of whoever shows a card, or knows number and query password", maxBody: 4 << 10},
	{id: "caseApplicant", method: http.MethodGet, path: "/cases/{id}/applicant", summary: "Whom a case is for, for a clerk at a counter; audited"},
	{id: "caseWords", method: http.MethodGet, path: "/cases/{id}/words", summary: "What only the sealed parts have of a case's documents, for who prints them at a counter; audited"},
	{id: "caseOpinions", method: http.MethodGet, path: "/cases/{id}/opinions", summary: "What was said in the approval of a case, for whoever has its next step; audited"},
	{id: "caseForm", method: http.MethodGet, path: "/cases/{id}/form", summary: "What was filled in of a case's form, as far as one's step reads it; audited"},
	{id: "applicationForm", method: http.MethodPost, path: "/applications/form", summary: "What was filled in of the form of a case, for whoever shows the card of its owner", maxBody: 4 << 10},
	{id: "caseAvailability", method: http.MethodPost, path: "/cases/{id}/availability", summary: "What the departments say they can supply for a case; changes nothing"},
}

// operation makes the framework's description of a route.
func operation(id string) huma.Operation {
	for _, r := range routeTable {
		if r.id == id {
			return huma.Operation{
				OperationID: r.id, Method: r.method, Path: Prefix + r.path, Summary: r.summary,
				DefaultStatus: r.status, MaxBodyBytes: r.maxBody,
			}
		}
	}
	panic("central: route without a line in the table: " + id) // a programming error, found by any test
}

// newAPI registers every route on mux. guard runs before anything of the
// request is read.
func newAPI(mux *http.ServeMux, h handlers, guard func(huma.Context, func(huma.Context))) huma.API {
	cfg := huma.DefaultConfig("Hallway central service", Version)
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath = "", "", ""
	cfg.CreateHooks = nil // no $schema links in answers
	cfg.Info.Description = "Booking, manager's and staff API of the central service. Errors are Problem objects: a code whose text is in the catalogues under error.<code> and remedy.<code>."
	api := humago.New(mux, cfg)
	if guard != nil {
		api.UseMiddleware(guard)
	}
	huma.Register(api, operation("signIn"), h.signIn)
	huma.Register(api, operation("signOut"), h.signOut)
	huma.Register(api, operation("me"), h.me)
	huma.Register(api, operation("bookingInfo"), h.bookingInfo)
	huma.Register(api, operation("bookingSlots"), h.bookingSlots)
	huma.Register(api, operation("book"), h.book)
	huma.Register(api, operation("cancelBooking"), h.cancelBooking)
	huma.Register(api, operation("managerView"), h.managerView)
	events := operation("managerEvents")
	events.Responses = map[string]*huma.Response{"200": {
		Description: "event: view, id: <rev>, data: ManagerView; event: ping every 5 s",
		Content: map[string]*huma.MediaType{"text/event-stream": {
			Schema: &huma.Schema{Ref: "#/components/schemas/ManagerView"},
		}},
	}}
	huma.Register(api, events, h.managerEvents)
	huma.Register(api, operation("managerFloor"), h.managerFloor)
	huma.Register(api, operation("managerWindow"), h.managerWindow)
	huma.Register(api, operation("managerGroup"), h.managerGroup)
	huma.Register(api, operation("managerTickets"), h.managerTickets)
	huma.Register(api, operation("managerAppointments"), h.managerAppointments)
	huma.Register(api, operation("supervision"), h.supervision)
	huma.Register(api, operation("remindCase"), h.remindCase)
	huma.Register(api, operation("postNotice"), h.postNotice)
	huma.Register(api, operation("withdrawNotice"), h.withdrawNotice)
	huma.Register(api, operation("revokeTerminal"), h.revokeTerminal)
	huma.Register(api, operation("readmitTerminal"), h.readmitTerminal)
	huma.Register(api, operation("ticketPerson"), h.ticketPerson)
	huma.Register(api, operation("progress"), h.progress)
	huma.Register(api, operation("applications"), h.applications)
	huma.Register(api, operation("caseApplicant"), h.caseApplicant)
	huma.Register(api, operation("caseWords"), h.caseWords)
	huma.Register(api, operation("caseOpinions"), h.caseOpinions)
	huma.Register(api, operation("caseForm"), h.caseForm)
	huma.Register(api, operation("applicationForm"), h.applicationForm)
	huma.Register(api, operation("caseAvailability"), h.caseAvailability)
	return api
}

// OpenAPI returns the document of the API as JSON.
func OpenAPI() ([]byte, error) {
	var none *Centre
	api := newAPI(http.NewServeMux(), none, nil)
	return api.OpenAPI().MarshalJSON()
}
