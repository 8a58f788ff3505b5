package depsim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hallway/app/central/departments"
	"hallway/app/hall"
	"hallway/app/print"
)

// Pace and limits of the call-backs.
const (
	lookEvery       = 100 * time.Millisecond
	workers         = 4
	callbackTimeout = 20 * time.Second
	lateAfter       = 26 * time.Hour
)

// Options of New.
type Options struct {
	Config Config
	Logger *slog.Logger
	// Real is the machine's clock; nil is time.Now.
	Real func() time.Time
	// Sample makes the file of an order; nil makes a PDF.
	Sample func(s print.Sample) ([]byte, error)
}

// Sim is the running simulator. All methods may be called at once from many
// goroutines.
type Sim struct {
	cfg    Config
	log    *slog.Logger
	real   func() time.Time
	sample func(s print.Sample) ([]byte, error)
	store  *store
	client *http.Client
	rev    atomic.Int64

	mu      sync.Mutex // over what follows, and over read-change-write of a request
	forward time.Duration
	down    map[string]bool
	sending map[string]bool

	ctx  context.Context
	stop context.CancelFunc
	jobs chan job
	work sync.WaitGroup
}

// job is one call-back to make.
type job struct {
	request Request
	how     string
}

// New opens the simulator's file and begins to deliver what is due. Close ends
// it.
func New(ctx context.Context, o Options) (*Sim, error) {
	st, err := openStore(ctx, o.Config.path(o.Config.Data))
	if err != nil {
		return nil, err
	}
	s := &Sim{
		cfg: o.Config, log: o.Logger, real: o.Real, sample: o.Sample, store: st, down: map[string]bool{}, sending: map[string]bool{},
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers, IdleConnTimeout: time.Minute}}, jobs: make(chan job, workers),
	}
	if s.real == nil {
		s.real = time.Now
	}
	if s.sample == nil {
		s.sample = s.pdf
	}
	seconds, err := st.number(ctx, "forward")
	s.forward = time.Duration(seconds) * time.Second
	for _, d := range o.Config.Departments {
		v, nerr := st.number(ctx, "down/"+d.ID)
		s.down[d.ID] = v == 1
		err = errors.Join(err, nerr, st.behave(ctx, Behaviour{Department: d.ID, Query: QueryYes, Delivery: AtOnce}, false))
	}
	for _, b := range o.Config.Behaviours { // what was set on the page since stays
		if v, nerr := st.number(ctx, "set/"+b.Department+"/"+b.Material); v == 0 {
			err = errors.Join(err, nerr, st.behave(ctx, b, true))
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("file of the simulator: %w", err), st.db.Close())
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.work.Go(s.look)
	for range workers {
		s.work.Go(s.deliverJobs)
	}
	return s, nil
}

// Close ends the call-backs that are under way; they are made again after the
// next start.
func (s *Sim) Close(timeout time.Duration) error {
	s.stop()
	done := make(chan struct{})
	go func() { s.work.Wait(); close(done) }()
	var late error
	select {
	case <-done:
	case <-time.After(timeout):
		late = errors.New("depsim: a call-back did not end in time")
	}
	s.client.CloseIdleConnections()
	return errors.Join(late, s.store.db.Close())
}

// now is the departments' clock.
func (s *Sim) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.real().Add(s.forward)
}

func (s *Sim) changed() { s.rev.Add(1) }

// department finds one by its id.
func (s *Sim) department(id string) (DepartmentConfig, bool) {
	i := slices.IndexFunc(s.cfg.Departments, func(d DepartmentConfig) bool { return d.ID == id })
	if i < 0 {
		return DepartmentConfig{}, false
	}
	return s.cfg.Departments[i], true
}

func (s *Sim) secret(id string) []byte {
	d, _ := s.department(id)
	return d.secret
}

// isDown says whether a department was taken down.
func (s *Sim) isDown(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.down[id]
}

// behaviour is how a department treats a material now.
func (s *Sim) behaviour(ctx context.Context, department, material string) (Behaviour, error) {
	all, err := s.store.behaviours(ctx)
	best := Behaviour{Department: department, Query: QueryYes, Delivery: AtOnce}
	for _, b := range all {
		if b.Department == department && (b.Material == material || b.Material == "" && best.Material == "") {
			best = b
		}
	}
	return best, err
}

// State is everything that the page shows.
func (s *Sim) State(ctx context.Context) (State, error) {
	st := State{Rev: s.rev.Load(), Now: s.now(), Centre: s.cfg.Centre, Departments: []DepartmentState{}}
	open, err := s.store.open(ctx)
	if err == nil {
		st.Behaviours, err = s.store.behaviours(ctx)
	}
	if err == nil {
		st.Requests, err = s.store.newest(ctx)
	}
	if err != nil {
		return State{}, s.fault(err)
	}
	for _, d := range s.cfg.Departments {
		st.Departments = append(st.Departments, DepartmentState{ID: d.ID, Name: d.names(), Up: !s.isDown(d.ID), Open: open[d.ID]})
	}
	return st, nil
}

// fault logs an error of our own and answers without its words.
func (s *Sim) fault(err error) error {
	s.log.Error("the simulator could not do something", "error", err)
	return errFault
}

// Query answers whether a material can be supplied.
func (s *Sim) Query(ctx context.Context, department string, q departments.Query) (departments.QueryAnswer, error) {
	b, err := s.behaviour(ctx, department, q.Material)
	if err != nil {
		return departments.QueryAnswer{}, s.fault(err)
	}
	r := s.noted(department, KindQuery, Answered, q.Request+"?"+q.Method, q.Item, q.Material, q.Subject)
	r.Method, r.Answer = q.Method, b.Query
	if err := s.upsert(ctx, r); err != nil {
		return departments.QueryAnswer{}, s.fault(err)
	}
	wait := time.Duration(b.Think) * time.Second
	if b.Query == QuerySilent {
		wait = 24 * time.Hour
	}
	select {
	case <-time.After(wait):
	case <-ctx.Done():
		return departments.QueryAnswer{}, departments.ErrBusy
	case <-s.ctx.Done():
		return departments.QueryAnswer{}, departments.ErrBusy
	}
	switch b.Query {
	case QueryYes, QueryNo:
		return departments.QueryAnswer{Answer: b.Query, Reason: b.Reason}, nil
	}
	return departments.QueryAnswer{}, departments.ErrBusy
}

// noted makes the record of a message; of the person only what is masked.
func (s *Sim) noted(department, kind, state, id, item, material string, who departments.Subject) Request {
	return Request{ID: id, Department: department, Kind: kind, State: state, Item: item, Material: material,
		Person: hall.MaskName(who.Name), Document: hall.MaskIDNumber(who.DocNo), Received: s.now()}
}

// upsert keeps a request, or counts that it came again.
func (s *Sim) upsert(ctx context.Context, r Request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.changed()
	isNew, err := s.store.add(ctx, r)
	if err != nil || isNew {
		return err
	}
	old, ok, err := s.store.one(ctx, r.ID)
	if err != nil || !ok {
		return err
	}
	old.Tries++
	if r.Kind == KindQuery {
		old.Answer = r.Answer
	}
	return s.store.change(ctx, old)
}

// Order takes an order. The same again is the same order.
func (s *Sim) Order(ctx context.Context, department string, o departments.Order) error {
	b, err := s.behaviour(ctx, department, o.Material)
	if err != nil {
		return s.fault(err)
	}
	r := s.noted(department, KindOrder, Waiting, o.Request, o.Item, o.Material, o.Subject)
	r.plan, r.reason = b.Delivery, b.Reason
	wait := time.Duration(b.Seconds) * time.Second
	switch {
	case b.Delivery == Late && wait == 0:
		wait = lateAfter
	case b.Delivery != Late && b.Delivery != After && b.Delivery != Refuse:
		wait = 0
	}
	if b.Delivery != Never {
		r.Due = r.Received.Add(wait)
	}
	if err := s.upsert(ctx, r); err != nil {
		return s.fault(err)
	}
	return nil
}

// Notice takes the notice of papers.
func (s *Sim) Notice(ctx context.Context, department string, n departments.Notice) error {
	r := s.noted(department, KindNotice, Told, n.Request, n.Item, "", n.Subject)
	for _, p := range n.Papers {
		r.Papers = append(r.Papers, p.ID)
		r.Material = strings.TrimPrefix(r.Material+" "+p.Material, " ")
	}
	if err := s.upsert(ctx, r); err != nil {
		return s.fault(err)
	}
	return nil
}

// Withdraw takes back what is not wanted any more. What is unknown, or of
// another department, is passed over.
func (s *Sim) Withdraw(ctx context.Context, department string, w departments.Withdrawal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.changed()
	list, err := s.store.list(ctx, `WHERE department = ? AND state IN (?, ?)`, department, Waiting, Told)
	for _, r := range list {
		gone := r.Kind == KindOrder && slices.Contains(w.Requests, r.ID)
		if r.Kind == KindNotice {
			left := slices.DeleteFunc(slices.Clone(r.Papers), func(p string) bool { return slices.Contains(w.Papers, p) })
			gone = len(left) == 0
			if len(left) < len(r.Papers) && !gone {
				r.Papers = left
				err = errors.Join(err, s.store.change(ctx, r))
			}
		}
		if gone {
			r.State, r.Due = Withdrawn, time.Time{}
			err = errors.Join(err, s.store.change(ctx, r))
		}
	}
	if err != nil {
		return s.fault(err)
	}
	return nil
}
