package espeak

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// cardWait is how long another program may speak before nobody waits for it any
// more; lookEvery is between looks.
const (
	cardWait  = 2 * time.Minute
	lookEvery = 30 * time.Millisecond
)

// takeCard waits until no other program of ours speaks. It locks the card's own
// control node, or a file of this user where that cannot be opened; whoever
// dies lets go.
func takeCard(ctx context.Context, path string) (release func(), err error) {
	f, err := openCard(path)
	if err != nil {
		return func() {}, nil // nobody to agree with
	}
	release = func() { _ = f.Close() }
	end := time.NewTimer(cardWait)
	defer end.Stop()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			return release, nil
		}
		select {
		case <-tick.C:
		case <-end.C:
			return release, nil
		case <-ctx.Done():
			release()
			return func() {}, ctx.Err()
		}
	}
}

func openCard(path string) (*os.File, error) {
	if path != "" {
		return os.OpenFile(path, os.O_RDONLY|os.O_CREATE, 0o600)
	}
	nodes, _ := filepath.Glob("/dev/snd/controlC*") // sorted: everybody takes the first
	if len(nodes) > 0 {
		if f, err := os.Open(nodes[0]); err == nil {
			return f, nil
		}
	}
	return os.OpenFile(filepath.Join(os.TempDir(), fmt.Sprintf("hallway-sound-%d.lock", os.Getuid())), os.O_RDONLY|os.O_CREATE, 0o600)
}
