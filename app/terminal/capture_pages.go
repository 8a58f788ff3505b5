package terminal

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"

	"hallway/devices"
	"hallway/devices/capture"
)

// CaptureStop ends the capture that is under way; pages that are whole stay.
func (c *captures) CaptureStop(_ context.Context, r CaptureRequest) error {
	return c.on(r.Session, func(k *capturing) error {
		if k.taking != nil {
			k.taking.cancel()
		}
		return nil
	})
}

// onPage does one act with a page, by its place.
func (c *captures) onPage(r CapturePageRequest, do func(k *capturing, at int)) error {
	return c.on(r.Session, func(k *capturing) error {
		at := k.find(r.Page)
		if at < 0 {
			return Fail(http.StatusNotFound, "capture_no_page")
		}
		do(k, at)
		return nil
	})
}

// CaptureTurn turns a page by quarters, clockwise.
func (c *captures) CaptureTurn(_ context.Context, r CaptureTurnRequest) error {
	return c.onPage(r.CapturePageRequest, func(k *capturing, at int) {
		k.pages[at].Turn = (k.pages[at].Turn + r.Quarters) % 4
	})
}

// CaptureMove gives a page another place.
func (c *captures) CaptureMove(_ context.Context, r CaptureMoveRequest) error {
	return c.onPage(r.CapturePageRequest, func(k *capturing, at int) {
		page := k.pages[at]
		k.pages = slices.Delete(k.pages, at, at+1)
		k.pages = slices.Insert(k.pages, max(0, min(r.Place-1, len(k.pages))), page)
	})
}

// CaptureDrop takes a page out and wipes it.
func (c *captures) CaptureDrop(_ context.Context, r CapturePageRequest) error {
	return c.onPage(r, func(k *capturing, at int) {
		k.pages[at].wipe()
		k.pages = slices.Delete(k.pages, at, at+1)
		k.stopped = nil
	})
}

// CaptureCancel wipes the pages. Of a session that is over there is nothing to do.
func (c *captures) CaptureCancel(_ context.Context, r CaptureRequest) error {
	defer c.show()
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.open
	switch {
	case k == nil || k.id != r.Session:
	case k.sending:
		return refused(deny("capture_busy"))
	default:
		c.end()
	}
	return nil
}

// CaptureFinish binds the pages into one PDF and hands it in as any other file. When
// it returns without an error the document is on disk and the pages are wiped; after
// any other end they are still there.
func (c *Counter) CaptureFinish(ctx context.Context, r CaptureRequest) error {
	n, err := c.captures.finish(r, func(k *capturing, document io.Reader) error {
		return c.handInFile(ctx, k.kase, k.material, "application/pdf", document)
	})
	if err == nil {
		c.tell(devices.Info, "capture_done", "n", itoa(n))
		c.show()
	}
	return err
}

// finish binds the pages, gives the document away, and says how many pages it had.
func (c *captures) finish(r CaptureRequest, handIn func(k *capturing, document io.Reader) error) (int, error) {
	var held *capturing
	var pages []capture.Sheet
	err := c.on(r.Session, func(k *capturing) error {
		switch {
		case k.taking != nil:
			return refused(deny("capture_busy"))
		case len(k.pages) == 0:
			return refused(deny("capture_none"))
		}
		// Copies: the session may be wiped while they are bound.
		for _, s := range k.sheets(0) {
			s.JPEG = slices.Clone(s.JPEG)
			pages = append(pages, s)
		}
		held, k.sending = k, true
		return nil
	})
	if err != nil {
		return 0, err
	}
	defer c.show()
	err = c.bind(pages, func(document io.Reader) error { return handIn(held, document) })
	c.mu.Lock()
	held.sending = false
	if err == nil && c.open == held {
		c.end()
	}
	c.mu.Unlock()
	return len(pages), err
}

// bind makes the document, gives it away, and wipes what it was made of.
func (c *captures) bind(pages []capture.Sheet, give func(document io.Reader) error) error {
	room := 64 << 10
	for _, p := range pages {
		room += len(p.JPEG) + 4<<10
	}
	document := bytes.NewBuffer(make([]byte, 0, room)) // grows nowhere, so that all of it is wiped
	defer func() {
		clear(document.Bytes())
		for _, p := range pages {
			clear(p.JPEG)
		}
	}()
	if err := capture.WritePDF(document, pages); err != nil {
		if why := limitOf(err); why != nil {
			return refused(Act{Why: why})
		}
		c.host.Logger.Error("captured pages cannot be bound", "pages", len(pages), "err", err)
		return Fail(http.StatusInternalServerError, "capture_failed")
	}
	return give(bytes.NewReader(document.Bytes()))
}

// CapturePicture is a page as a JPEG picture: its small one, or whole. Nothing but the
// copy that is given away is made of it.
func (c *captures) CapturePicture(session string, page int, whole bool) ([]byte, error) {
	if err := c.may(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.open
	if k == nil || k.id != session {
		return nil, Fail(http.StatusNotFound, "capture_over")
	}
	at := k.find(page)
	if at < 0 {
		return nil, Fail(http.StatusNotFound, "capture_no_page")
	}
	if whole {
		return slices.Clone(k.pages[at].JPEG), nil
	}
	return slices.Clone(k.pages[at].small), nil
}

// CaptureFrame is what a camera of an open session sees now.
func (c *captures) CaptureFrame(ctx context.Context, session, device string) (CaptureFrame, error) {
	if err := c.may(); err != nil {
		return CaptureFrame{}, err
	}
	c.mu.Lock()
	open := c.open != nil && c.open.id == session
	c.mu.Unlock()
	src, ok := c.host.Devices.source(device)
	switch {
	case !open:
		return CaptureFrame{}, Fail(http.StatusNotFound, "capture_over")
	case !ok:
		return CaptureFrame{}, Fail(http.StatusNotFound, "no_capture")
	case src.Able() == capture.Able{}:
		return CaptureFrame{}, refused(deny(captureFault(src.Status())))
	}
	p, err := src.Preview(ctx)
	if err != nil {
		why := stoppedBy(ctx, err)
		if why == nil {
			return CaptureFrame{}, err
		}
		return CaptureFrame{}, refused(Act{Why: why})
	}
	f := CaptureFrame{JPEG: p.JPEG, Width: p.W, Height: p.H}
	if p.Sheet != nil {
		for _, corner := range p.Sheet {
			f.Sheet = append(f.Sheet, CaptureCorner{X: corner[0], Y: corner[1]})
		}
	}
	return f, nil
}

// captureFault is why a source cannot be used: its fault, or the state it is in.
func captureFault(s devices.Status) string {
	if len(s.Faults) > 0 {
		return worst(s.Faults)
	}
	if s.State == devices.Failed {
		return string(devices.Failed)
	}
	return string(devices.Absent)
}

// view is the session as the page shows it; mu is held.
func (c *captures) view() *CaptureView {
	k := c.open
	if k == nil {
		return nil
	}
	v := &CaptureView{Session: k.id, Material: k.material, Sources: []CaptureSource{}, Pages: []CapturePage{}, Stopped: k.stopped,
		Sending: k.sending, Room: k.room(0), Finish: allow(), MaxPages: capture.MaxPages, MaxBytes: capture.MaxBytes, Until: k.until}
	for _, src := range c.host.Devices.Captures {
		s, able := src.Status(), src.Able()
		one := CaptureSource{ID: s.ID, Model: s.Model, State: s.State, Preview: able.Preview, Feeder: able.Feeder, Glass: able.Glass}
		if able == (capture.Able{}) || len(s.Faults) > 0 {
			one.Fault = captureFault(s)
		}
		v.Sources = append(v.Sources, one)
	}
	for _, p := range k.pages {
		v.Bytes += len(p.JPEG)
		v.Pages = append(v.Pages, CapturePage{ID: p.id, Width: p.W, Height: p.H, Turn: p.Turn, Bytes: len(p.JPEG), Straight: p.Straight})
	}
	switch {
	case k.taking != nil:
		v.Taking = &CaptureTaking{Device: k.taking.device, Page: k.taking.page, Percent: k.taking.percent}
		v.Finish = deny("capture_busy")
	case len(k.pages) == 0:
		v.Finish = deny("capture_none")
	}
	return v
}
