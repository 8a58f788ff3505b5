// Package server is the HTTP door of the writer (同步服务): JSON over HTTP/1.1
// under /sync/v1, authenticated by the terminal's bearer token.
//
//	POST /sync/v1/hello     sync.Hello → sync.HelloReply
//	POST /sync/v1/ops       sync.Push → sync.PushReply (200, also with GAP or FORK in it)
//	GET  /sync/v1/rows      ?lane&feed&epoch&after&hash&limit → sync.Page; brief=1: its rows
//	                        without what the follower works out (sync.Brief)
//	GET  /sync/v1/heads     → sync.Heads: the ends of the lanes that it follows, for a slow poll
//	GET  /sync/v1/manifest  ?lane&feed&from → sync.Manifest: a snapshot of row from or later, in pieces
//	GET  /sync/v1/chunk/{sha} ?lane&feed → the packed bytes of a piece (sync.Chunk)
//	GET  /sync/v1/snapshot  ?lane&feed → sync.Snapshot, for terminals that know no manifests
//	GET  /sync/v1/wake      ?lane=…&lane=… → event stream: «event: wake», data sync.Wake;
//	                        a comment (an empty «:») as a heartbeat. It begins with the
//	                        heads, and ends with its connection. rows=1: it begins with
//	                        «event: feeds», data []sync.LaneFeeds, and small commits are
//	                        «event: rows», data sync.Escape(zstd1(sync.Commit)), in the
//	                        place of «wake»
//	POST /sync/v1/status    sync.TerminalStatus → 204
//	POST /sync/v1/held      sync.Held → sync.HeldReply: rows that it keeps, to a centre that was put back
//	POST /sync/v1/offered   → 204: the terminal has sent all it holds, to a centre that was put back
//	HEAD, PATCH, GET /sync/v1/files/{sha}  files of materials (see fileRoutes)
//
// Every other answer than 2xx is a sync.Problem: 400 INVALID, 401 AUTH (who?),
// 403 AUTH (not
// yours), REVOKED, CERT_MISSING, CERT_UNKNOWN, CERT_EXPIRED, CERT_OTHER, 409 REWIND and EPOCH, 410 GONE, 413 INVALID, 503 BUSY
// with Retry-After; of files 404 FILE_GONE, 409 FILE_OFFSET, 413 FILE_SIZE,
// 415 FILE_TYPE, 422 FILE_DIGEST.
//
// Guarantees: default deny. A terminal pushes only its own operations into the
// lane of its hall, reads only the feeds of its role and department (FeedsOf:
// a kiosk or a display can never follow a case or a paper), and gets the day's
// look-up key only when its role checks people in, only for a day around
// today, and the key of people's cases only where cases are begun. What an operation may not do is a verdict (forbidden, session_ended),
// given by the writer; what was witnessed is kept in any case, and moves no paper
// when its witness was never signed in there. Nothing personal is logged.
// Files come from counters and kiosks, and are shown only at counters, to whom
// the centre says, and only when a case of the hall has them.
//
// JSON goes packed (zstd) to who accepts it, from 256 bytes on, and may come so:
// the hello's answer says it (Accept-Encoding). To who accepts «zstd1» it goes from
// the protocol's dictionary (sync/pack), from 48 bytes on. What a request holds when
// it is opened is bounded as what comes plain.
//
// The rows of a commit ride in the wake stream, made once for all streams of the
// same feeds. They are a hint too: whoever is not where the commit begins pulls,
// and so does everybody where a state is compared (every 1,000 rows), when a commit
// is large, or when another process made it.
//
// A new follower of a lane with many rows gets GONE: it takes a snapshot. Pieces
// of snapshots are named by what they hold, so that fetching goes on after a
// break, a restart on either side, or with another process of the centre.
//
// A stream on which nothing happens costs a socket and a few hundred bytes: its
// connection is taken from net/http, and all streams that follow the same feeds
// are told by one goroutine, without waiting for any. One that does not read is
// hung up on; one whose terminal went away is found by the kernel's word (within
// a minute when its line is dead); one whose token is not known any more ends at
// the next heartbeat, or at once by Revoke.
//
// Under mutual TLS (sync/secure) a stream is as cheap in goroutines; in memory it
// costs what crypto/tls keeps of a connection, most of it the terminal's
// certificate and the two ciphers. Line says for every request whether the
// terminal may speak on its connection.
//
// Expects: Auth and Session from the central service; a server of HTTP/1.1 whose
// listener sets read-header time-outs. Streams end when Done closes or the writer
// does; http.Server's Shutdown knows nothing of them.
//
// Source: design §2 rules 2, 4, 9, 11; §7.
package server
