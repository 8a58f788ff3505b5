-- The writer's tables. The same text runs on SQLite and PostgreSQL: TEXT,
-- BIGINT and BYTEA only; times are microseconds since 1970 (UTC). Lanes are
-- the partition key.

-- The counter row of each lane: gap-free numbers of rows (design §2 rule 3).
CREATE TABLE lane (
    lane     TEXT   NOT NULL PRIMARY KEY,
    last_row BIGINT NOT NULL,
    epoch    BIGINT NOT NULL
);

-- Head of the chain and sum of the state of each feed.
CREATE TABLE feed (
    lane      TEXT   NOT NULL,
    feed      TEXT   NOT NULL,
    last_row  BIGINT NOT NULL,
    last_hash TEXT   NOT NULL,
    state_sum TEXT   NOT NULL,
    PRIMARY KEY (lane, feed)
);

CREATE TABLE log (
    lane      TEXT   NOT NULL,
    row_no    BIGINT NOT NULL,
    feed      TEXT   NOT NULL,
    event     TEXT   NOT NULL,
    kind      TEXT   NOT NULL,
    id        TEXT   NOT NULL,
    value     BYTEA,
    op_id     TEXT   NOT NULL,
    at_us     BIGINT NOT NULL,
    epoch     BIGINT NOT NULL,
    prev_hash TEXT   NOT NULL,
    hash      TEXT   NOT NULL,
    mac       TEXT   NOT NULL,
    PRIMARY KEY (lane, row_no)
);
CREATE UNIQUE INDEX log_feed ON log (lane, feed, row_no);

-- Confirmed state. part is the day of the entity, where it has one.
CREATE TABLE entity (
    lane   TEXT   NOT NULL,
    kind   TEXT   NOT NULL,
    id     TEXT   NOT NULL,
    feed   TEXT   NOT NULL,
    part   TEXT   NOT NULL,
    value  BYTEA  NOT NULL,
    row_no BIGINT NOT NULL,
    PRIMARY KEY (lane, kind, id)
);
CREATE INDEX entity_part ON entity (lane, kind, part);

-- Operations with their one verdict. op_id is unique across incarnations.
CREATE TABLE op (
    op_id     TEXT   NOT NULL PRIMARY KEY,
    lane      TEXT   NOT NULL,
    kind      TEXT   NOT NULL,
    entity    TEXT   NOT NULL,
    terminal  TEXT   NOT NULL,
    actor     TEXT   NOT NULL,
    body      BYTEA  NOT NULL,
    body_hash TEXT   NOT NULL,
    status    TEXT   NOT NULL,
    reason    TEXT   NOT NULL,
    result    BYTEA,
    row_no    BIGINT NOT NULL,
    at_us     BIGINT NOT NULL,
    erased_us BIGINT
);
CREATE INDEX op_entity ON op (lane, entity);

-- Which envelope carried which operation. conflict = 1: the op_id was already
-- taken by another body.
CREATE TABLE envelope (
    terminal    TEXT   NOT NULL,
    incarnation TEXT   NOT NULL,
    lane        TEXT   NOT NULL,
    seq         BIGINT NOT NULL,
    hash        TEXT   NOT NULL,
    op_id       TEXT   NOT NULL,
    conflict    BIGINT NOT NULL,
    at_us       BIGINT NOT NULL,
    PRIMARY KEY (terminal, incarnation, lane, seq)
);

CREATE TABLE sender (
    terminal    TEXT   NOT NULL,
    incarnation TEXT   NOT NULL,
    lane        TEXT   NOT NULL,
    last_seq    BIGINT NOT NULL,
    last_hash   TEXT   NOT NULL,
    at_us       BIGINT NOT NULL,
    PRIMARY KEY (terminal, incarnation, lane)
);

-- Operations that their sender declared lost (HOLE).
CREATE TABLE hole (
    terminal    TEXT   NOT NULL,
    incarnation TEXT   NOT NULL,
    lane        TEXT   NOT NULL,
    from_seq    BIGINT NOT NULL,
    to_seq      BIGINT NOT NULL,
    at_us       BIGINT NOT NULL,
    PRIMARY KEY (terminal, incarnation, lane, from_seq)
);

-- The one effect outbox: written in the transaction of the row.
CREATE TABLE effect (
    id       TEXT   NOT NULL PRIMARY KEY,
    lane     TEXT   NOT NULL,
    op_id    TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    payload  BYTEA  NOT NULL,
    due_us   BIGINT NOT NULL,
    done_us  BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    note     TEXT   NOT NULL
);
CREATE INDEX effect_due ON effect (done_us, due_us);

-- Hash of the state of each feed, every 1,000 rows of the lane.
CREATE TABLE state_hash (
    lane      TEXT   NOT NULL,
    row_no    BIGINT NOT NULL,
    feed      TEXT   NOT NULL,
    state_sum TEXT   NOT NULL,
    PRIMARY KEY (lane, row_no, feed)
);

CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
