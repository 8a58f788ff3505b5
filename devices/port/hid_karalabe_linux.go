package port

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unsafe"

	"github.com/karalabe/usb"
)

// zeroFirst: the library wants a zero before a report without a number.
const zeroFirst = true

const usbDisconnect = 0x00005516 // USBDEVFS_DISCONNECT

// hidRelease is the device's file, beside the library's own, and what is undone
// with it when the port is closed.
type hidRelease struct {
	file  *os.File
	iface int32
}

// prepareHID looks the device up and reads its report descriptor from the
// system before the library takes it away. A device that a killed program left
// without its driver gets it back first.
func prepareHID(at place) (hidRelease, reports, error) {
	n, err := at.sys.Find(ClassUSB, ID{VID: at.id.VID, PID: at.id.PID, Serial: at.id.Serial, Topology: at.id.Topology, Interface: -1})
	if err != nil {
		return hidRelease{}, reports{}, err
	}
	f, err := os.OpenFile(n.Dev, os.O_RDWR, 0)
	if err != nil {
		return hidRelease{}, reports{}, err
	}
	r := hidRelease{file: f, iface: int32(max(at.id.Interface, 0))}
	wanted := ID{VID: n.VID, PID: n.PID, Topology: n.Topology, Interface: at.id.Interface}
	hid, err := at.sys.Find(ClassHID, wanted)
	if err != nil && !errors.Is(err, errSeveral) {
		r.connect()
		for end := time.Now().Add(time.Second); err != nil && time.Now().Before(end); hid, err = at.sys.Find(ClassHID, wanted) {
			time.Sleep(10 * time.Millisecond)
		}
	}
	if err != nil {
		return r, reports{}, errors.Join(err, f.Close())
	}
	r.iface = int32(max(hid.Interface, 0))
	desc, err := os.ReadFile(filepath.Join(at.sys.root(), "class", string(ClassHID), filepath.Base(hid.Dev), "device", "report_descriptor"))
	if err != nil {
		return r, reports{}, errors.Join(err, f.Close())
	}
	return r, parseReports(desc), nil
}

// sameDevice compares a device of the library with the one that was looked up;
// its path is bus, device and interface as hexadecimal numbers.
func sameDevice(d usb.DeviceInfo, id ID) bool {
	n, err := Sys{}.Find(ClassUSB, ID{VID: id.VID, PID: id.PID, Serial: id.Serial, Topology: id.Topology, Interface: -1})
	if err != nil {
		return false
	}
	var bus, dev, iface int
	if _, err := fmt.Sscanf(d.Path, "%04x:%04x:%02x", &bus, &dev, &iface); err != nil {
		return false
	}
	return strings.HasSuffix(n.Dev, fmt.Sprintf("/%03d/%03d", bus, dev))
}

// wake ends the library's pending transfer by taking the interface from it: its
// read then fails, and nothing is freed under it.
func (r hidRelease) wake(usb.Device) {
	arg := r.request(usbDisconnect)
	// An error says that the device is gone, and then the read has ended.
	_, _ = ioctl(r.file, usbIoctl, unsafe.Pointer(&arg), 0)
}

type interfaceRequest struct {
	iface, code int32
	data        uintptr
}

func (r hidRelease) request(code int32) interfaceRequest {
	return interfaceRequest{iface: r.iface, code: code}
}

// connect lets the system's own driver have the interface again.
func (r hidRelease) connect() {
	arg := r.request(usbConnect)
	// An error says that it has it already, or that the device is gone.
	_, _ = ioctl(r.file, usbIoctl, unsafe.Pointer(&arg), 0)
}

// close gives the interface back.
func (r hidRelease) close() error {
	r.connect()
	return r.file.Close()
}
