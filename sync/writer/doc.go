// Package writer is the one node that may append to a lane's log (写入者): it
// takes operations, gives each its one durable verdict, and lets followers
// read the rows.
//
// Guarantees:
//   - Exactly one verdict per operation. op, verdict, entities, log rows,
//     effects and the sender's last_seq are one transaction; the answer is given
//     only after the commit. A resend, after a second or after a year, gets the
//     stored verdict. op_id is unique across incarnations and terminals.
//   - Numbers of rows are gap-free per lane: a counter row in the transaction.
//   - Rows are chained per (lane, feed) and carry a MAC and an epoch; every
//     sync.StateEvery rows the state of each feed is hashed.
//   - A rejected operation blocks nothing but those that name it in depends_on;
//     nor does one that a newer terminal witnessed: it is kept, acknowledged with
//     the reason kept_until_update and no row, and decided by the first writer
//     that starts and knows its schema (kept.go). Claims of a newer schema are
//     refused, and so is an operation with a field that its schema does not have,
//     by the field's name; its bytes are kept. Older schemas are brought up to date by the rules (hall.Step).
//   - A database that was put back from a backup is noticed: by the generation
//     file outside of it, by the mark of the restore command, or by a terminal
//     that holds a verdict or a row of this writer (both carry a MAC) that is
//     not here. Then a new term (epoch) begins, and for at most two
//     minutes, or until every terminal that had sent something before the backup
//     has offered what it holds, the lane takes only what was decided before:
//     with its verdict, its time, its order of arrival and its numbers. What
//     stands on something that has not come back waits for it, and after that
//     time keeps its verdict and is listed; what was witnessed is written all the
//     same. A terminal that comes later is taken at its held verdicts too; what
//     others witnessed meanwhile of something that it may hold is kept (applied,
//     kept_until_back) and decided then. Numbers that are given afresh begin far
//     behind (500 queue numbers for today and the next two days, 10,000
//     application numbers, 1,000 notice numbers), so that none is given twice.
//   - What nobody can bring as an operation (web bookings, the centre's own acts,
//     the acts of a terminal that is gone) comes back from the rows that followers
//     keep (heldrows.go, putback.go). A row proves itself by its MAC. When the
//     recovery is over they are written in their old order, as they were, under
//     new numbers, and operations that came back and stood behind them are made
//     again upon them (remake.go); what somebody has changed since is not
//     overwritten. What followed from such a row for the centre alone (the place
//     in a slot, a deadline) is made again (hall.Reseat). Restores lists each
//     restore with the rows that nobody held, and what came back to something that
//     had been changed since.
//   - Retain lets old rows go, behind a row whose state was hashed; the ends of the
//     chains stay, and a follower that is behind gets GONE and takes a snapshot.
//     Operations with their verdicts are never let go.
//   - Effects are claimed (ClaimEffects): of several writers over one database one
//     does each.
//   - Nothing in memory is trusted after a failure: queues are rebuilt from the
//     entities. Several writers may share one PostgreSQL database: the lane's
//     row is locked first, and what others wrote is caught up before deciding.
//
// Expects: a Clock (the hall's clock), Keys kept by the caller, and Submit
// called with an authenticated Origin. Rules are hall.Step; nothing else
// decides. No other SQL changes the state of a hall.
//
// The SQL is plain and runs on SQLite (WAL, synchronous=FULL) and PostgreSQL:
// no LISTEN, no advisory locks, no identity columns. Group commit: one
// goroutine owns the write connection and puts all requests that wait into one
// transaction. A transaction reads what its operations will ask for at once,
// decides in memory, and writes everything at its end together with the commit
// (bulk.go): on PostgreSQL a handful of round trips, however many operations; on
// SQLite prepared statements of the driver.
//
// Admission (queue.go): one push of a terminal at once, a bounded queue that
// says BUSY with a time from the rate of late, small pushes first and at most one
// big one in a transaction, so that a terminal that returns after a month holds
// up nobody and is not held up.
//
// What stands between a batch of 500 and the handler that does nothing (build/bench
// --only push), by the profile of BenchmarkSubmit on SQLite: a third of the
// processor's time is SQLite writing four rows for each operation, half of it beside
// the deciding; a quarter is deciding, most of it the rules reading and writing
// entities as JSON; an eighth is reading each operation and holding it to its hash
// and its permission, before the queue. What is looked up costs little: the entities
// that the last transactions touched are known (known.go), and what is not is asked
// for at once. Nothing of it waits for the disk for long: one fsync for 500. On
// PostgreSQL this process works less than half of the time and waits for the
// server, which has the same rows to write and an index for each. A single push with
// 64 in flight is bound by the fsync and by the requests themselves.
//
// Source: design §2 rules 1–7, 10, 11, 13; requirements G9.
package writer
