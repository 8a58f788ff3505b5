package terminal

import (
	"context"
	"log/slog"
	gosync "sync"
	"time"

	"hallway/app/hall"
	"hallway/app/print"
	"hallway/devices"
	"hallway/sync"
)

// Deps is what every role is built from.
type Deps struct {
	Config  Config
	Store   Store
	Uplink  Uplink
	Centre  Centre     // counter and station
	Papers  PaperStore // station only: the same store
	Devices *Devices
	Texts   Texts
	Logger  *slog.Logger
	Metrics *Metrics // nil: none
	// PDF lays papers out on A4; nil: no page printer here.
	PDF func() (*print.PDF, error)
	// Clock is this machine's clock with its monotonic part: for time-outs
	// only, never for what is told to people.
	Clock func() time.Time
	// Tell is called when something changed that the centre is told in the
	// status; nil tells nobody. It must not block.
	Tell func()
	// Tick is how often time-outs are looked at; 0 = 500 ms.
	Tick time.Duration

	// Progress finds people's cases, and Applications those that they can go on
	// with; kiosk only.
	Progress     ProgressCentre
	Applications ApplyCentre
}

// core is what the roles share.
type core struct {
	Deps
	kick chan struct{}
	life context.Context
	stop context.CancelFunc

	gate                gosync.Mutex // between spawn and the end of Run
	closed              bool
	lineSince, lineTold time.Time
	tasks               gosync.WaitGroup // goroutines of this role; Run waits for them
	prompts             *prompter
}

func newCore(d Deps) *core {
	if d.Clock == nil {
		d.Clock = time.Now
	}
	if d.Tick <= 0 {
		d.Tick = 500 * time.Millisecond
	}
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	if d.Devices == nil {
		d.Devices = NewDevices(d.Logger, nil, nil)
	}
	if d.Tell == nil {
		d.Tell = func() {}
	}
	if d.Texts == nil {
		d.Texts = func(_, key string, _ map[string]string) string { return key }
	}
	c := &core{Deps: d, kick: make(chan struct{}, 1)}
	c.prompts = newPrompter(c)
	c.life, c.stop = context.WithCancel(context.Background())
	return c
}

// changed asks for a new view soon; it never blocks.
func (c *core) changed() {
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

// spawn starts a goroutine that Run waits for. Its context ends with Run.
// After the end of Run it starts nothing, and says so.
func (c *core) spawn(f func(ctx context.Context)) bool {
	c.gate.Lock()
	defer c.gate.Unlock()
	if c.closed {
		return false
	}
	c.tasks.Add(1)
	go func() {
		defer c.tasks.Done()
		f(c.life)
	}()
	return true
}

// loop calls refresh on every change and on every tick, until ctx ends; then
// it stops and awaits everything that was spawned.
func (c *core) loop(ctx context.Context, refresh func()) error {
	defer c.end()
	stops := []func(){c.Store.Watch(c.changed), c.Uplink.Watch(c.changed),
		c.Devices.Watch(func(devices.Status) { c.changed() })}
	defer func() {
		for _, stop := range stops {
			stop()
		}
	}()
	tick := time.NewTicker(c.Tick)
	defer tick.Stop()
	for {
		refresh()
		select {
		case <-c.kick:
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// end stops and awaits what was spawned.
func (c *core) end() {
	c.gate.Lock()
	c.closed = true
	c.gate.Unlock()
	c.stop()
	c.tasks.Wait()
}

// now is the centre's clock.
func (c *core) now() time.Time {
	t, _ := c.Store.Now()
	return t
}

// line is the state of the line as the page shows it.
func (c *core) line() Line {
	online, since := c.Uplink.Online()
	now, stamp := c.Store.Now()
	c.gate.Lock()
	if !since.Equal(c.lineSince) { // told by the centre's clock, which is not this machine's
		c.lineSince, c.lineTold = since, now.Add(since.Sub(c.Clock())).In(hall.Zone).Truncate(time.Second)
	}
	told := c.lineTold
	c.gate.Unlock()
	l := Line{Online: online, Since: told, Recovering: c.Uplink.Recovering(),
		Pending: c.Store.Outbox(), Work: len(c.Store.WorkList()), Clock: stamp.Trust}
	if p := c.Uplink.Problem(); p != nil {
		l.Fault = lineFaults[p.Code]
	}
	return l
}

// lineFaults are the faults of the line that do not pass by themselves.
var lineFaults = map[string]string{
	sync.ProblemAuth: "line_auth", sync.ProblemRevoked: "line_revoked",
	sync.ProblemCertMissing: "line_cert_missing", sync.ProblemCertUnknown: "line_cert_unknown",
	sync.ProblemCertExpired: "line_cert_expired", sync.ProblemCertOther: "line_cert_other",
	sync.ProblemCentreUnknown: "line_centre_unknown", sync.ProblemCentreExpired: "line_centre_expired",
	sync.ProblemCentreHost: "line_centre_host", sync.ProblemCentrePlain: "line_centre_plain", sync.ProblemCentreTLS: "line_centre_tls",
}

// deviceViews is every device as the page shows it.
func (c *core) deviceViews() []DeviceView {
	all := c.Devices.Statuses()
	views := make([]DeviceView, 0, len(all))
	for _, s := range all {
		faults := s.Faults
		if faults == nil {
			faults = []devices.Fault{}
		}
		v := DeviceView{ID: s.ID, Kind: s.Kind, State: s.State, Faults: faults}
		if r := c.Devices.Reader; r != nil && s.Kind == devices.KindIDCard && s.ID == r.Status().ID {
			v.Lies = r.Lies()
		}
		views = append(views, v)
	}
	return views
}

// catalogue is the hall's catalogue, nil before the first sync.
func (c *core) catalogue() *hall.Catalogue {
	cat, err := c.Store.World().Catalogue()
	if err != nil {
		c.Logger.Error("catalogue cannot be read", "err", err)
		return nil
	}
	return cat
}

// queue is today's queue under the overlay.
func (c *core) queue(now time.Time) *hall.Queue {
	return c.queueOf(c.Store.World(), now)
}

func (c *core) queueOf(w hall.World, now time.Time) *hall.Queue {
	day := hall.DayOf(now)
	q, err := w.Queue(day)
	if err != nil || q == nil {
		if err != nil {
			c.Logger.Error("queue cannot be read", "err", err)
		}
		return hall.NewQueue(day)
	}
	return q
}

// deviceActor stands behind what the terminal does by itself.
func deviceActor() hall.Actor { return hall.Actor{Kind: hall.ActorDevice, Role: hall.RoleDevice} }

// citizenActor stands behind what the person before the terminal does.
func citizenActor() hall.Actor { return hall.Actor{Kind: hall.ActorCitizen, Role: hall.RoleCitizen} }

// allow and deny make Acts.
func allow() Act { return Act{Allowed: true} }

func deny(code string, pairs ...string) Act {
	t := text(code, pairs...)
	return Act{Why: &t}
}

// text is a hall.Text from a code and pairs of parameter names and values.
func text(code string, pairs ...string) hall.Text {
	t := hall.Text{Code: code}
	for i := 0; i+1 < len(pairs); i += 2 {
		if t.Params == nil {
			t.Params = map[string]string{}
		}
		t.Params[pairs[i]] = pairs[i+1]
	}
	return t
}

// waitOf is an expected wait.
func waitOf(q *hall.Queue, cat *hall.Catalogue, group string, ahead int, now time.Time) Wait {
	low, high, known := q.EstimateWait(group, ahead, cat, now)
	if !known {
		return Wait{}
	}
	return Wait{Known: true, Low: low, High: high}
}
