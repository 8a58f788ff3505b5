package recordsim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"hallway/app/central/departments"
)

// Run serves a receiver until ctx ends, on this machine only: it holds personal data.
// It prints one line, «ready <url>», with the address that batches go to. Beside it
// are GET /held (identities and versions), POST /answers (how the batches to come are
// answered, with spaces between) and POST /refuse (a field, and a code or nothing).
func Run(ctx context.Context, secretFile, listen string, log *slog.Logger, out io.Writer) error {
	secret, err := departments.ReadSecret(secretFile)
	if err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("cannot serve on %q: name an address of this machine only, for example 127.0.0.1:8795", listen)
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("cannot serve on %s: %w; is another program on that port?", listen, err)
	}
	s := New(Options{Secret: secret})
	srv := &http.Server{Handler: s.handler(), ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(listener) }()
	if _, err := fmt.Fprintf(out, "ready http://%s%s\n", listener.Addr(), Path); err != nil {
		log.Error("the address could not be printed", "error", err)
	}
	select {
	case err = <-served:
		return err
	case <-ctx.Done():
		s.LetGo()
		err = srv.Close()
		if over := <-served; !errors.Is(over, http.ErrServerClosed) {
			err = errors.Join(err, over)
		}
		return err
	}
}

// handler is the receiver with what plays it.
func (s *Sim) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(Path, s)
	mux.HandleFunc("GET /held", func(w http.ResponseWriter, _ *http.Request) {
		type line struct {
			ID      string `json:"id"`
			Version int    `json:"version"`
			Name    string `json:"name"`
		}
		list := []line{}
		for _, r := range s.Held() {
			list = append(list, line{r.ID, r.Version, r.Name})
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(list) // who went away has no answer
	})
	mux.HandleFunc("POST /answers", func(w http.ResponseWriter, r *http.Request) {
		words, err := io.ReadAll(io.LimitReader(r.Body, 1<<12))
		if err != nil {
			return
		}
		s.Answers(strings.Fields(string(words))...)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /refuse", func(w http.ResponseWriter, r *http.Request) {
		words, err := io.ReadAll(io.LimitReader(r.Body, 1<<12))
		field, code, _ := strings.Cut(strings.TrimSpace(string(words)), " ")
		if err != nil || field == "" {
			http.Error(w, "a field, and a code or nothing", http.StatusBadRequest)
			return
		}
		s.Refuse(field, code)
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}
