package central

import (
	"context"
	"strconv"
	gosync "sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"hallway/sync/writer"
)

const (
	restoresEvery = 5 * time.Second    // how often the list is read again
	restoresTold  = 7 * 24 * time.Hour // how long the manager's page tells of one
)

// restores keeps the list of restores of the hall's lane for a moment: pages and
// /metrics ask for it all the time, and hardly ever is there one.
type restores struct {
	mu   gosync.Mutex
	list []writer.Restore
	read time.Time
}

// restoresNow lists the restores of the hall's lane, newest first.
func (c *Centre) restoresNow(ctx context.Context) ([]writer.Restore, error) {
	c.restored.mu.Lock()
	defer c.restored.mu.Unlock()
	if at := c.tele.real(); c.restored.read.IsZero() || at.Sub(c.restored.read).Abs() >= restoresEvery {
		all, err := c.writer.Restores(ctx)
		if err != nil {
			return nil, err
		}
		c.restored.list, c.restored.read = nil, at
		for _, r := range all {
			if r.Lane == c.hallLane() {
				c.restored.list = append(c.restored.list, r)
			}
		}
	}
	return c.restored.list, nil
}

// lostRows counts the rows that nobody has brought back.
func lostRows(r writer.Restore) (n int64) {
	for _, g := range r.Lost {
		n += g.To - g.From + 1
	}
	return n
}

// restoreAlarms: the centre waits for what terminals hold, or somebody must ask
// after what is missing.
func restoreAlarms(all []writer.Restore, now time.Time) (list []ManagerAlarm) {
	for _, r := range all {
		if now.Sub(r.At) > restoresTold {
			continue
		}
		if !r.Ended {
			list = append(list, ManagerAlarm{Code: "recovering", Severity: alarmBad, Kind: "hall", Since: r.At, Params: map[string]string{"n": strconv.Itoa(len(r.Missing))}})
		}
		if n := lostRows(r) + int64(len(r.Aside)); r.Ended && n > 0 {
			list = append(list, ManagerAlarm{Code: "rows_lost", Severity: alarmBad, Kind: "hall", Since: r.At, Params: map[string]string{"n": strconv.FormatInt(n, 10)}})
		}
	}
	return list
}

// restoreMetrics is the last restore of the hall in figures.
type restoreMetrics struct {
	c    *Centre
	desc map[string]*prometheus.Desc
}

func newRestoreMetrics(c *Centre) *restoreMetrics {
	m := &restoreMetrics{c: c, desc: map[string]*prometheus.Desc{}}
	for name, help := range map[string]string{
		"hallway_restores":                    "How often the database was put back from a backup.",
		"hallway_recovering":                  "1 while only what was decided before the last restore is taken.",
		"hallway_restore_missing_terminals":   "Terminals that have not offered what they hold since the last restore.",
		"hallway_restore_lost_rows":           "Rows of before the last restore that nobody has brought back.",
		"hallway_restore_aside_operations":    "Operations of before the last restore that somebody must look at.",
		"hallway_restore_returned_operations": "Operations that came back after the last restore.",
	} {
		m.desc[name] = prometheus.NewDesc(name, help, nil, nil)
	}
	return m
}

// Describe implements prometheus.Collector.
func (m *restoreMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range m.desc {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (m *restoreMetrics) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(m.c.ctx, 5*time.Second)
	defer cancel()
	all, err := m.c.restoresNow(ctx)
	if err != nil {
		for _, d := range m.desc {
			out <- prometheus.NewInvalidMetric(d, err)
		}
		return
	}
	var last writer.Restore
	recovering := 0.0
	if len(all) > 0 {
		last = all[0]
		if !last.Ended {
			recovering = 1
		}
	}
	for name, v := range map[string]float64{
		"hallway_restores": float64(len(all)), "hallway_recovering": recovering, "hallway_restore_missing_terminals": float64(len(last.Missing)),
		"hallway_restore_lost_rows": float64(lostRows(last)), "hallway_restore_aside_operations": float64(len(last.Aside)),
		"hallway_restore_returned_operations": float64(last.Back),
	} {
		out <- prometheus.MustNewConstMetric(m.desc[name], prometheus.GaugeValue, v)
	}
}
