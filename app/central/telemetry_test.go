package central

import (
	"testing"
	"time"
)

// TestOpenStreamIsASignOfLife: a terminal on which nothing happens says nothing
// for a minute; its wake stream is enough, and its end is told at once.
func TestOpenStreamIsASignOfLife(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	tele := newTelemetry(clock, clock, func() {})
	seen := func() ManagerTerminal {
		list, _ := tele.view([]TerminalConfig{{ID: "kiosk-1"}})
		return list[0]
	}
	tele.stream("kiosk-1", true)
	for range 10 {
		now = now.Add(silentAfter + time.Second)
		tele.sweep()
		if m := seen(); !m.Online || !m.SeenAt.Equal(now) {
			t.Fatalf("with its stream open: %+v", m)
		}
	}
	tele.stream("kiosk-1", false)
	if seen().Online {
		t.Error("its stream ended")
	}
	tele.heard("kiosk-1")
	now = now.Add(silentAfter + time.Second)
	if tele.sweep(); seen().Online {
		t.Error("it has no stream and is silent")
	}
}
