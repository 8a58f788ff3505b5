// Command hallway is the terminal of a government service hall: one program,
// one role per start (kiosk, counter, station, display, evaluator,
// manager).
//
//	hallway --config hallway.toml             in its own window (desktop build)
//	hallway --config hallway.toml --browser   for a browser on this machine; prints «ready <url>»
//	hallway devices --config hallway.toml     prints what becomes of each configured device
//	hallway devices detect                    proposes a configuration for what is plugged in
//	hallway devices status                    asks the running terminal how each device is
//	hallway devices check [ID]                tries real devices out, with an installer who pulls cables
//	hallway devices record ID --to F          keeps what a device and its driver say, for replay
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
	"strings"
	"syscall"
	"time"

	"hallway/app/api"
	"hallway/app/terminal"
	"hallway/devices/capture/sane"
	"hallway/devices/port"
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
	var rec recording
	flags.StringVar(&rec.to, "to", "", "devices record: the file of the transcript; devices setup: the file of the profile")
	flags.DurationVar(&rec.limit, "for", time.Minute, "devices record: for how long")
	flags.BoolVar(&rec.personal, "with-personal-data", false, "devices record: also a card reader, whose transcript holds the cards")
	words, err := parse(flags, args)
	if err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return fmt.Errorf("command line: %w", err)
	}
	switch words[0] {
	case "openapi":
		return printDocument(stdout)
	case "version":
		_, err := fmt.Fprintln(stdout, version)
		return err
	}
	if words[0] == "devices" && words[1] == "detect" {
		return detectDevices(context.Background(), stdout, port.Sys{}, sane.List)
	}
	config, err := terminal.LoadConfig(*path)
	if err != nil {
		return err
	}
	if words[0] == "devices" && words[1] == "" {
		return printDevices(stdout, config)
	}
	level := slog.LevelInfo
	if *debug {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level})).With("terminal", config.Terminal)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch words[1] {
	case "record":
		return rec.run(ctx, stdout, config, words[2])
	case "status":
		return printStatus(ctx, stdout, config)
	case "setup":
		return setup{lines: typed(os.Stdin), out: stdout, locale: config.Locale, to: rec.to}.run(ctx, config, words[2])
	case "check":
		return checking{lines: typed(os.Stdin), out: stdout, locale: config.Locale, limit: 15 * time.Second}.run(ctx, config, words[2])
	}
	return serve(ctx, config, *browser, stdout, log)
}

// parse reads the flags, which may stand before, between or after the words of
// the command: at most three, the missing ones empty.
func parse(flags *flag.FlagSet, args []string) (words [3]string, err error) {
	for n := 0; ; n++ {
		if err := flags.Parse(args); err != nil {
			return words, err
		}
		if flags.NArg() == 0 {
			break
		}
		if n == len(words) {
			return words, fmt.Errorf("%q is one word too many", flags.Arg(0))
		}
		words[n], args = flags.Arg(0), flags.Args()[1:]
	}
	switch {
	case words[0] == "devices" && words[1] == "record":
		if words[2] == "" {
			return words, errors.New("which device? hallway devices record ID --to FILE")
		}
		return words, nil
	case words[0] == "devices" && words[1] == "setup":
		if words[2] == "" {
			return words, errors.New("which printer? hallway devices setup ID [--to FILE]")
		}
		return words, nil
	case words[0] == "devices" && words[1] == "check":
		return words, nil
	case words[0] == "devices" && (words[1] == "" || words[1] == "detect" || words[1] == "status") && words[2] == "":
		return words, nil
	case words[0] == "devices":
		return words, fmt.Errorf("unknown command «devices %s»: use devices, devices status, devices detect, devices check [ID], devices setup ID, devices record ID", strings.TrimSpace(words[1]+" "+words[2]))
	case words[0] != "" && words[0] != "openapi" && words[0] != "version":
		return words, fmt.Errorf("unknown command %q: use no command to run, or devices, openapi, version", words[0])
	case words[1] != "":
		return words, fmt.Errorf("%q is one word too many", words[1])
	}
	return words, nil
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
