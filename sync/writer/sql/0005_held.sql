-- The term of the backup itself: what came after (was, from_row) was lost.
ALTER TABLE recovery ADD COLUMN was BIGINT NOT NULL DEFAULT 1;

-- Rows of before a restore, as followers kept them. state: 0 waits for the end
-- of the recovery; 1 written again, as new_row; 2 it was there already; 3 a later
-- one of its entity stands; 4 somebody has changed its entity since, a person
-- may look.
CREATE TABLE held (
    lane      TEXT   NOT NULL,
    epoch     BIGINT NOT NULL,
    row_no    BIGINT NOT NULL,
    hash      TEXT   NOT NULL,
    prev_hash TEXT   NOT NULL,
    feed      TEXT   NOT NULL,
    event     TEXT   NOT NULL,
    kind      TEXT   NOT NULL,
    id        TEXT   NOT NULL,
    value     BYTEA,
    op_id     TEXT   NOT NULL,
    at_us     BIGINT NOT NULL,
    state     BIGINT NOT NULL,
    new_row   BIGINT NOT NULL,
    PRIMARY KEY (lane, epoch, row_no, hash)
);
CREATE INDEX held_waits ON held (lane, state, epoch, row_no);
CREATE INDEX held_op ON held (op_id);
CREATE INDEX held_entity ON held (lane, kind, id);
