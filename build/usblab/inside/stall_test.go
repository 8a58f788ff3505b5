package inside

import (
	"testing"
	"time"

	"hallway/devices/port"
)

// stalled writes to a printer that takes no more bytes: the write ends by its
// time-out and says how much went out.
func stalled(t *testing.T, p port.Port) {
	t.Helper()
	if err := p.SetWriteTimeout(300 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	long := make([]byte, 1<<20)
	n, err := p.Write(long)
	if port.CodeOf(err) != port.Timeout || n == len(long) {
		t.Errorf("a printer that takes nothing: %d bytes, %v", n, err)
	}
}
