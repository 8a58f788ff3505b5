package idcard

import (
	"fmt"
	"image"
	"maps"
	"slices"
	"sync"
)

// PhotoDecoder reads the photo of a card's chip (WLT, 1,024 bytes). It is a
// vendor's licensed library behind this interface.
type PhotoDecoder interface {
	Decode(wlt []byte) (image.Image, error)
}

var (
	decodersMu sync.Mutex
	decoders   = map[string]PhotoDecoder{}
)

// RegisterPhotoDecoder makes a decoder known by a name, before the devices are
// made. The same name twice is a mistake of the program.
func RegisterPhotoDecoder(name string, d PhotoDecoder) {
	decodersMu.Lock()
	defer decodersMu.Unlock()
	if _, twice := decoders[name]; twice || name == "" || d == nil {
		panic(fmt.Sprintf("idcard: photo decoder %q is nothing or there already", name))
	}
	decoders[name] = d
}

// PhotoDecoderNamed finds a registered decoder.
func PhotoDecoderNamed(name string) (PhotoDecoder, error) {
	decodersMu.Lock()
	defer decodersMu.Unlock()
	if d, ok := decoders[name]; ok {
		return d, nil
	}
	return nil, fmt.Errorf("photo decoder %q is not part of this program; it has %v: take the option out, or build the program with the vendor's library", name, slices.Sorted(maps.Keys(decoders)))
}

// wipePicture overwrites a decoded photo where its kind lets that be done.
func wipePicture(m image.Image) {
	switch p := m.(type) {
	case *image.RGBA:
		clear(p.Pix)
	case *image.NRGBA:
		clear(p.Pix)
	case *image.Gray:
		clear(p.Pix)
	}
}
