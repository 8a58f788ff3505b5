package terminal

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/app/print"
	"hallway/devices"
	"hallway/devices/capture"
	"hallway/devices/idcard"
	"hallway/devices/printer"
	"hallway/devices/scanner"
	"hallway/sync/seal"
)

// stall is a kiosk over its own disk. As in a hall it follows no cases: what it
// knows of one, the centre tells whoever's card lies on the reader.
type stall struct {
	*booth
	*Kiosk
	camera *fakeCapture
	asks   *applicationDesk
}

// applicationDesk is the centre's desk of applications.
type applicationDesk struct {
	o    *office
	mu   sync.Mutex
	err  error
	hold chan struct{} // when set, answers wait for it
	n    int

	forms map[hall.OpID]hall.FormValues
}

func (d *applicationDesk) Applications(ctx context.Context, ask ProgressAsk) ([]hall.Case, error) {
	d.mu.Lock()
	d.n++
	err, hold := d.err, d.hold
	d.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if err != nil {
		return nil, err
	}
	var mine hall.OwnerCases
	d.o.load(hall.EntityOwnerCases, seal.OwnerLook(testKey, ask.DocKind, ask.DocNo.Reveal()), &mine)
	var list []hall.Case
	for _, id := range slices.Backward(mine.Cases) {
		list = append(list, d.o.kase(id))
	}
	return list, nil
}

func (d *applicationDesk) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

// applyCatalogue has items that people apply for at a kiosk: one with everything,
// and one whose only material is photographed.
func applyCatalogue() *hall.Catalogue {
	c := deskCatalogue()
	it, _ := c.Item("open-shop")
	whole, _ := it.Published()
	whole.Online, whole.PreReview = true, true
	n := func(s string) hall.Names { return hall.Names{"zh-Hans": s} }
	whole.Checks = []hall.ItemCheck{{ID: "own", Question: n("是您本人吗"), Wanted: hall.CheckYes, Otherwise: n("请本人来"), Stops: true},
		{ID: "moved", Question: n("搬过家吗"), Wanted: hall.CheckNo, Otherwise: n("带上新的户口簿")}}
	whole.Materials = slices.Clone(whole.Materials)
	whole.Materials[1].Originals, whole.Materials[2].Required = 1, false
	photo := whole
	photo.PreReview, photo.Checks = false, nil
	photo.Materials = []hall.ItemMaterial{{Code: "M01", Required: true, Originals: 1}}
	c.Items = append(c.Items,
		hall.Item{ID: "permit", Group: "tax", Name: n("许可"), Versions: []hall.ItemVersion{whole}, Paper: it.Paper},
		hall.Item{ID: "photo", Group: "tax", Name: n("拍照"), Versions: []hall.ItemVersion{photo}})
	return c
}

func newStall(t *testing.T) *stall {
	t.Helper()
	return newStallOf(t, applyCatalogue())
}

// newStallOf is a kiosk of a hall with a catalogue.
func newStallOf(t *testing.T, cat *hall.Catalogue) *stall {
	t.Helper()
	s := &stall{booth: newBoothAs(t, RoleKiosk, "kiosk-1", hall.FeedQueue, hall.FeedCheckIn), camera: newFakeCapture(overDesk)}
	s.o.cat = cat
	s.asks = &applicationDesk{o: s.o}
	return s.begin()
}

// begin opens the disk and runs the kiosk.
func (s *stall) begin() *stall {
	s.t.Helper()
	s.openDisk()
	scans := fakeScanner{newFake("scanner", devices.KindScanner), make(chan scanner.Scan)}
	s.Kiosk = NewKiosk(Deps{Config: Config{Role: RoleKiosk, Terminal: "kiosk-1", Locale: "zh-Hans", Kiosk: KioskConfig{IdleSeconds: 90, WarnSeconds: 30}},
		Store: s.st, Uplink: s.line, Devices: devicesOf(s.reader, scans, s.printer, s.camera), Logger: s.log.logger(), Clock: s.clock.now,
		Tick: 5 * time.Millisecond, Progress: &fakeProgress{}, Applications: s.asks}, func(print.Slip) printer.Document { return printer.Document{} })
	s.live(s.Run)
	eventually(s.t, "the kiosk", func() bool { return len(s.View().Groups) > 0 })
	if up, _ := s.line.Online(); up {
		eventually(s.t, "application numbers", func() bool { return s.st.ApplicationNumbers() > 0 })
	}
	return s
}

// kill ends the program and starts it again on the same disk.
func (s *stall) kill() {
	s.t.Helper()
	s.stop()
	s.begin()
}

func (s *stall) place(number string) {
	s.reader.events <- idcard.Event{At: s.clock.now(), Card: &idcard.Card{Kind: idcard.Resident, Name: nameZhang, Number: number,
		NumberOK: true, ValidFrom: "20200101", ValidUntil: "20400101"}}
}

// shows waits until the open application is as it should be. The hall's clock goes
// on meanwhile, as slowly as the person stays.
func (s *stall) shows(what string, ok func(v KioskApply) bool) KioskApply {
	s.t.Helper()
	var v KioskApply
	asked := s.clock.now()
	eventually(s.t, what, func() bool {
		if session := s.View().Session; session != nil && session.Apply != nil {
			if v = *session.Apply; ok(v) {
				return true
			}
		}
		if s.clock.now().Sub(asked) < 10*time.Second {
			s.clock.add(200 * time.Millisecond)
		}
		return false
	})
	return v
}

func (s *stall) step(step string) KioskApply {
	s.t.Helper()
	return s.shows("step "+step, func(v KioskApply) bool { return v.Step == step && !v.Waiting })
}

// opens goes through everything up to the materials.
func (s *stall) opens(item string) KioskApply {
	s.t.Helper()
	s.must(s.Apply(s.t.Context(), ApplyRequest{Item: item}))
	s.must(s.ApplyStart(s.t.Context()))
	if s.View().Session.Apply.Step == applyCheck {
		s.must(s.ApplyCheck(s.t.Context(), ApplyCheckRequest{ID: "own", Answer: "yes"}))
		s.must(s.ApplyCheck(s.t.Context(), ApplyCheckRequest{ID: "moved", Answer: "no"}))
		s.must(s.ApplyStart(s.t.Context()))
	}
	if s.View().Session.Apply.Step == applyIdentify {
		s.place(docZhang)
	}
	return s.shows("the materials", func(v KioskApply) bool {
		return v.Step == applyMaterials && (v.State != "") && !(v.Waiting && s.online())
	})
}

func (s *stall) material(v KioskApply, key string) KioskApplyMaterial {
	s.t.Helper()
	i := slices.IndexFunc(v.Materials, func(m KioskApplyMaterial) bool { return m.Key == key })
	if i < 0 {
		s.t.Fatalf("no material %s", key)
	}
	return v.Materials[i]
}

// photograph takes a page of a material and hands it in.
func (s *stall) photograph(key string) {
	s.t.Helper()
	ctx := s.t.Context()
	s.must(s.CaptureBegin(ctx, MaterialRequest{Material: key}))
	session := s.View().Session.Apply.Capture.Session
	s.must(s.CaptureTake(ctx, CaptureTakeRequest{Session: session, Device: "capture"}))
	s.camera.gives <- aPage(s.t, 90)
	s.shows("the page", func(v KioskApply) bool {
		return v.Capture != nil && len(v.Capture.Pages) == 1 && v.Capture.Taking == nil
	})
	s.must(s.CaptureFinish(ctx, CaptureRequest{Session: session}))
}

// handedIn is the file of the newest hand_in that the centre has.
func (s *stall) handedIn() (f hall.File) {
	s.t.Helper()
	var body hall.HandInBody
	eventually(s.t, "hand_in at the centre", func() bool { return s.o.count(hall.HandIn) > 0 })
	s.o.mu.Lock()
	defer s.o.mu.Unlock()
	for _, op := range s.o.ops {
		if op.Kind == hall.HandIn {
			if err := json.Unmarshal(op.Body, &body); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	return body.File
}

var bySystem = hall.Actor{Kind: hall.ActorSystem, Role: hall.RoleSystem}

// stored is the file's arrival at the centre.
func (s *stall) stored(id string) {
	s.t.Helper()
	s.o.own(hall.FileStored, id, bySystem, hall.AtCentre, hall.FileStoredBody{File: s.handedIn()})
}

// answered is a department's answer to the question about a material.
func (s *stall) answered(id, key, answer string) {
	s.t.Helper()
	var m *hall.Material
	eventually(s.t, "the question at the centre", func() bool {
		c := s.o.kase(id)
		m, _ = c.Material(key)
		return m != nil && m.Ask.Op != ""
	})
	s.o.own(hall.ShareAnswered, id, bySystem, hall.AtCentre, hall.ShareAnsweredBody{Material: key, Ask: m.Ask.Op, Answer: answer})
}

// arrived is the department's material.
func (s *stall) arrived(id, key string) {
	s.t.Helper()
	c := s.o.kase(id)
	m, _ := c.Material(key)
	a, _ := m.Newest()
	s.o.own(hall.MaterialArrived, id, bySystem, hall.AtCentre, hall.CallbackBody{Material: key, Attempt: a.No, Request: hall.RequestID(id, key, a.No),
		File: hall.File{SHA256: strings.Repeat("b", 64), Type: "application/pdf", Size: 9}})
}

// theCase is the only case that there is at the centre.
func (s *stall) theCase() hall.Case {
	s.t.Helper()
	var ids []string
	eventually(s.t, "the case at the centre", func() bool {
		s.o.mu.Lock()
		defer s.o.mu.Unlock()
		ids = nil
		for _, c := range s.o.entities {
			if c.Kind == hall.EntityCase {
				ids = append(ids, c.ID)
			}
		}
		return len(ids) > 0
	})
	if len(ids) != 1 {
		s.t.Fatalf("%d cases at the centre", len(ids))
	}
	return s.o.kase(ids[0])
}

// nothingLeft checks that nothing personal is anywhere after the person has left.
func (s *stall) nothingLeft() {
	s.t.Helper()
	view, err := json.Marshal(s.View())
	if err != nil {
		s.t.Fatal(err)
	}
	s.o.mu.Lock()
	ops, err := json.Marshal(s.o.ops)
	s.o.mu.Unlock()
	if err != nil {
		s.t.Fatal(err)
	}
	for what, text := range map[string]string{"view": string(view), "log": s.log.String(), "operations": string(ops)} {
		for _, secret := range []string{docZhang, nameZhang} {
			if strings.Contains(text, secret) {
				s.t.Errorf("the %s has %q", what, secret)
			}
		}
	}
	if s.View().Session != nil {
		s.t.Error("a session is left")
	}
	if n := len(s.camera.given); n > 0 && !s.camera.wiped() {
		s.t.Error("a page is left in memory")
	}
}

var _ capture.Source = (*fakeCapture)(nil)

// everythingIn is everything that a view says.
func everythingIn(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
