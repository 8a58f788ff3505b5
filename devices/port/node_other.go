//go:build !linux

package port

// systemHID is how a HID device is opened when its address does not say.
const systemHID = "karalabe"

// nodeKinds: but for HID, devices are found by what they are on Linux only.
// Elsewhere such an address is refused, and its device is used through its
// serial port.
var nodeKinds = map[string]nodeKind{}
