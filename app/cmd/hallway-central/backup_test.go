package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// asProgram is the setting under which this test program is hallway-central itself,
// with the race detector when the tests have it.
const asProgram = "HALLWAY_CENTRAL_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	if err := os.Setenv(asProgram, "1"); err != nil { // for what the tests start
		panic(err)
	}
	os.Exit(m.Run())
}

// serve starts the program and waits until it serves; stop ends it cleanly.
func serve(t *testing.T, path, config string) (url string, stop func()) {
	t.Helper()
	cmd := exec.Command(path, "--config", config)
	var logs bytes.Buffer
	cmd.Stderr = &logs
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	url, ready := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	if err != nil || !ready {
		t.Fatalf("%q %v: %s", line, err, logs.String())
	}
	return url, func() {
		t.Helper()
		if err := errors.Join(cmd.Process.Signal(syscall.SIGTERM), cmd.Wait()); err != nil {
			t.Errorf("%v: %s", err, logs.String())
		}
	}
}

// TestBackupOfARunningCentre, with the real program: a backup while it serves,
// its database lost, the backup put back, and the centre knows that it was.
func TestBackupOfARunningCentre(t *testing.T) {
	path, dir := os.Args[0], t.TempDir()
	hall, err := filepath.Abs("../../../build/demo/hall")
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "central.toml")
	if err := os.WriteFile(config, fmt.Appendf(nil, "version = 1\nlisten = \"127.0.0.1:0\"\ndatabase = \"sqlite:data/central.db\"\nkeys = \"keys\"\nhall_files = %q\n", hall), 0o600); err != nil {
		t.Fatal(err)
	}
	do := func(wants string, args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), path, append(args, "--config", config)...).CombinedOutput()
		if (err == nil) != !strings.HasPrefix(wants, "!") || !strings.Contains(string(out), strings.TrimPrefix(wants, "!")) {
			t.Fatalf("%v: %v: %s", args, err, out)
		}
		return string(out)
	}
	backup := filepath.Join(dir, "monday.backup")
	url, stop := serve(t, path, config)
	do("backup written and checked", "backup", "--to", backup)
	do("!the file is there already", "backup", "--to", backup)
	do("backup checked", "check", "--from", backup)
	do("!database_in_use", "restore", "--from", backup)
	do("never put back", "restores")
	if reply, err := http.Get(url + "/book"); err != nil || reply.Body.Close() != nil {
		t.Errorf("it does not serve any more: %v", err)
	}
	stop()
	if err := os.RemoveAll(filepath.Join(dir, "data")); err != nil {
		t.Fatal(err)
	}
	do("put back", "restore", "--from", backup)
	do("!database_in_use", "restore", "--from", backup)
	_, stop = serve(t, path, config)
	if told := do("term 2", "restores"); !strings.Contains(told, "lane shared") || !strings.Contains(told, "0 operations came back") {
		t.Errorf("restores: %s", told)
	}
	stop()
	cut, err := os.ReadFile(backup)
	if err == nil {
		err = os.WriteFile(backup+".cut", cut[:len(cut)-20], 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	do("!backup_damaged", "check", "--from", backup+".cut")
	do("!--to FILE", "backup")
}
