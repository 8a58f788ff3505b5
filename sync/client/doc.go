// Package client is the terminal's side of the line (同步客户端): it says hello,
// pushes the outbox, follows the feeds, keeps numbers owned and tells the
// centre how the terminal is.
//
// Guarantees:
//
//   - Operations are pushed in the order of their chain, one batch in flight,
//     until each has its verdict. A lost reply is a resend of the same bytes;
//     GAP resends from where the writer asks, with HOLE for what is no longer
//     kept; FORK takes a new incarnation.
//
//   - Rows are taken in exactly once and in order, whatever is lost, doubled or
//     changed of the wake stream: what rides in it is taken where it goes on from
//     every cursor of its lane by the chain, all else is pulled, and a slow poll
//     stands behind it. A replica that differs from the
//     writer's state takes a snapshot and keeps its outbox. At the
//     start of every session, and at REWIND (the writer was put back from a
//     backup), the last operation of every chain is offered, so that the writer
//     asks for what it lost, with the verdicts that are held (Envelope.Held),
//     and is told when that is all; at REWIND a snapshot is taken then. Before
//     the operations come the rows that this terminal keeps of what it followed,
//     as far as the writer wants them: what nobody holds as an operation.
//     A snapshot comes in pieces that are kept as they come: broken off anywhere
//     it goes on where it was.
//
//   - Files of materials are sent beside the operations, on connections of
//     their own, in pieces that go on where a cut left them. A file that the
//     centre refuses goes to the work list; one that only failed is tried again
//     after the others.
//
//   - A line that refuses or breaks is noticed at once. One that hangs is noticed
//     within two time-outs when something waits to be pushed, else when two
//     heartbeats of the wake stream are missing, or at the next poll. A terminal
//     on which nothing happens asks for heads once a minute, tells its status
//     every five and says hello every fifteen. Reconnects are jittered.
//
//   - Why the line stays down is known by a code (Problem), also what is wrong with
//     the centre's end of TLS. While the centre takes in what terminals hold
//     (Recovering) it is asked every second whether that is over.
//
//   - The session's look-up key stays inside the store; nothing personal is
//     logged.
//
//   - All of the protocol is in Step, whose steps neither sleep nor start
//     goroutines; Client is the loops around them. What a step could not finish
//     is found again from the store by the next.
//
// Expects: a Store whose methods may be called from several goroutines; Run is
// called once and owns every goroutine until it returns.
//
// Source: design §2 rules 2, 4, 5, 8, 9; sync/server for the addresses.
package client
