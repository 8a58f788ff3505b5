package policy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

func TestEveryPackageHasADoc(t *testing.T) {
	docs, seen := map[string]bool{}, map[string]string{}
	files(t, func(path string) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return
		}
		folder := folderOf(t, path)
		seen[folder] = path
		if file.Doc != nil && len(file.Doc.Text()) > 60 {
			docs[folder] = true
		}
	})
	for folder, path := range seen {
		if !docs[folder] {
			t.Errorf("%s: package without a doc that says what it guarantees", path)
		}
	}
}

var machine = regexp.MustCompile(`(^|[^a-z])(/work/|/root/|/home/[a-z]+/)|\b(registry|proxy)\.[a-z]+\.(org|com)\b`)
var leftover = regexp.MustCompile(`\b(TODO|FIXME|XXX)\b`)

// hints are what no match of those two is without: looking for these is quick.
var hints = []string{"/work/", "/root/", "/home/", "registry.", "proxy.", "TODO", "FIXME", "XXX"}

func TestNoMachinePathsNoLeftovers(t *testing.T) {
	files(t, func(path string) {
		if strings.HasSuffix(path, "policy/text_test.go") {
			return // holds the patterns themselves
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		hinted := func(text string) bool {
			return slices.ContainsFunc(hints, func(h string) bool { return strings.Contains(text, h) })
		}
		if !hinted(string(raw)) {
			return
		}
		for i, line := range strings.Split(string(raw), "\n") {
			if machine.MatchString(line) {
				t.Errorf("%s:%d: path of a machine or name of a registry: %s", path, i+1, line)
			}
			if leftover.MatchString(line) {
				t.Errorf("%s:%d: left-over: %s", path, i+1, line)
			}
		}
	})
}

// hanAllowed are folders where Han characters in string literals are data,
// not text for people.
var hanAllowed = []string{
	"app/hall",        // the wire value 长期, field terms that are matched
	"devices/idcard",  // nation table, 长期, synthetic cards
	"devices/printer", // glyph tests of the printer's own font
	"devices/voice",   // numerals as words are data
	"devices/bench",   // synthetic persons of the demo bench
	"app/cmd/hallway-devices",
	"build",
}

func TestTextsAreInTheCatalogues(t *testing.T) {
	files(t, func(path string) {
		folder := folderOf(t, path)
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		for _, p := range hanAllowed {
			if under(folder, p) {
				return
			}
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			return // reported elsewhere
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if f, ok := n.(*ast.Field); ok && f.Tag != nil {
				f.Tag = nil // tags are documentation of the wire
			}
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && hasHan(lit.Value) && lit.Value != `"厅通 Hallway"` {
				t.Errorf("%s: text outside the catalogues: %s", fset.Position(lit.Pos()), lit.Value)
			}
			return true
		})
	})
}

func hasHan(s string) bool {
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			return true
		}
	}
	return false
}

func TestFilesCanBeReadAtOneSitting(t *testing.T) {
	files(t, func(path string) {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(raw), "\n"); n > 500 && !strings.HasSuffix(path, "_test.go") {
			t.Errorf("%s has %d lines: look for the two things in it", path, n)
		}
	})
}
