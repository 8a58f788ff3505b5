package inside

import (
	"errors"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"hallway/devices/port"
)

// asNobody runs f in a thread without root's rights.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, 65534, 65534, 65534); errno != 0 {
			t.Error(errno)
			return
		}
		f()
	}()
	<-done
}

// A device that holds up a modem line while it is there is seen to go when that
// falls, although the adapter stays.
func TestPresenceLine(t *testing.T) {
	g := plugged(t, "modem", 0, 0x1D6B, 0x0105, "", Function{Name: "acm.u1"})
	opened(t, "serial:usb-1d6b:0105").Close()
	const address = "serial:usb-1d6b:0105?presence=dsr"
	refused(t, address, port.Gone)
	own := device(t, g, "acm.u1", "port_num", "/dev/ttyGS", os.O_RDWR|unix.O_NOCTTY)
	raw(t, own)
	p := opened(t, address)
	res := make(chan error, 1)
	go func() {
		_, err := p.Read(make([]byte, 8))
		res <- err
	}()
	own.Close()
	if err := <-res; port.CodeOf(err) != port.HangUp {
		t.Errorf("the presence line fell: %v", err)
	}
}

func TestSerialAdapter(t *testing.T) {
	g := plugged(t, "acm", 0, 0x1D6B, 0x0104, "A1", Function{Name: "acm.u0"})
	own := device(t, g, "acm.u0", "port_num", "/dev/ttyGS", os.O_RDWR|unix.O_NOCTTY)
	raw(t, own)
	for _, driver := range []string{"tarm", "bugst"} {
		p := opened(t, "serial:usb-1d6b:0104/A1?baud=115200&driver="+driver)
		if _, err := p.Write([]byte("to the device")); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 64)
		if n, err := own.Read(b); err != nil || string(b[:n]) != "to the device" {
			t.Errorf("%s: the device got %q, %v", driver, b[:n], err)
		}
		if _, err := own.Write([]byte("and back")); err != nil {
			t.Fatal(err)
		}
		got := ""
		for len(got) < len("and back") {
			n, err := p.Read(b)
			if err != nil {
				t.Fatalf("%s: %v", driver, err)
			}
			got += string(b[:n])
		}
		if got != "and back" {
			t.Errorf("%s: got %q", driver, got)
		}
		closedWhileReading(t, p)
	}
	p := opened(t, "serial:usb-1d6b:0104?baud=9600")
	own.Close()
	pulledWhileReading(t, p, g)
	refused(t, "serial:usb-1d6b:0104?baud=9600", port.Gone)
	plug(t, g.Plug)
	opened(t, "serial:usb-1d6b:0104?baud=9600")
}

// raw keeps the gadget's line from echoing.
func raw(t *testing.T, f *os.File) {
	t.Helper()
	if err := rawMode(f); err != nil {
		t.Fatal(err)
	}
}

func rawMode(f *os.File) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var ioErr error
	err = conn.Control(func(fd uintptr) {
		s, err := unix.IoctlGetTermios(int(fd), unix.TCGETS)
		if err != nil {
			ioErr = err
			return
		}
		s.Iflag, s.Oflag, s.Lflag = 0, 0, 0
		ioErr = unix.IoctlSetTermios(int(fd), unix.TCSETS, s)
	})
	return errors.Join(err, ioErr)
}

func TestPrinterClass(t *testing.T) {
	g := plugged(t, "lp", 0, 0x04B8, 0x0202, "P1", Function{Name: "printer.u0", Attrs: map[string]string{
		"pnp_string": "MFG:Lab;CMD:ESC/POS;MDL:T1;", "q_len": "4"}})
	p := opened(t, "usblp:04b8:0202/P1").(port.PaperPort)
	own := device(t, g, "printer.u0", "", "/dev/g_printer0", os.O_RDWR)
	// The gadget does not count the two bytes of the length itself, so the last
	// two letters are lost.
	if id, err := p.DeviceID(); err != nil || id != "MFG:Lab;CMD:ESC/POS;MDL:T" {
		t.Errorf("the printer says that it is %q, %v", id, err)
	}
	if _, err := p.Write([]byte("\x1b@ticket")); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 64)
	if n, err := own.Read(b); err != nil || string(b[:n]) != "\x1b@ticket" {
		t.Errorf("the printer got %q, %v", b[:n], err)
	}
	if _, err := own.Write([]byte{0x12}); err != nil {
		t.Fatal(err)
	}
	if n, err := p.Read(b); err != nil || n != 1 || b[0] != 0x12 {
		t.Errorf("answer % x, %v", b[:n], err)
	}
	for _, want := range []byte{0x18, 0x30} { // good; paper empty
		const set = 0xC0016722 // GADGET_SET_PRINTER_STATUS
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, own.Fd(), set, uintptr(want)); errno != 0 {
			t.Fatal(errno)
		}
		if s, err := p.PaperStatus(); err != nil || s != want {
			t.Errorf("status %02x, %v; want %02x", s, err, want)
		}
	}
	if p.OneWay() {
		t.Error("a printer with two directions is taken for a one-way one")
	}
	second, err := port.Parse("usblp:04b8:0202")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Open(t.Context()); port.CodeOf(err) != port.InUse {
		t.Errorf("a second program: %v", err)
	}
	stalled(t, p)
	pulledWhileReading(t, p, g)
	own.Close()
	refused(t, "usblp:04b8:0202", port.Gone)
	plug(t, g.Plug)
	closedWhileReading(t, opened(t, "usblp:04b8:0202"))
}
