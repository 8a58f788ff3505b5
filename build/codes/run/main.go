// Command run compares readers of codes side by side: see package codes.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"hallway/build/codes"
	"hallway/devices/scanner"
)

func main() {
	o := codes.Options{Out: os.Stdout}
	flag.IntVar(&o.Pictures, "pictures", 400, "of each set")
	flag.Uint64Var(&o.Seed, "seed", 1, "of the pictures")
	flag.StringVar(&o.Dir, "keep", "", "folder for the pictures; empty: one that is removed")
	only := flag.String("only", "", "one set: code128, qr, ean13, code39, datamatrix or empty")
	flag.Parse()
	if *only != "" {
		o.Formats = []scanner.Format{scanner.Format(*only)}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o codes.Options) error {
	if m := codes.Missing(); len(m) > 0 {
		return fmt.Errorf("%v are missing: install zbar-tools and zxing-cpp-tools", m)
	}
	if o.Dir == "" {
		dir, remove, err := codes.Temp()
		if err != nil {
			return err
		}
		o.Dir = dir
		defer remove()
	} else if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return err
	}
	_, err := codes.Run(ctx, o)
	return err
}
