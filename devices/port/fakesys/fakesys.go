// Package fakesys makes, for tests, the system's list of devices as it is below
// /sys on a machine with devices that this one does not have.
//
// The description is text, one line each: «path = content» for a file, with Go's
// escapes, or «path -> target» for a link; empty lines and # are passed over.
// Source: what the kernel shows below /sys for such devices.
package fakesys

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Make makes the list and gives its root (port.Sys.Root).
func Make(t testing.TB, description string) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(description) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := add(root, line); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	return root
}

func add(root, line string) error {
	path, content, isFile := strings.Cut(line, " = ")
	path, link, isLink := strings.Cut(path, " -> ")
	path = filepath.Join(root, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	switch {
	case isFile:
		text, err := strconv.Unquote(`"` + content + `"`)
		return errors.Join(err, os.WriteFile(path, []byte(text), 0o644))
	case isLink:
		return os.Symlink(link, path)
	}
	return errors.New("want «path = content» or «path -> target»")
}
