// Package pgserver starts a PostgreSQL of its own, on a socket in a folder of its
// own: for tests, and for the figures of build/bench. Nobody else's server is
// touched.
package pgserver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // database/sql driver "pgx"
)

// Installed says whether a PostgreSQL can be started here.
func Installed() bool { return bin() != "" }

func bin() string {
	bins, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is good
	if len(bins) == 0 {
		return ""
	}
	return bins[len(bins)-1]
}

// Start starts a server; durable asks it to wait for the disk, as in production.
// PostgreSQL refuses to run as root: then it runs as its own user.
func Start(durable bool) (dsn string, stop func(), err error) {
	bin := bin()
	if bin == "" {
		return "", nil, errors.New("no PostgreSQL is installed: apt-get install postgresql-15")
	}
	fsync := "fsync=off"
	if durable {
		fsync = "fsync=on"
	}
	dir, err := os.MkdirTemp("", "hallway-pg-")
	if err != nil {
		return "", nil, err
	}
	attr := &syscall.SysProcAttr{}
	if os.Getuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			return "", nil, err
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
			return "", nil, err
		}
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"), "-U", "hallway", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = attr, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	server := exec.Command(filepath.Join(bin, "postgres"), "-D", filepath.Join(dir, "data"), "-k", dir, "-c", "listen_addresses=", "-c", fsync, "-c", "max_connections=200")
	server.SysProcAttr, server.Dir = attr, dir
	if err := server.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = server.Process.Signal(syscall.SIGINT)
		_ = server.Wait()
		_ = os.RemoveAll(dir)
	}
	dsn = "postgres://hallway@/postgres?host=" + dir
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		stop()
		return "", nil, err
	}
	defer db.Close()
	for range 600 {
		if err = db.PingContext(context.Background()); err == nil {
			return dsn, stop, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	stop()
	return "", nil, fmt.Errorf("postgres does not answer: %w", err)
}
