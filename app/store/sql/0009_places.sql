-- Where the values of the replica stand in lists, and what they are counted in, by
-- the day of their places: hall.PlacesOf, kept with the values.
CREATE TABLE places (
  list TEXT NOT NULL, at INTEGER NOT NULL, id TEXT NOT NULL, note TEXT NOT NULL,
  PRIMARY KEY (list, at, id)
) WITHOUT ROWID;
CREATE TABLE tallies (
  name TEXT NOT NULL, day INTEGER NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY (name, day)
) WITHOUT ROWID;
