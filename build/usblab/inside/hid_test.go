package inside

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"hallway/devices/port"
)

// posScanner is the report descriptor of a bar-code scanner: usage page 8C,
// 63 bytes in with number 02, a feature report of one byte with number FE.
var posScanner = []byte{
	0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01,
	0x85, 0x02, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x3F, 0x09, 0xFE, 0x81, 0x02,
	0x85, 0xFD, 0x95, 0x1F, 0x09, 0x10, 0x91, 0x02,
	0x85, 0xFE, 0x95, 0x01, 0x09, 0x11, 0xB1, 0x02,
	0xC0,
}

// plain64 has one report of 64 bytes in each direction and no numbers.
var plain64 = []byte{
	0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01,
	0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x40, 0x09, 0x01, 0x81, 0x02,
	0x95, 0x40, 0x09, 0x01, 0x91, 0x02,
	0xC0,
}

func hid(desc []byte, length string) Function {
	return Function{Name: "hid.u0", Attrs: map[string]string{
		"protocol": "0", "subclass": "0", "report_length": length, "report_desc": string(desc)}}
}

// patience is how long this slow machine may take for anything.
const patience = 2 * time.Minute

// until waits for something that comes by itself.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// opened opens an address as soon as it can be opened.
func opened(t *testing.T, address string) port.Port {
	t.Helper()
	o, err := port.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	var p port.Port
	until(t, "open "+address, func() bool {
		var oerr error
		p, oerr = o.Open(t.Context())
		err = oerr
		return oerr == nil
	})
	t.Cleanup(func() { p.Close() })
	return p
}

// refused waits until opening an address fails with a code.
func refused(t *testing.T, address string, want port.Code) {
	t.Helper()
	o, err := port.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	var last error
	until(t, address+" "+string(want), func() bool {
		p, oerr := o.Open(t.Context())
		if last = oerr; oerr == nil {
			p.Close()
		}
		return port.CodeOf(oerr) == want
	})
	t.Logf("%s: %v", want, last)
}

// plugged makes a gadget and plugs it in, for one test.
func plugged(t *testing.T, name string, socket int, vid, pid uint16, serial string, f ...Function) *Gadget {
	t.Helper()
	g, err := Make(name, socket, vid, pid, serial, f...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Remove(); err != nil {
			t.Errorf("take the gadget away: %v", err)
		}
	})
	plug(t, g.Plug)
	return g
}

func plug(t *testing.T, f func() error) {
	t.Helper()
	if err := f(); err != nil {
		t.Fatal(err)
	}
}

// device opens the gadget's own side.
func device(t *testing.T, g *Gadget, function, attr, prefix string, flag int) *os.File {
	t.Helper()
	node, err := g.Node(function, attr, prefix)
	if err != nil {
		t.Fatal(err)
	}
	var f *os.File
	until(t, "open "+node, func() bool {
		f, err = os.OpenFile(node, flag, 0)
		return err == nil
	})
	t.Cleanup(func() { f.Close() })
	return f
}

// The other way to a HID device takes it from the system's driver, and gives it
// back.
func TestScannerWithoutHidraw(t *testing.T) {
	g := plugged(t, "nohidraw", 0, 0x0C2E, 0x0B63, "K1", Function{Name: "hid.u2", Attrs: hid(posScanner, "64").Attrs})
	const address = "hid:0c2e:0b63/K1?driver=karalabe"
	p := opened(t, address).(port.Packets)
	if in, out := p.Lengths(); in != 64 || out != 32 {
		t.Errorf("reports of %d and %d bytes, want 64 and 32", in, out)
	}
	own := device(t, g, "hid.u2", "dev", "/dev/hidg", os.O_RDWR)
	exchange(t, p, own)
	if err := p.SetReadTimeout(50 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Read(make([]byte, 64)); port.CodeOf(err) != port.Timeout {
		t.Errorf("nothing comes: %v", err)
	}
	if err := p.SetReadTimeout(0); err != nil {
		t.Fatal(err)
	}
	closedWhileReading(t, p)
	opened(t, "hid:0c2e:0b63").Close() // the system has it again
	for range cycles() {
		closedWhileReading(t, opened(t, address))
	}
	p = opened(t, address).(port.Packets)
	pulledWhileReading(t, p, g)
	refused(t, address, port.Gone)
	plug(t, g.Plug)
	exchange(t, opened(t, address), own)
}

// exchange sends reports both ways.
func exchange(t *testing.T, p port.Port, own *os.File) {
	t.Helper()
	report := bytes.Repeat([]byte{0x31}, 64)
	report[0] = 2
	for range 3 {
		if _, err := own.Write(report); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 256)
		if n, err := p.Read(b); err != nil || !bytes.Equal(b[:n], report) {
			t.Fatalf("read %x, %v", b[:n], err)
		}
	}
	command := make([]byte, 32)
	copy(command, "\xFD\x03\x16\x54\x0D")
	if _, err := p.Write(command); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 256)
	if n, err := own.Read(b); err != nil || !bytes.Equal(b[:n], command) {
		t.Errorf("the device got %x, %v", b[:n], err)
	}
}

func TestScannerByHIDReports(t *testing.T) {
	g := plugged(t, "pos", 0, 0x0C2E, 0x0B61, "SN 7", hid(posScanner, "64"))
	p := opened(t, "hid:0c2e:0b61/SN%207").(port.Packets)
	if in, out := p.Lengths(); in != 64 || out != 32 {
		t.Errorf("reports of %d and %d bytes, want 64 and 32", in, out)
	}
	nodes := port.Sys{}.List(port.ClassHID)
	if len(nodes) != 1 || nodes[0].UsagePage != 0x8C || nodes[0].Usage != 2 || nodes[0].Product != "pos" {
		t.Errorf("the list of HID devices: %+v", nodes)
	}
	own := device(t, g, "hid.u0", "dev", "/dev/hidg", os.O_RDWR)
	exchange(t, p, own)
	second, err := port.Parse("hid:0c2e:0b61")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Open(t.Context()); port.CodeOf(err) != port.InUse {
		t.Errorf("a second program: %v", err)
	}
	pulledWhileReading(t, p, g)
	refused(t, "hid:0c2e:0b61", port.Gone)
	plug(t, g.Plug)
	again := opened(t, "hid:0c2e:0b61")
	exchange(t, again, own)
	closedWhileReading(t, again)
}

// pulledWhileReading pulls the device out under a read and expects a hang-up.
func pulledWhileReading(t *testing.T, p port.Port, g interface{ Unplug() error }) {
	t.Helper()
	res := make(chan error, 1)
	go func() {
		b := make([]byte, 256)
		for {
			if _, err := p.Read(b); err != nil {
				res <- err
				return
			}
		}
	}()
	start := time.Now()
	plug(t, g.Unplug)
	if err := <-res; port.CodeOf(err) != port.HangUp {
		t.Errorf("pulled out under a read: %v", err)
	}
	t.Logf("unplug noticed after %v", time.Since(start).Round(time.Millisecond))
	p.Close()
}

// closedWhileReading closes a port under a read.
func closedWhileReading(t *testing.T, p port.Port) {
	t.Helper()
	res := make(chan error, 1)
	go func() {
		_, err := p.Read(make([]byte, 256))
		res <- err
	}()
	time.Sleep(50 * time.Millisecond)
	start := time.Now()
	p.Close()
	if err := <-res; port.CodeOf(err) != port.Closed {
		t.Errorf("closed under a read: %v", err)
	}
	t.Logf("close with a read pending took %v", time.Since(start).Round(time.Millisecond))
}

func TestTwoEqualDevices(t *testing.T) {
	plugged(t, "twin-a", 1, 0x2B8B, 0x2721, "", hid(plain64, "64"))
	plugged(t, "twin-b", 2, 0x2B8B, 0x2721, "", Function{Name: "hid.u1", Attrs: hid(plain64, "64").Attrs})
	var nodes []port.Node
	until(t, "both are there", func() bool { nodes = port.Sys{}.List(port.ClassHID); return len(nodes) == 2 })
	refused(t, "hid:2b8b:2721", port.Ambiguous)
	a := opened(t, "hid:2b8b:2721@"+nodes[0].Topology)
	b := opened(t, "hid:2b8b:2721@"+nodes[1].Topology)
	if a == b || !strings.Contains(nodes[0].ID.String(), "@") {
		t.Errorf("the twins: %+v", nodes)
	}
}

func TestNoRights(t *testing.T) {
	plugged(t, "locked", 0, 0x0C2E, 0x0B62, "", hid(posScanner, "64"))
	p := opened(t, "hid:0c2e:0b62")
	p.Close()
	nodes := port.Sys{}.List(port.ClassHID)
	if len(nodes) != 1 {
		t.Fatalf("%+v", nodes)
	}
	asNobody(t, func() {
		o, err := port.Parse("hid:0c2e:0b62")
		if err != nil {
			t.Error(err)
			return
		}
		if _, err := o.Open(t.Context()); port.CodeOf(err) != port.Permission || !errors.Is(err, os.ErrPermission) {
			t.Errorf("without rights: %v", err)
		}
	})
}
