// Package sim lets a whole hall live through faults, in one goroutine, by one
// seed: the terminals' real stores (app/store), the real steps of their protocol
// (sync/client), the real door and writer of the centre (sync/server,
// sync/writer) with the real rules (hall.Step), on a disk that loses what was
// not synced (build/sim/disk) and a line that loses, doubles, delays and
// reorders. Nothing sleeps and nothing asks the machine's clock: time is the
// world's, and what is random comes from the seed. The same seed gives the same
// trace to the last byte; what fails prints its seed and tier.
//
// What a seed draws: how bad the line is; which processes are killed, and at
// which of their writes; whether the power goes with them; which writes and syncs
// fail once; how clocks jump; whether machines reboot, data folders are copied or
// put back, snapshots are forced; one writer, or two on one database that take
// turns; whether the centre is put back from an older image by the restore command,
// and when. No request that was on its way outlives that restore.
//
// Beside the hall stands a witness that no fault reaches: it knows every
// operation that a terminal was told is written down, every verdict that a
// terminal was given, and every number that was printed. When all faults have
// ended and everything has come to rest, it holds the hall to that (check_test.go):
//
//   - every operation that was acknowledged was decided exactly once, and has the
//     verdict for ever that was first heard of it; nothing witnessed was refused
//   - the log is gap-free and whole (Writer.Verify), every verdict's row is in it
//   - every replica is what the writer has; no overlay and no outbox is left
//   - no number was given twice: of tickets, applications, notices
//   - tickets stand in the order in which they arrived
//   - what depended on something refused was refused
//   - a file that was handed in is at the centre, whole, and no case waits for one
//   - custody is what was seen; histories of materials are linearizable by the
//     table of hall.NextMaterialState (porcupine)
//
// Two tiers: «memory» keeps all files in memory (/dev/shm), for many seeds;
// «sqlite» keeps them on the disk, with its syncs.
//
// The tests run some seeds; build/test more, with --long more again; build/bench sim as
// many as are asked for. The simulation must be able to fail: planted_test.go
// plants faults that systems like this have had, and each must be found.
package sim
