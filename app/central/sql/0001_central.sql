-- The centre's own tables: nothing here is state of a hall (that is the
-- writer's). Times are milliseconds since 1970-01-01 UTC.

CREATE TABLE IF NOT EXISTS central_credential (
  staff        TEXT PRIMARY KEY,
  hash         TEXT NOT NULL,
  failures     BIGINT NOT NULL,
  locked_until BIGINT NOT NULL,
  changed_at   BIGINT NOT NULL
);

CREATE TABLE IF NOT EXISTS central_session (
  id         TEXT PRIMARY KEY,
  token_hash TEXT NOT NULL UNIQUE,
  staff      TEXT NOT NULL,
  terminal   TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  seen_at    BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  ended_at   BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS central_session_staff ON central_session (staff, ended_at);

CREATE TABLE IF NOT EXISTS central_audit (
  n        BIGINT PRIMARY KEY,
  at       BIGINT NOT NULL,
  staff    TEXT NOT NULL,
  session  TEXT NOT NULL,
  terminal TEXT NOT NULL,
  act      TEXT NOT NULL,
  subject  TEXT NOT NULL,
  allowed  BIGINT NOT NULL,
  reason   TEXT NOT NULL,
  prev     TEXT NOT NULL,
  hash     TEXT NOT NULL
);

-- Gap-free numbers of the trail: this row is locked first, so that several
-- centres over one database chain their rows one after the other.
CREATE TABLE IF NOT EXISTS central_counter (
  id TEXT PRIMARY KEY,
  n  BIGINT NOT NULL
);
INSERT INTO central_counter (id, n) VALUES ('audit', 0) ON CONFLICT (id) DO NOTHING;

CREATE TABLE IF NOT EXISTS central_clock (
  id      BIGINT PRIMARY KEY,
  hall_at BIGINT NOT NULL,
  real_at BIGINT NOT NULL
);
