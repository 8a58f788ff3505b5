package terminal

import "slices"

// MaxFile is the largest file that a counter hands in.
const MaxFile = 50 << 20

// fileTypes are what a counter hands in; package hall takes a few more.
var fileTypes = []string{"application/pdf", "image/jpeg", "image/png", "image/tiff", "application/ofd", "text/xml", "application/xml"}

// FileType reports whether a file of a media type can be handed in.
func FileType(mediaType string) bool { return slices.Contains(fileTypes, mediaType) }
