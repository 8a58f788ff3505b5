package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"hallway/app/api"
	"hallway/app/print"
	"hallway/app/store"
	"hallway/app/terminal"
	"hallway/devices"
	"hallway/devices/printer/glyphs"
	"hallway/frontend"
	"hallway/sync/client"
	"hallway/sync/pack"
)

// stopWithin bounds every step of stopping.
const stopWithin = 1500 * time.Millisecond

// part is something that runs until its context ends.
type part struct {
	name string
	run  func(context.Context) error
}

// wired is a terminal whose parts are made but not running.
type wired struct {
	options api.Options // of the handler, without a door
	parts   []part
	close   func() error
}

// serve runs the terminal until ctx ends or its window is closed.
func serve(ctx context.Context, config terminal.Config, browser bool, stdout io.Writer, log *slog.Logger) (err error) {
	if !browser && !hasWindow {
		return openWindow(ctx, nil, false, nil, log)
	}
	if config.Role == terminal.RoleManager {
		return serveManager(ctx, config, browser, stdout, log)
	}
	if browser {
		w, err := wire(ctx, config, log)
		if err != nil {
			return err
		}
		return errors.Join(w.run(ctx, func(ctx context.Context) error {
			return serveDoor(ctx, config, w.options, say(stdout), log)
		}), w.close())
	}
	return serveWindow(ctx, config, say(stdout), log)
}

// say tells the supervisor that the program can be used, and where.
func say(stdout io.Writer) func(string) {
	return func(url string) { fmt.Fprintln(stdout, "ready", url) }
}

// run runs the parts of the terminal and its door until ctx ends or one fails.
func (w *wired) run(ctx context.Context, door func(context.Context) error) error {
	g, gctx := errgroup.WithContext(ctx)
	for _, p := range w.parts {
		g.Go(func() error {
			if err := p.run(gctx); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			return nil
		})
	}
	g.Go(func() error { return door(gctx) })
	return g.Wait()
}

// wire makes everything, the store with its file lock first.
func wire(ctx context.Context, config terminal.Config, log *slog.Logger) (*wired, error) {
	if config.Role == terminal.RoleEvaluator {
		return wireScreen(config, log), nil
	}
	token, err := os.ReadFile(config.TokenFile)
	if err != nil {
		return nil, fmt.Errorf("this terminal's token cannot be read (token_file of the configuration): %w", err)
	}
	own, err := config.TLS(log)
	if err != nil {
		return nil, err
	}
	pack.OneByOne()
	st, err := store.Open(ctx, store.Options{Dir: config.Data, Terminal: config.Terminal, Logger: log})
	if err != nil {
		return nil, err
	}
	devs := terminal.NewDevices(log, factories(config), deviceConfigs(config))
	secret := strings.TrimSpace(string(token))
	reporter := &terminal.Reporter{Config: config, Version: version, Store: st, Devices: devs}
	line := client.New(client.Options{URL: config.Centre, Token: secret, Store: st, Version: version,
		Status: reporter.Status, Logger: log, TLS: own})
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	deps := terminal.Deps{Config: config, Store: st, Uplink: line, Devices: devs, Texts: frontend.Format, Logger: log,
		Papers: st, Metrics: terminal.NewMetrics(registry, st, line, devs), Tell: line.StatusChanged}
	w := &wired{close: st.Close, options: api.Options{Boot: boot(config, st), Role: config.Role, Pages: frontend.Dist(), Logger: log,
		Metrics: promhttp.HandlerFor(registry, promhttp.HandlerOpts{}), Devices: devicesHandler(devs.Registry, config.Locale)}}
	w.parts = []part{{"line to the centre", line.Run}, {"devices", func(ctx context.Context) error { devs.Run(ctx); return nil }}, role(config, deps, func() *terminal.HTTPCentre {
		return terminal.NewHTTPCentre(config.Centre, secret, config.Terminal, own)
	}, reporter, &w.options), {"settling", settle}}
	if config.Demo {
		w.options.Bench = api.NewBench(config.Dock.Bench, config.Terminal)
	}
	devs.Watch(func(devices.Status) { line.StatusChanged() })
	return w, nil
}

// While a window opens nothing is collected: the webview needs the processors, and
// settle gives everything back a moment later. Far beyond what a start takes stands a
// limit, behind which collecting begins all the same.
const startLimit = 192 << 20 // bytes

// usual is how garbage was collected before startWithoutGC; written before any part runs.
var usual struct {
	off     bool
	percent int
	limit   int64
}

// startWithoutGC is called before a window opens; settle ends it.
func startWithoutGC() {
	usual.off, usual.limit, usual.percent = true, debug.SetMemoryLimit(startLimit), debug.SetGCPercent(-1)
}

// settle does when the program has started what neither the start nor the first
// slip should wait for: it looks for the machine's fonts, and gives back the
// memory that the start has used.
func settle(ctx context.Context) error {
	select {
	case <-time.After(3 * time.Second):
		glyphs.System()
		if usual.off {
			debug.SetGCPercent(usual.percent)
			debug.SetMemoryLimit(usual.limit)
		}
		debug.FreeOSMemory()
		giveBack()
	case <-ctx.Done():
	}
	return nil
}

// role makes the use-cases of the configured role.
func role(config terminal.Config, deps terminal.Deps, centre func() *terminal.HTTPCentre, reporter *terminal.Reporter, o *api.Options) part {
	switch config.Role {
	case terminal.RoleKiosk:
		c := centre()
		deps.Progress, deps.Applications = c, c
		k := terminal.NewKiosk(deps, print.Ticket)
		reporter.Kiosk, o.Kiosk, o.Speech = k, k, k
		return part{"kiosk", k.Run}
	case terminal.RoleCounter:
		deps.Centre = centre()
		deps.PDF = func() (*print.PDF, error) { return print.OpenPDF(filepath.Join(config.Data, "fonts")) }
		c := terminal.NewCounter(deps)
		reporter.Counter, o.Counter, o.Speech = c, c, c
		return part{"counter", c.Run}
	case terminal.RoleStation:
		deps.Centre = centre()
		s := terminal.NewStation(deps)
		reporter.Station, o.Station, o.Speech = s, s, s
		return part{"station", s.Run}
	}
	d := terminal.NewDisplay(deps)
	o.Display = d
	return part{"display", d.Run}
}

func boot(config terminal.Config, st *store.Store) func() terminal.Boot {
	return func() terminal.Boot {
		b := terminal.Boot{Role: config.Role, Terminal: config.Terminal, Locale: config.Locale, Demo: config.Demo,
			Dock:    config.Demo && config.Dock.Bench != "",
			Version: version, Width: config.WidthMM}
		if cat, err := st.World().Catalogue(); err == nil && cat != nil {
			b.Hall = cat.Name
		}
		return b
	}
}

// serveDoor serves the browser door on the loopback listener.
func serveDoor(ctx context.Context, config terminal.Config, o api.Options, say func(string), log *slog.Logger) error {
	listener, err := net.Listen("tcp", config.Listen)
	if err != nil {
		return fmt.Errorf("browser door (listen of the configuration): %w", err)
	}
	host := listener.Addr().String()
	if ip := listener.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() {
		return errors.Join(fmt.Errorf("listen = %q: the browser door is for this machine only; use 127.0.0.1", config.Listen), listener.Close())
	}
	if o.Door = api.NewDoor(host); config.Door.ReusableCode {
		if o.Door, err = api.NewDemoDoor(host, filepath.Join(config.Data, "door-code")); err != nil {
			return errors.Join(err, listener.Close())
		}
	}
	handler := api.New(o)
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	say(o.Door.StartURL())
	return serveUntil(ctx, server, listener, handler.Stop)
}

// serveMetrics serves /healthz, /metrics and /devices.json beside a window; the
// pages and the API are for the window alone. A port that is taken only costs
// these.
func serveMetrics(ctx context.Context, config terminal.Config, o api.Options, log *slog.Logger) error {
	listener, err := net.Listen("tcp", config.Listen)
	if err != nil {
		log.Warn("no metrics: the address (listen of the configuration) is taken", "err", err)
		return nil
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", o.Metrics)
	mux.Handle("GET /devices.json", o.Devices)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok\n") }) //nolint:errcheck // the other side has gone
	return serveUntil(ctx, &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}, listener, func() {})
}

// serveUntil serves until ctx ends, then stops within its time.
func serveUntil(ctx context.Context, server *http.Server, listener net.Listener, stop func()) error {
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err := <-done:
		return fmt.Errorf("listener %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	stop()
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if err := server.Shutdown(bounded); err != nil {
		return errors.Join(fmt.Errorf("listener %s: %w", listener.Addr(), err), server.Close())
	}
	<-done
	return nil
}
