// Package hall holds the rules of a government service hall (政务服务大厅) as
// pure values and functions: tickets and the queue, appointments and check-in,
// ratings, cases and their materials, custody of paper, calendars, numbers,
// identity numbers, masking, codes on paper, and the table of operation kinds.
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
// Source of the rules: the requirements' chapter G (state machines G1–G3, G5, G6, G9)
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
//
// Cases and papers, where the sources are silent:
//
//   - Choosing to share is a question first (Ask): the material changes only with
//     the department's answer. A query that failed or has no answer yet changes
//     nothing, holds 受理 up and holds no automatic acceptance up.
//   - The version of a case goes up with what people do to it and with each of
//     its states, not with call-backs, scans and deadlines: a clerk who edits is
//     not disturbed by a material that arrives.
//   - The clerk who took a case may edit and cancel it; another one needs the
//     right. A citizen proves to be the owner by the keyed hash of the card.
//   - A limit in working days lasts to the end of its last day.
//   - A deadline is decided as of its own moment at the earliest: a clock that is
//     ahead of the writer's loses none.
//   - A limit that passed while the paper was in passes when its sign-in is taken
//     back, if it has not passed before.
//   - What is handed in for a case that needs it no more, or in the name of
//     somebody who was never signed in there, is put aside (Aside).
//   - An application number that was printed twice stays with the first case; the
//     other keeps it as temporary until it gets its own.
//   - Published versions of an item are never changed or dropped; who signs its
//     paper out and in may change at any time, and holds for papers on the way.
//   - A second scan at the same station says nothing new. The same step at two
//     stations is a dispute. A scan without the right to it is kept, moves
//     nothing, and says so. A paper may go home from the road, unseen by the hall.
//   - A scan of a paper whose attempt or case has ended counts for custody only.
//     After the acceptance that it led to, a sign-in can no longer be undone.
//   - A batch is closed by the acceptance of its case, or with the consignment
//     that brought it, as soon as all of it is in; at once when nothing of it is
//     wanted any more and all of it stayed in the department.
//   - Legal clocks (Clock) count days, the day of the event being day 0. C1 warns
//     from its third day on. A clock that goes beyond the published calendar is
//     provisional: it is reckoned anew every week and when it runs out, and until
//     then nothing legal happens by itself.
//   - C1 runs from the receipt by a clerk, for an application that began online
//     from its arrival, and only once: acceptance, refusal and the notice of what
//     is missing end it, the return of a pre-review being that notice. An
//     application that nobody took up in time cannot be deemed accepted while it
//     is only APPLIED; it is as soon as somebody takes it up, as of its arrival.
//     Items that are no licences are only marked late.
//   - The notice of what is missing names every material that stands in the way
//     and that no department is bringing. What is on it goes back to the beginning
//     (rows 3 and 13 of G1.3); what departments were asked goes on. There is one
//     notice in the life of a case. What is all in does not lapse because nobody
//     took it in.
//   - Who decides a pre-review has the case from there on; another clerk needs the
//     right. A case that was received does not go to pre-review again.
//   - A deemed acceptance submits what was chosen, and a person may still hand in
//     what is open.
//   - Approval (row 15): pass and jump may name the next person, otherwise it is
//     whoever has the right of the step; 退回 and 回退 go to who passed that step
//     last. 回撤 is for who moved the case last, as long as nothing has happened
//     since. 转交 is for whose turn it is, and for who may approve, when somebody is
//     away; 跳转 is for who may approve. Every other step gives its opinion in words.
//     Who handled a case last neither reviews nor decides it, and what nobody
//     handled is not decided. The window takes the first step of items that say so.
//   - A special procedure is begun by its approver. One that stops no clock is a
//     SPECIAL_STOP all the same. It ends by hand: its expected day is no deadline. A
//     hearing has its own clock of 20 working days from its begin.
//   - An extension is for C2 alone, on its last day at the latest. C4 runs from the
//     decision when something was granted, and ends with the collection, or with a
//     completion without a certificate.
//   - Nothing is granted or transferred while a material of it is open. A refusal of
//     a deemed case ends what is open of it.
//   - Completion: 0 after a grant, 1 after a refusal, 6 after both. No item says that
//     its fee is a condition, so none is asked for.
//   - A collection is seen, so it is never refused: a second one, and one of a case
//     that has nothing to collect, is noted for a person to look at. A document with
//     a chip is read, not only looked at.
//   - Voiding is asked for by the clerk of a case or by the office, and decided by
//     another person with the right. What was withdrawn is not voided. A completion
//     that was recorded before gets a record of the next version.
//   - An instant case is decided at the counter from RECEIVED. One that departments
//     completed (row 9) goes through the approval like any other.
//   - Supervision (supervision.go): a case has the light of its most urgent legal
//     clock, and its present step a light of its own. The step of an approval has its
//     item's days, or the hall's part of the days for the decision: half for 承办, a
//     quarter each for 审核 and 批准; 办结 has three working days from the decision. It
//     begins with the act that brought the case there; a hand-over to another person
//     gives no new time, and days on which the decision's clock stands do not count.
//   - Reminders (remind.go) come by themselves at the hall's opening: when 80 % of a
//     clock is used, and on each working day after its end, each once. They stand
//     until the turn is over, raise no version and stand in nobody's way. What waits
//     for the applicant reminds nobody. A supervisor reminds once a day of one turn,
//     in a sentence that names nobody.
//   - 挂起 is set and lifted by whose turn it is; the decision lifts it.
//   - Reasons are codes. Words about a person belong into the sealed part.
package hall
