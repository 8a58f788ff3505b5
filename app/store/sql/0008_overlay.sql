-- The overlay is what the outbox makes of the replica: it is made again when the
-- store is opened, and lives in memory.
DROP TABLE overlay;
