package terminal

import (
	"strings"
	"testing"

	"hallway/devices"
)

// fewTexts are a catalogue of three sentences in one language.
func fewTexts(_, key string, params map[string]string) string {
	text, ok := map[string]string{"timeout.title": "Are you still there?", "timeout.text": "{n} seconds",
		"voice.call": "Number {number}, counter {window}", "departments.title": "Departments"}[key]
	if !ok {
		return key
	}
	for name, value := range params {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}

// speaking is a kiosk with a voice whose prompts last until they are cut.
func speaking(t *testing.T) *kioskRig {
	t.Helper()
	return newKioskRig(t, func(r *kioskRig) {
		r.voice = &fakeVoice{fakeDevice: newFake("voice", devices.KindVoice), hold: true}
		r.texts = fewTexts
	})
}

func (r *kioskRig) mustSay(q SayRequest) SayReply {
	r.t.Helper()
	reply, err := r.Say(r.t.Context(), q)
	if err != nil {
		r.t.Fatalf("%+v: %v", q, err)
	}
	return reply
}

func TestAPromptIsSpokenAndTheNextOneCutsIt(t *testing.T) {
	r := speaking(t)
	if v := r.View().Voice; !v.CanSpeak || v.Why != nil || v.Volume != usualLevel {
		t.Fatalf("voice %+v", v)
	}
	if reply := r.mustSay(SayRequest{Key: "timeout.title", Locale: "en"}); !reply.Spoken {
		t.Fatalf("%+v", reply)
	}
	eventually(t, "the prompt", func() bool {
		p, n, _ := r.voice.prompted()
		return n == 1 && p.Text == "Are you still there?" && p.Lang == "en" && p.Volume == 100
	})
	r.mustSay(SayRequest{Key: "voice.call", Params: map[string]string{"number": "AK012", "window": "3"}})
	eventually(t, "the next in its place", func() bool {
		p, n, cuts := r.voice.prompted()
		return n == 2 && cuts == 1 && p.Lang == "zh-Hans" && strings.Contains(p.Text, "A K 零 一 二") && strings.Contains(p.Text, "3")
	})
	if _, err := r.Hush(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "silence", func() bool { _, _, cuts := r.voice.prompted(); return cuts == 2 })
}

func TestNothingOfAPersonIsEverSpoken(t *testing.T) {
	r := speaking(t)
	n := func(value string) SayRequest {
		return SayRequest{Key: "timeout.text", Params: map[string]string{"n": value}}
	}
	for name, q := range map[string]SayRequest{
		"a name":                {Key: "timeout.text", Params: map[string]string{"n": nameZhang}},
		"a document":            n(docZhang),
		"a phone":               n("13812345678"),
		"a check-in code":       n("123456"),
		"a passport":            n("E12345678"),
		"an identity card":      n("A1234567"),
		"words":                 n("Zhang San"),
		"a group that is not":   n("group:nobody"),
		"a person as reference": n("person:1"),
		"nothing":               n(""),
		"a parameter missing":   {Key: "timeout.text"},
		"text of its own":       {Key: "Zhang San"},
		"an unknown key":        {Key: "kiosk.no.such.key"},
		"another family":        {Key: "departments.title"},
		"many parameters":       {Key: "timeout.text", Params: map[string]string{"n": "1", "a": "1", "b": "1", "c": "1", "d": "1", "e": "1", "f": "1"}},
	} {
		if reply, err := r.Say(t.Context(), q); err == nil || reply.Spoken {
			t.Errorf("%s: %+v", name, reply)
		}
	}
	if p, n, _ := r.voice.prompted(); n != 0 {
		t.Errorf("spoken: %+v", p)
	}
	for value, want := range map[string]string{"90": "90", "09:30": "09:30", "A012": "A 零 一 二", "group:social": "社保",
		"item:pension": "养老", "window:2": "2 号窗口"} {
		if got, ok := r.prompts.param(value, "zh-Hans"); !ok || got != want {
			t.Errorf("%s: %q %v, want %q", value, got, ok, want)
		}
	}
}

func TestTheVolumeIsThePersonsAndGoesWithThem(t *testing.T) {
	r := speaking(t)
	if err := r.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	loud := func(level int) SayReply {
		reply, err := r.SetVolume(t.Context(), VolumeRequest{Volume: level})
		if err != nil {
			t.Fatal(err)
		}
		return reply
	}
	if reply := loud(3); reply.Volume != 3 {
		t.Errorf("%+v", reply)
	}
	r.mustSay(SayRequest{Key: "timeout.title"})
	eventually(t, "loud", func() bool { p, _, _ := r.voice.prompted(); return p.Volume == volumes[3] })
	eventually(t, "the view", func() bool { return r.View().Voice.Volume == 3 })
	loud(0)
	if reply := r.mustSay(SayRequest{Key: "timeout.title"}); reply.Spoken {
		t.Error("spoken at volume 0")
	}
	if reply := r.mustSay(SayRequest{Key: "timeout.title", Always: true}); !reply.Spoken {
		t.Error("what must be heard was not")
	}
	if err := r.End(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "silence and the usual volume", func() bool {
		_, n, cuts := r.voice.prompted()
		return n == cuts && r.View().Voice.Volume == usualLevel
	})
}

func TestWithoutSoundThePageIsToldWhy(t *testing.T) {
	r := newKioskRig(t, func(r *kioskRig) { r.texts = fewTexts })
	if reply := r.mustSay(SayRequest{Key: "timeout.title"}); reply.Spoken || reply.Why == nil || reply.Why.Code != "voice_off" {
		t.Errorf("no voice: %+v", reply)
	}
	if v := r.View().Voice; v.CanSpeak || v.Why == nil || v.Why.Code != "voice_off" {
		t.Errorf("no voice: %+v", v)
	}
	r = speaking(t)
	r.voice.fault(devices.Absent, "no_sound")
	eventually(t, "the reason", func() bool {
		v := r.View().Voice
		return !v.CanSpeak && v.Why != nil && v.Why.Code == "no_sound"
	})
	reply := r.mustSay(SayRequest{Key: "timeout.title"})
	if reply.Spoken || reply.Why == nil || reply.Why.Code != "no_sound" {
		t.Errorf("%+v", reply)
	}
	if _, n, _ := r.voice.prompted(); n != 0 {
		t.Error("spoken to nobody")
	}
}
