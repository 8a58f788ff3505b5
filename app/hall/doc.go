// Package hall holds the rules of a government service hall (政务服务大厅) as
// pure values and functions: tickets and the queue, appointments and check-in,
// ratings, calendars, numbers, identity numbers, masking, codes on paper, and
// the table of operation kinds.
//
// Guarantees: no clock, no I/O, no randomness. The same inputs give the same
// outcome on every node, so the terminal (overlay), the writer (verdict) and
// the simulation call the same functions. Nothing here mutates its arguments;
// Queue.Apply is the one exception, and only the owner of a queue calls it.
//
// Expects: the caller supplies time (Context.Now), identifiers and numbers,
// and has already checked who the actor is; what an actor may do is May.
//
// Step decides an operation. To learn whether an act is possible now, and why
// not, try it with Step and throw the outcome away.
//
// Source of the rules: the requirements' chapter G (state machines G5, G6, G9)
// and the law and codes cited at each function. Where they are silent:
//
//   - Order of calling. Arrival at the writer (Ticket.Order) is the only order;
//     device time never is. A window's list of groups is what it serves, not
//     who goes first. A hall without a policy calls by the ratio 2 : 1.
//   - An appointment that is checked in inside its window goes before ordinary
//     numbers at once, also before its slot; slots order appointments among
//     themselves under appointment_time.
//   - Missed (过号): back only by re-entry, behind so many numbers of the group
//     and so many times as configured, or by its number. It never blocks a
//     window: when nobody else waits it is called at once.
//   - Transfer (转窗): the number and the place by arrival stay; «first» puts it
//     before everyone of the new group.
//   - A held service (挂起) frees its window and can go on at any open one.
//   - A slip that was printed is never refused as long as the terminal owned
//     the number. A number printed twice gives two tickets and a note for a
//     person; a check-in that gives no preference is an ordinary ticket with a
//     note that says why; a ticket that arrives after its day is abandoned.
//   - On time or late is decided by the device's stamp unless that is
//     untrusted: who checked in at a terminal without a line is no no-show,
//     even when the writer hears of it after the deadline.
//   - End of day: who waits has abandoned; who is being served or is held is
//     done, with a note.
//   - A letter of offline numbers belongs to one terminal for good.
package hall
