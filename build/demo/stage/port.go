package stage

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports below those that systems give to outgoing connections (Linux from 32768,
// Windows from 49152): a port of a program that was killed is still free when it
// starts again.
const lowestPort, beyondPort = 15000, 32000

// Listen opens a free port of this machine that no outgoing connection is given.
func Listen() (net.Listener, error) {
	var last error
	for range 200 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", lowestPort+rand.IntN(beyondPort-lowestPort)))
		if err == nil {
			return l, nil
		}
		last = err
	}
	return nil, fmt.Errorf("no free port from %d to %d: %w", lowestPort, beyondPort, last)
}

// FreePort is a port that Listen could open a moment ago.
func FreePort() (int, error) {
	l, err := Listen()
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}
