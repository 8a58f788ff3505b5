-- Temporary numbers: how many were printed on a day. A row is never taken back.
CREATE TABLE temps (day TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;

-- Files of materials that are kept here, encrypted, under files/SHA256.
CREATE TABLE files (
  sha256 TEXT PRIMARY KEY, type TEXT NOT NULL, size INTEGER NOT NULL, created INTEGER NOT NULL
) WITHOUT ROWID;

-- Files on their way to the centre, one row per case that they were handed in
-- for. done: when the centre had it durable; problem: why it never will.
CREATE TABLE uploads (
  pos INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL, case_id TEXT NOT NULL, queued INTEGER NOT NULL,
  done INTEGER NOT NULL DEFAULT 0, problem TEXT NOT NULL DEFAULT '',
  UNIQUE (sha256, case_id)
);
CREATE INDEX uploads_open ON uploads (pos) WHERE done = 0 AND problem = '';

-- Print jobs of more than tickets: ticket holds the key of what is printed.
ALTER TABLE jobs ADD COLUMN kind TEXT NOT NULL DEFAULT 'ticket';
CREATE INDEX jobs_key ON jobs (ticket, kind);
