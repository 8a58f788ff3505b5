// Package disk is a disk under SQLite that can lose what was not synced. It is
// a VFS over SQLite's own of the system (shared memory too, so that a database
// in WAL mode may have several connections), which keeps an undo log of what was
// written since each file's last sync.
//
//   - Kill ends a process: nothing that its connections write, cut, sync or
//     delete from then on reaches a file. What was written before stays, as it
//     does in a system that goes on.
//   - KillAfter does that in the middle: at the n-th write or sync from now.
//   - FailAfter makes one write or sync fail, and the process goes on.
//   - Cut is a power cut: of what was not synced each sector of 512 bytes keeps
//     some first part of its writes, all of them or none, drawn from a seed.
//   - Lie makes syncs say yes and do nothing, as a bad disk does.
//
// What the programs write beside SQLite (the generation file, key files) is not
// on this disk: it is as durable as the system under it. That a file was deleted
// is never undone.
package disk
