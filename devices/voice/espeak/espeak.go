// Package espeak speaks with espeak-ng (语音播报): Mandarin, Cantonese, English,
// Portuguese.
//
// Guarantees: announcements are spoken one after another in the order in which
// they were queued, each whole, with all its languages; none is dropped while
// the program runs; a sentence may take 30 s from when it begins to be spoken,
// however long it waited; two programs of this machine that speak on one sound
// card wait for each other (Linux); a prompt ends when whoever asked for it
// wants it no more, an announcement never; without a sound device the voice is
// Absent with fault no_sound, and Say returns at once with ErrSilent, so that
// whoever asked can say so on the screen. A sound device that is plugged in
// later is found within two seconds.
//
// How to connect: kind = "voice", model = "espeak", no port; a loudspeaker at
// the sound card. Install espeak-ng; on Linux the user needs the group audio
// (or a session of its own), and ALSA's list of cards is read from
// /proc/asound/cards. [voice] mode «wav» writes a file per sentence instead, for
// tests and for halls with their own loudspeaker system.
//
// Quirks: espeak-ng without Cantonese reads it as Mandarin. Its voices sound like
// a machine; numbers are written out before they are read (devices/voice/numerals).
//
// Source: requirements G5 (the call is read out), design §4.
package espeak

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/voice"
)

// Modes.
const (
	ModeAuto = "auto" // speak when there is a sound device
	ModeOff  = "off"
	ModeWav  = "wav" // write one file per announcement
)

// Faults.
const (
	FaultNoSound  = "no_sound"
	FaultNoSpeech = "no_speech"
)

// ErrSilent says that nobody heard it.
var ErrSilent = errors.New("no sound device: plug in a loudspeaker, or announce the number by hand")

// Options of a voice.
type Options struct {
	ID      string
	Mode    string // empty is auto
	Dir     string // of the files, mode wav
	Program string // empty is espeak-ng
	Cards   string // list of sound cards; empty is /proc/asound/cards
	Lock    string // file that programs on one card agree by; empty: the card's node
	Speed   int    // words a minute; 0 = 150
	Clock   func() time.Time
	Look    time.Duration // between looks for a sound device; 0 = 1 s
}

// Voice is the driver. It implements voice.Voice.
type Voice struct {
	*driver.Base
	o     Options
	queue chan *job

	mu      sync.Mutex
	number  int  // of files written
	yueSeen bool // it was looked whether the program speaks Cantonese
	yue     bool // it does
}

type job struct {
	ctx    context.Context
	say    []voice.Sentence
	volume int  // percent; 0 = 100
	cut    bool // ends with ctx
	done   chan error
}

var _ voice.Voice = (*Voice)(nil)

// loudest is espeak-ng's greatest amplitude; 100 is its usual one.
const loudest = 200

// queueLength is more than a hall can say in an hour.
const queueLength = 1024

// New makes a voice.
func New(o Options) (*Voice, error) {
	switch o.Mode {
	case "":
		o.Mode = ModeAuto
	case ModeAuto, ModeOff:
	case ModeWav:
		if o.Dir == "" {
			return nil, errors.New("mode wav needs dir, the folder of the files")
		}
	default:
		return nil, fmt.Errorf("mode %q is not known: write auto, off or wav", o.Mode)
	}
	if o.Program == "" {
		o.Program = "espeak-ng"
	}
	if o.Cards == "" {
		o.Cards = "/proc/asound/cards"
	}
	if o.Speed == 0 {
		o.Speed = 150
	}
	if o.Look == 0 {
		o.Look = time.Second
	}
	return &Voice{
		Base: driver.NewBase(o.ID, devices.KindVoice, "espeak", o.Mode, o.Clock),
		o:    o, queue: make(chan *job, queueLength),
	}, nil
}

// FromConfig makes the driver of one configured device. Options: mode, dir.
func FromConfig(c devices.Config) (devices.Device, error) {
	if err := driver.KnownOptions(c, "mode", "dir"); err != nil {
		return nil, err
	}
	v, err := New(Options{ID: c.ID, Mode: c.Options["mode"], Dir: c.Options["dir"]})
	if err != nil {
		return nil, err
	}
	return v, nil
}

// Run speaks what is queued until ctx ends.
func (v *Voice) Run(ctx context.Context) error {
	defer v.drain()
	look := time.NewTicker(v.o.Look)
	defer look.Stop()
	for {
		v.look()
		select {
		case <-ctx.Done():
			v.Apply(driver.Change{State: devices.Absent})
			return ctx.Err()
		case <-look.C:
		case j := <-v.queue:
			j.done <- v.speak(ctx, j)
		}
	}
}

// drain answers what was queued when Run ends.
func (v *Voice) drain() {
	for {
		select {
		case j := <-v.queue:
			j.done <- ErrSilent
		default:
			return
		}
	}
}

// look finds out whether anything can be heard.
func (v *Voice) look() {
	fault := v.missing()
	c := driver.Change{State: devices.Ready, Cleared: []string{FaultNoSound, FaultNoSpeech}}
	if fault != "" {
		c = driver.Change{
			State: devices.Absent, Faults: map[string]devices.Severity{fault: devices.SeverityOf(fault)},
			Cleared: without([]string{FaultNoSound, FaultNoSpeech}, fault),
		}
	}
	v.Apply(c)
}

func without(codes []string, code string) []string {
	var out []string
	for _, c := range codes {
		if c != code {
			out = append(out, c)
		}
	}
	return out
}

// missing is the fault that keeps the voice silent, "" for none.
func (v *Voice) missing() string {
	if v.o.Mode == ModeOff {
		return FaultNoSound
	}
	if _, err := exec.LookPath(v.o.Program); err != nil {
		return FaultNoSpeech
	}
	if v.o.Mode == ModeAuto && runtime.GOOS == "linux" && !hasCard(v.o.Cards) {
		return FaultNoSound
	}
	return ""
}

// hasCard reads ALSA's list: « 0 [PCH ]: HDA-Intel - …», or «--- no soundcards ---».
func hasCard(path string) bool {
	data, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	for _, line := range bytes.Split(data, []byte{'\n'}) {
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] >= '0' && line[0] <= '9' && bytes.IndexByte(line, '[') > 0 {
			return true
		}
	}
	return false
}

// Say queues one announcement and returns when it has been spoken, at once
// with ErrSilent when nobody would hear it.
func (v *Voice) Say(ctx context.Context, a voice.Announcement) error {
	return v.enqueue(&job{ctx: ctx, say: a.Sentences, volume: a.Volume})
}

// Prompt queues one sentence that ends with ctx.
func (v *Voice) Prompt(ctx context.Context, p voice.Prompt) error {
	return v.enqueue(&job{ctx: ctx, say: []voice.Sentence{{Lang: p.Lang, Text: p.Text}}, volume: p.Volume, cut: true})
}

func (v *Voice) enqueue(j *job) error {
	if v.missing() != "" {
		return ErrSilent
	}
	ctx := j.ctx
	j.done = make(chan error, 1)
	select {
	case v.queue <- j:
	case <-ctx.Done():
		return fmt.Errorf("queue an announcement: %w", ctx.Err())
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("wait for an announcement: %w", ctx.Err())
	}
}

// speakWithin is how long one sentence may take from when it begins.
const speakWithin = 30 * time.Second

// speak speaks one announcement, all its sentences, when the card is free.
func (v *Voice) speak(ctx context.Context, j *job) error {
	if j.ctx.Err() != nil {
		return j.ctx.Err() // nobody waits for it any more
	}
	v.Apply(driver.Change{State: devices.Busy})
	defer v.Apply(driver.Change{State: devices.Ready, Counters: map[string]int64{"announcements": 1}})
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if j.cut {
		defer context.AfterFunc(j.ctx, cancel)()
	}
	if v.o.Mode != ModeWav || v.o.Lock != "" {
		release, err := takeCard(ctx, v.o.Lock)
		if err != nil {
			return err
		}
		defer release()
	}
	var errs []error
	for _, s := range j.say {
		if ctx.Err() != nil {
			break
		}
		errs = append(errs, v.sentence(ctx, j, s))
	}
	if j.cut && j.ctx.Err() != nil {
		return j.ctx.Err()
	}
	return errors.Join(errs...)
}

// sentence runs the program for one sentence.
func (v *Voice) sentence(ctx context.Context, j *job, s voice.Sentence) error {
	ctx, cancel := context.WithTimeout(ctx, speakWithin)
	defer cancel()
	args := []string{"-v", v.speaker(ctx, s.Lang), "-s", fmt.Sprint(v.o.Speed), "--stdin"}
	if j.volume > 0 {
		args = append(args, "-a", fmt.Sprint(min(j.volume, loudest)))
	}
	if v.o.Mode == ModeWav {
		path, err := v.file()
		if err != nil {
			return err
		}
		args = append(args, "-w", path)
	}
	cmd := exec.CommandContext(ctx, v.o.Program, args...)
	cmd.WaitDelay = 500 * time.Millisecond
	cmd.Stdin = strings.NewReader(s.Text)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", v.o.Program, err, firstLine(said.String()))
	}
	return nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// file names the next file of mode wav.
func (v *Voice) file() (string, error) {
	if err := os.MkdirAll(v.o.Dir, 0o755); err != nil {
		return "", fmt.Errorf("folder of announcements: %w", err)
	}
	v.mu.Lock()
	v.number++
	n := v.number
	v.mu.Unlock()
	return filepath.Join(v.o.Dir, fmt.Sprintf("%s-%04d.wav", v.Now().UTC().Format("20060102-150405"), n)), nil
}

// speaker is Speaker, with Mandarin where this espeak-ng has no Cantonese.
func (v *Voice) speaker(ctx context.Context, lang string) string {
	name := Speaker(lang)
	if name != "yue" {
		return name
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.yueSeen {
		list, err := exec.CommandContext(ctx, v.o.Program, "--voices=yue").Output()
		v.yueSeen, v.yue = ctx.Err() == nil, err == nil && bytes.Contains(list, []byte(" yue "))
	}
	if !v.yue {
		return "cmn"
	}
	return name
}

// Speaker is espeak-ng's name for a language (BCP 47). Traditional script is
// Cantonese, as it is spoken in Hong Kong and Macao; what it does not know is
// Mandarin.
func Speaker(lang string) string {
	l := strings.ToLower(lang)
	switch {
	case strings.HasPrefix(l, "en"):
		return "en"
	case strings.HasPrefix(l, "pt"):
		return "pt"
	case strings.HasPrefix(l, "yue"), strings.HasPrefix(l, "zh-hant"), l == "zh-hk", l == "zh-mo":
		return "yue"
	}
	return "cmn"
}
