-- What proves to a centre that was put back from a backup that it gave a verdict.
ALTER TABLE verdicts ADD COLUMN arrival INTEGER NOT NULL DEFAULT 0;
ALTER TABLE verdicts ADD COLUMN mac TEXT NOT NULL DEFAULT '';
