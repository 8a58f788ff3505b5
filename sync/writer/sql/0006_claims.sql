-- Which of several centres does an effect, and since when: it holds it as long as
-- it says so again in time.
ALTER TABLE effect ADD COLUMN claimed_by TEXT NOT NULL DEFAULT '';
ALTER TABLE effect ADD COLUMN claimed_us BIGINT NOT NULL DEFAULT 0;
