// Command hallway-central is the central service of Hallway (厅通中心服务).
//
//	hallway-central --config central.toml              run; prints «ready <url>»
//	hallway-central passwd --config F --staff ID       set a password, read from standard input
//	hallway-central backup --config F --to FILE        write a backup and prove that it can be put back
//	hallway-central check --config F --from FILE       prove it of a backup again
//	hallway-central restore --config F --from FILE     fill the empty database with a backup
//	hallway-central restores --config F                list restores, and what nobody held
//	hallway-central certs --config F --host NAMES      make the CA and certificates of TLS, or renew them
//	hallway-central revoke --config F --terminal ID    shut a terminal out (--undo: let it in again)
//	hallway-central openapi                            print the document of the API
//	hallway-central openapi --departments              print the contract with the departments
//	hallway-central departments --config F             run the departments' simulator
//	hallway-central departments-openapi                print the document of its control API
//	hallway-central records-receiver --secret F        run a simulator of who receives the process records
//
// It stops cleanly on SIGTERM and SIGINT within three seconds. Logs go to
// standard error as JSON lines, without personal data.
package main

import (
	"cmp"
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
	"hallway/app/central/departments"
	"hallway/app/central/depsim"
	"hallway/app/central/recordsim"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "hallway-central:", err)
		if next := central.Advice(err); next != "" {
			fmt.Fprintln(os.Stderr, "hint:", next)
		}
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
	to := flags.String("to", "", "file to write (backup), or folder (certs; default certs beside the configuration)")
	from := flags.String("from", "", "backup to read (check, restore)")
	terminal := flags.String("terminal", "", "id of the terminal (revoke; certs: renew this one)")
	undo := flags.Bool("undo", false, "let it in again (revoke)")
	hosts := flags.String("host", "", "names and addresses of the centre, with commas between (certs)")
	secret := flags.String("secret", "", "file with the secret that signs the records (records-receiver)")
	listen := flags.String("listen", "127.0.0.1:8795", "address of this machine to serve on (records-receiver)")
	contract := flags.Bool("departments", false, "the contract with the departments instead (openapi)")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	switch {
	case command == "openapi" && *contract:
		return document(out, departments.OpenAPI)
	case command == "openapi":
		return document(out, central.OpenAPI)
	case command == "departments-openapi":
		return document(out, depsim.OpenAPI)
	}
	level := slog.LevelInfo
	if *debug {
		level = slog.LevelDebug
	}
	if command == "departments" {
		return depsim.Run(ctx, *config, central.NewLogger(logs, level), out)
	}
	if command == "records-receiver" {
		return recordsim.Run(ctx, *secret, *listen, central.NewLogger(logs, level), out)
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
	case "backup":
		return central.Backup(ctx, cfg, *to, out)
	case "check":
		return central.CheckBackup(ctx, cfg, *from, out)
	case "restore":
		return central.Restore(ctx, cfg, *from, out)
	case "restores":
		return central.TellRestores(ctx, cfg, out)
	case "certs":
		return central.Certs(cfg, cmp.Or(*to, "certs"), *hosts, *terminal, out)
	case "revoke":
		return central.Revoke(ctx, cfg, *terminal, *undo, out)
	default:
		return fmt.Errorf("unknown command %q: nothing (run), passwd, backup, check, restore, restores, certs, revoke, openapi, departments, departments-openapi or records-receiver", command)
	}
}

// document prints one OpenAPI document.
func document(out io.Writer, make func() ([]byte, error)) error {
	doc, err := make()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, string(doc))
	return err
}
