package terminal

import (
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/devices"
)

func everywhere(hall.Ticket) bool { return true }

// In a rush calls wait for their turn as long as it takes; one is left out only
// when its ticket is no longer called.
func TestACallWaitsForItsTurnAsLongAsItsTicketIsCalled(t *testing.T) {
	c := &clock{t: at("10:00")}
	d := silentDisplay(newWorld(), c, DisplayConfig{})
	ticket := func(number string, calls int) hall.Ticket {
		return hall.Ticket{Number: number, Window: "1", CalledAt: at("10:00"), Calls: calls}
	}
	all := aQueue(t, ticket("A001", 1), ticket("A002", 1), ticket("A003", 1))
	d.announce.look(all, everywhere, at("10:00"))
	d.announce.look(all, everywhere, at("10:20")) // much later, nothing was spoken
	if next, ok := d.announce.take(); !ok || next.number != "A001" {
		t.Fatalf("the first: %+v", next)
	}
	// A002's person is at the window; A003 is called again before its turn.
	served := ticket("A002", 1)
	served.State = hall.TicketServing
	d.announce.look(aQueue(t, ticket("A001", 1), served, ticket("A003", 2)), everywhere, at("10:21"))
	next, ok := d.announce.take()
	if !ok || next.announcementKey != (announcementKey{"A003", 2}) {
		t.Fatalf("the next: %+v", next)
	}
	if next, ok := d.announce.take(); ok {
		t.Errorf("spoken twice: %+v", next)
	}
	// Seen for the first time long after it was called: nobody has heard it yet.
	d.announce.look(aQueue(t, ticket("A004", 1)), everywhere, at("11:00"))
	if next, ok := d.announce.take(); !ok || next.number != "A004" {
		t.Errorf("a late call: %+v %v", next, ok)
	}
}

func TestCallsInTheHallsLanguagesAndVolume(t *testing.T) {
	v := &fakeVoice{fakeDevice: newFake("voice", devices.KindVoice)}
	c := &clock{t: at("10:00")}
	d := silentDisplay(newWorld(), c, DisplayConfig{})
	d.Devices = devicesOf(v)
	d.Texts = func(locale, key string, p map[string]string) string {
		return locale + " " + p["number"] + " " + p["window"]
	}
	d.Config.Voice = VoiceConfig{Languages: []string{"cmn", "yue", "en", "pt"}, Volume: []VolumeConfig{{"08:00", 80}, {"12:00", 50}}}
	d.announce.speak(t.Context(), announcement{announcementKey{"t", 1}, "A012", "12"})
	want := "cmn: zh-Hans A 零 一 二 十二 / yue: zh-Hant A 零 一 二 十二 / en: en A zero one two twelve / pt: pt A zero um dois doze"
	if said := v.spoken(); len(said) != 1 || said[0] != want || v.volume != 80 {
		t.Errorf("said %q at %d", said, v.volume)
	}
}

func TestVolumeByTimeOfDay(t *testing.T) {
	c := VoiceConfig{Volume: []VolumeConfig{{"12:00", 50}, {"08:30", 80}, {"20:00", 20}}}
	for clockTime, want := range map[string]int{"08:30": 80, "11:59": 80, "12:00": 50, "19:59": 50, "23:00": 20, "00:00": 20, "08:29": 20} {
		if got := c.VolumeAt(at(clockTime)); got != want {
			t.Errorf("at %s: %d, want %d", clockTime, got, want)
		}
	}
	if got := (VoiceConfig{}).VolumeAt(time.Time{}); got != 100 {
		t.Errorf("without configuration: %d", got)
	}
	for text, want := range map[string]string{
		`languages = ["cmn", "fr"]`: "yue", `languages = ["en", "en"]`: "once",
		"volume = [{from = \"8\", percent = 50}]":      "time of day",
		"volume = [{from = \"08:00\", percent = 0}]":   "1 to 200",
		"volume = [{from = \"25:00\", percent = 100}]": "time of day",
	} {
		_, err := ParseConfig([]byte("version = 1\nrole = \"display\"\nterminal = \"t\"\ncentre = \"http://c\"\ndata = \"d\"\ntoken_file = \"t\"\n[voice]\n" + text + "\n"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
