//go:build !linux

package server

import "errors"

const canWriteSocket = false

func writeSocket(uintptr, []byte) (int, error) { return 0, errors.ErrUnsupported }

// closings are found by a goroutine of each stream here.
type closings struct{}

func newClosings(func(func()), func(*stream)) *closings { return &closings{} }

func (*closings) add(*stream) bool { return false }
func (*closings) forget(*stream)   {}
func (*closings) end()             {}
