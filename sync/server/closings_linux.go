package server

import (
	"os"
	gosync "sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// unackedWithin is how long what was sent may stay unacknowledged before the
// kernel gives a connection up: the terminal lost its power or its line.
const unackedWithin = 40 * time.Second

const canWriteSocket = true

// writeSocket writes without waiting: net's sockets never block.
func writeSocket(fd uintptr, b []byte) (int, error) {
	for {
		n, err := syscall.Write(int(fd), b)
		if err != syscall.EINTR {
			return n, err
		}
	}
}

// closings finds terminals that went away, by one goroutine for all of them: an
// epoll set that itself waits in Go's poller.
type closings struct {
	found func(*stream)
	mu    gosync.Mutex
	file  *os.File // nil: cannot be had, or ended
	next  uint64
	of    map[uint64]*stream
	ids   map[*stream]uint64
}

func newClosings(start func(func()), found func(*stream)) *closings {
	c := &closings{found: found, of: map[uint64]*stream{}, ids: map[*stream]uint64{}}
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return c
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd) // nothing is in it
		return c
	}
	c.file = os.NewFile(uintptr(fd), "closings")
	raw, err := c.file.SyscallConn()
	if err != nil {
		_ = c.file.Close() // nothing is in it
		c.file = nil
		return c
	}
	start(func() { c.run(raw) })
	return c
}

// add watches a stream; false: somebody else has to.
func (c *closings) add(st *stream) bool {
	if st.raw == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.file == nil {
		return false
	}
	set, err := c.file.SyscallConn()
	if err != nil {
		return false
	}
	c.next++
	id := c.next
	// The identity, not the descriptor: that one may be another's by then.
	ev := unix.EpollEvent{Events: unix.EPOLLRDHUP | unix.EPOLLONESHOT, Fd: int32(uint32(id)), Pad: int32(uint32(id >> 32))}
	failed := false
	add := func(epoll uintptr) {
		err := st.raw.Control(func(fd uintptr) {
			_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(unackedWithin.Milliseconds())) // else the usual quarter of an hour
			failed = unix.EpollCtl(int(epoll), unix.EPOLL_CTL_ADD, int(fd), &ev) != nil
		})
		failed = failed || err != nil
	}
	if set.Control(add) != nil || failed {
		return false
	}
	c.of[id], c.ids[st] = st, id
	return true
}

// forget drops a stream; closing it takes it out of the set.
func (c *closings) forget(st *stream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.of, c.ids[st])
	delete(c.ids, st)
}

// end ends the goroutine.
func (c *closings) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.file != nil {
		_ = c.file.Close() // the set goes with it
		c.file = nil
	}
}

func (c *closings) run(raw syscall.RawConn) {
	events := make([]unix.EpollEvent, 128)
	for {
		n := 0
		err := raw.Read(func(fd uintptr) bool {
			var err error
			n, err = unix.EpollWait(int(fd), events, 0)
			return n > 0 || err != nil && err != unix.EINTR
		})
		if err != nil { // ended
			return
		}
		for _, ev := range events[:max(n, 0)] {
			id := uint64(uint32(ev.Fd)) | uint64(uint32(ev.Pad))<<32
			c.mu.Lock()
			st := c.of[id]
			c.mu.Unlock()
			if st != nil {
				c.found(st)
			}
		}
	}
}
