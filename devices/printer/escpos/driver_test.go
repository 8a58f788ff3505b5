package escpos_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/devices"
	"hallway/devices/port"
	"hallway/devices/port/cable"
	"hallway/devices/printer"
	"hallway/devices/printer/escpos"
	"hallway/devices/printer/escpos/escpossim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a simulated printer on a cable with a driver.
type rig struct {
	t     *testing.T
	sim   *escpossim.Sim
	cable *cable.Cable
	p     *escpos.Printer

	mu    sync.Mutex
	limit int // pull the cable after so many bytes; -1 never
	seen  int
	dumb  bool          // nothing that is sent arrives
	asked int           // questions in real time
	hold  chan struct{} // not nil: what is sent arrives when it is closed
}

func (r *rig) mute(on bool) {
	r.mu.Lock()
	r.dumb = on
	r.mu.Unlock()
}

type setting struct {
	at      string
	profile string
	sim     escpossim.Options
	driver  escpos.Options
}

func newRig(t *testing.T, s setting) *rig {
	t.Helper()
	if s.profile == "" {
		s.profile = "epson80"
		s.sim.Confirms, s.sim.Clears, s.sim.NativeQR = true, true, true
	}
	if s.at == "" {
		s.at = "tcp:127.0.0.1:0"
	}
	r := &rig{t: t, limit: -1}
	r.sim = escpossim.New(s.sim)
	var err error
	r.cable, err = cable.New(s.at, r)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cable.Plug(); err != nil {
		t.Fatal(err)
	}
	opener, err := port.Parse(r.cable.Address())
	if err != nil {
		t.Fatal(err)
	}
	if s.driver.Profile, err = escpos.ProfileNamed(s.profile); err != nil {
		t.Fatal(err)
	}
	s.driver.ID = "ticket-printer"
	r.p = escpos.New(opener, s.driver)
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = r.sim.Run(ctx) })
	work.Go(func() { _ = r.p.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		work.Wait()
		_ = r.cable.Close()
	})
	return r
}

// Serve puts the rig between the cable and the printer.
func (r *rig) Serve(ctx context.Context, rw io.ReadWriteCloser) error {
	return r.sim.Serve(ctx, &tap{ReadWriteCloser: rw, r: r})
}

// tap counts what reaches the printer and cuts the line at the limit.
type tap struct {
	io.ReadWriteCloser
	r *rig
}

func (t *tap) Read(b []byte) (int, error) {
	n, err := t.ReadWriteCloser.Read(b)
	if hold := t.r.hears(b[:n]); hold != nil {
		<-hold
	}
	return t.r.count(n), err
}

// hears counts the questions, and gives what to wait for.
func (r *rig) hears(b []byte) chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked += bytes.Count(b, []byte{0x10, 0x04})
	return r.hold
}

// questions is how many were asked in real time.
func (r *rig) questions() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked
}

// count gives how many of n bytes still reach the printer.
func (r *rig) count(n int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dumb {
		return 0
	}
	if r.limit < 0 {
		return n
	}
	if r.seen += n; r.seen >= r.limit {
		n = max(0, n-(r.seen-r.limit))
		r.limit = -1
		go func() { _ = r.cable.Unplug() }()
	}
	return n
}

func (r *rig) state(want devices.State) {
	r.t.Helper()
	r.until("state "+string(want), func() bool { return r.p.Status().State == want })
}

func (r *rig) fault(code string, on bool) {
	r.t.Helper()
	r.until("fault "+code, func() bool {
		for _, f := range r.p.Status().Faults {
			if f.Code == code {
				return on
			}
		}
		return !on
	})
}

func (r *rig) until(what string, ok func() bool) {
	r.t.Helper()
	end := time.Now().Add(time.Minute)
	for !ok() {
		if time.Now().After(end) {
			r.t.Fatalf("waited a minute for %s; status %+v", what, r.p.Status())
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func ticket(number string) printer.Document {
	return printer.Document{Title: "ticket", Cut: true, Blocks: []printer.Block{
		{Text: &printer.Text{S: "示例市政务服务中心", Align: printer.Center, Scale: 2, Bold: true}},
		{Rule: true},
		{Text: &printer.Text{S: number, Align: printer.Center, Scale: 6, Bold: true}},
		{Columns: &printer.Columns{Left: "前面等候", Right: "3 人"}},
		{QR: &printer.QR{Data: "T37010001" + number}},
		{Text: &printer.Text{S: "过号请到咨询台重新激活。"}},
		{Feed: 1},
	}}
}

func TestPrintIsConfirmedAndLooksRight(t *testing.T) {
	for _, c := range []struct {
		name    string
		setting setting
		want    printer.Outcome
	}{
		{"80 mm that confirms, TCP", setting{}, printer.Confirmed},
		{"80 mm that confirms, serial", setting{at: "serial:" + filepath.Join(t.TempDir(), "printer"), profile: "epson80",
			sim: escpossim.Options{Confirms: true, Clears: true, NativeQR: true}}, printer.Confirmed},
		{"80 mm that does not confirm", setting{profile: "epson80", sim: escpossim.Options{NativeQR: true, Clears: true},
			driver: escpos.Options{Answer: 200 * time.Millisecond}}, printer.Parsed},
		{"80 mm clone", setting{profile: "generic80", sim: escpossim.Options{NativeQR: true}}, printer.Parsed},
		{"58 mm", setting{profile: "generic58", sim: escpossim.Options{Dots: 384, NativeQR: true, NoCutter: true}}, printer.Parsed},
		{"58 mm without QR, GB 2312", setting{profile: "sprt58",
			sim: escpossim.Options{Dots: 384, NoCutter: true, GB2312: true, SizeBits: 0x30}}, printer.Parsed},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, c.setting)
			r.state(devices.Ready)
			begun := 0
			got, err := r.p.Print(t.Context(), printer.Job{ID: "1", Doc: ticket("A012"), Begin: func() error { begun++; return nil }})
			if got != c.want || err != nil || begun != 1 {
				t.Fatalf("outcome %s, error %v, begun %d times; want %s, none, once", got, err, begun, c.want)
			}
			r.until("one slip", func() bool { return r.sim.Count() == 1 })
			s := r.sim.Slips()[0]
			text := strings.Join(s.Text, "")
			for _, want := range []string{"示例市政务服务中心", "A012", "前面等候", "3 人", "过号请到咨询台重新激活。"} {
				if !strings.Contains(text, want) {
					t.Errorf("the slip does not say %q:\n%s", want, text)
				}
			}
			if len(s.Unclean) > 0 {
				t.Errorf("the printer did not understand %q", s.Unclean)
			}
			if c.setting.sim.NativeQR && (len(s.QR) != 1 || s.QR[0] != "T37010001A012") {
				t.Errorf("QR codes %q", s.QR)
			}
		})
	}
}

func TestFaultsAreSeenAndStopJobsBeforeTheyBegin(t *testing.T) {
	r := newRig(t, setting{})
	r.state(devices.Ready)
	for _, c := range []struct {
		code  string
		state devices.State
		set   func(*escpossim.Body, bool)
	}{
		{escpos.FaultPaperEnd, devices.Failed, func(b *escpossim.Body, on bool) { b.PaperEnd = on }},
		{escpos.FaultNearEnd, devices.Degraded, func(b *escpossim.Body, on bool) { b.NearEnd = on }},
		{escpos.FaultCover, devices.Failed, func(b *escpossim.Body, on bool) { b.CoverOpen = on }},
		{escpos.FaultCutter, devices.Failed, func(b *escpossim.Body, on bool) { b.CutterError = on }},
		{escpos.FaultOffline, devices.Failed, func(b *escpossim.Body, on bool) { b.Offline = on }},
	} {
		t.Run(c.code, func(t *testing.T) {
			r.sim.SetBody(func(b *escpossim.Body) { c.set(b, true) })
			r.fault(c.code, true)
			if got := r.p.Status().State; got != c.state {
				t.Errorf("state %s, want %s", got, c.state)
			}
			if c.state == devices.Failed {
				got, err := r.p.Print(t.Context(), printer.Job{ID: "x", Doc: ticket("A001"), Begin: func() error {
					t.Error("the job was begun")
					return nil
				}})
				var why *escpos.NotReady
				if got != printer.NotPrinted || !errors.As(err, &why) || why.Code != c.code {
					t.Errorf("outcome %s, %v; want failed for %s", got, err, c.code)
				}
			}
			r.sim.SetBody(func(b *escpossim.Body) { c.set(b, false) })
			r.fault(c.code, false)
			r.state(devices.Ready)
		})
	}
	if r.sim.Count() != 0 {
		t.Errorf("%d slips came out", r.sim.Count())
	}
}

func TestBeginThatFailsPrintsNothing(t *testing.T) {
	r := newRig(t, setting{})
	r.state(devices.Ready)
	got, err := r.p.Print(t.Context(), printer.Job{ID: "1", Doc: ticket("A001"), Begin: func() error { return errors.New("disk full") }})
	if got != printer.NotPrinted || err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Fatalf("outcome %s, %v", got, err)
	}
	if got, err := r.p.Print(t.Context(), printer.Job{ID: "2", Doc: ticket("A002")}); got != printer.Confirmed {
		t.Fatalf("the next job: %s, %v", got, err)
	}
	if r.sim.Count() != 1 {
		t.Errorf("%d slips, want 1", r.sim.Count())
	}
}
