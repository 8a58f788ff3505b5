package server

import (
	"context"
	"slices"

	"hallway/app/hall"
	"hallway/sync"
)

// lanesOf lists the lanes that a terminal follows; departments are those of its
// hall.
func lanesOf(p Principal, departments []hall.Department) []sync.LaneFeeds {
	lanes := []sync.LaneFeeds{{Lane: sync.SharedLane, Feeds: []hall.Feed{hall.FeedCatalogue}}}
	if feeds := FeedsOf(p.Role, p.Department, departments); len(feeds) > 0 && p.Hall != "" {
		lanes = append(lanes, sync.LaneFeeds{Lane: sync.HallLane(p.Hall), Feeds: feeds})
	}
	return lanes
}

// FeedsOf lists the feeds of a hall's lane that a terminal follows: by its
// role, and for a sign-out station by its department. Cases are the counters'
// alone, and even there without any person; papers are those of their
// department's stations, of the hall's own and of the counters. A role that is
// not here follows none.
func FeedsOf(role, department string, departments []hall.Department) []hall.Feed {
	switch role {
	case "kiosk":
		return []hall.Feed{hall.FeedQueue, hall.FeedCheckIn}
	case "counter":
		return append([]hall.Feed{hall.FeedQueue, hall.FeedCheckIn, hall.FeedCase}, custodyFeeds(departments)...)
	case "station":
		if department != "" {
			return []hall.Feed{hall.CustodyFeed(department)}
		}
		return custodyFeeds(departments)
	case "display", "evaluator", "manager":
		return []hall.Feed{hall.FeedQueue}
	}
	return nil
}

// custodyFeeds are the papers of every department, and of none.
func custodyFeeds(departments []hall.Department) []hall.Feed {
	feeds := make([]hall.Feed, 0, len(departments)+1)
	for _, d := range departments {
		feeds = append(feeds, hall.CustodyFeed(d.ID))
	}
	return append(feeds, hall.CustodyFeed(hall.NoDepartment))
}

// departments of a terminal's hall, for the roles that follow their papers.
func (s *server) departments(ctx context.Context, p Principal) ([]hall.Department, error) {
	if p.Role != "counter" && (p.Role != "station" || p.Department != "") {
		return nil, nil
	}
	cat, err := s.Writer.HallWorld(ctx, p.Hall).Catalogue()
	if err != nil || cat == nil {
		return nil, err
	}
	return cat.Departments, nil
}

// ownsCases says whether a role begins cases, for which it has to know whose they
// are and their query passwords.
func ownsCases(role string) bool { return role == "counter" || role == "kiosk" }

// checksIn says whether a role finds people's appointments.
func checksIn(role string) bool { return role == "kiosk" || role == "counter" }

// mayRead refuses lanes and feeds that are not of this terminal's role.
func (s *server) mayRead(ctx context.Context, p Principal, lane string, feed hall.Feed) error {
	departments, err := s.departments(ctx, p)
	if err != nil {
		return err
	}
	for _, l := range lanesOf(p, departments) {
		if l.Lane == lane && (feed == "" || slices.Contains(l.Feeds, feed)) {
			return nil
		}
	}
	return errNotFollowed()
}

func errNotFollowed() error {
	return deny("this terminal does not follow this feed", "follow what hello names")
}
