// Package wiredoc is the protocol between a terminal and its centre, written for
// who makes another client (同步协议). It holds no code: its test is a client made
// from this page alone, and holds the page to the program (routes, codes, fields,
// limits, vectors).
//
// # Ground
//
// JSON (RFC 8259, UTF-8) over HTTP/1.1, every address under /sync/v1. Each request
// carries «Authorization: Bearer TOKEN», the terminal's token. With TLS the centre
// may ask for a certificate of the same terminal: subject CN is the terminal's id,
// or a URI urn:hallway:terminal:ID. Unknown fields in a request are refused (400
// INVALID, nothing taken); unknown fields in an answer are to be ignored. A time
// is RFC 3339 with at most nanoseconds; bytes in JSON are base64 (RFC 4648 §4).
//
// Words: an operation is what was intended or witnessed; a lane is an ordered log
// («hall/CODE» of a hall, «shared» of all halls); a feed is the part of a lane for
// one audience; a verdict is the one durable answer to one operation; an
// incarnation is one life of a terminal's disk (1 to 128 of a–z A–Z 0–9 - _ . : /);
// an epoch is one term of a lane's writer, and grows by one when its database was
// put back from a backup.
//
// # Addresses
//
//	POST /sync/v1/hello         opens a session: clock, keys, what to follow
//	POST /sync/v1/ops           a batch of operations; their verdicts
//	GET  /sync/v1/rows          ?lane &feed &epoch &after &hash [&limit] [&brief=1]: the rows behind a cursor
//	GET  /sync/v1/heads         the ends of the lanes: a slow poll
//	GET  /sync/v1/manifest      ?lane &feed [&from=ROW]: a snapshot in pieces, of row from or later
//	GET  /sync/v1/chunk/{sha}   ?lane &feed: one piece
//	GET  /sync/v1/snapshot      ?lane &feed: a snapshot in one answer; small halls only
//	GET  /sync/v1/wake          ?lane=L &lane=L … [&rows=1]: event stream
//	POST /sync/v1/status        telemetry; 204
//	POST /sync/v1/held          rows that are kept, to a centre that was put back
//	POST /sync/v1/offered       {}: all that is held was sent; 204
//	HEAD /sync/v1/files/{sha}   how far a file has come
//	PATCH /sync/v1/files/{sha}  ?case &type &size: one piece of it
//	GET  /sync/v1/files/{sha}   the file, also in ranges (counters only)
//
// # Errors
//
// Every answer other than 2xx is a Problem: code, message, hint, and where it
// applies resend_from, epoch, retry_ms. GAP and FORK come in a 200 of ops, as
// problem of the answer, behind the verdicts that could still be given. By code:
//
//	GAP           200 of ops: send again from resend_from; see HOLE
//	FORK          200 of ops: take a new incarnation (a random name), greet, send the outbox anew as 1, 2, 3 …
//	HOLE          never from a centre; a sender's word for hole_from
//	REWIND        409: the centre was put back. Offer (below), then take a snapshot of this feed
//	EPOCH         409: a new term. Offer, then put epoch into the cursor and ask again
//	GONE          410: the rows (or the piece) are not kept any more: manifest anew
//	AUTH          401: unknown token; 403: not yours. Show it, try again every 5 s
//	REVOKED       403: shut out. Show it, keep everything, try again every 5 s
//	CERT_MISSING  403: show a certificate
//	CERT_UNKNOWN  403: it is not of the centre's CA
//	CERT_EXPIRED  403: it has run out, or is not valid yet
//	CERT_OTHER    403: it names another terminal than the token
//	INVALID       400, 404, 413, or in ops: the request is wrong. Never repeat it unchanged in a loop
//	BUSY          503 (with Retry-After) or in ops: the same again after retry_ms
//	FILE_OFFSET   409: HEAD, and go on from there
//	FILE_DIGEST   422: what arrived is not what was announced: begin anew
//	FILE_TYPE     415: not a type of material
//	FILE_SIZE     413: empty or too large
//	FILE_GONE     404: there is no such file
//
// An answer that is no Problem comes from something in between: treat it as a
// broken line. Reconnect with jitter, from 200 ms to 2 s.
//
// # Limits
//
//	push.ops 1024          operations of a push (a polite client: 256)
//	push.bytes 4194304     of its body, also when it was opened (a polite client: 1 MiB)
//	hello.bytes 16384
//	status.bytes 262144
//	held.bytes 4194304
//	rows.limit 2000        rows of a page
//	first.rows 2000        a cursor at 0 of a longer lane gets GONE
//	chunk.open 16777216    what a piece of a snapshot holds when it is opened
//	file.piece 262144      a piece of a file
//	ride.rows 64           rows of an event
//	depends_on 64          names in an operation
//
// One batch of a terminal is in flight; a second is BUSY.
//
// # Packing
//
// «Accept-Encoding: zstd» lets answers of 256 bytes and more come as
// «Content-Encoding: zstd» (RFC 8878, one frame, window at most 1 MiB). Requests may
// be packed so once an answer to hello carried «Accept-Encoding: zstd». «zstd1» is
// the same with sync/pack/dict1.txt as raw dictionary, id 1; without that file do
// not name it.
//
// # hello
//
// Request: terminal, incarnation, version, day (optional, YYYY-MM-DD at +08:00).
// Answer: server_time, epoch, hall, terminal (what it is enrolled as), lanes: a list
// of lane and feeds to follow, no others; seal_key and seal_key_id; lookup_day,
// lookup_key and owner_key where the role has them; recovering: what is new waits
// (BUSY) until the centre has taken in what terminals hold: say so, go on, greet
// again every second or so. Greet at the start, every 15 minutes and when the day
// turns.
//
// Clock: note a monotonic time before and after the request; server_time stands for
// their middle, with half their distance as error. What happens later is
// server_time + elapsed. After a reboot without a hello a stamp is untrusted. The
// machine's wall clock is used nowhere.
//
// # Operations
//
// The body of an operation is made once, as bytes, and never rewritten: op_id
// (unique for ever; a ULID), kind, schema, lane, hall, entity, actor {kind, id, role,
// session}, terminal, stamp {at, bound_ms, trust, synced_at}, depends_on, body,
// sealed. Kinds, who may do them and their bodies are hall.Kinds (app/hall,
// bodies.go); trust is synced or untrusted.
//
// An envelope carries it: terminal, incarnation, lane, seq, prev_hash, body, hash,
// and held (the verdict that the sender has already, else absent). seq is 1, 2, 3 …
// in each (terminal, incarnation, lane); prev_hash is the hash of seq-1, "" for the
// first. The body travels as JSON, so its bytes must be JSON without spaces or line
// ends around its values that a serializer would change. Write N(x) for x as 8
// bytes big-endian, L(b) for N(len(b)) and then b:
//
//	hash = hex SHA-256( L(terminal) L(incarnation) L(lane) L(prev_hash) L(body) N(seq) )
//
//	terminal kiosk-1, incarnation i1, lane hall/37010001, body {"op_id":"o1"}
//	seq 1, prev "":  6f7c6833a18a78e0c66be10abb903b11fd0f68df26030ea95e74bc407a1d5510
//	seq 2 behind it: 4c9b7d490afe7da8fccf3a6dd5397806dfe12fc7a2df1044459c2ae691fd3412
//
// A push is terminal, incarnation, lane, ops (consecutive envelopes), hole_from. Its
// answer: verdicts, one for each in order, and problem, if one stopped it. A verdict:
// op_id, seq, status (applied, noop, rejected, rejected_dependency), reason {code,
// params}, result, row, at, order, mac. Keep it with the operation, byte for byte,
// for 30 days at least: it is the proof by which a centre that was put back believes
// you. An operation whose body cannot be read gets a verdict too (rejected,
// malformed), so nothing stands in the way. So does one with a field that its schema
// does not have: what names it («op.FIELD», «body.FIELD»). Of a newer schema than the
// centre's a claim is rejected (newer_schema), and what was witnessed is kept
// (applied, kept_until_update) and decided after the update; so is (kept_until_back),
// after a restore, what was witnessed of something that another terminal still holds.
//
// A sender:
//
//  1. Write envelope and effect to disk before anything is shown or printed.
//  2. Send what has no verdict, in order, one batch in flight. No answer: the same
//     bytes again, for ever. A known seq with the same hash gets its verdict again.
//  3. GAP: send from resend_from, also what has verdicts (with held). Where that is
//     no longer kept, send the first that is, with hole_from = resend_from.
//  4. FORK: as above. op_ids stay, so nothing is done twice.
//  5. rejected blocks nothing: show it to whoever did it. What names it in
//     depends_on gets rejected_dependency.
//  6. A refusal as a whole (INVALID, AUTH) takes nothing of the batch.
//
// # Rows
//
// A page: epoch, lane, feed, from, to, rows, more, state_row, state_hash. It holds
// every row of the feed with from < row ≤ to; to may be beyond the last row. Take it
// only if from is your cursor's row; then the cursor is (epoch, to, hash of the last
// row, or as it was), in one transaction with the values. A row: lane, row, feed,
// event, kind, id, value (null: the entity is gone), op_id, at, epoch, prev_hash,
// hash, mac. Check prev_hash against your cursor and the hash of each row:
//
//	hash = hex SHA-256( L(lane) N(row) L(feed) L(event) L(kind) L(id) L(value)
//	                    L(op_id) N(at) N(epoch) L(prev_hash) )
//
// value as the bytes came, empty for null; at in microseconds since 1970. mac is the
// writer's, over epoch and hash; a follower keeps it.
//
//	lane hall/37010001, row 7, feed queue, event ticket.issued, kind ticket, id t1,
//	value {"n":1}, op_id o1, at 2026-03-02T01:02:03.456789Z, epoch 2, prev_hash ""
//	  724414a027eba7023d80b9b78bab1d70bb632732138e94731c4dd579b8fdd44e
//	the same as row 9 behind it with the value null
//	  6cd5afbe4e8d9fae16d5028c06ad693220a6655bd3a12f6a60170bff19f6a841
//
// brief=1 leaves out lane, feed, prev_hash, epoch where it is the page's, and hash
// but of the last row: work them out from the cursor.
//
// Every 1,000 rows of a lane a page ends with state_row and state_hash: the sum,
// modulo 2^256, big-endian, in hex, of SHA-256( L(kind) L(id) L(value) ) over all
// entities of the feed. Differs yours, take a snapshot.
//
//	{ticket t1 {"n":1}}                     33026e385bb027ffa5215f831f7825b9ba8283b29cc3550a752438a50fa7dac5
//	{ticket t1 {"n":1}, ticket t2 {"n":2}}  949a437e4097079c9ab2e34d0337a1de7bd1d7987e3270bd8985e3c51e103ff0
//
// A follower: begin with epoch 0, after 0, hash "". REWIND, EPOCH and GONE as above.
// Heads (heads: lane, row, epoch) say whether there is more; ask once a minute.
//
// # Snapshots
//
// A manifest: epoch, lane, feed, row, hash, state_hash, chunks: sha256 and size of
// packed bytes, in order. A piece is fetched by its sha256 and checked; opened (zstd)
// it is a list of kind, id, value. Keep pieces as they come, also over a restart; GONE
// for one: ask for the manifest again, pieces that are in both need not be fetched
// twice. With all of them replace the feed in one transaction; the cursor is (epoch,
// row, hash). The outbox stays. state_hash holds the result to account. The one-answer
// form (GET snapshot) has entities in the place of chunks.
//
// # The stream
//
// GET wake takes a connection for itself (HTTP/1.1; its body ends with it):
//
//	event: wake
//	data: {"lane":"hall/37010001","row":17}
//
// It begins with a wake of each lane. An empty comment («:») comes every 20 s; after
// 45 s without a byte the line is dead. Everything in it is a hint: events may be
// lost, doubled or out of order. With rows=1 it begins with «event: feeds» (a list of
// lane and feeds), and a small commit is «event: rows» in the place of its wake: its
// data is zstd1 over a commit {lane, epoch, from, to, rows in brief form, each with its
// feed}, of which LF, CR and «=» are written as «=» and the byte plus 64. Take it only
// when every cursor of the lane is at (epoch, from); else pull. A terminal that does
// not read is hung up on. Under TLS the client sends nothing more on it.
//
// # A centre that was put back
//
// REWIND, EPOCH, and the start of every session: offer, in this order.
//
//  1. POST held: terminal, lane, newest: the newest row that is kept of each feed. The
//     answer's wants name, of a feed, the rows after and before two places, both
//     excluded; a place is (epoch-1)·2^30 + row (row 7 of epoch 2: 1073741831).
//     Send them as pages of one feed (terminal, lane, feed, rows), oldest first; each
//     answer says what is wanted now. Rows are whole, with mac.
//  2. The last operation of every chain that has a verdict, with held: a centre that
//     lost some answers GAP, and gets all from there.
//  3. POST offered.
//
// Keep rows and operations for at least 30 days for this. Numbers that were leased
// stay owned.
//
// # status
//
// terminal, role, version, outbox, work, staff, window, leased {series: left}, devices
// (id, kind, model, state, faults {code, severity, since}, since), at. On a change and
// every five minutes. It is replaced, never replayed.
//
// # Files
//
// A file is named by its SHA-256 in hex. HEAD answers Upload-Offset (how much is
// durable) and Upload-Complete (?1: all). PATCH sends one piece with Upload-Offset, in
// multiples of file.piece; the last one, or an empty one at the end, stores the file
// for the case. Repeat freely. GET needs X-Staff-Session, the session of whoever reads.
//
// # Sealing
//
// Personal data goes into sealed, for the writer alone: HPKE base mode (RFC 9180),
// DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256 0x0001, AES-256-GCM 0x0002, no aad;
// enc (32 bytes) and ciphertext, one behind the other. Write S(x) for the length as 4
// bytes big-endian and then x: info is S("hallway/op/1") S(op_id) S(kind).
//
//	op_id o1, kind rate: 0000000c68616c6c7761792f6f702f31000000026f310000000472617465
//
// seal_key_id is the first 16 hex digits of the key's SHA-256 (of the key of the
// private key 00 01 … 1f: eedd883da0a94515). A look-up is hex HMAC-SHA-256 with
// lookup_key over S(part) …:
//
//	key 00 01 … 1f, phone 13800000000 123456:
//	  614ebe14def395bdaed2562bc9ab3e7e8451b43cc1f93b3f97cb9fa64e23ee30
package wiredoc
