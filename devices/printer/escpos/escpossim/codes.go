package escpossim

import (
	"context"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"

	"hallway/devices/printer/glyphs"
)

// qrFunction obeys 1D 28 6B pL pH 31 fn …
func (p *press) qrFunction(ctx context.Context, fn byte, data []byte) error {
	if !p.sim.o.NativeQR {
		if fn == 0x51 {
			p.report("a QR code on a printer that has none")
		}
		return nil
	}
	switch {
	case fn == 0x41 && len(data) == 2:
		if data[0] != 0x31 && data[0] != 0x32 {
			p.report("unknown QR model %02X", data[0])
		}
	case fn == 0x43 && len(data) == 1 && data[0] >= 1 && data[0] <= 16:
		p.module = int(data[0])
	case fn == 0x45 && len(data) == 1 && data[0] >= 48 && data[0] <= 51:
		p.level = data[0]
	case fn == 0x50 && len(data) >= 2 && data[0] == 0x30:
		p.store = string(data[1:])
	case fn == 0x51 && len(data) == 1:
		return p.printQR(ctx)
	default:
		p.report("unknown QR function %02X with %d bytes", fn, len(data))
	}
	return nil
}

func (p *press) printQR(ctx context.Context) error {
	hints := map[gozxing.EncodeHintType]any{
		gozxing.EncodeHintType_ERROR_CORRECTION: string("LMQH"[p.level-48]),
		gozxing.EncodeHintType_MARGIN:           0,
		gozxing.EncodeHintType_CHARACTER_SET:    "UTF-8",
	}
	m, err := qrcode.NewQRCodeWriter().Encode(p.store, gozxing.BarcodeFormat_QR_CODE, 0, 0, hints)
	if err != nil {
		p.report("QR code: %v", err)
		return nil
	}
	p.qr = append(p.qr, p.store)
	return p.picture(ctx, matrixDots(m, p.module, p.module))
}

func matrixDots(m *gozxing.BitMatrix, sx, sy int) *glyphs.Dots {
	d := glyphs.NewDots(m.GetWidth(), m.GetHeight())
	for y := range d.H {
		for x := range d.W {
			if m.Get(x, y) {
				d.Set(x, y)
			}
		}
	}
	return d.Scale(sx, sy)
}

// barCode obeys 1D 6B 49 n d1…dn; the other symbologies are not simulated.
func (p *press) barCode(ctx context.Context) error {
	b, err := p.read(ctx, 1)
	if err != nil {
		return err
	}
	if b[0] < 0x41 { // the old form ends with NUL
		for {
			c, err := p.one(ctx)
			if err != nil {
				return err
			}
			if c == 0 {
				p.report("bar code %02X is not simulated", b[0])
				return nil
			}
		}
	}
	n, err := p.one(ctx)
	if err != nil {
		return err
	}
	data, err := p.read(ctx, int(n))
	if err != nil {
		return err
	}
	text, ok := code128Text(data)
	if p.mode.barModule < 2 || p.mode.barModule > 6 || p.mode.barHeight == 0 {
		p.report("bar code modules of %d dots, %d high", p.mode.barModule, p.mode.barHeight)
		return nil
	}
	if b[0] != 0x49 || !ok {
		p.report("bar code %02X with % X is not simulated", b[0], data)
		return nil
	}
	m, err := oned.NewCode128Writer().Encode(text, gozxing.BarcodeFormat_CODE_128, 0, 1, map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_MARGIN: 0})
	if err != nil {
		p.report("bar code: %v", err)
		return nil
	}
	p.bars = append(p.bars, text)
	if err := p.picture(ctx, matrixDots(m, p.mode.barModule, p.mode.barHeight)); err != nil {
		return err
	}
	if p.mode.barText != 2 && p.mode.barText != 3 {
		return nil
	}
	for _, r := range text {
		if err := p.put(ctx, r, 12, 1, 1); err != nil {
			return err
		}
	}
	return p.endLine(ctx)
}

// code128Text reads data in sets B and C, which «{B» and «{C» begin and change.
func code128Text(data []byte) (string, bool) {
	var out []byte
	set := byte(0)
	for i := 0; i < len(data); i++ {
		b := data[i]
		switch {
		case b == '{':
			i++
			if i >= len(data) {
				return "", false
			}
			switch {
			case data[i] == 'B' || data[i] == 'C':
				set = data[i]
			case data[i] == '{' && set == 'B':
				out = append(out, '{')
			default:
				return "", false
			}
		case set == 'C' && b <= 99:
			out = append(out, '0'+b/10, '0'+b%10)
		case set == 'B' && b >= 0x20 && b <= 0x7E:
			out = append(out, b)
		default:
			return "", false
		}
	}
	return string(out), len(out) > 0
}
