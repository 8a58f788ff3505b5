package terminal

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"hallway/app/hall"
	"hallway/devices"
	"hallway/devices/capture"
)

// captures is the taking of pages at a terminal (扫描、拍摄): one session at a time,
// which belongs to what its owner has open and is guarded by the owner's lock.
type captures struct {
	host *core
	mu   *sync.Mutex
	open *capturing
	may  func() error // is somebody there who takes pages
	show func()
	act  func() // somebody did something; mu is held
}

// takesPages gives a role the acts of captures under their own names.
type takesPages struct{ *captures }

// captureIdle is how long pages wait for the next act before they are
// wiped: a paper of somebody who is long gone stays in no memory.
const captureIdle = 10 * time.Minute

// smallSide is the longest side of a page's small picture in pixels.
const smallSide = 240

// capturing is the taking of pages for one material. At a counter it ends with
// the case in hand at the latest, at a kiosk with the person's time.
type capturing struct {
	id       string
	kase     string
	material string
	pages    []takenPage
	last     int       // id of the newest page
	touched  time.Time // the last act, by this machine's clock
	until    time.Time // kept so long, by the centre's clock
	taking   *taking
	stopped  *hall.Text // why there was no further page
	sending  bool       // the document is being handed in
}

// takenPage is a page with its small picture.
type takenPage struct {
	id int
	capture.Sheet
	small []byte
}

// taking is one capture that is under way.
type taking struct {
	device   string
	replaces int // page that the first one takes the place of; 0: none
	cancel   context.CancelFunc
	page     int
	percent  int
}

// errCaptureOver ends a capture whose session is over.
var errCaptureOver = errors.New("nobody waits for this page any more")

// wipe ends what is under way and overwrites the pages.
func (k *capturing) wipe() {
	if k.taking != nil {
		k.taking.cancel()
		k.taking = nil
	}
	for i := range k.pages {
		k.pages[i].wipe()
	}
	k.pages = nil
}

func (p *takenPage) wipe() {
	clear(p.JPEG)
	clear(p.small)
	*p = takenPage{}
}

// sheets are the pages in their order, without one; 0: all.
func (k *capturing) sheets(but int) []capture.Sheet {
	out := make([]capture.Sheet, 0, len(k.pages))
	for _, p := range k.pages {
		if p.id != but {
			out = append(out, p.Sheet)
		}
	}
	return out
}

func (k *capturing) find(page int) int {
	return slices.IndexFunc(k.pages, func(p takenPage) bool { return p.id == page })
}

// end wipes the pages; mu is held.
func (c *captures) end() {
	if c.open != nil {
		c.open.wipe()
		c.open = nil
	}
}

// keeps says whether pages wait for another case than this one; mu is held.
func (c *captures) keeps(id string) bool {
	return c.open != nil && c.open.kase != id && len(c.open.pages) > 0
}

// settle wipes pages that nobody has touched for long, and says so.
func (c *captures) settle() (over bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.open
	over = k != nil && k.taking == nil && !k.sending && c.host.Clock().Sub(k.touched) >= captureIdle
	if over {
		c.end()
	}
	return over
}

// settleCapture wipes pages that nobody has touched for long.
func (c *Counter) settleCapture() {
	if c.captures.settle() {
		c.tell(devices.Warn, "capture_timed_out")
	}
}

// source is a device that captures pages, by its id.
func (d *Devices) source(id string) (capture.Source, bool) {
	i := slices.IndexFunc(d.Captures, func(s capture.Source) bool { return s.Status().ID == id })
	if i < 0 {
		return nil, false
	}
	return d.Captures[i], true
}

// CaptureBegin begins to take pages for a material of the case in hand. There is one
// such session at a time, and another page finds the same one.
func (c *Counter) CaptureBegin(_ context.Context, r MaterialRequest) error {
	defer c.show()
	s := c.signedIn()
	switch {
	case s == nil:
		return Fail(http.StatusForbidden, "not_signed_in")
	case c.desk.store == nil:
		return errNoDesk()
	case len(c.Devices.Captures) == 0:
		return refused(deny("no_capture"))
	}
	k, ok := c.inHand(c.state(), s)
	if !ok {
		return refused(deny("no_case"))
	}
	if a := c.handInAct(k, r.Material); !a.Allowed {
		return refused(a)
	}
	c.desk.mu.Lock()
	defer c.desk.mu.Unlock()
	switch {
	case c.desk.hand != k.ID:
		return refused(deny("no_case")) // put out of the hand since it was asked
	}
	if err := c.captures.begin(k.ID, r.Material); err != nil {
		return err
	}
	c.desk.notice = nil
	return nil
}

// begin opens a session; mu is held.
func (c *captures) begin(kase, material string) error {
	if c.open != nil {
		return refused(deny("capture_open"))
	}
	c.open = &capturing{id: rand.Text(), kase: kase, material: material}
	c.touch(c.open)
	return nil
}

// touch notes an act; mu is held.
func (c *captures) touch(k *capturing) {
	k.touched = c.host.Clock()
	k.until = local(c.host.now().Add(captureIdle).Truncate(time.Minute))
	c.act()
}

// on does one act with the pages of the session that the page shows.
func (c *captures) on(session string, do func(k *capturing) error) error {
	defer c.show()
	if err := c.may(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.open
	switch {
	case k == nil || k.id != session:
		return Fail(http.StatusNotFound, "capture_over")
	case k.sending:
		return refused(deny("capture_busy"))
	}
	c.touch(k)
	return do(k)
}

// CaptureTake begins to take a page, or all pages of the feeder. It answers at once;
// pages show themselves as they come.
func (c *captures) CaptureTake(_ context.Context, r CaptureTakeRequest) error {
	src, ok := c.host.Devices.source(r.Device)
	if !ok {
		return refused(deny("no_capture"))
	}
	return c.on(r.Session, func(k *capturing) error {
		able := src.Able()
		switch {
		case k.taking != nil:
			return refused(deny("capture_busy"))
		case able == capture.Able{}:
			return refused(deny(captureFault(src.Status())))
		case r.Feeder && !able.Feeder || !r.Feeder && !able.Glass || r.Feeder && r.Replace != 0:
			return Fail(http.StatusUnprocessableEntity, "invalid_request")
		case r.Replace != 0 && k.find(r.Replace) < 0:
			return Fail(http.StatusNotFound, "capture_no_page")
		}
		if a := k.room(r.Replace); !a.Allowed {
			return refused(a)
		}
		ctx, cancel := context.WithCancel(c.host.life)
		t := &taking{device: r.Device, replaces: r.Replace, cancel: cancel}
		k.taking, k.stopped = t, nil
		c.host.spawn(func(context.Context) { c.takePages(ctx, k, t, src, capture.Wish{Feeder: r.Feeder, AsItIs: r.AsItIs}) })
		return nil
	})
}

// room says whether one more page goes into the document; but is a page whose place
// it takes.
func (k *capturing) room(but int) Act {
	if why := limitOf(capture.Fits(k.sheets(but), capture.Page{})); why != nil {
		return Act{Why: why}
	}
	return allow()
}

// limitOf is what a limit of a document is called.
func limitOf(err error) *hall.Text {
	var t hall.Text
	switch {
	case errors.Is(err, capture.ErrTooManyPages):
		t = text("capture_pages", "n", itoa(capture.MaxPages))
	case errors.Is(err, capture.ErrTooLarge):
		t = text("capture_large", "max", itoa(capture.MaxBytes>>20))
	default:
		return nil
	}
	return &t
}

// takePages captures, and notes why there was no further page.
func (c *captures) takePages(ctx context.Context, k *capturing, t *taking, src capture.Source, w capture.Wish) {
	defer t.cancel()
	w.Progress = func(page, percent int) {
		c.mu.Lock()
		t.page, t.percent = page, percent
		c.mu.Unlock()
		c.host.changed()
	}
	err := src.Capture(ctx, w, func(p capture.Page) error { return c.keepPage(k, t, p) })
	why := stoppedBy(ctx, err)
	if why != nil {
		c.host.Logger.Info("a capture ended early", "device", t.device, "why", why.Code, "err", err)
	}
	c.mu.Lock()
	if c.open == k && k.taking == t {
		k.taking, k.stopped = nil, why
		c.touch(k)
	}
	c.mu.Unlock()
	c.host.changed()
}

// stoppedBy is what the person is told of a capture that ended early; nil: nothing.
func stoppedBy(ctx context.Context, err error) *hall.Text {
	var f *capture.Failure
	switch limit := limitOf(err); {
	case err == nil || ctx.Err() != nil || errors.Is(err, errCaptureOver):
		return nil
	case limit != nil:
		return limit
	case errors.As(err, &f):
		return deny(f.Code).Why
	}
	return deny("capture_failed").Why
}

// keepPage puts a page that came behind the others, or in the place of the one that
// is taken again.
func (c *captures) keepPage(k *capturing, t *taking, p capture.Page) error {
	small, err := capture.Small(p, smallSide)
	if err != nil {
		clear(p.JPEG)
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open != k || k.taking != t {
		clear(p.JPEG)
		clear(small)
		return errCaptureOver
	}
	if err := capture.Fits(k.sheets(t.replaces), p); err != nil {
		clear(p.JPEG)
		clear(small)
		return err
	}
	k.last++
	page := takenPage{id: k.last, Sheet: capture.Sheet{Page: p}, small: small}
	if i := k.find(t.replaces); i >= 0 {
		k.pages[i].wipe()
		k.pages[i] = page
	} else {
		k.pages = append(k.pages, page)
	}
	t.replaces = 0
	c.host.changed()
	return nil
}
