package terminal

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"hallway/app/hall"
	"hallway/devices/voice"
	"hallway/devices/voice/numerals"
)

// Volumes of the spoken prompts. Level 0 is silent but for what must be heard
// (SayRequest.Always).
const (
	usualLevel = 2
	topLevel   = 3
)

// volumes are what the levels mean, in percent of the voice's usual volume.
// What must be heard is never softer than level 1.
var volumes = [topLevel + 1]int{40, 40, 100, 180}

// promptFor bounds one prompt, however long its sentence.
const promptFor = 45 * time.Second

// sayable are the families of the catalogues that may be spoken: prompts,
// titles and sentences for the person at the terminal.
var sayable = []string{"say.", "timeout.", "voice.", "kiosk.", "notice.", "ticket.", "progress.", "rating.", "act.", "state.",
	"error.", "remedy.", "reason.", "why_not.", "fault.", "counter.", "station.", "scan.", "lang."}

// What a parameter may be. Four digits hold a count, a minute or a queue
// number, and no telephone, document or check-in code.
var (
	sayCount  = regexp.MustCompile(`^[0-9]{1,4}$`)
	sayClock  = regexp.MustCompile(`^[0-2]?[0-9]:[0-5][0-9]$`)
	sayTicket = regexp.MustCompile(`^[A-Z]{1,3}[0-9]{1,4}$`)
)

// maxSayParams bounds the parameters of a sentence.
const maxSayParams = 6

// prompter speaks sentences of the catalogues to the person at this terminal.
//
// It guarantees: only keys of the allowed families are spoken, with counts,
// times, ticket numbers and names out of the hall's own catalogue, so that no
// person's name, document, telephone or code can ever be heard (EN 301 549
// 5.1.3: masked entry is not spoken); a new prompt cuts the one before it; a
// prompt never cuts the call of a number; and the volume goes back to the usual
// one with each person. Private listening is a matter of the sound device: a
// headset's socket that the operating system switches to.
type prompter struct {
	c *core

	mu    sync.Mutex
	level int
	turn  int
	cut   context.CancelFunc
}

func newPrompter(c *core) *prompter { return &prompter{c: c, level: usualLevel} }

// Say speaks a prompt, and answers before it is over.
func (c *core) Say(_ context.Context, r SayRequest) (SayReply, error) {
	if r.Locale == "" {
		r.Locale = c.Config.Locale
	}
	sentence, err := c.prompts.sentence(r)
	if err != nil {
		return SayReply{}, err
	}
	return c.prompts.speak(r, sentence), nil
}

// Hush cuts the prompt that is being spoken.
func (c *core) Hush(context.Context) (SayReply, error) {
	c.prompts.hush()
	return c.prompts.reply(false), nil
}

// SetVolume sets how loud prompts are, until the person leaves.
func (c *core) SetVolume(_ context.Context, r VolumeRequest) (SayReply, error) {
	p := c.prompts
	p.mu.Lock()
	p.level = min(max(r.Volume, 0), topLevel)
	p.mu.Unlock()
	c.changed()
	return p.reply(false), nil
}

// speechView says whether prompts are heard here.
func (c *core) speechView() SpeechView {
	why := c.Devices.silent()
	c.prompts.mu.Lock()
	defer c.prompts.mu.Unlock()
	return SpeechView{CanSpeak: why == nil, Why: why, Volume: c.prompts.level}
}

func (p *prompter) reply(spoken bool) SayReply {
	v := p.c.speechView()
	return SayReply{Spoken: spoken, Why: v.Why, Volume: v.Volume}
}

// speak begins a prompt in place of the one before it.
func (p *prompter) speak(r SayRequest, sentence string) SayReply {
	if p.c.Devices.silent() != nil {
		return p.reply(false) // the page shows it; nobody would hear it
	}
	p.mu.Lock()
	if p.level == 0 && !r.Always {
		p.mu.Unlock()
		return p.reply(false)
	}
	p.hushLocked()
	bounded, cut := context.WithTimeout(context.Background(), promptFor)
	p.cut = cut
	turn, volume := p.turn, max(1, volumes[p.level]*p.c.Config.Voice.VolumeAt(p.c.now())/100)
	p.mu.Unlock()
	p.c.spawn(func(life context.Context) {
		defer context.AfterFunc(life, cut)()
		err := p.c.Devices.Voice.Prompt(bounded, voice.Prompt{Lang: r.Locale, Text: sentence, Volume: volume})
		if err != nil && !errors.Is(err, context.Canceled) {
			p.c.Logger.Warn("a prompt was not spoken; it stands on the screen", "key", r.Key, "err", err)
		}
		p.over(turn)
	})
	return p.reply(true)
}

// over forgets a prompt that has ended.
func (p *prompter) over(turn int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.turn == turn {
		p.hushLocked()
	}
}

func (p *prompter) hush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hushLocked()
}

func (p *prompter) hushLocked() {
	p.turn++
	if p.cut != nil {
		p.cut()
		p.cut = nil
	}
}

// reset is for the next person: nothing is being said, at the usual volume.
func (p *prompter) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hushLocked()
	p.level = usualLevel
}

// sentence is what is spoken, or why it may not be.
func (p *prompter) sentence(r SayRequest) (string, error) {
	refused := func() (string, error) { return "", Fail(http.StatusUnprocessableEntity, "invalid_request") }
	if !slices.ContainsFunc(sayable, func(family string) bool { return strings.HasPrefix(r.Key, family) }) || len(r.Params) > maxSayParams {
		return refused()
	}
	params := make(map[string]string, len(r.Params))
	for name, value := range r.Params {
		spoken, ok := p.param(value, r.Locale)
		if !ok {
			return refused()
		}
		params[name] = spoken
	}
	sentence := p.c.Texts(r.Locale, r.Key, params)
	if sentence == r.Key || strings.ContainsAny(sentence, "{}") {
		return refused() // no such text, or one whose parameters are not all given
	}
	return sentence, nil
}

// param is how a parameter is spoken: a count and a time as they are, a ticket
// number character by character, and «group:ID», «item:ID», «window:ID» as the
// hall names them.
func (p *prompter) param(value, locale string) (string, bool) {
	switch {
	case sayCount.MatchString(value), sayClock.MatchString(value):
		return value, true
	case sayTicket.MatchString(value):
		return numerals.Ticket(spokenOf(locale), value), true
	}
	kind, id, found := strings.Cut(value, ":")
	cat := p.c.catalogue()
	if !found || cat == nil {
		return "", false
	}
	var names hall.Names
	switch kind {
	case "group":
		g, _ := cat.Group(id)
		names = g.Name
	case "item":
		it, _ := cat.Item(id)
		names = it.Name
	case "window":
		if i := slices.IndexFunc(cat.Windows, func(w hall.WindowDef) bool { return w.ID == id }); i >= 0 {
			names = cat.Windows[i].Name
		}
	}
	if len(names) == 0 {
		return "", false
	}
	return names.In(locale), true
}
