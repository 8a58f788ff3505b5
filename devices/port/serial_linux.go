package port

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// isPath says whether a serial name is a path whose node can be looked for.
func isPath(name string) bool { return filepath.IsAbs(name) }

// control is a second, non-blocking descriptor on the same node. It does what
// the libraries cannot: an exclusive lock, flow control, reading the settings
// back, telling a hang-up at once, and writing without hanging on a device
// that takes no bytes.
type control struct{ fd int }

// The lock is flock, not TIOCEXCL: it goes with a killed program.
func openControl(path string) (control, error) {
	if staleLink(path) {
		return control{}, unix.ENODEV
	}
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return control{}, err
	}
	ctl := control{fd: fd}
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		ctl.close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return control{}, errLocked
		}
		return control{}, err
	}
	return ctl, nil
}

// staleLink says whether path is a link that a killed simulator left behind, to
// a pseudo-terminal that is somebody else's by now: younger than the link.
func staleLink(path string) bool {
	var link, node unix.Stat_t
	if unix.Lstat(path, &link) != nil || link.Mode&unix.S_IFMT != unix.S_IFLNK {
		return false
	}
	target, err := filepath.EvalSymlinks(path)
	if err != nil || !strings.HasPrefix(target, "/dev/pts/") || unix.Stat(target, &node) != nil {
		return false
	}
	return time.Unix(node.Ctim.Unix()).Sub(time.Unix(link.Mtim.Unix())) > 50*time.Millisecond
}

// settle sets flow control and reads the settings back. A pseudo-terminal
// always has eight bits without parity, so only its speed is compared.
func (c control) settle(path string, cfg SerialConfig) error {
	t, err := unix.IoctlGetTermios(c.fd, unix.TCGETS)
	if err != nil {
		return err
	}
	switch cfg.Flow {
	case "rts":
		t.Cflag |= unix.CRTSCTS
	case "xon":
		t.Iflag |= unix.IXON | unix.IXOFF
	default:
		t.Cflag &^= unix.CRTSCTS
		t.Iflag &^= unix.IXON | unix.IXOFF
	}
	if err := unix.IoctlSetTermios(c.fd, unix.TCSETS, t); err != nil {
		return err
	}
	got, err := unix.IoctlGetTermios(c.fd, unix.TCGETS)
	if err != nil {
		return err
	}
	mask := uint32(unix.CBAUD | unix.CSIZE | unix.CSTOPB | unix.PARENB | unix.PARODD | unix.CRTSCTS)
	if node, err := filepath.EvalSymlinks(path); err == nil && strings.HasPrefix(node, "/dev/pts/") {
		mask = unix.CBAUD
	}
	if got.Cflag&mask != t.Cflag&mask || got.Lflag&unix.ICANON != 0 {
		return errReadBack
	}
	return nil
}

func (c control) hungUp() bool {
	fds := []unix.PollFd{{Fd: int32(c.fd), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, 0)
	return n > 0 && err == nil && fds[0].Revents&(unix.POLLHUP|unix.POLLERR|unix.POLLNVAL) != 0
}

// raised says whether a modem line is up.
func (c control) raised(line string) (bool, error) {
	bits, err := unix.IoctlGetInt(c.fd, unix.TIOCMGET)
	if err != nil {
		return false, fmt.Errorf("this line has no %s: %w", line, err)
	}
	mask := map[string]int{"dsr": unix.TIOCM_DSR, "cts": unix.TIOCM_CTS, "dcd": unix.TIOCM_CAR}[line]
	return bits&mask != 0, nil
}

// write sends b as the device takes it, until the limit or stop. raw is not
// used: the libraries' own writes cannot be interrupted.
func (c control) write(_ rawSerial, b []byte, limit time.Duration, stop <-chan struct{}) (int, error) {
	var deadline time.Time
	if limit > 0 {
		deadline = time.Now().Add(limit)
	}
	sent := 0
	for sent < len(b) {
		select {
		case <-stop:
			return sent, &Error{Code: Closed, Op: "write"}
		default:
		}
		n, err := unix.Write(c.fd, b[sent:])
		if n > 0 {
			sent += n
			continue
		}
		if err != nil && !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR) {
			return sent, err
		}
		if limit > 0 && !time.Now().Before(deadline) {
			return sent, &Error{Code: Timeout, Op: "write"}
		}
		fds := []unix.PollFd{{Fd: int32(c.fd), Events: unix.POLLOUT}}
		if _, err := unix.Poll(fds, 20); err != nil && !errors.Is(err, unix.EINTR) {
			return sent, err
		}
		if fds[0].Revents&(unix.POLLHUP|unix.POLLERR) != 0 {
			return sent, unix.EIO
		}
	}
	return sent, nil
}

// drain waits a little for bytes that are still to be sent, and then throws
// them away: closing a stalled line would wait for them for half a minute.
func (c control) drain(limit time.Duration) {
	for end := time.Now().Add(limit); ; time.Sleep(5 * time.Millisecond) {
		n, err := unix.IoctlGetInt(c.fd, unix.TIOCOUTQ)
		if n == 0 || err != nil {
			return
		}
		if time.Now().After(end) {
			// An error means that the line is gone, and the bytes with it.
			_ = unix.IoctlSetInt(c.fd, unix.TCFLSH, unix.TCOFLUSH)
			return
		}
	}
}

func (c control) close() error { return unix.Close(c.fd) }
