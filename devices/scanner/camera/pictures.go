package camera

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // picture files
	_ "image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"hallway/devices/port"
	"hallway/devices/scanner/decode"
)

// pictures is a folder whose files are shown one after the other.
type pictures struct {
	address, dir string
	shown        map[string]bool
	last         image.Image // shown again while nothing new comes, as a camera does
	luma         decode.Luma // of it
	close        sync.Once
	closed       chan struct{}
}

// lookEvery is how often a folder is looked at.
const lookEvery = 50 * time.Millisecond

func openPictures(address, dir string) (port.Port, error) {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no folder", dir)
	}
	if err != nil {
		return nil, fault(address, "open", err)
	}
	blank := &image.Gray{Pix: bytes.Repeat([]byte{128}, 64*64), Stride: 64, Rect: image.Rect(0, 0, 64, 64)}
	return &pictures{address: address, dir: dir, shown: map[string]bool{}, last: blank, luma: Grey(blank), closed: make(chan struct{})}, nil
}

func (p *pictures) Frame() (decode.Luma, error) {
	if _, err := p.Picture(); err != nil {
		return decode.Luma{}, err
	}
	return p.luma, nil
}

func (p *pictures) Picture() (image.Image, error) {
	select {
	case <-p.closed:
		return nil, &port.Error{Code: port.Closed, Port: p.address, Op: "read"}
	default:
	}
	entries, err := os.ReadDir(p.dir)
	if err != nil {
		return nil, fault(p.address, "read", err)
	}
	for _, e := range entries {
		kind := strings.ToLower(filepath.Ext(e.Name()))
		if e.IsDir() || p.shown[e.Name()] || !slices.Contains([]string{".jpg", ".jpeg", ".png", ".pgm"}, kind) {
			continue
		}
		im, err := readPicture(filepath.Join(p.dir, e.Name()))
		if err != nil {
			continue // not written to its end yet, or no picture
		}
		p.shown[e.Name()], p.last, p.luma = true, im, Grey(im)
		return im, nil
	}
	t := time.NewTimer(lookEvery)
	defer t.Stop()
	select {
	case <-p.closed:
		return nil, &port.Error{Code: port.Closed, Port: p.address, Op: "read"}
	case <-t.C:
		return p.last, nil
	}
}

func (p *pictures) Dropped() int { return 0 }

func (p *pictures) Close() error {
	p.close.Do(func() { close(p.closed) })
	return nil
}

func (p *pictures) Read([]byte) (int, error)            { return 0, noBytes(p.address) }
func (p *pictures) Write([]byte) (int, error)           { return 0, noBytes(p.address) }
func (p *pictures) SetReadTimeout(time.Duration) error  { return nil }
func (p *pictures) SetWriteTimeout(time.Duration) error { return nil }
func (p *pictures) String() string                      { return p.address }

func noBytes(address string) error {
	return &port.Error{Code: port.Protocol, Port: address, Op: "read", Err: errors.New("a camera gives pictures, no bytes")}
}

func readPicture(file string) (image.Image, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if info.Size() > largestBytes {
		return nil, fmt.Errorf("%s is too large", file)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(b, []byte("P5")) {
		return pgm(b)
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	if c.Width*c.Height > largestPixels {
		return nil, fmt.Errorf("%s is too large", file)
	}
	im, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return im, nil
}

// pgm reads the plain form of a grey picture, without comments in its head.
func pgm(b []byte) (image.Image, error) {
	var w, h, top int
	if _, err := fmt.Sscan(string(b[2:min(len(b), 40)]), &w, &h, &top); err != nil || top != 255 ||
		w < 1 || h < 1 || w > 1<<14 || h > 1<<14 || len(b) <= w*h {
		return nil, errors.New("not a PGM picture of one byte a pixel")
	}
	return &image.Gray{Pix: b[len(b)-w*h:], Stride: w, Rect: image.Rect(0, 0, w, h)}, nil
}
