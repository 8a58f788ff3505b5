// Package numberboard is the contract of small LED boards over a window
// (窗口屏). Source: protocol sheet §D.3.
package numberboard

import (
	"context"

	"hallway/devices"
)

// Board shows the number that is called at a window.
type Board interface {
	devices.Device
	// Show shows a ticket number; boards of digits show its digits. Empty blanks.
	Show(ctx context.Context, number string) error
}
