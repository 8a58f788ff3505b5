-- Snapshots that are being fetched: their manifest (sync.Manifest), and the
-- pieces that have come. Both go when the snapshot is taken in.
CREATE TABLE fetching (
  lane TEXT NOT NULL, feed TEXT NOT NULL, manifest TEXT NOT NULL,
  PRIMARY KEY (lane, feed)
) WITHOUT ROWID;
CREATE TABLE parts (
  pos INTEGER PRIMARY KEY,
  lane TEXT NOT NULL, feed TEXT NOT NULL, sha256 TEXT NOT NULL, packed BLOB NOT NULL,
  UNIQUE (lane, feed, sha256)
);
