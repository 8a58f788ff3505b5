// Package scanner is the contract of bar-code scanners (扫码器).
//
// Guarantees: a scan is data, never keys; a broken scan is reported as broken
// and never delivered by halves. Text policy: ECI if given, else strict UTF-8,
// else GB18030 (protocol sheet §B.5).
package scanner

import (
	"time"

	"hallway/devices"
)

// Scan is one code that was read.
type Scan struct {
	At     time.Time
	Raw    []byte
	Text   string
	AIM    string // "]Q1", or "" when the scanner does not say
	Broken bool   // unfinished or over-long; Raw is what came
}

// Scanner delivers scans.
type Scanner interface {
	devices.Device
	Scans() <-chan Scan
}
