//go:build !linux

package camera

import (
	"context"
	"errors"

	"hallway/devices/port"
)

func openVideo(_ context.Context, address string, _ place, _ bool) (port.Port, error) {
	return nil, &port.Error{Code: port.Gone, Port: address, Op: "open", Err: errors.New("cameras on USB are read on Linux only; mjpeg and pictures work here")}
}

func isGone(error) bool { return false }
func isBusy(error) bool { return false }
