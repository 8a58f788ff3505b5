CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- One row per operation. body is immutable; incarnation, seq, prev_hash and
-- hash are its envelope. shadow: it is part of the overlay.
CREATE TABLE outbox (
  pos INTEGER PRIMARY KEY,
  op_id TEXT NOT NULL UNIQUE,
  lane TEXT NOT NULL,
  incarnation TEXT NOT NULL,
  seq INTEGER NOT NULL,
  prev_hash TEXT NOT NULL,
  hash TEXT NOT NULL,
  kind TEXT NOT NULL,
  entity TEXT NOT NULL,
  body BLOB NOT NULL,
  acked INTEGER NOT NULL DEFAULT 0,
  acked_at INTEGER NOT NULL DEFAULT 0,
  shadow INTEGER NOT NULL DEFAULT 0,
  disowned INTEGER NOT NULL DEFAULT 0,
  live INTEGER NOT NULL DEFAULT 1, -- no verdict yet, or shadow
  UNIQUE (incarnation, lane, seq)
);
CREATE INDEX outbox_live ON outbox (pos) WHERE live = 1;

CREATE TABLE verdicts (
  op_id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  status TEXT NOT NULL,
  reason TEXT NOT NULL,
  result BLOB,
  row INTEGER NOT NULL,
  at INTEGER NOT NULL
) WITHOUT ROWID;

-- Confirmed state. Every entity has one home lane and feed.
CREATE TABLE replica (
  kind TEXT NOT NULL, id TEXT NOT NULL, lane TEXT NOT NULL, feed TEXT NOT NULL,
  day TEXT NOT NULL DEFAULT '', value BLOB NOT NULL,
  PRIMARY KEY (kind, id)
);
CREATE INDEX replica_day ON replica (kind, day);
CREATE INDEX replica_feed ON replica (lane, feed);

CREATE TABLE cursors (
  lane TEXT NOT NULL, feed TEXT NOT NULL, epoch INTEGER NOT NULL, row INTEGER NOT NULL,
  hash TEXT NOT NULL, sum TEXT NOT NULL,
  PRIMARY KEY (lane, feed)
) WITHOUT ROWID;

-- The overlay: values over the replica; NULL = gone. Rebuilt at will.
CREATE TABLE overlay (
  kind TEXT NOT NULL, id TEXT NOT NULL, value BLOB,
  PRIMARY KEY (kind, id)
) WITHOUT ROWID;

-- Blocks of numbers, first to last: next is the one to spend.
CREATE TABLE leases (
  id TEXT PRIMARY KEY, series TEXT NOT NULL, grp TEXT NOT NULL, day TEXT NOT NULL,
  offline INTEGER NOT NULL, prefix TEXT NOT NULL, next INTEGER NOT NULL,
  first INTEGER NOT NULL, last INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX leases_day ON leases (day);

CREATE TABLE jobs (
  id TEXT PRIMARY KEY, op_id TEXT NOT NULL, ticket TEXT NOT NULL, lane TEXT NOT NULL,
  reprint INTEGER NOT NULL, state TEXT NOT NULL, created INTEGER NOT NULL, changed INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX jobs_open ON jobs (created) WHERE state IN ('queued', 'begun');

CREATE TABLE work (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, entity TEXT NOT NULL, reason TEXT NOT NULL,
  at INTEGER NOT NULL, dismissed INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
