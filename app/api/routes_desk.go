package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"hallway/app/hall"
	"hallway/app/terminal"
)

// Desk is what the counter's page may do with cases (办件).
type Desk interface {
	Applicant(ctx context.Context, r terminal.ApplicantRequest) error
	ClearApplicant(ctx context.Context) error
	OpenCase(ctx context.Context, r terminal.OpenCaseRequest) error
	ShowCase(ctx context.Context, r terminal.CaseRequest) error
	LeaveCase(ctx context.Context) error
	AskHelp(ctx context.Context) error
	CloseHelp(ctx context.Context) error
	ChooseMethod(ctx context.Context, r terminal.MethodRequest) error
	DropMethod(ctx context.Context, r terminal.MaterialRequest) error
	ReplaceMaterial(ctx context.Context, r terminal.ReplaceMaterialRequest) error
	TakeOriginal(ctx context.Context, r terminal.MaterialRequest) error
	HandInScan(ctx context.Context, r terminal.ScanFileRequest) error
	// HandInFile takes a file as it comes, and is durable when it returns.
	HandInFile(ctx context.Context, material, mediaType string, r io.Reader) error
	FillForm(ctx context.Context, r terminal.FormRequest) error
	ReceiveCase(ctx context.Context) error
	AcceptCase(ctx context.Context) error
	CancelCase(ctx context.Context, r terminal.CancelCaseRequest) error
	BeginPreReview(ctx context.Context) error
	PassPreReview(ctx context.Context, r terminal.PassRequest) error
	TellMissing(ctx context.Context, r terminal.MissingRequest) error
	ReceiveSupplement(ctx context.Context) error
	RefuseCase(ctx context.Context, r terminal.NotAcceptRequest) error
	DeskOffice
	PrintPaper(ctx context.Context, r terminal.PrintRequest) error
	DismissNews(ctx context.Context, id string) error
	// TakeCode takes what a scanner has typed into the page.
	TakeCode(ctx context.Context, r terminal.CodeRequest) error
	// KeepDraft keeps what was typed and not sent.
	KeepDraft(ctx context.Context, r terminal.DraftRequest) error
	Cases(ctx context.Context, r terminal.CaseListRequest) ([]terminal.CaseRow, error)
	// OpenFile opens a file of a material of the case in hand.
	OpenFile(ctx context.Context, sha256 string) (io.ReadCloser, hall.File, error)
}

// filePolicy of a file that came from outside: it runs nothing, loads nothing.
const filePolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

type casesInput struct {
	List  string `query:"list" enum:"pending,review,approval,mine,done" default:"pending"`
	Query string `query:"query" maxLength:"100"`
}

// registerDesk puts the counter's routes about cases into the table.
func (h *Handler) registerDesk(view func() (terminal.CounterView, *terminal.Problem)) {
	c := func() Desk { return h.opts.Counter }
	actWith(h, view, "counter-applicant", "/counter/applicant", "Type the applicant in, where no card can be read", func(ctx context.Context, r terminal.ApplicantRequest) error { return c().Applicant(ctx, r) })
	act(h, view, "counter-applicant-clear", "/counter/applicant/clear", "Forget the applicant", func(ctx context.Context) error { return c().ClearApplicant(ctx) })
	actWith(h, view, "counter-case-open", "/counter/case/open", "Begin a case for the applicant", func(ctx context.Context, r terminal.OpenCaseRequest) error { return c().OpenCase(ctx, r) })
	actWith(h, view, "counter-case-show", "/counter/case/show", "Take a case into the hand", func(ctx context.Context, r terminal.CaseRequest) error { return c().ShowCase(ctx, r) })
	act(h, view, "counter-case-leave", "/counter/case/leave", "Put the case out of the hand", func(ctx context.Context) error { return c().LeaveCase(ctx) })
	act(h, view, "counter-case-help", "/counter/case/help", "Ask the departments what they can supply", func(ctx context.Context) error { return c().AskHelp(ctx) })
	act(h, view, "counter-case-help-close", "/counter/case/help/close", "Close the list of what departments can supply", func(ctx context.Context) error { return c().CloseHelp(ctx) })
	actWith(h, view, "counter-case-choose", "/counter/case/choose", "Choose that a department supplies a material", func(ctx context.Context, r terminal.MethodRequest) error { return c().ChooseMethod(ctx, r) })
	actWith(h, view, "counter-case-drop", "/counter/case/drop", "Take a choice back", func(ctx context.Context, r terminal.MaterialRequest) error { return c().DropMethod(ctx, r) })
	actWith(h, view, "counter-case-replace", "/counter/case/replace", "Take back a material that is in", func(ctx context.Context, r terminal.ReplaceMaterialRequest) error {
		return c().ReplaceMaterial(ctx, r)
	})
	actWith(h, view, "counter-case-original", "/counter/case/original", "The original was handed in", func(ctx context.Context, r terminal.MaterialRequest) error { return c().TakeOriginal(ctx, r) })
	actWith(h, view, "counter-case-scan", "/counter/case/scan", "Hand a file of the scan folder in", func(ctx context.Context, r terminal.ScanFileRequest) error { return c().HandInScan(ctx, r) })
	actWith(h, view, "counter-case-form", "/counter/case/form", "Fill the form of the case in", func(ctx context.Context, r terminal.FormRequest) error { return c().FillForm(ctx, r) })
	act(h, view, "counter-case-receive", "/counter/case/receive", "Take the materials in and give the number", func(ctx context.Context) error { return c().ReceiveCase(ctx) })
	act(h, view, "counter-case-accept", "/counter/case/accept", "Accept the case", func(ctx context.Context) error { return c().AcceptCase(ctx) })
	actWith(h, view, "counter-case-cancel", "/counter/case/cancel", "Cancel the case, after the question", func(ctx context.Context, r terminal.CancelCaseRequest) error { return c().CancelCase(ctx, r) })
	act(h, view, "counter-case-begin", "/counter/case/begin", "Take an application into pre-review", func(ctx context.Context) error { return c().BeginPreReview(ctx) })
	actWith(h, view, "counter-case-pass", "/counter/case/pass", "Pass a pre-review, with originals to bring", func(ctx context.Context, r terminal.PassRequest) error { return c().PassPreReview(ctx, r) })
	actWith(h, view, "counter-case-missing", "/counter/case/missing", "Tell everything that is missing, once; in a pre-review its return", func(ctx context.Context, r terminal.MissingRequest) error { return c().TellMissing(ctx, r) })
	act(h, view, "counter-case-supplied", "/counter/case/supplied", "Take the supplement in", func(ctx context.Context) error { return c().ReceiveSupplement(ctx) })
	actWith(h, view, "counter-case-refuse", "/counter/case/refuse", "Refuse to accept the case", func(ctx context.Context, r terminal.NotAcceptRequest) error { return c().RefuseCase(ctx, r) })
	registerOffice(h, view)
	actWith(h, view, "counter-case-print", "/counter/case/print", "Print a paper of the case", func(ctx context.Context, r terminal.PrintRequest) error { return c().PrintPaper(ctx, r) })
	actWith(h, view, "counter-code", "/counter/code", "A scanner has typed a code", func(ctx context.Context, r terminal.CodeRequest) error { return c().TakeCode(ctx, r) })
	actWith(h, view, "counter-draft", "/counter/draft", "Keep what was typed and not sent", func(ctx context.Context, r terminal.DraftRequest) error { return c().KeepDraft(ctx, r) })
	huma.Register(h.api, operation("counter-news-dismiss", http.MethodPost, "/counter/news/{id}/dismiss", "News were read", "counter"),
		func(ctx context.Context, r *idInput) (*out[terminal.CounterView], error) {
			return perform(view, func() error { return c().DismissNews(ctx, r.ID) })
		})
	huma.Register(h.api, operation("counter-cases", http.MethodGet, "/counter/cases", "A list of cases, searched", "counter"),
		func(ctx context.Context, r *casesInput) (*out[[]terminal.CaseRow], error) {
			if _, p := view(); p != nil {
				return nil, p
			}
			rows, err := c().Cases(ctx, terminal.CaseListRequest{List: r.List, Query: r.Query})
			if err != nil {
				return nil, terminal.AsProblem(err)
			}
			if rows == nil {
				rows = []terminal.CaseRow{}
			}
			return &out[[]terminal.CaseRow]{Body: rows}, nil
		})
	h.describeFiles()
	h.mux.HandleFunc("POST "+prefix+"/counter/case/file", h.fileIn)
	h.mux.HandleFunc("GET "+prefix+"/counter/file/{sha}", h.fileOut)
}

// describeFiles puts the two streams of files into the document; plain
// handlers serve them, so that no file is ever whole in memory.
func (h *Handler) describeFiles() {
	text := &huma.Schema{Type: "string"}
	binary := &huma.Schema{Type: "string", Format: "binary"}
	up := operation("counter-case-file", http.MethodPost, "/counter/case/file",
		"Hand a file in: the raw body with its media type, at most 50 MiB; answers with the view", "counter")
	up.Parameters = []*huma.Param{{Name: "material", In: "query", Required: true, Schema: text}}
	up.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: binary}}}
	up.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
		"application/json": {Schema: &huma.Schema{Ref: "#/components/schemas/CounterView"}}}}}
	h.api.OpenAPI().AddOperation(&up)
	down := operation("counter-file", http.MethodGet, "/counter/file/{sha}", "A file of a material of the case in hand, for preview", "counter")
	down.Parameters = []*huma.Param{{Name: "sha", In: "path", Required: true, Schema: text}}
	down.Responses = map[string]*huma.Response{"200": {Description: "The file", Content: map[string]*huma.MediaType{
		"application/octet-stream": {Schema: binary}}}}
	h.api.OpenAPI().AddOperation(&down)
}

// fileIn takes a file from the page.
func (h *Handler) fileIn(w http.ResponseWriter, r *http.Request) {
	c := h.opts.Counter
	if c == nil {
		writeProblem(w, h.otherRole())
		return
	}
	material := r.URL.Query().Get("material")
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case material == "" || len(material) > 64:
		writeProblem(w, terminal.Fail(http.StatusUnprocessableEntity, "invalid_request"))
		return
	case err != nil || !terminal.FileType(kind):
		writeProblem(w, terminal.Fail(http.StatusUnsupportedMediaType, "file_type"))
		return
	case r.ContentLength > terminal.MaxFile:
		writeProblem(w, fileTooLarge())
		return
	}
	body := http.MaxBytesReader(w, r.Body, terminal.MaxFile)
	if err := c.HandInFile(r.Context(), material, kind, body); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			writeProblem(w, fileTooLarge())
			return
		}
		writeProblem(w, terminal.AsProblem(err))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(c.View()) //nolint:errcheck // the other side has gone
}

func fileTooLarge() *terminal.Problem {
	return terminal.Fail(http.StatusRequestEntityTooLarge, "file_size", "max", strconv.Itoa(terminal.MaxFile>>20))
}

// fileOut gives a file to the page, for looking at only.
func (h *Handler) fileOut(w http.ResponseWriter, r *http.Request) {
	c := h.opts.Counter
	if c == nil {
		writeProblem(w, h.otherRole())
		return
	}
	file, info, err := c.OpenFile(r.Context(), r.PathValue("sha"))
	if err != nil {
		writeProblem(w, terminal.AsProblem(err))
		return
	}
	defer file.Close()
	head := w.Header()
	head.Set("Content-Security-Policy", filePolicy)
	head.Set("Content-Disposition", "inline")
	head.Set("Content-Type", info.Type)
	if info.Size > 0 {
		head.Set("Content-Length", strconv.FormatInt(info.Size, 10))
	}
	if _, err := io.Copy(w, file); err != nil {
		h.opts.Logger.Info("a preview broke off", "err", err)
	}
}
