-- Files of materials. The same text runs on SQLite and PostgreSQL; times are
-- microseconds since 1970 (UTC). What is in data is encrypted.

-- Shows whether the key is the one that the files were encrypted with.
CREATE TABLE file_check (
    name  TEXT  NOT NULL PRIMARY KEY,
    value BYTEA NOT NULL
);

-- One row per content that comes or has come, by who sends it. file_key is the
-- key of its pieces, sealed: without the row nobody can read them.
CREATE TABLE file_blob (
    id         TEXT   NOT NULL PRIMARY KEY,
    sha256     TEXT   NOT NULL,
    owner      TEXT   NOT NULL,
    media_type TEXT   NOT NULL,
    size       BIGINT NOT NULL,
    received   BIGINT NOT NULL,
    file_key   BYTEA  NOT NULL,
    touched_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX file_blob_owner ON file_blob (sha256, owner);

CREATE TABLE file_piece (
    blob TEXT   NOT NULL,
    n    BIGINT NOT NULL,
    data BYTEA  NOT NULL,
    PRIMARY KEY (blob, n)
);

-- What is there whole, by its digest.
CREATE TABLE file_stored (
    sha256     TEXT   NOT NULL PRIMARY KEY,
    blob       TEXT   NOT NULL,
    media_type TEXT   NOT NULL,
    size       BIGINT NOT NULL,
    stored_us  BIGINT NOT NULL
);
