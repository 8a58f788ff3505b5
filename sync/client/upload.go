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

// uploadLoop carries files to the centre, one after the other, on connections
// of its own. It holds up no operation, and no fault of a file ends the
// session: one that cannot be sent now is tried again after the others.
func (c *Client) uploadLoop(ctx context.Context) error {
	q := c.o.Store
	wait := uploadWait
	var after int64
	for {
		u, ok, err := q.NextUpload(ctx, after)
		switch {
		case err != nil:
			if err := c.local(ctx, "read the files on their way", err); err != nil {
				return err
			}
			continue
		case !ok && after > 0: // once round: those that failed, after a pause
			after = 0
			if err := c.pause(ctx, wait, false); err != nil {
				return err
			}
			continue
		case !ok:
			wait = uploadWait
			if err := c.pause(ctx, c.o.Poll, true); err != nil {
				return err
			}
			continue
		}
		moved, err := c.upload(ctx, u)
		err = c.settleUpload(ctx, u, err)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if moved || err == nil {
			wait = uploadWait
		}
		if err != nil {
			c.o.Logger.Info("a file could not be sent now; it is tried again", "err", err)
			after, wait = u.Pos, min(2*wait, uploadMax)
		}
	}
}

// pause waits, or until a file was put into the queue.
func (c *Client) pause(ctx context.Context, d time.Duration, early bool) error {
	t := time.NewTimer(d)
	defer t.Stop()
	kick := c.uploads
	if !early {
		kick = nil
	}
	select {
	case <-kick:
		return nil
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// settleUpload records what became of a file; an error means: later again.
func (c *Client) settleUpload(ctx context.Context, u sync.Upload, err error) error {
	var no refused
	switch {
	case err == nil:
		return c.o.Store.Uploaded(ctx, u)
	case errors.As(err, &no):
		c.o.Logger.Warn("a file will not come to the centre", "case", u.Case, "why", no.code)
		return c.o.Store.UploadRefused(ctx, u, no.code)
	}
	return err
}

// upload sends one file, from where an earlier try ended; moved: some of it
// came to the centre.
func (c *Client) upload(ctx context.Context, u sync.Upload) (moved bool, err error) {
	src, err := c.o.Store.UploadSource(ctx, u.File.SHA256)
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
		some, err := c.sendPieces(ctx, u, src)
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
func (c *Client) sendPieces(ctx context.Context, u sync.Upload, src io.ReadSeeker) (moved bool, err error) {
	offset, _, err := c.patch(ctx, http.MethodHead, u, 0, nil)
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
		next, complete, err := c.patch(ctx, http.MethodPatch, u, offset, buf[:n])
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
func (c *Client) patch(ctx context.Context, method string, u sync.Upload, offset int64, piece []byte) (next int64, complete bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, pieceLimit)
	defer cancel()
	q := url.Values{"case": {u.Case}, "type": {u.File.Type}, "size": {strconv.FormatInt(u.File.Size, 10)}}
	req, err := http.NewRequestWithContext(ctx, method, c.o.URL+"/sync/v1/files/"+u.File.SHA256+"?"+q.Encode(), bytes.NewReader(piece))
	if err != nil {
		return 0, false, fmt.Errorf("client: the centre's address is not usable: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+c.o.Token)
	req.Header.Set("Content-Type", "application/octet-stream")
	req.Header.Set(sync.HeaderOffset, strconv.FormatInt(offset, 10))
	resp, err := c.files.Do(req)
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
