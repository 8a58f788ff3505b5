package port

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// systemHID is how a HID device is opened when its address does not say.
const systemHID = "hidraw"

var nodeKinds = map[string]nodeKind{
	"hid":   {ClassHID, openHIDRaw},
	"usb":   {ClassUSB, openUSB},
	"usblp": {ClassPrinter, openPaper},
	"evdev": {ClassInput, openKeys},
}

// nodeFile is an open node under the runtime's poller: Close wakes its reader.
func nodeFile(path string, flag int) (*os.File, error) {
	f, err := os.OpenFile(path, flag|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if err := f.SetDeadline(time.Time{}); err != nil {
		return nil, errors.Join(fmt.Errorf("%s is no device that can be waited for: %w", path, err), f.Close())
	}
	return f, nil
}

// ioctl with an argument in memory, or with a plain number where arg is nil.
func ioctl(f *os.File, req uintptr, arg unsafe.Pointer, plain uintptr) (int, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	var n uintptr
	var errno unix.Errno
	err = raw.Control(func(fd uintptr) {
		if arg != nil {
			n, _, errno = unix.Syscall(unix.SYS_IOCTL, fd, req, uintptr(arg))
		} else {
			n, _, errno = unix.Syscall(unix.SYS_IOCTL, fd, req, plain)
		}
	})
	if err == nil && errno != 0 {
		err = errno
	}
	return int(n), err
}

// iocRead and iocBoth make the numbers of requests that fill, or take and fill,
// size bytes.
func iocRead(kind, nr byte, size int) uintptr {
	return 2<<30 | uintptr(size)<<16 | uintptr(kind)<<8 | uintptr(nr)
}

func iocBoth(kind, nr byte, size int) uintptr { return 3<<30 | iocRead(kind, nr, size) }

// hold locks a node for this program: a second one gets InUse. The lock goes
// with a killed program.
func hold(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var lockErr error
	err = raw.Control(func(fd uintptr) { lockErr = unix.Flock(int(fd), unix.LOCK_EX|unix.LOCK_NB) })
	if errors.Is(lockErr, unix.EWOULDBLOCK) {
		lockErr = errLocked
	}
	return errors.Join(err, lockErr)
}

// hidRaw is a HID device through the system's hidraw node.
type hidRaw struct {
	stream
	file *os.File
	is   reports
}

func openHIDRaw(address string, n Node) (Port, error) {
	f, err := nodeFile(n.Dev, os.O_RDWR)
	if err != nil {
		return nil, err
	}
	p := &hidRaw{stream: stream{name: address, f: f}, file: f}
	if err = hold(f); err == nil {
		p.is, err = descriptor(f)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return p, nil
}

// descriptor asks the system for the report descriptor.
func descriptor(f *os.File) (reports, error) {
	var size uint32
	if _, err := ioctl(f, iocRead('H', 1, 4), unsafe.Pointer(&size), 0); err != nil {
		return reports{}, fmt.Errorf("report descriptor: %w", err)
	}
	var desc struct {
		size  uint32
		value [4096]byte
	}
	desc.size = min(size, uint32(len(desc.value)))
	if _, err := ioctl(f, iocRead('H', 2, int(unsafe.Sizeof(desc))), unsafe.Pointer(&desc), 0); err != nil {
		return reports{}, fmt.Errorf("report descriptor: %w", err)
	}
	return parseReports(desc.value[:desc.size]), nil
}

func (p *hidRaw) Lengths() (in, out int) { return p.is.in, p.is.out }

// Write sends one report. The system wants a zero before one without a number.
func (p *hidRaw) Write(b []byte) (int, error) {
	if p.is.numbered {
		return p.stream.Write(b)
	}
	n, err := p.stream.Write(append([]byte{0}, b...))
	return max(n-1, 0), err
}

func (p *hidRaw) Feature(report []byte) error {
	b := bytes.Clone(report)
	if !p.is.numbered {
		b = append([]byte{0}, b...)
	}
	if len(b) == 0 {
		return &Error{Code: Protocol, Port: p.name, Op: "feature", Err: io.ErrShortBuffer}
	}
	if _, err := ioctl(p.file, iocBoth('H', 6, len(b)), unsafe.Pointer(&b[0]), 0); err != nil {
		return p.fail("feature", err)
	}
	return nil
}

// paper is a printer through usblp.
type paper struct {
	stream
	file   *os.File
	oneWay bool
	stop   *oneWay // waits in Read where the printer never answers
}

func openPaper(address string, n Node) (Port, error) {
	f, err := nodeFile(n.Dev, os.O_RDWR)
	if err != nil {
		return nil, err
	}
	p := &paper{stream: stream{name: address, f: f}, file: f, oneWay: n.Protocol == 1}
	p.stop = &oneWay{stream: stream{name: address, f: f}, stop: make(chan struct{})}
	return p, nil
}

func (p *paper) OneWay() bool { return p.oneWay }

func (p *paper) PaperStatus() (byte, error) {
	var status int32
	if _, err := ioctl(p.file, 0x060B, unsafe.Pointer(&status), 0); err != nil {
		return 0, p.fail("status", err)
	}
	return byte(status), nil
}

func (p *paper) DeviceID() (string, error) {
	b := make([]byte, 1024)
	if _, err := ioctl(p.file, iocRead('P', 1, len(b)), unsafe.Pointer(&b[0]), 0); err != nil {
		return "", p.fail("device id", err)
	}
	n := min(int(binary.BigEndian.Uint16(b)), len(b))
	return string(bytes.TrimRight(b[min(2, n):n], "\x00")), nil
}

// quiet is how long a printer that answers with nothing is left alone.
const quiet = 20 * time.Millisecond

// Read waits for bytes. A printer that answers with nothing is not gone: that
// is asked for.
func (p *paper) Read(b []byte) (int, error) {
	if p.oneWay {
		return p.stop.Read(b)
	}
	var end time.Time
	if d := time.Duration(p.readTime.Load()); d > 0 {
		end = time.Now().Add(d)
	}
	for {
		n, err := p.stream.Read(b)
		if !errors.Is(err, io.EOF) {
			return n, err
		}
		if _, err := p.PaperStatus(); err != nil {
			return 0, err
		}
		if !end.IsZero() && !time.Now().Before(end) {
			return 0, &Error{Code: Timeout, Port: p.name, Op: "read"}
		}
		time.Sleep(quiet)
	}
}

func (p *paper) SetReadTimeout(d time.Duration) error {
	return errors.Join(p.stream.SetReadTimeout(d), p.stop.SetReadTimeout(d))
}

func (p *paper) Close() error {
	p.stop.once.Do(func() { close(p.stop.stop) })
	return p.stream.Close()
}

// Requests of the input layer.
const (
	eviocgrab = 0x40044590
	keyMax    = 0x2FF
)

// keys is a keyboard-like device that nobody else hears while it is open.
type keys struct {
	stream
	held []uint16
}

func openKeys(address string, n Node) (Port, error) {
	f, err := nodeFile(n.Dev, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	p := &keys{stream: stream{name: address, f: f}}
	if _, err = ioctl(f, eviocgrab, nil, 1); err == nil {
		p.held, err = heldKeys(f)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return p, nil
}

func heldKeys(f *os.File) ([]uint16, error) {
	bits := make([]byte, (keyMax+8)/8)
	if _, err := ioctl(f, iocRead('E', 0x18, len(bits)), unsafe.Pointer(&bits[0]), 0); err != nil {
		return nil, err
	}
	var held []uint16
	for k := range keyMax {
		if bits[k/8]&(1<<(k%8)) != 0 {
			held = append(held, uint16(k))
		}
	}
	return held, nil
}

func (p *keys) Held() []uint16 { return p.held }

func (p *keys) Write(b []byte) (int, error) {
	return 0, &Error{Code: Protocol, Port: p.name, Op: "write", Err: errReadOnly}
}
