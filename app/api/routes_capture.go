package api

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hallway/app/terminal"
)

// Capturing is the taking of pages for a material (扫描、拍摄).
type Capturing interface {
	CaptureBegin(ctx context.Context, r terminal.MaterialRequest) error
	CaptureTake(ctx context.Context, r terminal.CaptureTakeRequest) error
	CaptureStop(ctx context.Context, r terminal.CaptureRequest) error
	CaptureTurn(ctx context.Context, r terminal.CaptureTurnRequest) error
	CaptureMove(ctx context.Context, r terminal.CaptureMoveRequest) error
	CaptureDrop(ctx context.Context, r terminal.CapturePageRequest) error
	CaptureFinish(ctx context.Context, r terminal.CaptureRequest) error
	CaptureCancel(ctx context.Context, r terminal.CaptureRequest) error
	CapturePicture(session string, page int, whole bool) ([]byte, error)
	CaptureFrame(ctx context.Context, session, device string) (terminal.CaptureFrame, error)
}

// Times of a preview: between two pictures, after one that could not be had, and how
// long one may take.
const (
	framePause   = 150 * time.Millisecond
	frameMissing = time.Second
	frameLimit   = 5 * time.Second
)

// registerCapture puts the routes of a role about the taking of pages into the table.
func registerCapture[V any](h *Handler, view func() (V, *terminal.Problem), role string, c func() Capturing) {
	id, path := role+"-capture-", "/"+role+"/capture/"
	actWith(h, view, id+"begin", path+"begin", "Begin to take pages for a material", func(ctx context.Context, r terminal.MaterialRequest) error { return c().CaptureBegin(ctx, r) })
	actWith(h, view, id+"take", path+"take", "Take the page that lies there, or all of the feeder; answers at once", func(ctx context.Context, r terminal.CaptureTakeRequest) error { return c().CaptureTake(ctx, r) })
	actWith(h, view, id+"stop", path+"stop", "End what is under way; whole pages stay", func(ctx context.Context, r terminal.CaptureRequest) error { return c().CaptureStop(ctx, r) })
	actWith(h, view, id+"turn", path+"turn", "Turn a page", func(ctx context.Context, r terminal.CaptureTurnRequest) error { return c().CaptureTurn(ctx, r) })
	actWith(h, view, id+"move", path+"move", "Give a page another place", func(ctx context.Context, r terminal.CaptureMoveRequest) error { return c().CaptureMove(ctx, r) })
	actWith(h, view, id+"drop", path+"drop", "Take a page out", func(ctx context.Context, r terminal.CapturePageRequest) error { return c().CaptureDrop(ctx, r) })
	actWith(h, view, id+"finish", path+"finish", "Hand the pages in as one PDF", func(ctx context.Context, r terminal.CaptureRequest) error { return c().CaptureFinish(ctx, r) })
	actWith(h, view, id+"cancel", path+"cancel", "Wipe the pages", func(ctx context.Context, r terminal.CaptureRequest) error { return c().CaptureCancel(ctx, r) })
	h.describeCapture(role)
	h.mux.HandleFunc("GET "+prefix+path+"{session}/page/{page}", func(w http.ResponseWriter, r *http.Request) { h.capturePicture(w, r, c()) })
	h.mux.HandleFunc("GET "+prefix+path+"{session}/preview", func(w http.ResponseWriter, r *http.Request) { h.capturePreview(w, r, c()) })
}

// describeCapture puts the two plain handlers of a role into the document.
func (h *Handler) describeCapture(role string) {
	text := &huma.Schema{Type: "string"}
	session := &huma.Param{Name: "session", In: "path", Required: true, Schema: text}
	picture := operation(role+"-capture-page", http.MethodGet, "/"+role+"/capture/{session}/page/{page}",
		"A page as a JPEG picture: small, or whole with ?whole=1", role)
	picture.Parameters = []*huma.Param{session, {Name: "page", In: "path", Required: true, Schema: &huma.Schema{Type: "integer"}},
		{Name: "whole", In: "query", Schema: text}}
	picture.Responses = map[string]*huma.Response{"200": {Description: "The picture", Content: map[string]*huma.MediaType{
		"image/jpeg": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}}
	h.api.OpenAPI().AddOperation(&picture)
	preview := operation(role+"-capture-preview", http.MethodGet, "/"+role+"/capture/{session}/preview",
		"Event stream of what a camera sees: «frame» (data: a CaptureFrame), «dark» (data: why there is none), until the pages are handed in or wiped", role)
	preview.Parameters = []*huma.Param{session, {Name: "device", In: "query", Required: true, Schema: text}}
	frame := h.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[terminal.CaptureFrame](), true, "CaptureFrame")
	preview.Responses = map[string]*huma.Response{"200": {Description: "text/event-stream", Content: map[string]*huma.MediaType{
		"text/event-stream": {Schema: frame}}}}
	h.api.OpenAPI().AddOperation(&preview)
}

// capturePicture sends a page's picture. Nothing of it is kept on the way.
func (h *Handler) capturePicture(w http.ResponseWriter, r *http.Request, c Capturing) {
	if c == nil {
		writeProblem(w, h.otherRole())
		return
	}
	page, err := strconv.Atoi(r.PathValue("page"))
	if err != nil {
		writeProblem(w, terminal.Fail(http.StatusNotFound, "capture_no_page"))
		return
	}
	picture, err := c.CapturePicture(r.PathValue("session"), page, r.URL.Query().Get("whole") != "")
	if err != nil {
		writeProblem(w, terminal.AsProblem(err))
		return
	}
	defer clear(picture)
	head := w.Header()
	head.Set("Content-Security-Policy", filePolicy)
	head.Set("Content-Type", "image/jpeg")
	head.Set("Content-Length", strconv.Itoa(len(picture)))
	w.Write(picture) //nolint:errcheck // the other side has gone
}

// capturePreview streams what a camera sees, one picture after another, as fast as
// the page takes them.
func (h *Handler) capturePreview(w http.ResponseWriter, r *http.Request, c Capturing) {
	if c == nil {
		writeProblem(w, h.otherRole())
		return
	}
	session, device := r.PathValue("session"), r.URL.Query().Get("device")
	out := stream{w: w, rc: http.NewResponseController(w)}
	for began := false; ; began = true {
		frame, err := h.frame(r.Context(), c, session, device)
		p := terminal.AsProblem(err)
		if p != nil && p.Why == nil && p.Status < http.StatusInternalServerError {
			if !began {
				writeProblem(w, p) // such as a session that is over
			}
			return
		}
		if !began {
			head := w.Header()
			head.Set("Content-Type", "text/event-stream; charset=utf-8")
			head.Set("X-Accel-Buffering", "no")
		}
		pause := framePause
		if p != nil {
			pause = frameMissing
			err = out.event("dark", "", p)
		} else {
			err = out.event("frame", "", frame)
			clear(frame.JPEG)
		}
		if err != nil {
			return
		}
		wait := time.NewTimer(pause)
		select {
		case <-wait.C:
		case <-r.Context().Done():
		case <-h.quit:
		}
		wait.Stop()
		if h.over(r) {
			return
		}
	}
}

func (h *Handler) frame(ctx context.Context, c Capturing, session, device string) (terminal.CaptureFrame, error) {
	ctx, cancel := context.WithTimeout(ctx, frameLimit)
	defer cancel()
	return c.CaptureFrame(ctx, session, device)
}

// over says whether nobody waits for more.
func (h *Handler) over(r *http.Request) bool {
	select {
	case <-h.quit:
		return true
	default:
		return r.Context().Err() != nil
	}
}
