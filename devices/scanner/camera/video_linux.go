package camera

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/blackjack/webcam"
	"golang.org/x/sys/unix"

	"hallway/devices/port"
	"hallway/devices/scanner/decode"
)

func isGone(err error) bool {
	return errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENXIO) || errors.Is(err, fs.ErrNotExist)
}
func isBusy(err error) bool { return errors.Is(err, unix.EBUSY) }

// pixels that can be read, the best first: without loss, then small.
func fourCC(s string) webcam.PixelFormat {
	return webcam.PixelFormat(uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24)
}

var (
	formatGrey = fourCC("GREY")
	formatYUYV = fourCC("YUYV")
	formatMJPG = fourCC("MJPG")
	formatJPEG = fourCC("JPEG")
)

// widest is the size that is asked for at most: larger pictures take longer and
// show nothing more of a code that fills a fifth of them.
const widest, highest = 1280, 720

// fullest is the most that is asked of a camera that looks at papers.
const fullest = 4096

// buffers in the kernel; more only make pictures older.
const buffers = 4

// video is an open V4L2 camera. blackjack/webcam waits in whole seconds only, and
// a picture's memory belongs to the kernel again once it is released: so it is
// asked every 5 ms and copied.
type video struct {
	address string
	format  webcam.PixelFormat
	w, h    int
	full    bool // large and in colour
	patient time.Duration
	dropped int
	pix     []byte

	mu     sync.Mutex // webcam must not be closed under a call
	cam    *webcam.Webcam
	closed bool
}

func openVideo(ctx context.Context, address string, at place, full bool) (port.Port, error) {
	nodes, err := at.nodes(port.Sys{})
	if err != nil {
		return nil, fault(address, "open", err)
	}
	var last error
	for _, n := range nodes {
		cam, err := webcam.Open(n)
		if err != nil {
			last = err
			continue
		}
		v := &video{address: address, cam: cam, full: full}
		if last = v.start(); last == nil {
			return v, nil
		}
		cam.Close()
	}
	return nil, fault(address, "open", last)
}

// start chooses a format and a size that the camera names itself: webcam gives
// the size that was asked for, not the one that was set.
func (v *video) start() error {
	known := v.cam.GetSupportedFormats()
	formats, w, h := []webcam.PixelFormat{formatGrey, formatYUYV, formatMJPG, formatJPEG}, widest, highest
	if v.full {
		formats, w, h = []webcam.PixelFormat{formatMJPG, formatJPEG, formatYUYV, formatGrey}, fullest, fullest
	}
	for _, f := range formats {
		if _, ok := known[f]; !ok {
			continue
		}
		w, h := sizeOf(v.cam.GetSupportedFrameSizes(f), w, h)
		// uncompressed pictures larger than 640×480 are slow on USB 2
		if _, ok := known[formatMJPG]; ok && f == formatYUYV && w*h > 640*480 {
			continue
		}
		got, _, _, err := v.cam.SetImageFormat(f, uint32(w), uint32(h))
		if err != nil {
			return err
		}
		if got != f {
			continue
		}
		v.format, v.w, v.h = f, w, h
		if err := v.cam.SetBufferCount(buffers); err != nil {
			return err
		}
		return v.cam.StartStreaming()
	}
	return fmt.Errorf("it has none of the formats GREY, YUYV, MJPG; it has %v", slices.Collect(mapValues(known)))
}

func mapValues(m map[webcam.PixelFormat]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, s := range m {
			if !yield(s) {
				return
			}
		}
	}
}

// sizeOf is the largest size within the widest and highest, in whole steps of
// what the camera can.
func sizeOf(sizes []webcam.FrameSize, widest, highest int) (w, h int) {
	w, h = 640, 480
	best := 0
	for _, s := range sizes {
		sw, sh := within(s.MinWidth, s.MaxWidth, s.StepWidth, widest), within(s.MinHeight, s.MaxHeight, s.StepHeight, highest)
		if sw > 0 && sh > 0 && sw*sh > best {
			w, h, best = sw, sh, sw*sh
		}
	}
	return w, h
}

func within(lo, hi, step uint32, most int) int {
	if int(lo) > most {
		return 0
	}
	if step == 0 || int(hi) <= most {
		return int(min(hi, uint32(most)))
	}
	return int(lo) + (most-int(lo))/int(step)*int(step)
}

func (v *video) Frame() (decode.Luma, error) { return read(v, v.luma) }

func (v *video) Picture() (image.Image, error) { return read(v, v.picture) }

// read waits for a picture and reads it.
func read[M any](v *video, as func() (M, error)) (M, error) {
	var none M
	for end := time.Now().Add(v.patient); ; {
		got, err := v.newest()
		if err != nil {
			return none, err
		}
		if got {
			if m, err := as(); err == nil {
				return m, nil
			}
			v.dropped++ // damaged on its way
		}
		if time.Now().After(end) {
			return none, &port.Error{Code: port.Timeout, Port: v.address, Op: "read", Err: fmt.Errorf("no picture for %v", v.patient)}
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// newest takes every picture that is ready and keeps a copy of the last.
func (v *video) newest() (bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	got := false
	for {
		if v.closed {
			return false, &port.Error{Code: port.Closed, Port: v.address, Op: "read"}
		}
		b, index, err := v.cam.GetFrame()
		if errors.Is(err, unix.EAGAIN) {
			return got, nil
		}
		if err != nil {
			code := port.Protocol
			if isGone(err) || errors.Is(err, unix.EIO) || errors.Is(err, unix.EINVAL) {
				code = port.HangUp
			}
			return false, &port.Error{Code: code, Port: v.address, Op: "read", Err: err}
		}
		if got {
			v.dropped++
		}
		v.pix, got = append(v.pix[:0], b...), true
		if err := v.cam.ReleaseFrame(index); err != nil {
			return false, &port.Error{Code: port.HangUp, Port: v.address, Op: "read", Err: err}
		}
	}
}

// luma reads the copied picture.
func (v *video) luma() (decode.Luma, error) {
	switch v.format {
	case formatGrey:
		if len(v.pix) < v.w*v.h {
			return decode.Luma{}, fmt.Errorf("%d bytes are no picture of %d×%d", len(v.pix), v.w, v.h)
		}
		return decode.Luma{Pix: v.pix, W: v.w, H: v.h, Stride: v.w}, nil
	case formatYUYV:
		return yuyv(v.pix, v.w, v.h)
	}
	im, err := v.jpeg()
	if err != nil {
		return decode.Luma{}, err
	}
	return Grey(im), nil
}

// picture reads the copied picture in its colours.
func (v *video) picture() (image.Image, error) {
	switch v.format {
	case formatGrey:
		m, err := v.luma()
		return &image.Gray{Pix: bytes.Clone(m.Pix), Stride: m.Stride, Rect: image.Rect(0, 0, m.W, m.H)}, err
	case formatYUYV:
		return yuyvPicture(v.pix, v.w, v.h)
	}
	return v.jpeg()
}

func (v *video) jpeg() (image.Image, error) {
	if i := bytes.Index(v.pix, []byte{0xff, 0xd8}); i > 0 {
		v.pix = v.pix[i:]
	}
	return pictureOf(v.pix)
}

func (v *video) Dropped() int {
	n := v.dropped
	v.dropped = 0
	return n
}

func (v *video) Close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return nil
	}
	v.closed = true
	return v.cam.Close()
}

func (v *video) SetReadTimeout(d time.Duration) error { v.patient = d; return nil }

func (v *video) Read([]byte) (int, error)            { return 0, noBytes(v.address) }
func (v *video) Write([]byte) (int, error)           { return 0, noBytes(v.address) }
func (v *video) SetWriteTimeout(time.Duration) error { return nil }
func (v *video) String() string                      { return v.address }
