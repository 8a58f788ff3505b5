-- What several centres over one database must know of each other.

-- Token buckets of the public routes: until when what was taken counts.
CREATE TABLE IF NOT EXISTS central_limit (
  id     TEXT   PRIMARY KEY,
  at_us  BIGINT NOT NULL
);

-- Tries at query passwords: their times in milliseconds, with commas between.
CREATE TABLE IF NOT EXISTS central_guess (
  id    TEXT   PRIMARY KEY,
  tries TEXT   NOT NULL,
  at    BIGINT NOT NULL
);

-- What each centre last heard of each terminal.
CREATE TABLE IF NOT EXISTS central_terminal (
  terminal TEXT   NOT NULL,
  node     TEXT   NOT NULL,
  status   TEXT   NOT NULL,
  reported BIGINT NOT NULL,
  heard    BIGINT NOT NULL,
  seen     BIGINT NOT NULL,
  broken   BIGINT NOT NULL,
  PRIMARY KEY (terminal, node)
);
