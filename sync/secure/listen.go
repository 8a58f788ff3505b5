package secure

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	gosync "sync"
	"sync/atomic"
	"syscall"
)

// errDeaf: the other end does not read.
var errDeaf = errors.New("secure: the other end does not read")

// Listener takes connections of TLS.
func (s *Server) Listener(inner net.Listener) net.Listener {
	return tls.NewListener(socketListener{inner}, s.base)
}

type socketListener struct{ net.Listener }

func (l socketListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return conn, nil
	}
	return &socket{TCPConn: tcp}, nil
}

// socket is a connection under TLS that can be told not to wait.
type socket struct {
	*net.TCPConn
	instant atomic.Pointer[instant]
}

// instant writes at once or not at all.
type instant struct {
	mu    gosync.Mutex
	raw   syscall.RawConn
	write func(fd uintptr, b []byte) (int, error)
}

// Write waits for the other end, until Instant.
func (s *socket) Write(b []byte) (n int, err error) {
	now := s.instant.Load()
	if now == nil {
		return s.TCPConn.Write(b)
	}
	now.mu.Lock()
	defer now.mu.Unlock()
	err1 := now.raw.Write(func(fd uintptr) bool {
		n, err = now.write(fd, b)
		return true
	})
	n = max(n, 0)
	switch {
	case err1 != nil:
		return n, err1
	case err != nil:
		return n, errors.Join(errDeaf, err)
	case n < len(b):
		return n, errors.Join(errDeaf, io.ErrShortWrite)
	}
	return n, nil
}

// Instant makes all writes to a connection of a Listener give up instead of
// waiting for the other end; write does one of a plain socket. The connection
// that lies under it is returned, for who waits for its end; nil: it is another
// connection.
func Instant(conn net.Conn, write func(fd uintptr, b []byte) (int, error)) syscall.RawConn {
	t, ok := conn.(*tls.Conn)
	if !ok {
		return nil
	}
	s, ok := t.NetConn().(*socket)
	if !ok {
		return nil
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return nil
	}
	s.instant.Store(&instant{raw: raw, write: write})
	return raw
}
