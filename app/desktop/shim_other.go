//go:build desktop && !linux

package desktop

// lockDown has nothing to add where Wails' own options suffice (WebView2).
func lockDown() {}

// lean has nothing to add either.
func lean(bool) {}

// GiveBack is the system's own business there.
func GiveBack() {}
