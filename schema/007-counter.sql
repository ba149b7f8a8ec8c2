-- How many failures were ever recorded, as they were judged when they came: for monitoring, which
-- computes rates. Unlike daily, nothing lessens these numbers: neither forget nor prune nor a
-- verdict that is revised.
CREATE TABLE counter (
  class TEXT NOT NULL,
  reason TEXT NOT NULL,
  provider TEXT NOT NULL,
  failures INTEGER NOT NULL,
  PRIMARY KEY (class, reason, provider)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 7;
