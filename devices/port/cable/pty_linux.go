package cable

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// ptyEnd is the master of a pseudo-terminal. It holds the other side open too,
// so that the line stays up while no program has it.
type ptyEnd struct {
	link   string
	node   string
	query  string
	master *os.File
	slave  *os.File
	gone   chan struct{}
	once   sync.Once
	taken  bool
}

func openPty(link, query string) (end, error) {
	link, err := filepath.Abs(link)
	if err != nil {
		return nil, err
	}
	if info, err := os.Lstat(link); err == nil && info.Mode()&os.ModeSymlink == 0 {
		return nil, fmt.Errorf("%s exists and is no symbolic link; choose another name", link)
	}
	master, slave, err := pty.Open()
	if err != nil {
		return nil, err
	}
	if master, err = pollable(master); err != nil {
		return nil, errors.Join(err, slave.Close())
	}
	e := &ptyEnd{link: link, node: slave.Name(), query: query, master: master, slave: slave, gone: make(chan struct{})}
	if err := errors.Join(rawMode(slave), place(e.node, link)); err != nil {
		return nil, errors.Join(err, master.Close(), slave.Close())
	}
	return e, nil
}

// pollable gives the same file under the runtime's poller, so that closing it
// wakes its reader, and closes f.
func pollable(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	g := os.NewFile(uintptr(fd), f.Name())
	return g, errors.Join(f.Close(), g.SetDeadline(time.Time{}))
}

// rawMode keeps the line from echoing or changing bytes before a program has
// set it.
func rawMode(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var ioErr error
	err = raw.Control(func(fd uintptr) {
		t, err := unix.IoctlGetTermios(int(fd), unix.TCGETS)
		if err != nil {
			ioErr = err
			return
		}
		t.Iflag, t.Oflag, t.Lflag = unix.IGNPAR, 0, 0
		t.Cflag |= unix.CS8 | unix.CREAD | unix.CLOCAL
		t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
		ioErr = unix.IoctlSetTermios(int(fd), unix.TCSETS, t)
	})
	return errors.Join(err, ioErr)
}

// place points the stable name at the node, at one stroke.
func place(node, link string) error {
	if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
		return err
	}
	tmp := fmt.Sprintf("%s.%d", link, os.Getpid())
	os.Remove(tmp)
	if err := os.Symlink(node, tmp); err != nil {
		return err
	}
	return os.Rename(tmp, link)
}

func (e *ptyEnd) accept() (io.ReadWriteCloser, error) {
	if e.taken {
		<-e.gone // the master failed: nothing more comes until it is pulled
		return nil, os.ErrClosed
	}
	e.taken = true
	return ptyConn{e}, nil
}

func (e *ptyEnd) address() string {
	if e.query != "" {
		return "serial:" + e.link + "?" + e.query
	}
	return "serial:" + e.link + "?baud=115200"
}

func (e *ptyEnd) close() error {
	var err error
	e.once.Do(func() {
		close(e.gone)
		if to, lerr := os.Readlink(e.link); lerr == nil && to == e.node {
			err = os.Remove(e.link)
		}
		err = errors.Join(err, e.slave.Close(), e.master.Close())
	})
	return err
}

// ptyConn reads and writes the master. Closing it ends the reads of its
// session; the line itself stays up until it is pulled.
type ptyConn struct{ e *ptyEnd }

func (c ptyConn) Read(b []byte) (int, error) { return c.e.master.Read(b) }

// Write gives up after a second when no program takes the bytes: they are lost
// and do not surprise the next one.
func (c ptyConn) Write(b []byte) (int, error) {
	if err := c.e.master.SetWriteDeadline(time.Now().Add(time.Second)); err != nil {
		return 0, err
	}
	return c.e.master.Write(b)
}
func (c ptyConn) Close() error { return nil }
