package terminal

import (
	"context"
	"io"
	"net/http"

	"hallway/app/hall"
)

// CaptureBegin begins to take pages for a material of the open application.
func (k *Kiosk) CaptureBegin(_ context.Context, r MaterialRequest) error {
	defer k.show()
	k.mu.Lock()
	defer k.mu.Unlock()
	_, a, err := k.applyOpen()
	if err != nil {
		return err
	}
	_, c, known := k.caseNow(a)
	if !known || a.step != applyMaterials {
		return Fail(http.StatusConflict, "apply_not_open")
	}
	if act := k.uploadAct(a, c, r.Material); !act.Allowed {
		return refused(act)
	}
	return k.captures.begin(a.id, r.Material)
}

// uploadAct says whether pages can be taken for a material; k.mu is held.
func (k *Kiosk) uploadAct(a *applying, c hall.Case, key string) Act {
	if len(k.Devices.Captures) == 0 {
		return deny("no_capture")
	}
	if why := c.HandInBlocked(key); why.Code != "" {
		return Act{Why: &why}
	}
	if a.kase.waits(true) {
		return deny("pending")
	}
	return allow()
}

// CaptureFinish binds the pages into one PDF and hands it in. When it returns
// without an error the document is on disk and the pages are wiped.
func (k *Kiosk) CaptureFinish(ctx context.Context, r CaptureRequest) error {
	material, kase := "", ""
	n, err := k.captures.finish(r, func(held *capturing, document io.Reader) error {
		material, kase = held.material, held.kase
		return k.handInPages(ctx, held.kase, held.material, document)
	})
	if err != nil {
		return err
	}
	k.mu.Lock()
	if s := k.s; s != nil && s.apply != nil && s.apply.id == kase {
		s.apply.pages[material] = n
	}
	k.mu.Unlock()
	k.show()
	return nil
}

// handInPages keeps the document and writes down that it was handed in.
func (k *Kiosk) handInPages(ctx context.Context, kase, material string, document io.Reader) error {
	store := k.applyStore()
	file, err := store.PutFile(ctx, document, "application/pdf", MaxFile)
	if err != nil {
		return k.storeProblem(err, hall.HandIn)
	}
	return k.applyAct(ctx, hall.HandIn, func(_ *session, a *applying, _ applyWorld, c hall.Case) (applyWrite, error) {
		if a.id != kase {
			return nil, refused(deny("no_case")) // another was taken up meanwhile
		}
		if act := k.uploadAct(a, c, material); !act.Allowed {
			return nil, refused(act)
		}
		delete(a.bring, material)
		d := Draft{Kind: hall.HandIn, Entity: kase, Actor: citizenActor(),
			Body: hall.HandInBody{Material: material, Way: hall.MethodUpload, File: file}}
		return func(ctx context.Context) (hall.Op, error) { return store.HandIn(ctx, d, file) }, nil
	})
}

// captureMay says whether somebody is here whose pages are taken.
func (k *Kiosk) captureMay() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.s == nil || k.s.apply == nil {
		return Fail(http.StatusConflict, "apply_not_open")
	}
	return nil
}
