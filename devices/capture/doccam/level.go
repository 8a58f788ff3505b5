package doccam

import (
	"image"
	"slices"
)

// Levels of a page that is to be read: what the paper becomes, and what is done to it
// at most.
const (
	paperLevel = 245.
	mostGain   = 2.6
	patch      = 48 // pixels of a part of the page that is lit alike
)

// Level makes paper white and ink dark: each part of the page by the brightest that is
// in it, for the light comes from a side. Colours stay, such as a red seal's; so does a
// part without paper, such as a photograph: it is brightened no more than the parts
// around it.
func Level(im *image.RGBA) {
	w, h := im.Rect.Dx(), im.Rect.Dy()
	nx, ny := (w+patch-1)/patch, (h+patch-1)/patch
	white := make([][3]float64, nx*ny)
	for i := range white {
		white[i] = paperOf(im, i%nx*patch, i/nx*patch)
	}
	white = steady(white, nx, ny)
	for y := range h {
		for x := range w {
			p := between(white, nx, ny, float64(x)/patch-.5, float64(y)/patch-.5)
			at := im.PixOffset(x, y)
			for k := range 3 {
				v := float64(im.Pix[at+k]) * min(paperLevel/max(p[k], 1), mostGain)
				im.Pix[at+k] = dark(v)
			}
		}
	}
}

// dark draws what is grey of ink towards black; paper stays.
func dark(v float64) uint8 {
	const black, white = 48., paperLevel - 8
	return uint8(min(max((v-black)*255/(white-black), 0), 255))
}

// paperOf is the colour of the brightest fifth of a part.
func paperOf(im *image.RGBA, x0, y0 int) [3]float64 {
	type pixel struct {
		y       int
		r, g, b uint8
	}
	var all []pixel
	for y := y0; y < min(y0+patch, im.Rect.Dy()); y += 3 {
		for x := x0; x < min(x0+patch, im.Rect.Dx()); x += 3 {
			p := im.Pix[im.PixOffset(x, y):]
			all = append(all, pixel{299*int(p[0]) + 587*int(p[1]) + 114*int(p[2]), p[0], p[1], p[2]})
		}
	}
	slices.SortFunc(all, func(a, b pixel) int { return b.y - a.y })
	all = all[:len(all)/5+1]
	var s [3]float64
	for _, p := range all {
		s[0], s[1], s[2] = s[0]+float64(p.r), s[1]+float64(p.g), s[2]+float64(p.b)
	}
	for k := range s {
		s[k] /= float64(len(all))
	}
	return s
}

// steady gives each part the upper quarter of those around it, five by five: one
// without paper has the paper of its neighbours.
func steady(white [][3]float64, nx, ny int) [][3]float64 {
	out := make([][3]float64, len(white))
	for y := range ny {
		for x := range nx {
			var near [][3]float64
			for Y := max(y-2, 0); Y <= min(y+2, ny-1); Y++ {
				near = append(near, white[Y*nx+max(x-2, 0):Y*nx+min(x+2, nx-1)+1]...)
			}
			slices.SortFunc(near, func(a, b [3]float64) int { return int(b[1]) - int(a[1]) })
			out[y*nx+x] = near[len(near)/4]
		}
	}
	return out
}

// between is the paper's colour at a place between the middles of the parts.
func between(white [][3]float64, nx, ny int, x, y float64) [3]float64 {
	x, y = min(max(x, 0), float64(nx-1)), min(max(y, 0), float64(ny-1))
	x0, y0 := int(x), int(y)
	x1, y1 := min(x0+1, nx-1), min(y0+1, ny-1)
	fx, fy := x-float64(x0), y-float64(y0)
	a, b, c, d := white[y0*nx+x0], white[y0*nx+x1], white[y1*nx+x0], white[y1*nx+x1]
	var out [3]float64
	for k := range out {
		out[k] = (a[k]*(1-fx)+b[k]*fx)*(1-fy) + (c[k]*(1-fx)+d[k]*fx)*fy
	}
	return out
}
