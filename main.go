// Command hallway is the terminal of a government service hall: one program,
// one role per start (kiosk, counter, display). This file only wires.
package main

import (
	"fmt"
	"os"

	"hallway/app/api"
)

// version is set by the build (-ldflags "-X main.version=…").
var version = "dev"

func main() {
	if err := start(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "hallway:", err)
		os.Exit(1)
	}
}

func start(args []string) error {
	if len(args) > 0 && args[0] == "openapi" {
		doc, err := api.Document(version)
		if err != nil {
			return err
		}
		_, err = os.Stdout.Write(append(doc, '\n'))
		return err
	}
	return fmt.Errorf("unknown command %q: see README.md", args)
}
