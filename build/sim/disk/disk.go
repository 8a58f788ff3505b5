//go:build linux

package disk

/*
#cgo CFLAGS: -Wall
#include <stdlib.h>
#include "vfs.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"sync/atomic"
	"unsafe"

	_ "github.com/mattn/go-sqlite3" // the SQLite that it stands under
)

// Disk holds the files of one machine.
type Disk struct{ d *C.disk }

// New makes a disk. realSync passes syncs on to the system's disk; without it
// they only say what would have been lost.
func New(realSync bool) *Disk {
	n := C.int(0)
	if realSync {
		n = 1
	}
	return &Disk{C.disk_new(n)}
}

// Close forgets the disk; its files stay. Its processes must be closed.
func (d *Disk) Close() { C.disk_free(d.d) }

// Lie makes syncs do nothing from now on, or do their work again.
func (d *Disk) Lie(lie bool) {
	n := C.int(0)
	if lie {
		n = 1
	}
	C.disk_lie(d.d, n)
}

// Cut cuts the power. Every process must be killed, and have closed its files.
// It returns how many sectors lost something.
func (d *Disk) Cut(seed uint64) (int, error) {
	n := C.disk_cut(d.d, C.ulonglong(seed))
	if n < 0 {
		return 0, errors.New("disk: what was not synced could not be undone")
	}
	return int(n), nil
}

// Process is who uses a disk: what one program opens.
type Process struct {
	p    *C.process
	name string
}

var processes atomic.Int64

// Process makes a VFS of its own.
func (d *Disk) Process() (*Process, error) {
	name := fmt.Sprintf("disk-%d", processes.Add(1))
	c := C.CString(name)
	defer C.free(unsafe.Pointer(c))
	p := C.process_new(d.d, c)
	if p == nil {
		return nil, errors.New("disk: SQLite does not take the VFS")
	}
	return &Process{p, name}, nil
}

// VFS is its name, for the address of a database: "file:…?vfs=NAME".
func (p *Process) VFS() string { return p.name }

// Close takes the VFS away. Its files must be closed.
func (p *Process) Close() error {
	if n := C.process_open(p.p); n > 0 {
		return fmt.Errorf("disk: %d files are open yet", n)
	}
	C.process_free(p.p)
	p.p = nil
	return nil
}

// Kill ends the process: nothing reaches a file any more.
func (p *Process) Kill() { C.process_kill(p.p) }

// KillAfter kills it at its n-th write, cut, sync or deletion from now.
func (p *Process) KillAfter(n int) { C.process_kill_after(p.p, C.long(n)) }

// FailAfter makes its n-th write, cut, sync or deletion from now fail, that one
// only, as a disk does that has one bad moment. What a failed sync was to keep may
// be lost until a later one succeeds.
func (p *Process) FailAfter(n int) { C.process_fail_after(p.p, C.long(n)) }

// Revive is its next start.
func (p *Process) Revive() { C.process_revive(p.p) }

// Dead says whether it was killed.
func (p *Process) Dead() bool { return C.process_dead(p.p) != 0 }

// Steps counts its writes, cuts, syncs and deletions.
func (p *Process) Steps() int { return int(C.process_steps(p.p)) }

// Failed counts what FailAfter made fail.
func (p *Process) Failed() int { return int(C.process_failed(p.p)) }

// Open counts its open files.
func (p *Process) Open() int { return int(C.process_open(p.p)) }
