package main

import (
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"hallway/app/api"
	"hallway/app/hall"
	"hallway/app/terminal"
	"hallway/devices"
	"hallway/frontend"
)

// wireScreen makes the evaluator's screen: no store, no line to the centre and
// no devices; it is a device of its counter.
func wireScreen(config terminal.Config, log *slog.Logger) *wired {
	screen := terminal.NewEvaluator(config, log, time.Now)
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return &wired{close: func() error { return nil }, parts: []part{{"screen", screen.Run}, {"settling", settle}}, options: api.Options{
		Boot: func() terminal.Boot {
			return terminal.Boot{Role: config.Role, Terminal: config.Terminal, Locale: config.Locale, Demo: config.Demo,
				Version: version, Width: config.WidthMM, Hall: hall.Names(screen.View().Desk.Hall)}
		},
		Role: config.Role, Rating: screen, Pages: frontend.Dist(), Logger: log,
		Metrics: promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
		Devices: devicesHandler(devices.NewRegistry(log, nil), config.Locale),
	}}
}
