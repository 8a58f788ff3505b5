package central

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	gosync "sync"
	"sync/atomic"
	"time"

	"github.com/mattn/go-sqlite3"

	"hallway/app/central/departments"
	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/files"
	"hallway/sync/secure"
	"hallway/sync/server"
	"hallway/sync/writer"
)

// stopTimeout is how long Close waits for the background work.
const stopTimeout = 2 * time.Second

// generationFile, in the folder of the keys, remembers how far the database had
// come: one that was put back is noticed at the start.
const generationFile = "writer.generation"

// Options of Open.
type Options struct {
	Config Config
	Logger *slog.Logger
	// Real is the machine's clock; nil is time.Now.
	Real func() time.Time
}

// Centre is the running central service. All methods may be called at once
// from many goroutines.
type Centre struct {
	cfg      Config
	log      *slog.Logger
	clock    *Clock
	store    *ownStore
	writer   *writer.Writer
	files    *files.Store
	hallCode string
	cat      atomic.Pointer[hall.Catalogue]
	tokens   map[string]TerminalConfig // by the hash of the token
	sessions *sessions
	limits   limits
	guesses  *guesses
	cases    *caseBooks
	tele     *telemetry
	board    *board
	metrics  *metrics
	restored restores
	revoked  atomic.Pointer[map[string]int64] // terminals that are shut out, and since when
	revoking gosync.Mutex                     // one reading of them at a time
	tls      *secure.Server                   // nil: the centre speaks without
	door     atomic.Pointer[server.Server]    // of the terminals
	// departments is how the departments that supply materials are reached.
	departments *departments.Adapter
	export      *exporter // nil: no records go up

	ctx  context.Context
	stop context.CancelFunc
	work gosync.WaitGroup
}

// Open reads the hall, opens the database, publishes what changed and starts
// the background work. Close it with Close.
func Open(ctx context.Context, o Options) (*Centre, error) {
	real, log := o.Real, o.Logger
	if real == nil {
		real = time.Now
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	cfg := o.Config
	cat, places, err := loadHall(cfg.path(cfg.HallFiles))
	if err != nil {
		return nil, err
	}
	if err := cfg.checkHall(cat); err != nil {
		return nil, err
	}
	addresses, err := cfg.addresses(cat)
	if err != nil {
		return nil, err
	}
	keys, err := writer.LoadKeys(cfg.path(cfg.Keys))
	if err != nil {
		return nil, err
	}
	store, err := openStore(ctx, cfg.DSN())
	if err != nil {
		return nil, err
	}
	c := &Centre{cfg: cfg, log: log, store: store, hallCode: cat.Code, tokens: map[string]TerminalConfig{}, limits: newLimits(), guesses: newGuesses(), cases: &caseBooks{}}
	c.cat.Store(cat)
	if c.tls, err = cfg.openTLS(log); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	if err := c.readRevoked(ctx); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	if c.clock, err = c.startClock(ctx, real, cat); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	c.writer, err = writer.Open(ctx, writer.Options{DSN: cfg.DSN(), Clock: c.clock.Now, Keys: keys, Logger: log,
		Generation: filepath.Join(cfg.path(cfg.Keys), generationFile), Node: cfg.node()})
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	if c.files, err = c.openFiles(ctx); err != nil {
		return nil, errors.Join(err, c.writer.Close(), store.Close())
	}
	exports, err := c.newExporter()
	if err != nil {
		return nil, errors.Join(err, c.files.Close(), c.writer.Close(), store.Close())
	}
	for _, t := range cfg.Terminals {
		c.tokens[t.TokenSHA256] = t
	}
	if err := c.publish(ctx, cat, places); err != nil {
		return nil, errors.Join(err, c.files.Close(), c.writer.Close(), store.Close())
	}
	c.sessions = newSessions(store, cfg.Sessions, c.now, func(id string) (hall.Staff, bool) { return c.cat.Load().StaffByID(id) }, c.writer.Keys().Lookup)
	c.board = newBoard(real().UnixMilli())
	c.tele = newTelemetry(real, c.now, c.board.touch)
	c.metrics = newMetrics(c)
	c.ctx, c.stop = context.WithCancel(context.Background())
	c.departments = c.newDepartments(addresses)
	c.export = exports
	if c.export != nil {
		c.work.Go(c.export.run)
	}
	c.work.Go(c.watch)
	c.work.Go(c.runEffects)
	c.work.Go(c.watchRevoked)
	if onPostgres(cfg.DSN()) { // there may be several
		c.limits.share(store, real)
		c.work.Go(c.shareTelemetry)
	}
	if c.clock.Demo() {
		c.work.Go(c.keepClock)
	}
	return c, nil
}

// startClock makes the hall's clock.
func (c *Centre) startClock(ctx context.Context, real func() time.Time, cat *hall.Catalogue) (*Clock, error) {
	start, err := c.cfg.demoStart()
	if err != nil {
		return nil, fmt.Errorf("demo clock: %w", err)
	}
	if start.IsZero() {
		return realClock(real), nil
	}
	hallAt, realAt, stored, err := c.store.loadClock(ctx)
	if err != nil {
		return nil, err
	}
	clock := demoClock(real, start, hallAt, realAt, stored, cat)
	c.log.Info("demonstration clock", "now", clock.Now().In(hall.Zone).Format(time.RFC3339))
	return clock, c.store.saveClock(ctx, clock.Now(), real())
}

// keepClock stores the demonstration's clock, so that a restart goes on.
func (c *Centre) keepClock() {
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-tick.C:
			if err := c.store.saveClock(c.ctx, c.now(), c.clock.real()); err != nil && c.ctx.Err() == nil {
				c.log.Error("the demonstration clock could not be stored", "error", err)
			}
		}
	}
}

// Close ends the background work and closes the database.
func (c *Centre) Close() error {
	c.stop()
	done := make(chan struct{})
	go func() { c.work.Wait(); close(done) }()
	var late error
	select {
	case <-done:
	case <-time.After(stopTimeout):
		late = errors.New("central: the background work did not end in time")
	}
	if c.clock.Demo() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		late = errors.Join(late, c.store.saveClock(ctx, c.now(), c.clock.real()))
	}
	late = errors.Join(late, c.departments.Close(stopTimeout))
	c.release()
	return errors.Join(late, c.files.Close(), c.writer.Close(), c.store.Close())
}

// node names this centre among several over one PostgreSQL: the machine and the
// address that it listens at, the same after a restart.
func (c Config) node() string {
	if !onPostgres(c.DSN()) {
		return ""
	}
	host, err := os.Hostname()
	if err != nil { // then the address alone must do
		host = ""
	}
	return host + "/" + c.Listen
}

// release gives what this centre has not done to the others, where there are any.
func (c *Centre) release() {
	if !onPostgres(c.cfg.DSN()) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := c.writer.ReleaseEffects(ctx); err != nil { // they take it over in a while anyway
		c.log.Warn("what this centre has not done cannot be given up; the others wait for it", "error", err)
	}
}

// Now is the hall's time.
func (c *Centre) Now() time.Time { return c.now() }

func (c *Centre) now() time.Time { return c.clock.Now().In(hall.Zone) }

// publish makes the hall's files and the configured terminals known, where
// they differ from what is known.
func (c *Centre) publish(ctx context.Context, cat *hall.Catalogue, places map[string]string) error {
	w := c.writer.HallWorld(ctx, cat.Code)
	known, _, err := hall.Load[hall.Catalogue](w, hall.EntityCatalogue, cat.Code)
	if err != nil {
		return err
	}
	if known.Version != cat.Version {
		if err := c.system(ctx, hall.PublishCatalogue, cat.Code, hall.PublishCatalogueBody{Catalogue: *cat}); err != nil {
			return fmt.Errorf("the catalogue of %s could not be published: %w", cat.Code, explain(err, places))
		}
		c.log.Info("catalogue published", "hall", cat.Code, "version", cat.Version[:12])
	}
	for _, t := range c.cfg.Terminals {
		have, ok, err := hall.Load[hall.Terminal](w, hall.EntityTerminal, t.ID)
		if err != nil {
			return err
		}
		if ok && have.Role == t.Role && have.Letter == t.Letter && have.Window == t.Window && have.Department == t.Department {
			continue
		}
		if err := c.system(ctx, hall.EnrolTerminal, t.ID, hall.EnrolTerminalBody{Role: t.Role, Letter: t.Letter, Window: t.Window, Department: t.Department}); err != nil {
			return fmt.Errorf("terminal %s could not be enrolled: %w; correct its [[terminal]] block", t.ID, err)
		}
	}
	return nil
}

// system proposes an operation of the system.
func (c *Centre) system(ctx context.Context, kind hall.Kind, entity string, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	v, err := c.writer.Propose(ctx, hall.Op{
		ID: attempt(hall.OpID(kind)), Kind: kind, Hall: c.hallCode, Entity: entity,
		Actor: hall.Actor{Kind: hall.ActorSystem, Role: hall.RoleSystem}, Body: raw,
	})
	if err != nil {
		return err
	}
	if v.Status != hall.Applied && v.Status != hall.Noop {
		return &refusedError{v.Reason}
	}
	return nil
}

// refusedError is an operation of the system that the rules refused.
type refusedError struct{ Reason hall.Text }

func (e *refusedError) Error() string {
	return fmt.Sprintf("refused: %s %v", e.Reason.Code, e.Reason.Params)
}

// explain says of a refused catalogue what an operator can do about it, and
// where. places are those of loadHall.
func explain(err error, places map[string]string) error {
	var refusal *refusedError
	if !errors.As(err, &refusal) || refusal.Reason.Code != "item_version_changed" {
		return err
	}
	item, number := refusal.Reason.Params["item"], refusal.Reason.Params["version"]
	n, atoiErr := strconv.Atoi(number)
	at, stands := places[versionName(item, n)]
	if atoiErr != nil || !stands {
		return fmt.Errorf("version %s of %s was published and is gone; cases keep it: put its [[item_version]] back (an item that is not offered any more is abolished = true): %w", number, item, err)
	}
	return fmt.Errorf("%s: version %s of %s was published and is changed; cases keep it: put it back as it was, and add the change as version = %d: %w", at, number, item, n+1, err)
}

// catalogue is the published one.
func (c *Centre) catalogue(ctx context.Context) (*hall.Catalogue, error) {
	return c.writer.HallWorld(ctx, c.hallCode).Catalogue()
}

// terminalByToken finds the terminal of a bearer token.
func (c *Centre) terminalByToken(token string) (TerminalConfig, bool) {
	if token == "" {
		return TerminalConfig{}, false
	}
	hash := tokenHash(token)
	t, ok := c.tokens[hash]
	return t, ok && subtle.ConstantTimeCompare([]byte(hash), []byte(t.TokenSHA256)) == 1
}

// Advice is what to do about an error that the disk gave, "" for any other.
func Advice(err error) string {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return ""
	}
	switch e.Code {
	case sqlite3.ErrFull:
		return "the disk is full: free some space, then start the centre again"
	case sqlite3.ErrIoErr:
		return "look at the disk (is it full? does it fail?), then start the centre again; nothing that was acknowledged is lost"
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return "keep the file for the administrator, look at the disk, and restore the last backup"
	}
	return ""
}

// fail makes an error fit for the outside: a Problem stays, anything else is
// logged here, once, and becomes «busy» or «internal».
func (c *Centre) fail(ctx context.Context, what string, err error) error {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	if ctx.Err() != nil {
		return problem(http.StatusServiceUnavailable, "busy")
	}
	c.log.ErrorContext(ctx, "a request could not be done", "what", what, "error", err)
	var full sqlite3.Error
	if errors.As(err, &full) && full.Code == sqlite3.ErrFull {
		return problem(http.StatusServiceUnavailable, "disk_full")
	}
	var wire *sync.Problem
	if errors.As(err, &wire) && wire.Code == sync.ProblemBusy {
		return problem(http.StatusServiceUnavailable, "busy")
	}
	return problem(http.StatusInternalServerError, "centre_internal")
}
