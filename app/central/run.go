package central

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"
)

// Limits of the listener.
const (
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeader         = 32 << 10
	shutdownTimeout   = 1500 * time.Millisecond
)

// Run serves until ctx ends. It prints one line, «ready <url>», to out when it
// serves, and ends within three seconds.
func Run(ctx context.Context, cfg Config, log *slog.Logger, out io.Writer) error {
	c, err := Open(ctx, Options{Config: cfg, Logger: log})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return errors.Join(fmt.Errorf("cannot serve on %s: %w; is another program on that port?", cfg.Listen, err), c.Close())
	}
	scheme := "http"
	if c.tls != nil {
		listener, scheme = c.tls.Listener(listener), "https"
	}
	// Requests may run until the centre stops, which ends the streams.
	base, cancel := context.WithCancel(context.Background())
	defer cancel()
	srv := &http.Server{
		Handler: c.Handler(), ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		BaseContext: func(net.Listener) context.Context { return base },
		ErrorLog:    slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(listener) }()
	if _, err := fmt.Fprintf(out, "ready %s://%s\n", scheme, listener.Addr()); err != nil {
		log.Error("the address could not be printed", "error", err)
	}
	var failed error
	select {
	case <-ctx.Done():
	case failed = <-served:
	}
	c.stop() // ends the streams and the background work
	end, done := context.WithTimeout(context.Background(), shutdownTimeout)
	defer done()
	if err := srv.Shutdown(end); err != nil {
		cancel()
		failed = errors.Join(failed, srv.Close())
	}
	if errors.Is(failed, http.ErrServerClosed) {
		failed = nil
	}
	return errors.Join(failed, c.Close())
}

// SetPassword stores the password of a member of staff, read as one line from
// in. It works whether or not the service runs.
func SetPassword(ctx context.Context, cfg Config, staff string, in io.Reader) error {
	cat, err := LoadHall(cfg.path(cfg.HallFiles))
	if err != nil {
		return err
	}
	if _, ok := cat.StaffByID(staff); !ok {
		return fmt.Errorf("staff %q is not in the hall files; add a [[staff]] block first", staff)
	}
	line, err := bufio.NewReader(io.LimitReader(in, 4*maxPassword)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("password: %w", err)
	}
	store, err := openStore(ctx, cfg.DSN())
	if err != nil {
		return err
	}
	err = store.setPassword(ctx, staff, strings.TrimRight(line, "\r\n"), func() int64 { return time.Now().UnixMilli() })
	if err == nil {
		err = store.writeAudit(ctx, audit{at: time.Now(), act: "set_password", subj: staff, allowed: true})
	}
	return errors.Join(err, store.Close())
}
