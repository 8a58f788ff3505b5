// Package inside is what runs in the emulated machine of the USB lab: it is
// that machine's first program. It loads the modules, makes devices out of
// software, and runs the drivers' tests against them.
//
// On any other machine its tests do nothing. Run it by build/usblab/run.
// Source: the facts of the USB lab; the kernel's own pages on gadgets.
package inside

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// sockets are how many devices can be plugged in at once.
const sockets = 4

// Boot makes this program the machine: file systems, modules.
func Boot() error {
	for _, m := range []struct{ kind, at string }{
		{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}, {"tmpfs", "/tmp"},
	} {
		if err := unix.Mount(m.kind, m.at, m.kind, 0, ""); err != nil && !errors.Is(err, unix.EBUSY) {
			return fmt.Errorf("mount %s: %w", m.at, err)
		}
	}
	list, err := os.ReadFile("/mod/order")
	if err != nil {
		return err
	}
	for name := range strings.FieldsSeq(string(list)) {
		if err := load(name); err != nil {
			return err
		}
	}
	return unix.Mount("configfs", "/sys/kernel/config", "configfs", 0, "")
}

func load(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	params := ""
	switch filepath.Base(name) {
	case "dummy_hcd.ko":
		params = "num=" + strconv.Itoa(sockets)
	case "vivid.ko": // one camera and nothing else: no tuner, no output
		params = "n_devs=1 node_types=0x1"
	}
	if err := unix.FinitModule(int(f.Fd()), params, 0); err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("module %s: %w", name, err)
	}
	return nil
}

// Gadget is a USB device made of software.
type Gadget struct {
	dir       string
	socket    int
	functions []Function
}

// Function is one function of a gadget: its kind and name as the kernel wants
// them, and its attributes.
type Function struct {
	Name  string // hid.u0
	Attrs map[string]string
}

// Make makes a gadget, unplugged.
func Make(name string, socket int, vid, pid uint16, serial string, functions ...Function) (*Gadget, error) {
	g := &Gadget{dir: filepath.Join("/sys/kernel/config/usb_gadget", name), socket: socket, functions: functions}
	attrs := []struct{ path, value string }{
		{"idVendor", fmt.Sprintf("0x%04x", vid)},
		{"idProduct", fmt.Sprintf("0x%04x", pid)},
		{"bcdUSB", "0x0200"},
		{"strings/0x409/manufacturer", "Lab"},
		{"strings/0x409/product", name},
		{"strings/0x409/serialnumber", serial},
		{"configs/c.1/MaxPower", "100"},
	}
	for _, f := range functions {
		attrs = append(attrs, struct{ path, value string }{"functions/" + f.Name + "/", ""})
		for k, v := range f.Attrs {
			attrs = append(attrs, struct{ path, value string }{"functions/" + f.Name + "/" + k, v})
		}
	}
	for _, a := range attrs {
		path := filepath.Join(g.dir, a.path)
		if strings.HasSuffix(a.path, "/") {
			if err := os.MkdirAll(path, 0o755); err != nil {
				return nil, err
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		if a.path == "strings/0x409/serialnumber" && serial == "" {
			continue
		}
		if err := os.WriteFile(path, []byte(a.value), 0o644); err != nil {
			return nil, fmt.Errorf("gadget %s: %w", name, err)
		}
	}
	for _, f := range functions {
		if err := os.Symlink(filepath.Join(g.dir, "functions", f.Name), filepath.Join(g.dir, "configs/c.1", f.Name)); err != nil {
			return nil, fmt.Errorf("gadget %s: %w", name, err)
		}
	}
	return g, nil
}

// Plug plugs the gadget into its socket.
func (g *Gadget) Plug() error { return g.udc("dummy_udc." + strconv.Itoa(g.socket)) }

// Unplug pulls it out. It does nothing to one that is out.
func (g *Gadget) Unplug() error {
	err := g.udc("\n")
	if errors.Is(err, unix.ENODEV) {
		return nil
	}
	return err
}

// Remove takes the gadget away for good; its own sides must be closed.
func (g *Gadget) Remove() error {
	errs := []error{g.Unplug()}
	for _, f := range g.functions {
		errs = append(errs, os.Remove(filepath.Join(g.dir, "configs/c.1", f.Name)))
	}
	errs = append(errs, os.Remove(filepath.Join(g.dir, "configs/c.1")))
	for _, f := range g.functions {
		errs = append(errs, os.Remove(filepath.Join(g.dir, "functions", f.Name)))
	}
	return errors.Join(append(errs, os.Remove(filepath.Join(g.dir, "strings/0x409")), os.Remove(g.dir))...)
}

func (g *Gadget) udc(name string) error {
	return os.WriteFile(filepath.Join(g.dir, "UDC"), []byte(name), 0o644)
}

// Node is the gadget's own side of a function whose attribute says which
// number the kernel gave it: /dev/hidg0, /dev/ttyGS0. A kind that has one node
// only has no such attribute.
func (g *Gadget) Node(function, attr, prefix string) (string, error) {
	if attr == "" {
		return prefix, nil
	}
	text, err := os.ReadFile(filepath.Join(g.dir, "functions", function, attr))
	if err != nil {
		return "", err
	}
	number := strings.TrimSpace(string(text))
	if _, after, ok := strings.Cut(number, ":"); ok {
		number = after
	}
	return prefix + number, nil
}
