package terminal

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/devices"
)

// aQueue is a queue of today with these calls.
func aQueue(t *testing.T, calls ...hall.Ticket) *hall.Queue {
	t.Helper()
	q := hall.NewQueue(hall.DayOf(at("10:00")))
	for i, one := range calls {
		one.ID, one.Day, one.Calls = one.Number, hall.DayOf(at("10:00")), max(one.Calls, 1)
		if one.State == "" {
			one.State = hall.TicketCalled
		}
		one.Order = int64(i + 1)
		raw, err := json.Marshal(one)
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Apply(hall.Change{Kind: hall.EntityTicket, ID: one.ID, Value: raw}); err != nil {
			t.Fatal(err)
		}
	}
	return q
}

func silentDisplay(w *world, c *clock, look DisplayConfig) *Display {
	return NewDisplay(Deps{Config: Config{Role: RoleDisplay, Terminal: "display-1", Display: look},
		Store: newFakeStore(w, "display-1", c.now), Uplink: &fakeLine{}, Devices: devicesOf(), Clock: c.now})
}

func TestCallsTakeTurnsAndNoneIsDropped(t *testing.T) {
	start := at("10:00")
	var calls []hall.Ticket
	for i := range 15 {
		calls = append(calls, hall.Ticket{Number: fmt.Sprintf("A%03d", i), Window: "1", Group: "social", CalledAt: start.Add(time.Duration(i) * 10 * time.Millisecond)})
	}
	w, c := newWorld(), &clock{t: start}
	d, q := silentDisplay(w, c, DisplayConfig{}), aQueue(t, calls...)
	for i := range calls {
		now := start.Add(time.Duration(i)*largeFor + time.Second)
		hero, list := d.calls(q, zone{}, now)
		if want := fmt.Sprintf("A%03d", i); hero == nil || hero.Number != want || !hero.Flash || hero.Next {
			t.Fatalf("after %s: large %+v, want %s", now.Sub(start), hero, want)
		}
		waiting := 0
		for _, one := range list {
			if one.Next {
				waiting++
				if !one.Flash {
					t.Errorf("%s waits and is not marked", one.Number)
				}
			}
		}
		if now.Sub(start) < lateAfter-time.Second && waiting != len(calls)-1-i {
			t.Errorf("after %s: %d wait, %d calls listed", now.Sub(start), waiting, len(list))
		}
	}
	hero, list := d.calls(q, zone{}, start.Add(10*time.Minute))
	if hero.Number != "A014" || hero.Flash || len(list) != callsShown {
		t.Errorf("at the end: %+v, %d listed", hero, len(list))
	}
	if hero, list := d.calls(aQueue(t), zone{}, start); hero != nil || list == nil {
		t.Errorf("nobody called: %+v %v", hero, list)
	}
}

func TestADisplayOfAPartOfTheHall(t *testing.T) {
	w, c := newWorld(), &clock{t: at("10:00")}
	now := at("10:00")
	cat := w.cat
	first, second := cat.Groups[0].ID, cat.Groups[1].ID
	q := aQueue(t, hall.Ticket{Number: "A001", Window: "1", Group: first, CalledAt: now}, hall.Ticket{Number: "B001", Window: "2", Group: second, CalledAt: now})
	for _, tc := range []struct {
		look    DisplayConfig
		calls   string
		windows int
		groups  int
	}{
		{DisplayConfig{}, "A001 B001", len(cat.Windows), len(cat.Groups)},
		{DisplayConfig{Groups: []string{second}}, "B001", -1, 1},
		{DisplayConfig{Windows: []string{"1"}}, "A001", 1, len(cat.Groups)},
		{DisplayConfig{Windows: []string{"1"}, Groups: []string{second}}, "", 1, 1},
	} {
		d := silentDisplay(w, c, tc.look)
		z := zoneOf(tc.look, cat)
		v := d.build(cat, q, z, now)
		var numbers []string
		for _, one := range v.Calls {
			numbers = append(numbers, one.Number)
		}
		if got := strings.Join(numbers, " "); got != tc.calls || len(v.Groups) != tc.groups || tc.windows >= 0 && len(v.Windows) != tc.windows {
			t.Errorf("%+v: calls %q, %d windows, %d groups", tc.look, got, len(v.Windows), len(v.Groups))
		}
		d.announce.look(q, z.has, now)
		if len(d.announce.queue) != len(v.Calls) {
			t.Errorf("%+v: %d calls are spoken", tc.look, len(d.announce.queue))
		}
	}
	look := DisplayConfig{Windows: []string{"1", "77"}, Groups: []string{"none"}}
	v := silentDisplay(w, c, look).build(cat, q, zoneOf(look, cat), now)
	if v.Trouble == nil || v.Trouble.Code != "zone_unknown" || v.Trouble.Params["ids"] != "none, 77" {
		t.Errorf("unknown ids: %+v", v.Trouble)
	}
}

func TestTheSpokenCallIsLarge(t *testing.T) {
	w, c := newWorld(), &clock{t: at("10:00")}
	voice := &fakeVoice{fakeDevice: newFake("voice", devices.KindVoice)}
	d := silentDisplay(w, c, DisplayConfig{})
	d.Devices = devicesOf(voice)
	q := aQueue(t, hall.Ticket{Number: "A001", Window: "1", CalledAt: at("10:00")}, hall.Ticket{Number: "A002", Window: "2", CalledAt: at("10:00").Add(time.Second)})
	d.announce.speaking = announcement{announcementKey{"A001", 1}, "A001", "1"}
	hero, list := d.calls(q, zone{}, at("10:00").Add(9*time.Second))
	if hero.Number != "A001" || !list[0].Next || list[1].Next {
		t.Errorf("while the first is spoken: %+v %+v", hero, list)
	}
	d.announce.speaking = announcement{announcementKey{"gone", 1}, "gone", "1"}
	if hero, _ = d.calls(q, zone{}, at("10:00").Add(9*time.Second)); hero.Number != "A002" {
		t.Errorf("while one is spoken that was served meanwhile: %+v", hero)
	}
}

func TestADisplayOutsideTheHours(t *testing.T) {
	w, c := newWorld(), &clock{t: at("23:00")}
	d, _ := newDisplayRig(t, w, c, "", nil)
	eventually(t, "closed", func() bool {
		v := d.View()
		return !v.Open && v.Closed != nil && v.Closed.Code == hall.ClosedAfter && v.Closed.Params["next"] != ""
	})
}

func TestNoticesOnTheDisplay(t *testing.T) {
	w, c := newWorld(), &clock{t: at("10:00")}
	w.cat.Notices = []hall.Notice{{ID: "f", Text: hall.Names{"zh-Hans": "午间不休息"}, Priority: hall.NoticeNormal, On: []string{hall.NoticeOnDisplay}}}
	d, _ := newDisplayRig(t, w, c, "", nil)
	eventually(t, "the files' notice", func() bool { v := d.View(); return len(v.Notices) == 1 && v.Notices[0].ID == "f" })
	post := func(kind hall.Kind, body any) {
		t.Helper()
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		v, err := w.decide(hall.Op{ID: hall.OpID(fmt.Sprint(kind, len(w.ops))), Kind: kind, Schema: 1, Entity: w.cat.Code, Body: raw,
			Actor: hall.Actor{Kind: hall.ActorStaff, ID: "9001", Role: hall.RoleHallManager}}, c.now())
		if err != nil || v.Status != hall.Applied {
			t.Fatalf("%v %+v", err, v)
		}
	}
	post(hall.PostNotice, hall.PostNoticeBody{Notice: hall.Notice{ID: "m", Text: hall.Names{"zh-Hans": "三号窗口暂停服务"},
		Priority: hall.NoticeUrgent, On: []string{hall.NoticeOnDisplay}, Until: at("11:00")}})
	eventually(t, "the manager's notice in front", func() bool {
		v := d.View()
		return len(v.Notices) == 2 && v.Notices[0].ID == "m" && v.Notices[0].Urgent && !v.Notices[1].Urgent
	})
	c.add(time.Hour)
	eventually(t, "its end", func() bool { return len(d.View().Notices) == 1 })
	c.add(-30 * time.Minute)
	eventually(t, "back", func() bool { return len(d.View().Notices) == 2 })
	post(hall.WithdrawNotice, hall.WithdrawNoticeBody{ID: "m"})
	eventually(t, "withdrawn", func() bool { return len(d.View().Notices) == 1 })
}

// A view of the display has no field in which a person could stand: only names
// of the hall's own things, numbers and times.
func TestNoFieldOfADisplayHoldsAName(t *testing.T) {
	allowed := map[string]bool{"Hall": true, "Groups.Name": true, "Windows.Name": true, "Notices.Text": true,
		"Rev": true, "Now": true, "Line": true, "Layout": true, "Look": true, "Open": true, "Closed": true, "Trouble": true, "Voice": true,
		"Groups.ID": true, "Groups.Prefix": true, "Groups.Waiting": true, "Groups.Wait": true,
		"Windows.ID": true, "Windows.Open": true, "Windows.Paused": true, "Windows.Number": true, "Windows.Flash": true,
		"Notices.ID": true, "Notices.Urgent": true}
	for _, of := range []string{"Calls", "Hero"} {
		for _, field := range []string{"Ticket", "Number", "Window", "At", "Calls", "Flash", "Next"} {
			allowed[of+"."+field] = true
		}
	}
	view := reflect.TypeFor[DisplayView]()
	for i := range view.NumField() {
		f := view.Field(i)
		part := f.Type
		if part.Kind() == reflect.Slice || part.Kind() == reflect.Pointer {
			part = part.Elem()
		}
		if allowed[f.Name] {
			continue
		}
		for j := range part.NumField() {
			if at := f.Name + "." + part.Field(j).Name; !allowed[at] {
				t.Errorf("%s is new: is it certain that it never names a person?", at)
			}
		}
	}
}

func TestDisplayConfigurationMistakesAreNamed(t *testing.T) {
	good := "version = 1\nrole = \"display\"\nterminal = \"d1\"\ncentre = \"http://127.0.0.1:1\"\ndata = \"d\"\ntoken_file = \"t\"\n[display]\n"
	c, err := ParseConfig([]byte(good + "layout = \"windows\"\ngroups = [\"social\"]\nwindows = [\"1\", \"2\"]\ncontrast = \"dark\"\nstill = true\n"))
	if err != nil || c.Display.Layout != LayoutWindows || !c.Display.Still {
		t.Fatalf("%+v %v", c.Display, err)
	}
	if c, err := ParseConfig([]byte(good)); err != nil || c.Display.Layout != LayoutCalls || c.Display.Contrast != "normal" {
		t.Errorf("defaults: %+v %v", c.Display, err)
	}
	for text, want := range map[string]string{
		"layout = \"big\"":         "calls, windows, waiting, notices",
		"contrast = \"blue\"":      "contrast",
		"windows = [\"1\", \"1\"]": "stands twice",
		"groups = [\"\"]":          "is empty",
		"zones = []":               "zones",
	} {
		if _, err := ParseConfig([]byte(good + text + "\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	kiosk := strings.Replace(good, "\"display\"", "\"kiosk\"", 1)
	if _, err := ParseConfig([]byte(kiosk + "windows = [\"1\"]\n")); err == nil || !strings.Contains(err.Error(), "only a display") {
		t.Errorf("at a kiosk: %v", err)
	}
}
