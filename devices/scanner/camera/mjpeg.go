package camera

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"time"

	"hallway/devices/port"
	"hallway/devices/scanner/decode"
)

// MJPEG is a camera that sends JPEG after JPEG on a line.
func MJPEG(line port.Opener) port.Opener {
	return opener{line.Address(), func(ctx context.Context) (port.Port, error) {
		p, err := line.Open(ctx)
		if err != nil {
			return nil, err
		}
		return &stream{Port: p, buf: make([]byte, 64<<10)}, nil
	}}
}

// stream is an open line of pictures.
type stream struct {
	port.Port
	cut     cutter
	buf     []byte
	patient time.Duration
	dropped int
}

// SetReadTimeout is for a whole picture.
func (s *stream) SetReadTimeout(d time.Duration) error {
	s.patient = d
	return s.Port.SetReadTimeout(d)
}

func (s *stream) Dropped() int {
	n := s.dropped
	s.dropped = 0
	return n
}

// Frame is the brightness of the newest picture.
func (s *stream) Frame() (decode.Luma, error) {
	im, err := s.Picture()
	if err != nil {
		return decode.Luma{}, err
	}
	return Grey(im), nil
}

// Picture reads what waits on the line, and gives the last whole picture of it.
func (s *stream) Picture() (image.Image, error) {
	end := time.Now().Add(s.patient)
	var last []byte
	for {
		wait := time.Until(end)
		if last != nil {
			wait = time.Millisecond // more may wait already
		}
		if wait <= 0 {
			return nil, &port.Error{Code: port.Timeout, Port: s.String(), Op: "read", Err: fmt.Errorf("no picture for %v", s.patient)}
		}
		if err := s.Port.SetReadTimeout(wait); err != nil {
			return nil, err
		}
		n, err := s.Read(s.buf)
		for _, j := range s.cut.feed(s.buf[:n]) {
			if last != nil {
				s.dropped++
			}
			last = j
		}
		if last != nil && (n < len(s.buf) || err != nil) {
			if im, bad := pictureOf(last); bad == nil {
				return im, nil
			}
			last = nil // a damaged picture; the next one comes
			s.dropped++
		}
		if err != nil && !port.IsTimeout(err) {
			return nil, err
		}
	}
}

// largest is the most bytes and pixels of a picture.
const (
	largestBytes  = 8 << 20
	largestPixels = 4096 * 4096
)

// cutter cuts JPEG pictures out of a stream: from FF D8 to the FF D9 that no
// thumbnail inside it owns.
type cutter struct {
	b []byte
}

// feed takes bytes and gives the pictures that ended in them.
func (c *cutter) feed(b []byte) [][]byte {
	c.b = append(c.b, b...)
	var out [][]byte
	for {
		i := bytes.Index(c.b, []byte{0xff, 0xd8})
		if i < 0 {
			c.b = c.b[max(len(c.b)-1, 0):]
			break
		}
		c.b = c.b[i:]
		n := length(c.b)
		if n == 0 {
			if len(c.b) > largestBytes {
				c.b = c.b[2:] // no picture is so long: look for the next
				continue
			}
			break
		}
		if n < 0 {
			c.b = c.b[2:]
			continue
		}
		out = append(out, bytes.Clone(c.b[:n]))
		c.b = c.b[n:]
	}
	c.b = bytes.Clone(c.b)
	return out
}

// length of the picture at the front: 0 while its end is missing, negative when
// it is none.
func length(b []byte) int {
	at := 2
	for at+4 <= len(b) {
		if b[at] != 0xff {
			return -1
		}
		switch m := b[at+1]; {
		case m == 0xff: // a fill byte
			at++
		case m == 0xd9:
			return at + 2
		case m == 0xd8 || m == 0 || m == 1:
			return -1
		case m >= 0xd0 && m <= 0xd7:
			at += 2
		case m == 0xda:
			return scan(b, at+2)
		default:
			n := int(b[at+2])<<8 | int(b[at+3])
			if n < 2 {
				return -1
			}
			at += 2 + n
		}
	}
	if at+2 <= len(b) && b[at] == 0xff && b[at+1] == 0xd9 {
		return at + 2
	}
	return 0
}

// scan finds the end mark in the coded data: FF 00 and FF D0 to D7 are data.
func scan(b []byte, at int) int {
	for {
		i := bytes.IndexByte(b[min(at, len(b)):], 0xff)
		if i < 0 || at+i+1 >= len(b) {
			return 0
		}
		at += i
		if b[at+1] == 0xd9 {
			return at + 2
		}
		at++
	}
}

// pictureOf decodes a JPEG picture.
func pictureOf(j []byte) (image.Image, error) {
	if !hasTables(j) {
		j = withTables(j)
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(j))
	if err != nil {
		return nil, err
	}
	if c.Width*c.Height > largestPixels {
		return nil, fmt.Errorf("a picture of %d×%d is too large", c.Width, c.Height)
	}
	return jpeg.Decode(bytes.NewReader(j))
}

// Grey is the brightness of a picture, without copying where it stands ready.
func Grey(im image.Image) decode.Luma {
	b := im.Bounds()
	switch p := im.(type) {
	case *image.YCbCr:
		return decode.Luma{Pix: p.Y[p.YOffset(b.Min.X, b.Min.Y):], W: b.Dx(), H: b.Dy(), Stride: p.YStride}
	case *image.Gray:
		return decode.Luma{Pix: p.Pix[p.PixOffset(b.Min.X, b.Min.Y):], W: b.Dx(), H: b.Dy(), Stride: p.Stride}
	}
	g := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(g, g.Rect, im, b.Min, draw.Src)
	return decode.Luma{Pix: g.Pix, W: b.Dx(), H: b.Dy(), Stride: g.Stride}
}

// hasTables says whether a picture has Huffman tables of its own.
func hasTables(j []byte) bool {
	for at := 2; at+4 <= len(j) && j[at] == 0xff; {
		switch j[at+1] {
		case 0xc4:
			return true
		case 0xda:
			return false
		}
		at += 2 + int(j[at+2])<<8 + int(j[at+3])
	}
	return false
}

// withTables puts the usual tables before the coded data.
func withTables(j []byte) []byte {
	for at := 2; at+4 <= len(j) && j[at] == 0xff; {
		if j[at+1] == 0xda {
			out := append([]byte{}, j[:at]...)
			out = append(out, usualTables...)
			return append(out, j[at:]...)
		}
		at += 2 + int(j[at+2])<<8 + int(j[at+3])
	}
	return j
}

// usualTables are the Huffman tables of ISO/IEC 10918-1, Annex K, as Go's own
// encoder writes them: they are taken from a picture that it makes.
var usualTables = takeTables()

func takeTables() []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewYCbCr(image.Rect(0, 0, 8, 8), image.YCbCrSubsampleRatio420), nil); err != nil {
		return nil
	}
	j := b.Bytes()
	var out []byte
	for at := 2; at+4 <= len(j) && j[at] == 0xff && j[at+1] != 0xda; {
		n := 2 + int(j[at+2])<<8 + int(j[at+3])
		if j[at+1] == 0xc4 {
			out = append(out, j[at:at+n]...)
		}
		at += n
	}
	return out
}

// yuyv takes the brightness out of a picture of two bytes a pixel.
func yuyv(b []byte, w, h int) (decode.Luma, error) {
	if w <= 0 || h <= 0 || len(b) != 2*w*h {
		return decode.Luma{}, fmt.Errorf("%d bytes are no YUYV picture of %d×%d", len(b), w, h)
	}
	out := make([]byte, w*h)
	for i := range out {
		out[i] = b[2*i]
	}
	return decode.Luma{Pix: out, W: w, H: h, Stride: w}, nil
}

// yuyvPicture is such a picture in its colours: two pixels share theirs.
func yuyvPicture(b []byte, w, h int) (image.Image, error) {
	m, err := yuyv(b, w, h)
	if err != nil {
		return nil, err
	}
	im := &image.YCbCr{Y: m.Pix, YStride: w, CStride: (w + 1) / 2, SubsampleRatio: image.YCbCrSubsampleRatio422, Rect: image.Rect(0, 0, w, h)}
	im.Cb, im.Cr = make([]byte, im.CStride*h), make([]byte, im.CStride*h)
	for y := range h {
		for x := range w / 2 {
			at := 2 * (y*w + 2*x)
			im.Cb[y*im.CStride+x], im.Cr[y*im.CStride+x] = b[at+1], b[at+3]
		}
	}
	return im, nil
}
