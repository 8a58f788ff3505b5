package espeak

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/devices"
	"hallway/devices/voice"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, o Options) *Voice {
	t.Helper()
	o.ID, o.Look = "voice", 5*time.Millisecond
	v, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = v.Run(ctx) })
	t.Cleanup(func() { cancel(); work.Wait() })
	return v
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited a minute for %s", what)
		}
	}
}

// cards writes a list of sound cards.
func cards(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cards")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// program writes a stand-in that notes when it begins and ends.
func program(t *testing.T, log string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "speak")
	script := fmt.Sprintf("#!/bin/sh\ntext=$(cat)\necho \"begin $2 $text\" >>%[1]s\nsleep 0.03\necho \"end $text\" >>%[1]s\n", log)
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// one is an announcement in one language.
func one(lang, text string) voice.Announcement {
	return voice.Announcement{Sentences: []voice.Sentence{{Lang: lang, Text: text}}}
}

const oneCard = " 0 [PCH            ]: HDA-Intel - HDA Intel PCH\n"

func TestWithoutSoundTheVoiceIsAbsentAndSaysSo(t *testing.T) {
	for name, path := range map[string]string{
		"no list": filepath.Join(t.TempDir(), "none"), "empty list": cards(t, "--- no soundcards ---\n"),
	} {
		v := start(t, Options{Cards: path})
		until(t, name, func() bool {
			s := v.Status()
			return s.State == devices.Absent && len(s.Faults) == 1 && s.Faults[0].Code == FaultNoSound
		})
		if err := v.Say(t.Context(), one("zh", "请A零一二号到一号窗口")); !errors.Is(err, ErrSilent) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSoundThatComesLaterIsFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cards")
	log := filepath.Join(t.TempDir(), "log")
	v := start(t, Options{Cards: path, Program: program(t, log)})
	until(t, "absent", func() bool { return len(v.Status().Faults) == 1 })
	if err := os.WriteFile(path, []byte(oneCard), 0o644); err != nil {
		t.Fatal(err)
	}
	until(t, "ready", func() bool { s := v.Status(); return s.State == devices.Ready && len(s.Faults) == 0 })
	if err := v.Say(t.Context(), one("zh", "请")); err != nil {
		t.Error(err)
	}
}

func TestAnnouncementsNeverOverlapAndKeepTheirOrder(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	v := start(t, Options{Cards: cards(t, oneCard), Program: program(t, log)})
	var work sync.WaitGroup
	for i := range 4 {
		work.Go(func() {
			if err := v.Say(t.Context(), one("zh", fmt.Sprint(i))); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
	data, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	if len(lines) != 8 {
		t.Fatalf("%d lines, want 8: none is dropped\n%s", len(lines), data)
	}
	for i := 0; i < len(lines); i += 2 {
		text := strings.TrimPrefix(lines[i], "begin cmn ")
		if lines[i+1] != "end "+text {
			t.Errorf("%q is followed by %q: they overlap", lines[i], lines[i+1])
		}
	}
}

// slow writes a stand-in that speaks for as long as the text says, notes its
// arguments when it begins, and has no Cantonese.
func slow(t *testing.T, log string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "speak")
	script := fmt.Sprintf("#!/bin/sh\n[ \"$1\" = --voices=yue ] && exit 0\ntext=$(cat)\necho \"begin $* $text\" >>%[1]s\nexec sleep $text\n", log)
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAPromptIsCutAndAnAnnouncementNot(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	v := start(t, Options{Cards: cards(t, oneCard), Program: slow(t, log)})
	begun := func(text string) func() bool {
		return func() bool {
			data, _ := os.ReadFile(log)
			return strings.Contains(string(data), text)
		}
	}
	ctx, cut := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- v.Prompt(ctx, voice.Prompt{Lang: "zh-Hant", Text: "3600", Volume: 40}) }()
	until(t, "the prompt", begun("begin -v cmn -s 150 --stdin -a 40 3600"))
	cut()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("a prompt that was cut: %v", err)
	}
	// What is asked for next is spoken: the old one is really over.
	if err := v.Prompt(t.Context(), voice.Prompt{Lang: "en", Text: "0", Volume: 500}); err != nil {
		t.Error(err)
	}
	until(t, "the volume's bound", begun("begin -v en -s 150 --stdin -a 200 0"))
	ctx, cut = context.WithCancel(t.Context())
	defer cut()
	ended = make(chan error, 1)
	go func() { ended <- v.Say(ctx, one("zh", "0.3")) }()
	until(t, "the call", begun(" 0.3"))
	cut()
	<-ended
	if s := v.Status(); s.State != devices.Busy {
		t.Errorf("the call was cut with its asker: %v", s.State)
	}
}

func TestWavFilesHoldSound(t *testing.T) {
	dir := t.TempDir()
	v := start(t, Options{Mode: ModeWav, Dir: dir})
	for _, lang := range []string{"zh-Hans", "en", "pt"} {
		if err := v.Say(t.Context(), one(lang, "A 0 1 2")); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.wav"))
	if err != nil || len(files) != 3 {
		t.Fatalf("files %v, %v", files, err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil || len(data) < 10000 || string(data[:4]) != "RIFF" {
			t.Errorf("%s: %d bytes, %v", f, len(data), err)
		}
	}
}

func TestOffAndMistakes(t *testing.T) {
	v := start(t, Options{Mode: ModeOff})
	if err := v.Say(t.Context(), one("zh", "x")); !errors.Is(err, ErrSilent) {
		t.Error(err)
	}
	v = start(t, Options{Program: "no-such-program", Cards: cards(t, oneCard)})
	until(t, "no_speech", func() bool { f := v.Status().Faults; return len(f) == 1 && f[0].Code == FaultNoSpeech })
	for _, o := range []Options{{Mode: "loud"}, {Mode: ModeWav}} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}

func TestSpeaker(t *testing.T) {
	for lang, want := range map[string]string{"zh-Hans": "cmn", "cmn": "cmn", "zh-HK": "yue", "zh-Hant": "yue", "en-GB": "en", "pt": "pt", "": "cmn"} {
		if got := Speaker(lang); got != want {
			t.Errorf("%q: %s, want %s", lang, got, want)
		}
	}
}

// Two programs on one sound card: whole announcements, one after another, in all
// their languages and as loud as asked.
func TestTwoProgramsOnOneCardWaitForEachOther(t *testing.T) {
	log, lock := filepath.Join(t.TempDir(), "log"), filepath.Join(t.TempDir(), "card")
	var work sync.WaitGroup
	for number := range 2 {
		v := start(t, Options{Cards: cards(t, oneCard), Program: program(t, log), Lock: lock})
		for i := range 3 {
			work.Go(func() {
				text := fmt.Sprintf("%d-%d", number, i)
				a := voice.Announcement{Sentences: []voice.Sentence{{Lang: "zh", Text: text}, {Lang: "en", Text: text}}}
				if err := v.Say(t.Context(), a); err != nil {
					t.Error(err)
				}
			})
		}
	}
	work.Wait()
	data, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	if len(lines) != 24 {
		t.Fatalf("%d lines, want 24\n%s", len(lines), data)
	}
	for i := 0; i < len(lines); i += 4 {
		text := strings.TrimPrefix(lines[i], "begin cmn ")
		if lines[i+1] != "end "+text || lines[i+2] != "begin en "+text || lines[i+3] != "end "+text {
			t.Fatalf("something came between\n%s", data)
		}
	}
}

// A prompt that is wanted no more while another program speaks is not waited for.
func TestACutPromptDoesNotWaitForTheCard(t *testing.T) {
	log, lock := filepath.Join(t.TempDir(), "log"), filepath.Join(t.TempDir(), "card")
	release, err := takeCard(t.Context(), lock)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	v := start(t, Options{Cards: cards(t, oneCard), Program: program(t, log), Lock: lock})
	ctx, cut := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- v.Prompt(ctx, voice.Prompt{Lang: "en", Text: "x"}) }()
	until(t, "its turn", func() bool { return v.Status().State == devices.Busy })
	cut()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if data, err := os.ReadFile(log); err == nil {
		t.Errorf("spoken while another program speaks: %s", data)
	}
}
