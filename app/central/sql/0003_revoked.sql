-- Terminals that are shut out until somebody takes it back.
CREATE TABLE IF NOT EXISTS central_revoked (
  terminal TEXT   PRIMARY KEY,
  at_us    BIGINT NOT NULL
);
