package central

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"hallway/sync/writer"
)

// metrics of the centre. Labels are routes and codes, never ids or people.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	streams  prometheus.Gauge
}

func newMetrics(c *Centre) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hallway_http_requests_total", Help: "Requests by area and status."}, []string{"area", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "hallway_http_seconds", Help: "Time to answer, without streams.", Buckets: prometheus.ExponentialBuckets(0.001, 3, 9),
		}, []string{"area"}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{Name: "hallway_manager_streams", Help: "Open streams of manager's pages."}),
	}
	ops := func(name, help string, get func(writer.Stats) int64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(get(c.writer.Stats())) })
	}
	m.registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.requests, m.seconds, m.streams, newRestoreMetrics(c), newLives(c),
		ops("hallway_ops_total", "Operations decided.", func(s writer.Stats) int64 { return s.Ops }),
		ops("hallway_ops_resent_total", "Operations that came again.", func(s writer.Stats) int64 { return s.Resent }),
		ops("hallway_ops_rejected_total", "Operations rejected.", func(s writer.Stats) int64 { return s.Rejected }),
		ops("hallway_ops_forks_total", "Pushes of a terminal whose disk was copied or put back, found by what it pushed; its work list says which.", func(s writer.Stats) int64 { return s.Forks }),
		ops("hallway_writer_transactions_total", "Transactions of the writer.", func(s writer.Stats) int64 { return s.Transactions }),
		ops("hallway_writer_failures_total", "Transactions that failed.", func(s writer.Stats) int64 { return s.Failures }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "hallway_terminals_online", Help: "Terminals heard within 15 s."},
			func() float64 { return float64(c.tele.online()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "hallway_waiting", Help: "People who wait."},
			func() float64 { v, _ := c.board.get(); return float64(v.Totals.Waiting) }),
	)
	return m
}

// count counts requests.
func (m *metrics) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		s := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(s, r)
		area := areaOf(r.URL.Path)
		m.requests.WithLabelValues(area, strconv.Itoa(s.status)).Inc()
		if s.Header().Get("Content-Type") != "text/event-stream" {
			m.seconds.WithLabelValues(area).Observe(time.Since(begin).Seconds())
		}
	})
}

// areaOf names the part of the program that a path belongs to.
func areaOf(p string) string {
	switch {
	case strings.HasPrefix(p, "/sync/"):
		return "sync"
	case strings.HasPrefix(p, Prefix+"/booking"):
		return "booking"
	case strings.HasPrefix(p, Prefix+"/manager"):
		return "manager"
	case strings.HasPrefix(p, Prefix):
		return "staff"
	default:
		return "pages"
	}
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (s *statusWriter) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController through.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// lives is how many databases the hall's terminals have had beyond their first. It
// is asked of the log: a terminal that finds by hello that its disk was copied or
// put back pushes no fork, and a centre that starts again knows it as well.
type lives struct {
	c    *Centre
	desc *prometheus.Desc
}

func newLives(c *Centre) *lives {
	return &lives{c: c, desc: prometheus.NewDesc("hallway_terminal_new_lives",
		"Incarnations of terminals after their first: a disk was copied, put back or lost, and something was pushed since.", nil, nil)}
}

// Describe implements prometheus.Collector.
func (l *lives) Describe(out chan<- *prometheus.Desc) { out <- l.desc }

// Collect implements prometheus.Collector.
func (l *lives) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(l.c.ctx, 5*time.Second)
	defer cancel()
	n, err := l.c.writer.NewLives(ctx)
	if err != nil {
		out <- prometheus.NewInvalidMetric(l.desc, err)
		return
	}
	out <- prometheus.MustNewConstMetric(l.desc, prometheus.GaugeValue, float64(n))
}
