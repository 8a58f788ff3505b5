package devices

import (
	"slices"
	"strings"
	"time"
)

// Declaration is what is known about a fault before it happens. The catalogues
// hold "fault.<code>" and "remedy.<code>" for each.
type Declaration struct {
	Code     string
	Severity Severity
	// Grace is how long the condition may last before it is a fault: a card
	// reader that misses one answer is not broken.
	Grace time.Duration
	Kinds []Kind // whose fault it can be; empty: any
	// Hand: only somebody's hand mends it, so that nothing waits for its end.
	Hand bool
}

// declared are all faults of all devices. A driver raises no other.
var declared = []Declaration{
	// the port
	{Code: "port_absent", Severity: Error},
	{Code: "port_hangup", Severity: Error},
	{Code: "port_timeout", Severity: Error},
	{Code: "port_busy", Severity: Error},
	{Code: "port_permission", Severity: Error},
	{Code: "port_protocol", Severity: Error},
	{Code: "port_closed", Severity: Error},
	{Code: "port_bad_address", Severity: Error},
	{Code: "port_ambiguous", Severity: Error},
	// the configuration
	{Code: "model_unknown", Severity: Error},
	{Code: "misconfigured", Severity: Error},
	// any device
	{Code: "no_answer", Severity: Error, Grace: 700 * time.Millisecond},
	{Code: "noisy_line", Severity: Warn},
	{Code: "driver_crashed", Severity: Error},
	// identity-card reader
	{Code: "sam_self_test", Severity: Error, Kinds: []Kind{KindIDCard}},
	{Code: "sam_not_authorised", Severity: Error, Kinds: []Kind{KindIDCard}},
	{Code: "sam_error", Severity: Error, Kinds: []Kind{KindIDCard}},
	// scanner
	{Code: "scan_broken", Severity: Warn, Kinds: []Kind{KindScanner}},
	{Code: "camera_dark", Severity: Warn, Kinds: []Kind{KindScanner, KindCapture}},
	{Code: "scanner_setup", Severity: Warn, Kinds: []Kind{KindScanner}},
	{Code: "grab_refused", Severity: Error, Kinds: []Kind{KindScanner}},
	// printer
	{Code: "paper_end", Severity: Error, Kinds: []Kind{KindPrinter}, Hand: true},
	{Code: "paper_near_end", Severity: Warn, Kinds: []Kind{KindPrinter}},
	{Code: "cover_open", Severity: Error, Kinds: []Kind{KindPrinter, KindSheet}, Hand: true},
	{Code: "cutter", Severity: Error, Kinds: []Kind{KindPrinter}, Hand: true},
	{Code: "printer_error", Severity: Error, Kinds: []Kind{KindPrinter, KindSheet}},
	{Code: "printer_hot", Severity: Error, Kinds: []Kind{KindPrinter}},
	{Code: "one_way", Severity: Warn, Kinds: []Kind{KindPrinter}},
	{Code: "offline", Severity: Error, Kinds: []Kind{KindPrinter, KindSheet}},
	// page printer
	{Code: "sheet_certificate", Severity: Error, Kinds: []Kind{KindSheet}},
	{Code: "tray_empty", Severity: Error, Kinds: []Kind{KindSheet}},
	{Code: "tray_low", Severity: Warn, Kinds: []Kind{KindSheet}},
	{Code: "paper_jam", Severity: Error, Kinds: []Kind{KindSheet}},
	{Code: "toner_low", Severity: Warn, Kinds: []Kind{KindSheet}},
	{Code: "toner_empty", Severity: Error, Kinds: []Kind{KindSheet}},
	{Code: "not_accepting", Severity: Error, Kinds: []Kind{KindSheet}},
	{Code: "no_pdf", Severity: Error, Kinds: []Kind{KindSheet}},
	// document camera, sheet scanner
	{Code: "no_scan_program", Severity: Error, Kinds: []Kind{KindCapture}},
	{Code: "feeder_empty", Severity: Warn, Kinds: []Kind{KindCapture}},
	{Code: "page_jam", Severity: Error, Kinds: []Kind{KindCapture}},
	{Code: "scan_cover_open", Severity: Error, Kinds: []Kind{KindCapture}},
	// evaluator
	{Code: "screen_absent", Severity: Error, Kinds: []Kind{KindEvaluator}},
	// voice
	{Code: "no_sound", Severity: Warn, Kinds: []Kind{KindVoice}},
	{Code: "no_speech", Severity: Error, Kinds: []Kind{KindVoice}},
}

// Declared gives every declared fault, by code.
func Declared() []Declaration {
	d := slices.Clone(declared)
	slices.SortFunc(d, func(a, b Declaration) int { return strings.Compare(a.Code, b.Code) })
	return d
}

// DeclarationOf finds a declared fault.
func DeclarationOf(code string) (Declaration, bool) {
	i := slices.IndexFunc(declared, func(d Declaration) bool { return d.Code == code })
	if i < 0 {
		return Declaration{}, false
	}
	return declared[i], true
}

// SeverityOf gives the declared severity of a fault, Error for one that nobody
// declared.
func SeverityOf(code string) Severity {
	d, ok := DeclarationOf(code)
	if !ok {
		return Error
	}
	return d.Severity
}
