//go:build desktop

// Command blank opens the same webview as the terminal with an empty page. It
// is the floor under the terminal's first paint in build/bench.
package main

import (
	"fmt"
	"net/http"
	"os"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
)

func main() {
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><html><body style="margin:0;background:#00aa77;height:100vh"></body></html>`)
	})
	err := wails.Run(&options.App{
		Title: "blank", WindowStartState: options.Fullscreen, BackgroundColour: options.NewRGB(0, 0, 0),
		AssetServer: &assetserver.Options{Handler: page},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
