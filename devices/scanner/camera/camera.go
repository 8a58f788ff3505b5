// Package camera reads codes with a camera: one on USB (V4L2, by
// blackjack/webcam), one on the network that sends MJPEG over TCP, or a folder of
// picture files. devices/scanner/decode finds the codes.
//
// Addresses:
//
//	v4l:046d:0825            by what it is (port.ID), anew at each opening
//	v4l:/dev/video0          by its node
//	mjpeg:192.168.1.60:8080  pictures as JPEG, one after the other; what stands
//	                         between them (multipart heads) is passed over
//	replay:/path/of/file     what such a camera sent once
//	pictures:/path/of/folder files .jpg, .jpeg, .png, .pgm in the order of their
//	                         names, each once, and those that come later
//
// Guarantees: a scan is data, never keys; only the symbologies that are wanted are
// looked for; a code that has no check of its own (Code 39) counts when two
// pictures show the same; one code gives one scan however long it is held, and
// again when it has been out of sight for 1.5 s; bytes that are no text are
// Broken. No picture waits: the newest is read, at most ten in a second, the
// others are dropped and counted. A camera that delivers nothing for 3 s is opened
// again (port_timeout); one that sees black for 2 s says so (camera_dark).
// Expectations: somebody takes the scans; of more than 1024 that wait the oldest is
// lost and counted. Rights: group video for a camera on USB.
// Known quirks: a camera has several nodes, and only one of them gives pictures
// (the first that does is taken); many leave the Huffman tables out of their JPEG
// (the usual ones are put in); of other formats YUYV and grey are read. The V4L2
// part is tried with the kernel's own test camera in the USB lab (grey and colours,
// plugging and unplugging), not yet with a real one.
// Source: protocol sheet §B.5, §B.6; V4L2's own documentation; ISO/IEC 10918-1
// Annex K for the tables.
package camera

import (
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"strings"
	"time"

	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/port"
	"hallway/devices/scanner"
	"hallway/devices/scanner/decode"
	"hallway/devices/scanner/outlet"
)

// Options of a camera. Zero values are the defaults.
type Options struct {
	ID      string
	Formats []scanner.Format // nil: all
	Clock   func() time.Time
}

// How long what may last, and how often.
const (
	apart   = 100 * time.Millisecond  // from one picture that is read to the next
	silence = 3 * time.Second         // no picture at all
	forget  = 1500 * time.Millisecond // a code out of sight may be scanned again
	dark    = 2 * time.Second
)

// Frames is a port that gives pictures.
type Frames interface {
	port.Port
	// Frame is the newest picture; it waits for one until the read time-out. The
	// picture is the caller's until the next call.
	Frame() (decode.Luma, error)
	// Picture is the newest picture in its colours. It stays as it is.
	Picture() (image.Image, error)
	// Dropped is how many pictures nobody took since the last call.
	Dropped() int
}

// Camera is one camera.
type Camera struct {
	*driver.Base
	*outlet.Outlet
	opener port.Opener
	o      Options
}

var _ scanner.Scanner = (*Camera)(nil)

// New makes a camera; nothing is opened before Run. What the opener gives are
// Frames.
func New(opener port.Opener, o Options) *Camera {
	base := driver.NewBase(o.ID, devices.KindScanner, "camera", opener.Address(), o.Clock)
	return &Camera{Base: base, Outlet: outlet.New(base), opener: opener, o: o}
}

// FromConfig makes the driver of one configured device. Option: formats, such as
// "qr,code128" (left out: all).
func FromConfig(c devices.Config) (devices.Device, error) {
	if err := driver.KnownOptions(c, "formats"); err != nil {
		return nil, err
	}
	opener, err := parse(c.Port, c.Wrap, false)
	if err != nil {
		return nil, err
	}
	o := Options{ID: c.ID}
	if text := c.Options["formats"]; text != "" {
		for _, s := range strings.Split(text, ",") {
			f, err := scanner.ParseFormat(strings.TrimSpace(s))
			if err != nil {
				return nil, fmt.Errorf("option formats = %q: %w", text, err)
			}
			o.Formats = append(o.Formats, f)
		}
	}
	return New(opener, o), nil
}

// Run keeps the camera open until ctx ends.
func (c *Camera) Run(ctx context.Context) error { return c.Loop(ctx, c.opener, c.session) }

// session reads one open camera until it fails or ctx ends. It is ready with its
// first picture.
func (c *Camera) session(ctx context.Context, p port.Port) error {
	defer context.AfterFunc(ctx, func() { p.Close() })() // ends a pending Frame; Loop closes again
	frames, ok := p.(Frames)
	if !ok {
		return errors.New("this port gives no pictures")
	}
	if err := frames.SetReadTimeout(silence); err != nil {
		return err
	}
	f := filter{}
	night := Darkness{}
	for {
		began := time.Now()
		m, err := frames.Frame()
		if err != nil {
			return err
		}
		now := c.Now()
		change := driver.Change{State: devices.Ready, Counters: map[string]int64{"pictures": 1, "dropped": int64(frames.Dropped())}}
		night.See(m, now, &change)
		c.Apply(change)
		for _, r := range f.pass(decode.Read(m, decode.Options{Formats: c.o.Formats}), now) {
			c.Deliver(scanner.Scan{Raw: r.Bytes, Text: r.Text, AIM: r.AIM, Broken: r.Text == ""})
		}
		if err := port.Sleep(ctx, apart-time.Since(began)); err != nil {
			return err
		}
	}
}

// filter lets each code pass once.
type filter struct {
	seen []sight
}

type sight struct {
	format scanner.Format
	bytes  string
	last   time.Time
	times  int
	told   bool
}

func (f *filter) pass(found []decode.Result, now time.Time) []decode.Result {
	f.seen = slices.DeleteFunc(f.seen, func(s sight) bool { return now.Sub(s.last) >= forget })
	var out []decode.Result
	for _, r := range found {
		i := slices.IndexFunc(f.seen, func(s sight) bool { return s.format == r.Format && s.bytes == string(r.Bytes) })
		if i < 0 {
			i = len(f.seen)
			f.seen = append(f.seen, sight{format: r.Format, bytes: string(r.Bytes)})
		}
		s := &f.seen[i]
		s.last, s.times = now, s.times+1
		if !s.told && (s.times > 1 || !r.Format.Weak()) {
			s.told = true
			out = append(out, r)
		}
	}
	return out
}

// Darkness watches for a covered lens: two seconds of black pictures.
type Darkness struct {
	since time.Time
	told  bool
}

// See looks at one picture, and notes in the change what is known after it.
func (d *Darkness) See(m decode.Luma, now time.Time, c *driver.Change) {
	if !black(m) {
		if d.told {
			c.Cleared = []string{"camera_dark"}
		}
		*d = Darkness{}
		return
	}
	if d.since.IsZero() {
		d.since = now
	}
	if now.Sub(d.since) >= dark {
		d.told = true
		c.Faults = map[string]devices.Severity{"camera_dark": devices.SeverityOf("camera_dark")}
	}
}

// black says whether hardly a pixel is brighter than black.
func black(m decode.Luma) bool {
	bright, n := 0, 0
	for y := 0; y < m.H; y += 8 {
		for x := 0; x < m.W; x += 8 {
			n++
			if m.Pix[y*m.Stride+x] > 32 {
				bright++
			}
		}
	}
	return bright*200 < n
}
