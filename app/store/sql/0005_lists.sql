-- The lists that are read by SQL find what they show in an index alone.
DROP INDEX replica_day;
CREATE INDEX replica_day ON replica (kind, day, id);
CREATE INDEX jobs_lost ON jobs (kind, state, created, id, ticket, reprint);
