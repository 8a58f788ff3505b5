package terminal

import (
	"github.com/prometheus/client_golang/prometheus"

	"hallway/app/hall"
	"hallway/devices"
	"hallway/devices/printer"
)

// Metrics of a terminal. A nil *Metrics counts nothing.
type Metrics struct {
	tickets  *prometheus.CounterVec
	slips    *prometheus.CounterVec
	ratings  *prometheus.CounterVec
	announce prometheus.Counter
}

// NewMetrics registers the terminal's metrics. What the store, the line and
// the devices say is read when asked.
func NewMetrics(reg prometheus.Registerer, store Store, line Uplink, devs *Devices) *Metrics {
	m := &Metrics{
		tickets: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hallway_tickets_issued_total",
			Help: "Numbers spent by this terminal since its start."}, []string{"class", "offline"}),
		slips: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hallway_slips_total",
			Help: "Slips by what became of them."}, []string{"outcome"}),
		ratings: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hallway_ratings_total",
			Help: "Services by whether they were rated; never by level."}, []string{"rated"}),
		announce: prometheus.NewCounter(prometheus.CounterOpts{Name: "hallway_announcements_total",
			Help: "Calls announced."}),
	}
	reg.MustRegister(m.tickets, m.slips, m.ratings, m.announce,
		gauge("hallway_outbox_operations", "Operations without a verdict.", func() float64 { return float64(store.Outbox()) }),
		gauge("hallway_work_items", "Refused operations that somebody must deal with.", func() float64 { return float64(len(store.WorkList())) }),
		gauge("hallway_line_up", "1 when the line to the centre is up.", func() float64 {
			if up, _ := line.Online(); up {
				return 1
			}
			return 0
		}), deviceCollector{devs})
	return m
}

func gauge(name, help string, f func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, f)
}

func (m *Metrics) issued(class hall.Class, offline bool) {
	if m != nil {
		m.tickets.WithLabelValues(string(class), boolText(offline)).Inc()
	}
}

func (m *Metrics) slip(o printer.Outcome) {
	if m != nil {
		m.slips.WithLabelValues(string(o)).Inc()
	}
}

func (m *Metrics) rated(level int) {
	if m != nil {
		m.ratings.WithLabelValues(boolText(level > 0)).Inc()
	}
}

func (m *Metrics) announced() {
	if m != nil {
		m.announce.Inc()
	}
}

func boolText(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// deviceCollector tells each device's state, faults and counters.
type deviceCollector struct{ devs *Devices }

var (
	deviceDesc = prometheus.NewDesc("hallway_device_usable", "1 when the device can do its work.",
		[]string{"id", "kind", "model"}, nil)
	faultDesc = prometheus.NewDesc("hallway_device_fault", "1 while the device has the fault.",
		[]string{"id", "code", "severity"}, nil)
	eventDesc = prometheus.NewDesc("hallway_device_events_total", "What the driver counts.",
		[]string{"id", "event"}, nil)
)

// Describe tells the metrics of this collector.
func (c deviceCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- deviceDesc
	ch <- faultDesc
	ch <- eventDesc
}

// Collect reads the registry.
func (c deviceCollector) Collect(ch chan<- prometheus.Metric) {
	for _, s := range c.devs.Statuses() {
		v := 0.0
		switch s.State {
		case devices.Ready, devices.Busy, devices.Degraded:
			v = 1
		}
		ch <- prometheus.MustNewConstMetric(deviceDesc, prometheus.GaugeValue, v, s.ID, string(s.Kind), s.Model)
		for _, f := range s.Faults {
			ch <- prometheus.MustNewConstMetric(faultDesc, prometheus.GaugeValue, 1, s.ID, f.Code, string(f.Severity))
		}
		for event, n := range s.Counters {
			ch <- prometheus.MustNewConstMetric(eventDesc, prometheus.CounterValue, float64(n), s.ID, event)
		}
	}
}
