package scanner

import "fmt"

// Format is a symbology that the camera reads and the pictures of codepic show.
type Format string

const (
	Code128    Format = "code128"
	Code39     Format = "code39"
	EAN13      Format = "ean13"
	QR         Format = "qr"
	DataMatrix Format = "datamatrix"
)

// Formats are all of them.
func Formats() []Format { return []Format{Code128, QR, EAN13, Code39, DataMatrix} }

// ParseFormat reads the name of a symbology from a configuration.
func ParseFormat(s string) (Format, error) {
	for _, f := range Formats() {
		if string(f) == s {
			return f, nil
		}
	}
	return "", fmt.Errorf("symbology %q is not known; known are %v", s, Formats())
}

// Weak says whether a symbology has no check digit, so that one look at it is
// not enough.
func (f Format) Weak() bool { return f == Code39 }
