package terminal

import (
	"context"
	"net/http"
	"time"

	"hallway/app/hall"
)

// ProgressAsk says whose cases are asked for: those of a card's document, or
// one case by its number and query password (查询密码).
type ProgressAsk struct {
	Number   string
	Password hall.Secret
	DocKind  string
	DocNo    hall.Secret
}

// ProgressCentre finds the cases of whoever proved to be their owner. It
// changes nothing, and the centre counts wrong passwords.
type ProgressCentre interface {
	Progress(ctx context.Context, ask ProgressAsk) ([]KioskCase, error)
}

// progressTimeout bounds the look at the centre, while a person waits.
const progressTimeout = 8 * time.Second

// Progress implements ProgressCentre.
func (h *HTTPCentre) Progress(ctx context.Context, ask ProgressAsk) ([]KioskCase, error) {
	ctx, cancel := context.WithTimeout(ctx, progressTimeout)
	defer cancel()
	body := map[string]string{"number": ask.Number, "password": ask.Password.Reveal()}
	if ask.Number == "" {
		body = map[string]string{"doc_kind": ask.DocKind, "doc_no": ask.DocNo.Reveal()}
	}
	var answer struct {
		Cases []KioskCase `json:"cases"`
	}
	if err := h.call(ctx, http.MethodPost, "/central/v1/progress", "", body, &answer); err != nil {
		return nil, err
	}
	for i := range answer.Cases {
		c := &answer.Cases[i]
		if c.Anomaly == nil {
			c.Anomaly = []hall.Text{}
		}
		if c.Materials == nil {
			c.Materials = []KioskMaterial{}
		}
		for j := range c.Materials {
			c.Materials[j].Label = hall.CitizenMaterialLabel(c.Materials[j].State)
		}
	}
	return answer.Cases, nil
}

var _ ProgressCentre = (*HTTPCentre)(nil)
