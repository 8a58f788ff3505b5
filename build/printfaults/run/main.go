// Command run plays the print faults: see package printfaults. It ends with an
// error when a number was printed twice or lost.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"hallway/build/printfaults"
)

func main() {
	if printfaults.ChildIfAsked() {
		return
	}
	o := printfaults.Options{Out: os.Stdout}
	flag.IntVar(&o.Jobs, "jobs", 1000, "how many numbers are taken")
	long := flag.Bool("long", false, "10,000 jobs")
	flag.Uint64Var(&o.Seed, "seed", 1, "of the first hundred jobs; the next hundred have the next seed")
	flag.StringVar(&o.Dir, "dir", "", "folder that stays; empty: one that is removed when all is well")
	flag.Parse()
	if *long {
		o.Jobs = 10_000
	}
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(o printfaults.Options) error {
	remove := o.Dir == ""
	if remove {
		var err error
		if o.Dir, err = os.MkdirTemp("", "hallway-printfaults-"); err != nil {
			return err
		}
	}
	rep, err := printfaults.Run(context.Background(), o)
	fmt.Printf("seeds from %d: %d jobs in %v, %d kills; faults that met a job: %v, too late: %d, before a number was taken: %d; outcomes %v; %d pieces of paper; %d unsure numbers that the page had no time to tell of\n",
		o.Seed, rep.Jobs, rep.Took, rep.Kills, rep.Faults, rep.Missed, rep.Refused, rep.Outcomes, rep.Slips, rep.Untold)
	if err != nil {
		return fmt.Errorf("%w\neverything is kept in %s", err, o.Dir)
	}
	fmt.Println("no number has two unmarked slips, none is lost, every unsure one is flagged")
	if remove {
		return os.RemoveAll(o.Dir)
	}
	return nil
}
