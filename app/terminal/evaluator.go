package terminal

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"hallway/app/hall"
	"hallway/devices/evaluator"
	"hallway/devices/evaluator/screen"
	"hallway/devices/port"
)

// Evaluator is the use-cases of the evaluator's screen (评价屏): a second touch
// screen at a window, a program of its own without a store, and a device of the
// counter's program (devices/evaluator/screen), which decides what it shows and
// what counts. A key is shown as taken when the counter has said so; the page
// thanks for every level in the same way, so that nobody beside it sees which it
// was (standards §6). Without the counter it says that it cannot rate now.
type Evaluator struct {
	*board[EvaluatorView]
	log   *slog.Logger
	clock func() time.Time
	dial  func(context.Context) (net.Conn, error)
	// calm is how long thanks are shown.
	calm time.Duration

	mu      sync.Mutex
	line    net.Conn // nil without a counter
	now     EvaluatorView
	thanked *time.Timer // of the thanks that are shown
	here    bool        // a person whose number was told stands here, and is asked when it has gone
	told    string      // the language that the counter named last: its own one again when the number has gone
}

const (
	thanksFor  = 5 * time.Second
	callSoon   = 200 * time.Millisecond
	callRarely = 2 * time.Second
)

// NewEvaluator builds the screen of the counter whose door file this is.
func NewEvaluator(config Config, log *slog.Logger, clock func() time.Time) *Evaluator {
	e := &Evaluator{log: log, clock: clock, calm: thanksFor, dial: func(ctx context.Context) (net.Conn, error) {
		return screen.Dial(ctx, config.Evaluator.Door)
	}}
	e.board = newBoard(clock(), func(v *EvaluatorView, rev int64, now time.Time) { v.Rev, v.Now = rev, now })
	e.set(func(v *EvaluatorView) {
		*v = EvaluatorView{State: "offline", Why: "absent", Desk: deskOf(evaluator.Desk{})}
	})
	return e
}

// Run keeps calling the counter until ctx ends.
func (e *Evaluator) Run(ctx context.Context) error {
	wait := callSoon
	for ctx.Err() == nil {
		line, err := e.dial(ctx)
		if err == nil {
			e.log.Info("the screen is connected with its counter")
			wait = callSoon
			err = errors.Join(e.talk(ctx, line), line.Close())
		}
		if ctx.Err() != nil {
			break
		}
		e.offline(err)
		if port.Sleep(ctx, wait) == nil {
			wait = min(wait*3/2, callRarely)
		}
	}
	return nil
}

// talk shows what the counter says until the line ends.
func (e *Evaluator) talk(ctx context.Context, line net.Conn) error {
	stop := context.AfterFunc(ctx, func() { line.Close() }) // wakes the read
	defer stop()
	e.mu.Lock()
	e.line = line
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		e.line = nil
		e.hush()
		e.mu.Unlock()
	}()
	var lines screen.Lines
	buf := make([]byte, 4096)
	for {
		n, err := line.Read(buf)
		for _, m := range lines.Feed(buf[:n]) {
			e.take(m)
		}
		if lines.Lost > 0 {
			e.log.Warn("the counter said what this screen does not understand; are both of the same version?", "lines", lines.Lost)
			lines.Lost = 0
		}
		if err != nil {
			return err
		}
	}
}

// offline shows that there is no counter, and why.
func (e *Evaluator) offline(err error) {
	why := "absent"
	switch port.CodeOf(err) {
	case port.InUse:
		why = "busy"
	case port.Permission:
		why = "permission"
	}
	e.set(func(v *EvaluatorView) {
		if v.State != "offline" || v.Why != why {
			e.log.Warn("the screen is not connected with its counter", "why", why, "err", err)
		}
		e.here = false
		desk := v.Desk // whose screen it is does not change; who is there does
		desk.State, desk.Staff, desk.Number, desk.Locale = "closed", "", "", e.told
		*v = EvaluatorView{State: "offline", Why: why, Desk: desk}
	})
}

// take does what the counter says.
func (e *Evaluator) take(m screen.Message) {
	e.set(func(v *EvaluatorView) {
		if m.Desk != nil {
			spoken := v.Desk.Locale
			v.Desk = deskOf(*m.Desk)
			e.told = v.Desk.Locale
			if v.Desk.Number != "" {
				e.here = true
			} else if e.here {
				v.Desk.Locale = spoken // the person's, also for a page that is loaded anew
			}
			if v.State == "offline" {
				v.State, v.Why = "welcome", ""
			}
		}
		switch m.Show {
		case screen.ShowWelcome:
			e.hush()
			if v.State == "ask" || v.State == "thanks" {
				e.gone(v)
			}
			*v = EvaluatorView{State: "welcome", Desk: v.Desk}
		case screen.ShowAsk:
			e.hush()
			*v = EvaluatorView{State: "ask", Desk: v.Desk, Asking: m.Asking,
				Until: e.clock().Add(time.Duration(m.Millis) * time.Millisecond)}
		case screen.ShowThanks:
			e.hush()
			*v = EvaluatorView{State: "thanks", Desk: v.Desk}
			e.thanked = time.AfterFunc(e.calm, e.thanksOver)
		}
	})
}

// thanksOver goes back to the welcome, unless something else is shown by now.
func (e *Evaluator) thanksOver() {
	e.set(func(v *EvaluatorView) {
		if e.thanked != nil && v.State == "thanks" {
			e.thanked = nil
			e.gone(v)
			*v = EvaluatorView{State: "welcome", Desk: v.Desk}
		}
	})
}

// gone: who stood here has gone; e.mu is held.
func (e *Evaluator) gone(v *EvaluatorView) {
	e.here, v.Desk.Locale = v.Desk.Number != "", e.told
}

// hush forgets the end of thanks; e.mu is held.
func (e *Evaluator) hush() {
	if e.thanked != nil {
		e.thanked.Stop()
		e.thanked = nil
	}
}

// set changes what is shown, one change after the other.
func (e *Evaluator) set(change func(*EvaluatorView)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	change(&e.now)
	e.board.publish(e.now, e.clock())
}

// Rate sends a key to the counter. The first one counts.
func (e *Evaluator) Rate(_ context.Context, r RateRequest) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.line == nil || e.now.State == "offline" {
		return Fail(http.StatusServiceUnavailable, "evaluator_offline")
	}
	if e.now.State != "ask" || e.now.Asking != r.Asking {
		return Fail(http.StatusConflict, "evaluator_not_asked")
	}
	if e.now.Pressed {
		return nil
	}
	key, err := screen.Message{Level: r.Level, Asking: r.Asking}.Bytes()
	if err == nil {
		err = e.line.SetWriteDeadline(time.Now().Add(time.Second))
	}
	if err == nil {
		_, err = e.line.Write(key)
	}
	if err != nil {
		e.log.Warn("a key did not reach the counter", "err", err)
		return Fail(http.StatusServiceUnavailable, "evaluator_offline")
	}
	e.now.Pressed = true
	e.board.publish(e.now, e.clock())
	return nil
}

func deskOf(d evaluator.Desk) EvaluatorDesk {
	names := func(m map[string]string) hall.Names {
		if m == nil {
			return hall.Names{}
		}
		return m
	}
	desk := EvaluatorDesk{Hall: names(d.Hall), Window: d.Window, Name: names(d.Name), State: d.State, Staff: d.Staff, Number: d.Number, Locale: d.Locale}
	switch desk.State {
	case "open", "paused", "called", "serving":
	default:
		desk.State = "closed"
	}
	return desk
}
