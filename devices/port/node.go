package port

import (
	"context"
	"errors"

	"path/filepath"
	"strings"
)

// place is where a device is to be found: by its identity, looked up anew at
// each opening, or by the path of a node.
type place struct {
	sys   Sys
	class Class
	path  string
	id    ID
}

// unixPrefix stands before the socket of a simulator, which speaks packets
// instead of USB (devices/port/cable).
const unixPrefix = "unix:"

func parsePlace(class Class, target string) (place, error) {
	if filepath.IsAbs(target) {
		return place{class: class, path: target}, nil
	}
	id, err := ParseID(target)
	return place{class: class, id: id}, err
}

// find gives the node. A path that the system has no entry for is taken as it
// is: what stands behind it is then not known.
func (p place) find() (Node, error) {
	if p.path == "" {
		return p.sys.Find(p.class, p.id)
	}
	real := p.path
	if to, err := filepath.EvalSymlinks(p.path); err == nil {
		real = to
	}
	for _, n := range p.sys.List(p.class) {
		if n.Dev == real {
			return n, nil
		}
	}
	return Node{ID: ID{Interface: -1}, Dev: p.path, Class: p.class, Protocol: -1}, nil
}

// announced: a device of USB is, and so is a node that only such a device has.
func (p place) announced() bool {
	return p.path == "" || strings.HasPrefix(p.path, "/dev/ttyUSB") || strings.HasPrefix(p.path, "/dev/ttyACM") ||
		p.class != ClassTTY && strings.HasPrefix(p.path, "/dev/")
}

// placed opens what a place leads to. An error without a code gets one.
type placed struct {
	address string
	place   place
	open    func(address string, at place) (Port, error)
}

func (o *placed) Address() string { return o.address }

func (o *placed) identity() (ID, bool) { return o.place.id, o.place.path == "" }

func (o *placed) announced() bool { return o.place.announced() }

func (o *placed) Open(ctx context.Context) (Port, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p, err := o.open(o.address, o.place)
	if err != nil {
		var known *Error
		if errors.As(err, &known) {
			return nil, err
		}
		return nil, &Error{Code: openCode(err), Port: o.address, Op: "open", Err: err}
	}
	return p, nil
}

// parseNode reads the addresses of devices that are found by what they are:
// hid:ID, usb:ID, usblp:ID, evdev:ID; each also takes the path of a node, and
// «unix:PATH» for a simulator.
func parseNode(address, scheme, target string, p *params) (Opener, error) {
	driver := systemHID
	if scheme == "hid" {
		driver = p.choice("driver", systemHID, "hidraw", "karalabe")
	}
	if err := p.done(); err != nil {
		return nil, err
	}
	if path, ok := strings.CutPrefix(target, unixPrefix); ok {
		if path == "" {
			return nil, badAddress(address, "want "+scheme+":unix:PATH")
		}
		return &packetOpener{address: address, scheme: scheme, path: path}, nil
	}
	if scheme == "hid" && driver == "karalabe" {
		id, err := ParseID(target)
		if err != nil {
			return nil, badAddress(address, err.Error())
		}
		return &placed{address: address, place: place{class: ClassHID, id: id}, open: openKaralabe}, nil
	}
	kind, ok := nodeKinds[scheme]
	if !ok {
		return nil, badAddress(address, "this system has no "+scheme+" devices")
	}
	at, err := parsePlace(kind.class, target)
	if err != nil {
		return nil, badAddress(address, err.Error())
	}
	return &placed{address: address, place: at, open: kind.find}, nil
}

// nodeKind is how one scheme is opened.
type nodeKind struct {
	class Class
	open  func(address string, n Node) (Port, error)
}

// find looks the node up anew at each opening.
func (k nodeKind) find(address string, at place) (Port, error) {
	n, err := at.find()
	if err != nil {
		return nil, err
	}
	return k.open(address, n)
}

// Packets is a port whose transfers keep their bounds: each Read gives one
// report, each Write sends one. A device that numbers its reports has the
// number as their first byte.
type Packets interface {
	Port
	// Lengths of the longest reports in each direction, in bytes as Read and
	// Write count them; 0 when the device has none.
	Lengths() (in, out int)
	// Feature sets a feature report; its number is the first byte where reports
	// are numbered.
	Feature(report []byte) error
}

// Pipes is a port with several pipes in each direction, in the order of their
// addresses. As a Port it is the first of each.
type Pipes interface {
	Port
	Pipes() (in, out int)
	ReadPipe(i int, b []byte) (int, error)
	WritePipe(i int, b []byte) (int, error)
}

// PaperPort is a port to a printer of the USB printer class.
type PaperPort interface {
	Port
	// PaperStatus asks for the one byte that every such printer answers beside
	// its data: 20 paper empty, 10 selected, 08 no error; 18 is good.
	PaperStatus() (byte, error)
	// DeviceID is what the printer says it is (IEEE 1284: «MFG:…;MDL:…;»).
	DeviceID() (string, error)
	// OneWay says that the printer takes bytes and never answers.
	OneWay() bool
}

// KeyPort is a port to a keyboard-like device below every input method. Read
// gives whole event records of the system; nobody else gets them while it is
// open.
type KeyPort interface {
	Port
	// Held are the keys that were down when the device was opened.
	Held() []uint16
}
