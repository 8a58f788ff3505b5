//go:build !linux

package port

import "github.com/karalabe/usb"

// zeroFirst: the library puts the zero before a report itself.
const zeroFirst = false

// hidRelease has nothing to give back where the system shares the device.
type hidRelease struct{}

func prepareHID(place) (hidRelease, reports, error) { return hidRelease{}, reports{}, nil }

func sameDevice(d usb.DeviceInfo, id ID) bool { return id.Serial == "" || id.Serial == d.Serial }

// wake closes the library's device: the system itself ends its read.
func (hidRelease) wake(d usb.Device) { _ = d.Close() }

func (hidRelease) close() error { return nil }
