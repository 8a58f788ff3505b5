-- What goes up of the process records of cases, and how far it has come.

-- Each record in each data version. It holds nothing of what the record says: that
-- is made anew when it is sent.
CREATE TABLE IF NOT EXISTS central_record (
  id      TEXT   NOT NULL, -- case, number of the record, which of them
  version BIGINT NOT NULL,
  n       BIGINT NOT NULL, -- place in the queue
  kase    TEXT   NOT NULL,
  place   BIGINT NOT NULL, -- in the case's records
  state   TEXT   NOT NULL, -- waiting, sent, refused, replaced
  batch   BIGINT NOT NULL, -- 0: in none yet
  digest  TEXT   NOT NULL, -- of what it said when it was sent
  reason  TEXT   NOT NULL, -- why it was refused
  at_ms   BIGINT NOT NULL,
  PRIMARY KEY (id, version)
);
CREATE INDEX IF NOT EXISTS central_record_state ON central_record (state, n);
CREATE INDEX IF NOT EXISTS central_record_case ON central_record (kase, place);

-- How far the log was read, and which batch was made last. One centre at a time
-- sends: holder, until.
CREATE TABLE IF NOT EXISTS central_export (
  id      TEXT   PRIMARY KEY,
  epoch   BIGINT NOT NULL,
  row_no  BIGINT NOT NULL, -- -1: nothing read yet
  hash    TEXT   NOT NULL,
  last_n  BIGINT NOT NULL,
  batch   BIGINT NOT NULL,
  tries   BIGINT NOT NULL, -- of the open batch
  next_ms BIGINT NOT NULL, -- not before
  trouble TEXT   NOT NULL,
  holder  TEXT   NOT NULL,
  until   BIGINT NOT NULL
);
INSERT INTO central_export (id, epoch, row_no, hash, last_n, batch, tries, next_ms, trouble, holder, until)
  VALUES ('records', 0, -1, '', 0, 0, 0, 0, '', '', 0) ON CONFLICT (id) DO NOTHING;
