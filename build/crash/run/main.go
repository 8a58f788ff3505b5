// Command run plays the crash bench: see package crash. It ends with an error
// when something was lost, doubled or differs.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"hallway/build/crash"
)

func main() {
	if crash.WitnessIfAsked() {
		return
	}
	bin := flag.String("bin", "bin", "folder with the programs")
	kills := flag.Int("kills", 200, "how many programs are killed")
	long := flag.Bool("long", false, "10,000 kills")
	seed := flag.Uint64("seed", 1, "of who is killed when, and who does what")
	postgres := flag.Bool("postgres", false, "two centres over one PostgreSQL, not one over SQLite")
	keep := flag.String("dir", "", "folder that stays; empty: one that is removed when all is well")
	flag.Parse()
	if *long {
		*kills = 10_000
	}
	if err := run(*bin, *keep, *kills, *seed, *postgres); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(bin, dir string, kills int, seed uint64, postgres bool) error {
	remove := dir == ""
	if remove {
		var err error
		if dir, err = os.MkdirTemp("", "hallway-crash-"); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute+time.Duration(kills)*3*time.Second)
	defer cancel()
	rep, err := crash.Run(ctx, crash.Options{Dir: dir, Bin: bin, HallFiles: filepath.Join("build", "demo", "hall"), Kills: kills, Seed: seed, Postgres: postgres, Out: os.Stdout})
	fmt.Printf("seed %d: %d kills in %v, at rest after %v; %d operations, %d rows; witnessed: %v\n", seed, rep.Kills,
		rep.Killing.Round(time.Second), rep.Draining.Round(100*time.Millisecond), rep.Ops, rep.Rows, rep.Facts)
	if err != nil {
		return fmt.Errorf("%w\neverything is kept in %s", err, dir)
	}
	fmt.Println("nothing was lost, nothing doubled; every replica is the centre's state")
	if !remove {
		return nil
	}
	return os.RemoveAll(dir)
}
