package port

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ID says which device is meant, whatever number the system gave its node:
//
//	0c2e:0b61                 by maker and product
//	0c2e:0b61/SN-0042         and serial number
//	0c2e:0b61@1-1.4           and the socket that it is plugged into
//	0c2e:0b61#1               and the interface of a device that has several
//
// In a serial number every character but letters, digits, «.», «_» and «-» is
// written as %XX.
type ID struct {
	VID, PID  uint16
	Serial    string
	Topology  string // bus and sockets, as the system writes them: 1-1.4
	Interface int    // -1: any
}

var idForm = regexp.MustCompile(`^([0-9A-Fa-f]{4}):([0-9A-Fa-f]{4})(?:/((?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})+))?(?:@([0-9]+-[0-9]+(?:\.[0-9]+)*))?(?:#([0-9]{1,3}))?$`)

// ParseID reads an identity.
func ParseID(s string) (ID, error) {
	m := idForm.FindStringSubmatch(s)
	if m == nil {
		return ID{}, fmt.Errorf("%q is no identity; want maker:product, such as 0c2e:0b61, with /serial, @socket, #interface where needed", s)
	}
	vid, err1 := strconv.ParseUint(m[1], 16, 16)
	pid, err2 := strconv.ParseUint(m[2], 16, 16)
	id := ID{VID: uint16(vid), PID: uint16(pid), Serial: unescape(m[3]), Topology: m[4], Interface: -1}
	if m[5] != "" {
		n, err := strconv.ParseUint(m[5], 10, 8)
		id.Interface = int(n)
		err1 = errors.Join(err1, err)
	}
	return id, errors.Join(err1, err2)
}

// String is the identity as it is written in an address.
func (id ID) String() string {
	s := fmt.Sprintf("%04x:%04x", id.VID, id.PID)
	if id.Serial != "" {
		s += "/" + escape(id.Serial)
	}
	if id.Topology != "" {
		s += "@" + id.Topology
	}
	if id.Interface >= 0 {
		s += "#" + strconv.Itoa(id.Interface)
	}
	return s
}

func escape(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '.', c == '_', c == '-':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' {
			n, _ := strconv.ParseUint(s[i+1:i+3], 16, 8) // idForm saw two digits
			b.WriteByte(byte(n))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// Class of nodes, as the system files them.
type Class string

const (
	ClassTTY     Class = "tty"
	ClassPrinter Class = "usbmisc"
	ClassHID     Class = "hidraw"
	ClassInput   Class = "input"
	ClassVideo   Class = "video4linux"
	ClassUSB     Class = "usb" // a whole device
)

// Node is one device node and what stands behind it.
type Node struct {
	ID               // of the device; Interface -1 where the node is no interface of one
	Dev       string // /dev/hidraw0
	Class     Class
	Product   string // as the device says
	Protocol  int    // of a USB interface (bInterfaceProtocol), -1 where there is none
	UsagePage uint16 // of a HID device's first collection
	Usage     uint16
}

// Sys is the system's own list of devices. The zero value is this machine's.
type Sys struct {
	Root string // "" is /sys
	Dev  string // "" is /dev
}

func (s Sys) root() string {
	if s.Root == "" {
		return "/sys"
	}
	return s.Root
}

func (s Sys) dev() string {
	if s.Dev == "" {
		return "/dev"
	}
	return s.Dev
}

// List gives the nodes of a class that stand for a device with a maker and a
// product, in the order of their names. A system without such a list has none.
func (s Sys) List(class Class) []Node {
	dir := filepath.Join(s.root(), "class", string(class))
	if class == ClassUSB {
		dir = filepath.Join(s.root(), "bus", "usb", "devices")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var all []Node
	for _, e := range entries {
		if n, ok := s.look(class, dir, e.Name()); ok {
			all = append(all, n)
		}
	}
	return all
}

// Find gives the one node of a class that fits an identity.
func (s Sys) Find(class Class, id ID) (Node, error) {
	fits := slices.DeleteFunc(s.List(class), func(n Node) bool { return !id.fits(n) })
	switch len(fits) {
	case 0:
		return Node{}, fmt.Errorf("no device %s: %w", id, fs.ErrNotExist)
	case 1:
		return fits[0], nil
	}
	var names []string
	for _, n := range fits {
		names = append(names, n.ID.String())
	}
	return Node{}, fmt.Errorf("%w: %s", errSeveral, strings.Join(names, ", "))
}

var errSeveral = errors.New("several devices fit this address; write one of these")

func (id ID) fits(n Node) bool {
	return id.VID == n.VID && id.PID == n.PID &&
		(id.Serial == "" || id.Serial == n.Serial) &&
		(id.Topology == "" || id.Topology == n.Topology) &&
		(id.Interface < 0 || n.Interface < 0 || id.Interface == n.Interface)
}

// look reads what stands behind one node.
func (s Sys) look(class Class, dir, name string) (Node, bool) {
	path, err := filepath.EvalSymlinks(filepath.Join(dir, name))
	if err != nil {
		return Node{}, false // gone meanwhile
	}
	n := Node{ID: ID{Interface: -1}, Class: class, Protocol: -1}
	if n.Dev = s.node(path); n.Dev == "" {
		return Node{}, false // an interface, a hub's port, an input device without a node
	}
	if class == ClassInput && !strings.HasPrefix(filepath.Base(n.Dev), "event") {
		return Node{}, false // an old joystick or mouse node of the same device
	}
	for up := path; len(up) > len(s.root()); up = filepath.Dir(up) {
		s.climb(&n, up)
		if n.Topology != "" {
			break
		}
	}
	if class == ClassHID {
		if desc, err := os.ReadFile(filepath.Join(path, "device", "report_descriptor")); err == nil {
			r := parseReports(desc)
			n.UsagePage, n.Usage = r.page, r.usage
		}
	}
	return n, n.VID != 0 || n.PID != 0
}

// climb takes what one folder on the way up knows.
func (s Sys) climb(n *Node, dir string) {
	if n.Interface < 0 {
		if v, ok := number(dir, "bInterfaceNumber", 16); ok {
			n.Interface = int(v)
			if p, ok := number(dir, "bInterfaceProtocol", 16); ok {
				n.Protocol = int(p)
			}
		}
	}
	if v, ok := number(dir, "idVendor", 16); ok {
		p, _ := number(dir, "idProduct", 16)
		n.VID, n.PID, n.Topology = uint16(v), uint16(p), filepath.Base(dir)
		n.Serial, n.Product = word(dir, "serial"), word(dir, "product")
		return
	}
	if v, ok := number(dir, "id/vendor", 16); ok && n.VID == 0 { // an input device that hangs on no bus
		p, _ := number(dir, "id/product", 16)
		n.VID, n.PID = uint16(v), uint16(p)
		n.Serial, n.Product = word(dir, "uniq"), word(dir, "name")
	}
}

// node is the device node of a folder, "" when it has none.
func (s Sys) node(dir string) string {
	text, err := os.ReadFile(filepath.Join(dir, "uevent"))
	if err != nil {
		return ""
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		if name, ok := strings.CutPrefix(line, "DEVNAME="); ok && filepath.IsLocal(name) {
			return filepath.Join(s.dev(), name)
		}
	}
	return ""
}

func word(dir, name string) string {
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

func number(dir, name string, base int) (uint64, bool) {
	n, err := strconv.ParseUint(word(dir, name), base, 16)
	return n, err == nil
}
