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
package sync
