// Command hallway-central is the central service of Hallway (厅通中心服务).
//
//	hallway-central --config central.toml              run; prints «ready <url>»
//	hallway-central passwd --config F --staff ID       set a password, read from standard input
//	hallway-central openapi                            print the document of the API
//
// It stops cleanly on SIGTERM and SIGINT within three seconds. Logs go to
// standard error as JSON lines, without personal data.
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

	"hallway/app/central"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "hallway-central:", err)
		os.Exit(1)
	}
}

// run does one command.
func run(ctx context.Context, args []string, in io.Reader, out, logs io.Writer) error {
	command := "serve"
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		command, args = args[0], args[1:]
	}
	flags := flag.NewFlagSet("hallway-central "+command, flag.ContinueOnError)
	flags.SetOutput(logs)
	config := flags.String("config", "central.toml", "configuration file")
	staff := flags.String("staff", "", "id of the member of staff (passwd)")
	debug := flags.Bool("debug", false, "log more")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if command == "openapi" {
		doc, err := central.OpenAPI()
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(out, string(doc))
		return err
	}
	level := slog.LevelInfo
	if *debug {
		level = slog.LevelDebug
	}
	cfg, err := central.LoadConfig(*config)
	if err != nil {
		return err
	}
	switch command {
	case "serve":
		return central.Run(ctx, cfg, central.NewLogger(logs, level), out)
	case "passwd":
		return central.SetPassword(ctx, cfg, *staff, in)
	default:
		return fmt.Errorf("unknown command %q: nothing (run), passwd or openapi", command)
	}
}
