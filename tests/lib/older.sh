# older.sh: databases as older versions have left them. Source it after tap.sh.
# shellcheck shell=sh

# before_matched DATABASE: takes back the schema from step 8, which does not need what it replaces
before_matched() {
  sqlite3 -bail "$1" <<'END'
DROP VIEW event;
DROP TRIGGER failure_is_history;
DROP TRIGGER complaint_is_history;
ALTER TABLE failure DROP COLUMN proof;
ALTER TABLE delivery DROP COLUMN proof;
ALTER TABLE complaint DROP COLUMN proof;
DROP TABLE sent_message;
DROP TABLE queued;
CREATE VIEW event AS SELECT failed_at AS happened_at, message_id, address FROM failure;
PRAGMA user_version = 7;
END
}

# before_unproven DATABASE: the same from step 6
before_unproven() {
  before_matched "$1"
  sqlite3 -bail "$1" <<'END'
DROP TABLE counter;
DROP TRIGGER entry_comes;
DROP TRIGGER entry_is_confirmed;
DROP TRIGGER entry_goes;
DROP VIEW standing;
DROP INDEX entry_unproven;
ALTER TABLE guard DROP COLUMN unproven_cap;
ALTER TABLE guard DROP COLUMN unproven_message;
ALTER TABLE guard DROP COLUMN unproven_day;
ALTER TABLE guard DROP COLUMN unproven_share;
ALTER TABLE threshold DROP COLUMN least;
ALTER TABLE entry DROP COLUMN unproven;
ALTER TABLE tally DROP COLUMN unproven;
PRAGMA user_version = 5;
END
}
