package sdt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hallway/build/fuzz"
	"hallway/devices"
	"hallway/devices/devicetest"
	"hallway/devices/idcard"
	"hallway/devices/idcard/sdt/sdtsim"
	"hallway/devices/port"
	"hallway/devices/port/cable"
)

// prints are the made-up fingerprint templates of a card.
func prints() []byte {
	return slices.Concat(bytes.Repeat([]byte{0xC1}, 512), bytes.Repeat([]byte{0xAA, 0x96}, 256))
}

// All four layouts come out right by every line, with fingerprints and photo,
// also in pieces, late in a report, and with a stray zero behind each answer.
func TestEveryCardByEveryLine(t *testing.T) {
	for name, l := range lines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			so := sdtsim.Options{Shape: cable.Shape{ChunkMax: 90, Seed: 3}, Extra: []byte{0}}
			if l.pipes != "" {
				so.Late = 3
			}
			r := newRigOn(t, l.scheme, l.query, l.pipes, so, Options{Finger: true})
			for sample, number := range map[string]string{"resident": "110101199003074514", "J": "810000198506120024",
				"I": "USA110080010100", "Y": "911156198001010032"} {
				c, err := sdtsim.Sample(sample)
				if err != nil {
					t.Fatal(err)
				}
				c.Photo, c.Finger = bytes.Repeat([]byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0}, 170), prints()
				if err := r.sim.Place(sample, c); err != nil {
					t.Fatal(err)
				}
				e := r.event()
				switch {
				case e.Card == nil:
					t.Errorf("%s: error %q", sample, e.Err)
				case e.Card.Number != number, !bytes.Equal(bytes.Join(e.Card.Finger, nil), prints()), len(e.Card.Finger) != 2,
					!bytes.HasPrefix(e.Card.Photo, c.Photo):
					t.Errorf("%s: %s, %d templates, photo of %d bytes", sample, e.Card.Number, len(e.Card.Finger), len(e.Card.Photo))
				}
				r.lift()
				time.Sleep(200 * time.Millisecond) // hands are no faster
			}
			if s := r.Status(); has(s, "noisy_line") || s.Counters["no_answer"] != 0 || s.State != devices.Ready {
				t.Errorf("after good reading: %+v", s)
			}
			if _, _, wrong := r.sim.Counts(); wrong != 0 {
				t.Errorf("the reader got %d bytes that are no question", wrong)
			}
		})
	}
}

// Cards without fingerprints, and modules that do not know the question.
func TestWithoutFingerprints(t *testing.T) {
	for name, so := range map[string]sdtsim.Options{"card": {}, "module": {NoFinger: true}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, so, Options{Finger: true})
			for range 2 {
				r.place("resident")
				if e := r.event(); e.Card == nil || e.Card.Finger != nil || len(e.Card.Photo) != 1024 {
					t.Fatalf("error %q", e.Err)
				}
				r.lift()
				time.Sleep(300 * time.Millisecond) // hands are no faster
			}
			if no := r.Status().Caps["finger"] == "no"; no != so.NoFinger {
				t.Errorf("fingerprints cannot be had: %v", no)
			}
			if s := r.Status(); s.State != devices.Ready || len(s.Faults) != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestFingerLengthsOfTheFrameAreTaken(t *testing.T) {
	for _, n := range []int{0, 512, 1024, 1000} {
		data := []byte{1, 0, 4, 0}
		data = binary.BigEndian.AppendUint16(data, uint16(n))
		data = append(data, make([]byte, 256+1024+n)...)
		p, err := parseFinger(data)
		if err != nil || len(p.finger) != n || len(bytes.Join(templates(p.finger), nil)) != n {
			t.Errorf("%d bytes: %d, %v", n, len(p.finger), err)
		}
		if _, err := parseFinger(data[:len(data)-1]); !errors.Is(err, errShape) {
			t.Errorf("%d bytes, one missing: %v", n, err)
		}
	}
	if req := request(cmdFinger); !bytes.Equal(req, unhex(t, "AAAAAA96690003301023")) {
		t.Errorf("the question is %X", req)
	}
}

// A slow line is given the time that its bytes take, and no less than the
// module may work (§A.3, §A.5).
func TestPatienceFollowsTheSpeed(t *testing.T) {
	for c, least := range map[command]struct {
		work  time.Duration
		bytes time.Duration
	}{cmdSAM: {300 * time.Millisecond, 27}, cmdFind: {100 * time.Millisecond, 15}, cmdSelect: {100 * time.Millisecond, 19},
		cmdRead: {2 * time.Second, 1295}, cmdFinger: {3 * time.Second, 2321}, cmdAddress: {1500 * time.Millisecond, 291}} {
		for _, baud := range []time.Duration{9600, 19200, 38400, 57600, 115200, 230400} {
			if got := patience(c, int(baud)); got < least.work+(10+least.bytes)*10*time.Second/baud {
				t.Errorf("%x at %d: %v", c, baud, got)
			}
		}
	}
	if patience(cmdRead, 0) != patience(cmdRead, 115200) {
		t.Error("a line without a speed has another patience than the usual one")
	}
}

// The slowest module that works as long as it may, on the slowest line.
func TestSlowestLine(t *testing.T) {
	r := newRigOn(t, "serial", "baud=9600", "", sdtsim.Options{Shape: cable.Shape{Baud: 9600}, ReadTime: 2 * time.Second}, Options{})
	r.ready()
	r.place("resident")
	if e := r.event(); e.Card == nil || r.Status().Counters["no_answer"] != 0 {
		t.Errorf("error %q, %+v", e.Err, r.Status().Counters)
	}
}

// halves is a reader of two pairs of pipes whose answers are given by hand.
type halves struct {
	port.Port
	pipe [2][][]byte
}

func (h *halves) Pipes() (in, out int)               { return 2, 2 }
func (h *halves) SetReadTimeout(time.Duration) error { return nil }
func (h *halves) WritePipe(_ int, b []byte) (int, error) {
	return len(b), nil
}

func (h *halves) ReadPipe(i int, b []byte) (int, error) {
	if len(h.pipe[i]) == 0 {
		return 0, &port.Error{Code: port.Timeout}
	}
	n := copy(b, h.pipe[i][0])
	h.pipe[i] = h.pipe[i][1:]
	return n, nil
}

// answers reads what a decoder finds on a line until it is silent.
func answers(l port.Port) []answer {
	var d decoder
	var all []answer
	b := make([]byte, 100)
	for {
		n, err := l.Read(b)
		for a, ok := d.feed(b[:n]); ok; a, ok = d.feed(nil) {
			all = append(all, a)
		}
		if err != nil {
			return all
		}
	}
}

// A head whose body does not come, and a body whose head did not: nothing is
// put together from halves of two answers, of equal length too.
func TestHalvesAreNotMixed(t *testing.T) {
	none, found := unhex(t, "AAAAAA9669000400008084"), unhex(t, "AAAAAA9669000400009F9B")
	h := &halves{}
	l := lineOf(h).(*pairs)
	h.pipe[0] = [][]byte{none[:7]}
	if got := answers(l); len(got) != 0 {
		t.Fatalf("an answer from a head: %+v", got)
	}
	h.pipe[1] = [][]byte{none[7:]} // too late
	if n, err := l.quieten(time.Millisecond, time.Now().Add(time.Minute)); n != 4 || err != nil {
		t.Fatalf("%d bytes thrown away, %v", n, err)
	}
	h.pipe[0], h.pipe[1] = [][]byte{found[:7]}, [][]byte{append(bytes.Clone(found[7:]), 0)}
	if got := answers(l); len(got) != 1 || got[0].status != 0x9F {
		t.Fatalf("%+v, want one «found»", got)
	}
	h.pipe[0], h.pipe[1] = [][]byte{none[:7]}, [][]byte{none[7:9], none[9:]}
	if got := answers(l); len(got) != 1 || got[0].status != 0x80 {
		t.Errorf("a body in pieces: %+v", got)
	}
}

// A program that was killed in the middle of an answer leaves it in the device's
// pipes. The next one takes nothing of it, and gets the card that lies there.
func TestAnswerLeftByAnEarlierProgram(t *testing.T) {
	for _, pipes := range []sdtsim.Pipes{sdtsim.OnePair, sdtsim.TwoPairs, sdtsim.Reports} {
		scheme := map[sdtsim.Pipes]string{sdtsim.Reports: "hid"}[pipes]
		if scheme == "" {
			scheme = "usb"
		}
		sim := sdtsim.New(sdtsim.Options{})
		line := devicetest.NewLine(t, scheme, "", cable.Packets(greeting{sim.OnUSB(pipes), vectors(t)["J"], pipes}))
		if err := sim.PlaceSample("resident"); err != nil {
			t.Fatal(err)
		}
		r := New(line.Opener, Options{ID: "r"})
		if e := readOne(t, r); e.Card == nil || e.Card.Kind != idcard.Resident || r.SAM() != "05.03-20200101-0001234567-0987654321" {
			t.Errorf("%s: error %q, module %q", pipes, e.Err, r.SAM())
		}
	}
}

// greeting is a reader in whose pipes an answer waits.
type greeting struct {
	cable.Device
	left  []byte
	pipes sdtsim.Pipes
}

func (g greeting) ServeBus(ctx context.Context, bus cable.Bus) error {
	send := [][]byte{g.left}
	switch g.pipes {
	case sdtsim.TwoPairs:
		if err := bus.Send(1, g.left[7:]); err != nil {
			return err
		}
		send = [][]byte{g.left[:7]}
	case sdtsim.Reports:
		send = slices.Collect(slices.Chunk(g.left, 64))
	}
	for _, b := range send {
		if err := bus.Send(0, b); err != nil {
			return err
		}
	}
	return g.Device.ServeBus(ctx, bus)
}

// An answer with a wrong length is still understood in reports (§A.2).
func TestStumpInAReport(t *testing.T) {
	report := make([]byte, 64)
	copy(report, unhex(t, "AAAAAA9669090400001014"))
	l := &framedReports{}
	var d decoder
	if a, ok := d.feed(l.unpack(report)); ok {
		t.Errorf("taken whole: %+v", a)
	}
	if a, ok := d.idle(); !ok || a.status != 0x10 || !a.short {
		t.Errorf("%+v, %v", a, ok)
	}
}

// A conversation by reports is kept and played like any other.
func TestTranscriptOfReports(t *testing.T) {
	for _, pipes := range []sdtsim.Pipes{sdtsim.Reports, sdtsim.TwoPairs} {
		sim := sdtsim.New(sdtsim.Options{})
		if err := sim.PlaceSample("Y"); err != nil {
			t.Fatal(err)
		}
		scheme := map[sdtsim.Pipes]string{sdtsim.Reports: "hid", sdtsim.TwoPairs: "usb"}[pipes]
		line := devicetest.NewLine(t, scheme, "", cable.Packets(sim.OnUSB(pipes)))
		var rec safeBuffer
		first := readOne(t, New(port.Record(line.Opener, &rec), Options{ID: "r"}))
		path := filepath.Join(t.TempDir(), "transcript")
		if err := os.WriteFile(path, rec.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		opener, err := port.Parse("replay:" + path)
		if err != nil {
			t.Fatal(err)
		}
		second := readOne(t, New(opener, Options{ID: "r"}))
		if first.Card == nil || second.Card == nil || first.Card.Number != second.Card.Number {
			t.Errorf("%s: errors %q and %q", pipes, first.Err, second.Err)
		}
	}
}

// decoded is a photo decoder that reads everything as one point.
type decoded struct{ err error }

func (d decoded) Decode(wlt []byte) (image.Image, error) {
	if len(wlt) != 1024 {
		return nil, errors.New("not a photo")
	}
	return image.NewGray(image.Rect(0, 0, 1, 1)), d.err
}

func TestPhotoDecoder(t *testing.T) {
	for _, d := range []decoded{{}, {errors.New("the library is not licensed")}} {
		r := newRig(t, sdtsim.Options{}, Options{Photo: d})
		r.place("resident")
		e := r.event()
		if e.Card == nil || len(e.Card.Photo) != 1024 || (e.Card.Picture != nil) != (d.err == nil) {
			t.Errorf("with %v: error %q", d.err, e.Err)
		}
		if n := r.Status().Counters["photo_unread"]; (n == 1) != (d.err != nil) {
			t.Errorf("with %v: %d photos unread", d.err, n)
		}
	}
}

func TestFromConfig(t *testing.T) {
	idcard.RegisterPhotoDecoder("test", decoded{})
	for _, c := range []struct {
		options map[string]string
		ok      bool
	}{
		{nil, true}, {map[string]string{"address": "yes", "finger": "yes", "photo": "test"}, true},
		{map[string]string{"finger": "maybe"}, false}, {map[string]string{"address": "1"}, false},
		{map[string]string{"photo": "nobody's"}, false}, {map[string]string{"fingers": "yes"}, false},
	} {
		d, err := FromConfig(devices.Config{ID: "r", Port: "usb:0400:c35a", Options: c.options})
		if (err == nil) != c.ok {
			t.Errorf("%v: %v", c.options, err)
		}
		if r, ok := d.(*Reader); c.ok && c.options != nil && (!ok || !r.o.Address || !r.o.Finger || r.o.Photo == nil) {
			t.Errorf("%v: options were not taken", c.options)
		}
	}
}

// Whatever a device puts into reports and pipes: no panic, and no answer but
// those with a right check byte.
func FuzzLines(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v, v[7:], byte(64))
	}
	f.Add(unhex(f, "0000AAAA96690004000080840000AAAAAA9669FFFF"), unhex(f, "00008084"), byte(9))
	fuzz.Run(f, func(t *testing.T, first, second []byte, size byte) {
		cut := func(b []byte) (all [][]byte) {
			for c := range slices.Chunk(b, max(1, int(size))) {
				all = append(all, bytes.Clone(c))
			}
			return all
		}
		for _, l := range []port.Port{
			lineOf(&halves{pipe: [2][][]byte{cut(first), cut(second)}}),
			lineOf(&reportsByHand{reports: cut(first)}),
		} {
			for _, a := range answers(l) {
				if a.short || len(a.data) > maxLen {
					t.Errorf("an answer of %d bytes", len(a.data))
				}
			}
		}
	}, mendFrame)
}

type reportsByHand struct {
	port.Packets
	reports [][]byte
}

func (r *reportsByHand) Read(b []byte) (int, error) {
	if len(r.reports) == 0 {
		return 0, &port.Error{Code: port.Timeout}
	}
	n := copy(b, r.reports[0])
	r.reports = r.reports[1:]
	return n, nil
}

// A session ends with its context, on every line.
func TestSessionEndsOnEveryLine(t *testing.T) {
	for name, l := range lines {
		sim := sdtsim.New(sdtsim.Options{})
		sim.Mute(true)
		line := devicetest.NewLine(t, l.scheme, l.query, onLine(sim, l.pipes))
		p, err := line.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(30*time.Millisecond, cancel)
		r := New(line.Opener, Options{ID: "r"})
		if err := errors.Join(r.session(ctx, p), p.Close()); err == nil {
			t.Errorf("%s: a session with a mute reader ended well", name)
		}
	}
}
