package port

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// urb is struct usbdevfs_urb of 64-bit systems.
type urb struct {
	kind, endpoint uint8
	status         int32
	flags          uint32
	buffer         uintptr
	length, actual int32
	start, packets int32
	errors         int32
	signal         uint32
	context        uintptr
}

const (
	urbInterrupt = 1
	urbBulk      = 3

	usbSubmit     = 0x8038550A // USBDEVFS_SUBMITURB
	usbDiscard    = 0x0000550B
	usbReap       = 0x4008550D // USBDEVFS_REAPURBNDELAY
	usbRelease    = 0x80045510
	usbClearHalt  = 0x80045515
	usbClaimTaken = 0x8108551B // USBDEVFS_DISCONNECT_CLAIM
	usbIoctl      = 0xC0105512
	usbConnect    = 0x00005517
)

// transferMax is the longest transfer in one piece: a multiple of every packet.
const transferMax = 16 << 10

// usbDevice is one interface of a USB device through the system's file for it,
// claimed from whatever driver of the system had it.
type usbDevice struct {
	name    string
	file    *os.File
	iface   uint32
	in, out []*pipe

	mu     sync.Mutex
	flying map[*transfer]bool
	closed bool
	dead   error // the reaper's end

	readTime, sendTime atomic.Int64
	done               chan struct{} // the reaper has ended
}

// pipe is one endpoint. Transfers of a pipe go one after the other.
type pipe struct {
	endpoint  uint8
	interrupt bool
	turn      sync.Mutex
	unread    []byte
}

// transfer is one URB with the memory that the system reads and writes.
type transfer struct {
	urb  urb
	data []byte
	pin  runtime.Pinner
	done chan struct{}
}

func openUSB(address string, n Node) (Port, error) {
	f, err := nodeFile(n.Dev, os.O_RDWR)
	if err != nil {
		return nil, err
	}
	d := &usbDevice{name: address, file: f, flying: map[*transfer]bool{}, done: make(chan struct{})}
	if err := d.claim(n.ID.Interface); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	go d.reap()
	return d, nil
}

// claim reads the device's descriptors and takes the interface: the given one,
// or the first that has pipes.
func (d *usbDevice) claim(want int) error {
	b := make([]byte, 4096)
	n, err := d.file.ReadAt(b, 0)
	if n == 0 {
		return fmt.Errorf("descriptors: %w", err)
	}
	i, ok := chooseInterface(parseConfig(b[:n]), want)
	if !ok {
		return errNoPipes
	}
	d.iface = uint32(i.number)
	for _, e := range i.endpoints {
		p := &pipe{endpoint: e.address, interrupt: e.kind == endpointInterrupt}
		if e.address&0x80 != 0 {
			d.in = append(d.in, p)
		} else {
			d.out = append(d.out, p)
		}
	}
	byAddress := func(a, b *pipe) int { return int(a.endpoint) - int(b.endpoint) }
	slices.SortFunc(d.in, byAddress)
	slices.SortFunc(d.out, byAddress)
	var arg struct {
		iface, flags uint32
		driver       [256]byte
	}
	arg.iface, arg.flags = d.iface, 2 // unless another program has it through this same file
	copy(arg.driver[:], "usbfs")
	if _, err := ioctl(d.file, usbClaimTaken, unsafe.Pointer(&arg), 0); err != nil {
		return fmt.Errorf("interface %d: %w", d.iface, err)
	}
	return nil
}

var errNoPipes = errors.New("the device has no interface with bulk or interrupt pipes of that number")

func (d *usbDevice) String() string { return d.name }

func (d *usbDevice) SetReadTimeout(t time.Duration) error {
	d.readTime.Store(int64(t))
	return nil
}

func (d *usbDevice) SetWriteTimeout(t time.Duration) error {
	d.sendTime.Store(int64(t))
	return nil
}

func (d *usbDevice) Pipes() (in, out int) { return len(d.in), len(d.out) }

func (d *usbDevice) Read(b []byte) (int, error)  { return d.ReadPipe(0, b) }
func (d *usbDevice) Write(b []byte) (int, error) { return d.WritePipe(0, b) }

func (d *usbDevice) fail(op string, err error) error {
	code := ioCode(err)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || errors.Is(err, os.ErrClosed) {
		code = Closed
	}
	return &Error{Code: code, Port: d.name, Op: op, Err: err}
}

// ReadPipe gives what one transfer brought, or the rest of an earlier one.
func (d *usbDevice) ReadPipe(i int, b []byte) (int, error) {
	if i < 0 || i >= len(d.in) {
		return 0, &Error{Code: Protocol, Port: d.name, Op: "read", Err: errNoPipes}
	}
	p := d.in[i]
	p.turn.Lock()
	defer p.turn.Unlock()
	for len(p.unread) == 0 {
		data, err := d.move(p, make([]byte, transferMax), time.Duration(d.readTime.Load()))
		if err != nil {
			return 0, d.fail("read", err)
		}
		p.unread = data
	}
	n := copy(b, p.unread)
	p.unread = p.unread[n:]
	return n, nil
}

// WritePipe sends b as transfers.
func (d *usbDevice) WritePipe(i int, b []byte) (int, error) {
	if i < 0 || i >= len(d.out) {
		return 0, &Error{Code: Protocol, Port: d.name, Op: "write", Err: errNoPipes}
	}
	p := d.out[i]
	p.turn.Lock()
	defer p.turn.Unlock()
	sent := 0
	for sent < len(b) {
		piece := slices.Clone(b[sent:min(len(b), sent+transferMax)])
		moved, err := d.move(p, piece, time.Duration(d.sendTime.Load()))
		sent += len(moved)
		if err != nil {
			return sent, d.fail("write", err)
		}
	}
	return sent, nil
}

// move makes one transfer and gives the part of data that went over. A time-out
// takes the transfer back; what it had moved by then counts.
func (d *usbDevice) move(p *pipe, data []byte, limit time.Duration) ([]byte, error) {
	t := &transfer{data: data, done: make(chan struct{})}
	t.pin.Pin(t)
	t.pin.Pin(&data[0])
	defer t.pin.Unpin()
	t.urb = urb{kind: urbBulk, endpoint: p.endpoint, buffer: uintptr(unsafe.Pointer(&data[0])), length: int32(len(data))}
	if p.interrupt {
		t.urb.kind = urbInterrupt
	}
	if err := d.submit(t); err != nil {
		return nil, err
	}
	var expired <-chan time.Time
	if limit > 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		expired = timer.C
	}
	late := false
	select {
	case <-t.done:
	case <-expired:
		late = true
		d.takeBack(t)
		<-t.done
	}
	return d.outcome(p, t, late)
}

func (d *usbDevice) outcome(p *pipe, t *transfer, late bool) ([]byte, error) {
	moved := t.data[:max(0, min(int(t.urb.actual), len(t.data)))]
	input := p.endpoint&0x80 != 0
	switch status := unix.Errno(-t.urb.status); {
	case t.urb.status == 0, input && late && len(moved) > 0:
		return moved, nil
	case late:
		return moved, os.ErrDeadlineExceeded
	case status == unix.EPIPE:
		// The device stalled the pipe: it did not understand. It works again
		// after this, from a new opening.
		halted := uint32(p.endpoint)
		_, err := ioctl(d.file, usbClearHalt, unsafe.Pointer(&halted), 0)
		return moved, errors.Join(errStalled, err)
	case status == unix.ENOENT, status == unix.ECONNRESET:
		return moved, os.ErrClosed
	case status == unix.EILSEQ, status == unix.ETIME:
		return moved, unix.EPROTO
	default:
		return moved, status
	}
}

var errStalled = errors.New("the device refused the transfer (the pipe is halted)")

func (d *usbDevice) submit(t *transfer) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.closed:
		return os.ErrClosed
	case d.dead != nil:
		return d.dead
	}
	if _, err := ioctl(d.file, usbSubmit, unsafe.Pointer(&t.urb), 0); err != nil {
		return err
	}
	d.flying[t] = true
	return nil
}

// takeBack asks for a transfer's end; it then comes to the reaper.
func (d *usbDevice) takeBack(t *transfer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.flying[t] {
		// An error says that it has ended by itself.
		_, _ = ioctl(d.file, usbDiscard, unsafe.Pointer(&t.urb), 0)
	}
}

// reap takes ended transfers from the system until the device is gone and
// nothing is under way, or the file is closed.
func (d *usbDevice) reap() {
	defer close(d.done)
	raw, err := d.file.SyscallConn()
	if err == nil {
		err = raw.Write(func(fd uintptr) bool { return d.reapReady(fd) })
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead == nil {
		d.dead = errors.Join(err, os.ErrClosed)
	}
	for t := range d.flying { // the system gave them up with the file
		t.urb.status = -int32(unix.ESHUTDOWN)
		delete(d.flying, t)
		close(t.done)
	}
}

// reapReady takes what has ended; it says whether there will be no more.
func (d *usbDevice) reapReady(fd uintptr) bool {
	for {
		var done uintptr
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, usbReap, uintptr(unsafe.Pointer(&done)))
		switch errno {
		case 0:
			d.ended(done)
		case unix.EINTR:
		case unix.EAGAIN:
			d.mu.Lock()
			over := d.closed && len(d.flying) == 0
			d.mu.Unlock()
			return over
		default:
			d.mu.Lock()
			d.dead = errno
			d.mu.Unlock()
			return true
		}
	}
}

func (d *usbDevice) ended(at uintptr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for t := range d.flying {
		if uintptr(unsafe.Pointer(&t.urb)) == at {
			delete(d.flying, t)
			close(t.done)
			return
		}
	}
}

// Close takes back what is under way, gives the interface back to the system's
// own driver, and lets the device go.
func (d *usbDevice) Close() error {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		<-d.done
		return nil
	}
	d.closed = true
	gone := d.dead != nil
	for t := range d.flying {
		_, _ = ioctl(d.file, usbDiscard, unsafe.Pointer(&t.urb), 0)
	}
	d.mu.Unlock()
	d.settle()
	if !gone {
		d.giveBack()
	}
	err := d.file.Close()
	<-d.done
	return err
}

// settle waits a little for the transfers that were taken back.
func (d *usbDevice) settle() {
	for end := time.Now().Add(closeWait); time.Now().Before(end); time.Sleep(time.Millisecond) {
		d.mu.Lock()
		n := len(d.flying)
		d.mu.Unlock()
		if n == 0 {
			return
		}
	}
}

// giveBack releases the interface and lets the system's own driver have it
// again. Errors say that the device is gone.
func (d *usbDevice) giveBack() {
	_, _ = ioctl(d.file, usbRelease, unsafe.Pointer(&d.iface), 0)
	arg := struct {
		iface, code int32
		data        uintptr
	}{iface: int32(d.iface), code: usbConnect}
	_, _ = ioctl(d.file, usbIoctl, unsafe.Pointer(&arg), 0)
}
