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

// The slip of an application once more: marked, with what the first had but the
// password, and only of what was applied for at a kiosk.
func TestApplicationSlipAgain(t *testing.T) {
	for _, by := range []string{"card", "number"} {
		r := newKioskRig(t, nil)
		reprint := func() string {
			return codeOf(t, r.ProgressPrint(t.Context(), ProgressPrintRequest{What: "slip", Number: progressNumber, Locale: "zh-Hans"}))
		}
		if err := r.Progress(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := reprint(); got != "progress_not_open" {
			t.Errorf("%s: nothing is shown: %q", by, got)
		}
		if by == "card" {
			r.place(docZhang)
		} else if err := r.ProgressNumber(t.Context(), ProgressRequest{Number: progressNumber, Password: progressPassword}); err != nil {
			t.Fatal(err)
		}
		if p := r.progress(progressList); !p.Cases[0].Reprint.Allowed {
			t.Fatalf("%s: %+v", by, p.Cases[0].Reprint)
		}
		r.printer.latency = 300 * time.Millisecond
		if got := reprint() + reprint(); got != "" {
			t.Errorf("%s: %q", by, got)
		}
		if p := r.View().Session.Progress; p.Cases[0].Reprint.Allowed || p.May.Allowed || p.Cases[0].Reprint.Why.Code != "progress_printing" {
			t.Errorf("%s: another while it prints: %+v", by, p.Cases[0].Reprint)
		}
		eventually(t, "the slip", func() bool { return r.View().Session.Progress.Print == string(printer.Confirmed) })
		text := textOf(r.printer.printed[0].Doc)
		for _, want := range []string{progressNumber, "补打", "开店", "□ 申请表"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q on the slip: %s", by, want, text)
			}
		}
		for _, secret := range []string{nameZhang, docZhang, progressPassword, "□ 户籍"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s: %q is on the copy", by, secret)
			}
		}
		if masked := strings.Contains(text, "张*丰"); masked != (by == "card") || r.printer.jobs() != 1 {
			t.Errorf("%s: a name is on it: %t; %d slips", by, masked, r.printer.jobs())
		}
	}
}

// A case of the counter has a receipt of the counter: no slip of a kiosk.
func TestNoSlipOfACounterCase(t *testing.T) {
	r := newKioskRig(t, nil)
	p := &progress{step: progressList}
	r.mu.Lock()
	defer r.mu.Unlock()
	act := r.reprintAct(p, KioskCase{Number: progressNumber})
	if act.Allowed || act.Why.Code != "paper_not_now" || !r.reprintAct(p, progressCase()).Allowed {
		t.Errorf("%+v", act)
	}
}
