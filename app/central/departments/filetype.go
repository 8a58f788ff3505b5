package departments

import (
	"bufio"
	"errors"
	"io"
	"mime"

	"hallway/app/hall"
)

// declared reads a Content-Type; what cannot be read is no type of a material.
func declared(contentType string) string {
	t, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return "?"
	}
	return t
}

// peek gives the first bytes of a file and the whole file again.
func peek(r io.Reader) (head []byte, whole io.Reader, err error) {
	b := bufio.NewReaderSize(r, hall.FileSniff)
	head, err = b.Peek(hall.FileSniff)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return head, b, err
}
