package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// Prefix of every route.
const Prefix = "/bench/v1"

// Problem answers an act that failed; it has the same shape as the terminal's.
type Problem struct {
	Status int               `json:"status"`
	Code   string            `json:"code"`
	Params map[string]string `json:"params,omitempty"`
}

// Error says what failed.
func (p *Problem) Error() string { return fmt.Sprintf("%s (%d) %v", p.Code, p.Status, p.Params) }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// NewProblem makes huma's own errors Problems too.
func NewProblem(status int, message string, errs ...error) huma.StatusError {
	p := &Problem{Status: status, Code: "bench_request", Params: map[string]string{"detail": message}}
	if err := errors.Join(errs...); err != nil {
		p.Params["detail"] = message + ": " + err.Error()
	}
	return p
}

func problem(status int, code string, kv ...string) *Problem {
	p := &Problem{Status: status, Code: code}
	for i := 0; i+1 < len(kv); i += 2 {
		if p.Params == nil {
			p.Params = map[string]string{}
		}
		p.Params[kv[i]] = kv[i+1]
	}
	return p
}

type stateOut struct{ Body State }

type plugIn struct {
	Body struct {
		ID      string `json:"id"`
		Plugged bool   `json:"plugged"`
	}
}

type idIn struct {
	Body struct {
		ID string `json:"id"`
	}
}

type placeIn struct {
	Body struct {
		ID     string      `json:"id"`
		Card   string      `json:"card,omitempty" doc:"name of a sample card"`
		Custom *CustomCard `json:"custom,omitempty"`
	}
}

type scanIn struct {
	Body struct {
		ID      string `json:"id"`
		Text    string `json:"text,omitempty"`
		Hex     string `json:"hex,omitempty" doc:"raw bytes instead of text"`
		Cut     bool   `json:"cut,omitempty" doc:"send only the first half and no terminator"`
		Garbage bool   `json:"garbage,omitempty" doc:"send noise before the code"`
	}
}

type printerSetIn struct {
	Body struct {
		ID          string  `json:"id"`
		Paper       *string `json:"paper,omitempty" enum:"ok,near_end,end"`
		CoverOpen   *bool   `json:"cover_open,omitempty"`
		CutterError *bool   `json:"cutter_error,omitempty"`
		Offline     *bool   `json:"offline,omitempty"`
	}
}

type sheetSetIn struct {
	Body struct {
		ID        string  `json:"id"`
		Paper     *string `json:"paper,omitempty" enum:"ok,near_end,end"`
		CoverOpen *bool   `json:"cover_open,omitempty"`
		Jam       *bool   `json:"jam,omitempty"`
		Offline   *bool   `json:"offline,omitempty"`
	}
}

type layIn struct {
	Body struct {
		ID    string `json:"id"`
		Sheet string `json:"sheet" maxLength:"40" doc:"name of a sheet; covered: a hand is on the lens; empty: nothing lies there"`
	}
}

type slipsIn struct {
	ID string `query:"id" required:"true"`
}

type slipIn struct {
	ID string `query:"id" required:"true"`
	N  int    `query:"n" required:"true" minimum:"1"`
}

type bytesOut struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

type pressIn struct {
	Body struct {
		ID    string `json:"id"`
		Level int    `json:"level" minimum:"1" maximum:"5" doc:"1 very satisfied … 5 very dissatisfied"`
	}
}

type callIn struct {
	Body struct {
		ID     string `json:"id"`
		Key    string `json:"key" enum:"next,recall,cancel,confirm,pause,transfer,near,evaluate"`
		Digits string `json:"digits,omitempty" pattern:"^[0-9]*$" maxLength:"8" doc:"typed before the key"`
	}
}

type noiseIn struct {
	Body struct {
		ID    string `json:"id"`
		Bytes int    `json:"bytes" minimum:"1" maximum:"65536"`
	}
}

type lineIn struct {
	Body struct {
		ID string `json:"id"`
		Up bool   `json:"up"`
	}
}

type cardsOut struct {
	Body struct {
		Cards []Card `json:"cards" nullable:"false"`
	}
}

type codesOut struct {
	Body struct {
		Codes []PrintedCode `json:"codes" nullable:"false"`
	}
}

type slipsOut struct {
	Body struct {
		Slips []Slip `json:"slips" nullable:"false"`
	}
}

// Register puts every route on mux and returns the API whose document
// describes them.
func Register(mux *http.ServeMux, b *Bench) huma.API {
	config := huma.DefaultConfig("Hallway device bench", "1")
	config.OpenAPIPath = "/openapi"
	config.DocsPath = ""
	config.SchemasPath = ""
	config.CreateHooks = nil
	api := humago.New(mux, config)
	registerReads(api, b)
	registerActs(api, b)
	huma.Register(api, huma.Operation{
		OperationID: "benchEvents", Method: http.MethodGet, Path: Prefix + "/events",
		Summary: "Event stream: «event: state» with the whole State as data, «event: ping» every 5 s",
		Responses: map[string]*huma.Response{"200": {
			Description: "text/event-stream",
			Content:     map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: "string"}}},
		}},
	}, func(_ context.Context, _ *struct{}) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: b.stream}, nil
	})
	return api
}

func get[I, O any](api huma.API, id, path, summary string, f func(context.Context, *I) (*O, error)) {
	huma.Register(api, huma.Operation{OperationID: id, Method: http.MethodGet, Path: Prefix + path, Summary: summary}, f)
}

// act registers a POST that changes something and answers the new State.
func act[I any](api huma.API, b *Bench, id, path, summary string, f func(*I) error) {
	huma.Register(api, huma.Operation{OperationID: id, Method: http.MethodPost, Path: Prefix + path, Summary: summary},
		func(_ context.Context, in *I) (*stateOut, error) {
			if err := f(in); err != nil {
				return nil, err
			}
			return &stateOut{Body: b.State()}, nil
		})
}

func registerReads(api huma.API, b *Bench) {
	get(api, "benchState", "/state", "Everything on the bench", func(context.Context, *struct{}) (*stateOut, error) {
		return &stateOut{Body: b.State()}, nil
	})
	get(api, "benchCards", "/cards", "Sample cards", func(context.Context, *struct{}) (*cardsOut, error) {
		out := &cardsOut{}
		out.Body.Cards = b.Cards()
		return out, nil
	})
	get(api, "benchCodes", "/codes", "QR codes on what the printers have printed, newest first", func(context.Context, *struct{}) (*codesOut, error) {
		out := &codesOut{}
		out.Body.Codes = b.Codes()
		return out, nil
	})
	get(api, "benchSlips", "/printer/slips", "Slips that a printer has cut, newest first", func(_ context.Context, in *slipsIn) (*slipsOut, error) {
		slips, err := b.Slips(in.ID)
		if err != nil {
			return nil, err
		}
		out := &slipsOut{}
		out.Body.Slips = slips
		return out, nil
	})
	get(api, "benchSlipPng", "/printer/slip.png", "Picture of a slip", func(_ context.Context, in *slipIn) (*bytesOut, error) {
		data, err := b.SlipPNG(in.ID, in.N)
		if err != nil {
			return nil, err
		}
		return &bytesOut{ContentType: "image/png", Body: data}, nil
	})
	get(api, "benchSlipBin", "/printer/slip.bin", "The very bytes of a slip", func(_ context.Context, in *slipIn) (*bytesOut, error) {
		data, err := b.SlipBytes(in.ID, in.N)
		if err != nil {
			return nil, err
		}
		return &bytesOut{ContentType: "application/octet-stream", Body: data}, nil
	})
	get(api, "benchSheetPdf", "/sheet/document.pdf", "A document that came out of a page printer", func(_ context.Context, in *slipIn) (*bytesOut, error) {
		data, err := b.SheetPDF(in.ID, in.N)
		if err != nil {
			return nil, err
		}
		return &bytesOut{ContentType: "application/pdf", Body: data}, nil
	})
}

func registerActs(api huma.API, b *Bench) {
	act(api, b, "benchPlug", "/devices/plug", "Plug or unplug the cable of a device", func(in *plugIn) error {
		return b.Plug(in.Body.ID, in.Body.Plugged)
	})
	act(api, b, "benchNoise", "/noise", "Send random bytes from a device", func(in *noiseIn) error {
		return b.Noise(in.Body.ID, in.Body.Bytes)
	})
	act(api, b, "benchLine", "/lines", "Cut or restore the network line of a terminal", func(in *lineIn) error {
		return b.Line(in.Body.ID, in.Body.Up)
	})
	act(api, b, "benchPlaceCard", "/idcard/place", "Put a card on the reader", func(in *placeIn) error {
		return b.PlaceCard(in.Body.ID, in.Body.Card, in.Body.Custom)
	})
	act(api, b, "benchRemoveCard", "/idcard/remove", "Take the card away", func(in *idIn) error {
		return b.RemoveCard(in.Body.ID)
	})
	act(api, b, "benchScan", "/scanner/scan", "Scan a code", func(in *scanIn) error {
		return b.Scan(in.Body.ID, in.Body.Text, in.Body.Hex, in.Body.Cut, in.Body.Garbage)
	})
	act(api, b, "benchSetPrinter", "/printer/set", "Paper, cover, cutter, off-line; what is not named stays", func(in *printerSetIn) error {
		return b.SetPrinter(in.Body.ID, PrinterChange{
			Paper: in.Body.Paper, CoverOpen: in.Body.CoverOpen, CutterError: in.Body.CutterError, Offline: in.Body.Offline,
		})
	})
	act(api, b, "benchSetSheet", "/sheet/set", "Paper, cover, jam, off-line of a page printer; what is not named stays", func(in *sheetSetIn) error {
		return b.SetSheet(in.Body.ID, SheetChange{Paper: in.Body.Paper, CoverOpen: in.Body.CoverOpen, Jam: in.Body.Jam, Offline: in.Body.Offline})
	})
	act(api, b, "benchLay", "/capture/lay", "Lay a sheet under a document camera", func(in *layIn) error {
		return b.Lay(in.Body.ID, in.Body.Sheet)
	})
	act(api, b, "benchPress", "/evaluator/press", "Press a rating key", func(in *pressIn) error {
		return b.Press(in.Body.ID, in.Body.Level)
	})
	act(api, b, "benchCall", "/caller/press", "Press a key of a caller, after digits", func(in *callIn) error {
		return b.Call(in.Body.ID, in.Body.Key, in.Body.Digits)
	})
}

// PrinterChange says what to change on a printer; nil fields stay.
type PrinterChange struct {
	Paper       *string
	CoverOpen   *bool
	CutterError *bool
	Offline     *bool
}

// stream writes the State at once and on every change until the reader leaves.
func (b *Bench) stream(ctx huma.Context) {
	ctx.SetHeader("Content-Type", "text/event-stream")
	ctx.SetHeader("Cache-Control", "no-store")
	w := ctx.BodyWriter()
	flush := func() {}
	if rw, ok := w.(http.ResponseWriter); ok {
		rc := http.NewResponseController(rw)
		flush = func() { _ = rc.Flush() } // without flushing the next write carries it
	}
	changed, stop := b.subscribe()
	defer stop()
	ping := time.NewTicker(5 * time.Second)
	defer ping.Stop()
	for {
		state := b.State()
		data, err := json.Marshal(state)
		if err != nil {
			return
		}
		if _, err := fmt.Fprintf(w, "event: state\nid: %d\ndata: %s\n\n", state.Rev, data); err != nil {
			return
		}
		flush()
	wait:
		for {
			select {
			case <-ctx.Context().Done():
				return
			case <-b.done:
				return
			case <-changed:
				break wait
			case <-ping.C:
				if _, err := fmt.Fprint(w, "event: ping\ndata: {}\n\n"); err != nil {
					return
				}
				flush()
			}
		}
	}
}
