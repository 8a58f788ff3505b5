package central

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	gosync "sync"
	"time"

	"hallway/app/central/departments"
	"hallway/app/central/records"
	"hallway/app/hall"
	"hallway/sync/seal"
)

// ExportConfig is where the process records (过程记录) of cases go up: to a folder or
// to an address; nowhere when it names neither.
type ExportConfig struct {
	Folder     string `toml:"folder"`      // a file for each batch
	URL        string `toml:"url"`         // of the receiver, who acknowledges each record
	SecretFile string `toml:"secret_file"` // signs what goes there
	Format     string `toml:"format"`      // json, or xml
	// WaitSeconds are how long the receiver has for an answer; 0: half a minute.
	WaitSeconds int `toml:"wait_seconds"`
}

// on says whether records go up at all.
func (e ExportConfig) on() bool { return e.Folder != "" || e.URL != "" }

// export checks the [export] table.
func (c *fileChecker) export(e *ExportConfig) {
	if e.Format == "" {
		e.Format = records.JSON
	}
	if e.Format != records.JSON && e.Format != records.XML {
		c.add("export", 0, fmt.Sprintf("format %q", e.Format), "json or xml")
	}
	if e.WaitSeconds < 0 || e.WaitSeconds > 120 {
		c.add("export", 0, fmt.Sprintf("wait_seconds %d", e.WaitSeconds), "0 to 120")
	}
	if e.Folder != "" && e.URL != "" {
		c.add("export", 0, "folder and url", "the records go one way: name one of them")
	}
	if why := badAddress(e.URL); e.URL != "" && why != "" {
		c.add("export", 0, "url "+why, "personal data goes there: https, or http on this machine only")
	}
	if (e.URL != "") != (e.SecretFile != "") {
		c.add("export", 0, "url and secret_file belong together", "the receiver holds the same secret: openssl rand -hex 32")
	}
}

// Pace of the records.
const (
	exportEvery = 5 * time.Second
	exportHold  = 3 * time.Minute // one centre sends; another takes over after this
	correctsOff = time.Minute     // refused ones are looked at again
)

// exporter sends the process records of this hall's cases up. It follows the log with
// a cursor in the database, so that nothing is lost and nothing doubled, and makes what
// a record says only when it is sent.
type exporter struct {
	c    *Centre
	way  records.Way
	node string
	real func() time.Time

	atOnce, casesAtOnce int // batchOf, queueOf

	corrected time.Time // when refused records were looked at last

	mu     gosync.Mutex
	latest ManagerExport
	read   time.Time // zero: the figures changed
}

// newExporter opens the way up; nil when records go nowhere.
func (c *Centre) newExporter() (*exporter, error) {
	e := c.cfg.Export
	x := &exporter{c: c, node: c.cfg.node(), real: c.clock.real, atOnce: batchOf, casesAtOnce: queueOf}
	switch {
	case !e.on():
		return nil, nil
	case e.Folder != "":
		x.way = records.Folder{Dir: c.cfg.path(e.Folder), Format: e.Format}
		return x, nil
	}
	secret, err := departments.ReadSecret(c.cfg.path(e.SecretFile))
	if err != nil {
		return nil, fmt.Errorf("[export]: %w", err)
	}
	plain := &http.Transport{Proxy: nil, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
	x.way = records.HTTP{URL: e.URL, Format: e.Format, Secret: secret, Now: c.clock.real, Wait: time.Duration(e.WaitSeconds) * time.Second,
		Client: &http.Client{Transport: plain, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	return x, nil
}

// run sends until the centre stops.
func (x *exporter) run() {
	tick := time.NewTicker(exportEvery)
	defer tick.Stop()
	rows, stop := x.c.writer.Subscribe(x.c.hallLane())
	defer stop()
	for {
		if err := x.turn(x.c.ctx); err != nil && x.c.ctx.Err() == nil {
			x.c.log.Error("process records could not go up", "error", err)
		}
		select {
		case <-x.c.ctx.Done():
			return
		case <-tick.C:
			continue
		case <-rows:
		}
		select { // let a burst of rows become one look
		case <-x.c.ctx.Done():
			return
		case <-time.After(effectsAtMost):
		}
	}
}

// turn queues what is new and sends what is due, as the one centre that does. When
// another took over meanwhile, the rest is that one's.
func (x *exporter) turn(ctx context.Context) error {
	err := x.hold(ctx, x.c.store.db)
	if err == nil {
		err = x.follow(ctx)
	}
	if err == nil {
		err = x.correct(ctx)
	}
	for sent := true; err == nil && sent; {
		if err = ctx.Err(); err == nil {
			sent, err = x.sendNext(ctx)
		}
	}
	if errors.Is(err, errTaken) {
		return nil
	}
	return err
}

// errTaken says that another centre sends.
var errTaken = errors.New("another centre sends the process records")

// execer is what writes: a transaction or the database.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// hold makes this centre the one that sends, for a while; errTaken when another does.
func (x *exporter) hold(ctx context.Context, e execer) error {
	now := x.real()
	done, err := e.ExecContext(ctx, `UPDATE central_export SET holder = $1, until = $2 WHERE id = 'records' AND (holder = $3 OR until < $4)`,
		x.node, now.Add(exportHold).UnixMilli(), x.node, now.UnixMilli())
	if err != nil {
		return fmt.Errorf("database: records: %w", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return errTaken
}

// asHolder changes the queue in a transaction of the centre that sends, which is that
// for a while from then on: a turn may take longer than it was held for at its start.
func (x *exporter) asHolder(ctx context.Context, f func(*sql.Tx) error) error {
	return x.c.store.inTx(ctx, func(tx *sql.Tx) error {
		if err := x.hold(ctx, tx); err != nil {
			return err
		}
		return f(tx)
	})
}

// sendNext sends the batch that is open or next; false when there is none, or it is
// not due.
func (x *exporter) sendNext(ctx context.Context) (bool, error) {
	var next int64
	var tries int64
	if err := x.c.store.db.QueryRowContext(ctx, `SELECT next_ms, tries FROM central_export WHERE id = 'records'`).Scan(&next, &tries); err != nil {
		return false, fmt.Errorf("database: records: %w", err)
	}
	if x.real().UnixMilli() < next {
		return false, nil
	}
	number, list, err := x.openBatch(ctx)
	if err != nil || number == 0 {
		return false, err
	}
	b := records.Batch{Hall: x.c.hallCode, Batch: number}
	for _, q := range list {
		r, err := x.build(ctx, &q)
		if err != nil {
			return false, x.again(ctx, tries, "unreadable", err)
		}
		b.Records = append(b.Records, r)
	}
	results, err := x.way.Send(ctx, b)
	var trouble *records.Error
	switch {
	case err == nil:
		err := x.acknowledged(ctx, results)
		x.changed()
		return true, err
	case ctx.Err() != nil: // the centre stops: the same batch goes again
		return false, nil
	case errors.As(err, &trouble):
		return false, x.again(ctx, tries, trouble.Code, err)
	}
	return false, x.again(ctx, tries, "refused", err)
}

// again notes that a batch was not acknowledged, and when it is sent again.
func (x *exporter) again(ctx context.Context, tries int64, code string, why error) error {
	at := x.real().Add(backoff(tries))
	x.c.log.Warn("process records are sent again", "code", code, "tries", tries+1, "not_before", at, "error", why)
	_, err := x.c.store.db.ExecContext(ctx, `UPDATE central_export SET tries = tries + 1, next_ms = $1, trouble = $2 WHERE id = 'records'`, at.UnixMilli(), code)
	if err != nil {
		return fmt.Errorf("database: records: %w", err)
	}
	x.changed()
	return nil
}

// changed has the manager see the figures anew.
func (x *exporter) changed() {
	x.mu.Lock()
	x.read = time.Time{}
	x.mu.Unlock()
	x.c.board.touch()
}

// shown is what the manager sees, read again when it changed here or is some seconds
// old: another centre may send.
func (x *exporter) shown(ctx context.Context) (*ManagerExport, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if now := x.real(); x.read.IsZero() || now.Sub(x.read) > exportEvery {
		v, err := x.figures(ctx)
		if err != nil {
			return nil, err
		}
		x.latest, x.read = v, now
	}
	v := x.latest
	return &v, nil
}

// build makes a record, opening what is sealed; what was erased stays empty.
func (x *exporter) build(ctx context.Context, q *queued) (records.Record, error) {
	r, err := x.say(ctx, *q)
	if err != nil {
		return r, err
	}
	digest, err := r.Digest()
	if err != nil {
		return r, err
	}
	if err := x.stamp(ctx, q, digest); err != nil {
		return r, err
	}
	return x.say(ctx, *q)
}

// say is what a record of the queue says now.
func (x *exporter) say(ctx context.Context, q queued) (r records.Record, err error) {
	world := x.c.writer.HallWorld(ctx, x.c.hallCode)
	s := records.Source{Catalogue: x.c.cat.Load()}
	one, ok, err := hall.Load[hall.Case](world, hall.EntityCase, q.kase)
	if err != nil || !ok || q.place >= len(one.Records) {
		return r, errors.Join(err, fmt.Errorf("record %s is of no case that is here", q.id))
	}
	s.Case = one
	if t, ok, err := hall.Load[hall.Ticket](world, hall.EntityTicket, one.Ticket); err != nil {
		return r, err
	} else if ok {
		s.Queue = t.Number
	}
	rec := one.Records[q.place]
	if rec.No == hall.RecordApplication || rec.No == hall.RecordAcceptance {
		who, ok, err := hall.Load[hall.Applicant](world, hall.EntityApplicant, one.ID)
		if err != nil {
			return r, err
		}
		if ok {
			if err := x.open(ctx, who.SealedIn, &s.Applicant); err != nil {
				return r, err
			}
		}
		s.Password = seal.QueryPassword(x.c.ownerKey(), one.ID)
	}
	var into any = &s.Words
	switch {
	case rec.No == hall.RecordCollection:
		into = &s.Collector
	case rec.No == hall.RecordCompletion && rec.Status == hall.ResultCertificate:
		into = &s.Certificate
	}
	if err := x.open(ctx, rec.SealedIn, into); err != nil {
		return r, err
	}
	return records.Build(s, q.place, q.version), nil
}

// open reads a sealed part; what was erased leaves into empty.
func (x *exporter) open(ctx context.Context, op hall.OpID, into any) error {
	if op == "" {
		return nil
	}
	var gone *Problem
	if err := x.c.opened(ctx, op, into); err != nil && !errors.As(err, &gone) {
		return err
	}
	return nil
}

// correct sends refused records again that say something else by now, with the next
// data version: the hall's files were mended.
func (x *exporter) correct(ctx context.Context) error {
	now := x.real()
	if now.Sub(x.corrected) < correctsOff {
		return nil
	}
	x.corrected = now
	refused, err := listRecords(ctx, x.c.store.db, `state = $1`, recordRefused)
	if err != nil {
		return fmt.Errorf("database: records: %w", err)
	}
	for _, q := range refused {
		r, err := x.say(ctx, q)
		if err != nil {
			return err
		}
		digest, err := r.Digest()
		if err != nil {
			return err
		}
		if digest == q.digest {
			continue
		}
		if err := x.resend(ctx, q); err != nil {
			return err
		}
	}
	return nil
}
