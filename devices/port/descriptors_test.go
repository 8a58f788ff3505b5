package port

import (
	"reflect"
	"testing"

	"hallway/build/fuzz"
)

func TestReportDescriptors(t *testing.T) {
	for _, c := range []struct {
		name string
		desc []byte
		want reports
	}{
		{"nothing", nil, reports{}},
		{"a scanner with numbered reports", []byte{0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x85, 0x02, 0x75, 0x08, 0x95, 0x3F, 0x81, 0x02,
			0x85, 0xFD, 0x95, 0x1F, 0x91, 0x02, 0x85, 0xFE, 0x95, 0x01, 0xB1, 0x02, 0xC0},
			reports{page: 0x8C, usage: 2, numbered: true, in: 64, out: 32, feature: 2}},
		{"64 bytes without a number", []byte{0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01, 0x75, 0x08, 0x95, 0x40, 0x81, 0x02, 0x91, 0x02, 0xC0},
			reports{page: 0xFF00, usage: 1, in: 64, out: 64}},
		{"a keyboard: bits are added up", []byte{0x05, 0x01, 0x09, 0x06, 0xA1, 0x01, 0x75, 0x01, 0x95, 0x08, 0x81, 0x02,
			0x95, 0x01, 0x75, 0x08, 0x81, 0x01, 0x95, 0x06, 0x75, 0x08, 0x81, 0x00, 0x95, 0x05, 0x75, 0x01, 0x91, 0x02, 0xC0},
			reports{page: 1, usage: 6, in: 8, out: 1}},
		{"push and pop", []byte{0x75, 0x08, 0x95, 0x02, 0xA4, 0x95, 0x10, 0x81, 0x02, 0xB4, 0x91, 0x02}, reports{in: 16, out: 2}},
		{"page and usage in one item", []byte{0x0B, 0x02, 0x00, 0x8C, 0x00, 0xA1, 0x01}, reports{page: 0x8C, usage: 2}},
		{"a long item is passed over", []byte{0xFE, 2, 0x10, 9, 9, 0x75, 0x08, 0x95, 0x01, 0x81, 0x02}, reports{in: 1}},
		{"cut off in an item", []byte{0x75, 0x08, 0x95, 0x01, 0x81, 0x02, 0x96, 0x01}, reports{in: 1}},
	} {
		if got := parseReports(c.desc); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func FuzzReports(f *testing.F) {
	f.Add([]byte{0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x85, 0x02, 0x75, 0x08, 0x95, 0x3F, 0x81, 0x02, 0xC0})
	f.Add([]byte{0xFE, 0xFF, 0x00})
	fuzz.Run(f, func(t *testing.T, b []byte) {
		if r := parseReports(b); max(r.in, r.out, r.feature) > maxReport+1 || min(r.in, r.out, r.feature) < 0 {
			t.Errorf("%x: %+v", b, r)
		}
	})
}

// twoPairs are the descriptors of a card reader with two pairs of bulk pipes,
// in the order in which such a reader gives them.
var twoPairs = []byte{
	18, 1, 0, 2, 0, 0, 0, 64, 0x00, 0x04, 0x5A, 0xC3, 0, 1, 1, 2, 0, 1,
	9, 2, 46, 0, 1, 1, 0, 0x80, 50,
	9, 4, 0, 0, 4, 0xFF, 0, 0, 0,
	7, 5, 0x02, 2, 64, 0, 0, 7, 5, 0x81, 2, 64, 0, 0, 7, 5, 0x06, 2, 64, 0, 0, 7, 5, 0x85, 2, 64, 0, 0,
}

func TestConfigDescriptors(t *testing.T) {
	pair := []usbEndpoint{{0x02, 2}, {0x81, 2}, {0x06, 2}, {0x85, 2}}
	all := parseConfig(twoPairs)
	if want := []usbInterface{{number: 0, class: 0xFF, endpoints: pair}}; !reflect.DeepEqual(all, want) {
		t.Errorf("got %+v, want %+v", all, want)
	}
	more := append([]byte{}, twoPairs...)
	more = append(more, 9, 4, 0, 1, 1, 0xFF, 0, 0, 0, 7, 5, 0x83, 2, 64, 0, 0) // another setting of the same
	more = append(more, 9, 4, 1, 0, 1, 3, 0, 0, 0, 7, 5, 0x84, 3, 8, 0, 4)     // an interface that only speaks
	more = append(more, 9, 2, 25, 0, 1, 2, 0, 0x80, 50, 9, 4, 7, 0, 1, 0xFF, 0, 0, 0, 7, 5, 0x01, 2, 64, 0, 0)
	all = parseConfig(more)
	if len(all) != 2 || len(all[0].endpoints) != 4 || all[1].number != 1 {
		t.Fatalf("got %+v", all)
	}
	for _, c := range []struct{ want, got int }{{-1, 0}, {0, 0}, {1, 1}} {
		if i, ok := chooseInterface(all, c.want); !ok || int(i.number) != c.got {
			t.Errorf("interface %d: %+v, %v", c.want, i, ok)
		}
	}
	if i, ok := chooseInterface(all, 7); ok {
		t.Errorf("an interface that is not there: %+v", i)
	}
	if i, ok := chooseInterface(all[1:], -1); ok {
		t.Errorf("an interface that cannot be asked: %+v", i)
	}
}

func FuzzConfig(f *testing.F) {
	f.Add(twoPairs)
	f.Add([]byte{9, 4, 0, 0})
	fuzz.Run(f, func(t *testing.T, b []byte) {
		for _, i := range parseConfig(b) {
			for _, e := range i.endpoints {
				if e.kind < endpointBulk {
					t.Errorf("%x: endpoint %+v", b, e)
				}
			}
		}
	})
}
