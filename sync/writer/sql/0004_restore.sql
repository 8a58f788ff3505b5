-- Where an operation stood when it was first decided (sync.ArrivalOrder).
ALTER TABLE op ADD COLUMN arrival BIGINT NOT NULL DEFAULT 0;

-- Restores of a lane from a backup: the term that began, and the last row that
-- the backup had. Until until_us, or until every terminal has offered what it
-- holds (done_us), the lane takes in only what was decided before. ahead is the
-- highest row of the term before that a follower was seen at.
CREATE TABLE recovery (
    lane     TEXT   NOT NULL,
    epoch    BIGINT NOT NULL,
    from_row BIGINT NOT NULL,
    ahead    BIGINT NOT NULL,
    at_us    BIGINT NOT NULL,
    until_us BIGINT NOT NULL,
    done_us  BIGINT NOT NULL,
    PRIMARY KEY (lane, epoch)
);

-- Terminals that have offered all they hold in a term.
CREATE TABLE offered (
    lane     TEXT   NOT NULL,
    epoch    BIGINT NOT NULL,
    terminal TEXT   NOT NULL,
    PRIMARY KEY (lane, epoch, terminal)
);

-- What came back: the rows that an operation had written in its old term, and
-- whether its changes could be made again (aside = 1: they could not; it is
-- kept with its verdict, for a person).
CREATE TABLE came_back (
    op_id    TEXT   NOT NULL PRIMARY KEY,
    lane     TEXT   NOT NULL,
    epoch    BIGINT NOT NULL,
    from_row BIGINT NOT NULL,
    to_row   BIGINT NOT NULL,
    aside    BIGINT NOT NULL,
    at_us    BIGINT NOT NULL
);
CREATE INDEX came_back_lane ON came_back (lane, epoch, from_row);
