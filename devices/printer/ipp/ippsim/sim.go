// Package ippsim is a simulated page printer that speaks IPP over HTTP, as a
// queue of CUPS or a printer on the network does: it takes PDF, counts sheets
// while they come out, and keeps what it printed.
//
// Guarantees: it answers Get-Printer-Attributes, Validate-Job, Print-Job,
// Get-Jobs, Get-Job-Attributes and Cancel-Job as RFC 8011 says, one request a
// connection; whatever else comes is refused and noted (Unclean). Everything
// that it can suffer is a field of Body.
//
// Source: RFC 8010, RFC 8011.
package ippsim

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/OpenPrinting/goipp"
	"github.com/pdfcpu/pdfcpu/pkg/api"
)

// Body is what can be wrong with the printer.
type Body struct {
	PaperEnd  bool
	NearEnd   bool
	CoverOpen bool
	Jam       bool
	TonerLow  bool
	Offline   bool
	// Mute loses the reply to the next Print-Job: the job is there.
	Mute bool
	// Uncounted ends jobs without counting sheets, as a queue to a file does.
	Uncounted bool
}

// troubles stop the printer.
func (b Body) stopped() bool { return b.PaperEnd || b.CoverOpen || b.Jam || b.Offline }

// Sheet is a printed document.
type Sheet struct {
	N     int
	At    time.Time
	Name  string // of the job
	Pages int
	PDF   []byte
}

// Options of a simulated page printer.
type Options struct {
	Pace     time.Duration // per page; 0 = 300 ms
	Clock    func() time.Time
	OnChange func()
	OnSheet  func(Sheet)
}

type job struct {
	id, pages, done, state int
	name                   string
	pdf                    []byte
	next                   time.Time // the next sheet is out
}

// Sim is the printer.
type Sim struct {
	o Options

	mu      sync.Mutex
	body    Body
	jobs    []*job
	sheets  []Sheet // the last of them
	count   int
	unclean []string
}

// keepSheets is how many printed documents are kept.
const keepSheets = 200

// New makes a printer without a cable.
func New(o Options) *Sim {
	if o.Pace == 0 {
		o.Pace = 300 * time.Millisecond
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.OnChange == nil {
		o.OnChange = func() {}
	}
	if o.OnSheet == nil {
		o.OnSheet = func(Sheet) {}
	}
	return &Sim{o: o}
}

// Run moves the paper until ctx ends.
func (s *Sim) Run(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			s.move()
		}
	}
}

// move brings the job at the head of the queue on.
func (s *Sim) move() {
	s.mu.Lock()
	out, changed := s.step()
	s.mu.Unlock()
	if out != nil {
		s.o.OnSheet(*out)
	}
	if changed {
		s.o.OnChange()
	}
}

func (s *Sim) step() (*Sheet, bool) {
	if s.body.stopped() {
		return nil, false
	}
	now := s.o.Clock()
	for _, j := range s.jobs {
		switch {
		case j.state == jobPending:
			j.state, j.next = jobProcessing, now.Add(s.o.Pace)
			return nil, true
		case j.state == jobProcessing && now.Before(j.next):
			return nil, false
		case j.state == jobProcessing:
			j.done, j.next = j.done+1, now.Add(s.o.Pace)
			if j.done < j.pages {
				return nil, true
			}
			j.state = jobCompleted
			s.count++
			sheet := Sheet{N: s.count, At: now, Name: j.name, Pages: j.pages, PDF: j.pdf}
			s.sheets, j.pdf = append(s.sheets, sheet), nil
			if len(s.sheets) > keepSheets {
				s.sheets = slices.Delete(s.sheets, 0, 1)
			}
			return &sheet, true
		}
	}
	return nil, false
}

// SetBody changes what is wrong.
func (s *Sim) SetBody(f func(*Body)) {
	s.mu.Lock()
	f(&s.body)
	s.mu.Unlock()
	s.o.OnChange()
}

// Body is what is wrong now.
func (s *Sim) Body() Body {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.body
}

// Sheets are the printed documents that are kept, oldest first.
func (s *Sim) Sheets() []Sheet {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Sheet{}, s.sheets...)
}

// Printing reports a job that is not at its end.
func (s *Sim) Printing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.jobs {
		if j.state < jobCanceled {
			return true
		}
	}
	return false
}

// Unclean lists what was not understood.
func (s *Sim) Unclean() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.unclean...)
}

// Stray gives the printer bytes that are no message.
func (s *Sim) Stray(junk []byte) { s.answer(junk) }

// Serve answers the one request of a connection.
func (s *Sim) Serve(ctx context.Context, rw io.ReadWriteCloser) error {
	stop := context.AfterFunc(ctx, func() { rw.Close() })
	defer stop()
	defer rw.Close()
	r, err := http.ReadRequest(bufio.NewReader(rw))
	if err != nil {
		return fmt.Errorf("page printer: %w", err)
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, 256<<20))
	if err != nil {
		return fmt.Errorf("page printer: %w", err)
	}
	answer, keep := s.answer(raw)
	if !keep {
		return nil // the reply is lost
	}
	resp := http.Response{StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Close: true, Request: r,
		ContentLength: int64(len(answer)), Body: io.NopCloser(bytes.NewReader(answer)),
		Header: http.Header{"Content-Type": {goipp.ContentType}, "Server": {"IPP/2.0"}}}
	if answer == nil {
		resp.StatusCode = http.StatusBadRequest
	}
	if err := resp.Write(rw); err != nil {
		return fmt.Errorf("page printer: %w", err)
	}
	linger(rw)
	return nil
}

// linger lets the program read the answer and close first: a pulled cable
// closes with a reset, which would take the answer away.
func linger(rw io.Reader) {
	if c, ok := rw.(interface{ SetReadDeadline(time.Time) error }); ok {
		if err := c.SetReadDeadline(time.Now().Add(2 * time.Second)); err != nil {
			return
		}
	}
	var one [1]byte
	for {
		if _, err := rw.Read(one[:]); err != nil {
			return
		}
	}
}

// The library that counts pages keeps no folder of settings at the user's home; it
// is one setting of the whole program.
func init() { api.DisableConfigDir() }

// count is how many pages a document has.
func count(document []byte) (int, error) {
	return api.PageCount(bytes.NewReader(document), nil)
}
