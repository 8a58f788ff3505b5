// Package central is the central service (中心服务): what citizens book on, what
// the hall's manager watches, who may sign in, and the engine that makes
// deadlines and effects into operations. It runs the writer's protocol door
// (sync/server) beside its own API and pages.
//
// Guarantees:
//   - No state of a hall changes but through an operation of the writer
//     (design §2); the package's own tables hold only what is not hall state:
//     credentials, sessions, the audit trail and the demo clock.
//   - A booking is made at most once per Key, however often it is asked for,
//     and a repeated request gets the same code and QR again though neither is
//     stored: both are derived from the Key under the centre's own secret.
//   - Personal data is sealed before it reaches the log, found only by keyed
//     hash, shown in full to nobody but the clerk at whose window the ticket
//     is or a clerk who works on the case, and each such reading leaves an audit
//     row. None of it is logged.
//   - The progress of a case is shown, in the citizen's words, to whoever lays
//     the owner's card on a reader or knows number and query password. Wrong
//     passwords run out: five for a number, twenty for a terminal, in a quarter
//     of an hour. Each question leaves an audit row.
//   - A version of an item that was published is never changed or dropped: the
//     centre does not start with such files, and says which line.
//   - With TLS and a CA of terminals a terminal's token is taken only on a connection
//     with that terminal's certificate (sync/secure), on every route; pages need
//     none. A terminal that is shut out (Revoke) is refused by every centre over
//     the database within seconds, and its streams end; so it stays until that is
//     taken back. Both acts are in the audit trail.
//   - Every route has a line in one permission table; a route without a line
//     is refused to everybody.
//   - A change of a device or of the queue reaches the manager's stream within
//     a second; a terminal whose wake stream breaks shows as offline at once.
//   - The manager's pages name staff and nobody else: tickets are numbers and
//     times, appointments are slots, ratings are sums. What is wrong in the hall
//     is decided here (manager_alarms.go) and comes in order of weight.
//   - Supervision (watchbook.go) keeps of each open case the days on which its lights
//     turn: counts and pages cost much the same however many there are. Figures of
//     what was decided are by the month of the decision. A reminder by itself is a
//     deadline of the rules, so that several centres send it once.
//   - The plan of the hall ([map] of its files) is optional. It is checked like
//     the rest of them; whatever it does not name gets a place of its own.
//
// Expects: one writer (sync/writer), a configuration file, hall files, and a
// clock. All waiting is under a context; Close ends every goroutine.
//
// Sources: requirements G5 (appointments, tickets), G9 (ratings), F1 (roles),
// A2–A3 (materials and items), G1, G2.5 (progress), G4 (versions);
// standards §6 (evaluation), §9 (masking, personal information), §10 (sign-in,
// audit), §12 (booking rules); design §2, §5, §6.
package central
