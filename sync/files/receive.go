package files

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// Piece is a part of a file on its way from a terminal.
type Piece struct {
	File   hall.File // as announced
	Owner  string    // who sends it
	Offset int64
	Data   []byte
}

func problem(code, message, hint string) *sync.Problem {
	return &sync.Problem{Code: code, Message: message, Hint: hint}
}

func notHere(received int64) *sync.Problem {
	return problem(sync.ProblemFileOffset, fmt.Sprintf("the next piece begins at %d", received), "ask how far the file is, and go on from there")
}

func badType() *sync.Problem {
	return problem(sync.ProblemFileType, "the content is not a type of material, or not what was declared", "save it as PDF, JPEG, PNG, TIFF, OFD or XML and hand it in again")
}

func badDigest() *sync.Problem {
	return problem(sync.ProblemFileDigest, "what arrived does not have the digest that was announced; it was dropped", "send it again from the beginning")
}

func (s *Store) badSize() *sync.Problem {
	return problem(sync.ProblemFileSize, fmt.Sprintf("a file has between 1 and %d bytes", s.limit), "scan it with fewer dots per inch, or in parts")
}

// announced checks what a sender says of a file before any of it comes.
func (s *Store) announced(f hall.File) error {
	switch raw, err := hex.DecodeString(f.SHA256); {
	case err != nil || len(raw) != sha256.Size || hex.EncodeToString(raw) != f.SHA256:
		return problem(sync.ProblemInvalid, "the name of a file is its SHA-256 in small hex digits", "correct the client")
	case f.Size < 1 || f.Size > s.limit:
		return s.badSize()
	case !slices.Contains(hall.FileTypes(), f.Type):
		return badType()
	}
	return nil
}

// Offset says how much of a file has come from a sender, and whether the file
// is there whole, from whoever it came.
func (s *Store) Offset(ctx context.Context, sha, owner string) (offset int64, whole bool, err error) {
	f, whole, err := s.Has(ctx, sha)
	if err != nil || whole {
		return f.Size, whole, err
	}
	b, err := s.find(ctx, s.read, `sha256 = $1 AND owner = $2`, sha, owner)
	if err != nil || b == nil {
		return 0, false, err
	}
	return b.received, false, nil
}

// Append makes the next piece of a file durable, and says how much is there
// now. FILE_OFFSET when it is not the next: Offset says which is. A piece of a
// file that is there whole changes nothing.
func (s *Store) Append(ctx context.Context, p Piece) (offset int64, err error) {
	if err := s.announced(p.File); err != nil {
		return 0, err
	}
	if f, whole, err := s.Has(ctx, p.File.SHA256); err != nil || whole {
		return f.Size, err
	}
	last := p.Offset+int64(len(p.Data)) == p.File.Size
	if p.Offset < 0 || p.Offset%sync.FileChunk != 0 && len(p.Data) > 0 || len(p.Data) > sync.FileChunk || !last && len(p.Data) < sync.FileChunk {
		return 0, problem(sync.ProblemInvalid, "pieces begin at multiples of their length and are whole", "correct the client")
	}
	if p.Offset == 0 {
		if err := fits(p.Data, p.File.Type); err != nil {
			return 0, err
		}
		if err := s.makeRoom(ctx, p.Owner); err != nil {
			return 0, err
		}
		if s.now()-s.swept.Load() > (24 * time.Hour).Microseconds() {
			if err := s.Sweep(ctx); err != nil {
				return 0, err
			}
		}
	}
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		b, err := s.find(ctx, tx, `sha256 = $1 AND owner = $2`, p.File.SHA256, p.Owner)
		if err != nil {
			return err
		}
		if b == nil && p.Offset == 0 {
			if b, err = s.newBlob(ctx, tx, p.File, p.Owner); err != nil {
				return err
			}
		}
		switch {
		case b == nil:
			return notHere(0)
		case b.file != p.File:
			return problem(sync.ProblemInvalid, "the file was announced with another type or length", "announce it as before")
		case b.received != p.Offset:
			return notHere(b.received)
		}
		if len(p.Data) > 0 {
			err = s.addPiece(ctx, tx, b, p.Data)
		}
		offset = b.received
		return err
	})
	return offset, err
}

func fits(head []byte, mediaType string) error {
	if got, ok := hall.SniffFile(head, mediaType); !ok || got != mediaType {
		return badType()
	}
	return nil
}

// makeRoom drops a sender's oldest unfinished files when there are too many.
func (s *Store) makeRoom(ctx context.Context, owner string) error {
	all, err := s.ids(ctx, `SELECT id FROM file_blob WHERE owner = $1 AND id NOT IN (SELECT blob FROM file_stored) ORDER BY touched_us`, owner)
	if err != nil {
		return err
	}
	for len(all) >= maxUnfinished {
		if err := s.drop(ctx, all[0]); err != nil {
			return err
		}
		all = all[1:]
	}
	return nil
}

// Finish stores a file of which everything has come: it is read back, and its
// digest must be the one announced; otherwise FILE_DIGEST, and the sender's
// pieces are dropped. Done twice it is done once.
func (s *Store) Finish(ctx context.Context, sha, owner string) (hall.File, error) {
	if f, whole, err := s.Has(ctx, sha); err != nil || whole {
		return f, err
	}
	b, err := s.find(ctx, s.read, `sha256 = $1 AND owner = $2`, sha, owner)
	if err != nil {
		return hall.File{}, err
	}
	if b == nil || b.received < b.file.Size {
		var received int64
		if b != nil {
			received = b.received
		}
		return hall.File{}, notHere(received)
	}
	digest := sha256.New()
	for n := range (b.file.Size + sync.FileChunk - 1) / sync.FileChunk {
		data, err := s.piece(ctx, b, n)
		if err != nil {
			return hall.File{}, err
		}
		digest.Write(data)
	}
	if hex.EncodeToString(digest.Sum(nil)) != sha {
		return hall.File{}, errors.Join(badDigest(), s.drop(ctx, b.id))
	}
	return s.settle(ctx, b)
}

// settle makes a content the file of its digest; a second one is dropped.
func (s *Store) settle(ctx context.Context, b *blob) (hall.File, error) {
	first := false
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO file_stored (sha256, blob, media_type, size, stored_us) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
			b.file.SHA256, b.id, b.file.Type, b.file.Size, s.now())
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		first = n == 1
		return err
	})
	if err != nil {
		return hall.File{}, err
	}
	if !first {
		if f, whole, err := s.Has(ctx, b.file.SHA256); err != nil || whole {
			return f, errors.Join(err, s.dropOther(ctx, b))
		}
	}
	return b.file, nil
}

// dropOther drops a content that is not the stored one.
func (s *Store) dropOther(ctx context.Context, b *blob) error {
	var id string
	if err := s.read.QueryRowContext(ctx, `SELECT blob FROM file_stored WHERE sha256 = $1`, b.file.SHA256).Scan(&id); err != nil || id == b.id {
		return err
	}
	return s.drop(ctx, b.id)
}

// Put stores a file from within the centre: a call-back's body, a generated
// paper. mediaType is what it was declared as, "" for unknown; want is its
// digest, "" for unknown. FILE_TYPE, FILE_SIZE, FILE_DIGEST; then nothing is
// kept of it.
func (s *Store) Put(ctx context.Context, r io.Reader, mediaType, want string) (hall.File, error) {
	var raw [12]byte
	if _, err := rand.Read(raw[:]); err != nil {
		return hall.File{}, fmt.Errorf("files: random: %w", err)
	}
	b, err := s.take(ctx, io.LimitReader(r, s.limit+1), mediaType, "put/"+hex.EncodeToString(raw[:]))
	if err == nil {
		switch {
		case b.received > s.limit:
			err = s.badSize()
		case want != "" && want != b.file.SHA256:
			err = badDigest()
		}
	}
	if err != nil {
		if b != nil {
			err = errors.Join(err, s.drop(context.WithoutCancel(ctx), b.id))
		}
		return hall.File{}, err
	}
	return s.settle(ctx, b)
}

// take stores what r gives; the content is returned as far as it got.
func (s *Store) take(ctx context.Context, r io.Reader, mediaType, owner string) (*blob, error) {
	var b *blob
	digest := sha256.New()
	buf := make([]byte, sync.FileChunk)
	for {
		n, err := io.ReadFull(r, buf)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return b, fmt.Errorf("files: the file ended in the middle: %w", err)
		}
		if n > 0 {
			if b, err = s.takePiece(ctx, b, buf[:n], mediaType, owner); err != nil {
				return b, err
			}
			digest.Write(buf[:n])
		}
		if n == len(buf) {
			continue
		}
		if b == nil {
			return nil, s.badSize()
		}
		b.file.SHA256, b.file.Size = hex.EncodeToString(digest.Sum(nil)), b.received
		_, err = s.write.ExecContext(ctx, `UPDATE file_blob SET sha256 = $1, size = $2 WHERE id = $3`, b.file.SHA256, b.file.Size, b.id)
		if err != nil {
			return b, fmt.Errorf("files: %w", err)
		}
		return b, nil
	}
}

func (s *Store) takePiece(ctx context.Context, b *blob, data []byte, mediaType, owner string) (*blob, error) {
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		made := b
		if made == nil {
			got, ok := hall.SniffFile(bytes.Clone(data[:min(len(data), hall.FileSniff)]), mediaType)
			if !ok {
				return badType()
			}
			var err error
			if made, err = s.newBlob(ctx, tx, hall.File{SHA256: "", Type: got}, owner); err != nil {
				return err
			}
		}
		if err := s.addPiece(ctx, tx, made, data); err != nil {
			return err
		}
		b = made
		return nil
	})
	return b, err
}
