// Package store is the terminal's SQLite (本地库): the outbox, the confirmed
// replica, the overlay, the numbers that it owns, its print jobs, the files that
// wait for their centre, and its work list (需处理).
//
// Guarantees:
//
//   - Durable first: Propose and Issue return after one SQLite transaction
//     (WAL, synchronous=FULL) with the operation, the spent number and the
//     print job. A process killed at any byte leaves all or nothing.
//   - A number that a terminal owns is spent once. The place in the block moves
//     in the transaction of the ticket.
//     An application number (统一申办流水号) is spent in the transaction of the
//     operation that gives it to its case; with none left the case gets a
//     temporary number, which NumberTemporaries replaces when the line is back.
//   - A file of a material is on disk, encrypted, before the operation that
//     names it, and its place in the upload queue is taken in the transaction of
//     that operation. It is kept as long as that operation, for a centre that
//     is put back from a backup; at a kiosk two days.
//   - A paper of a case or a trip is a print job: begun and not ended when the
//     process dies, it is unknown and never printed again by itself; whatever
//     may have come out before is a reprint (补打).
//   - Where cases, papers, batches and trips stand in lists, and how many there
//     are, is kept with their values, in the same transaction (hall.PlacesOf);
//     the overlay's few are laid over that at reading. A list's first fifty and
//     its counts cost what they cost, however many there are. What becomes of a
//     case or paper with time (too long under way, past a limit) is a bound on
//     its place, not a look at it. A store of another PlacesVersion gets its
//     places when it is opened.
//   - The bytes of an operation are produced once and never rewritten; only its
//     envelope is, when the terminal takes a new incarnation.
//   - A database that was copied to another machine or put back from a backup
//     is noticed at Open, by the machine's identity and a generation file
//     outside the database: the terminal takes a new incarnation, gives up the
//     numbers it owned and spends nothing before it has met its centre again.
//     What neither shows (a snapshot of the whole machine) the centre's hello
//     does, when it knows of more operations than there are here, and of two
//     copies that run at once the writer finds the second as FORK, with the same
//     consequence. Each time somebody is asked to look (需处理).
//   - What was refused because the disk failed is not done, after a crash either:
//     where a sync failed, SQLite's log still holds it until something is written
//     over it.
//   - The overlay is what the rules (hall.Step) make of the operations without
//     a verdict over the replica, and of those whose rows have not arrived. It
//     lives in memory, and is made again when the store is opened. It follows the
//     replica: each operation knows what it looked at and what it
//     wrote, and is cast again only when one of those looks otherwise. What
//     comes out is what casting all of them again would give (layers.go; a
//     property test holds it to that). Witnesses and what may be done
//     offline are in it; a claim that needs the writer is shown as pending only.
//   - The whole database is checked once a day beside the work, and before it is
//     used after a crash; what does not check out is on the work list.
//   - What this terminal no longer follows (its role or department changed, a
//     department is gone) leaves the disk at the next hello.
//   - A rejected operation is on the work list until somebody dismisses it.
//     Requests for numbers are the terminal's own and are not listed.
//   - Operations with a verdict are kept 30 days with the writer's MAC on it, for
//     a writer that was put back from a backup: it decides them as it did. So are
//     the rows of its hall that it follows (at most 64 MiB of a feed): what nobody
//     holds as an operation comes back as they were. They survive a snapshot.
//
// Personal data: what Draft.Sealed holds is sealed to the writer before it
// reaches the disk. The look-up key of the day, which finds an appointment by
// its card, is kept for a restart without a line: encrypted (AES-256-GCM) under
// a key file of mode 0600 beside the data folder, bound to this machine and
// day, and overwritten by the next day's. The key of people's cases, at counters
// only, is kept likewise, and files under keys of their own, sealed with it.
// What a member of staff has typed and not sent is kept likewise, bound to the
// person, the ticket and the place, and overwritten when it is over.
// Disk encryption is the system's.
//
// Expects: one process per data folder (a file lock is taken before the
// database is opened); a local disk that keeps what it has synced.
//
// What stands between a scan and the bare write and sync of its bytes (build/bench
// --only path): some of the difference is the database's: a page of the log for the
// table and each index that an operation touches, two writes for each page, where
// the bare write has one, and the locks, which exclusive locking would spare with the
// readers. The rest is the processor's: the rules are asked twice (what it would be,
// before it is written down; what it makes of the overlay), each time reading the
// paper as JSON.
//
// Source: design §2 rules 1, 4–9, 11–13; requirements G1.8 (offline), G5, G6.
package store
