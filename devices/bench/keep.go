package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// keeper writes what came out of a printer into the folder of slips, beside
// the printing, which never waits for the disk.
type keeper struct {
	bench  *Bench
	device string // id
	queue  chan output
}

// output is one piece of paper; files are its contents by their ending.
type output struct {
	n     int
	at    time.Time
	files func() (map[string][]byte, error)
}

func newKeeper(b *Bench, device string) *keeper {
	return &keeper{bench: b, device: device, queue: make(chan output, 64)}
}

// take puts a piece of paper into the queue.
func (k *keeper) take(o output) {
	select {
	case k.queue <- o:
	default:
		k.bench.log.Warn("paper is not kept as a file: the disk is too slow", "device", k.device, "n", o.n)
	}
}

// beside runs a printer and keeps what comes out of it, until ctx ends.
func (k *keeper) beside(ctx context.Context, printer func(context.Context) error) error {
	done := make(chan struct{})
	go func() { // ends with ctx
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case o := <-k.queue:
				if err := k.keep(o); err != nil {
					k.bench.log.Warn("paper is not kept as a file", "device", k.device, "n", o.n, "err", err)
				}
			}
		}
	}()
	err := printer(ctx)
	<-done
	return err
}

func (k *keeper) keep(o output) error {
	dir := k.bench.config.Slips
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	files, err := o.files()
	if err != nil {
		return err
	}
	name := strings.NewReplacer("/", "-", "\\", "-").Replace(k.device)
	base := filepath.Join(dir, fmt.Sprintf("%s-%s-%03d", name, o.at.UTC().Format("20060102-150405"), o.n))
	for ending, data := range files {
		if err := os.WriteFile(base+ending, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
