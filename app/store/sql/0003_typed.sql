-- What members of staff have typed and not sent, encrypted (AES-256-GCM).
CREATE TABLE typed (
  staff TEXT NOT NULL, ticket TEXT NOT NULL, place TEXT NOT NULL,
  sealed TEXT NOT NULL, changed INTEGER NOT NULL,
  PRIMARY KEY (staff, ticket, place)
) WITHOUT ROWID;
