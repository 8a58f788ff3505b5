//go:build !desktop

package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
)

// hasWindow: this build has no window of its own, and needs no GTK.
const hasWindow = false

// giveBack has nothing to add to what Go gives back itself.
func giveBack() {}

func openWindow(context.Context, http.Handler, bool, func(), *slog.Logger) error {
	return errors.New("this build has no window: start it with --browser, or build it with -tags desktop,production,webkit2_41")
}
