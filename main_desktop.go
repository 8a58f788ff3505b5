//go:build desktop

package main

import (
	"context"
	"log/slog"
	"net/http"

	"hallway/app/desktop"
)

// hasWindow: this build opens its own window.
const hasWindow = true

// openWindow shows the window until ctx ends or it is closed. It runs on the
// main goroutine.
func openWindow(ctx context.Context, h http.Handler, public bool, ready func(), log *slog.Logger) error {
	return desktop.Run(ctx, desktop.Options{Handler: h, Public: public, Ready: ready, Logger: log})
}

// giveBack unmaps what of the program only its start has used.
func giveBack() { desktop.GiveBack() }
