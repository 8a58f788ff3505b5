package central

import (
	"slices"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/sync/writer"
)

func TestRestoreAlarms(t *testing.T) {
	missing := []string{"kiosk-1", "counter-1"}
	lost := []writer.Range{{From: 5, To: 7}, {From: 9, To: 9}}
	at := monday.Add(-time.Hour)
	for name, c := range map[string]struct {
		in   []writer.Restore
		want []string
		n    string
	}{
		"never":           {nil, nil, ""},
		"going on":        {[]writer.Restore{{At: at, Missing: missing, Lost: lost}}, []string{"recovering"}, "2"},
		"over and whole":  {[]writer.Restore{{At: at, Ended: true}}, nil, ""},
		"rows are lost":   {[]writer.Restore{{At: at, Ended: true, Lost: lost}}, []string{"rows_lost"}, "4"},
		"somebody's work": {[]writer.Restore{{At: at, Ended: true, Aside: []hall.OpID{"a"}}}, []string{"rows_lost"}, "1"},
		"long ago":        {[]writer.Restore{{At: at.Add(-restoresTold), Ended: true, Lost: lost}}, nil, ""},
	} {
		var got []string
		for _, a := range restoreAlarms(c.in, monday) {
			got = append(got, a.Code)
			if a.Params["n"] != c.n || a.Kind != "hall" {
				t.Errorf("%s: %+v", name, a)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A restore is on the manager's page and in /metrics while it goes on.
func TestRestoreIsSeen(t *testing.T) {
	b := newBed(t)
	figure := func(name string) float64 {
		t.Helper()
		all, err := b.c.metrics.registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range all {
			if f.GetName() == name {
				return f.GetMetric()[0].GetGauge().GetValue()
			}
		}
		t.Fatalf("there is no %s", name)
		return 0
	}
	if figure("hallway_restores") != 0 || figure("hallway_recovering") != 0 {
		t.Error("it was never put back")
	}
	if err := b.c.writer.Recover(t.Context(), b.c.hallLane(), 1); err != nil {
		t.Fatal(err)
	}
	b.clock.forward(restoresEvery)
	if figure("hallway_restores") != 1 || figure("hallway_recovering") != 1 {
		t.Error("the restore is not in /metrics")
	}
	v, err := b.c.computeView(t.Context())
	if err != nil || len(v.Alarms) == 0 || v.Alarms[0].Code != "recovering" {
		t.Errorf("%+v %v", v.Alarms, err)
	}
	b.clock.forward(time.Hour)
	if figure("hallway_recovering") != 0 {
		t.Error("it goes on for ever")
	}
}
