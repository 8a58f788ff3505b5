// Package detect proposes a configuration for what is plugged in.
//
// Guarantees: it opens nothing and writes to no device; it reads the system's
// own list of devices (port.Sys), and takes SANE's list of scanners. Each proposal says why, and how sure it
// is: a printer says that it is one (USB class 7), and so does a scanner in its
// best mode (HID usage page 8C); a keyboard is proposed only where its maker makes
// scanners; a serial adapter does not say what hangs behind
// it, and gets no proposal but a hint. Devices are named by what they are, with
// the serial number where there is one, and with the socket where two are equal.
// Source: protocol sheet §A.1, §B.1, §B.3, §C.3 for the numbers of makers.
package detect

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"hallway/devices"
	"hallway/devices/capture/sane"
	"hallway/devices/port"
)

// Sure is how sure a proposal is.
type Sure string

const (
	Certain Sure = "certain" // the device says so itself
	Likely  Sure = "likely"  // such a device is known under this maker and product
	Unknown Sure = "unknown" // something is there; a person must say what
)

// Proposal is one device that was found.
type Proposal struct {
	Node   port.Node
	Sure   Sure
	Why    string
	Config devices.Config // Kind empty: nothing can be proposed
}

// known are makers and products of devices that do not say what they are.
type known struct {
	vid, pid uint16 // pid 0: any
	kind     devices.Kind
	model    string
	query    string // of a serial port
	what     string
}

var serialDevices = []known{
	{0x0C2E, 0, devices.KindScanner, "serial", "", "Honeywell scanner as a serial port"},
	{0x23D0, 0, devices.KindScanner, "serial", "", "Youjie scanner as a serial port"},
	{0x05E0, 0, devices.KindScanner, "serial", "", "Zebra scanner as a serial port"},
	{0x05F9, 0, devices.KindScanner, "serial", "", "Datalogic scanner as a serial port"},
	{0x10C4, 0x8A1B, devices.KindIDCard, "sdt", "?baud=115200", "Senter card reader"},
}

// readers are card readers that say nothing of themselves in their pipes and
// reports; the same numbers stand on readers with either kind of pipes.
var readers = map[port.Class][]known{
	port.ClassUSB: {
		{0x0400, 0xC35A, devices.KindIDCard, "sdt", "", "card reader with bulk pipes"},
		{0x0483, 0x5652, devices.KindIDCard, "sdt", "", "card reader with bulk pipes"},
		{0x2015, 0x0008, devices.KindIDCard, "sdt", "", "Senrui card reader"},
		{0x9573, 0x4836, devices.KindIDCard, "sdt", "", "Yishu card reader"},
	},
	port.ClassHID: {{0x2B8B, 0x2721, devices.KindIDCard, "sdt", "", "card reader by reports"}},
}

// typing are makers of scanners that type when they are set to. No other keyboard is
// ever proposed: whoever grabs one takes it away.
var typing = map[uint16]string{0x0C2E: "Honeywell", 0x23D0: "Youjie", 0x05E0: "Zebra", 0x05F9: "Datalogic"}

// Detect proposes a configuration for everything that is plugged in, and for the
// scanners of papers that SANE lists. has says which drivers the program has.
func Detect(sys port.Sys, scanners []sane.Found, has func(kind devices.Kind, model string) bool) []Proposal {
	var all []Proposal
	for _, n := range unique(sys.List(port.ClassPrinter)) {
		all = append(all, Proposal{Node: n, Sure: Certain, Why: "a USB printer (class 7)",
			Config: devices.Config{Kind: devices.KindPrinter, Model: "escpos", Port: "usblp:" + n.ID.String()}})
	}
	for _, n := range unique(sys.List(port.ClassHID)) {
		if n.UsagePage == 0x8C {
			all = append(all, Proposal{Node: n, Sure: Certain, Why: "a bar-code scanner that sends reports (HID POS)",
				Config: devices.Config{Kind: devices.KindScanner, Model: "hidpos", Port: "hid:" + n.ID.String()}})
		}
		all = append(all, reader(n)...)
	}
	for _, n := range unique(sys.List(port.ClassUSB)) {
		all = append(all, reader(n)...)
	}
	for _, n := range first(unique(sys.List(port.ClassInput))) {
		if maker := typing[n.VID]; maker != "" {
			all = append(all, Proposal{Node: n, Sure: Likely, Why: maker + " scanner that types",
				Config: devices.Config{Kind: devices.KindScanner, Model: "wedge", Port: "evdev:" + n.ID.String()}})
		}
	}
	for _, n := range unique(first(sys.List(port.ClassVideo))) { // its driver finds the node with pictures
		all = append(all, Proposal{Node: n, Sure: Likely, Why: "a camera: a scanner of codes that are held before it; for papers: kind = \"capture\", model = \"doccam\"",
			Config: devices.Config{Kind: devices.KindScanner, Model: "camera", Port: "v4l:" + n.ID.String()}})
	}
	for _, f := range scanners {
		all = append(all, Proposal{Node: port.Node{Dev: f.Name, Product: f.Maker + " " + f.Model}, Sure: Certain, Why: "a scanner of papers, by SANE",
			Config: devices.Config{Kind: devices.KindCapture, Model: sane.Model, Port: f.Address()}})
	}
	for _, n := range unique(sys.List(port.ClassTTY)) {
		all = append(all, serial(n))
	}
	for i, p := range all {
		if p.Config.Kind != "" && !has(p.Config.Kind, p.Config.Model) {
			all[i].Why += fmt.Sprintf("; this program has no driver %s/%s", p.Config.Kind, p.Config.Model)
			all[i].Config = devices.Config{}
		}
	}
	name(all)
	return all
}

// reader proposes a card reader, where one is known under these numbers.
func reader(n port.Node) []Proposal {
	scheme := map[port.Class]string{port.ClassUSB: "usb:", port.ClassHID: "hid:"}[n.Class]
	for _, k := range readers[n.Class] {
		if k.vid == n.VID && k.pid == n.PID {
			return []Proposal{{Node: n, Sure: Likely, Why: k.what,
				Config: devices.Config{Kind: k.kind, Model: k.model, Port: scheme + n.ID.String()}}}
		}
	}
	return nil
}

func serial(n port.Node) Proposal {
	address := "serial:usb-" + n.ID.String()
	for _, k := range serialDevices {
		if k.vid == n.VID && (k.pid == 0 || k.pid == n.PID) {
			return Proposal{Node: n, Sure: Likely, Why: k.what,
				Config: devices.Config{Kind: k.kind, Model: k.model, Port: address + k.query}}
		}
	}
	return Proposal{Node: n, Sure: Unknown, Why: "a serial line; write kind, model and baud of what hangs behind it, with port = \"" + address + "?baud=9600\""}
}

// unique leaves out of each identity what is not needed to tell it apart: the
// socket, unless two are equal, and the interface of a device with one node.
func unique(nodes []port.Node) []port.Node {
	count := map[port.ID]int{}
	short := func(n port.Node, interfaces bool) port.ID {
		id := n.ID
		id.Topology = ""
		if !interfaces {
			id.Interface = -1
		}
		return id
	}
	for _, n := range nodes {
		count[short(n, false)]++
	}
	equal := map[port.ID]int{}
	for _, n := range nodes {
		equal[short(n, true)]++
	}
	for i, n := range nodes {
		switch {
		case count[short(n, false)] == 1:
			nodes[i].ID = short(n, false)
		case equal[short(n, true)] == 1:
			nodes[i].ID = short(n, true)
		}
	}
	return nodes
}

// first leaves one node of each device: a camera has one more for what it tells of its
// pictures, a keyboard one more for its special keys.
func first(nodes []port.Node) []port.Node {
	seen := map[string]bool{}
	return slices.DeleteFunc(nodes, func(n port.Node) bool {
		was := seen[n.Topology]
		seen[n.Topology] = true
		return was
	})
}

// name gives each proposal an id of its own.
func name(all []Proposal) {
	used := map[string]int{}
	for i := range all {
		kind := string(all[i].Config.Kind)
		if kind == "" {
			continue
		}
		used[kind]++
		all[i].Config.ID = kind
		if used[kind] > 1 {
			all[i].Config.ID = fmt.Sprintf("%s-%d", kind, used[kind])
			if kind != string(devices.KindScanner) {
				all[i].Why += "; a terminal uses one of a kind, so keep one of them"
			}
		}
	}
}

// Write writes the proposals as configuration to paste. What nobody can propose
// is a comment.
func Write(w io.Writer, all []Proposal) error {
	var b strings.Builder
	if len(all) == 0 {
		b.WriteString("# Nothing was found. Network printers and built-in serial ports do not say that they are there.\n")
	}
	for _, p := range all {
		fmt.Fprintf(&b, "# %s: %s (%s)\n", OneLine(p.Node.Dev), p.Why, p.Sure)
		if text := p.Node.Product; text != "" {
			fmt.Fprintf(&b, "# it says that it is: %s\n", OneLine(text))
		}
		if p.Config.Kind != "" {
			fmt.Fprintf(&b, "[[device]]\nid = %q\nkind = %q\nmodel = %q\nport = %q\n", p.Config.ID, p.Config.Kind, p.Config.Model, p.Config.Port)
		}
		b.WriteString("\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// OneLine keeps what a device says from becoming configuration.
func OneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return '.'
		}
		return r
	}, s)
}
