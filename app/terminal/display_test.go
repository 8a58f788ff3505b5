package terminal

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"hallway/devices"
)

func newDisplayRig(t *testing.T, w *world, c *clock, dir string, v *fakeVoice) (*Display, func()) {
	t.Helper()
	devs := devicesOf()
	if v != nil {
		devs = devicesOf(v)
	}
	texts := func(_, key string, p map[string]string) string { return key + ":" + p["number"] + ":" + p["window"] }
	d := NewDisplay(Deps{Config: Config{Role: RoleDisplay, Terminal: "display-1", Data: dir}, Store: newFakeStore(w, "display-1", c.now),
		Uplink: &fakeLine{}, Devices: devs, Texts: texts, Clock: c.now, Tick: 10 * time.Millisecond})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return d, stop
}

func TestCallsAreSpokenOnceAndNeverOverlap(t *testing.T) {
	w, c, dir := newWorld(), &clock{t: at("10:00")}, t.TempDir()
	voice := &fakeVoice{fakeDevice: newFake("voice", devices.KindVoice)}
	d, stop := newDisplayRig(t, w, c, dir, voice)
	one, two := newCounterRig(t, w, c, "1").opened(), newCounterRig(t, w, c, "2").opened()
	issueTickets(t, one.store, 2)
	one.must(one.Next(context.Background(), NextRequest{}))
	two.must(two.Next(context.Background(), NextRequest{}))
	eventually(t, "both calls", func() bool { return len(voice.spoken()) == 2 })
	if said := strings.Join(voice.spoken(), "|"); !strings.Contains(said, "A 零 零 一") || !strings.Contains(said, "A 零 零 二") {
		t.Errorf("said %q", said)
	}
	if voice.over {
		t.Error("announcements overlapped")
	}
	v := d.View()
	if len(v.Calls) != 2 || !v.Calls[0].Flash {
		t.Errorf("calls: %+v", v.Calls)
	}
	raw, _ := json.Marshal(v)
	if strings.Contains(string(raw), "张") {
		t.Error("a name on the display")
	}
	stop()
	again := &fakeVoice{fakeDevice: newFake("voice", devices.KindVoice)}
	d, _ = newDisplayRig(t, w, c, dir, again)
	eventually(t, "the calls after the restart", func() bool { return len(d.View().Calls) == 2 })
	time.Sleep(50 * time.Millisecond)
	if said := again.spoken(); len(said) != 0 {
		t.Errorf("spoken again after the restart: %q", said)
	}
	c.add(time.Minute)
	one.must(one.Recall(context.Background()))
	eventually(t, "the recall", func() bool { return len(again.spoken()) == 1 })
	c.add(time.Minute)
	eventually(t, "no flash any more", func() bool { return !d.View().Calls[0].Flash })
}

func TestASilentDisplaySaysSo(t *testing.T) {
	w, c := newWorld(), &clock{t: at("10:00")}
	d, stop := newDisplayRig(t, w, c, "", nil)
	eventually(t, "silent", func() bool { v := d.View().Voice; return v.State == "silent" && v.Why.Code == "voice_off" })
	stop()
	voice := &fakeVoice{fakeDevice: newFake("voice", devices.KindVoice)}
	voice.fault(devices.Absent, "no_sound_device")
	d, _ = newDisplayRig(t, w, c, "", voice)
	eventually(t, "why", func() bool { v := d.View().Voice; return v.State == "silent" && v.Why.Code == "no_sound_device" })
	one := newCounterRig(t, w, c, "1").opened()
	issueTickets(t, one.store, 1)
	one.must(one.Next(context.Background(), NextRequest{}))
	eventually(t, "the call is shown", func() bool { return len(d.View().Calls) == 1 })
}

func TestDisplayWindows(t *testing.T) {
	w, c := newWorld(), &clock{t: at("10:00")}
	d, _ := newDisplayRig(t, w, c, "", nil)
	one := newCounterRig(t, w, c, "1").opened()
	issueTickets(t, one.store, 3)
	one.must(one.Next(context.Background(), NextRequest{}))
	eventually(t, "the window", func() bool {
		v := d.View()
		return len(v.Windows) == 2 && v.Windows[0].Open && v.Windows[0].Number == "A001" && v.Groups[0].Waiting == 2
	})
	if got := d.View().Calls[0]; got.Window != "1" || got.Number != "A001" {
		t.Errorf("call: %+v", got)
	}
}
