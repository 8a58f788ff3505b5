// Package desktop is the terminal's own window (桌面窗口). It is the only package
// that knows Wails, and it compiles to nothing without the build tag «desktop»,
// so that the browser build needs no GTK.
//
// Guarantees:
//   - the window shows the same http.Handler as the browser door, without a
//     listener: nothing outside this process can reach it;
//   - a kiosk's or a display's window fills the screen, has no frame and is not
//     closed by the person before it; Quit closes it;
//   - the page cannot leave the terminal's own address, open windows, load or
//     save files, print, or get camera, microphone, location or notifications;
//     developer tools and the context menu are off;
//   - a crashed renderer is loaded again.
//
// Expects: a display, and a window manager for full screen (openbox, a session's
// own, or the cage compositor); the caller holds the store's file lock already,
// because Wails' own single-instance lock needs a session bus.
//
// Source: design §5; facts on Wails v2 (WindowStartState; no handlers for
// navigation policy, new windows, permissions or a crashed renderer; signal
// handlers fight with Go's).
package desktop
