package terminal

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"hallway/devices"
	"hallway/devices/caller"
	"hallway/devices/frame"
)

// CallerConfig says what the keys of a physical caller (呼叫器) do. Keys is by the
// key's meaning in the caller's table; what is left out is as in callerActs.
// Transfers is by the digits typed before the key «transfer»: the group's id.
type CallerConfig struct {
	Keys      map[string]string `toml:"keys"`
	Transfers map[string]string `toml:"transfers"`
}

// callerActs is what keys do without configuration.
var callerActs = map[string]string{
	frame.KeyNext: "next", frame.KeyRecall: "recall", frame.KeyCancel: "miss", frame.KeyConfirm: "start",
	frame.KeyPause: "pause", frame.KeyTransfer: "transfer", frame.KeyEvaluate: "finish",
}

// keyActs are the acts that a key can do: the same as the buttons on the screen.
// Pause goes on when the window is paused.
var keyActs = map[string]func(*Counter, context.Context, caller.Press) error{
	"next":   func(c *Counter, ctx context.Context, _ caller.Press) error { return c.Next(ctx, NextRequest{}) },
	"recall": func(c *Counter, ctx context.Context, _ caller.Press) error { return c.Recall(ctx) },
	"miss":   func(c *Counter, ctx context.Context, _ caller.Press) error { return c.Miss(ctx) },
	"hold":   func(c *Counter, ctx context.Context, _ caller.Press) error { return c.Hold(ctx) },
	"start":  func(c *Counter, ctx context.Context, _ caller.Press) error { return c.Start(ctx) },
	"finish": func(c *Counter, ctx context.Context, _ caller.Press) error { return c.Finish(ctx) },
	"pause": func(c *Counter, ctx context.Context, _ caller.Press) error {
		if w := c.state().window; w.Open && w.Paused {
			return c.Open(ctx)
		}
		return c.Pause(ctx)
	},
	"transfer": func(c *Counter, ctx context.Context, p caller.Press) error {
		group, ok := c.Config.Caller.Transfers[p.Digits]
		if !ok {
			return Fail(http.StatusUnprocessableEntity, "caller_transfer", "digits", p.Digits)
		}
		return c.Transfer(ctx, TransferRequest{Group: group})
	},
	"none": nil,
}

// check says what is wrong with the keys.
func (c CallerConfig) check(bad func(string, ...any)) {
	for key, act := range c.Keys {
		if !slices.Contains(frame.Meanings(), key) {
			bad("[caller.keys] %s: one of %s", key, strings.Join(frame.Meanings(), ", "))
		}
		if _, ok := keyActs[act]; !ok {
			bad("[caller.keys] %s = %q: one of %s", key, act, strings.Join(slices.Sorted(maps.Keys(keyActs)), ", "))
		}
	}
	for digits, group := range c.Transfers {
		if digits != strings.Map(digitsOnly, digits) || group == "" {
			bad("[caller.transfers] %q = %q: digits typed before the key = the id of a group", digits, group)
		}
	}
}

func digitsOnly(r rune) rune {
	if r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// actOfKey is what a key does, "none" for nothing.
func (c CallerConfig) actOfKey(key string) string {
	if act, ok := c.Keys[key]; ok {
		return act
	}
	if act, ok := callerActs[key]; ok {
		return act
	}
	return "none"
}

// callKeys does what the caller's keys say: the same acts as the buttons on the
// screen, with the same guards. A refusal is shown on the screen like a button's,
// and the caller beeps.
func (c *Counter) callKeys(ctx context.Context) {
	for {
		select {
		case p := <-c.Devices.Caller.Keys():
			c.doKey(ctx, p)
		case <-ctx.Done():
			return
		}
	}
}

func (c *Counter) doKey(ctx context.Context, p caller.Press) {
	act := c.Config.Caller.actOfKey(p.Key)
	do := keyActs[act]
	if do == nil {
		return
	}
	err := do(c, ctx, p)
	if ctx.Err() != nil {
		return
	}
	c.mu.Lock()
	c.pressed = PressedView{N: c.pressed.N + 1, Act: act, Problem: AsProblem(err)}
	c.mu.Unlock()
	if err != nil {
		bounded, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		if berr := c.Devices.Caller.Beep(bounded); berr != nil {
			c.Logger.Warn("the caller cannot beep", "err", berr)
		}
	}
	c.show()
}

// display is a device that shows the number at the window.
type display struct {
	what   string
	usable func() bool
	show   func(context.Context, string) error
}

// displays are those that this counter has.
func (c *Counter) displays() []display {
	var all []display
	usable := func(kind devices.Kind) func() bool {
		return func() bool { return c.Devices.usable(kind, "no_"+string(kind)).Allowed }
	}
	if b := c.Devices.Board; b != nil {
		all = append(all, display{"board", usable(devices.KindNumberBoard), b.Show})
	}
	if k := c.Devices.Caller; k != nil {
		all = append(all, display{"caller", usable(k.Status().Kind), k.Show})
	}
	return all
}

// keepNumber keeps the called number on a display. It looks often, because one
// that was unplugged comes back blank.
func (c *Counter) keepNumber(ctx context.Context, d display) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	shown, wasReady := "-", false
	for {
		st := c.state()
		number := ""
		if st.ticket != nil {
			number = st.ticket.Number
		}
		usable := d.usable()
		if usable && (number != shown || !wasReady) {
			bounded, cancel := context.WithTimeout(ctx, 2*time.Second)
			if err := d.show(bounded, number); err == nil {
				shown = number
			} else if ctx.Err() == nil {
				c.Logger.Warn("a display did not take the number", "display", d.what, "number", number, "err", err)
				usable = false
			}
			cancel()
		}
		wasReady = usable
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
