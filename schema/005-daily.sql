-- Failures counted as they are recorded, so that nothing has to read the history to show how many
-- there were. The program keeps the counts (store-daily.c): triggers would cost every delivery more.
CREATE TABLE daily (
  day INTEGER NOT NULL,
  class TEXT NOT NULL,
  reason TEXT NOT NULL,
  provider TEXT NOT NULL,
  list_id TEXT NOT NULL,
  recipient_domain TEXT NOT NULL,
  failures INTEGER NOT NULL,
  first_id INTEGER NOT NULL,
  last_id INTEGER NOT NULL,
  PRIMARY KEY (day, class, reason, provider, list_id, recipient_domain)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 5;
