package files

import (
	"context"
	"errors"
	"io"

	"hallway/app/hall"
	"hallway/sync"
)

// Reader reads a stored file from any place, a piece at a time. It is for one
// goroutine, and for as long as its context.
type Reader struct {
	ctx   context.Context
	s     *Store
	b     *blob
	at    int64
	n     int64 // piece in plain
	plain []byte
}

// Open opens a stored file. FILE_GONE when there is none.
func (s *Store) Open(ctx context.Context, sha string) (*Reader, error) {
	b, err := s.find(ctx, s.read, `id = (SELECT blob FROM file_stored WHERE sha256 = $1)`, sha)
	if err != nil {
		return nil, err
	}
	if b == nil {
		return nil, problem(sync.ProblemFileGone, "there is no such file", "look whether it is still on its way")
	}
	return &Reader{ctx: ctx, s: s, b: b, n: -1}, nil
}

// File describes it.
func (r *Reader) File() hall.File { return r.b.file }

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	if r.at >= r.b.file.Size {
		return 0, io.EOF
	}
	if n := r.at / sync.FileChunk; n != r.n {
		plain, err := r.s.piece(r.ctx, r.b, n)
		if err != nil {
			return 0, err
		}
		clear(r.plain)
		r.plain, r.n = plain, n
	}
	got := copy(p, r.plain[r.at-r.n*sync.FileChunk:])
	r.at += int64(got)
	return got, nil
}

// Seek implements io.Seeker.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.b.file.Size
	}
	if offset < 0 {
		return r.at, errors.New("files: cannot seek before the beginning")
	}
	r.at = offset
	return offset, nil
}

// Close forgets what was read.
func (r *Reader) Close() error {
	clear(r.plain)
	r.plain, r.n = nil, -1
	return nil
}
