package server

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/files"
)

// fileRoutes serve the files of materials, when there is a store for them:
//
//	HEAD  /sync/v1/files/{sha}   how much has come (Upload-Offset), and whether all (Upload-Complete: ?1)
//	PATCH /sync/v1/files/{sha}?case=ID&type=T&size=N
//	                             the piece at Upload-Offset; the last one, or an empty one at
//	                             the end, stores the file and proposes file_stored for the case
//	GET   /sync/v1/files/{sha}   the file, also in ranges, for a clerk whose session is in
//	                             X-Staff-Session, at a counter
func (s *server) fileRoutes() map[string]handler {
	if s.Files == nil {
		return nil
	}
	return map[string]handler{
		"HEAD /sync/v1/files/{sha}":  s.fileOffset,
		"PATCH /sync/v1/files/{sha}": s.filePiece,
		"GET /sync/v1/files/{sha}":   s.fileRead,
	}
}

// uploaders are the roles at which materials are handed in.
var uploaders = []string{hall.AtCounter, hall.AtKiosk}

func mayUpload(p Principal) error {
	if !slices.Contains(uploaders, p.Role) {
		return deny("no materials are handed in at this terminal", "hand it in at a counter")
	}
	return nil
}

// ownerOf names a terminal as the sender of a file.
func ownerOf(p Principal) string { return "terminal/" + p.Hall + "/" + p.Terminal }

func (s *server) fileOffset(w http.ResponseWriter, r *http.Request, p Principal) error {
	if err := mayUpload(p); err != nil {
		return err
	}
	offset, whole, err := s.Files.Offset(r.Context(), r.PathValue("sha"), ownerOf(p))
	if err != nil {
		return err
	}
	answerOffset(w, offset, whole)
	return nil
}

func answerOffset(w http.ResponseWriter, offset int64, complete bool) {
	w.Header().Set(sync.HeaderOffset, strconv.FormatInt(offset, 10))
	w.Header().Set(sync.HeaderComplete, map[bool]string{true: "?1", false: "?0"}[complete])
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
}

// filePiece takes a piece; the last makes the file durable for its case.
func (s *server) filePiece(w http.ResponseWriter, r *http.Request, p Principal) error {
	if err := mayUpload(p); err != nil {
		return err
	}
	offset, err1 := strconv.ParseInt(r.Header.Get(sync.HeaderOffset), 10, 64)
	size, err2 := strconv.ParseInt(r.URL.Query().Get("size"), 10, 64)
	if errors.Join(err1, err2) != nil || len(r.URL.Query().Get("case")) > 128 {
		return &sync.Problem{Code: sync.ProblemInvalid, Message: "a piece needs its offset, the file's size and the case", Hint: "correct the client"}
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, sync.FileChunk+1))
	if err != nil { // cut: nothing of the piece is kept
		return &sync.Problem{Code: sync.ProblemInvalid, Message: "the piece ended in the middle", Hint: "ask how far the file is, and go on from there"}
	}
	f := hall.File{SHA256: r.PathValue("sha"), Type: r.URL.Query().Get("type"), Size: size}
	received, err := s.Files.Append(r.Context(), files.Piece{File: f, Owner: ownerOf(p), Offset: offset, Data: data})
	if err != nil {
		return err
	}
	if received < f.Size {
		answerOffset(w, received, false)
		return nil
	}
	if f, err = s.Files.Finish(r.Context(), f.SHA256, ownerOf(p)); err != nil {
		return err
	}
	if id := r.URL.Query().Get("case"); id != "" {
		if err := s.fileStored(r.Context(), p, id, f); err != nil {
			return err
		}
	}
	answerOffset(w, f.Size, true)
	return nil
}

// fileStored proposes that a file is durable for a case. The same again is the
// same operation.
func (s *server) fileStored(ctx context.Context, p Principal, caseID string, f hall.File) error {
	body, err := json.Marshal(hall.FileStoredBody{File: f})
	if err != nil {
		return err
	}
	_, err = s.Writer.Propose(ctx, hall.Op{ID: hall.DeadlineOpID(f.SHA256+"/"+caseID, 1, hall.FileStored), Kind: hall.FileStored, Hall: p.Hall,
		Entity: caseID, Actor: hall.Actor{Kind: hall.ActorSystem, Role: hall.RoleSystem}, Body: body})
	return err
}

// fileRead gives a file of this hall's cases to a member of staff who is signed
// in at the counter that asks.
func (s *server) fileRead(w http.ResponseWriter, r *http.Request, p Principal) error {
	sha := r.PathValue("sha")
	if p.Role != hall.AtCounter || s.FileRead == nil {
		return deny("files are shown at counters only", "open the case at a counter")
	}
	_, known, err := hall.Load[hall.File](s.Writer.World(r.Context(), sync.HallLane(p.Hall)), hall.EntityFile, sha)
	if err != nil {
		return err
	}
	if !known {
		return &sync.Problem{Code: sync.ProblemFileGone, Message: "no case of this hall has such a file", Hint: "look whether it is still on its way"}
	}
	file, err := s.Files.Open(r.Context(), sha)
	if err != nil {
		return err
	}
	defer file.Close()
	allowed, err := s.FileRead(r.Context(), p, r.Header.Get(sync.HeaderSession), sha)
	if err != nil {
		return err
	}
	if !allowed {
		return deny("nobody who may see files is signed in at this counter", "sign in again")
	}
	h := w.Header()
	h.Set("Content-Type", file.File().Type)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("ETag", `"`+sha+`"`)
	http.ServeContent(w, r, "", time.Time{}, file)
	return nil
}
