-- Rows as the writer sent them, kept for a writer that is put back from a backup.
CREATE TABLE tail (
  pos INTEGER PRIMARY KEY,
  lane TEXT NOT NULL, feed TEXT NOT NULL, arrival INTEGER NOT NULL, -- sync.ArrivalOrder
  kept INTEGER NOT NULL, size INTEGER NOT NULL, row BLOB NOT NULL
);
CREATE INDEX tail_feed ON tail (lane, feed, arrival);
