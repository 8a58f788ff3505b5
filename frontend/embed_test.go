package frontend

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"hallway/build/fuzz"
)

func TestDistIsAFolder(t *testing.T) {
	entries, err := fs.ReadDir(Dist(), ".")
	if err != nil {
		t.Fatalf("dist cannot be read: %v", err)
	}
	if len(entries) == 0 {
		t.Fatal("dist is empty: a fresh clone must hold its placeholder")
	}
}

func TestResolve(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"zh-Hans", "zh-Hans"}, {"zh-hant", "zh-Hant"}, {"en", "en"}, {"pt", "pt"},
		{"zh_TW", "zh-Hant"}, {"zh-MO", "zh-Hant"}, {"zh-Hant-HK", "zh-Hant"}, {"zh-CN", "zh-Hans"},
		{"en-GB", "en"}, {"pt-BR", "pt"}, {"", "zh-Hans"}, {"fr", "zh-Hans"}, {"-", "zh-Hans"},
	} {
		if got := Resolve(c.in); got != c.want {
			t.Errorf("Resolve(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestCataloguesHoldTheSameKeys(t *testing.T) {
	base := Catalogue(Fallback)
	if len(base) == 0 {
		t.Fatal("the base catalogue is empty")
	}
	for _, locale := range Locales() {
		texts := Catalogue(locale)
		for key := range base {
			if strings.TrimSpace(texts[key]) == "" {
				t.Errorf("%s has no text for %s", locale, key)
			}
			if !Has(locale, key) {
				t.Errorf("%s: Has(%s) is false", locale, key)
			}
		}
		for key := range texts {
			if _, ok := base[strings.TrimSuffix(key, singular)]; !ok || strings.HasPrefix(locale, "zh") && strings.HasSuffix(key, singular) {
				t.Errorf("%s has the stale key %s", locale, key)
			}
		}
	}
}

func TestCatalogueIsACopy(t *testing.T) {
	mine := Catalogue("en")
	mine["lang.name"] = "changed"
	if Catalogue("en")["lang.name"] == "changed" {
		t.Fatal("a caller can change the shared catalogue")
	}
}

func TestFormat(t *testing.T) {
	if got := Format("en", "lang.name", nil); got != "English" {
		t.Errorf("lang.name in en = %q", got)
	}
	if got, want := Format("fr", "lang.name", nil), Format(Fallback, "lang.name", nil); got != want {
		t.Errorf("unknown locale gives %q, want %q", got, want)
	}
	if got := Format("en", "no.such.key", map[string]string{"a": "b"}); got != "no.such.key" {
		t.Errorf("unknown key gives %q", got)
	}
}

func TestFill(t *testing.T) {
	for _, c := range []struct {
		text   string
		params map[string]string
		want   string
	}{
		{"no parameters", map[string]string{"a": "1"}, "no parameters"},
		{"{a} and {b}", map[string]string{"a": "1", "b": "2"}, "1 and 2"},
		{"{a}{a}", map[string]string{"a": "x"}, "xx"},
		{"{missing} stays", map[string]string{"a": "1"}, "{missing} stays"},
		{"open { stays", map[string]string{"a": "1"}, "open { stays"},
		{"{a}", map[string]string{"a": "{b}", "b": "never"}, "{b}"},
		{"", nil, ""},
	} {
		if got := fill(c.text, c.params); got != c.want {
			t.Errorf("fill(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestParseNeverFails(t *testing.T) {
	files := fstest.MapFS{
		"good.json": {Data: []byte(`{"a":"b"}`)},
		"null.json": {Data: []byte(`null`)},
		"cut.json":  {Data: []byte(`{"a":`)},
		"list.json": {Data: []byte(`[]`)},
	}
	for name, want := range map[string]int{"good.json": 1, "null.json": 0, "cut.json": 0, "list.json": 0, "none.json": 0} {
		if got := parse(files, name); got == nil || len(got) != want {
			t.Errorf("%s gives %v, want %d texts", name, got, want)
		}
	}
}

func FuzzFill(f *testing.F) {
	for _, seed := range []string{"", "{", "}", "{}", "{a}", "{{a}}", "a{b}c{", "数{n}位"} {
		f.Add(seed, "n", "7")
	}
	fuzz.Run(f, func(t *testing.T, text, name, value string) {
		got := fill(text, map[string]string{name: value})
		if !strings.Contains(text, "{") && got != text {
			t.Fatalf("text without parameters changed: %q to %q", text, got)
		}
	})
}
