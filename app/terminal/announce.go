package terminal

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"hallway/app/hall"
	"hallway/devices/voice"
	"hallway/devices/voice/numerals"
)

// announcer speaks each call once, one after the other (语音叫号). What it has
// taken up is written to a file before it is spoken, so that a restart never
// calls anybody again. A call waits for its turn as long as its ticket is called:
// it is dropped only when the person is there, was missed or has gone elsewhere.
// Of a ticket that is called again before its turn the newest call is spoken, in
// the place of the first.
type announcer struct {
	c    *core
	dir  string
	wake chan struct{}

	mu       sync.Mutex
	day      string
	seen     map[string]bool
	called   map[string]bool // tickets that are called now
	queue    []announcement
	speaking announcement
}

type announcement struct {
	announcementKey
	number, window string
}

// announcementKey is one call of one ticket.
type announcementKey struct {
	ticket string
	calls  int
}

func newAnnouncer(c *core) *announcer {
	return &announcer{c: c, dir: c.Config.Data, wake: make(chan struct{}, 1), seen: map[string]bool{}}
}

// look takes up the calls of here that it has not seen yet, in the order in which they
// were made.
func (a *announcer) look(q *hall.Queue, here func(hall.Ticket) bool, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if day := hall.DayOf(now); day != a.day {
		a.begin(day)
	}
	list := q.In(hall.TicketCalled, hall.TicketRecalled)
	slices.SortStableFunc(list, func(x, y hall.Ticket) int { return x.CalledAt.Compare(y.CalledAt) })
	var fresh []string
	a.called = map[string]bool{}
	for _, t := range list {
		if !here(t) {
			continue
		}
		a.called[t.ID] = true
		key := fmt.Sprintf("%s:%d", t.ID, t.Calls)
		if a.seen[key] {
			continue
		}
		a.seen[key] = true
		fresh = append(fresh, key)
		next := announcement{announcementKey{t.ID, t.Calls}, t.Number, t.Window}
		if i := slices.IndexFunc(a.queue, func(w announcement) bool { return w.ticket == t.ID }); i >= 0 {
			a.queue[i] = next
		} else {
			a.queue = append(a.queue, next)
		}
	}
	if len(fresh) == 0 {
		return
	}
	if err := a.remember(fresh); err != nil {
		a.c.Logger.Error("announced calls cannot be remembered; a restart may speak them again", "err", err)
	}
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

func (a *announcer) file(day string) string {
	return filepath.Join(a.dir, "announced-"+day+".txt")
}

// begin reads what was announced on a day, and forgets earlier days.
func (a *announcer) begin(day string) {
	a.day, a.seen = day, map[string]bool{}
	if a.dir == "" {
		return
	}
	old, _ := filepath.Glob(filepath.Join(a.dir, "announced-*.txt"))
	for _, name := range old {
		if name != a.file(day) {
			os.Remove(name) //nolint:errcheck // tried again tomorrow
		}
	}
	f, err := os.Open(a.file(day))
	if err != nil {
		return // none yet
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		a.seen[strings.TrimSpace(lines.Text())] = true
	}
}

func (a *announcer) remember(keys []string) error {
	if a.dir == "" {
		return nil
	}
	f, err := os.OpenFile(a.file(a.day), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(strings.Join(keys, "\n") + "\n"); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// run speaks until ctx ends.
func (a *announcer) run(ctx context.Context) {
	for {
		next, ok := a.take()
		if !ok {
			select {
			case <-a.wake:
				continue
			case <-ctx.Done():
				return
			}
		}
		if ctx.Err() != nil {
			return
		}
		a.c.changed()
		a.speak(ctx, next)
		a.mu.Lock()
		if len(a.queue) == 0 { // else the next one follows at once
			a.speaking = announcement{}
		}
		a.mu.Unlock()
		a.c.changed()
	}
}

func (a *announcer) take() (announcement, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.queue) > 0 {
		next := a.queue[0]
		a.queue = a.queue[1:]
		if !a.called[next.ticket] {
			a.c.Logger.Info("a call is not spoken: nobody waits for it any more", "number", next.number)
			continue
		}
		a.speaking = next
		return next, true
	}
	return announcement{}, false
}

func (a *announcer) speak(ctx context.Context, n announcement) {
	a.c.Metrics.announced()
	if a.c.Devices.silent() != nil {
		return // silent; the display says why, and shows the call
	}
	said := voice.Announcement{Volume: a.c.Config.Voice.VolumeAt(a.c.now())}
	for _, lang := range a.c.Config.Voice.spoken() {
		// The sentence says the number twice, digit by digit (requirements G5).
		said.Sentences = append(said.Sentences, voice.Sentence{Lang: lang, Text: a.c.Texts(localeOf[lang], "voice.call",
			map[string]string{"number": numerals.Ticket(lang, n.number), "window": numerals.Window(lang, n.window)})})
	}
	// No time limit: how long a sentence may take is the driver's, from when it
	// begins; how long it waits for its turn is nobody's.
	if err := a.c.Devices.Voice.Say(ctx, said); err != nil && ctx.Err() == nil {
		a.c.Logger.Warn("a call was not spoken; it stands on the display", "number", n.number, "err", err)
	}
}

// localeOf is the catalogue of a spoken language.
var localeOf = map[string]string{"cmn": "zh-Hans", "yue": "zh-Hant", "en": "en", "pt": "pt"}

// spokenOf is the language that a catalogue is read in.
func spokenOf(locale string) string {
	for lang, l := range localeOf {
		if l == locale {
			return lang
		}
	}
	return "cmn"
}

// view is the state of the voice.
func (a *announcer) view() VoiceView {
	if why := a.c.Devices.silent(); why != nil {
		return VoiceView{State: "silent", Why: why}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.speaking.number != "" {
		return VoiceView{State: "speaking", Speaking: a.speaking.number}
	}
	return VoiceView{State: "on"}
}

// now is the call that is being spoken; none while the voice is silent.
func (a *announcer) now() announcementKey {
	if a.c.Devices.silent() != nil {
		return announcementKey{}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.speaking.announcementKey
}
