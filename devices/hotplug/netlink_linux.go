package hotplug

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Groups of the kernel's messages, and of udev's after its rules.
const groups = 1 | 2

// netlink is the socket of the system's messages.
type netlink struct{ f *os.File }

func listen() (source, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		return nil, err
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups}); err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	f := os.NewFile(uintptr(fd), "uevents")
	if err := f.SetReadDeadline(time.Time{}); err != nil { // under the poller: close wakes next
		return nil, errors.Join(err, f.Close())
	}
	return &netlink{f: f}, nil
}

// next passes over what was sent to this program alone: only the system sends
// to the groups.
func (n *netlink) next() (Event, bool, error) {
	raw, err := n.f.SyscallConn()
	if err != nil {
		return Event{}, false, err
	}
	b := make([]byte, 16<<10)
	for {
		var size int
		var from unix.Sockaddr
		var recvErr error
		err := raw.Read(func(fd uintptr) bool {
			size, from, recvErr = unix.Recvfrom(int(fd), b, 0)
			return !errors.Is(recvErr, unix.EAGAIN)
		})
		switch {
		case err != nil:
			return Event{}, false, err
		case errors.Is(recvErr, unix.ENOBUFS):
			return Event{}, true, nil
		case errors.Is(recvErr, unix.EINTR):
			continue
		case recvErr != nil:
			return Event{}, false, recvErr
		}
		if sender, ok := from.(*unix.SockaddrNetlink); !ok || sender.Groups&groups == 0 {
			continue
		}
		if e, ok := Parse(b[:size]); ok {
			return e, false, nil
		}
	}
}

func (n *netlink) close() error { return n.f.Close() }
