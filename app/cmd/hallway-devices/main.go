// Command hallway-devices is the device bench: simulators of every device of a
// hall on pseudo-terminals and TCP, with a page that shows them.
//
//	hallway-devices --config devices.toml   serve; prints «ready <url>»
//	hallway-devices openapi                 print the OpenAPI document
//
// It stops within 3 s of SIGTERM. Source: design §1.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hallway/devices/bench"
	"hallway/frontend"
)

func main() {
	huma.NewError = bench.NewProblem
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "hallway-devices:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("hallway-devices", flag.ContinueOnError)
	flags.SetOutput(stderr)
	config := flags.String("config", "devices.toml", "configuration file")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return fmt.Errorf("read the command line: %w", err)
	}
	switch flags.Arg(0) {
	case "openapi":
		return printOpenAPI(stdout)
	case "":
	default:
		return fmt.Errorf("unknown command %q: use no command to serve, or openapi", flags.Arg(0))
	}
	c, err := bench.ReadConfig(*config)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return serve(ctx, c, stdout, slog.New(slog.NewTextHandler(stderr, nil)))
}

func printOpenAPI(w io.Writer) error {
	b, err := bench.New(bench.Options{})
	if err != nil {
		return err
	}
	doc, err := json.MarshalIndent(bench.Register(http.NewServeMux(), b).OpenAPI(), "", "  ")
	if err != nil {
		return fmt.Errorf("write the OpenAPI document: %w", err)
	}
	_, err = fmt.Fprintln(w, string(doc))
	return err
}

// serve runs the bench and its page until ctx ends.
func serve(ctx context.Context, c bench.Config, stdout io.Writer, log *slog.Logger) error {
	b, err := bench.New(bench.Options{Config: c, Log: log})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen for the bench page: %w: choose another address under listen", err)
	}
	url := "http://" + listener.Addr().String() + "/"
	server := &http.Server{Handler: handler(b), ReadHeaderTimeout: 5 * time.Second}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	served := make(chan error, 1)
	go func() {
		err := server.Serve(listener)
		cancel()
		served <- err
	}()
	err = b.Run(ctx, func() { fmt.Fprintln(stdout, "ready", url) })
	shutdown, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer done()
	if server.Shutdown(shutdown) != nil {
		_ = server.Close()
	}
	if serr := <-served; !errors.Is(serr, http.ErrServerClosed) {
		err = errors.Join(err, serr)
	}
	return err
}

// addresses are the pages that have a short one: the bench itself, and the
// gallery of the design system.
var addresses = map[string]string{"/": "/bench.html", "/gallery": "/gallery.html"}

// handler is the API, the page, and the check that only this machine's pages
// ask.
func handler(b *bench.Bench) http.Handler {
	mux := http.NewServeMux()
	bench.Register(mux, b)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	files := http.FileServerFS(frontend.Dist())
	mux.Handle("GET /", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if page, ok := addresses[r.URL.Path]; ok {
			r = r.Clone(r.Context())
			r.URL.Path = page
		}
		files.ServeHTTP(w, r)
	}))
	return local(mux)
}

// local refuses requests that another site's page or another machine made.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopbackHost(r.Host) || !originAllowed(r) {
			http.Error(w, `{"status":403,"code":"bench_foreign"}`, http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func loopbackHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	return origin == "" || origin == "http://"+r.Host
}
