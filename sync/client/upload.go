package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hallway/sync"
)

// Files is the queue of files on their way to the centre (package app/store).
type Files interface {
	// NextUpload is the file that waits longest after a place in the queue.
	NextUpload(ctx context.Context, after int64) (u sync.Upload, ok bool, err error)
	// UploadSource opens one; sync.ErrFileLost when it cannot be had any more.
	UploadSource(ctx context.Context, sha string) (io.ReadSeekCloser, error)
	// Uploaded records that the centre has it durable for its case.
	Uploaded(ctx context.Context, u sync.Upload) error
	// UploadRefused records that it will never come to the centre.
	UploadRefused(ctx context.Context, u sync.Upload, code string) error
	// UploadAgain puts what is still kept into the queue again.
	UploadAgain(ctx context.Context) error
}

// Times of uploads.
const (
	pieceLimit  = time.Minute            // one piece, also over a slow line
	uploadWait  = 250 * time.Millisecond // before the next try
	uploadMax   = 15 * time.Second
	digestTries = 3
)

// refused is why a file will never come.
type refused struct{ code string }

func (r refused) Error() string { return "client: the file cannot be uploaded: " + r.code }

// Uploaded is what became of one file of the queue.
type Uploaded struct {
	Found bool  // one waited
	Moved bool  // some of it came to the centre
	Pos   int64 // its place in the queue: after it the next
}

// UploadOnce carries the file to the centre that waits longest after a place in
// the queue, from where an earlier try ended. One that is sent, or that the
// centre will never take, leaves the queue; an error means: later again, the
// others first.
func (s *Step) UploadOnce(ctx context.Context, after int64) (Uploaded, error) {
	u, ok, err := s.o.Store.NextUpload(ctx, after)
	if err != nil || !ok {
		return Uploaded{}, local("read the files on their way", err)
	}
	moved, err := s.upload(ctx, u)
	return Uploaded{true, moved, u.Pos}, s.settleUpload(ctx, u, err)
}

// settleUpload records what became of a file; an error means: later again.
func (s *Step) settleUpload(ctx context.Context, u sync.Upload, err error) error {
	var no refused
	switch {
	case err == nil:
		return local("note that a file was sent", s.o.Store.Uploaded(ctx, u))
	case errors.As(err, &no):
		s.o.Logger.Warn("a file will not come to the centre", "case", u.Case, "why", no.code)
		return local("note that a file was refused", s.o.Store.UploadRefused(ctx, u, no.code))
	}
	return err
}

// upload sends one file, from where an earlier try ended; moved: some of it
// came to the centre.
func (s *Step) upload(ctx context.Context, u sync.Upload) (moved bool, err error) {
	src, err := s.o.Store.UploadSource(ctx, u.File.SHA256)
	if errors.Is(err, sync.ErrFileLost) {
		return false, refused{"file_damaged"}
	}
	if err != nil {
		return false, err
	}
	defer src.Close()
	if err := intact(src, u); err != nil {
		return false, err
	}
	for try := 1; ; try++ {
		some, err := s.sendPieces(ctx, u, src)
		moved = moved || some
		p := problemOf(err)
		if p == nil {
			return moved, err
		}
		switch p.Code {
		case sync.ProblemFileOffset: // another try of ours is further, or was dropped
			if try < digestTries {
				continue
			}
		case sync.ProblemFileDigest:
			if try < digestTries {
				continue
			}
			return moved, refused{"file_digest"}
		case sync.ProblemFileType, sync.ProblemFileSize:
			return moved, refused{strings.ToLower(p.Code)}
		case sync.ProblemInvalid:
			return moved, fmt.Errorf("client: the centre does not take the file: %w", p)
		}
		return moved, err
	}
}

// intact checks the digest before anything is sent.
func intact(src io.ReadSeeker, u sync.Upload) error {
	h := sha256.New()
	n, err := io.Copy(h, src)
	if errors.Is(err, sync.ErrFileLost) || err == nil && (n != u.File.Size || hex.EncodeToString(h.Sum(nil)) != u.File.SHA256) {
		return refused{"file_damaged"}
	}
	return err
}

// sendPieces sends what the centre does not have yet.
func (s *Step) sendPieces(ctx context.Context, u sync.Upload, src io.ReadSeeker) (moved bool, err error) {
	offset, _, err := s.patch(ctx, http.MethodHead, u, 0, nil)
	if err != nil {
		return false, err
	}
	buf := make([]byte, sync.FileChunk)
	defer clear(buf)
	for {
		if _, err := src.Seek(offset, io.SeekStart); err != nil {
			return moved, err
		}
		n, err := io.ReadFull(src, buf[:max(0, min(int64(len(buf)), u.File.Size-offset))])
		if err != nil {
			return moved, err
		}
		// Of a file that is there whole an empty piece: it is for this case too.
		next, complete, err := s.patch(ctx, http.MethodPatch, u, offset, buf[:n])
		if err != nil || complete {
			return moved || err == nil, err
		}
		if next <= offset || next > u.File.Size {
			return moved, fmt.Errorf("client: the centre has %d bytes of the file after %d", next, offset+int64(n))
		}
		offset, moved = next, true
	}
}

// patch sends one piece, or asks how far the file is.
func (s *Step) patch(ctx context.Context, method string, u sync.Upload, offset int64, piece []byte) (next int64, complete bool, err error) {
	ctx, cancel := s.o.Within(ctx, pieceLimit)
	defer cancel()
	q := url.Values{"case": {u.Case}, "type": {u.File.Type}, "size": {strconv.FormatInt(u.File.Size, 10)}}
	req, err := http.NewRequestWithContext(ctx, method, s.o.URL+"/sync/v1/files/"+u.File.SHA256+"?"+q.Encode(), bytes.NewReader(piece))
	if err != nil {
		return 0, false, fmt.Errorf("client: the centre's address is not usable: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+s.o.Token)
	req.Header.Set("Content-Type", "application/octet-stream")
	req.Header.Set(sync.HeaderOffset, strconv.FormatInt(offset, 10))
	resp, err := s.files.Do(req)
	if err != nil {
		return 0, false, fmt.Errorf("client: file: %w", err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return 0, false, fmt.Errorf("client: file: %w", err)
	}
	if resp.StatusCode/100 != 2 {
		return 0, false, problemFrom(resp.StatusCode, b)
	}
	next, err = strconv.ParseInt(resp.Header.Get(sync.HeaderOffset), 10, 64)
	if err != nil {
		return 0, false, fmt.Errorf("client: the centre does not say how far the file is: %w", err)
	}
	return next, resp.Header.Get(sync.HeaderComplete) == "?1", nil
}
