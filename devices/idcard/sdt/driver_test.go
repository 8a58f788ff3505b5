package sdt

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"hallway/devices"
	"hallway/devices/idcard"
	"hallway/devices/idcard/sdt/sdtsim"
	"hallway/devices/port/cable"
)

func TestReadsEverySample(t *testing.T) {
	r := newRig(t, sdtsim.Options{Shape: cable.Shape{Baud: 115200, ChunkMax: 50, Seed: 1}}, Options{})
	r.ready()
	if r.SAM() != "05.03-20200101-0001234567-0987654321" || r.Status().Caps["sam"] != r.SAM() {
		t.Errorf("secure module %q", r.SAM())
	}
	want := map[string]struct {
		kind   idcard.CardKind
		number string
		err    string
	}{
		"resident":   {idcard.Resident, "110101199003074514", ""},
		"J":          {idcard.HMTResidence, "810000198506120024", ""},
		"I":          {idcard.Foreigner17, "USA110080010100", ""},
		"Y":          {idcard.Foreigner23, "911156198001010032", ""},
		"expired":    {idcard.Resident, "110101198001010053", ""},
		"unreadable": {"", "", idcard.ErrUnreadable},
		"suspect":    {"", "", idcard.ErrSuspect},
		"other":      {"", "", idcard.ErrOtherKind},
		"bad_number": {"", "", idcard.ErrBadNumber},
	}
	for _, name := range sdtsim.SampleNames() {
		r.place(name)
		e := r.event()
		w := want[name]
		switch {
		case e.Err != w.err:
			t.Errorf("%s: error %q, want %q", name, e.Err, w.err)
		case (e.Card == nil) != (w.err != ""):
			t.Errorf("%s: card %v with error %q", name, e.Card != nil, e.Err)
		case e.Card != nil && (e.Card.Kind != w.kind || e.Card.Number != w.number || len(e.Card.Photo) != 1024):
			t.Errorf("%s: %s %s, photo %d bytes", name, e.Card.Kind, e.Card.Number, len(e.Card.Photo))
		case e.At.IsZero():
			t.Errorf("%s: no time", name)
		}
		r.lift()
		r.quiet(250 * time.Millisecond)
	}
	if asked, _, wrong := r.sim.Counts(); wrong != 0 || asked == 0 {
		t.Errorf("the driver sent %d bytes that are no question", wrong)
	}
}

// One placing is one event, on readers of both habits.
func TestOnePlacingIsOneEvent(t *testing.T) {
	for _, once := range []bool{false, true} {
		r := newRig(t, sdtsim.Options{OnceOnly: once, ShortFound: once}, Options{})
		for range 2 {
			r.place("resident")
			if e := r.event(); e.Card == nil {
				t.Fatalf("error %q", e.Err)
			}
			r.quiet(400 * time.Millisecond)
			r.sim.Remove()
			time.Sleep(300 * time.Millisecond)
		}
	}
}

// A card that was delivered and stays is said to lie there until it is taken away; one
// that could not be read is tried again by itself.
func TestACardThatStaysLiesThere(t *testing.T) {
	r := newRig(t, sdtsim.Options{}, Options{})
	r.ready()
	if r.Lies() {
		t.Error("a card lies there before there was one")
	}
	for range 2 {
		r.place("resident")
		if e := r.event(); e.Card == nil {
			t.Fatalf("error %q", e.Err)
		}
		r.until("the card lies there", r.Lies)
		r.sim.Remove()
		r.until("the plate is empty", func() bool { return !r.Lies() })
		r.lift()
	}
	r.place("unreadable")
	if e := r.event(); e.Err == "" {
		t.Fatal("it was read")
	}
	if r.Lies() {
		t.Error("a card that could not be read is to be taken away")
	}
}

// A card that is changed for another faster than its absence is noticed is
// read; the same card that only bounced is not read twice.
func TestBounceAndSwap(t *testing.T) {
	r := newRig(t, sdtsim.Options{}, Options{Hold: time.Second, SameCard: 2 * time.Second})
	r.place("resident")
	if r.event().Card == nil {
		t.Fatal("not read")
	}
	for range 3 {
		r.away(2)
		r.place("resident")
		r.quiet(150 * time.Millisecond)
	}
	r.away(2)
	r.place("Y")
	if e := r.event(); e.Card == nil || e.Card.Kind != idcard.Foreigner23 {
		t.Errorf("the second card was not read: %+v", e.Err)
	}
}

// The same number again within the window is the same placing, however long
// the plate was empty in between.
func TestSameCardWindow(t *testing.T) {
	r := newRig(t, sdtsim.Options{}, Options{Hold: 50 * time.Millisecond, SameCard: 3 * time.Second})
	r.place("resident")
	r.event()
	r.sim.Remove()
	time.Sleep(200 * time.Millisecond)
	r.place("resident")
	r.quiet(200 * time.Millisecond)
	r.sim.Remove()
	time.Sleep(3300 * time.Millisecond)
	r.place("resident")
	if r.event().Card == nil {
		t.Error("not read after the window")
	}
}

// A card that is taken away and laid down again within the window, and then
// stays, is one new placing when the window is over: a screen that has begun to
// ask for it need not wait for it to be lifted once more.
func TestTheSameCardLaidDownAgainAtOnceCountsWhenItStays(t *testing.T) {
	const window = time.Second
	r := newRig(t, sdtsim.Options{}, Options{Hold: 50 * time.Millisecond, SameCard: window})
	r.place("resident")
	before := r.event()
	for range 2 {
		r.lift()
		r.place("resident")
		e := r.event()
		if e.Card == nil || e.At.Sub(before.At) < window-50*time.Millisecond {
			t.Fatalf("error %q, %v after the last placing", e.Err, e.At.Sub(before.At))
		}
		r.quiet(window + window/2)
		before = e
	}
}

// Bouncing while the window runs makes no more of it than one new placing, and
// a card that is gone again by then none at all.
func TestTheSameCardLaidDownAgainBounces(t *testing.T) {
	const window = 2500 * time.Millisecond
	r := newRig(t, sdtsim.Options{}, Options{Hold: 200 * time.Millisecond, SameCard: window})
	away := func() {
		r.sim.Remove()
		time.Sleep(300 * time.Millisecond)
	}
	r.place("resident")
	r.event()
	away()
	r.place("resident")
	r.quiet(100 * time.Millisecond)
	away()
	r.quiet(window)
	r.place("resident")
	r.event()
	away()
	for range 3 {
		r.place("resident")
		time.Sleep(50 * time.Millisecond)
		r.sim.Remove()
		time.Sleep(30 * time.Millisecond)
	}
	r.place("resident")
	if r.event().Card == nil {
		t.Error("the card that stays was not read")
	}
	r.quiet(window + window/2)
}

// On a reader that finds a card once only, nothing tells a card that came back
// from one that bounced: it is one placing.
func TestTheSameCardAgainOnAReaderThatFindsItOnce(t *testing.T) {
	r := newRig(t, sdtsim.Options{OnceOnly: true}, Options{Hold: 50 * time.Millisecond, SameCard: 3 * time.Second})
	r.place("resident")
	r.event()
	time.Sleep(200 * time.Millisecond)
	r.place("resident")
	r.quiet(3500 * time.Millisecond)
}

func TestAShakyCardIsReadInTheEnd(t *testing.T) {
	r := newRig(t, sdtsim.Options{}, Options{})
	r.placeShaky(2)
	if e := r.event(); e.Card == nil {
		t.Errorf("error %q, want the card at the third try", e.Err)
	}
}

// An answer that comes after its time stands in the line like one to the next
// question. It is taken for none, and costs no card.
func TestALateAnswerIsTakenForNoOther(t *testing.T) {
	for name, c := range map[string]command{"find": cmdFind, "select": cmdSelect, "read": cmdRead} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, sdtsim.Options{}, Options{Attempts: 1})
			r.ready()
			for i, card := range []string{"resident", "Y", "J"} {
				r.sim.Late(c, patience(c, 0)+150*time.Millisecond) // longer than the line is listened to afterwards
				r.place(card)
				e := r.event()
				if c != cmdFind && e.Err == idcard.ErrUnreadable {
					e = r.event() // the one try was lost; it is read as it stays
				}
				if e.Card == nil || e.Card.Number != sdtsim.Samples()[card].Number {
					t.Fatalf("card %d: error %q", i, e.Err)
				}
				r.lift()
			}
			if n := r.Status().Counters["stray_answer"]; n == 0 && c != cmdFind { // two answers to find are alike
				t.Error("no answer was found to be another question's")
			}
		})
	}
}

// What success is for one question is none for another.
func TestAnswersThatSuitTheirQuestion(t *testing.T) {
	data := map[command]int{cmdStatus: 0, cmdSAM: 16, cmdFind: 4, cmdSelect: 8, cmdRead: 1284, cmdAddress: 70}
	alike := map[[2]command]bool{{cmdStatus, cmdSelect}: true, {cmdSelect, cmdStatus}: true}
	for asked := range data {
		for of, n := range data {
			a := answer{status: 0x90, data: make([]byte, n)}
			if of == cmdFind {
				a.status = 0x9F
			}
			if got, want := suits(asked, a), asked == of || alike[[2]command{asked, of}]; got != want {
				t.Errorf("%x answered as %x: %v", asked, of, got)
			}
		}
		for _, failed := range []byte{0x80, 0x41, 0x60, 0x10} {
			if !suits(asked, answer{status: failed}) {
				t.Errorf("%x may fail with %x", asked, failed)
			}
		}
	}
}

// A card that could not be read is said once; when it is put right without being
// lifted it is read, and one that never can be read says nothing more.
func TestACardThatStaysIsTriedAgain(t *testing.T) {
	r := newRig(t, sdtsim.Options{}, Options{Attempts: 2, Retry: 50 * time.Millisecond})
	r.placeShaky(7)
	if e := r.event(); e.Err != idcard.ErrUnreadable {
		t.Fatalf("event %+v, want unreadable", e.Err)
	}
	if e := r.event(); e.Card == nil {
		t.Fatalf("error %q, want the card", e.Err)
	}
	away := func() {
		r.quiet(300 * time.Millisecond)
		r.lift()
		r.quiet(300 * time.Millisecond)
	}
	away()
	for sample, code := range map[string]string{"unreadable": idcard.ErrUnreadable, "other": idcard.ErrOtherKind} {
		r.place(sample)
		if e := r.event(); e.Err != code {
			t.Fatalf("%s: event %+v", sample, e.Err)
		}
		away()
	}
}

func TestUnknownMarkIsRefused(t *testing.T) {
	r := newRig(t, sdtsim.Options{}, Options{})
	c, _ := sdtsim.Sample("resident")
	text, err := c.TextFile()
	if err != nil {
		t.Fatal(err)
	}
	text[248] = 'Z'
	c.Text = text
	if err := r.sim.Place("odd", c); err != nil {
		t.Fatal(err)
	}
	if e := r.event(); e.Err != idcard.ErrOtherKind {
		t.Errorf("error %q, want other_kind", e.Err)
	}
}

func TestAdditionalAddress(t *testing.T) {
	r := newRig(t, sdtsim.Options{}, Options{Address: true})
	c, _ := sdtsim.Sample("resident")
	c.Second = "测试省示例市新址3号"
	if err := r.sim.Place("moved", c); err != nil {
		t.Fatal(err)
	}
	if e := r.event(); e.Card == nil || e.Card.Address != c.Second {
		t.Errorf("event %+v, want the additional address", e.Err)
	}
	r.sim.Remove()
	time.Sleep(300 * time.Millisecond)
	r.place("J")
	if e := r.event(); e.Card == nil || e.Card.Address != "测试省示例市样例路2号" {
		t.Errorf("a card without one: %+v", e.Err)
	}
}

func TestModuleFaults(t *testing.T) {
	r := newRig(t, sdtsim.Options{}, Options{})
	r.ready()
	for status, code := range map[byte]string{0x60: "sam_self_test", 0x66: "sam_not_authorised", 0x23: "sam_error", 0x21: "port_protocol"} {
		r.sim.Break(status)
		r.fault(code)
		r.until("failed", func() bool { return r.Status().State == devices.Failed })
		r.sim.Break(0)
		r.until("healed", func() bool { s := r.Status(); return s.State == devices.Ready && len(s.Faults) == 0 })
	}
}

func TestMuteReaderIsAFaultAndComesBack(t *testing.T) {
	r := newRig(t, sdtsim.Options{}, Options{})
	r.ready()
	r.sim.Mute(true)
	r.fault("no_answer")
	r.until("failed", func() bool { return r.Status().State == devices.Failed })
	r.sim.Mute(false)
	r.ready()
	r.place("resident")
	if r.event().Card == nil {
		t.Error("not read afterwards")
	}
}

func TestUnplugAndReplug(t *testing.T) {
	r := newRig(t, sdtsim.Options{}, Options{})
	r.ready()
	for range 2 {
		r.cable.Unplug()
		r.until("absent", func() bool { return r.Status().State == devices.Absent })
		if err := r.cable.Plug(); err != nil {
			t.Fatal(err)
		}
		r.ready()
	}
	r.place("resident")
	if r.event().Card == nil {
		t.Error("not read afterwards")
	}
}

// On a line with stray bytes, damaged and cut answers every placing ends as the
// card or as unreadable, never as another card.
func TestNoisyLine(t *testing.T) {
	r := newRig(t, sdtsim.Options{Shape: cable.Shape{ChunkMax: 200, Garbage: 0.4, Flip: 0.03, Cut: 0.02, Seed: 11}}, Options{})
	read := 0
	for _, name := range []string{"resident", "Y", "resident", "Y", "resident", "Y"} {
		want, _ := sdtsim.Sample(name)
		r.place(name)
		for done := false; !done; {
			switch e := r.event(); {
			case e.Card == nil:
				done = e.Err == idcard.ErrUnreadable
			case e.Card.Number == want.Number && e.Card.Name == want.Name && bytes.Equal(e.Card.Photo, make([]byte, 1024)):
				read++
				done = true
			default:
				t.Errorf("%s: a card that was not on the plate", name)
				done = true
			}
		}
		r.sim.Remove()
		time.Sleep(300 * time.Millisecond)
		for len(r.Events()) > 0 {
			<-r.Events()
		}
	}
	if read == 0 {
		t.Error("nothing was read on a slightly noisy line")
	}
}

// Nothing of a card reaches the status.
func TestStatusHoldsNothingOfTheCard(t *testing.T) {
	r := newRig(t, sdtsim.Options{}, Options{})
	r.place("resident")
	e := r.event()
	if e.Card == nil {
		t.Fatal(e.Err)
	}
	s := r.Status()
	var all strings.Builder
	for k, v := range s.Caps {
		all.WriteString(k + v)
	}
	for _, f := range s.Faults {
		all.WriteString(f.Code + f.Detail)
	}
	if strings.Contains(all.String(), e.Card.Number) || strings.Contains(all.String(), e.Card.Name) {
		t.Error("the status holds personal data")
	}
}
