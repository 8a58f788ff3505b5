package ipp

import (
	"slices"
	"strings"

	"github.com/OpenPrinting/goipp"

	"hallway/devices"
)

// Fault codes of a page printer; each has its remedy in the catalogues.
const (
	FaultPaperEnd  = "tray_empty"
	FaultNearEnd   = "tray_low"
	FaultCover     = "cover_open"
	FaultJam       = "paper_jam"
	FaultTonerLow  = "toner_low"
	FaultTonerEnd  = "toner_empty"
	FaultOffline   = "offline"
	FaultError     = "printer_error"
	FaultNotTaking = "not_accepting"
	FaultNoPDF     = "no_pdf"
)

// Values of printer-state; RFC 8011 §5.4.11.
const stopped = 5

// reasonFaults maps the keywords of printer-state-reasons (RFC 8011 §5.4.12)
// without their severity.
var reasonFaults = map[string]string{
	"media-empty": FaultPaperEnd, "media-needed": FaultPaperEnd, "input-tray-missing": FaultPaperEnd,
	"media-low":  FaultNearEnd,
	"media-jam":  FaultJam,
	"cover-open": FaultCover, "door-open": FaultCover, "interlock-open": FaultCover,
	"toner-low": FaultTonerLow, "marker-supply-low": FaultTonerLow, "developer-low": FaultTonerLow,
	"toner-empty": FaultTonerEnd, "marker-supply-empty": FaultTonerEnd, "developer-empty": FaultTonerEnd,
	"offline": FaultOffline, "paused": FaultOffline, "shutdown": FaultOffline, "timed-out": FaultOffline,
	"stopped-partly": FaultError, "fuser-over-temp": FaultError, "output-area-full": FaultError, "other": FaultError,
}

// condition is what the printer says of itself.
type condition struct {
	faults map[string]devices.Severity
	model  string
}

// read makes a condition of an answer to Get-Printer-Attributes.
func read(list goipp.Attributes) condition {
	c := condition{faults: map[string]devices.Severity{}, model: text(list, "printer-make-and-model")}
	state := number(list, "printer-state")
	for _, reason := range texts(list, "printer-state-reasons") {
		severity := ""
		for _, s := range []string{"-error", "-warning", "-report"} {
			if word, ok := strings.CutSuffix(reason, s); ok {
				reason, severity = word, s
			}
		}
		code, known := reasonFaults[reason]
		// What is only reported, while the printer goes on, is no fault.
		if !known || severity == "-report" && state != stopped {
			continue
		}
		s := devices.SeverityOf(code)
		if severity == "-warning" && state != stopped {
			s = devices.Warn
		}
		c.faults[code] = s
	}
	if state == stopped && !c.fails() {
		c.faults[FaultOffline] = devices.Error
	}
	if text(list, "printer-is-accepting-jobs") == "false" {
		c.faults[FaultNotTaking] = devices.Error
	}
	formats := texts(list, "document-format-supported")
	if len(formats) > 0 && !slices.Contains(formats, pdf) {
		c.faults[FaultNoPDF] = devices.Error
	}
	return c
}

// fails reports a fault that stops the printer.
func (c condition) fails() bool {
	for _, s := range c.faults {
		if s == devices.Error {
			return true
		}
	}
	return false
}

// cleared are the faults of this package that a condition does not have.
func (c condition) cleared() []string {
	var out []string
	for _, code := range []string{FaultPaperEnd, FaultNearEnd, FaultCover, FaultJam, FaultTonerLow, FaultTonerEnd,
		FaultOffline, FaultError, FaultNotTaking, FaultNoPDF} {
		if _, on := c.faults[code]; !on {
			out = append(out, code)
		}
	}
	return out
}
