// Package crash plays a hall with the real programs while they are killed
// (SIGKILL) at random moments, and holds what is left in the end against a
// witness that saw what was acknowledged.
//
// Guarantees: the witness is a process of its own that nobody kills; it has a
// fact on the disk (fsync) before the one who was told of it goes on. At the end
// everything runs again until nothing waits, then all stops, and:
//
//   - every number that somebody was shown, every call, every service that ended,
//     every appointment made or cancelled is in the centre's database, as it was
//     told; no number is two tickets', no ticket was issued or finished twice, no
//     slot has more or fewer appointments than it says
//   - every operation that a terminal keeps has the verdict there that the
//     terminal was given
//   - each lane verifies: numbers without a gap, chains, MACs, state
//   - every terminal's replica is the centre's state, row for row by its sum
//
// With Options.Troubles the lines between the terminals and the centre lead
// through toxiproxy, a program of its own, and go bad again and again: cut, slow,
// thin, hung, reset, closed in the middle of a request or of an answer.
//
// With Options.Disk the kernel refuses the k-th write or sync of a terminal or of
// the centre (EIO, ENOSPC; by strace, which counts for each thread), for each k of
// a short while: the program says so, to who acts or in its log, and starts again
// without the fault. Not told is only what SQLite passes over itself: its log is
// not taken over into the database (it is the next time), a folder is not synced.
//
// With Options.Postgres two centres serve over one PostgreSQL of their own,
// behind a balancer. build/bench crash runs it (200 kills; --long 10,000;
// --network; --disk), the tests of this package two centres with either killed,
// each trouble of the lines once, some faults of the disk, a terminal whose disk is
// copied so that two run with it, and one whose disk is put back from an image.
//
// Expects: the built programs; a machine with some free ports.
//
// Source: design §2 rules 1–4, 8; §7.
package crash
