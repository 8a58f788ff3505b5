package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/app/terminal"
	"hallway/sync"
)

// How many labels are scanned, at a station that knows so many papers.
const (
	pathRounds = 5
	pathScans  = 199
	pathPapers = pathRounds*pathScans + 1 // the first scan is not measured
)

// pathFigures are a label at a station's own door to its operation on the disk,
// through everything that is between: belt, rules, outbox, chain, overlay; without
// the line. Against the same bytes written at the end of a file and synced, by
// turns with it, on the same disk.
func pathFigures(ctx context.Context, _ string) (figures []Figure, err error) {
	dir, err := os.MkdirTemp("", "hallway-path")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	b, err := newPathBench(ctx, dir, pathPapers)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	var took, raw []time.Duration
	for range pathRounds {
		t, r, err := b.round(ctx)
		if err != nil {
			return nil, err
		}
		took, raw = append(took, t...), append(raw, r...)
	}
	return []Figure{amount("scan to durable, through the station", "op/s", "pwrite and fdatasync of the same bytes", rates(took), rates(raw))}, nil
}

// rates are how many of each fit in a second.
func rates(d []time.Duration) (out []float64) {
	for _, d := range d {
		out = append(out, 1/d.Seconds())
	}
	return out
}

// round scans labels, and writes the same bytes, by turns.
func (b *pathBench) round(ctx context.Context) (took, raw []time.Duration, err error) {
	for range pathScans {
		d, err := b.scan(ctx)
		if err != nil {
			return nil, nil, err
		}
		took = append(took, d)
		if d, err = b.bare(); err != nil {
			return nil, nil, err
		}
		raw = append(raw, d)
	}
	return took, raw, nil
}

// pathBench is a station without its page, at a line that is down.
type pathBench struct {
	st      *store.Store
	station *terminal.Station
	file    *os.File
	offset  int64
	line    []byte // an operation as it is written down
	stop    context.CancelFunc
	ended   chan error
	scanned int
	durable time.Time
}

// durably notes when an operation was on the disk.
type durably struct {
	*store.Store
	b *pathBench
}

func (d durably) Witness(ctx context.Context, drafts []terminal.Draft, keep func(int, hall.Outcome) bool) ([]store.Seen, error) {
	seen, err := d.Store.Witness(ctx, drafts, keep)
	d.b.durable = time.Now()
	if err == nil && (len(seen) != 1 || seen[0].Op.ID == "") {
		err = fmt.Errorf("a scan was not written down: %+v", seen)
	}
	return seen, err
}

// noLine is a line that is down.
type noLine struct{}

func (noLine) Online() (bool, time.Time)             { return false, time.Time{} }
func (noLine) Problem() *sync.Problem                { return nil }
func (noLine) Recovering() bool                      { return false }
func (noLine) Watch(func()) (stop func())            { return func() {} }
func (noLine) SignOut(context.Context, string) error { return nil }
func (noLine) SignIn(_ context.Context, staff, _ string) (terminal.Session, error) {
	return terminal.Session{Token: "t", ID: "session", Staff: staff, Name: staff, Roles: []hall.Role{hall.RoleSignOut}, Expires: time.Now().AddDate(0, 0, 1)}, nil
}
func (noLine) Person(context.Context, string, string) (string, error) { return "", nil }

const pathDepartment = "civil"

func newPathBench(ctx context.Context, dir string, papers int) (*pathBench, error) {
	st, err := store.Open(ctx, store.Options{Dir: filepath.Join(dir, fmt.Sprint("station-", papers)), Terminal: "S1", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	b := &pathBench{st: st, ended: make(chan error, 1), scanned: st.Outbox()} // of an earlier run
	if st.Cursor(sync.HallLane(pushHall), hall.CustodyFeed(pathDepartment)).Row != int64(papers) {
		if err := b.know(ctx, papers); err != nil {
			return nil, errors.Join(err, st.Close())
		}
	}
	if b.file, err = os.Create(filepath.Join(dir, "bare")); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	b.station = terminal.NewStation(terminal.Deps{Config: terminal.Config{Role: terminal.RoleStation, Terminal: "S1", Department: pathDepartment, Locale: "zh-Hans"},
		Store: st, Papers: durably{st, b}, Uplink: noLine{}, Centre: noLine{}, Devices: terminal.NewDevices(slog.New(slog.DiscardHandler), nil, nil), Logger: slog.New(slog.DiscardHandler)})
	ctx, b.stop = context.WithCancel(ctx)
	go func() { b.ended <- b.station.Run(ctx) }()
	if err := b.station.SignIn(ctx, terminal.SignInRequest{Staff: "2001", Password: "x"}); err != nil {
		return nil, errors.Join(err, b.close())
	}
	_, err = b.scan(ctx) // the first makes statements and pages
	if err == nil {
		err = b.sample(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

func (b *pathBench) close() error {
	b.stop()
	return errors.Join(<-b.ended, b.file.Close(), b.st.Close())
}

// know puts papers into the replica, as a snapshot does.
func (b *pathBench) know(ctx context.Context, papers int) error {
	boot, lane := b.st.BootTime(), sync.HallLane(pushHall)
	feed := hall.CustodyFeed(pathDepartment)
	err := b.st.Greeted(ctx, sync.HelloReply{ServerTime: time.Now(), Epoch: 1, Hall: pushHall,
		Terminal: hall.Terminal{ID: "S1", Role: terminal.RoleStation, Department: pathDepartment},
		Lanes:    []sync.LaneFeeds{{Lane: sync.SharedLane, Feeds: []hall.Feed{hall.FeedCatalogue}}, {Lane: lane, Feeds: []hall.Feed{feed}}}}, boot, boot)
	if err != nil {
		return err
	}
	cat, err := json.Marshal(hall.Catalogue{Version: "1", Code: pushHall, Area: "370100", Name: hall.Names{"zh-Hans": "示例"},
		Departments: []hall.Department{{ID: pathDepartment, Name: hall.Names{"zh-Hans": "民政"}}},
		Staff:       []hall.Staff{{ID: "2001", Name: "员工", Roles: []hall.Role{hall.RoleSignOut}, Department: pathDepartment}},
		Hours:       []hall.OpenHours{{From: "00:00", To: "23:59"}}})
	if err != nil {
		return err
	}
	all := make([]sync.EntityValue, papers)
	for i := range all {
		l := pathLabel(i)
		p := hall.Paper{ID: l.ID(), Case: fmt.Sprintf("case-%020d", i), Number: l.Number, Item: "licence", Material: l.Material, Code: l.Material, Attempt: 1,
			Department: pathDepartment, Custody: hall.AtDepartment, Due: time.Now().AddDate(0, 0, 3).Truncate(time.Second)}
		if all[i].Value, err = json.Marshal(p); err != nil {
			return err
		}
		all[i].Kind, all[i].ID = hall.EntityPaper, p.ID
	}
	return errors.Join(
		b.st.ApplySnapshot(ctx, sync.Snapshot{Epoch: 1, Lane: sync.SharedLane, Feed: hall.FeedCatalogue, Row: 1,
			Entities: []sync.EntityValue{{Kind: hall.EntityCatalogue, ID: pushHall, Value: cat}}}),
		b.st.ApplySnapshot(ctx, sync.Snapshot{Epoch: 1, Lane: lane, Feed: feed, Row: int64(papers), Entities: all}))
}

func pathLabel(i int) hall.Label {
	return hall.Label{Number: fmt.Sprintf("010101%06d", i+1), Material: "M03", Attempt: 1}
}

// scan is one label, from when it is on the belt to when its operation is durable.
func (b *pathBench) scan(ctx context.Context) (time.Duration, error) {
	label := hall.EncodeLabel(pathLabel(b.scanned))
	b.scanned++
	waiting := b.st.Outbox()
	began := time.Now()
	if err := b.station.Scan(ctx, terminal.ScanRequest{Text: label}); err != nil {
		return 0, err
	}
	if b.st.Outbox() != waiting+1 {
		return 0, fmt.Errorf("the label %s was not written down", label)
	}
	return b.durable.Sub(began), nil
}

// sample takes the bytes of one operation with the hashes of its envelope.
func (b *pathBench) sample(ctx context.Context) error {
	p, err := b.st.Pending(ctx, 1, 1<<20)
	if err != nil {
		return err
	}
	b.line = append(append(append(b.line, p.Ops[0].Body...), p.Ops[0].PrevHash...), p.Ops[0].Hash...)
	return nil
}

// bare writes the same bytes at the end of a file.
func (b *pathBench) bare() (time.Duration, error) {
	began := time.Now()
	n, err := b.file.WriteAt(b.line, b.offset)
	if err == nil {
		err = unix.Fdatasync(int(b.file.Fd()))
	}
	b.offset += int64(n)
	return time.Since(began), err
}
