package store

import (
	"bufio"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"hallway/app/hall"
	"hallway/sync"
)

// Files of materials are kept under files/SHA256 in the data folder until the
// centre has them: encrypted in segments (AES-256-GCM) under a key of their
// own, which is sealed with the terminal's key file. A segment knows its place
// and whether it is the last, so that nothing can be cut off or moved unseen.
const (
	fileMagic   = "hallway-file 1\n"
	fileSegment = 64 << 10
	fileKeySize = 32
)

func (s *Store) filesDir() string { return filepath.Join(s.opt.Dir, "files") }

func (s *Store) filePath(sha string) string { return filepath.Join(s.filesDir(), sha) }

// PutFile keeps a file: when it returns, the file is on disk, encrypted, and
// known by its digest. mediaType is what it was declared as, "" for unknown;
// its first bytes decide (hall.SniffFile). limit 0 is hall.MaxFileBytes.
// CodeFileType, CodeFileSize. Until HandIn names it, nothing is sent, and after
// a day it is forgotten.
func (s *Store) PutFile(ctx context.Context, r io.Reader, mediaType string, limit int64) (hall.File, error) {
	if limit <= 0 || limit > hall.MaxFileBytes {
		limit = hall.MaxFileBytes
	}
	in := bufio.NewReaderSize(&limited{ctx: ctx, r: r, left: limit}, fileSegment)
	head, err := in.Peek(hall.FileSniff)
	if err != nil && !errors.Is(err, io.EOF) {
		return hall.File{}, disk("read the file", err)
	}
	if len(head) == 0 {
		return hall.File{}, fail(CodeFileSize, "the file is empty", "scan it again", nil)
	}
	f := hall.File{}
	var ok bool
	if f.Type, ok = hall.SniffFile(head, mediaType); !ok {
		return hall.File{}, fail(CodeFileType, "this is no file that can be a material", "save it as PDF, JPEG, PNG, TIFF, OFD or XML", nil)
	}
	if err := os.MkdirAll(s.filesDir(), 0o700); err != nil {
		return hall.File{}, disk("make the folder of files", err)
	}
	tmp, err := os.CreateTemp(s.filesDir(), ".new-*")
	if err != nil {
		return hall.File{}, disk("keep the file", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // renamed, when all went well
	f.SHA256, f.Size, err = s.encrypt(tmp, in)
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return hall.File{}, disk("keep the file", err)
	}
	s.filesMu.RLock() // nobody forgets it between its name and its row
	defer s.filesMu.RUnlock()
	if err := os.Rename(tmp.Name(), s.filePath(f.SHA256)); err != nil {
		return hall.File{}, disk("keep the file", err)
	}
	syncDir(s.filesDir())
	return f, s.write(ctx, func(t *tx) error {
		return t.exec("INSERT INTO files (sha256, type, size, created) VALUES (?, ?, ?, ?) ON CONFLICT (sha256) DO UPDATE SET created = excluded.created",
			f.SHA256, f.Type, f.Size, s.nowMilli())
	})
}

// limited reads at most left bytes and says so when there are more.
type limited struct {
	ctx  context.Context
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if err := l.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left+1)])
	if l.left -= int64(n); l.left < 0 {
		return 0, fail(CodeFileSize, "the file is too large", "scan it with fewer dots per inch, or in parts", nil)
	}
	return n, err
}

// encrypt writes what in gives, and tells the digest and length of the plain
// bytes.
func (s *Store) encrypt(out io.Writer, in *bufio.Reader) (sha string, size int64, err error) {
	key := make([]byte, fileKeySize)
	if _, err := rand.Read(key); err != nil {
		return "", 0, err
	}
	aead, err := segmentCipher(key)
	if err != nil {
		return "", 0, err
	}
	sealed := s.box.aead.Seal(nil, nil, key, []byte(fileMagic))
	clear(key)
	if _, err := out.Write(append([]byte(fileMagic), sealed...)); err != nil {
		return "", 0, err
	}
	digest := sha256.New()
	buf, ct := make([]byte, fileSegment), make([]byte, 0, fileSegment+64)
	defer clear(buf)
	for n := uint64(0); ; n++ {
		got, err := io.ReadFull(in, buf)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return "", 0, err
		}
		_, end := in.Peek(1)
		last := end != nil
		digest.Write(buf[:got])
		size += int64(got)
		if _, err := out.Write(aead.Seal(ct[:0], nil, buf[:got], segmentName(n, last))); err != nil {
			return "", 0, err
		}
		if !last {
			continue
		}
		if !errors.Is(end, io.EOF) {
			return "", 0, end
		}
		return hex.EncodeToString(digest.Sum(nil)), size, nil
	}
}

func segmentCipher(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func segmentName(n uint64, last bool) []byte {
	name := binary.BigEndian.AppendUint64(nil, n)
	if last {
		return append(name, 1)
	}
	return append(name, 0)
}

// OpenFile opens a file that is kept here, decrypted. It can be read from any
// place (io.Seeker), as an upload that goes on does. CodeUnknownFile: it was
// never here, or the centre has had it for a day and longer.
func (s *Store) OpenFile(ctx context.Context, sha string) (io.ReadCloser, hall.File, error) {
	r, f, err := s.FileReader(ctx, sha)
	if err != nil {
		return nil, f, err
	}
	return r, f, nil
}

// FileReader is OpenFile with the type that can seek.
func (s *Store) FileReader(ctx context.Context, sha string) (*FileReader, hall.File, error) {
	f := hall.File{SHA256: sha}
	err := s.readers.Load().QueryRowContext(ctx, "SELECT type, size FROM files WHERE sha256 = ?", sha).Scan(&f.Type, &f.Size)
	unknown := func(err error) error {
		return fail(CodeUnknownFile, "this file is not kept here", "ask the centre for it", errors.Join(sync.ErrFileLost, err))
	}
	if isNoRows(err) {
		return nil, f, unknown(nil)
	}
	if err != nil {
		return nil, f, disk("look the file up", err)
	}
	file, err := os.Open(s.filePath(sha))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, f, unknown(err)
	}
	if err != nil {
		return nil, f, disk("open the file", err)
	}
	r, err := s.newFileReader(file, f.Size)
	if err != nil {
		return nil, f, errors.Join(err, file.Close())
	}
	return r, f, nil
}

// FileReader reads a kept file. It is for one goroutine.
type FileReader struct {
	file   *os.File
	aead   cipher.AEAD
	head   int64 // bytes before the first segment
	size   int64
	at     int64
	plain  []byte // the segment that was read last
	number int64  // of it
}

func (s *Store) newFileReader(file *os.File, size int64) (*FileReader, error) {
	sealed := make([]byte, fileKeySize+s.box.aead.Overhead())
	head := make([]byte, len(fileMagic)+len(sealed))
	if _, err := io.ReadFull(file, head); err != nil {
		return nil, damaged(err)
	}
	copy(sealed, head[len(fileMagic):])
	key, err := s.box.aead.Open(nil, nil, sealed, []byte(fileMagic))
	if err != nil || string(head[:len(fileMagic)]) != fileMagic {
		return nil, damaged(err)
	}
	defer clear(key)
	aead, err := segmentCipher(key)
	if err != nil {
		return nil, damaged(err)
	}
	return &FileReader{file: file, aead: aead, head: int64(len(head)), size: size, number: -1}, nil
}

func damaged(err error) error {
	return fail(CodeFileDamaged, "the file on this disk is damaged, or was brought from another machine", "scan it again", errors.Join(sync.ErrFileLost, err))
}

// Read implements io.Reader.
func (r *FileReader) Read(p []byte) (int, error) {
	if r.at >= r.size {
		return 0, io.EOF
	}
	n := r.at / fileSegment
	if n != r.number {
		if err := r.segment(n); err != nil {
			return 0, err
		}
	}
	got := copy(p, r.plain[r.at-n*fileSegment:])
	r.at += int64(got)
	return got, nil
}

func (r *FileReader) segment(n int64) error {
	length := min(int64(fileSegment), r.size-n*fileSegment)
	sealed := make([]byte, length+int64(r.aead.Overhead()))
	if _, err := r.file.ReadAt(sealed, r.head+n*int64(fileSegment+r.aead.Overhead())); err != nil {
		return damaged(err)
	}
	last := (n+1)*fileSegment >= r.size
	plain, err := r.aead.Open(sealed[:0:0], nil, sealed, segmentName(uint64(n), last))
	if err != nil {
		return damaged(err)
	}
	clear(r.plain)
	r.plain, r.number = plain, n
	return nil
}

// Seek implements io.Seeker.
func (r *FileReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return r.at, fmt.Errorf("store: cannot seek before the file's beginning")
	}
	r.at = offset
	return offset, nil
}

// Close implements io.Closer.
func (r *FileReader) Close() error {
	clear(r.plain)
	return r.file.Close()
}
