// Package camerasim is a camera on the network: it sends JPEG after JPEG, of an
// empty desk or of a label that is held before it, drawn by
// devices/scanner/codepic.
//
// Guarantees: what is shown is sent until something else is; the same calls with
// the same seed give the same pictures.
package camerasim

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"sync"
	"time"
	"unicode/utf8"

	"hallway/devices/scanner"
	"hallway/devices/scanner/codepic"
)

// Options of a simulated camera.
type Options struct {
	W, H  int           // of its pictures; 640×480
	Every time.Duration // from picture to picture; 40 ms
	Seed  uint64
	// OnChange is called when something that can be seen has changed.
	OnChange func()
}

// held is how many pictures a label is in when it is held before the camera for
// a moment.
const held = 25

// Sim is a simulated camera. It implements cable.Simulator.
type Sim struct {
	o Options

	mu    sync.Mutex
	rng   *rand.Rand
	now   []byte // the picture, as JPEG
	left  int    // pictures until the desk is empty again; 0: it stays
	noise []byte // to be sent once
	last  string
	shown int
}

// New makes a camera that sees an empty desk.
func New(o Options) *Sim {
	if o.W == 0 {
		o.W, o.H = 640, 480
	}
	if o.Every <= 0 {
		o.Every = 40 * time.Millisecond
	}
	if o.OnChange == nil {
		o.OnChange = func() {}
	}
	s := &Sim{o: o, rng: rand.New(rand.NewPCG(o.Seed, 0xca3e7a))}
	s.Empty()
	return s
}

// Show holds a label with a code before the camera, turned somehow, until
// something else is shown.
func (s *Sim) Show(f scanner.Format, text string) error {
	c, err := codepic.Make(f, text)
	if err != nil {
		return err
	}
	return s.show(c, text, 0)
}

// Pass holds a QR code with these bytes before the camera for a moment. Bytes
// that are no UTF-8 stand in the code as they are.
func (s *Sim) Pass(data []byte) error {
	c, err := codepic.MakeBytes(data)
	if err != nil && utf8.Valid(data) {
		c, err = codepic.Make(scanner.QR, string(data))
	}
	if err != nil {
		return err
	}
	return s.show(c, string(data), held)
}

// Last is what was shown last, and how many labels were.
func (s *Sim) Last() (string, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last, s.shown
}

func (s *Sim) show(c *codepic.Code, text string, pictures int) error {
	defer s.o.OnChange()
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.view()
	v.Module = 4
	for v.Turn = 360 * s.rng.Float64(); !v.Fits(c); v.Module *= .9 {
		if v.Module < 1.5 {
			return fmt.Errorf("a code of %d×%d modules does not fit the picture", c.W, c.H)
		}
	}
	im, err := v.Draw(c)
	if err != nil {
		return err
	}
	s.last, s.left = text, pictures
	s.shown++
	return s.put(im)
}

// Empty takes everything away.
func (s *Sim) Empty() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
}

func (s *Sim) clear() {
	s.left = 0
	if im, err := s.view().Draw(nil); err == nil {
		s.now, _ = encode(im)
	}
}

// ShowPicture has the camera see this picture until something else is shown, such as a
// sheet of paper on a desk.
func (s *Sim) ShowPicture(im image.Image) error {
	defer s.o.OnChange()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = 0
	return s.put(im)
}

// Cover covers the lens.
func (s *Sim) Cover() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = 0
	return s.put(image.NewGray(image.Rect(0, 0, s.o.W, s.o.H)))
}

// Noise sends n random bytes between two pictures.
func (s *Sim) Noise(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.noise = append(s.noise, byte(s.rng.UintN(256)))
	}
}

func (s *Sim) view() codepic.View {
	return codepic.View{W: s.o.W, H: s.o.H, X: float64(s.o.W) / 2, Y: float64(s.o.H) / 2,
		Blur: .7, Noise: 2, Ink: 40, Paper: 205, Desk: 110, Shade: .3, Seed: s.rng.Uint64()}
}

func (s *Sim) put(im image.Image) (err error) {
	s.now, err = encode(im)
	return err
}

func encode(im image.Image) ([]byte, error) {
	var b bytes.Buffer
	err := jpeg.Encode(&b, im, &jpeg.Options{Quality: 90})
	return b.Bytes(), err
}

// Serve sends pictures until the program leaves or ctx ends.
func (s *Sim) Serve(ctx context.Context, rw io.ReadWriteCloser) error {
	defer rw.Close()
	defer context.AfterFunc(ctx, func() { rw.Close() })()
	tick := time.NewTicker(s.o.Every)
	defer tick.Stop()
	for {
		s.mu.Lock()
		b := append(append([]byte{}, s.noise...), fmt.Sprintf("--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n", len(s.now))...)
		b = append(append(b, s.now...), "\r\n"...)
		s.noise = nil
		if s.left--; s.left == 0 {
			s.clear()
		}
		s.left = max(s.left, 0)
		s.mu.Unlock()
		if _, err := rw.Write(b); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
