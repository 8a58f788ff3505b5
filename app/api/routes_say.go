package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"hallway/app/terminal"
)

// Speech is what a page may ask of the terminal's voice: sentences of the
// catalogues only, never text of its own.
type Speech interface {
	Say(ctx context.Context, r terminal.SayRequest) (terminal.SayReply, error)
	Hush(ctx context.Context) (terminal.SayReply, error)
	SetVolume(ctx context.Context, r terminal.VolumeRequest) (terminal.SayReply, error)
}

func (h *Handler) registerSay() {
	answer := func(do func() (terminal.SayReply, error)) (*out[terminal.SayReply], error) {
		if h.opts.Speech == nil {
			return nil, h.otherRole()
		}
		reply, err := do()
		if err != nil {
			return nil, terminal.AsProblem(err)
		}
		return &out[terminal.SayReply]{Body: reply}, nil
	}
	huma.Register(h.api, operation("say", http.MethodPost, "/say", "Speak a sentence of the catalogues in place of the one before it; answers at once", "say"),
		func(ctx context.Context, r *in[terminal.SayRequest]) (*out[terminal.SayReply], error) {
			return answer(func() (terminal.SayReply, error) { return h.opts.Speech.Say(ctx, r.Body) })
		})
	huma.Register(h.api, operation("say-hush", http.MethodPost, "/say/hush", "Stop speaking", "say"),
		func(ctx context.Context, _ *empty) (*out[terminal.SayReply], error) {
			return answer(func() (terminal.SayReply, error) { return h.opts.Speech.Hush(ctx) })
		})
	huma.Register(h.api, operation("say-volume", http.MethodPost, "/say/volume", "How loud prompts are, until the person leaves", "say"),
		func(ctx context.Context, r *in[terminal.VolumeRequest]) (*out[terminal.SayReply], error) {
			return answer(func() (terminal.SayReply, error) { return h.opts.Speech.SetVolume(ctx, r.Body) })
		})
}
