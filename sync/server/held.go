package server

import (
	"net/http"

	"hallway/app/hall"
	"hallway/sync"
)

// maxHeld bounds a page of rows.
const maxHeld = 4 << 20

// held takes rows that a terminal keeps, when the centre was put back from a
// backup, and says which are wanted. A terminal brings only feeds that it
// follows, and is asked for no others.
func (s *server) held(w http.ResponseWriter, r *http.Request, p Principal) error {
	var in sync.Held
	if err := decode(r.Body, maxHeld, &in); err != nil {
		return err
	}
	if in.Terminal != p.Terminal {
		return deny("the rows are of another terminal than the token", "give the terminal its own token file")
	}
	if in.Lane != sync.HallLane(p.Hall) {
		return deny("this terminal does not follow this lane", "check the hall that the terminal is enrolled in")
	}
	departments, err := s.departments(r.Context(), p)
	if err != nil {
		return err
	}
	feeds := FeedsOf(p.Role, p.Department, departments)
	follows := map[hall.Feed]bool{}
	for _, feed := range feeds {
		follows[feed] = true
	}
	for _, row := range append(in.Newest[:len(in.Newest):len(in.Newest)], in.Rows...) {
		if !follows[row.Feed] {
			return deny("this terminal does not follow the feed of a row", "follow what hello names")
		}
	}
	for _, row := range in.Rows {
		if row.Feed != in.Feed {
			return &sync.Problem{Code: sync.ProblemInvalid, Message: "a page holds rows of one feed", Hint: "correct the client"}
		}
	}
	out, err := s.Writer.Held(r.Context(), in, feeds)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}
