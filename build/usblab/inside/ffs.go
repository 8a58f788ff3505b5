package inside

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// Bulk is a vendor's device with pairs of bulk pipes, spoken by this program:
// the function is a file system whose files are the pipes.
type Bulk struct {
	*Gadget
	ep0     *os.File
	in, out []*os.File
	got     chan packet
}

type packet struct {
	pipe int
	data []byte
}

// MakeBulk makes one with n pairs: OUT, IN, OUT, IN.
func MakeBulk(name string, socket int, vid, pid uint16, pairs int) (*Bulk, error) {
	g, err := Make(name, socket, vid, pid, "", Function{Name: "ffs." + name})
	if err != nil {
		return nil, err
	}
	dir := filepath.Join("/tmp", name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := unix.Mount(name, dir, "functionfs", 0, ""); err != nil {
		return nil, fmt.Errorf("functionfs: %w", err)
	}
	b := &Bulk{Gadget: g, got: make(chan packet, 64)}
	if b.ep0, err = os.OpenFile(filepath.Join(dir, "ep0"), os.O_RDWR, 0); err != nil {
		return nil, err
	}
	for _, part := range [][]byte{bulkDescriptors(pairs), bulkStrings()} {
		if _, err := b.ep0.Write(part); err != nil {
			return nil, fmt.Errorf("descriptors of %s: %w", name, err)
		}
	}
	for i := range 2 * pairs {
		flag := os.O_RDWR
		if i%2 == 1 {
			flag |= unix.O_NONBLOCK // a write while the device is pulled out fails
		}
		f, err := os.OpenFile(filepath.Join(dir, "ep"+strconv.Itoa(i+1)), flag, 0)
		if err != nil {
			return nil, err
		}
		if i%2 == 0 {
			b.out = append(b.out, f)
		} else {
			b.in = append(b.in, f)
		}
	}
	for i, f := range b.out {
		go b.read(i, f)
	}
	return b, nil
}

func bulkDescriptors(pairs int) []byte {
	var speeds [][]byte
	for _, size := range []uint16{64, 512} {
		d := []byte{9, 4, 0, 0, byte(2 * pairs), 0xFF, 0, 0, 1}
		for i := range pairs {
			for _, address := range []byte{byte(2*i + 1), 0x80 | byte(2*i+2)} {
				d = append(d, 7, 5, address, 2)
				d = binary.LittleEndian.AppendUint16(d, size)
				d = append(d, 0)
			}
		}
		speeds = append(speeds, d)
	}
	le := binary.LittleEndian
	head := le.AppendUint32(nil, 3)
	head = le.AppendUint32(head, uint32(20+len(speeds[0])+len(speeds[1])))
	head = le.AppendUint32(head, 1|2) // full and high speed
	head = le.AppendUint32(head, uint32(1+2*pairs))
	head = le.AppendUint32(head, uint32(1+2*pairs))
	return append(append(head, speeds[0]...), speeds[1]...)
}

func bulkStrings() []byte {
	le := binary.LittleEndian
	text := append(le.AppendUint16(nil, 0x409), "Bulk\x00"...)
	b := le.AppendUint32(nil, 2)
	b = le.AppendUint32(b, uint32(16+len(text)))
	b = le.AppendUint32(b, 1)
	b = le.AppendUint32(b, 1)
	return append(b, text...)
}

// read takes what comes on one pipe, for as long as this machine runs. The pipe
// fails while the device is pulled out, and works again when it is back.
func (b *Bulk) read(pipe int, f *os.File) {
	buf := make([]byte, 16<<10)
	for {
		n, err := f.Read(buf)
		switch {
		case err == nil:
			b.got <- packet{pipe, append([]byte(nil), buf[:n]...)}
		case errors.Is(err, unix.ESHUTDOWN), errors.Is(err, unix.EINTR):
		default:
			return
		}
	}
}

// Send sends one transfer by an IN pipe.
func (b *Bulk) Send(pipe int, data []byte) error {
	_, err := b.in[pipe].Write(data)
	return err
}

// Receive gives the next transfer.
func (b *Bulk) Receive() (pipe int, data []byte) {
	p := <-b.got
	return p.pipe, p.data
}
