package rs485_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/devices"
	"hallway/devices/frame"
	"hallway/devices/frame/framesim"
	"hallway/devices/numberboard/rs485"
	"hallway/devices/numberboard/rs485/rs485sim"
	"hallway/devices/port"
	"hallway/devices/port/cable"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The vectors of the protocol sheet, §D.3.
func TestVectorsOfTheSheet(t *testing.T) {
	b4, xp := load(t, board4), load(t, xunpeng)
	if got, want := b4.Board.Show[0].Fill(frame.Values{Addr: 5, Number: 999}), []byte{0x05, 0x03, 0xE7, 0xEF}; !bytes.Equal(got, want) {
		t.Errorf("board 5 shows 999: % X, want % X", got, want)
	}
	green := frame.Values{Colour: xp.Board.Colours["green"], Number: 888}
	if got, want := xp.Board.Show[0].Fill(green), []byte{0x3A, 0x00, 0x78, 0x03, 0x01, 0xB6, 0x0A}; !bytes.Equal(got, want) {
		t.Errorf("888 in green: % X, want % X", got, want)
	}
}

// The models that are built in.
const (
	board4  = "board4"
	xunpeng = "xunpeng"
	onbon   = "onbon_text"
)

func load(t testing.TB, name string) frame.Table {
	t.Helper()
	table, err := frame.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestNumbersThatFit(t *testing.T) {
	for _, c := range []struct {
		number string
		want   uint32
		ok     bool
	}{{"A012", 12, true}, {"AK003", 3, true}, {"999", 999, true}, {"", 0, true}, {"ABC", 0, false}, {"A99999", 0, false}} {
		got, err := frame.NumberOf(c.number, load(t, board4).Board.MaxNumber())
		if got != c.want || (err == nil) != c.ok {
			t.Errorf("%q: %d, %v", c.number, got, err)
		}
	}
}

// A hall's own board shows letters and has a blank, two frames a number.
func TestBoardFromATableOfOnesOwn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "own.toml")
	text := "version = 2\nname = \"own\"\naddress = 9\n[board]\nshow = [\"02 {addr} ( {ascii:5} ) {crc16r:8005,FFFF,lo} 03\"]\nblank = [\"02 {addr} 00 03\"]\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	table := load(t, path)
	sim := framesim.New(table, 0, cable.Shape{ChunkMax: 2, Seed: 4}, nil)
	c, err := cable.New("tcp:127.0.0.1:0", sim)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Plug(); err != nil {
		t.Fatal(err)
	}
	d, err := rs485.FromConfig(devices.Config{ID: "b", Kind: devices.KindNumberBoard, Model: path, Port: c.Address()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { _ = d.Run(ctx) })
	t.Cleanup(func() { cancel(); work.Wait(); _ = c.Close() })
	until(t, "ready", func() bool { return d.Status().State == devices.Ready })
	for _, n := range []string{"A012", "", "B7"} {
		if err := d.(*rs485.Board).Show(ctx, n); err != nil {
			t.Fatal(err)
		}
		until(t, n, func() bool { return sim.Shown().Number == n })
	}
	if why := sim.Trouble(); why != "" {
		t.Error(why)
	}
}

type rig struct {
	sim   *rs485sim.Sim
	cable *cable.Cable
	b     *rs485.Board
}

func newRig(t *testing.T, model string, shape cable.Shape, options map[string]string) *rig {
	t.Helper()
	r := &rig{sim: rs485sim.New(model == xunpeng, 5, shape, nil)}
	var err error
	if r.cable, err = cable.New("serial:"+filepath.Join(t.TempDir(), "board"), r.sim); err != nil {
		t.Fatal(err)
	}
	if err := r.cable.Plug(); err != nil {
		t.Fatal(err)
	}
	d, err := rs485.FromConfig(devices.Config{ID: "board-1", Kind: devices.KindNumberBoard, Model: model, Port: r.cable.Address(), Options: options})
	if err != nil {
		t.Fatal(err)
	}
	r.b = d.(*rs485.Board)
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = r.b.Run(ctx) })
	t.Cleanup(func() { cancel(); work.Wait(); _ = r.cable.Close() })
	until(t, "ready", func() bool { return r.b.Status().State == devices.Ready })
	return r
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited a minute for %s", what)
		}
	}
}

func (r *rig) shows(t *testing.T, number, colour string) {
	t.Helper()
	until(t, number+" in "+colour, func() bool { n, c := r.sim.Shows(); return n == number && c == colour })
}

func TestNumbersAreShown(t *testing.T) {
	for _, c := range []struct {
		model, colour string
		shape         cable.Shape
	}{
		{board4, "", cable.Shape{}},
		{xunpeng, "green", cable.Shape{}},
		{xunpeng, "yellow", cable.Shape{Baud: 9600, Latency: 10 * time.Millisecond, ChunkMax: 2, Seed: 3}},
	} {
		t.Run(c.model+c.colour, func(t *testing.T) {
			r := newRig(t, c.model, c.shape, map[string]string{"address": "5", "colour": c.colour})
			want := c.colour
			if want == "" {
				want = "red"
			}
			for _, n := range []struct{ ticket, shown string }{{"A012", "12"}, {"B999", "999"}, {"", ""}} {
				if err := r.b.Show(t.Context(), n.ticket); err != nil {
					t.Fatal(err)
				}
				r.shows(t, n.shown, want)
			}
		})
	}
}

func TestNumberIsShownAgainAfterUnplugging(t *testing.T) {
	r := newRig(t, board4, cable.Shape{}, map[string]string{"address": "5"})
	if err := r.cable.Unplug(); err != nil {
		t.Fatal(err)
	}
	until(t, "absent", func() bool { return r.b.Status().State == devices.Absent })
	if err := r.b.Show(t.Context(), "A077"); err == nil {
		t.Error("a board that is not there showed a number")
	}
	if err := r.cable.Plug(); err != nil {
		t.Fatal(err)
	}
	r.shows(t, "77", "red")
}

func TestBoardThatDoesNotAnswerIsAFault(t *testing.T) {
	r := newRig(t, xunpeng, cable.Shape{}, nil)
	r.sim.Mute(true)
	if err := r.b.Show(t.Context(), "A012"); err == nil {
		t.Error("no error from a board that does not answer")
	}
	until(t, "the fault", func() bool { return r.b.Status().State == devices.Failed })
	r.sim.Mute(false)
	if err := r.b.Show(t.Context(), "A013"); err != nil {
		t.Error(err)
	}
	until(t, "no fault", func() bool { return r.b.Status().State == devices.Ready })
}

// one is a xunpeng board that answers only the first frame that it hears, and
// not before it may.
type one struct {
	heard, may chan struct{}
}

func (o *one) Serve(ctx context.Context, rw io.ReadWriteCloser) error {
	defer rw.Close()
	defer context.AfterFunc(ctx, func() { _ = rw.Close() })()
	b := make([]byte, 7)
	if _, err := io.ReadFull(rw, b); err != nil {
		return err
	}
	close(o.heard)
	<-o.may
	if _, err := rw.Write([]byte{0x2A, 0x00, 0x2A, 0x0A}); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, rw)
	return err
}

// The answer to what was shown before, still under way, is not taken for the
// answer to the new number.
func TestEarlierAnswerIsNotTheNewOne(t *testing.T) {
	board := &one{heard: make(chan struct{}), may: make(chan struct{})}
	c, err := cable.New("tcp:127.0.0.1:0", board)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Plug(); err != nil {
		t.Fatal(err)
	}
	opener, err := port.Parse(c.Address())
	if err != nil {
		t.Fatal(err)
	}
	b := rs485.New(opener, rs485.Options{ID: "board-1", Table: load(t, xunpeng), Answer: 300 * time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { _ = b.Run(ctx) })
	t.Cleanup(func() { cancel(); work.Wait(); _ = c.Close() })
	<-board.heard // the number that it begins with
	shown := make(chan error, 1)
	work.Go(func() { shown <- b.Show(t.Context(), "A012") })
	time.Sleep(50 * time.Millisecond) // Show waits by now; if not, the answer is too early to matter
	close(board.may)
	if err := <-shown; err == nil {
		t.Error("the answer to another frame was taken for this one's")
	}
}
