package recordsim

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	gosync "sync"
	"time"

	"hallway/app/central/departments"
	"hallway/app/central/records"
)

// How the receiver answers a batch.
const (
	AtOnce = "at_once"
	Late   = "late"  // takes it, and answers after the sender gave up
	Never  = "never" // takes nothing and says nothing
	Lost   = "lost"  // takes it; the line is cut before the answer
	Wrong  = "wrong" // answers another batch
	Half   = "half"  // answers for the first record only
	Noise  = "noise" // answers what cannot be read
	Busy   = "busy"  // answers with a status of its own trouble
)

// Path is where it takes batches.
const Path = "/records/v1/batches"

const maxBatch = 32 << 20

// Options of a receiver.
type Options struct {
	Secret []byte
	Now    func() time.Time // nil: the machine's clock
}

// Sim is a receiver.
type Sim struct {
	o Options

	mu      gosync.Mutex
	next    []string // answers to the batches to come; then at once
	held    map[string]records.Record
	refuse  map[string]string // field → code: records in which it is empty are refused
	batches []int64           // in the order in which they came
	doubles int               // records that had come before
	late    chan struct{}     // closed: late answers are given
}

// New is a receiver that answers at once.
func New(o Options) *Sim {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Sim{o: o, held: map[string]records.Record{}, refuse: map[string]string{}, late: make(chan struct{})}
}

// Answers has the batches to come answered like this, one after the other.
func (s *Sim) Answers(how ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = append(s.next, how...)
}

// Refuse has records refused in which a field is empty; code "" takes that back.
func (s *Sim) Refuse(field, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if code == "" {
		delete(s.refuse, field)
		return
	}
	s.refuse[field] = code
}

// Held are the records that were accepted, by identity and version in order.
func (s *Sim) Held() []records.Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []records.Record
	for _, key := range slices.Sorted(maps.Keys(s.held)) {
		all = append(all, s.held[key])
	}
	return all
}

// Batches are the numbers of the batches that came, each as often as it came, and how
// many records came more than once.
func (s *Sim) Batches() (numbers []int64, doubles int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.batches), s.doubles
}

// Open is how many answers are still to be given as Answers said.
func (s *Sim) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.next)
}

// LetGo gives the late answers.
func (s *Sim) LetGo() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.late)
	s.late = make(chan struct{})
}

// ServeHTTP implements http.Handler.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBatch))
	signed, ok := departments.ParseSigned(r.Header)
	switch {
	case r.Method != http.MethodPost || r.URL.Path != Path:
		http.Error(w, "not here", http.StatusNotFound)
		return
	case err != nil:
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		return
	case !ok || !signed.By(s.o.Secret, r.Method, r.URL.RequestURI()) || !signed.Fresh(s.o.Now()) || signed.Digest != departments.DigestOf(raw):
		http.Error(w, "not signed", http.StatusUnauthorized)
		return
	}
	var b records.Batch
	if err := json.Unmarshal(raw, &b); err != nil {
		http.Error(w, "cannot be read", http.StatusBadRequest)
		return
	}
	how, late := s.turn(b.Batch)
	var a records.Answer
	if how != Never && how != Busy {
		a = s.take(b)
	}
	switch how {
	case Never, Late:
		select {
		case <-r.Context().Done():
			return
		case <-late:
		}
	case Lost:
		panic(http.ErrAbortHandler)
	case Wrong:
		a.Batch++
	case Half:
		a.Results = a.Results[:1]
	case Noise:
		fmt.Fprint(w, "<html>")
		return
	case Busy:
		http.Error(w, "later", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(a) // who went away has no answer
}

// turn notes a batch and says how it is answered.
func (s *Sim) turn(batch int64) (how string, late chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches = append(s.batches, batch)
	if len(s.next) == 0 {
		return AtOnce, s.late
	}
	how, s.next = s.next[0], s.next[1:]
	return how, s.late
}

// take takes the records of a batch, each version once, and says what became of each.
func (s *Sim) take(b records.Batch) records.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := records.Answer{Batch: b.Batch, Results: []records.Result{}}
	for _, r := range b.Records {
		result := records.Result{ID: r.ID, Version: r.Version, Result: records.Accepted}
		for _, field := range slices.Sorted(maps.Keys(s.refuse)) {
			if r.Fields.Get(field) == "" {
				result.Result, result.Code, result.Field = records.Refused, s.refuse[field], field
			}
		}
		key := fmt.Sprintf("%s#%06d", r.ID, r.Version)
		if _, known := s.held[key]; known {
			s.doubles++
		} else if result.Result == records.Accepted {
			s.held[key] = r
		}
		a.Results = append(a.Results, result)
	}
	return a
}
