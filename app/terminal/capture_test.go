package terminal

import (
	"bytes"
	"context"
	"errors"
	"image"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/devices"
	"hallway/devices/capture"
	"hallway/devices/scanner"
)

// fakeCapture captures what a test gives it: a page for each value, an end for each
// error, and it waits in between.
type fakeCapture struct {
	*fakeDevice
	mu    sync.Mutex
	able  capture.Able
	gives chan any // capture.Page, error; nil ends the capture well
	given [][]byte // the very bytes that were handed over
}

func newFakeCapture(able capture.Able) *fakeCapture {
	return &fakeCapture{fakeDevice: newFake("capture", devices.KindCapture), able: able, gives: make(chan any)}
}

var overDesk = capture.Able{Preview: true, Glass: true}

func (f *fakeCapture) Able() capture.Able {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.able
}

// unplug takes the device away, as its driver would say it.
func (f *fakeCapture) unplug() {
	f.mu.Lock()
	f.able = capture.Able{}
	f.mu.Unlock()
	f.fault(devices.Absent, "port_absent")
}

func (f *fakeCapture) plug(able capture.Able) {
	f.mu.Lock()
	f.able = able
	f.mu.Unlock()
	f.fault(devices.Ready, "")
}

func (f *fakeCapture) Preview(context.Context) (capture.Preview, error) {
	if !f.Able().Preview {
		return capture.Preview{}, capture.ErrNoPreview
	}
	return capture.Preview{JPEG: []byte("jpeg"), W: 4, H: 3, Sheet: &capture.Quad{{.1, .2}, {.9, .2}, {.9, .8}, {.1, .8}}}, nil
}

func (f *fakeCapture) Capture(ctx context.Context, w capture.Wish, take func(capture.Page) error) error {
	for n := 1; ; n++ {
		if w.Progress != nil {
			w.Progress(n, 50)
		}
		select {
		case v := <-f.gives:
			switch v := v.(type) {
			case capture.Page:
				f.mu.Lock()
				f.given = append(f.given, v.JPEG)
				f.mu.Unlock()
				if err := take(v); err != nil {
					return err
				}
				if !w.Feeder {
					return nil
				}
			case error:
				return v
			default:
				return nil
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// wiped says whether nothing is left of what was handed over.
func (f *fakeCapture) wiped() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, b := range f.given {
		if slices.ContainsFunc(b, func(one byte) bool { return one != 0 }) {
			return false
		}
	}
	return len(f.given) > 0
}

// aPage is a page of one grey, so that pages can be told apart.
func aPage(t *testing.T, grey byte) capture.Page {
	t.Helper()
	im := image.NewGray(image.Rect(0, 0, 60, 80))
	for i := range im.Pix {
		im.Pix[i] = grey
	}
	p, err := capture.Encode(im, [2]float64{210, 297}, true)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// captureRig has a session of capturing open for material M01.
type captureRig struct {
	*deskRig
	src   *fakeCapture
	other string // case of the same person, not in hand
}

func newCaptureRig(t *testing.T, able capture.Able) *captureRig {
	t.Helper()
	src := newFakeCapture(able)
	r := &captureRig{src: src, deskRig: newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", func(r *deskRig) { r.capture = []devices.Device{src} })}
	r.other = r.begun("simple")
	r.must(r.Counter.OpenCase(r.ctx, OpenCaseRequest{Item: "simple"}))
	r.must(r.CaptureBegin(r.ctx, MaterialRequest{Material: "M01"}))
	return r
}

func (r *captureRig) session() *CaptureView {
	r.t.Helper()
	v := r.desk1().Capture
	if v == nil {
		r.t.Fatal("no pages are being taken")
	}
	return v
}

func (r *captureRig) start(change func(*CaptureTakeRequest)) error {
	q := CaptureTakeRequest{Session: r.session().Session, Device: "capture"}
	if change != nil {
		change(&q)
	}
	return r.CaptureTake(r.ctx, q)
}

func (r *captureRig) settled() {
	r.t.Helper()
	r.until("the capture has ended", func(v DeskView) bool { return v.Capture != nil && v.Capture.Taking == nil })
}

func (r *captureRig) take(pages ...capture.Page) {
	r.t.Helper()
	for _, p := range pages {
		r.must(r.start(nil))
		r.src.gives <- p
		r.settled()
	}
}

func (r *captureRig) ids() []int {
	var ids []int
	for _, p := range r.session().Pages {
		ids = append(ids, p.ID)
	}
	return ids
}

func TestPagesBecomeOneFileOfTheMaterial(t *testing.T) {
	r := newCaptureRig(t, overDesk)
	r.line.cut() // it needs no line
	one, two, three := aPage(t, 10), aPage(t, 120), aPage(t, 240)
	kept := [][]byte{slices.Clone(one.JPEG), slices.Clone(two.JPEG), slices.Clone(three.JPEG)}
	r.take(one, two, aPage(t, 60))
	id := r.session().Session
	page := func(n int) CapturePageRequest { return CapturePageRequest{Session: id, Page: n} }
	r.must(r.CaptureTurn(r.ctx, CaptureTurnRequest{page(2), 3}))
	r.must(r.CaptureTurn(r.ctx, CaptureTurnRequest{page(2), 3}))
	r.must(r.CaptureMove(r.ctx, CaptureMoveRequest{page(2), 1}))
	r.must(r.start(func(q *CaptureTakeRequest) { q.Replace = 3 })) // once more
	r.src.gives <- three
	r.settled()
	r.must(r.CaptureMove(r.ctx, CaptureMoveRequest{page(4), 99}))
	if got := r.ids(); !slices.Equal(got, []int{2, 1, 4}) || r.session().Pages[0].Turn != 2 {
		t.Fatalf("%v %+v", got, r.session().Pages)
	}
	small, err := r.CapturePicture(id, 1, false)
	r.must(err)
	whole, err := r.CapturePicture(id, 1, true)
	r.must(err)
	if len(small) == 0 || !bytes.Equal(whole, kept[0]) {
		t.Errorf("pictures of %d and %d bytes", len(small), len(whole))
	}
	if _, err := r.CapturePicture(id, 3, true); codeOf(t, err) != "capture_no_page" {
		t.Errorf("the page that was taken again: %v", err)
	}

	r.must(r.CaptureFinish(r.ctx, CaptureRequest{id}))
	v := r.desk1()
	if v.Capture != nil || v.Notice == nil || v.Notice.Code != "capture_done" || v.Notice.Params["n"] != "3" {
		t.Errorf("after the end: %+v %+v", v.Capture, v.Notice)
	}
	m := r.material("M01")
	if m.File == nil || m.File.Type != "application/pdf" || !m.File.Coming {
		t.Fatalf("%+v", m)
	}
	if ops := r.w.kinds(hall.HandIn); len(ops) != 1 {
		t.Errorf("%d files were handed in", len(ops))
	}
	f, _, err := r.OpenFile(r.ctx, m.File.SHA256)
	r.must(err)
	pdf, err := io.ReadAll(f)
	r.must(err)
	doc, err := api.ReadAndValidate(bytes.NewReader(pdf), model.NewDefaultConfiguration())
	if err != nil || doc.PageCount != 3 {
		t.Fatalf("%v", err)
	}
	order := []int{bytes.Index(pdf, kept[1]), bytes.Index(pdf, kept[0]), bytes.Index(pdf, kept[2])}
	if order[0] < 0 || order[1] < 0 || order[2] < 0 {
		t.Errorf("pictures in the document: %v", order)
	}
	if !r.src.wiped() {
		t.Error("pages stay in memory")
	}
	if code := codeOf(t, r.CaptureFinish(r.ctx, CaptureRequest{id})); code != "capture_over" {
		t.Errorf("a second time: %q", code)
	}
}

// A device that goes away in the middle takes nothing with it, and says what to do.
func TestUnpluggedInTheMiddle(t *testing.T) {
	r := newCaptureRig(t, capture.Able{Feeder: true, Glass: true})
	feeder := func(q *CaptureTakeRequest) { q.Feeder = true }
	r.must(r.start(feeder))
	r.src.gives <- aPage(t, 10)
	r.src.gives <- aPage(t, 20)
	r.until("two pages", func(v DeskView) bool { return len(v.Capture.Pages) == 2 })
	if k := r.session(); k.Taking == nil || k.Taking.Percent != 50 || k.Finish.Allowed {
		t.Errorf("under way: %+v", k)
	}
	r.src.unplug()
	r.src.gives <- error(&capture.Failure{Code: "port_hangup", Err: errors.New("the cable is out")})
	r.settled()
	k := r.session()
	if len(k.Pages) != 2 || k.Stopped == nil || k.Stopped.Code != "port_hangup" || k.Sources[0].Fault != "port_absent" || k.Sources[0].Feeder {
		t.Fatalf("%+v", k)
	}
	if code := codeOf(t, r.start(feeder)); code != "refused_now/port_absent" {
		t.Errorf("without the device: %q", code)
	}
	r.src.plug(capture.Able{Feeder: true})
	r.until("it is back", func(v DeskView) bool { return v.Capture.Sources[0].Fault == "" })
	r.must(r.start(feeder))
	r.src.gives <- aPage(t, 30)
	r.src.gives <- nil
	r.settled()
	if k := r.session(); len(k.Pages) != 3 || k.Stopped != nil {
		t.Errorf("%+v", k)
	}
	r.must(r.CaptureFinish(r.ctx, CaptureRequest{r.session().Session}))
	if r.material("M01").File == nil {
		t.Error("no file")
	}
}

// What ends a session wipes its pages, and what comes later is wiped too.
func TestPagesAreWiped(t *testing.T) {
	for name, end := range map[string]func(r *captureRig){
		"cancel":   func(r *captureRig) { r.must(r.CaptureCancel(r.ctx, CaptureRequest{r.session().Session})) },
		"leave":    func(r *captureRig) { r.must(r.LeaveCase(r.ctx)) },
		"sign-out": func(r *captureRig) { r.must(r.Finish(r.ctx)); r.must(r.SignOut(r.ctx)) },
		"expiry":   func(r *captureRig) { r.clock.add(24 * time.Hour) },
		"time-out": func(r *captureRig) { r.clock.add(captureIdle + time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newCaptureRig(t, overDesk)
			r.take(aPage(t, 10))
			v := r.session()
			if want := at("10:10"); !v.Until.Equal(want) {
				t.Errorf("kept until %v", v.Until)
			}
			end(r)
			r.until("the end", func(v DeskView) bool { return v.Capture == nil })
			if !r.src.wiped() {
				t.Error("a page stays in memory")
			}
			if _, err := r.CapturePicture(v.Session, 1, true); err == nil {
				t.Error("a page can still be seen")
			}
			if len(r.w.kinds(hall.HandIn)) != 0 {
				t.Error("something was handed in")
			}
			if name == "time-out" {
				r.until("it is said", func(v DeskView) bool { return v.Notice != nil && v.Notice.Code == "capture_timed_out" })
			}
		})
	}
	t.Run("a page that comes later", func(t *testing.T) {
		r := newCaptureRig(t, capture.Able{Feeder: true})
		r.must(r.start(func(q *CaptureTakeRequest) { q.Feeder = true }))
		r.src.gives <- aPage(t, 10)
		r.until("a page", func(v DeskView) bool { return len(v.Capture.Pages) == 1 })
		id := r.session().Session
		r.must(r.CaptureStop(r.ctx, CaptureRequest{id}))
		r.settled()
		if k := r.session(); len(k.Pages) != 1 || k.Stopped != nil {
			t.Errorf("stopped: %+v", k)
		}
		r.must(r.start(func(q *CaptureTakeRequest) { q.Feeder = true }))
		r.must(r.CaptureCancel(r.ctx, CaptureRequest{id}))
		r.must(r.CaptureCancel(r.ctx, CaptureRequest{id})) // nothing left to do
		select {
		case r.src.gives <- aPage(t, 20): // it was whole before the scanner heard of it
		case <-time.After(50 * time.Millisecond):
		}
		eventually(t, "all of it is wiped", r.src.wiped)
	})
}

// What is refused, and how; nothing of what was there goes.
func TestWhatIsNotTaken(t *testing.T) {
	r := newCaptureRig(t, overDesk)
	id := r.session().Session
	if code := codeOf(t, r.CaptureBegin(r.ctx, MaterialRequest{Material: "M01"})); code != "refused_now/capture_open" {
		t.Errorf("two at once: %q", code)
	}
	if code := codeOf(t, r.CaptureFinish(r.ctx, CaptureRequest{id})); code != "refused_now/capture_none" {
		t.Errorf("no pages: %q", code)
	}
	r.must(r.start(nil))
	for name, err := range map[string]error{"taking": r.start(nil), "finishing": r.CaptureFinish(r.ctx, CaptureRequest{id})} {
		if code := codeOf(t, err); code != "refused_now/capture_busy" {
			t.Errorf("%s while a page is being taken: %q", name, code)
		}
	}
	r.src.gives <- aPage(t, 10)
	r.settled()
	for name, tc := range map[string]struct {
		change func(*CaptureTakeRequest)
		code   string
	}{
		"no such device":          {func(q *CaptureTakeRequest) { q.Device = "printer" }, "refused_now/no_capture"},
		"no feeder":               {func(q *CaptureTakeRequest) { q.Feeder = true }, "invalid_request"},
		"another session":         {func(q *CaptureTakeRequest) { q.Session = "x" }, "capture_over"},
		"in place of no page":     {func(q *CaptureTakeRequest) { q.Replace = 7 }, "capture_no_page"},
		"a pile for one place":    {func(q *CaptureTakeRequest) { q.Feeder, q.Replace = true, 1 }, "invalid_request"},
		"glass of a thin scanner": {func(q *CaptureTakeRequest) { q.Device = "feeder" }, "refused_now/no_capture"},
	} {
		if code := codeOf(t, r.start(tc.change)); code != tc.code {
			t.Errorf("%s: %q, want %q", name, code, tc.code)
		}
	}
	// A code that is read brings no other case while pages wait.
	if code := codeOf(t, r.ShowCase(r.ctx, CaseRequest{Case: r.other})); code != "refused_now/capture_open" {
		t.Errorf("another case: %q", code)
	}
	r.scanned(r.ctx, scanner.Scan{Text: r.other})
	r.until("it is said", func(v DeskView) bool { return v.Notice != nil && v.Notice.Code == "capture_open" })
	// A page that no reader opens is not kept.
	r.must(r.start(nil))
	r.src.gives <- capture.Page{JPEG: []byte("no picture")}
	r.settled()
	if k := r.session(); k.Stopped == nil || k.Stopped.Code != "capture_failed" || len(k.Pages) != 1 {
		t.Errorf("%+v", k)
	}
	// A document that cannot be kept leaves the pages.
	r.store.mu.Lock()
	r.store.failing = &store.Error{Code: store.CodeFailed}
	r.store.mu.Unlock()
	if err := r.CaptureFinish(r.ctx, CaptureRequest{id}); err == nil {
		t.Error("handed in on a broken disk")
	}
	if k := r.session(); len(k.Pages) != 1 || k.Sending || !k.Finish.Allowed {
		t.Errorf("after the failure: %+v", k)
	}
	if text := r.log.String(); strings.Contains(text, "no picture") {
		t.Error("a page's bytes are in the log")
	}
}

func TestNoMorePagesThanADocumentHolds(t *testing.T) {
	r := newCaptureRig(t, capture.Able{Feeder: true, Glass: true})
	r.must(r.start(func(q *CaptureTakeRequest) { q.Feeder = true }))
	for range capture.MaxPages {
		r.src.gives <- aPage(t, 10)
	}
	r.src.gives <- aPage(t, 20)
	r.settled()
	k := r.session()
	if len(k.Pages) != capture.MaxPages || k.Stopped == nil || k.Stopped.Code != "capture_pages" || k.Room.Allowed || k.Room.Why.Code != "capture_pages" {
		t.Fatalf("%d pages, %+v, %+v", len(k.Pages), k.Stopped, k.Room)
	}
	if code := codeOf(t, r.start(nil)); code != "refused_now/capture_pages" {
		t.Errorf("one more: %q", code)
	}
	r.must(r.start(func(q *CaptureTakeRequest) { q.Replace = 5 })) // in the place of another there is room
	r.src.gives <- aPage(t, 30)
	r.settled()
	if k := r.session(); len(k.Pages) != capture.MaxPages || k.Pages[4].ID != capture.MaxPages+1 || k.Stopped != nil {
		t.Errorf("%d pages, the fifth is %d, %+v", len(k.Pages), k.Pages[4].ID, k.Stopped)
	}
	r.must(r.CaptureDrop(r.ctx, CapturePageRequest{k.Session, k.Pages[0].ID}))
	if k := r.session(); !k.Room.Allowed || len(k.Pages) != capture.MaxPages-1 {
		t.Errorf("%+v", k.Room)
	}
}

func TestWhatACameraSees(t *testing.T) {
	r := newCaptureRig(t, overDesk)
	id := r.session().Session
	f, err := r.CaptureFrame(r.ctx, id, "capture")
	r.must(err)
	if string(f.JPEG) != "jpeg" || f.Width != 4 || len(f.Sheet) != 4 || f.Sheet[2] != (CaptureCorner{.9, .8}) {
		t.Errorf("%+v", f)
	}
	r.src.unplug()
	if _, err := r.CaptureFrame(r.ctx, id, "capture"); codeOf(t, err) != "refused_now/port_absent" {
		t.Errorf("unplugged: %v", err)
	}
	r.must(r.CaptureCancel(r.ctx, CaptureRequest{id}))
	if _, err := r.CaptureFrame(r.ctx, id, "capture"); codeOf(t, err) != "capture_over" {
		t.Errorf("a camera looks while nobody asked: %v", err)
	}
}

// A counter may have a camera and a scanner; without any there is nothing to begin.
func TestSeveralDevicesThatCapture(t *testing.T) {
	feeder := &fakeCapture{fakeDevice: newFake("feeder", devices.KindCapture), able: capture.Able{Feeder: true}, gives: make(chan any)}
	feeder.status.Model = "other"
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", func(r *deskRig) {
		r.capture = []devices.Device{newFakeCapture(overDesk), feeder}
	})
	r.begun("simple")
	r.must(r.CaptureBegin(r.ctx, MaterialRequest{Material: "M01"}))
	if s := r.desk1().Capture.Sources; len(s) != 2 || s[0].ID != "capture" || !s[0].Preview || s[1].ID != "feeder" || !s[1].Feeder || s[1].Glass {
		t.Errorf("%+v", s)
	}
	none := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "2", nil)
	none.begun("simple")
	if code := codeOf(t, none.CaptureBegin(none.ctx, MaterialRequest{Material: "M01"})); code != "refused_now/no_capture" || none.desk1().Captures {
		t.Errorf("without a device: %q", code)
	}
}
