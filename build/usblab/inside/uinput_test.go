package inside

import (
	"encoding/binary"
	"errors"
	"os"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"hallway/devices/port"
)

// keyboard is a keyboard made of software.
type keyboard struct{ f *os.File }

func newKeyboard(t *testing.T, vid, pid uint16) *keyboard {
	t.Helper()
	k := &keyboard{}
	t.Cleanup(func() { k.Unplug() })
	k.plug(t, vid, pid)
	return k
}

func (k *keyboard) plug(t *testing.T, vid, pid uint16) {
	t.Helper()
	if err := k.connect(vid, pid); err != nil {
		t.Fatal(err)
	}
}

// connect makes the keyboard anew.
func (k *keyboard) connect(vid, pid uint16) error {
	f, err := os.OpenFile("/dev/uinput", os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	k.f = f
	var failed error
	set := func(req, arg uintptr) {
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), req, arg); errno != 0 && failed == nil {
			failed = errno
		}
	}
	set(0x40045564, 1) // key events
	for key := uintptr(1); key < 127; key++ {
		set(0x40045565, key)
	}
	setup := struct {
		bus, vendor, product, version uint16
		name                          [80]byte
		effects                       uint32
	}{bus: 3, vendor: vid, product: pid, version: 1}
	copy(setup.name[:], "lab keyboard")
	set(0x405C5503, uintptr(unsafe.Pointer(&setup)))
	set(0x5501, 0)
	return failed
}

func (k *keyboard) Unplug() error { return k.f.Close() }

// press and release one key, as events with a report each.
func (k *keyboard) key(t *testing.T, code uint16, values ...int32) {
	t.Helper()
	for _, v := range values {
		for _, e := range []struct {
			kind, code uint16
			value      int32
		}{{1, code, v}, {0, 0, 0}} {
			b := make([]byte, 24)
			binary.LittleEndian.PutUint16(b[16:], e.kind)
			binary.LittleEndian.PutUint16(b[18:], e.code)
			binary.LittleEndian.PutUint32(b[20:], uint32(e.value))
			if _, err := k.f.Write(b); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// keysFrom reads until n key events have come; codes as they came, negative
// when released.
func keysFrom(t *testing.T, p port.Port, n int) []int {
	t.Helper()
	var got []int
	b := make([]byte, 24*16)
	for len(got) < n {
		size, err := p.Read(b)
		if err != nil || size%24 != 0 {
			t.Fatalf("%d bytes of events, %v", size, err)
		}
		for e := b[:size]; len(e) > 0; e = e[24:] {
			if binary.LittleEndian.Uint16(e[16:]) != 1 {
				continue
			}
			code := int(binary.LittleEndian.Uint16(e[18:]))
			if binary.LittleEndian.Uint32(e[20:]) == 0 {
				code = -code
			}
			got = append(got, code)
		}
	}
	return got
}

func TestKeysBelowEveryInputMethod(t *testing.T) {
	k := newKeyboard(t, 0x05F9, 0x2204)
	listener := opened(t, "evdev:05f9:2204") // finds the node
	listener.Close()
	nodes := port.Sys{}.List(port.ClassInput)
	var node string
	for _, n := range nodes {
		if n.VID == 0x05F9 {
			node = n.Dev
		}
	}
	other, err := os.OpenFile(node, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	k.key(t, 42, 1) // shift goes down before the device is taken
	p := opened(t, "evdev:05f9:2204").(port.KeyPort)
	if held := p.Held(); len(held) != 1 || held[0] != 42 {
		t.Errorf("held keys: %v", held)
	}
	drain(t, other)
	k.key(t, 30, 1, 0)
	k.key(t, 28, 1, 0)
	got := keysFrom(t, p, 4)
	if len(got) != 4 || got[0] != 30 || got[1] != -30 || got[2] != 28 || got[3] != -28 {
		t.Errorf("keys %v", got)
	}
	if err := other.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := other.Read(make([]byte, 240)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("another reader got %d bytes, %v: the keys are not ours alone", n, err)
	}
	second, err := port.Parse("evdev:05f9:2204")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Open(t.Context()); port.CodeOf(err) != port.InUse {
		t.Errorf("a second program: %v", err)
	}
	pulledWhileReading(t, p, k)
	refused(t, "evdev:05f9:2204", port.Gone)
	k.plug(t, 0x05F9, 0x2204)
	closedWhileReading(t, opened(t, "evdev:05f9:2204"))
}

// drain takes what the other reader got before the device was taken.
func drain(t *testing.T, f *os.File) {
	t.Helper()
	for {
		if err := f.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Read(make([]byte, 2400)); err != nil {
			return
		}
	}
}
