package port

import (
	"fmt"
	"net"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Parse reads a port address:
//
//	serial:/dev/ttyUSB0?baud=115200&parity=N&bits=8&stop=1&flow=none&driver=tarm&presence=none
//	tcp:192.168.1.50:9100?timeout=2s
//	file:/path/of/file
//	replay:/path/of/transcript
//	hid:0c2e:0b61            HID device, by its identity (see ID) or its node;
//	                         ?driver=karalabe opens it without hidraw
//	usb:0400:c35a            bulk pipes of a USB device
//	usblp:04b8:0202/SERIAL   USB printer
//	evdev:05f9:2204@1-1.4    keyboard-like device, taken from the keyboard's queue
//	serial:usb-067b:2303     serial line of a USB adapter, by its identity
//
// hid, usb, usblp and evdev also take «unix:PATH», a simulator's line
// (devices/port/cable).
// Unknown schemes, parameters and values are errors with code BadAddress: a
// typing mistake must not become a silent default.
func Parse(address string) (Opener, error) {
	scheme, rest, ok := strings.Cut(address, ":")
	if !ok || rest == "" {
		return nil, badAddress(address, "want scheme:target, e.g. serial:/dev/ttyUSB0?baud=115200")
	}
	target, query, _ := strings.Cut(rest, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, badAddress(address, "parameters: "+err.Error())
	}
	if target == "" || strings.ContainsRune(target, 0) {
		return nil, badAddress(address, "the target is empty or holds a NUL")
	}
	p := params{address: address, values: values}
	switch scheme {
	case "serial":
		return parseSerial(address, target, &p)
	case "tcp":
		return parseTCP(address, target, &p)
	case "file":
		return &fileOpener{address: address, path: target}, p.done()
	case "replay":
		return &replayOpener{address: address, path: target}, p.done()
	case "hid", "usb", "usblp", "evdev":
		return parseNode(address, scheme, target, &p)
	}
	return nil, badAddress(address, "unknown scheme "+strconv.Quote(scheme)+"; known are serial, tcp, file, replay, hid, usb, usblp, evdev")
}

func badAddress(address, why string) *Error {
	return &Error{Code: BadAddress, Port: address, Op: "parse", Err: fmt.Errorf("%s", why)}
}

func parseSerial(address, path string, p *params) (Opener, error) {
	o := &serialOpener{cfg: SerialConfig{
		Baud:   p.number("baud", 9600, 50, 4_000_000),
		Bits:   p.number("bits", 8, 5, 8),
		Stop:   p.number("stop", 1, 1, 2),
		Parity: p.choice("parity", "N", "N", "E", "O"),
		Flow:   p.choice("flow", "none", "none", "rts", "xon"),
		Driver: p.choice("driver", "tarm", "tarm", "bugst"),

		Presence: p.choice("presence", "none", "none", "dsr", "cts", "dcd"),
	}}
	if err := p.done(); err != nil {
		return nil, err
	}
	o.placed = placed{address: address, place: place{class: ClassTTY, path: path}, open: o.cfg.open}
	if name, ok := strings.CutPrefix(path, "usb-"); ok {
		id, err := ParseID(name)
		if err != nil {
			return nil, badAddress(address, err.Error())
		}
		o.place = place{class: ClassTTY, id: id}
	}
	return o, nil
}

func parseTCP(address, target string, p *params) (Opener, error) {
	host, service, err := net.SplitHostPort(target)
	if err != nil || host == "" {
		return nil, badAddress(address, "want tcp:host:port")
	}
	if n, err := strconv.Atoi(service); err != nil || n < 1 || n > 65535 {
		return nil, badAddress(address, "the port is a number from 1 to 65535")
	}
	o := &tcpOpener{address: address, target: target, timeout: p.duration("timeout", 2*time.Second)}
	if err := p.done(); err != nil {
		return nil, err
	}
	return o, nil
}

// params reads each parameter once and remembers the first mistake.
type params struct {
	address string
	values  url.Values
	err     *Error
}

func (p *params) take(name string) string {
	v := p.values[name]
	delete(p.values, name)
	if len(v) > 1 && p.err == nil {
		p.err = badAddress(p.address, name+" is given twice")
	}
	if len(v) == 0 {
		return ""
	}
	return v[0]
}

func (p *params) number(name string, def, low, high int) int {
	s := p.take(name)
	if s == "" {
		return def
	}
	n, err := strconv.Atoi(s)
	if (err != nil || n < low || n > high) && p.err == nil {
		p.err = badAddress(p.address, fmt.Sprintf("%s is a number from %d to %d", name, low, high))
	}
	return n
}

func (p *params) choice(name, def string, allowed ...string) string {
	s := p.take(name)
	if s == "" {
		return def
	}
	for _, a := range allowed {
		if strings.EqualFold(a, s) {
			return a
		}
	}
	if p.err == nil {
		p.err = badAddress(p.address, name+" is one of "+strings.Join(allowed, ", "))
	}
	return def
}

func (p *params) duration(name string, def time.Duration) time.Duration {
	s := p.take(name)
	if s == "" {
		return def
	}
	d, err := time.ParseDuration(s)
	if (err != nil || d <= 0 || d > time.Minute) && p.err == nil {
		p.err = badAddress(p.address, name+" is a time such as 500ms, at most 1m")
	}
	return d
}

func (p *params) done() error {
	if p.err != nil {
		return p.err
	}
	if len(p.values) == 0 {
		return nil
	}
	names := make([]string, 0, len(p.values))
	for n := range p.values {
		names = append(names, n)
	}
	sort.Strings(names)
	return badAddress(p.address, "unknown parameter "+strings.Join(names, ", "))
}
