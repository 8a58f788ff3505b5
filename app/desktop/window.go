//go:build desktop

package desktop

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/logger"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/options/windows"
	"github.com/wailsapp/wails/v2/pkg/runtime"
)

// Title of every window.
const Title = "厅通 Hallway"

// Options of the window.
type Options struct {
	Handler http.Handler // the same as the browser door's, without a door
	// Public: a screen that strangers stand before. It fills the screen and is
	// closed only by Quit.
	Public bool
	Ready  func() // called once, when the first page is there
	Logger *slog.Logger
}

// Run shows the window until ctx ends or, unless it is public, the person
// closes it. It must be called from the main goroutine.
func Run(ctx context.Context, o Options) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the window could not be opened (%v): is there a display? start with --browser where there is none", v)
		}
	}()
	lean(o.Public)
	var leaving, ready atomic.Bool
	stopped := make(chan struct{})
	defer close(stopped)
	state := options.Normal
	if o.Public {
		state = options.Fullscreen // Fullscreen: true is ignored on Linux
	}
	return wails.Run(&options.App{
		Title:              Title,
		Width:              1280,
		Height:             860,
		Frameless:          o.Public,
		WindowStartState:   state,
		BackgroundColour:   options.NewRGB(0xf7, 0xf4, 0xee),
		AssetServer:        &assetserver.Options{Handler: plain(o.Handler)},
		Logger:             quiet{o.Logger},
		LogLevel:           logger.WARNING,
		LogLevelProduction: logger.WARNING,
		Linux:              &linux.Options{ProgramName: "hallway", WebviewGpuPolicy: linux.WebviewGpuPolicyOnDemand},
		Windows:            &windows.Options{DisablePinchZoom: true, IsZoomControlEnabled: false},
		DragAndDrop:        &options.DragAndDrop{DisableWebViewDrop: true},
		OnStartup: func(wctx context.Context) {
			lockDown()
			go func() {
				select {
				case <-ctx.Done():
					leaving.Store(true)
					runtime.Quit(wctx)
				case <-stopped:
				}
			}()
		},
		OnDomReady: func(context.Context) {
			// WebKit has put its own handlers in by now.
			runtime.ResetSignalHandlers()
			if !ready.Swap(true) && o.Ready != nil {
				o.Ready()
			}
		},
		OnBeforeClose: func(context.Context) (prevent bool) { return o.Public && !leaving.Load() },
	})
}

// quiet passes Wails' log on, without the requests of the page.
type quiet struct{ log *slog.Logger }

func (q quiet) Print(string)           {}
func (q quiet) Trace(string)           {}
func (q quiet) Debug(string)           {}
func (q quiet) Info(string)            {}
func (q quiet) Warning(message string) { q.say(slog.LevelWarn, message) }
func (q quiet) Error(message string)   { q.say(slog.LevelError, message) }
func (q quiet) Fatal(message string)   { q.say(slog.LevelError, message) }

func (q quiet) say(level slog.Level, message string) {
	if q.log != nil {
		q.log.Log(context.Background(), level, "window", "message", message)
	}
}
