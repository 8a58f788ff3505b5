// Package sync holds the wire types of Hallway's replication: propose, decide,
// replicate. Sub-packages: client (outbox and follower), writer (log and
// verdicts), server (the HTTP door), seal (sealed fields and keyed look-ups).
//
// Guarantees of the protocol: an operation gets exactly one durable verdict,
// whenever and however often it is sent; a row of a lane's log is seen exactly
// once and in order by every follower; nothing depends on a clock.
//
// Transport: JSON over HTTP/1.1 under /sync/v1, authenticated by the
// terminal's bearer token. POST ops, GET rows, GET wake (event stream: a
// hint that there is more, small commits with their rows), POST hello, POST status
// (telemetry, not state). Package wiredoc is the whole of it, for another client.
//
// What a change costs a follower on the wire (build/bench --only sync): a row as it
// rides in the stream is its value and its names packed from the dictionary, and
// some 100 bytes that cannot be: the two names, the MAC, and the hash that proves
// the chain. A ticket is below 300 bytes in all, its value alone being 314. A case
// goes whole at each change, in some 400 to 550 bytes; only sending what is
// different of it would be less.
package sync
