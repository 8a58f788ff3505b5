//go:build !linux

package sane

// memoryFolder: SANE is used on Linux only.
func memoryFolder() (string, error) { return "", errNoMemory }

func alive(int) bool { return true }
