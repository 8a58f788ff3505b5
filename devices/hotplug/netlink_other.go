//go:build !linux

package hotplug

import "errors"

func listen() (source, error) { return nil, errors.New("this system does not tell") }
