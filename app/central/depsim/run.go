package depsim

import (
	"context"
	"io"
	"log/slog"
)

// Run serves until ctx ends.
func Run(ctx context.Context, config string, log *slog.Logger, out io.Writer) error { return nil }
