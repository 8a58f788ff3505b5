package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"hallway/app/hall"
)

// DeskCentre is what a desk asks of the centre directly; nothing of it changes
// state.
type DeskCentre interface {
	// CaseApplicant tells whose case it is, to the clerk in whose hand it is.
	CaseApplicant(ctx context.Context, caseID, token string) (hall.PersonSealed, error)
	// CaseWords tells what only the sealed parts have of a case's documents.
	CaseWords(ctx context.Context, caseID, token string) (CaseWords, error)
	// CaseOpinions tells what was said in the approval of a case, by operation, to
	// whoever has its next step.
	CaseOpinions(ctx context.Context, caseID, token string) (map[hall.OpID]string, error)
	// Availability asks the departments what they can supply for a case.
	Availability(ctx context.Context, caseID, token string) ([]MaterialOffers, error)
	// File streams a file of a case from the centre.
	File(ctx context.Context, sha256, token string) (io.ReadCloser, hall.File, error)
}

// FormCentre tells what was filled in of the form of a case, by operation, as far
// as whoever asks may read it; nothing of it changes state.
type FormCentre interface {
	// CaseForm is for who has the case in hand at a counter.
	CaseForm(ctx context.Context, caseID, token string) (map[hall.OpID]hall.FormValues, error)
	// ApplicationForm is for the person whose card lies on the reader.
	ApplicationForm(ctx context.Context, ask ProgressAsk, caseID string) (map[hall.OpID]hall.FormValues, error)
}

// CaseWords is what stands on the documents of a case and only the centre can open:
// what was said in words, the certificate, who collected it.
type CaseWords struct {
	hall.WordsSealed
	Said        map[hall.OpID]string    `json:"said"` // by operation
	Certificate *hall.CertificateSealed `json:"certificate,omitempty"`
	Collector   *hall.PersonSealed      `json:"collector,omitempty"`
}

// MaterialOffers is what departments answered for one material.
type MaterialOffers struct {
	Key    string  `json:"key"`
	Offers []Offer `json:"offers"`
}

// Offer is a department's answer for one method: hall.AnswerYes, AnswerNo or
// AnswerFailed.
type Offer struct {
	Method hall.Method `json:"method"`
	Answer string      `json:"answer"`
}

var (
	_ DeskCentre = (*HTTPCentre)(nil)
	_ FormCentre = (*HTTPCentre)(nil)
)

// CaseApplicant implements DeskCentre.
func (h *HTTPCentre) CaseApplicant(ctx context.Context, caseID, token string) (hall.PersonSealed, error) {
	var p hall.PersonSealed
	err := h.call(ctx, http.MethodGet, "/central/v1/cases/"+url.PathEscape(caseID)+"/applicant", token, nil, &p)
	return p, err
}

// CaseWords implements DeskCentre.
func (h *HTTPCentre) CaseWords(ctx context.Context, caseID, token string) (CaseWords, error) {
	var w CaseWords
	err := h.call(ctx, http.MethodGet, "/central/v1/cases/"+url.PathEscape(caseID)+"/words", token, nil, &w)
	return w, err
}

// CaseOpinions implements DeskCentre.
func (h *HTTPCentre) CaseOpinions(ctx context.Context, caseID, token string) (map[hall.OpID]string, error) {
	var o struct {
		Said map[hall.OpID]string `json:"said"`
	}
	err := h.call(ctx, http.MethodGet, "/central/v1/cases/"+url.PathEscape(caseID)+"/opinions", token, nil, &o)
	return o.Said, err
}

// formFills is the centre's answer about a form.
type formFills struct {
	Fills map[hall.OpID]hall.FormValues `json:"fills"`
}

// CaseForm implements FormCentre.
func (h *HTTPCentre) CaseForm(ctx context.Context, caseID, token string) (map[hall.OpID]hall.FormValues, error) {
	var f formFills
	err := h.call(ctx, http.MethodGet, "/central/v1/cases/"+url.PathEscape(caseID)+"/form", token, nil, &f)
	return f.Fills, err
}

// ApplicationForm implements FormCentre.
func (h *HTTPCentre) ApplicationForm(ctx context.Context, ask ProgressAsk, caseID string) (map[hall.OpID]hall.FormValues, error) {
	ctx, cancel := context.WithTimeout(ctx, progressTimeout)
	defer cancel()
	var f formFills
	body := map[string]string{"doc_kind": ask.DocKind, "doc_no": ask.DocNo.Reveal(), "case": caseID}
	err := h.call(ctx, http.MethodPost, "/central/v1/applications/form", "", body, &f)
	return f.Fills, err
}

// Availability implements DeskCentre.
func (h *HTTPCentre) Availability(ctx context.Context, caseID, token string) ([]MaterialOffers, error) {
	var a struct {
		Materials []MaterialOffers `json:"materials"`
	}
	err := h.call(ctx, http.MethodPost, "/central/v1/cases/"+url.PathEscape(caseID)+"/availability", token, nil, &a)
	return a.Materials, err
}

// File implements DeskCentre. The stream ends with ctx.
func (h *HTTPCentre) File(ctx context.Context, sha256, token string) (io.ReadCloser, hall.File, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.Base+"/sync/v1/files/"+url.PathEscape(sha256), nil)
	if err != nil {
		return nil, hall.File{}, fmt.Errorf("request to the centre: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+h.Token)
	req.Header.Set("X-Staff-Session", token)
	stream := &http.Client{Transport: h.Client.Transport} // a large file takes longer than an answer may
	resp, err := stream.Do(req)
	if err != nil {
		return nil, hall.File{}, fmt.Errorf("the centre does not answer: %w", errors.Join(Fail(http.StatusServiceUnavailable, "centre_unreachable"), err))
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, hall.File{SHA256: sha256, Type: resp.Header.Get("Content-Type"), Size: max(resp.ContentLength, 0)}, nil
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	if err != nil {
		return nil, hall.File{}, fmt.Errorf("the centre's answer broke off: %w", errors.Join(Fail(http.StatusServiceUnavailable, "centre_unreachable"), err))
	}
	return nil, hall.File{}, centreProblem(resp.StatusCode, data)
}
