// Package outlet is where a scanner's driver puts the codes that it read.
//
// Guarantees: every code is delivered or counted: of more than 1024 that wait the
// oldest is lost («lost»), a code in which nothing can be seen is no scan
// («empty»). Three broken codes in a row are a fault of the scanner, which the
// next whole one clears.
package outlet

import (
	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/scanner"
)

// waiting is how many codes may wait: a pile of papers, read while the program has no
// time at all.
const waiting = 1024

// brokenLimit is how many broken codes in a row are a fault of the scanner.
const brokenLimit = 3

// Outlet is one scanner's. One goroutine delivers.
type Outlet struct {
	base   *driver.Base
	scans  chan scanner.Scan
	broken int
}

// New makes the outlet of a scanner.
func New(base *driver.Base) *Outlet {
	return &Outlet{base: base, scans: make(chan scanner.Scan, waiting)}
}

// Scans delivers the codes.
func (o *Outlet) Scans() <-chan scanner.Scan { return o.scans }

// Deliver hands a scan over.
func (o *Outlet) Deliver(s scanner.Scan) {
	s.At = o.base.Now()
	c := driver.Change{Counters: map[string]int64{"scans": 1}}
	switch {
	case s.Broken:
		s.Text = ""
		o.broken++
		c.Counters = map[string]int64{"broken": 1}
		if o.broken >= brokenLimit {
			c.Faults = map[string]devices.Severity{"scan_broken": devices.SeverityOf("scan_broken")}
		}
	case s.Text == "":
		o.base.Apply(driver.Change{Counters: map[string]int64{"empty": 1}})
		return
	case o.broken > 0:
		o.broken = 0
		c.Cleared = []string{"scan_broken"}
	}
	for {
		select {
		case o.scans <- s:
			o.base.Apply(c)
			return
		default:
		}
		select {
		case <-o.scans:
			c.Counters["lost"]++
		default:
		}
	}
}
