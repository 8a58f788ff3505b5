//go:build !linux

package port

// nodeKinds: devices are found by what they are on Linux only. Elsewhere such
// an address is refused, and its device is used through its serial port.
var nodeKinds = map[string]nodeKind{}
