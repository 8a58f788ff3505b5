// Package detect proposes a configuration for what is plugged in.
//
// Guarantees: it opens nothing and writes to no device; it reads the system's
// own list of devices (port.Sys) alone. Each proposal says why, and how sure it
// is: a printer says that it is one (USB class 7), and so does a scanner in its
// best mode (HID usage page 8C); a serial adapter does not say what hangs behind
// it, and gets no proposal but a hint. Devices are named by what they are, with
// the serial number where there is one, and with the socket where two are equal.
// Source: protocol sheet §A.1, §B.1, §B.3, §C.3 for the numbers of makers.
package detect

import (
	"fmt"
	"io"
	"strings"

	"hallway/devices"
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

// Detect proposes a configuration for everything that is plugged in. has says
// which drivers the program has.
func Detect(sys port.Sys, has func(kind devices.Kind, model string) bool) []Proposal {
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
			all[i].Why += "; a terminal uses one of a kind, so keep one of them"
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
		fmt.Fprintf(&b, "# %s: %s (%s)\n", p.Node.Dev, p.Why, p.Sure)
		if text := p.Node.Product; text != "" {
			fmt.Fprintf(&b, "# it says that it is: %s\n", oneLine(text))
		}
		if p.Config.Kind != "" {
			fmt.Fprintf(&b, "[[device]]\nid = %q\nkind = %q\nmodel = %q\nport = %q\n", p.Config.ID, p.Config.Kind, p.Config.Model, p.Config.Port)
		}
		b.WriteString("\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// oneLine keeps what a device says from becoming configuration.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return '.'
		}
		return r
	}, s)
}
