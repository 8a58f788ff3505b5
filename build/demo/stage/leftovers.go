package stage

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// StopLeftovers ends programs of this folder that an earlier run left behind
// (it was killed itself). They are known by their command line.
func StopLeftovers(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	pids, err := programsOf(dir)
	if err != nil {
		return err
	}
	for _, pid := range pids {
		_ = syscall.Kill(pid, syscall.SIGTERM) // gone already is as good
	}
	for range 50 {
		if pids, err = programsOf(dir); err != nil || len(pids) == 0 {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
	for _, pid := range pids {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	return nil
}

// programsOf lists processes whose --config is a file of dir.
func programsOf(dir string) ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		raw, err := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		if err != nil {
			continue // it ended meanwhile
		}
		args := bytes.Split(raw, []byte{0})
		for i := 1; i < len(args); i++ {
			if string(args[i-1]) == "--config" && filepath.Dir(string(args[i])) == dir {
				pids = append(pids, pid)
				break
			}
		}
	}
	return pids, nil
}
