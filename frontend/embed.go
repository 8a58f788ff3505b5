// Package frontend carries what the people of the hall see: the built pages
// (frontend/dist) and the four catalogues of texts (目录), which slips,
// voice and pages share, so that one sentence is written once.
//
// Guarantees: no function here panics or fails. A locale or a key that is not
// known falls back to 简体 (zh-Hans), and a key that is nowhere is shown as
// itself, so that a missing text is seen and reported instead of hidden.
// Everything returned may be used by many goroutines at once.
//
// Expectations: the pages are built by «npm run build»; a fresh clone holds
// only a placeholder, and Dist is then an empty folder but for it. Catalogues
// are flat JSON objects of strings with parameters as {name}; a text that
// counts may have a second one for exactly one, under its key with «~one».
// Days, numbers and lengths of time are written as the pages write them
// (testdata/written.json holds both sides to it).
//
// Source: design §5 (every text is a key in four catalogues), §3 (embedded for
// slips and voice too).
package frontend

import (
	"embed"
	"encoding/json"
	"io/fs"
	"strings"
	"sync"
)

// Fallback is the locale that always has every text.
const Fallback = "zh-Hans"

//go:embed all:dist
var dist embed.FS

//go:embed src/locales/zh-Hans.json src/locales/zh-Hant.json src/locales/en.json src/locales/pt.json
var catalogueFiles embed.FS

// locales in the order in which they are offered.
var locales = []string{"zh-Hans", "zh-Hant", "en", "pt"}

// Locales lists the catalogues, in the order in which they are offered.
func Locales() []string { return append([]string(nil), locales...) }

// Dist is the built pages: index.html (terminals), central.html (booking,
// manager), bench.html, departments.html, gallery.html and assets/.
func Dist() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil { // cannot happen: the name is valid and constant
		return dist
	}
	return sub
}

// catalogues are parsed each at its first question: a terminal mostly needs one.
var catalogues = func() map[string]func() map[string]string {
	all := make(map[string]func() map[string]string, len(locales))
	for _, locale := range locales {
		all[locale] = sync.OnceValue(func() map[string]string { return parse(catalogueFiles, "src/locales/"+locale+".json") })
	}
	return all
}()

// parse reads one catalogue; what cannot be read is an empty one.
func parse(files fs.FS, name string) map[string]string {
	texts := map[string]string{}
	raw, err := fs.ReadFile(files, name)
	if err != nil || json.Unmarshal(raw, &texts) != nil || texts == nil {
		return map[string]string{}
	}
	return texts
}

// Resolve gives the catalogue locale that serves a wanted one: itself when
// known, else by language and script (zh-TW, zh-HK and zh-MO are zh-Hant), else
// Fallback.
func Resolve(locale string) string {
	l := strings.ToLower(strings.ReplaceAll(locale, "_", "-"))
	for _, known := range locales {
		if strings.ToLower(known) == l {
			return known
		}
	}
	language, rest, _ := strings.Cut(l, "-")
	switch language {
	case "en", "pt":
		return language
	case "zh":
		for _, mark := range []string{"hant", "tw", "hk", "mo"} {
			if strings.Contains(rest, mark) {
				return "zh-Hant"
			}
		}
	}
	return Fallback
}

// Catalogue returns a copy of one catalogue; an unknown locale gives Fallback.
func Catalogue(locale string) map[string]string {
	source := catalogues[Resolve(locale)]()
	texts := make(map[string]string, len(source))
	for key, text := range source {
		texts[key] = text
	}
	return texts
}

// Has reports whether the catalogue of that locale holds the key itself.
func Has(locale, key string) bool {
	_, ok := catalogues[Resolve(locale)]()[key]
	return ok
}

// Format gives the text of a key with its {name} parameters filled in; where
// they count exactly one, the language's singular, if it has one. An
// unknown key comes back as itself; a parameter that is not given stays as
// {name}, so that it is seen. Values are put in as they are and never read as
// patterns again.
func Format(locale, key string, params map[string]string) string {
	own := catalogues[Resolve(locale)]()
	text, ok := own[key]
	if one := own[key+singular]; one != "" && countsOne(params) {
		text = one
	}
	if !ok || text == "" {
		if text, ok = catalogues[Fallback]()[key]; !ok || text == "" {
			return key
		}
	}
	return fill(text, params)
}

// fill replaces each {name} once, from left to right.
func fill(text string, params map[string]string) string {
	if len(params) == 0 || !strings.Contains(text, "{") {
		return text
	}
	var out strings.Builder
	for {
		open := strings.IndexByte(text, '{')
		if open < 0 {
			break
		}
		length := strings.IndexByte(text[open:], '}')
		if length < 0 {
			break
		}
		out.WriteString(text[:open])
		name := text[open+1 : open+length]
		if value, ok := params[name]; ok {
			out.WriteString(value)
		} else {
			out.WriteString(text[open : open+length+1])
		}
		text = text[open+length+1:]
	}
	out.WriteString(text)
	return out.String()
}
