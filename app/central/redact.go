package central

import (
	"io"
	"log/slog"
	"regexp"
)

// A second fence behind the redacting types of app/hall: attributes with a name
// that may hold a person are blanked, and numbers that look like a citizen's or
// a phone's are blanked wherever they stand.
var (
	personalKeys = map[string]bool{
		"name": true, "doc_no": true, "phone": true, "password": true, "token": true, "authorization": true, "code": true, "body": true,
	}
	personalNumbers = regexp.MustCompile(`\d{17}[\dXx]|\b1[3-9]\d{9}\b`)
)

const blanked = "[redacted]"

// NewLogger writes JSON lines without personal data.
func NewLogger(w io.Writer, level slog.Leveler) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: redactAttr}))
}

// redactAttr blanks what may be personal.
func redactAttr(_ []string, a slog.Attr) slog.Attr {
	if personalKeys[a.Key] {
		return slog.String(a.Key, blanked)
	}
	switch v := a.Value.Any().(type) {
	case string:
		return slog.String(a.Key, personalNumbers.ReplaceAllString(v, blanked))
	case error:
		return slog.String(a.Key, personalNumbers.ReplaceAllString(v.Error(), blanked))
	}
	return a
}
