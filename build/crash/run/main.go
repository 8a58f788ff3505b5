// Command run plays the crash bench: see package crash. It ends with an error
// when something was lost, doubled or differs.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"hallway/build/crash"
)

func main() {
	if crash.WitnessIfAsked() {
		return
	}
	o := crash.Options{HallFiles: filepath.Join("build", "demo", "hall"), Out: os.Stdout}
	flag.StringVar(&o.Bin, "bin", "bin", "folder with the programs")
	flag.IntVar(&o.Kills, "kills", 200, "how many programs are killed")
	long := flag.Bool("long", false, "10,000 kills: five halls after each other, each with a seed of its own and 2,000")
	flag.Uint64Var(&o.Seed, "seed", 1, "of who is killed when, and who does what")
	flag.BoolVar(&o.Postgres, "postgres", false, "two centres over one PostgreSQL, not one over SQLite")
	network := flag.Bool("network", false, "200 times the lines between terminals and centre go bad, and a program is killed now and then")
	flag.BoolVar(&o.Disk, "disk", false, "no kills: the disks of a kiosk, a counter and the centre fail at each place, one after the other")
	flag.StringVar(&o.Dir, "dir", "", "folder that stays, with one for the seed in it; empty: one that is removed when all is well")
	flag.Parse()
	halls := 1
	if *long {
		halls, o.Kills = 5, 2000
	}
	if *network {
		o.Troubles, o.Kills, o.KillEvery, o.Toxiproxy = 200, 50, 20*time.Second, filepath.Join(o.Bin, "toxiproxy-server")
	}
	if o.Disk {
		o.Kills = 0
	}
	o.Enough = interrupted()
	for range halls {
		if err := run(o); err != nil {
			fmt.Fprintln(os.Stderr, "error:", err)
			os.Exit(1)
		}
		select {
		case <-o.Enough:
			return
		default:
			o.Seed++
		}
	}
}

// interrupted is closed by the first Ctrl-C; the second one ends the program at once.
func interrupted() <-chan struct{} {
	enough, signals := make(chan struct{}), make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	go func() {
		<-signals
		signal.Stop(signals)
		close(enough)
	}()
	return enough
}

func run(o crash.Options) error {
	remove := o.Dir == ""
	if !remove {
		o.Dir = filepath.Join(o.Dir, fmt.Sprint("seed-", o.Seed))
	} else {
		var err error
		if o.Dir, err = os.MkdirTemp("", "hallway-crash-"); err != nil {
			return err
		}
	}
	most := 5*time.Minute + time.Duration(o.Kills)*(3*time.Second+o.KillEvery) + time.Duration(o.Troubles)*10*time.Second
	if o.Disk {
		most += 3 * time.Hour
	}
	ctx, cancel := context.WithTimeout(context.Background(), most)
	defer cancel()
	rep, err := crash.Run(ctx, o)
	fmt.Printf("seed %d: %d kills, %d troubles of lines, %d faults of disks %v in %v, at rest after %v; %d operations, %d rows; %d numbers told without a line; witnessed: %v\n", o.Seed, rep.Kills,
		rep.AllTroubles(), rep.AllFaults(), rep.Disk, rep.Killing.Round(time.Second), rep.Draining.Round(100*time.Millisecond), rep.Ops, rep.Rows, rep.Offline, rep.Facts)
	if err != nil {
		return fmt.Errorf("%w\neverything is kept in %s", err, o.Dir)
	}
	fmt.Println("nothing was lost, nothing doubled; every replica is the centre's state")
	if !remove {
		return nil
	}
	return os.RemoveAll(o.Dir)
}
