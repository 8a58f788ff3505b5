package escpossim

import (
	"context"

	"hallway/devices/printer/glyphs"
)

// one reads the single parameter of a command.
func (p *press) one(ctx context.Context) (byte, error) {
	b, err := p.read(ctx, 1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

// escape obeys 1B xx.
func (p *press) escape(ctx context.Context) error {
	op, err := p.one(ctx)
	if err != nil {
		return err
	}
	switch op {
	case 0x40:
		p.forget()
		p.sim.mu.Lock()
		p.sim.statusOn = 0
		p.sim.mu.Unlock()
		return nil
	case 0x32:
		p.mode.spacing = 30
		return nil
	case 0x69, 0x6D:
		return p.cut(ctx, false)
	case 0x2A:
		return p.columns(ctx)
	case 0x42, 0x63: // buzzer; panel and sensors
		_, err := p.read(ctx, 2)
		return err
	case 0x70:
		_, err := p.read(ctx, 3)
		return err
	}
	n, err := p.one(ctx)
	if err != nil {
		return err
	}
	switch op {
	case 0x4A:
		return p.feed(ctx, int(n))
	case 0x64:
		if err := p.feed(ctx, int(n)*p.mode.spacing); err != nil {
			return err
		}
		if p.sim.o.NoCutter && n >= 4 && p.inked {
			return p.cut(ctx, true)
		}
	case 0x33:
		p.mode.spacing = int(n)
	case 0x61:
		if len(p.cells) > 0 {
			p.report("alignment in the middle of a line")
		}
		p.mode.align = n % 48
	case 0x45:
		p.mode.bold = n&1 == 1
	case 0x2D:
		p.mode.under = n%48 != 0
	case 0x21:
		p.mode.bold, p.mode.under = n&0x08 != 0, n&0x80 != 0
		p.mode.w, p.mode.h = 1+int(n>>5&1), 1+int(n>>4&1)
	case 0x4D:
	case 0x74:
		if codePages[n] == nil {
			p.report("code page %d is not in the printer", n)
			n = 0
		}
		p.mode.page = n
	default:
		p.report("unknown command 1B %02X %02X", op, n)
	}
	return nil
}

// columns obeys 1B 2A m nL nH: a picture within the line.
func (p *press) columns(ctx context.Context) error {
	b, err := p.read(ctx, 3)
	if err != nil {
		return err
	}
	n := int(b[1]) | int(b[2])<<8
	if b[0] != 33 {
		p.report("picture mode %d within a line is not in the printer", b[0])
		perColumn := 1
		if b[0] >= 32 {
			perColumn = 3
		}
		_, err := p.read(ctx, n*perColumn)
		return err
	}
	data, err := p.read(ctx, n*3)
	if err != nil {
		return err
	}
	d := glyphs.NewDots(n, 24)
	for x := range n {
		for y := range 24 {
			if data[x*3+y/8]>>(7-y%8)&1 == 1 {
				d.Set(x, y)
			}
		}
	}
	return p.add(ctx, cell{dots: d, r: '▣'})
}

// fieldSeparator obeys 1C xx.
func (p *press) fieldSeparator(ctx context.Context) error {
	op, err := p.one(ctx)
	if err != nil {
		return err
	}
	switch op {
	case 0x26:
		p.mode.chinese = !p.sim.o.NoChinese
		return nil
	case 0x2E:
		p.mode.chinese = false
		return nil
	case 0x53:
		_, err := p.read(ctx, 2)
		return err
	}
	n, err := p.one(ctx)
	if err != nil {
		return err
	}
	switch op {
	case 0x21:
		bits := p.sim.o.SizeBits
		low := bits & -bits // the lower of the two bits is the width
		p.mode.kanjiW, p.mode.kanjiH = 1, 1
		if n&low != 0 {
			p.mode.kanjiW = 2
		}
		if n&(bits&^low) != 0 {
			p.mode.kanjiH = 2
		}
	case 0x2D:
		p.mode.under = n%48 != 0
	case 0x57:
		p.mode.kanjiW, p.mode.kanjiH = 1+int(n&1), 1+int(n&1)
	default:
		p.report("unknown command 1C %02X %02X", op, n)
	}
	return nil
}

// groupSeparator obeys 1D xx.
func (p *press) groupSeparator(ctx context.Context) error {
	op, err := p.one(ctx)
	if err != nil {
		return err
	}
	switch op {
	case 0x28:
		return p.function(ctx)
	case 0x76:
		return p.raster(ctx)
	case 0x6B:
		return p.barCode(ctx)
	case 0x4C, 0x57:
		b, err := p.read(ctx, 2)
		if err != nil {
			return err
		}
		n := int(b[0]) | int(b[1])<<8
		if op == 0x4C {
			p.mode.left = n
		} else {
			p.mode.area = min(n, p.sim.o.Dots)
		}
		return nil
	}
	n, err := p.one(ctx)
	if err != nil {
		return err
	}
	switch op {
	case 0x56:
		return p.knife(ctx, n)
	case 0x61:
		p.sim.mu.Lock()
		p.sim.statusOn = n
		status := p.sim.statusBack()
		p.sim.mu.Unlock()
		if n != 0 {
			p.sim.send(status)
		}
	case 0x72:
		p.queued(n)
	case 0x49:
		p.identify(n)
	case 0x21:
		p.mode.w, p.mode.h = 1+int(n>>4&7), 1+int(n&7)
	case 0x42:
		p.mode.invert = n&1 == 1
	case 0x62:
		p.mode.smooth = n&1 == 1
	case 0x68:
		p.mode.barHeight = int(n)
	case 0x77:
		p.mode.barModule = int(n)
	case 0x48:
		p.mode.barText = n % 48
	case 0x66:
	default:
		p.report("unknown command 1D %02X %02X", op, n)
	}
	return nil
}

func (p *press) knife(ctx context.Context, m byte) error {
	if m == 0x41 || m == 0x42 {
		n, err := p.one(ctx)
		if err != nil {
			return err
		}
		const toKnife = 88 // 11 mm from the head
		if err := p.feed(ctx, toKnife+int(n)); err != nil {
			return err
		}
	} else if m%48 > 1 {
		p.report("unknown cut 1D 56 %02X", m)
		return nil
	}
	if p.sim.o.NoCutter {
		p.report("a cut on a printer without a knife")
		return nil
	}
	return p.cut(ctx, false)
}

// queued answers GS r n, in its turn.
func (p *press) queued(n byte) {
	p.sim.mu.Lock()
	b := byte(0)
	switch {
	case n%48 == 1 && p.sim.body.PaperEnd:
		b = 0x0F
	case n%48 == 1 && p.sim.body.NearEnd:
		b = 0x03
	}
	p.sim.mu.Unlock()
	p.sim.send([]byte{b})
}

// identify answers GS I n.
func (p *press) identify(n byte) {
	text := map[byte]string{0x41: "1.0", 0x42: "HALLWAY", 0x43: "SIM-80", 0x45: "CHINA GBK"}
	if p.sim.o.GB2312 {
		text[0x45] = "CHINA GB2312"
	}
	switch {
	case text[n] != "":
		p.sim.send(append(append([]byte{0x5F}, text[n]...), 0))
	case n == 1 || n == 49:
		p.sim.send([]byte{0x20})
	case n == 2 || n == 50:
		b := byte(0x01)
		if !p.sim.o.NoCutter {
			b |= 0x02
		}
		p.sim.send([]byte{b})
	default:
		p.report("unknown question 1D 49 %02X", n)
	}
}

// function obeys 1D 28 xx pL pH …
func (p *press) function(ctx context.Context) error {
	head, err := p.read(ctx, 3)
	if err != nil {
		return err
	}
	data, err := p.read(ctx, int(head[1])|int(head[2])<<8)
	if err != nil {
		return err
	}
	switch {
	case head[0] == 0x48 && len(data) == 6 && (data[0] == 0x30 || data[0] == 0) && (data[1] == 0x30 || data[1] == 0):
		if p.sim.o.Confirms {
			if err := p.sim.move(ctx, &p.seen, 0); err != nil {
				return err
			}
			p.sim.send(append(append([]byte{0x37, 0x22}, data[2:6]...), 0))
		}
	case head[0] == 0x6B && len(data) >= 2 && data[0] == 0x31:
		return p.qrFunction(ctx, data[1], data[2:])
	default:
		p.report("unknown function 1D 28 %02X with %d bytes", head[0], len(data))
	}
	return nil
}

// raster obeys 1D 76 30 m xL xH yL yH data.
func (p *press) raster(ctx context.Context) error {
	b, err := p.read(ctx, 6)
	if err != nil {
		return err
	}
	perRow, rows := int(b[2])|int(b[3])<<8, int(b[4])|int(b[5])<<8
	data, err := p.read(ctx, perRow*rows)
	if err != nil {
		return err
	}
	if b[0] != 0x30 || b[1]%48 > 3 {
		p.report("unknown picture command 1D 76 %02X %02X", b[0], b[1])
		return nil
	}
	d := glyphs.NewDots(perRow*8, rows)
	for y := range rows {
		for x := range d.W {
			if data[y*perRow+x/8]>>(7-x%8)&1 == 1 {
				d.Set(x, y)
			}
		}
	}
	m := int(b[1] % 48)
	return p.picture(ctx, d.Scale(1+m&1, 1+m>>1))
}
