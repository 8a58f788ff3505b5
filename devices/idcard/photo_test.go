package idcard

import (
	"image"
	"testing"
)

type blank struct{}

func (blank) Decode([]byte) (image.Image, error) { return image.NewRGBA(image.Rect(0, 0, 1, 1)), nil }

func TestPhotoDecodersAreFoundByName(t *testing.T) {
	if _, err := PhotoDecoderNamed("nobody's"); err == nil {
		t.Error("a decoder that nobody registered was found")
	}
	RegisterPhotoDecoder("somebody's", blank{})
	if d, err := PhotoDecoderNamed("somebody's"); err != nil || d == nil {
		t.Errorf("%v, %v", d, err)
	}
	for _, name := range []string{"somebody's", ""} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q was registered", name)
				}
			}()
			RegisterPhotoDecoder(name, blank{})
		}()
	}
}

func TestWipeLeavesNothing(t *testing.T) {
	picture := image.NewRGBA(image.Rect(0, 0, 1, 1))
	picture.Pix[0] = 9
	c := &Card{Name: "n", NameAsRead: []byte{1}, Photo: []byte{2}, Finger: [][]byte{{3}, {4}}, Picture: picture}
	was := *c
	c.Wipe()
	for i, b := range []byte{was.NameAsRead[0], was.Photo[0], was.Finger[0][0], was.Finger[1][0], picture.Pix[0]} {
		if b != 0 {
			t.Errorf("byte %d is still there", i)
		}
	}
	if c.Name != "" || c.Photo != nil || c.Finger != nil || c.Picture != nil {
		t.Errorf("left: %+v", c)
	}
	(*Card)(nil).Wipe()
}
