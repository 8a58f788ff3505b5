-- Where the log begins since older rows were let go: the last row that is no longer
-- kept, and the hash of each feed there. feed '' is the lane itself.
CREATE TABLE log_base (
    lane   TEXT   NOT NULL,
    feed   TEXT   NOT NULL,
    row_no BIGINT NOT NULL,
    hash   TEXT   NOT NULL,
    PRIMARY KEY (lane, feed)
);
