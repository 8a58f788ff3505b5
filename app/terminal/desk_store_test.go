package terminal

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/devices"
	"hallway/devices/idcard"
	"hallway/devices/printer"
	wire "hallway/sync"
	"hallway/sync/seal"
)

// booth is a terminal, a counter if nothing else is said, over its own disk; a pump carries its operations to the
// office and the office's state back, as long as the line is up.
type booth struct {
	t       *testing.T
	o       *office
	role    string
	follows []hall.Feed
	clock   *clock
	line    *fakeLine
	reader  fakeReader
	printer *fakePrinter
	opt     store.Options
	pub     []byte
	st      *store.Store
	c       *Counter
	log     *syncBuffer
	stops   []func()
	still   atomic.Bool // nothing goes over, though the line seems to be up
}

func newBooth(t *testing.T) *booth {
	t.Helper()
	b := newBoothAs(t, RoleCounter, "counter-1", hall.FeedQueue, hall.FeedCheckIn, hall.FeedCase)
	served := hall.Ticket{ID: "TICKET", Number: "A001", Group: "social", State: hall.TicketServing, Class: hall.ClassOrdinary, Day: testDay, Window: "1",
		IssuedAt: at("09:50"), CalledAt: at("09:58"), ServedAt: at("09:59")}
	b.put(hall.EntityTicket, served.ID, served)
	b.put(hall.EntityWindow, "1", hall.Window{ID: "1", Open: true, Staff: "1001", Ticket: served.ID})
	return b
}

func newBoothAs(t *testing.T, role, id string, follows ...hall.Feed) *booth {
	t.Helper()
	c := &clock{t: at("10:00")}
	b := &booth{t: t, role: role, follows: follows, o: newOffice(t, c.now), clock: c, line: &fakeLine{}, log: &syncBuffer{},
		reader:  fakeReader{fakeDevice: newFake("idcard", devices.KindIDCard), events: make(chan idcard.Event)},
		printer: &fakePrinter{fakeDevice: newFake("printer", devices.KindPrinter), outcome: printer.Confirmed}}
	b.o.cat = deskCatalogue()
	b.opt = store.Options{Dir: filepath.Join(t.TempDir(), id), Terminal: id, Machine: "m", Logger: b.log.logger(),
		Clock: c.now, Boot: func() (time.Duration, string) { return c.now().Sub(at("00:00")), "boot" }}
	var err error
	if _, b.pub, err = seal.GenerateKey(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.stop)
	return b
}

// put puts an entity of the queue there.
func (b *booth) put(kind hall.EntityKind, id string, v any) {
	b.t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		b.t.Fatal(err)
	}
	b.o.mu.Lock()
	defer b.o.mu.Unlock()
	b.o.row++
	b.o.entities[string(kind)+" "+id] = hall.Change{Feed: hall.FeedQueue, Kind: kind, ID: id, Value: raw}
}

// start opens the disk and runs, with a clerk signed in.
func (b *booth) start() *booth {
	b.t.Helper()
	b.openDisk()
	b.c = NewCounter(Deps{Config: Config{Role: RoleCounter, Terminal: "counter-1", Window: "1", Locale: "zh-Hans"}, Store: b.st, Uplink: b.line,
		Centre: &deskCentre{}, Devices: devicesOf(b.reader, b.printer), Logger: slog.New(slog.DiscardHandler), Clock: time.Now, Tick: 5 * time.Millisecond})
	b.live(b.c.Run)
	if err := b.c.SignIn(context.Background(), SignInRequest{Staff: "1001", Password: "right"}); err != nil {
		b.t.Fatal(err)
	}
	return b
}

// openDisk opens the store, and meets the centre when there is a line.
func (b *booth) openDisk() {
	b.t.Helper()
	var err error
	if b.st, err = store.Open(context.Background(), b.opt); err != nil {
		b.t.Fatal(err)
	}
	if up, _ := b.line.Online(); up {
		b.meet()
	}
}

// live runs a role beside the line.
func (b *booth) live(run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() {
		if err := run(ctx); err != nil {
			b.t.Error(err)
		}
	})
	all.Go(func() { b.pump(ctx) })
	b.stops = append(b.stops, func() {
		cancel()
		all.Wait()
		if err := b.st.Close(); err != nil {
			b.t.Error(err)
		}
	})
}

func (b *booth) stop() {
	for _, f := range b.stops {
		f()
	}
	b.stops = nil
}

func (b *booth) meet() {
	b.t.Helper()
	boot := b.st.BootTime()
	err := b.st.Greeted(context.Background(), wire.HelloReply{ServerTime: b.clock.now(), Epoch: 1, Hall: "37010001",
		Terminal: hall.Terminal{ID: b.opt.Terminal, Role: b.role, Window: "1"}, SealKey: b.pub, SealKeyID: seal.KeyID(b.pub), OwnerKey: testKey,
		Lanes: []wire.LaneFeeds{{Lane: wire.SharedLane, Feeds: []hall.Feed{hall.FeedCatalogue}}, {Lane: hallLane, Feeds: b.follows}}}, boot, boot)
	if err != nil {
		b.t.Fatal(err)
	}
	b.carry(context.Background())
}

// pump is the line.
func (b *booth) pump(ctx context.Context) {
	for ctx.Err() == nil {
		if up, _ := b.line.Online(); up && !b.still.Load() {
			b.carry(ctx)
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// carry asks for numbers, carries operations to the office, and its state back.
func (b *booth) carry(ctx context.Context) {
	b.st.SetLine(true)
	_, err := b.st.EnsureLeases(ctx)
	if err == nil {
		_, err = b.st.NumberTemporaries(ctx)
	}
	var push wire.Push
	if err == nil {
		push, err = b.st.Pending(ctx, 100, 1<<24)
	}
	var verdicts []wire.Verdict
	for _, e := range push.Ops {
		var op hall.Op
		if err := json.Unmarshal(e.Body, &op); err != nil {
			b.t.Error(err)
			return
		}
		v := b.o.decide(op)
		v.Seq = e.Seq
		verdicts = append(verdicts, v)
	}
	if err == nil && len(verdicts) > 0 {
		err = b.st.Record(ctx, verdicts)
	}
	if err == nil {
		err = b.pull(ctx)
	}
	if err != nil && ctx.Err() == nil {
		b.t.Error(err)
	}
}

func (b *booth) pull(ctx context.Context) error {
	b.o.mu.Lock()
	defer b.o.mu.Unlock()
	raw, err := json.Marshal(b.o.cat)
	if err != nil {
		return err
	}
	snaps := []wire.Snapshot{{Epoch: 1, Lane: wire.SharedLane, Feed: hall.FeedCatalogue, Row: b.o.row,
		Entities: []wire.EntityValue{{Kind: hall.EntityCatalogue, ID: "37010001", Value: raw}}}}
	for _, feed := range b.follows {
		s := wire.Snapshot{Epoch: 1, Lane: hallLane, Feed: feed, Row: b.o.row}
		for _, c := range b.o.entities {
			if c.Feed == feed {
				s.Entities = append(s.Entities, wire.EntityValue{Kind: c.Kind, ID: c.ID, Value: c.Value})
			}
		}
		snaps = append(snaps, s)
	}
	for _, s := range snaps {
		if err := b.st.ApplySnapshot(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (b *booth) cut(down bool) {
	b.line.mu.Lock()
	b.line.down = down
	b.line.mu.Unlock()
	b.st.SetLine(!down)
}

func (b *booth) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatalf("%s: %v", codeOf(b.t, err), err)
	}
}

func (b *booth) until(what string, ok func(DeskView) bool) DeskView {
	b.t.Helper()
	var v DeskView
	eventually(b.t, what, func() bool { v = b.c.View().Desk; return ok(v) })
	return v
}

// begin places a card and opens a case.
func (b *booth) begin(item string) string {
	b.t.Helper()
	b.until("the ticket", func(v DeskView) bool { return v.Open.Why != nil && v.Open.Why.Code == "no_applicant" })
	b.reader.events <- idcard.Event{Card: zhang()}
	b.until("the applicant", func(v DeskView) bool { return v.Applicant != nil })
	b.must(b.c.OpenCase(context.Background(), OpenCaseRequest{Item: item}))
	return b.c.View().Desk.Case.ID
}

// Taken in without the line and killed: after the restart everything is there
// but the person; with the line the case gets its number and is accepted.
func TestTakenInWithoutTheLineAndKilled(t *testing.T) {
	b := newBooth(t).start()
	ctx := context.Background()
	b.until("the desk", func(v DeskView) bool { return v.Enabled })
	eventually(t, "application numbers", func() bool { return b.st.ApplicationNumbers() > 0 })
	b.cut(true)
	for b.st.ApplicationNumbers() > 0 { // spend what there is: only a temporary number is left
		id := b.begin0("simple")
		b.must(b.c.ReceiveCase(ctx))
		if id == "" {
			t.Fatal("no case")
		}
	}
	id := b.begin0("simple")
	b.must(b.c.TakeOriginal(ctx, MaterialRequest{Material: "M01"}))
	b.must(b.c.ReceiveCase(ctx))
	k := b.c.View().Desk.Case
	if k.Number != "" || k.Temp == "" || k.State != hall.CaseReceived {
		t.Fatalf("%+v", k)
	}
	b.must(b.c.PrintPaper(ctx, PrintRequest{Paper: "temporary"}))
	b.until("the receipt", func(v DeskView) bool { return len(v.Prints) == 1 && v.Prints[0].Outcome == "confirmed" })
	b.stop()

	b.start()
	if v := b.c.View().Desk; v.Applicant != nil || v.Case != nil {
		t.Errorf("somebody is still here: %+v", v)
	}
	b.must(b.c.ShowCase(ctx, CaseRequest{Case: k.Temp}))
	if again := b.c.View().Desk.Case; again.ID != id || again.State != hall.CaseReceived || again.Applicant != "" || !again.Pending {
		t.Errorf("after the restart: %+v", again)
	}
	if v := b.c.View().Desk; len(v.Prints) != 1 || v.Prints[0].Outcome != "confirmed" {
		t.Errorf("prints %+v", v.Prints)
	}
	b.cut(false)
	v := b.until("the number", func(v DeskView) bool {
		return v.Case != nil && v.Case.Number != "" && !v.Case.Pending && v.Case.Acts.Accept.Allowed
	})
	if v.Case.Temp != k.Temp {
		t.Errorf("the temporary number is gone: %+v", v.Case)
	}
	b.must(b.c.AcceptCase(ctx))
	b.until("accepted", func(v DeskView) bool { return v.Case.State == hall.CaseAccepted })
	if n := b.o.kase(id).NoticeNo; n != "37010001-2026-000001" {
		t.Errorf("notice %q", n)
	}
	for _, s := range []string{docZhang, nameZhang} {
		if strings.Contains(b.log.String(), s) {
			t.Errorf("the log has %q", s)
		}
	}
}

// begin0 opens another case for whoever sits there, or places the card first.
func (b *booth) begin0(item string) string {
	b.t.Helper()
	if b.c.View().Desk.Applicant == nil {
		return b.begin(item)
	}
	b.must(b.c.OpenCase(context.Background(), OpenCaseRequest{Item: item}))
	return b.c.View().Desk.Case.ID
}

// A file is on disk, encrypted, before it is shown; one that broke off leaves
// nothing; both also over a kill.
func TestFilesOverAKill(t *testing.T) {
	b := newBooth(t).start()
	ctx := context.Background()
	id := b.begin("simple")
	if code := codeOf(t, b.c.HandInFile(ctx, "M01", "application/pdf", &half{})); code != "file_broken" {
		t.Fatalf("broken off: %q", code)
	}
	files := filepath.Join(b.opt.Dir, "files")
	if left, err := os.ReadDir(files); err != nil && !errors.Is(err, os.ErrNotExist) || len(left) != 0 {
		t.Errorf("left of a file that broke off: %v %v", left, err)
	}
	b.must(b.c.HandInFile(ctx, "M01", "application/pdf", strings.NewReader(aPDF)))
	m := b.c.View().Desk.Case.Materials[0]
	if m.File == nil || !m.File.Coming || b.st.Uploads() != 1 {
		t.Fatalf("%+v, %d on their way", m, b.st.Uploads())
	}
	raw, err := os.ReadFile(filepath.Join(files, m.File.SHA256))
	if err != nil || strings.Contains(string(raw), "synthetic") {
		t.Errorf("the file at rest: %v", err)
	}
	b.stop()

	b.start()
	if b.st.Uploads() != 1 {
		t.Errorf("%d files on their way after the restart", b.st.Uploads())
	}
	b.must(b.c.ShowCase(ctx, CaseRequest{Case: id}))
	f, info, err := b.c.OpenFile(ctx, m.File.SHA256)
	b.must(err)
	data, err := io.ReadAll(f)
	if err != nil || string(data) != aPDF || info.Size != int64(len(aPDF)) {
		t.Errorf("preview %q %v %v", data, info, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	b.o.own(hall.FileStored, id, hall.Actor{Kind: hall.ActorSystem, Role: hall.RoleSystem}, "centre",
		hall.FileStoredBody{File: hall.File{SHA256: info.SHA256, Type: info.Type, Size: info.Size}})
	b.until("the file at the centre", func(v DeskView) bool { return v.Case.Materials[0].State == hall.MaterialDone })
	b.must(b.c.AcceptCase(ctx))
	b.until("accepted", func(v DeskView) bool { return v.Case.State == hall.CaseAccepted && v.Case.Number != "" })
}
