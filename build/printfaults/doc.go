// Package printfaults takes numbers at a kiosk again and again while its printer
// and its program come to grief: the cable is pulled after a random byte, paper
// ends, the cover opens or the knife jams after a random byte, the printer loses
// power, the program is killed (SIGKILL) after a random byte or at a random
// moment, or both. Then everything is put right, the program starts again and
// settles as a kiosk does, and what is on paper is held against what its store
// says.
//
// The kiosk is a process of its own: the real store, the real use-cases and the
// real driver. The parent is the printer (escpossim) and sees every slip that
// leaves it.
//
// Guarantees, for every number:
//
//   - it was in the store before a dot of it was on paper, and is one ticket's
//   - at most one piece of paper without 补打 shows it; no piece shows two
//   - confirmed, parsed: exactly one whole slip. failed: none.
//   - every number that is not certainly on a slip is flagged: the record that goes
//     to the centre says failed or unknown, and the store lists the unknown ones
//     (LostJobs); how often the kiosk's page had no time to say so is told
//   - no job is left without an outcome, and the record says the same as the job
//
// One seed gives the same faults in the same order; how far a job has come when a
// fault meets it is the machine's. build/bench print-faults runs 1,000 jobs
// (--long 10,000), the test of this package 60.
//
// Source: design §4 (outcomes of a job), §2 rules 1 and 8.
package printfaults
