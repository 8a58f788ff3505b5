//go:build !desktop

// Command blank opens the same webview as the terminal with an empty page. It
// is the floor under the terminal's first paint in build/bench; without the
// tag «desktop» there is no webview and it says so.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "error: built without a window\nhint: go build -tags desktop,production,webkit2_41")
	os.Exit(1)
}
