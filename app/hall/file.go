package hall

import (
	"bytes"
	"slices"
)

// MaxFileBytes bounds one file that a terminal or a department hands in.
const MaxFileBytes = 50 << 20

// FileTypes lists the media types that a material's file may have.
func FileTypes() []string { return slices.Clone(fileTypes) }

// FileSniff is how many bytes of a file SniffFile wants to see.
const FileSniff = 4096

// SniffFile tells the media type of a file by its first bytes, and whether that
// is a type of material and what was declared. Nothing or
// application/octet-stream declared is taken as «unknown». What a file says of
// itself is never believed beyond that: a preview still runs in a sandbox.
func SniffFile(head []byte, declared string) (mediaType string, ok bool) {
	mediaType = sniff(head)
	switch declared {
	case mediaType, "", "application/octet-stream":
		return mediaType, mediaType != ""
	case "text/xml": // two names for one thing
		return declared, mediaType == "application/xml"
	}
	return mediaType, false
}

func sniff(head []byte) string {
	head = head[:min(len(head), FileSniff)]
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case bytes.Contains(head[:min(len(head), 1024)], []byte("%PDF-")):
		return "application/pdf"
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return "image/jpeg"
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png"
	case bytes.HasPrefix(head, []byte("II*\x00")), bytes.HasPrefix(head, []byte("MM\x00*")):
		return "image/tiff"
	case bytes.HasPrefix(head, []byte("PK\x03\x04")) && (bytes.Contains(head, []byte("OFD.xml")) || bytes.Contains(head, []byte("Doc_0/"))):
		return "application/ofd" // GB/T 33190: a ZIP with OFD.xml at its root
	case bytes.HasPrefix(text, []byte("<?xml")):
		return "application/xml"
	}
	return ""
}
