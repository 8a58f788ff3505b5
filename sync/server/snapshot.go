package server

import (
	"context"
	"net/http"
	"strconv"

	"hallway/app/hall"
	"hallway/sync"
)

// firstRows is how many rows of a lane a new follower takes one after the other.
// Where there are more it gets GONE, and takes a snapshot.
const firstRows = 2000

func (s *server) longAgo(ctx context.Context, lane string) error {
	head, _, err := s.Writer.Head(ctx, lane)
	if err != nil || head <= firstRows {
		return err
	}
	return &sync.Problem{Code: sync.ProblemGone, Message: "so many rows are not given one by one", Hint: "take a snapshot"}
}

// feedOf is the feed that a request names, when the terminal may read it.
func (s *server) feedOf(r *http.Request, p Principal) (lane string, feed hall.Feed, err error) {
	lane, feed = r.FormValue("lane"), hall.Feed(r.FormValue("feed"))
	if feed == "" {
		return "", "", &sync.Problem{Code: sync.ProblemInvalid, Message: "feed is missing", Hint: "correct the client"}
	}
	return lane, feed, s.mayRead(r.Context(), p, lane, feed)
}

// snapshot gives the whole state of one feed, to terminals that do not know
// manifests.
func (s *server) snapshot(w http.ResponseWriter, r *http.Request, p Principal) error {
	lane, feed, err := s.feedOf(r, p)
	if err != nil {
		return err
	}
	snap, err := s.Writer.Snapshot(r.Context(), lane, feed)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, snap)
	return nil
}

// manifest names the pieces of the state of one feed, at row from or later.
func (s *server) manifest(w http.ResponseWriter, r *http.Request, p Principal) error {
	lane, feed, err := s.feedOf(r, p)
	if err != nil {
		return err
	}
	from := int64(0)
	if text := r.FormValue("from"); text != "" {
		if from, err = strconv.ParseInt(text, 10, 64); err != nil || from < 0 {
			return &sync.Problem{Code: sync.ProblemInvalid, Message: "from is not a number", Hint: "correct the client"}
		}
	}
	m, err := s.Writer.Manifest(r.Context(), lane, feed, from)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, m)
	return nil
}

// chunk gives one piece, of a feed that the terminal may read.
func (s *server) chunk(w http.ResponseWriter, r *http.Request, p Principal) error {
	lane, feed, err := s.feedOf(r, p)
	if err != nil {
		return err
	}
	packed, err := s.Writer.Chunk(r.Context(), lane, feed, r.PathValue("sha"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.Itoa(len(packed)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(packed) // the terminal went away: it asks again
	return nil
}
