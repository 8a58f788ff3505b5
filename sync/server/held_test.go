package server

import (
	"net/http"
	"testing"

	"hallway/app/hall"
	"hallway/sync"
)

// Rows come from their followers only, and only from those who may read them.
func TestHeldDoor(t *testing.T) {
	c := newCentre(t)
	if err := c.w.Recover(t.Context(), hallLane, 1); err != nil {
		t.Fatal(err)
	}
	row := sync.Row{Lane: hallLane, Row: 9, Feed: hall.FeedCheckIn, Kind: hall.EntityAppointment, ID: "a", Epoch: 1}
	row.Hash = sync.RowHash(row)
	row.MAC = sync.RowMAC(c.w.Keys().MAC, row.Hash, 1)
	page := func(terminal, lane string, feed hall.Feed, rows ...sync.Row) sync.Held {
		return sync.Held{Terminal: terminal, Lane: lane, Feed: feed, Rows: rows}
	}
	forged := row
	forged.ID = "b"
	for name, x := range map[string]struct {
		token string
		in    any
		want  int
	}{
		"a question":            {"kiosk-1", page("kiosk-1", hallLane, ""), http.StatusOK},
		"a row":                 {"kiosk-1", page("kiosk-1", hallLane, hall.FeedCheckIn, row), http.StatusOK},
		"of another terminal":   {"kiosk-1", page("counter-1", hallLane, ""), http.StatusForbidden},
		"of another hall":       {"kiosk-1", page("kiosk-1", "hall/1", ""), http.StatusForbidden},
		"what it does not read": {"display-1", page("display-1", hallLane, hall.FeedCheckIn, row), http.StatusForbidden},
		"newest of the same":    {"display-1", sync.Held{Terminal: "display-1", Lane: hallLane, Newest: []sync.Row{row}}, http.StatusForbidden},
		"mixed":                 {"kiosk-1", page("kiosk-1", hallLane, hall.FeedQueue, row), http.StatusBadRequest},
		"forged":                {"kiosk-1", page("kiosk-1", hallLane, hall.FeedCheckIn, forged), http.StatusBadRequest},
		"not JSON":              {"kiosk-1", []byte("{"), http.StatusBadRequest},
		"unknown fields":        {"kiosk-1", map[string]any{"terminal": "kiosk-1", "lane": hallLane, "all": true}, http.StatusBadRequest},
		"nobody":                {"", page("kiosk-1", hallLane, ""), http.StatusUnauthorized},
	} {
		var out sync.HeldReply
		if got := c.call("POST", "/sync/v1/held", x.token, x.in, &out); got != x.want {
			t.Errorf("%s: %d, not %d", name, got, x.want)
		}
		if name == "a question" && len(out.Wants) != 2 {
			t.Errorf("a kiosk is asked for %+v", out.Wants)
		}
	}
}
