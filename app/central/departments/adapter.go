package departments

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"hallway/app/hall"
	wire "hallway/sync"
	"hallway/sync/writer"
)

// Address is how one department is reached. An empty URL is not offered by it.
type Address struct {
	ID                               string
	Query, Request, Notice, Withdraw string
	Secret                           []byte
}

// LogValue keeps the secret out of logs.
func (a Address) LogValue() slog.Value { return slog.StringValue("[department " + a.ID + "]") }

// Writer is what the adapter needs of the centre's writer.
type Writer interface {
	HallWorld(ctx context.Context, code string) hall.World
	Propose(ctx context.Context, op hall.Op) (wire.Verdict, error)
	Verdict(ctx context.Context, id hall.OpID) (wire.Verdict, bool, error)
	OpenSealed(ctx context.Context, id hall.OpID) ([]byte, error)
	CompleteEffect(ctx context.Context, id string) error
	DeferEffect(ctx context.Context, id string, until time.Time, note string) error
}

// Files makes the files of call-backs durable. What it does not take is a
// *sync.Problem with FILE_DIGEST, FILE_TYPE or FILE_SIZE.
type Files interface {
	Put(ctx context.Context, r io.Reader, mediaType, wantSHA string) (hall.File, error)
}

// Event is something that an operator or the audit trail should know. Subject
// is an id, never personal data.
type Event struct {
	Code       string
	Department string
	Subject    string
	Reason     string
	Allowed    bool // it was taken
}

// Options of New.
type Options struct {
	Hall        string
	Departments []Address
	Writer      Writer
	Files       Files
	Now         func() time.Time // the hall's clock
	Real        func() time.Time // the machine's clock, for signatures
	Audit       func(ctx context.Context, e Event) error
	Note        func(e Event) // for the manager's page
	Logger      *slog.Logger
	// Client sends; nil is one of its own.
	Client *http.Client
	// QueryTimeout is how long a query may take; 0 is ten seconds.
	QueryTimeout time.Duration
}

// Adapter talks to the departments. All methods may be called at once from many
// goroutines.
type Adapter struct {
	opt    Options
	log    *slog.Logger
	real   func() time.Time
	client *http.Client
	used   usedSignatures
	lines  map[string]*line

	mu     sync.Mutex
	busy   map[string]bool // effects that wait in a line or are under way
	silent map[string]bool // departments without an address that were told of

	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup
}

// Limits of the lines.
const (
	defaultQueryTimeout = 10 * time.Second
	deliveryTimeout     = 15 * time.Second
	queryWorkers        = 4
	deliveryWorkers     = 2
	lineLength          = 128
	maxAsking           = 8
)

// New starts the workers of every department. Close ends them.
func New(o Options) *Adapter {
	if o.QueryTimeout <= 0 {
		o.QueryTimeout = defaultQueryTimeout
	}
	a := &Adapter{opt: o, log: o.Logger, real: o.Real, client: o.Client, lines: map[string]*line{}, busy: map[string]bool{}, silent: map[string]bool{}}
	if a.client == nil {
		// Redirects are not followed: a signature is for one path.
		a.client = &http.Client{
			Transport:     &http.Transport{MaxIdleConnsPerHost: queryWorkers + deliveryWorkers, IdleConnTimeout: time.Minute, Proxy: http.ProxyFromEnvironment},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	a.ctx, a.stop = context.WithCancel(context.Background())
	for _, d := range o.Departments {
		l := &line{Address: d, queries: make(chan task, lineLength), deliveries: make(chan task, lineLength), asking: make(chan struct{}, maxAsking)}
		a.lines[d.ID] = l
		for range queryWorkers {
			a.work.Go(func() { a.serve(l.queries) })
		}
		for range deliveryWorkers {
			a.work.Go(func() { a.serve(l.deliveries) })
		}
	}
	return a
}

// errLate says that a worker did not end in time.
var errLate = errors.New("departments: a call did not end in time")

// Close ends the calls that are under way; what they were for is done again
// after the next start.
func (a *Adapter) Close(timeout time.Duration) error {
	a.stop()
	done := make(chan struct{})
	go func() { a.work.Wait(); close(done) }()
	defer a.client.CloseIdleConnections()
	select {
	case <-done:
		return nil
	case <-time.After(timeout):
		return errLate
	}
}

// line is one department with its two queues.
type line struct {
	Address
	queries, deliveries chan task

	asking chan struct{} // bounds what clerks ask at once

	mu   sync.Mutex
	down bool
}

// task is one effect in a line; it does everything that the effect asks for,
// and says in the effect's row what came of it.
type task struct {
	effect string
	do     func(ctx context.Context)
}

// serve does the tasks of one queue until the adapter stops.
func (a *Adapter) serve(queue <-chan task) {
	for {
		select {
		case <-a.ctx.Done():
			return
		case t := <-queue:
			t.do(a.ctx)
			a.release(t.effect)
		}
	}
}

func (a *Adapter) release(effect string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.busy, effect)
}

// take reserves an effect; false when it is under way.
func (a *Adapter) take(effect string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.busy[effect] {
		return false
	}
	a.busy[effect] = true
	return true
}

// Busy is how many effects wait in lines or are under way. They are still in
// the outbox, so whoever reads it must look beyond them.
func (a *Adapter) Busy() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.busy)
}

// secret is the secret of a department, or nil.
func (a *Adapter) secret(department string) []byte {
	if l := a.lines[department]; l != nil {
		return l.Secret
	}
	return nil
}

// lineOf finds a department's line. That one has no address is said once.
func (a *Adapter) lineOf(department string) (*line, bool) {
	if l := a.lines[department]; l != nil {
		return l, true
	}
	a.mu.Lock()
	told := a.silent[department]
	a.silent[department] = true
	a.mu.Unlock()
	if !told {
		a.log.Warn("a department has no address: its queries are answered «failed», and what it should be told waits; add a [[department]] block", "department", department)
	}
	return nil, false
}

// reached notes how a call went; a department that went away or came back is
// news for an operator, once.
func (a *Adapter) reached(l *line, err error) {
	l.mu.Lock()
	was := l.down
	l.down = err != nil
	l.mu.Unlock()
	switch {
	case err != nil && !was:
		a.log.Warn("a department does not answer", "department", l.ID, "error", err)
		a.opt.Note(Event{Code: "department_down", Department: l.ID})
	case err == nil && was:
		a.log.Info("a department answers again", "department", l.ID)
		a.opt.Note(Event{Code: "department_back", Department: l.ID, Allowed: true})
	}
}

// dispatched effects belong to the adapter.
var effectKinds = []string{hall.EffectShareQuery, hall.EffectShareRequest, hall.EffectPaperNotice, hall.EffectNoticeWithdrawn}

// EffectKinds lists the kinds of effects that the adapter does.
func EffectKinds() []string { return slices.Clone(effectKinds) }

// Take gives effects to the lines of their departments and returns at once.
// Effects that are under way already are passed over.
func (a *Adapter) Take(effects []writer.StoredEffect) {
	for _, e := range effects {
		if a.ctx.Err() != nil {
			return
		}
		if a.take(e.ID) && !a.dispatch(e) {
			a.release(e.ID)
		}
	}
}
