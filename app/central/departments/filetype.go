package departments

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// fileTypes a material may have; app/hall refuses others.
var fileTypes = []string{"application/ofd", "application/pdf", "application/xml", "image/jpeg", "image/png", "image/tiff", "text/xml"}

// FileTypes lists the media types that a call-back may carry.
func FileTypes() []string { return slices.Clone(fileTypes) }

// sniffed is how many bytes tell a type.
const sniffed = 512

// declared reads a Content-Type; ok when a material may have it.
func declared(contentType string) (string, bool) {
	t, _, err := mime.ParseMediaType(contentType)
	return t, err == nil && slices.Contains(fileTypes, t)
}

// looksLike holds a declared type against the first bytes of the file.
func looksLike(mediaType string, head []byte) bool {
	switch mediaType {
	case "application/pdf":
		return bytes.Contains(head[:min(len(head), 1024)], []byte("%PDF-"))
	case "image/tiff":
		return bytes.HasPrefix(head, []byte("II*\x00")) || bytes.HasPrefix(head, []byte("MM\x00*"))
	case "application/ofd": // a zip
		return bytes.HasPrefix(head, []byte("PK\x03\x04"))
	case "text/xml", "application/xml":
		return strings.HasPrefix(strings.TrimLeft(strings.TrimPrefix(string(head), "\ufeff"), " \t\r\n"), "<")
	}
	return http.DetectContentType(head) == mediaType
}

// peek gives the first bytes of a file and the whole file again.
func peek(r io.Reader) (head []byte, whole io.Reader, err error) {
	b := bufio.NewReaderSize(r, sniffed)
	head, err = b.Peek(sniffed)
	if errors.Is(err, io.EOF) || errors.Is(err, bufio.ErrBufferFull) {
		err = nil
	}
	return head, b, err
}
