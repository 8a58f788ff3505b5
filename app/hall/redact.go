package hall

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted stands wherever a secret would have been written.
const redacted = "[redacted]"

// Secret is text that must never reach a log, an error or a page by accident:
// a name, a number, a password, a token. Every way of printing it, JSON
// included, writes [redacted]; Reveal is the one way to it, easy to find in a
// review. Reading it from JSON works as for a string.
type Secret string

// Reveal is the text itself.
func (s Secret) Reveal() string { return string(s) }

// Format writes [redacted] for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// String is [redacted].
func (s Secret) String() string { return redacted }

// LogValue is [redacted].
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText writes [redacted], so JSON does too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// UnmarshalText reads the text itself.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = Secret(text)
	return nil
}

// Format writes [redacted] for every verb; JSON is written in full, because
// that is what gets sealed.
func (p PersonSealed) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is [redacted].
func (p PersonSealed) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes [redacted] for every verb; JSON is written in full, because
// that is what gets sealed.
func (w WordsSealed) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is [redacted].
func (w WordsSealed) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes [redacted] for every verb; JSON is written in full, because
// that is what gets sealed.
func (x CertificateSealed) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is [redacted].
func (x CertificateSealed) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes [redacted] for every verb; JSON is written in full, because
// that is what gets sealed.
func (x FormSealed) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is [redacted].
func (x FormSealed) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes [redacted] for every verb; JSON is written in full.
func (v FormValues) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is [redacted].
func (v FormValues) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes the kind of the document alone.
func (d Document) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, d.Kind+" "+redacted) }

// LogValue is the kind of the document alone.
func (d Document) LogValue() slog.Value { return slog.StringValue(d.Kind + " " + redacted) }

// Format writes nothing of the number.
func (n IDNumber) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, n.Kind+" "+redacted) }

// LogValue is the kind of the document alone.
func (n IDNumber) LogValue() slog.Value { return slog.StringValue(n.Kind + " " + redacted) }

// Format writes nothing of the card.
func (c CardFacts) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.Kind+" "+redacted) }

// LogValue is the kind of the card alone.
func (c CardFacts) LogValue() slog.Value { return slog.StringValue(c.Kind + " " + redacted) }

// LogValue names an operation without its body: bodies hold look-ups of people.
func (o Op) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("op_id", string(o.ID)), slog.String("kind", string(o.Kind)),
		slog.String("lane", o.Lane), slog.String("entity", o.Entity),
		slog.String("terminal", o.Terminal), slog.String("actor", string(o.Actor.Kind)),
	)
}
