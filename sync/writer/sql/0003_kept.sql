-- What a newer terminal witnessed and this writer cannot read yet: acknowledged,
-- kept, and decided by the first writer that knows the schema.
CREATE TABLE kept (
    op_id       TEXT   NOT NULL PRIMARY KEY,
    lane        TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    schema_no   BIGINT NOT NULL,
    terminal    TEXT   NOT NULL,
    incarnation TEXT   NOT NULL,
    seq         BIGINT NOT NULL,
    unattested  BIGINT NOT NULL,
    at_us       BIGINT NOT NULL
);
