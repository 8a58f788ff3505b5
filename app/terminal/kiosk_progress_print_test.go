package terminal

import (
	"strings"
	"testing"
	"time"

	"hallway/devices"
	"hallway/devices/printer"
)

func TestProgressSlip(t *testing.T) {
	r := newKioskRig(t, nil)
	print := func(number string) string {
		return codeOf(t, r.ProgressPrint(t.Context(), ProgressPrintRequest{Number: number, Locale: "zh-Hans"}))
	}
	if got := print(progressNumber); got != "progress_not_open" {
		t.Errorf("nothing is shown: %q", got)
	}
	if err := r.Progress(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.place(docZhang)
	r.progress(progressList)
	if got := print("010101000002"); got != "progress_not_open" {
		t.Errorf("a case that is not shown: %q", got)
	}
	r.printer.latency = 300 * time.Millisecond
	if got := print(progressNumber) + print(progressNumber); got != "" || r.View().Session.Progress.Print != "printing" {
		t.Errorf("%q %+v", got, r.View().Session.Progress)
	}
	if got := codeOf(t, r.End(t.Context())); got != "still_printing" {
		t.Errorf("ends in the middle of the paper: %q", got)
	}
	eventually(t, "the slip", func() bool { return r.View().Session.Progress.Print == string(printer.Confirmed) })
	if n := r.printer.jobs(); n != 1 {
		t.Errorf("%d slips of two presses", n)
	}
	text := textOf(r.printer.printed[0].Doc)
	for _, want := range []string{progressNumber, "张*丰", "户籍"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q on the slip: %s", want, text)
		}
	}
	for _, secret := range []string{nameZhang, docZhang, progressPassword} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is on a slip that may be left lying", secret)
		}
	}
	r.printer.latency, r.printer.outcome = 0, printer.Unknown
	if got := print(progressNumber); got != "" {
		t.Error(got)
	}
	eventually(t, "the second slip", func() bool { return r.View().Session.Progress.Print == string(printer.Unknown) })
	if strings.Contains(textOf(r.printer.printed[0].Doc), "补打") || !strings.Contains(textOf(r.printer.printed[1].Doc), "补打") {
		t.Error("the second slip of the same case is not marked")
	}
	r.printer.fault(devices.Failed, "paper_out")
	eventually(t, "no more paper", func() bool { s := r.View().Session; return s != nil && !s.Progress.May.Allowed })
	if got := print(progressNumber); got == "" {
		t.Error("prints on a printer that cannot")
	}
}
