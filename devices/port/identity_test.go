package port

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hallway/devices/port/fakesys"
)

// fakeSys is the system's list of a testdata file.
func fakeSys(t *testing.T, name string) Sys {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return Sys{Root: fakesys.Make(t, string(text))}
}

func TestIdentityOfWhatIsThere(t *testing.T) {
	s := fakeSys(t, "sys.txt")
	for _, c := range []struct {
		class Class
		want  []string
	}{
		{ClassHID, []string{
			"/dev/hidraw0 0c2e:0b61/SN%207%2Fa@1-1#0 protocol 0 page 8c usage 2 Scanner",
			"/dev/hidraw1 2b8b:2721@1-2#0 protocol -1 page 0 usage 0 ",
			"/dev/hidraw2 2b8b:2721@1-4.1#0 protocol -1 page 0 usage 0 "}},
		{ClassTTY, []string{"/dev/ttyUSB0 067b:2303@1-3#0 protocol -1 page 0 usage 0 "}}, // a built-in port has no identity
		{ClassPrinter, []string{"/dev/usb/lp0 04b8:0202@1-5#1 protocol 1 page 0 usage 0 "}},
		{ClassInput, []string{"/dev/input/event3 05f9:2204 protocol -1 page 0 usage 0 keys"}},
		{ClassUSB, []string{"/dev/bus/usb/001/002 0c2e:0b61/SN%207%2Fa@1-1 protocol -1 page 0 usage 0 Scanner"}},
		{ClassVideo, nil},
	} {
		var got []string
		for _, n := range s.List(c.class) {
			got = append(got, fmt.Sprintf("%s %s protocol %d page %x usage %x %s", n.Dev, n.ID, n.Protocol, n.UsagePage, n.Usage, n.Product))
		}
		if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s:\n%s\nwant\n%s", c.class, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

func TestFindByIdentity(t *testing.T) {
	s := fakeSys(t, "sys.txt")
	for _, c := range []struct {
		class Class
		id    string
		dev   string
		err   error
	}{
		{ClassHID, "0C2E:0B61", "/dev/hidraw0", nil},
		{ClassHID, "0c2e:0b61/SN%207%2fa@1-1#0", "/dev/hidraw0", nil},
		{ClassHID, "0c2e:0b61/SN", "", fs.ErrNotExist},
		{ClassHID, "0c2e:0b61#1", "", fs.ErrNotExist},
		{ClassHID, "2b8b:2721", "", errSeveral},
		{ClassHID, "2b8b:2721@1-4.1", "/dev/hidraw2", nil},
		{ClassTTY, "067b:2303@1-3", "/dev/ttyUSB0", nil},
		{ClassTTY, "067b:2303@1-9", "", fs.ErrNotExist},
		{ClassUSB, "0c2e:0b61#1", "/dev/bus/usb/001/002", nil}, // the interface is chosen when it is opened
	} {
		id, err := ParseID(c.id)
		if err != nil {
			t.Fatal(err)
		}
		n, err := s.Find(c.class, id)
		if n.Dev != c.dev || !errors.Is(err, c.err) {
			t.Errorf("%s %s: %q, %v; want %q, %v", c.class, c.id, n.Dev, err, c.dev, c.err)
		}
	}
	if openCode(errSeveral) != Ambiguous {
		t.Error("several devices are not told apart from none")
	}
}

func TestParseID(t *testing.T) {
	for _, s := range []string{"", "0c2e", "0c2e:", "0c2e:0b6", "0c2e:0b61/", "0c2e:0b61/a b", "0c2e:0b61/%2", "0c2e:0b61@", "0c2e:0b61@1",
		"0c2e:0b61#", "0c2e:0b61#x", "0c2e:0b61#999", "0c2e:0b61#1@1-1", "0c2e:0b61/é", " 0c2e:0b61", "0c2e:0b61\n"} {
		if id, err := ParseID(s); err == nil {
			t.Errorf("%q is read as %s", s, id)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		want := ID{
			VID: rapid.Uint16().Draw(t, "vid"), PID: rapid.Uint16().Draw(t, "pid"), Serial: rapid.String().Draw(t, "serial"),
			Topology:  rapid.StringMatching(`|[0-9]{1,2}-[1-9](\.[1-9]){0,4}`).Draw(t, "socket"),
			Interface: rapid.IntRange(-1, 255).Draw(t, "interface"),
		}
		got, err := ParseID(want.String())
		if err != nil || got != want {
			t.Fatalf("%q: %+v, %v; want %+v", want.String(), got, err, want)
		}
	})
}

func TestAddressesByIdentity(t *testing.T) {
	for _, a := range []string{"hid:0c2e:0b61", "hid:0c2e:0b61?driver=karalabe", "usb:0400:c35a@1-1", "usblp:04b8:0202/P1", "evdev:05f9:2204#0", "hid:/dev/hidraw0",
		"serial:usb-067b:2303@1-3?baud=115200", "hid:unix:/tmp/line", "usb:unix:/tmp/line", "usblp:unix:/tmp/line", "evdev:unix:/tmp/line"} {
		if o, err := Parse(a); err != nil || o.Address() != a {
			t.Errorf("Parse(%q) = %v, %v", a, o, err)
		}
	}
	for _, a := range []string{"hid:", "hid:scanner", "hid:0c2e", "usb:unix:", "hid:0c2e:0b61?baud=9600", "hid:/dev/hidraw0?driver=karalabe", "usb:0c2e:0b61?driver=karalabe", "serial:usb-067b", "hid:./hidraw0"} {
		if o, err := Parse(a); CodeOf(err) != BadAddress {
			t.Errorf("Parse(%q) = %v, %v; want a BadAddress error", a, o, err)
		}
	}
}

// A device that is found by its identity is looked up anew at each opening.
func TestOpenByIdentity(t *testing.T) {
	s := fakeSys(t, "sys.txt")
	for id, want := range map[string]Code{"0c2e:0b99": Gone, "2b8b:2721": Ambiguous} {
		parsed, err := ParseID(id)
		if err != nil {
			t.Fatal(err)
		}
		o := &placed{address: "hid:" + id, place: place{sys: s, class: ClassHID, id: parsed}, open: nodeKind{}.find}
		if _, err := o.Open(t.Context()); CodeOf(err) != want {
			t.Errorf("%s: %v, want %s", id, err, want)
		}
	}
}

func TestWhoseArrivalIsTold(t *testing.T) {
	for address, want := range map[string]bool{
		"hid:0c2e:0b61": true, "hid:0c2e:0b61?driver=karalabe": true, "usblp:/dev/usb/lp0": true, "serial:usb-067b:2303": true, "serial:/dev/ttyUSB0": true,
		"serial:/dev/ttyS0": false, "serial:/run/bench/reader": false, "tcp:192.0.2.1:9100": false, "hid:unix:/tmp/line": false,
	} {
		o, err := Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := Announced(Record(o, nil)); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}
