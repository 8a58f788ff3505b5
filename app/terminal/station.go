package terminal

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/devices"
	"hallway/devices/scanner"
	wire "hallway/sync"
)

// PaperStore is what a station needs of its store beyond the other roles: the
// papers that it follows, and what it wrote down itself.
type PaperStore interface {
	Store
	// Witness writes a burst of operations down in one transaction.
	Witness(ctx context.Context, drafts []Draft, keep func(i int, out hall.Outcome) bool) ([]store.Seen, error)
	// Waits reports whether an operation has no verdict yet.
	Waits(id hall.OpID) bool
	// Verdict is the verdict of an operation, when there is one.
	Verdict(ctx context.Context, id hall.OpID) (wire.Verdict, bool, error)
	// Recent lists what this terminal wrote down, newest first.
	Recent(ctx context.Context, since time.Time, limit int, kinds ...hall.Kind) ([]store.Own, error)
	// Departments lists the departments whose papers are followed.
	Departments() []string
	// PaperCounts counts papers of departments.
	PaperCounts(ctx context.Context, departments []string, now time.Time) (store.PaperCounts, error)
	// BatchesOf lists batches that have papers in some lists, by item and then by
	// what is due first; BatchesDropped, those of which papers stay in a department.
	BatchesOf(ctx context.Context, departments []string, limit int, lists ...hall.PaperList) ([]string, error)
	BatchesDropped(ctx context.Context, department string, after time.Time, limit int) ([]string, error)
	// TripsSent lists the trips of a department on the road, the latest first.
	TripsSent(ctx context.Context, department string, limit int) ([]string, error)
	// Papers, Batches and Consignments give what is known under the overlay, nil of
	// what is not known. They are shared and must not be changed.
	Papers(ctx context.Context, ids ...string) ([]*hall.Paper, error)
	Batches(ctx context.Context, ids ...string) ([]*hall.Batch, error)
	Consignments(ctx context.Context, ids ...string) ([]*hall.Consignment, error)
	// QueuePaper records a paper that is to be printed.
	QueuePaper(ctx context.Context, p store.PaperJob) (Job, error)
	// PaperJobs lists the latest job of each paper since a time, newest first.
	PaperJobs(ctx context.Context, since time.Time) ([]store.PaperJobState, error)
}

// Modes of a station: what a scan means.
const (
	ModeOut       = "out"        // signed out of the department (签出)
	ModeIn        = "in"         // signed in at the hall (签入)
	ModeReturnOut = "return_out" // sent back by the hall
	ModeReturnIn  = "return_in"  // back in the department
	ModeFile      = "file"       // filed with its case
)

// modeKinds says what each mode writes down.
var modeKinds = map[string]hall.Kind{ModeOut: hall.SignOut, ModeIn: hall.SignIn,
	ModeReturnOut: hall.ReturnOut, ModeReturnIn: hall.ReturnIn, ModeFile: hall.FilePaper}

// modesOf are the modes of a department's station, or of the hall's.
func modesOf(department string) []string {
	if department == "" {
		return []string{ModeIn, ModeReturnOut, ModeFile}
	}
	return []string{ModeOut, ModeReturnIn}
}

// Station is the use-cases of a station: at a department, where papers are
// signed out (签出), or in the hall, where they are signed in (签入).
//
// A scan goes through one queue without a bound, in the order of arrival: it
// is written down durably, in one transaction with those that wait beside it,
// and shown at once as pending (待同步). Nothing in this path waits for a
// verdict, a printer or the line; verdicts are followed beside it, and correct
// what is shown. A station needs the line only to sign somebody in.
type Station struct {
	*core
	*board[StationView]
	store      PaperStore
	department string
	show1      sync.Mutex // one view at a time
	list1      sync.Mutex // the lists are made once at a time
	belt       *belt
	press      *press
	restored   chan struct{} // closed when Run knows what the last process left

	at moment

	mu       sync.Mutex
	selected string // batch
	trip     string // that is being loaded here
	log      scanLog
	lists    stationLists
	prints   []DeskPrint
	jobs     map[string]string // state of the latest job, by kind and what it is of
	stale    bool              // the lists are
	listed   time.Time         // this machine's clock
}

// NewStation builds the station of the configured department.
func NewStation(d Deps) *Station {
	if d.Tick <= 0 {
		d.Tick = listEvery
	}
	s := &Station{core: newCore(d), store: d.Papers, department: d.Config.Department,
		belt: newBelt(), press: newPress(), restored: make(chan struct{}), stale: true, log: newScanLog(), jobs: map[string]string{}}
	s.at.turn(modesOf(s.department)[0])
	s.board = newBoard(s.Clock(), func(v *StationView, rev int64, now time.Time) { v.Rev, v.Now = rev, now })
	return s
}

// listEvery bounds how often the lists are made again.
const listEvery = 120 * time.Millisecond

// Run works until ctx ends.
func (s *Station) Run(ctx context.Context) error {
	s.restore(ctx)
	close(s.restored)
	defer s.Store.Watch(func() { s.listsChanged() })()
	s.spawn(s.work)
	s.spawn(s.printAll)
	if s.Devices.Scanner != nil {
		s.spawn(s.listen)
	}
	err := s.loop(ctx, s.refresh)
	s.at.leave()
	return err
}

// listsChanged notes that the lists are to be made again.
func (s *Station) listsChanged() {
	s.mu.Lock()
	s.stale = true
	s.mu.Unlock()
	s.changed()
}

// refresh follows verdicts and lists, at most every listEvery: a scan shows
// itself and does not wait for it. How often is a matter of this machine's time and
// not of the clock, which may stand or be set back.
func (s *Station) refresh() {
	s.mu.Lock()
	now := time.Now()
	due := now.Sub(s.listed) >= listEvery*3/4
	if due {
		s.listed = now
	}
	s.mu.Unlock()
	if !due {
		return // the ticker comes by
	}
	s.follow(s.life)
	s.relist(s.life)
	s.show()
}

// listen takes every scan off the scanner at once, so that the scanner loses
// none, and notes what it means now.
func (s *Station) listen(ctx context.Context) {
	for {
		select {
		case sc := <-s.Devices.Scanner.Scans():
			s.belt.put(s.piece(sc, nil))
		case <-ctx.Done():
			return
		}
	}
}

// Scan is a label that was typed by hand, or came by a keyboard scanner.
func (s *Station) Scan(ctx context.Context, r ScanRequest) error {
	done := make(chan struct{})
	s.belt.put(s.piece(scanner.Scan{At: s.Clock(), Text: r.Text}, done))
	return s.awaitBelt(ctx, done)
}

// piece is a scan with what it means at this moment.
func (s *Station) piece(sc scanner.Scan, done chan struct{}) piece {
	session, mode := s.at.is(s.online(), s.now())
	return piece{text: sc.Text, broken: sc.Broken, mode: mode, session: session, done: done}
}

// inTurn does something between two scans, after all that came before it.
func (s *Station) inTurn(ctx context.Context, do func() error) error {
	done := make(chan struct{})
	var err error
	s.belt.put(piece{act: func() { err = do() }, done: done})
	if stopped := s.awaitBelt(ctx, done); stopped != nil {
		return stopped
	}
	return err
}

func (s *Station) awaitBelt(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-s.life.Done():
		return Fail(http.StatusServiceUnavailable, store.CodeClosed)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// work takes the belt's pieces in their order: acts one by one, scans up to
// burst at a time.
func (s *Station) work(ctx context.Context) {
	for {
		pieces := s.belt.take(burst)
		if len(pieces) == 0 {
			select {
			case <-s.belt.more:
				continue
			case <-ctx.Done():
				return
			}
		}
		if pieces[0].act != nil {
			pieces[0].act()
		} else {
			s.scans(ctx, pieces)
		}
		for _, p := range pieces {
			if p.done != nil {
				close(p.done)
			}
		}
	}
}

// burst is how many waiting scans share one transaction and one view: fewer
// than a view lists, so that each of them is shown.
const burst = 16

// piece is one thing on the belt: a scan, or an act between two.
type piece struct {
	text    string
	broken  bool
	mode    string
	session *Session
	act     func()
	done    chan struct{} // closed when it was dealt with
}

// belt is a queue without a bound: a scanner cannot be told to wait.
type belt struct {
	mu   sync.Mutex
	all  []piece
	more chan struct{}
}

func newBelt() *belt { return &belt{more: make(chan struct{}, 1)} }

func (b *belt) put(p piece) {
	b.mu.Lock()
	b.all = append(b.all, p)
	b.mu.Unlock()
	select {
	case b.more <- struct{}{}:
	default:
	}
}

// take gives the first act, or at most n scans before the next act.
func (b *belt) take(n int) []piece {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.all) == 0 {
		return nil
	}
	n = min(n, len(b.all))
	if i := slices.IndexFunc(b.all[:n], func(p piece) bool { return p.act != nil }); i >= 0 {
		n = max(1, i)
	}
	first := b.all[:n:n]
	if b.all = b.all[n:]; len(b.all) == 0 {
		b.all = nil
	}
	return first
}

// printerAct reports whether the printer could print now.
func (s *Station) printerAct() Act { return s.Devices.usable(devices.KindPrinter, "no_printer") }
