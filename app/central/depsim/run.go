package depsim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"hallway/app/central/departments"
	"hallway/frontend"
)

// stopTimeout is how long Run waits for what is under way.
const stopTimeout = 2 * time.Second

// Run serves until ctx ends. It prints one line, «ready <url>», when it serves,
// and ends within three seconds.
func Run(ctx context.Context, config string, log *slog.Logger, out io.Writer) error {
	cfg, err := ReadConfig(config)
	if err != nil {
		return err
	}
	s, err := New(ctx, Options{Config: cfg, Logger: log})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return errors.Join(fmt.Errorf("cannot serve on %s: %w; is another program on that port?", cfg.Listen, err), s.Close(stopTimeout))
	}
	srv := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(listener) }()
	if _, err := fmt.Fprintf(out, "ready http://%s\n", listener.Addr()); err != nil {
		log.Error("the address could not be printed", "error", err)
	}
	var failed error
	select {
	case <-ctx.Done():
		s.stop() // a silent query ends now
		end, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer done()
		if srv.Shutdown(end) != nil {
			failed = srv.Close()
		}
		<-served
	case failed = <-served:
	}
	return errors.Join(failed, s.Close(stopTimeout))
}

// Handler serves the departments' routes of the contract, the control API and
// the page.
func (s *Sim) Handler() http.Handler {
	mux := http.NewServeMux()
	contract := http.NewServeMux()
	departments.RegisterProvider(departments.NewAPI(contract, "", ""), s)
	mux.Handle(departments.ProviderPrefix+"/", s.lines(departments.Guard(s.secret, s.real)(contract)))
	own := http.NewServeMux()
	registerControl(departments.NewAPI(own, "", ""), s)
	files := http.FileServerFS(frontend.Dist())
	own.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			r = r.Clone(r.Context())
			r.URL.Path = "/departments.html"
		}
		files.ServeHTTP(w, r)
	})
	mux.Handle("/", local(own))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	return mux
}

// lines makes a department that is down answer nobody.
func (s *Sim) lines(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.isDown(r.Header.Get(departments.HeaderDepartment)) {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, r)
	})
}
