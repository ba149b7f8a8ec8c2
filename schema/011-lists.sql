-- Failures by list without recipient domains, of days and of weeks (days: how many, since day; weeks
-- begin on Monday), so that a report of a year reads as many rows as there are lists, not as many as
-- there are failures. The program sums them up with daily_sum.
CREATE TABLE list_sum (
  days INTEGER NOT NULL CHECK (days IN (1, 7)),
  day INTEGER NOT NULL,
  class TEXT NOT NULL,
  reason TEXT NOT NULL,
  provider TEXT NOT NULL,
  list_id TEXT NOT NULL,
  failures INTEGER NOT NULL,
  last_id INTEGER NOT NULL,
  PRIMARY KEY (days, day, class, reason, provider, list_id)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 11;
