package port

// usbInterface is one interface of a device, as its descriptors say.
type usbInterface struct {
	number    uint8
	class     uint8
	subclass  uint8
	protocol  uint8
	endpoints []usbEndpoint
}

type usbEndpoint struct {
	address uint8
	kind    uint8
}

const (
	endpointBulk      = 2
	endpointInterrupt = 3
)

// parseConfig reads the interfaces of a device's first configuration in their
// first setting, from its descriptors in a row (USB 2.0, §9.6). What is cut off
// or makes no sense ends it.
func parseConfig(b []byte) []usbInterface {
	var all []usbInterface
	configs, listening := 0, false
	for len(b) >= 2 && int(b[0]) >= 2 && int(b[0]) <= len(b) {
		d := b[:b[0]]
		b = b[b[0]:]
		switch {
		case d[1] == 2:
			if configs++; configs > 1 {
				return all
			}
		case d[1] == 4 && len(d) >= 9:
			if listening = d[3] == 0; listening {
				all = append(all, usbInterface{number: d[2], class: d[5], subclass: d[6], protocol: d[7]})
			}
		case d[1] == 5 && len(d) >= 7 && listening:
			if kind := d[3] & 3; kind >= endpointBulk {
				i := &all[len(all)-1]
				i.endpoints = append(i.endpoints, usbEndpoint{address: d[2], kind: kind})
			}
		}
	}
	return all
}

// chooseInterface takes the wanted interface, or with -1 the first that has
// pipes in both directions.
func chooseInterface(all []usbInterface, want int) (usbInterface, bool) {
	for _, i := range all {
		in, out := false, false
		for _, e := range i.endpoints {
			in, out = in || e.address&0x80 != 0, out || e.address&0x80 == 0
		}
		if want >= 0 && int(i.number) == want && (in || out) || want < 0 && in && out {
			return i, true
		}
	}
	return usbInterface{}, false
}
