package policy

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const root = "../.."

// may is the table of README «How the house is laid out»: what a folder may
// import of ours. The longest matching prefix wins. "*" is everything.
var may = map[string][]string{
	"app/hall":     {},
	"devices":      {"devices"},
	"sync":         {"sync", "app/hall"},
	"app/store":    {"app/store", "sync", "app/hall"},
	"app/print":    {"app/print", "devices/printer", "app/hall", "frontend"},
	"app/terminal": {"app/terminal", "app/store", "app/print", "app/hall", "devices", "sync"},
	"app/api":      {"app/api", "app/terminal", "app/hall", "frontend"},
	"app/desktop":  {"app/desktop", "app/api"},
	"app/central":  {"app/central", "sync", "app/print", "app/hall", "frontend"},
	"app/cmd":      {"*"},
	"frontend":     {},
	"build":        {"*"},
	"":             {"*"}, // main
}

// mayInTests widens the table for _test.go files only, each with its reason.
var mayInTests = map[string][]string{
	"sync":        {"app/store"},                                 // client and writer are tested against the real store
	"app/store":   {"sync"},                                      // and the other way round
	"app/central": {"app/central"},                               //
	"app/print":   {"devices"},                                   // slips are looked at through the printer's simulator
	"app/api":     {"app/store", "app/print", "devices", "sync"}, // a whole terminal behind the door
}

// files calls f for each Go file of the repository.
func files(t *testing.T, f func(path string)) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && (name == "node_modules" || name == ".git" || name == ".run" || name == "dist" || name == "testdata") {
			return filepath.SkipDir
		}
		if !d.IsDir() && strings.HasSuffix(name, ".go") {
			n++
			f(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 20 {
		t.Fatalf("only %d Go files found: the walk is wrong", n)
	}
}

func folderOf(t *testing.T, path string) string {
	t.Helper()
	rel, err := filepath.Rel(root, filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if rel == "." {
		return ""
	}
	return filepath.ToSlash(rel)
}

// under reports whether a folder is prefix or inside it.
func under(folder, prefix string) bool {
	return prefix == "*" || folder == prefix || strings.HasPrefix(folder, prefix+"/")
}

func rule(table map[string][]string, folder string) (string, []string) {
	for p := folder; ; p = p[:strings.LastIndex(p, "/")] {
		if r, ok := table[p]; ok {
			return p, r
		}
		if !strings.Contains(p, "/") {
			return "", table[""]
		}
	}
}

func allowed(folder, imported string, test bool) bool {
	_, list := rule(may, folder)
	if test {
		if imported == "build/fuzz" { // parsers everywhere get inputs in the same way
			return true
		}
		_, more := rule(mayInTests, folder)
		list = append(append([]string{}, list...), more...)
		list = append(list, folder)
	}
	for _, p := range list {
		if under(imported, p) {
			return true
		}
	}
	return false
}

func TestArrowsGoOneWay(t *testing.T) {
	files(t, func(path string) {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return
		}
		folder := folderOf(t, path)
		for _, imp := range file.Imports {
			name, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			ours, ok := strings.CutPrefix(name, "hallway/")
			if ok && !allowed(folder, ours, strings.HasSuffix(path, "_test.go")) {
				t.Errorf("%s imports %s: the table in build/policy does not allow it", path, name)
			}
		}
	})
}

func TestTheTableItself(t *testing.T) {
	for _, c := range []struct {
		folder, imported string
		want             bool
	}{
		{"app/terminal", "app/central", false},
		{"app/central", "app/terminal", false},
		{"app/hall", "sync", false},
		{"devices/idcard/sdt", "app/hall", false},
		{"devices/idcard/sdt", "devices/port", true},
		{"app/desktop", "app/terminal", false},
		{"sync/writer", "app/hall", true},
		{"sync/client", "app/store", false},
		{"", "app/terminal", true},
		{"app/cmd/hallway-central", "app/central", true},
	} {
		if got := allowed(c.folder, c.imported, false); got != c.want {
			t.Errorf("allowed(%q, %q) = %v, want %v", c.folder, c.imported, got, c.want)
		}
	}
}

func TestOnlyDesktopKnowsWails(t *testing.T) {
	files(t, func(path string) {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return // reported by TestArrowsGoOneWay
		}
		for _, imp := range file.Imports {
			if strings.Contains(imp.Path.Value, "wailsapp/wails") && !under(folderOf(t, path), "app/desktop") && !under(folderOf(t, path), "build/measure/blank") {
				t.Errorf("%s imports Wails: only app/desktop may (and the bare page that build/bench measures against)", path)
			}
		}
	})
}

func TestTopLevel(t *testing.T) {
	want := map[string]bool{"app": true, "frontend": true, "devices": true, "sync": true, "build": true,
		"wails.json": true, "go.mod": true, "go.sum": true, "README.md": true, "LICENSE": true, "NOTICE": true}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		n := e.Name()
		if strings.HasPrefix(n, ".") || want[n] || (strings.HasPrefix(n, "main") && strings.HasSuffix(n, ".go")) || n == "bin" {
			continue
		}
		t.Errorf("%s does not belong at the top level", n)
	}
}
