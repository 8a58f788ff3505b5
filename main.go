// Command hallway is the terminal of a government service hall: one program,
// one role per start (kiosk, counter, station, display, manager).
//
//	hallway --config hallway.toml             in its own window (desktop build)
//	hallway --config hallway.toml --browser   for a browser on this machine; prints «ready <url>»
//	hallway devices --config hallway.toml     prints what becomes of each configured device
//	hallway openapi                           prints the OpenAPI document
//	hallway version                           prints the version
//
// It stops within 3 s of SIGTERM. These files only wire; what a role does is
// in app/terminal. Source: design §1.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"hallway/app/api"
	"hallway/app/terminal"
)

// version is set by the build (-ldflags "-X main.version=…").
var version = "dev"

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "hallway:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("hallway", flag.ContinueOnError)
	flags.SetOutput(stderr)
	path := flags.String("config", "hallway.toml", "configuration file")
	browser := flags.Bool("browser", false, "no window: serve the page to a browser on this machine")
	debug := flags.Bool("debug", false, "log more")
	command, err := parse(flags, args)
	if err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return fmt.Errorf("command line: %w", err)
	}
	switch command {
	case "openapi":
		return printDocument(stdout)
	case "version":
		_, err := fmt.Fprintln(stdout, version)
		return err
	}
	config, err := terminal.LoadConfig(*path)
	if err != nil {
		return err
	}
	if command == "devices" {
		return printDevices(stdout, config)
	}
	level := slog.LevelInfo
	if *debug {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level})).With("terminal", config.Terminal)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return serve(ctx, config, *browser, stdout, log)
}

// parse reads the flags, which may stand before or after the one command.
func parse(flags *flag.FlagSet, args []string) (command string, err error) {
	if err := flags.Parse(args); err != nil {
		return "", err
	}
	if command = flags.Arg(0); command != "" {
		if err := flags.Parse(flags.Args()[1:]); err != nil {
			return "", err
		}
	}
	switch command {
	case "", "devices", "openapi", "version":
	default:
		return "", fmt.Errorf("unknown command %q: use no command to run, or devices, openapi, version", command)
	}
	if flags.NArg() > 0 {
		return "", fmt.Errorf("%q is one word too many", flags.Arg(0))
	}
	return command, nil
}

// printDocument prints the OpenAPI document of the terminal's API.
func printDocument(w io.Writer) error {
	doc, err := api.Document(version)
	if err != nil {
		return fmt.Errorf("OpenAPI document: %w", err)
	}
	_, err = w.Write(append(doc, '\n'))
	return err
}
