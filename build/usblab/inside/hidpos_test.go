package inside

import (
	"context"
	"fmt"
	"testing"

	"hallway/devices"
	"hallway/devices/devicetest"
	"hallway/devices/scanner/hidpos"
	"hallway/devices/scanner/hidpos/hidpossim"
)

// A scanner that sends nothing before it has its feature report: the gadget gets
// it as the kernel hands requests to devices without an OUT pipe.
func TestScannerByReportsOnUSB(t *testing.T) {
	devicetest.RunOnBus(t, func(t testing.TB) devicetest.Subject {
		sim := hidpossim.New(hidpossim.Options{AIM: "]Q1", Needs: []byte{0xFE, 1}})
		f := Function{Name: "hid.pos", Attrs: hid(posScanner, "64").Attrs}
		f.Attrs["no_out_endpoint"] = "1"
		g := gadget(t, "hidpos", 0x0C2E, 0x0B64, f)
		w := newWire(t, g, "hid.pos", "dev", "/dev/hidg", onReports{sim, 0xFE})
		s, err := hidpos.New(address(t, "hid:0c2e:0b64"), hidpos.Options{ID: "scanner"})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		return devicetest.Subject{Device: s, Line: w, Working: []devices.State{devices.Ready, devices.Degraded},
			Use: func(ctx context.Context) error {
				n++
				code := fmt.Sprintf("CODE-%d-%060d", n, n)
				return devicetest.Scan(ctx, s, code, func() { sim.Scan([]byte(code), hidpossim.Damage{}) })
			}}
	}, cycles())
}
