package escpos

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"hallway/devices/printer"
	"hallway/devices/printer/glyphs"
)

// qr prints a QR code, centred: by the printer itself, or drawn.
func (e *encoder) qr(q printer.QR) error {
	module := q.Module
	if module == 0 {
		module = e.p.QRModule
	}
	module = min(max(module, 1), 16)
	if q.Data == "" || len(q.Data) > 1000 {
		return fmt.Errorf("a QR code holds 1 to 1000 bytes, not %d", len(q.Data))
	}
	if strings.ContainsRune(q.Data, 0x10) {
		return fmt.Errorf("a QR code with the control character 10 cannot be printed: the printer would take it for a command")
	}
	e.set(mode{align: printer.Center, scale: 1})
	if !e.p.QR {
		return e.drawQR(q.Data, module)
	}
	e.write(0x1D, 0x28, 0x6B, 0x04, 0x00, 0x31, 0x41, 0x32, 0x00)
	e.write(0x1D, 0x28, 0x6B, 0x03, 0x00, 0x31, 0x43, byte(module))
	e.write(0x1D, 0x28, 0x6B, 0x03, 0x00, 0x31, 0x45, 0x31) // level M
	n := len(q.Data) + 3
	e.write(0x1D, 0x28, 0x6B, byte(n), byte(n>>8), 0x31, 0x50, 0x30)
	e.b = append(e.b, q.Data...)
	e.inks()
	e.write(0x1D, 0x28, 0x6B, 0x03, 0x00, 0x31, 0x51, 0x30)
	e.write(cmdQuiet...)
	return nil
}

func (e *encoder) drawQR(data string, module int) error {
	hints := map[gozxing.EncodeHintType]any{
		gozxing.EncodeHintType_ERROR_CORRECTION: "M",
		gozxing.EncodeHintType_MARGIN:           0,
		gozxing.EncodeHintType_CHARACTER_SET:    "UTF-8",
	}
	m, err := qrcode.NewQRCodeWriter().Encode(data, gozxing.BarcodeFormat_QR_CODE, 0, 0, hints)
	if err != nil {
		return fmt.Errorf("draw the QR code: %w", err)
	}
	if m.GetWidth()*module > e.p.Dots {
		return ErrTooWide
	}
	d := glyphs.NewDots(m.GetWidth()*module, m.GetHeight()*module)
	for y := range d.H {
		for x := range d.W {
			if m.Get(x/module, y/module) {
				d.Set(x, y)
			}
		}
	}
	e.raster(d)
	e.write(cmdQuiet...)
	return nil
}

// code128 prints a bar code with its text below: pairs of digits in set C,
// the rest in set B.
func (e *encoder) code128(c printer.Code128) error {
	data, symbols, err := code128Data(c.Data)
	if err != nil {
		return err
	}
	const module = 2
	if (symbols*11+35)*module > e.p.Dots { // start, check, stop
		return ErrTooWide
	}
	e.set(mode{align: printer.Center, scale: 1})
	e.write(0x1D, 0x68, 80, 0x1D, 0x77, module, 0x1D, 0x48, 2, 0x1D, 0x66, 0)
	e.inks()
	e.write(0x1D, 0x6B, 0x49, byte(len(data)))
	e.write(data...)
	return nil
}

func code128Data(s string) (data []byte, symbols int, err error) {
	if s == "" || len(s) > 100 {
		return nil, 0, fmt.Errorf("a bar code holds 1 to 100 characters, not %d", len(s))
	}
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7E {
			return nil, 0, fmt.Errorf("character %d cannot stand in a bar code: use ASCII", i+1)
		}
	}
	data, symbols = code128Sets(s, true)
	if !bytes.Equal(harmless(bytes.Clone(data)), data) { // set C would spell a real-time command
		data, symbols = code128Sets(s, false)
	}
	return data, symbols, nil
}

// code128Sets writes the characters with their sets; changing the set is a
// symbol, beginning with one is not.
func code128Sets(s string, pairs bool) (data []byte, symbols int) {
	set := byte(0)
	use := func(next byte) {
		if next == set {
			return
		}
		if set != 0 {
			symbols++
		}
		set = next
		data = append(data, '{', next)
	}
	for i := 0; i < len(s); {
		if n := digitPairs(s, i); pairs && n > 0 {
			use('C')
			for range n {
				data = append(data, (s[i]-'0')*10+s[i+1]-'0')
				symbols++
				i += 2
			}
			continue
		}
		use('B')
		if s[i] == '{' {
			data = append(data, '{')
		}
		data = append(data, s[i])
		symbols++
		i++
	}
	return data, symbols
}

// digitPairs is how many pairs of digits from i on are worth set C: six digits
// within, four at either end, any even number that is the whole.
func digitPairs(s string, i int) int {
	end := i
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	digits := end - i
	switch atStart, atEnd := i == 0, end == len(s); {
	case atStart && atEnd && digits%2 == 0, digits >= 6, digits >= 4 && (atStart || atEnd):
	default:
		return 0
	}
	if digits%2 == 1 && end == len(s) && i > 0 {
		return 0 // the odd one first, so that the code ends in set C
	}
	return digits / 2
}
