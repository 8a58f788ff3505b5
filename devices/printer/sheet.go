package printer

import (
	"context"

	"hallway/devices"
)

// Sheet is one document for a page printer (A4), as PDF.
type Sheet struct {
	ID    string
	Title string // of the job, without personal data
	PDF   []byte
	// Pages is how many sheets are expected; the driver checks what came out
	// where the printer tells.
	Pages int
	// Begin is called once, just before the job is handed over, so that the
	// caller can record it; an error stops the job as NotPrinted.
	Begin func() error
}

// SheetPrinter prints pages (A4 打印机), through CUPS or any other IPP printer.
type SheetPrinter interface {
	devices.Device
	// PrintSheet prints one document, follows the job to its end, and says how
	// it ended. The error explains NotPrinted and Unknown.
	PrintSheet(ctx context.Context, job Sheet) (Outcome, error)
	// Ready says whether a job begun now would print.
	Ready() error
}

// NotReady says why a job begun now would not print.
type NotReady struct {
	Code string // of the fault
}

// Error names the fault; the catalogues hold the sentence.
func (e *NotReady) Error() string {
	return "the printer cannot print: " + e.Code + ": see to the fault, then print again"
}
