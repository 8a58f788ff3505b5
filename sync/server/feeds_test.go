package server

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/seal"
)

var twoDepartments = []hall.Department{{ID: "civil"}, {ID: "police"}}

func TestFeedsOf(t *testing.T) {
	all := []hall.Feed{"custody/civil", "custody/police", "custody/-"}
	for _, tc := range []struct {
		role, department string
		want             []hall.Feed
	}{
		{"kiosk", "", []hall.Feed{hall.FeedQueue, hall.FeedCheckIn}},
		{"counter", "", append([]hall.Feed{hall.FeedQueue, hall.FeedCheckIn, hall.FeedCase}, all...)},
		{"station", "civil", []hall.Feed{"custody/civil"}},
		{"station", "", all},
		{"display", "", []hall.Feed{hall.FeedQueue}},
		{"evaluator", "", []hall.Feed{hall.FeedQueue}},
		{"manager", "", []hall.Feed{hall.FeedQueue}},
		{"stranger", "", nil},
	} {
		if got := FeedsOf(tc.role, tc.department, twoDepartments); !slices.Equal(got, tc.want) {
			t.Errorf("%s %s: %v, want %v", tc.role, tc.department, got, tc.want)
		}
	}
}

// Whoever stands before a kiosk or sits under a display must never find a case
// or a paper in its memory, whatever it claims to be of.
func TestNoCasesAtPublicTerminals(t *testing.T) {
	for _, role := range []string{"kiosk", "display", "evaluator", "manager", ""} {
		for _, department := range []string{"", "civil"} {
			for _, f := range FeedsOf(role, department, twoDepartments) {
				if f == hall.FeedCase || f == hall.FeedApplicant || strings.HasPrefix(string(f), "custody") {
					t.Errorf("%q of %q follows %s", role, department, f)
				}
			}
		}
	}
	for _, role := range []string{"counter", "station"} {
		if slices.Contains(FeedsOf(role, "", twoDepartments), hall.FeedApplicant) {
			t.Errorf("%s follows the applicants", role)
		}
	}
	c := newCentre(t)
	for token, feeds := range map[string][]string{
		"kiosk-1":         {"case", "custody/civil", "custody/-", "applicant"},
		"display-1":       {"case", "custody/civil", "custody/-", "applicant", "checkin"},
		"manager-1":       {"case", "custody/civil"},
		"counter-1":       {"applicant"},
		"station-civil-1": {"case", "custody/police", "custody/-", "applicant", "queue", "checkin"},
		"station-1":       {"case", "applicant", "queue", "checkin"},
	} {
		for _, feed := range feeds {
			for _, path := range []string{"/sync/v1/rows", "/sync/v1/snapshot"} {
				if status := c.call(http.MethodGet, path+"?lane="+hallLane+"&feed="+feed, token, nil, nil); status != http.StatusForbidden {
					t.Errorf("%s reads %s of %s: %d", token, path, feed, status)
				}
			}
		}
	}
	for token, feeds := range map[string][]string{
		"counter-1": {"case", "custody/civil", "custody/police", "custody/-"}, "station-civil-1": {"custody/civil"},
		"station-1": {"custody/civil", "custody/police", "custody/-"},
	} {
		for _, feed := range feeds {
			if status := c.call(http.MethodGet, "/sync/v1/rows?lane="+hallLane+"&feed="+feed, token, nil, nil); status != http.StatusOK {
				t.Errorf("%s cannot follow %s: %d", token, feed, status)
			}
		}
	}
}

// The key under which people's cases are found goes where cases are begun: to
// counters and kiosks.
func TestOwnerKey(t *testing.T) {
	c := newCentre(t)
	for _, token := range []string{"kiosk-1", "counter-1", "display-1", "manager-1", "station-civil-1", "station-1"} {
		var reply sync.HelloReply
		if status := c.call(http.MethodPost, "/sync/v1/hello", token, sync.Hello{Terminal: token}, &reply); status != http.StatusOK {
			t.Fatalf("hello of %s: %d", token, status)
		}
		want := token == "counter-1" || token == "kiosk-1"
		if got := len(reply.OwnerKey) > 0; got != want {
			t.Errorf("%s has the owner key: %t", token, got)
		}
		if want && !slices.Equal(reply.OwnerKey, seal.LongKey(c.w.Keys().Lookup, hallCode)) {
			t.Error("the owner key is another than the centre's")
		}
		if token == "station-civil-1" && reply.Terminal.Department != "civil" {
			t.Errorf("the station does not learn its department: %+v", reply.Terminal)
		}
	}
}
