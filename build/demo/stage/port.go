package stage

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// Ports below those that systems give to outgoing connections (Linux from 32768,
// Windows from 49152): a port of a program that was killed is still free when it
// starts again.
const lowestPort, beyondPort = 15000, 32000

// Listen opens a free port of this machine that no outgoing connection is given.
func Listen() (net.Listener, error) { return listenIn(lowestPort, beyondPort) }

// listenIn opens a free port from one on and below another.
func listenIn(from, below int) (net.Listener, error) {
	var last error
	for range 200 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", from+rand.IntN(below-from)))
		if err == nil {
			return l, nil
		}
		last = err
	}
	return nil, fmt.Errorf("no free port from %d to %d: %w", from, below, last)
}

// FreePort is a port that Listen could open a moment ago.
func FreePort() (int, error) {
	l, err := Listen()
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// blockSize is how many ports a hall has to choose from: more than it needs.
const blockSize = 200

// block is a range of ports that no other hall of this machine chooses from while
// it is held: between the choice of a port and the start of its program, and while
// a line is cut, nobody listens there.
type block struct {
	from, below int
	lock        *os.File // nil: blocks cannot be held here, and ports are only likely to differ
}

// holdBlock holds the block of a port (0: any one). A process that ends lets go.
func holdBlock(port int) (block, error) {
	dir := filepath.Join(os.TempDir(), "hallway-ports")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return block{}, err
	}
	const blocks = (beyondPort - lowestPort) / blockSize
	first, tries := rand.IntN(blocks), blocks
	if port >= lowestPort && port < lowestPort+blocks*blockSize {
		first, tries = (port-lowestPort)/blockSize, 1
	}
	for i := range tries {
		n := (first + i) % blocks
		f, err := os.OpenFile(filepath.Join(dir, strconv.Itoa(n)), os.O_CREATE|os.O_RDWR, 0o666)
		if err != nil {
			return block{}, err
		}
		if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
			from := lowestPort + n*blockSize
			return block{from: from, below: from + blockSize, lock: f}, nil
		}
		if err = f.Close(); err != nil {
			return block{}, err
		}
	}
	return block{}, errors.New("every range of ports is held by other halls")
}
