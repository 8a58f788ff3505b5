package main

import (
	"context"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"

	"hallway/app/terminal"
	"hallway/frontend"
	"hallway/sync/secure"
)

// serveManager shows the centre's manager pages: in a window through a proxy
// to the one configured centre (the webview follows no redirects and may go
// nowhere else), in a browser at the centre's own address.
func serveManager(ctx context.Context, config terminal.Config, browser bool, stdout io.Writer, log *slog.Logger) error {
	centre, err := url.Parse(config.Centre)
	if err != nil {
		return fmt.Errorf("centre of the configuration: %w", err)
	}
	if browser {
		fmt.Fprintln(stdout, "ready", centre.JoinPath("manager"))
		<-ctx.Done()
		return nil
	}
	own, err := config.TLS(log)
	if err != nil {
		return err
	}
	proxy := &httputil.ReverseProxy{
		Transport: secure.Transport(http.DefaultTransport.(*http.Transport).Clone(), own),
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(centre)
			if r.In.URL.Path == "/" || r.In.URL.Path == "/index.html" {
				r.Out.URL.Path = centre.JoinPath("manager").Path
			}
			r.Out.Host = centre.Host
			r.Out.Header.Del("Origin") // wails:// means nothing to the centre
			r.Out.Header.Del("Referer")
		},
		FlushInterval: -1, // its event stream
		ErrorLog:      slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			log.Warn("the centre does not answer", "err", err)
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(http.StatusBadGateway)
			fmt.Fprintf(w, "<!doctype html><meta charset=utf-8><meta http-equiv=refresh content=3><title>Hallway</title><p style=\"font:20px sans-serif;margin:3em\">%s", //nolint:errcheck // the page has gone
				html.EscapeString(frontend.Format(config.Locale, "error.centre_unreachable", nil)))
		},
	}
	return openWindow(ctx, proxy, false, func() { fmt.Fprintln(stdout, "ready window:"+config.Terminal) }, log)
}
