package hall

import (
	"strings"
	"testing"

	"hallway/build/fuzz"
)

func TestSniffFile(t *testing.T) {
	for name, c := range map[string]struct {
		head, declared, want string
		ok                   bool
	}{
		"pdf":                 {"%PDF-1.7\n…", "application/pdf", "application/pdf", true},
		"pdf after a banner":  {strings.Repeat("x", 900) + "%PDF-1.4", "application/pdf", "application/pdf", true},
		"pdf too far down":    {strings.Repeat("x", 1100) + "%PDF-1.4", "application/pdf", "", false},
		"pdf, not declared":   {"%PDF-1.7", "", "application/pdf", true},
		"pdf as octets":       {"%PDF-1.7", "application/octet-stream", "application/pdf", true},
		"pdf as png":          {"%PDF-1.7", "image/png", "application/pdf", false},
		"png":                 {"\x89PNG\r\n\x1a\n", "image/png", "image/png", true},
		"jpeg":                {"\xff\xd8\xff\xe1Exif", "image/jpeg", "image/jpeg", true},
		"tiff, small end":     {"II*\x00", "image/tiff", "image/tiff", true},
		"tiff, big end":       {"MM\x00*", "image/tiff", "image/tiff", true},
		"ofd":                 {"PK\x03\x04\x14\x00OFD.xml", "application/ofd", "application/ofd", true},
		"ofd, document first": {"PK\x03\x04\x14\x00Doc_0/Document.xml", "application/ofd", "application/ofd", true},
		"another archive":     {"PK\x03\x04\x14\x00[Content_Types].xml", "application/ofd", "", false},
		"xml":                 {"<?xml version='1.0'?>", "application/xml", "application/xml", true},
		"xml as text":         {"\xef\xbb\xbf \n<?xml version='1.0'?>", "text/xml", "text/xml", true},
		"a page":              {"<html>", "text/xml", "text/xml", false},
		"a program":           {"\x7fELF", "application/pdf", "", false},
		"a picture we do not": {"GIF89a", "image/gif", "", false},
		"nothing":             {"", "", "", false},
	} {
		if got, ok := SniffFile([]byte(c.head), c.declared); ok != c.ok || ok && got != c.want {
			t.Errorf("%s: %q %v, want %q %v", name, got, ok, c.want, c.ok)
		}
	}
}

// Whatever comes, only types of materials are taken, and a second look at the
// same bytes as that type says the same.
func FuzzSniffFile(f *testing.F) {
	for _, s := range []string{"%PDF-1.7", "PK\x03\x04OFD.xml", "<?xml", "\xff\xd8\xff", "II*\x00", "\xef\xbb\xbf<?xml", ""} {
		f.Add([]byte(s), "")
		f.Add([]byte(s), "text/xml")
	}
	fuzz.Run(f, func(t *testing.T, head []byte, declared string) {
		got, ok := SniffFile(head, declared)
		if !ok {
			return
		}
		if !(File{SHA256: strings.Repeat("a", 64), Type: got, Size: 1}).fine() {
			t.Errorf("%q is taken and is no type of material", got)
		}
		if again, ok := SniffFile(head, got); !ok || again != got {
			t.Errorf("%q, then %q %v", got, again, ok)
		}
	})
}
