package server

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/files"
	"hallway/sync/pack"
	"hallway/sync/seal"
	"hallway/sync/writer"
)

// Principal is an authenticated terminal.
type Principal struct {
	Terminal string
	Role     string // kiosk, counter, station, display, manager, evaluator
	Hall     string // hall code
	// Department of a sign-out station; empty: a station of the hall.
	Department string
}

// Options of Handler.
type Options struct {
	Writer *writer.Writer
	// Auth finds the terminal of a bearer token; ok is false for an unknown one. A
	// *sync.Problem refuses one that is known.
	Auth func(ctx context.Context, token string) (p Principal, ok bool, err error)
	// Line judges whether a terminal may speak with the centre on such a connection
	// (nil: one without TLS); a Problem says what is wrong. nil lets all.
	Line func(terminal string, on *tls.ConnectionState) *sync.Problem
	// Session says whether the session of a staff actor is live at that terminal
	// and carries the actor's role. nil refuses every claim of staff.
	Session func(ctx context.Context, terminal string, actor hall.Actor) (live bool, err error)
	// Witnessed says whether a staff actor ever had that session at that
	// terminal, live or ended (see writer.Origin). nil attests everything.
	Witnessed func(ctx context.Context, terminal string, actor hall.Actor) (bool, error)
	// Status takes what a terminal tells of itself; nil drops it.
	Status func(ctx context.Context, s sync.TerminalStatus)
	// Files keeps the files of materials; nil serves none.
	Files *files.Store
	// FileRead says whether the session of a member of staff at that counter may
	// see a file, and keeps a record of it; nil refuses everybody.
	FileRead func(ctx context.Context, p Principal, session, sha256 string) (allowed bool, err error)
	// Logger gets what an operator must know; nil drops it.
	Logger *slog.Logger
	// Done ends the wake streams when it closes, so that a server can shut down.
	Done <-chan struct{}
	// Heartbeat of the wake stream; zero is 20 s. At each the tokens of the open
	// streams and the connections under them are asked about again.
	Heartbeat time.Duration
	// Stream is told when a terminal's wake stream opens and when it ends.
	Stream func(terminal string, open bool)
	// Go starts what serves the streams, which ends soon after Done closes, the
	// writer does, or the last stream ends; who waits for that gives his own. nil
	// is the go statement.
	Go func(func())
}

// Limits of request bodies.
const (
	maxPush   = writer.MaxBytes
	maxStatus = 256 << 10
	maxHello  = 16 << 10
)

type server struct {
	Options
	streams *streams
}

// Server serves /sync/v1/.
type Server struct {
	http.Handler
	streams *streams
}

// Revoke ends the open streams of a terminal, and says how many there were. Its
// requests are Auth's to refuse.
func (s *Server) Revoke(terminal string) int { return s.streams.revoke(terminal) }

// Handler serves /sync/v1/.
func Handler(o Options) http.Handler { return New(o) }

// New makes the door.
func New(o Options) *Server {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Heartbeat <= 0 {
		o.Heartbeat = 20 * time.Second
	}
	if o.Go == nil {
		o.Go = func(f func()) { go f() }
	}
	s := &server{Options: o}
	s.streams = &streams{s: s, groups: map[string]*group{}}
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"POST /sync/v1/hello":      s.hello,
		"POST /sync/v1/ops":        s.ops,
		"GET /sync/v1/rows":        s.rows,
		"GET /sync/v1/heads":       s.heads,
		"GET /sync/v1/snapshot":    s.snapshot,
		"GET /sync/v1/manifest":    s.manifest,
		"GET /sync/v1/chunk/{sha}": s.chunk,
		"GET /sync/v1/wake":        s.wake,
		"POST /sync/v1/status":     s.status,
		"POST /sync/v1/offered":    s.offered,
		"POST /sync/v1/held":       s.held,
	} {
		mux.HandleFunc(pattern, s.door(h))
	}
	for pattern, h := range s.fileRoutes() {
		mux.HandleFunc(pattern, s.door(h))
	}
	mux.HandleFunc("/sync/v1/", func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, http.StatusNotFound, &sync.Problem{Code: sync.ProblemInvalid, Message: "there is no such address or method", Hint: "update the terminal"})
	})
	return &Server{mux, s.streams}
}

type handler func(w http.ResponseWriter, r *http.Request, p Principal) error

// door authenticates, and makes of every error a Problem.
func (s *server) door(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w, r = coded(w, r)
		p, err := s.authenticate(r)
		if err == nil {
			err = h(w, r, p)
		}
		if err == nil || r.Context().Err() != nil {
			return
		}
		var problem *sync.Problem
		if !errors.As(err, &problem) {
			s.Logger.Error("a request of a terminal failed", "path", r.URL.Path, "terminal", p.Terminal, "error", err)
			problem = &sync.Problem{Code: sync.ProblemBusy, Message: "the centre could not answer now", Hint: "nothing is lost; the terminal tries again by itself", RetryMS: 1000}
		}
		writeProblem(w, statusOf(err, problem), problem)
	}
}

// bearer is the token of a request, "" without one.
func bearer(r *http.Request) string {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return ""
	}
	return token
}

func (s *server) authenticate(r *http.Request) (Principal, error) {
	token := bearer(r)
	unknown := &sync.Problem{Code: sync.ProblemAuth, Message: "the centre does not know this terminal's token", Hint: "enrol the terminal at the centre, or give it its token file again"}
	if token == "" || s.Auth == nil {
		return Principal{}, unknown
	}
	p, ok, err := s.Auth(r.Context(), token)
	if err != nil {
		return Principal{}, err
	}
	if !ok || p.Terminal == "" {
		return Principal{}, unknown
	}
	if s.Line != nil {
		if wrong := s.Line(p.Terminal, r.TLS); wrong != nil {
			return Principal{}, denied{wrong}
		}
	}
	return p, nil
}

// denied is an AUTH problem of somebody who is known.
type denied struct{ *sync.Problem }

func (d denied) Unwrap() error { return d.Problem }

func deny(message, hint string) error {
	return denied{&sync.Problem{Code: sync.ProblemAuth, Message: message, Hint: hint}}
}

// tooLarge is a body beyond its limit.
type tooLarge struct{ *sync.Problem }

func (t tooLarge) Unwrap() error { return t.Problem }

func statusOf(err error, p *sync.Problem) int {
	switch p.Code {
	case sync.ProblemRevoked, sync.ProblemCertMissing, sync.ProblemCertUnknown, sync.ProblemCertExpired, sync.ProblemCertOther:
		return http.StatusForbidden
	case sync.ProblemAuth:
		if errors.As(err, &denied{}) {
			return http.StatusForbidden
		}
		return http.StatusUnauthorized
	case sync.ProblemInvalid:
		if errors.As(err, &tooLarge{}) {
			return http.StatusRequestEntityTooLarge
		}
		return http.StatusBadRequest
	case sync.ProblemFileDigest:
		return http.StatusUnprocessableEntity
	case sync.ProblemFileType:
		return http.StatusUnsupportedMediaType
	case sync.ProblemFileSize:
		return http.StatusRequestEntityTooLarge
	case sync.ProblemFileGone:
		return http.StatusNotFound
	case sync.ProblemFileOffset, sync.ProblemRewind, sync.ProblemEpoch, sync.ProblemGap, sync.ProblemFork, sync.ProblemHole:
		return http.StatusConflict
	case sync.ProblemGone:
		return http.StatusGone
	}
	return http.StatusServiceUnavailable
}

func writeProblem(w http.ResponseWriter, status int, p *sync.Problem) {
	if p.RetryMS > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt((p.RetryMS+999)/1000, 10))
	}
	writeJSON(w, status, p)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	b, err := json.Marshal(v)
	if err != nil { // only our own types come here
		status, b = http.StatusInternalServerError, []byte(`{"code":"BUSY","message":"the answer cannot be written"}`)
	}
	b = packed(w, b)
	w.WriteHeader(status)
	_, _ = w.Write(b) // the terminal went away: it asks again
}

// decode reads one JSON value of at most limit bytes, and nothing after it, also
// when it came packed. A field that this centre does not know is refused: what it
// says would be lost.
func decode(r io.Reader, limit int64, v any) error {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return &sync.Problem{Code: sync.ProblemInvalid, Message: "the request ended in the middle", Hint: "send it again"}
	}
	if int64(len(b)) > limit {
		return errTooLarge()
	}
	if b, err = unpacked(r, b, limit); err != nil {
		return err
	}
	field, err := hall.DecodeStrict(b, v)
	if field != "" {
		return &sync.Problem{Code: sync.ProblemInvalid, Message: fmt.Sprintf("unknown field %q", field), Hint: "update the centre, or correct the client; nothing of the request was taken"}
	}
	if err != nil {
		return &sync.Problem{Code: sync.ProblemInvalid, Message: "the request is not the JSON that was expected", Hint: "send it again; if it stays so, update the terminal"}
	}
	return nil
}

// hello opens a session: anchor, keys, lanes.
func (s *server) hello(w http.ResponseWriter, r *http.Request, p Principal) error {
	var in sync.Hello
	if err := decode(r.Body, maxHello, &in); err != nil {
		return err
	}
	if in.Terminal != p.Terminal {
		return deny("this token belongs to another terminal", "give the terminal its own token file")
	}
	pub, id, err := s.Writer.Keys().Public()
	if err != nil {
		return err
	}
	departments, err := s.departments(r.Context(), p)
	if err != nil {
		return err
	}
	out := sync.HelloReply{Hall: p.Hall, Lanes: lanesOf(p, departments), SealKey: pub, SealKeyID: id}
	if _, out.Epoch, err = s.Writer.Head(r.Context(), sync.HallLane(p.Hall)); err != nil {
		return err
	}
	t, found, err := hall.Load[hall.Terminal](s.Writer.World(r.Context(), sync.SharedLane), hall.EntityTerminal, p.Terminal)
	if err != nil {
		return err
	}
	if !found {
		return deny("this terminal is not enrolled", "enrol the terminal at the centre")
	}
	out.Terminal = t
	w.Header()["Accept-Encoding"] = []string{pack.Name, pack.Name1} // RFC 7694: requests may come packed
	if checksIn(p.Role) {
		day, err := s.lookupDay(in.Day)
		if err != nil {
			return err
		}
		out.LookupDay, out.LookupKey = day, seal.DayKey(s.Writer.Keys().Lookup, p.Hall, day)
	}
	if ownsCases(p.Role) {
		out.OwnerKey = seal.LongKey(s.Writer.Keys().Lookup, p.Hall)
	}
	if out.Recovering, err = s.Writer.Recovering(r.Context(), sync.HallLane(p.Hall)); err != nil {
		return err
	}
	if out.Incarnation = in.Incarnation; in.Incarnation != "" {
		if out.Sent, err = s.Writer.Sent(r.Context(), p.Terminal, in.Incarnation); err != nil {
			return err
		}
	}
	out.ServerTime = s.Writer.Now()
	writeJSON(w, http.StatusOK, out)
	return nil
}

// lookupDay gives keys for today and its neighbours only.
func (s *server) lookupDay(asked string) (string, error) {
	now := s.Writer.Now()
	if asked == "" {
		return hall.DayOf(now), nil
	}
	for _, d := range []int{-1, 0, 1} {
		if asked == hall.DayOf(now.AddDate(0, 0, d)) {
			return asked, nil
		}
	}
	return "", deny("keys are given for days around today only", "check the clock of the terminal")
}

// ops takes a push.
func (s *server) ops(w http.ResponseWriter, r *http.Request, p Principal) error {
	push, err := DecodePush(r.Body)
	if err != nil {
		return err
	}
	if push.Terminal != p.Terminal {
		return deny("the push is of another terminal than the token", "give the terminal its own token file")
	}
	lane := sync.HallLane(p.Hall)
	if push.Lane != lane {
		return deny("this terminal may not write to this lane", "check the hall that the terminal is enrolled in")
	}
	from := writer.Origin{Terminal: p.Terminal, Role: p.Role, Lanes: []string{lane}}
	if s.Session != nil {
		from.Session = func(ctx context.Context, a hall.Actor) (bool, error) { return s.Session(ctx, p.Terminal, a) }
	}
	if s.Witnessed != nil {
		from.Witnessed = func(ctx context.Context, a hall.Actor) (bool, error) { return s.Witnessed(ctx, p.Terminal, a) }
	}
	reply, err := s.Writer.Submit(r.Context(), push, from)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, reply)
	return nil
}

// DecodePush reads a push from the wire. Its error is a *sync.Problem.
func DecodePush(r io.Reader) (sync.Push, error) {
	var p sync.Push
	if err := decode(r, maxPush, &p); err != nil {
		return sync.Push{}, err
	}
	return p, nil
}

// heads gives the ends of the lanes that a terminal follows.
func (s *server) heads(w http.ResponseWriter, r *http.Request, p Principal) error {
	var out sync.Heads
	for _, l := range lanesOf(p, nil) {
		row, epoch, err := s.Writer.Head(r.Context(), l.Lane)
		if err != nil {
			return err
		}
		out.Heads = append(out.Heads, sync.Head{Lane: l.Lane, Row: row, Epoch: epoch})
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

// rows gives a page of rows after a cursor.
func (s *server) rows(w http.ResponseWriter, r *http.Request, p Principal) error {
	c := sync.Cursor{Lane: r.FormValue("lane"), Feed: hall.Feed(r.FormValue("feed")), Hash: r.FormValue("hash")}
	limit := int64(0)
	for name, v := range map[string]*int64{"epoch": &c.Epoch, "after": &c.Row, "limit": &limit} {
		text := r.FormValue(name)
		if text == "" {
			continue
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return &sync.Problem{Code: sync.ProblemInvalid, Message: name + " is not a number", Hint: "correct the client"}
		}
		*v = n
	}
	if c.Feed == "" {
		return &sync.Problem{Code: sync.ProblemInvalid, Message: "feed is missing", Hint: "correct the client"}
	}
	if err := s.mayRead(r.Context(), p, c.Lane, c.Feed); err != nil {
		return err
	}
	if c.Epoch == 0 && c.Row == 0 {
		if err := s.longAgo(r.Context(), c.Lane); err != nil {
			return err
		}
	}
	page, err := s.Writer.Rows(r.Context(), c, int(min(limit, writer.MaxRows)))
	if err != nil {
		return err
	}
	if r.FormValue("brief") == "1" {
		page.Rows = sync.Brief(page.Rows, page.Epoch)
	}
	writeJSON(w, http.StatusOK, page)
	return nil
}

// offered takes a terminal's word that it has sent all it holds.
func (s *server) offered(w http.ResponseWriter, r *http.Request, p Principal) error {
	if err := s.Writer.Offered(r.Context(), sync.HallLane(p.Hall), p.Terminal); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// status takes telemetry.
func (s *server) status(w http.ResponseWriter, r *http.Request, p Principal) error {
	var in sync.TerminalStatus
	if err := decode(r.Body, maxStatus, &in); err != nil {
		return err
	}
	if in.Terminal != p.Terminal {
		return deny("the status is of another terminal than the token", "give the terminal its own token file")
	}
	if s.Status != nil {
		s.Status(r.Context(), in)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
