package terminal

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"hallway/app/hall"
	"hallway/app/store"
)

// MaxFile is the largest file that a counter hands in.
const MaxFile = hall.MaxFileBytes

// fileTypes are what a page may say that a file is; its first bytes decide.
var fileTypes = []string{"application/pdf", "image/jpeg", "image/png", "image/tiff", "application/ofd", "text/xml", "application/xml",
	"application/octet-stream"}

// FileType reports whether a file that is said to be of a media type is looked
// at at all.
func FileType(mediaType string) bool { return slices.Contains(fileTypes, mediaType) }

// source is a file that is coming, and whether it broke off.
type source struct {
	io.Reader
	broken error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && err != io.EOF {
		s.broken = err
	}
	return n, err
}

// HandInFile hands a file in for a material of the case in hand. When it
// returns without an error the file and its operation are on disk; of a file
// that broke off nothing is left.
func (c *Counter) HandInFile(ctx context.Context, material, mediaType string, r io.Reader) error {
	return c.handInFile(ctx, "", material, mediaType, r)
}

// handInFile hands a file in for a material of one case, which is in hand; "": of
// whichever is.
func (c *Counter) handInFile(ctx context.Context, kase, material, mediaType string, r io.Reader) error {
	s := c.signedIn()
	if s == nil {
		return Fail(http.StatusForbidden, "not_signed_in")
	}
	if c.desk.store == nil {
		return errNoDesk()
	}
	before, ok := c.inHand(c.state(), s)
	if !ok || kase != "" && before.ID != kase {
		return refused(deny("no_case"))
	}
	if a := c.handInAct(before, material); !a.Allowed {
		return refused(a)
	}
	// Slow, and so not while other acts wait.
	in := &source{Reader: r}
	file, err := c.desk.store.PutFile(ctx, in, mediaType, MaxFile)
	if err != nil {
		return c.fileProblem(err, in)
	}
	return c.work(func(k caseState) error {
		if k.ID != before.ID {
			return refused(deny("no_case")) // it was put out of the hand meanwhile
		}
		if a := c.handInAct(k, material); !a.Allowed {
			return refused(a)
		}
		_, err := c.desk.store.HandIn(context.WithoutCancel(ctx), Draft{Kind: hall.HandIn, Entity: k.ID, Actor: staffActor(k.staff),
			Body: hall.HandInBody{Material: material, Way: hall.MethodUpload, File: file}}, file)
		if err != nil {
			return c.storeProblem(err, hall.HandIn)
		}
		return nil
	})
}

// fileProblem is a Problem for a file that could not be kept.
func (c *Counter) fileProblem(err error, in *source) error {
	var large *http.MaxBytesError
	switch {
	case errors.As(in.broken, &large):
		return in.broken
	case in.broken != nil:
		c.Logger.Info("a file broke off", "err", in.broken)
		return Fail(http.StatusBadRequest, "file_broken")
	}
	switch code := store.CodeOf(err); code {
	case store.CodeFileType:
		return Fail(http.StatusUnsupportedMediaType, code)
	case store.CodeFileSize:
		return Fail(http.StatusRequestEntityTooLarge, code, "max", itoa(MaxFile>>20))
	}
	return c.storeProblem(err, hall.HandIn)
}

// scanFolder is the folder that the document scanner writes into. It may lie on
// another machine and hang: nobody waits for it but its own reader.
type scanFolder struct {
	dir     string
	at      time.Time // when its reading began
	list    []ScanFile
	reading bool
	taken   int // files handed in: a list that was begun before is not believed
	failed  bool
}

// folderShown and folderEvery: how much of the folder is shown, how often it is
// looked at.
const (
	folderShown = 20
	folderEvery = 2 * time.Second
)

// scanList is the newest files of the folder, as far as it was read; the rest
// shows itself. What is no plain file of a type that can be handed in is not
// there.
func (c *Counter) scanList() []ScanFile {
	c.desk.mu.Lock()
	defer c.desk.mu.Unlock()
	f := &c.desk.scans
	now := c.Clock()
	if f.dir != "" && !f.reading && (f.list == nil || now.Sub(f.at) >= folderEvery || now.Before(f.at)) {
		f.reading, f.at = true, now
		taken := f.taken
		c.spawn(func(ctx context.Context) { c.lookIntoFolder(ctx, taken) })
	}
	return append([]ScanFile{}, f.list...)
}

// lookIntoFolder reads the folder once. A folder that hangs keeps its reader,
// and nothing else: not the desk, and not the end of the program.
func (c *Counter) lookIntoFolder(ctx context.Context, taken int) {
	type found struct {
		list []ScanFile
		err  error
	}
	done := make(chan found, 1)
	go func() {
		list, err := readScanFolder(c.desk.scans.dir)
		done <- found{list, err}
	}()
	var got found
	select {
	case got = <-done:
	case <-ctx.Done():
		return
	}
	c.desk.mu.Lock()
	f := &c.desk.scans
	if got.err != nil && !f.failed {
		c.Logger.Warn("the scan folder cannot be read ([counter] scans of the configuration)", "err", got.err)
	}
	news := !slices.Equal(f.list, got.list)
	f.reading, f.failed = false, got.err != nil
	if f.taken == taken {
		f.list = got.list
	} else {
		f.at, news = time.Time{}, true // read it again
	}
	c.desk.mu.Unlock()
	if news {
		c.changed()
	}
}

// tookScan takes a file that was handed in off the list.
func (c *Counter) tookScan(name string) {
	c.desk.mu.Lock()
	defer c.desk.mu.Unlock()
	f := &c.desk.scans
	f.taken++
	f.list = slices.DeleteFunc(f.list, func(s ScanFile) bool { return s.Name == name })
	f.at = time.Time{}
}

func readScanFolder(dir string) ([]ScanFile, error) {
	list := []ScanFile{}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return list, err
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return list, err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || info.Size() == 0 || info.Size() > MaxFile || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		list = append(list, ScanFile{Name: e.Name(), Size: info.Size(), At: info.ModTime().In(hall.Zone).Truncate(time.Second)})
	}
	slices.SortFunc(list, func(a, b ScanFile) int {
		if n := b.At.Compare(a.At); n != 0 {
			return n
		}
		return strings.Compare(a.Name, b.Name)
	})
	shown := []ScanFile{}
	for _, s := range list {
		if len(shown) == folderShown {
			break
		}
		if s.Type = sniffScan(root, s.Name); s.Type != "" {
			shown = append(shown, s)
		}
	}
	return shown, nil
}

// sniffScan is the type of a file by its content, "" of what cannot be handed
// in.
func sniffScan(root *os.Root, name string) string {
	f, err := root.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	head := make([]byte, hall.FileSniff)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return ""
	}
	kind, _ := hall.SniffFile(head[:n], "")
	return kind
}

// HandInScan hands a file of the scan folder in, and takes it out of the folder
// once it is kept.
func (c *Counter) HandInScan(ctx context.Context, r ScanFileRequest) error {
	unknown := Fail(http.StatusNotFound, "scan_unknown")
	if c.desk.scans.dir == "" || strings.ContainsAny(r.Name, `/\`) || !fs.ValidPath(r.Name) || r.Name == "." {
		return unknown
	}
	root, err := os.OpenRoot(c.desk.scans.dir)
	if err != nil {
		c.Logger.Warn("the scan folder cannot be read ([counter] scans of the configuration)", "err", err)
		return unknown
	}
	defer root.Close()
	info, err := root.Lstat(r.Name)
	if err != nil || !info.Mode().IsRegular() {
		return unknown
	}
	kind := sniffScan(root, r.Name)
	if kind == "" {
		return Fail(http.StatusUnsupportedMediaType, "file_type")
	}
	f, err := root.Open(r.Name)
	if err != nil {
		return unknown
	}
	err = c.HandInFile(ctx, r.Material, kind, f)
	f.Close() //nolint:errcheck // it was only read
	if err != nil {
		return err
	}
	if err := root.Remove(r.Name); err != nil {
		c.Logger.Warn("a file that was handed in stays in the scan folder", "err", errors.Unwrap(err))
	}
	c.tookScan(r.Name)
	c.show()
	return nil
}

// OpenFile opens a file of the case in hand for looking at: the one that is kept
// here, or else the centre's; nothing is kept of it.
func (c *Counter) OpenFile(ctx context.Context, sha256 string) (io.ReadCloser, hall.File, error) {
	s := c.signedIn()
	if s == nil {
		return nil, hall.File{}, Fail(http.StatusForbidden, "not_signed_in")
	}
	k, ok := c.inHand(c.state(), s)
	file, known := fileOf(k.Case, sha256)
	if !ok || !known {
		return nil, hall.File{}, Fail(http.StatusNotFound, "file_unknown")
	}
	r, kept, err := c.desk.store.OpenFile(ctx, sha256)
	if err == nil {
		return r, kept, nil
	}
	if c.desk.centre == nil || !c.online() {
		return nil, hall.File{}, Fail(http.StatusServiceUnavailable, "centre_unreachable")
	}
	r, _, err = c.desk.centre.File(ctx, sha256, s.Token)
	return r, file, err
}

// fileOf finds a file among the attempts of a case.
func fileOf(k hall.Case, sha256 string) (hall.File, bool) {
	for _, m := range k.Materials {
		for _, a := range m.Attempts {
			if a.File.SHA256 == sha256 && sha256 != "" {
				return a.File, true
			}
		}
	}
	return hall.File{}, false
}
